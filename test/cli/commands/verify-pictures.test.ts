/** `verify --html` of a filtered capture: what the page shows is what the verdict is about. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { tunnelscope } from '../../support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-verify-'));
afterAll(() => rmSync(folder, { recursive: true }));

function pageOf(...words: string[]): string {
  const html = join(folder, 'page.html');
  tunnelscope(['verify', ...words, '--html', html]);
  return readFileSync(html, 'utf8');
}

// Without its first packet, in UDP, the ICMP error is the first: as in `tcpdump -r fixtures/half.pcap --number not udp`.
it('packets have the numbers that they have in the filtered capture', () => {
  const page = pageOf('fixtures/half.pcap', 'not udp');
  const shown = [...page.matchAll(/<summary>Packet (\d+): ICMP ([A-Z]\w+ \w+)/g)].map(
    ([, n, what]) => `${n} ${what}`,
  );
  expect(shown).toEqual(['1 Destination unreachable', '2 Echo request', '3 Echo request', '4 Echo request']);
});

it.each([
  ['of all', [], '4 pings, 4 answered'],
  ['of those that a display filter lets pass', ['-Y', 'icmp.seq <= 2'], '2 pings, 2 answered'],
  ['of as many packets as were asked for', ['-c', '20'], '1 ping, 1 answered'],
])('the ladder is %s', (_, words, pings) => {
  expect(pageOf('fixtures/socat-points.pcapng', ...words)).toContain(
    `172.16.0.2 → 172.16.1.2 id 21947: ${pings}`,
  );
});

it('captures have the names of their files, unless only their folders tell them apart', () => {
  const capture = resolve('fixtures/half.pcap');
  expect(pageOf(capture)).not.toContain(dirname(capture));
  const copy = join(folder, 'half.pcap');
  cpSync(capture, copy);
  expect(pageOf(capture, copy)).toContain(copy);
});
