/** Metrics as text, in both formats: as OpenMetrics 1.0 and Prometheus' text format 0.0.4 write them. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { labelText, MetricsText } from '../../src/watch/open-metrics.ts';
import { skipNote } from '../support/lab.ts';
import { missingPrometheus, PROMTOOL } from '../support/prometheus.ts';

function sample(format: 'openMetrics' | 'text'): string {
  const text = new MetricsText(format);
  text.counter('a_packets', 'Packets.', [
    ['tunnel="x"', 3],
    ['', 0],
  ]);
  text.gauge('b_series', 'Now.', [['', 1.5]]);
  text.histogram('c_seconds', 'Long.', [0.001, 1], [['tunnel="x"', [2, 0, 1], 7.25]]);
  return text.toString();
}

it('writes counters, gauges and histograms as OpenMetrics', () => {
  expect(sample('openMetrics')).toBe(`# HELP a_packets Packets.
# TYPE a_packets counter
a_packets_total{tunnel="x"} 3
a_packets_total 0
# HELP b_series Now.
# TYPE b_series gauge
b_series 1.5
# HELP c_seconds Long.
# TYPE c_seconds histogram
c_seconds_bucket{tunnel="x",le="0.001"} 2
c_seconds_bucket{tunnel="x",le="1.0"} 2
c_seconds_bucket{tunnel="x",le="+Inf"} 3
c_seconds_count{tunnel="x"} 3
c_seconds_sum{tunnel="x"} 7.25
# EOF
`);
});

it('and in the older format, where a counter’s family is called as its samples are', () => {
  const older = sample('openMetrics').replace('HELP a_packets ', 'HELP a_packets_total ');
  expect(sample('text')).toBe(
    older.replace('TYPE a_packets ', 'TYPE a_packets_total ').replace('# EOF\n', ''),
  );
});

it.each([
  ['a quotation mark', 'a"b', 'name="a\\"b"'],
  ['a backslash', 'a\\b', 'name="a\\\\b"'],
  ['an end of line', 'a\nb', 'name="a\\\\x0ab"'],
  ['what moves a cursor', '\x1b[2J', 'name="\\\\x1b[2J"'],
  ['a byte that is no text', '\udc80', 'name="\\\\x80"'],
  ['a name in another script', '隧道', 'name="隧道"'],
])('a label’s value with %s', (_, value, text) => {
  expect(labelText({ name: value })).toBe(text);
});

it.skipIf(missingPrometheus)(`promtool reads what stands in labels${skipNote(missingPrometheus)}`, () => {
  const text = new MetricsText('text');
  const values = ['a"b', 'a\\b', 'a\nb', '\x1b[2J', '\udc80', '隧道', '}', '{a="b"} 1'];
  text.counter(
    'a',
    'Any.',
    values.map((name) => [labelText({ name }), 1]),
  );
  const { stderr, status } = spawnSync(PROMTOOL, ['check', 'metrics'], {
    input: text.toString(),
    encoding: 'utf8',
  });
  expect([stderr, status]).toEqual(['', 0]);
});
