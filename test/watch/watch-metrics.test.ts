/** All families as Prometheus gets them: of names that nobody expects, and of a source that is gone. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import type { InterfaceStatistics } from '../../src/packet/source.ts';
import { createTunnelWatch } from '../../src/watch/tunnel-watch.ts';
import { watchMetrics } from '../../src/watch/watch-metrics.ts';
import { skipNote } from '../support/lab.ts';
import { missingPrometheus, PROMTOOL } from '../support/prometheus.ts';

const counted = { passedFilter: 7, dropped: 2, freezes: 1, droppedAt: 3 };

function metricsOf(interfaces: readonly InterfaceStatistics[]): string {
  const process = { version: '1.2.3', startTime: 1, processorSeconds: 2, residentBytes: 3, interfaces };
  return watchMetrics(createTunnelWatch({ capacity: 16 }), process, 'text');
}

it('has drops by interface, and all findings at 0 before there are any', () => {
  const text = metricsOf([{ name: 'h1:eth0', ...counted }]);
  for (const line of [
    'tunnelscope_interface_packets_total{interface="h1:eth0"} 7',
    'tunnelscope_kernel_dropped_packets_total{interface="h1:eth0"} 2',
    'tunnelscope_interface_dropped_packets_total{interface="h1:eth0"} 3',
    'tunnelscope_findings_total{code="outer-port-unreachable",severity="error"} 0',
    'tunnelscope_build_info{version="1.2.3"} 1',
  ])
    expect(text.split('\n')).toContain(line);
});

it('has no sample of what is not known', () => {
  const { droppedAt: _, ...known } = counted;
  expect(metricsOf([{ name: 'a', ...known }])).not.toContain('tunnelscope_interface_dropped_packets_total{');
});

it.skipIf(missingPrometheus)(`promtool reads names that nobody expects${skipNote(missingPrometheus)}`, () => {
  const names = ['a"b', 'a\\b', 'a\nb 1', '\udc80', '隧道'];
  const input = metricsOf(names.map((name) => ({ name, ...counted })));
  const { stdout, stderr, status } = spawnSync(PROMTOOL, ['check', 'metrics'], { input, encoding: 'utf8' });
  expect([stdout + stderr, status]).toEqual(['', 0]);
});
