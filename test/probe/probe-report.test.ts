/** What an end elsewhere says comes to the terminal escaped. */
import { expect, it } from 'vitest';
import { readPing } from '../../src/probe/pings.ts';
import { formatProbe } from '../../src/probe/probe-report.ts';
import { judge } from '../../src/probe/probe-result.ts';

it('ping’s words from a host that is not ours', () => {
  const request = { address: '10.0.0.2', size: 84, df: false, count: 3, wait: 1, ident: 7 };
  const stdout = 'From 10.0.0.1 icmp_seq=1 \u001b[31mred\u009b2J\n3 packets transmitted, 0 received\n';
  const ping = readPing(request, { status: 1, stdout, stderr: '' });
  const path = { ways: [], rows: [], points: [], tunnels: [], clocks: [], notes: [] };
  const result = judge({
    ...{ from: 'ssh://h1', to: '10.0.0.2', address: '10.0.0.2', pings: [ping] },
    ...{ limit: 1500, largest: undefined, mtus: new Map(), problems: [], path: path as never },
  });
  const text = formatProbe(result, 80);
  expect(text).toContain('0 of 3  10.0.0.1: \\x1b[31mred\\x9b2J\n');
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
});
