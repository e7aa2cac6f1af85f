import { readFileSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { handSource } from '../support/capture.ts';
import { cleanup, show, showFile } from '../support/screen.ts';

afterEach(() => {
  vi.restoreAllMocks();
  cleanup();
});

/** The first packet of socat.pcap, an echo request: behind 24 bytes of file header and 16 of its own, which tell its length. */
function request(): Buffer {
  const file = readFileSync('fixtures/socat.pcap');
  return file.subarray(40, 40 + file.readUInt32LE(32));
}

it('requests that stayed without an answer have a sign, and are found as problems', async () => {
  // tshark: replies come to packets 1, 3 and 5; 7, 8 and 9 are requests to which none does.
  const shown = await showFile('fixtures/findings/mtu-black-hole.pcap', 120, 40);
  const lost = shown.rows().flatMap((row) => /^.×\s+(\d+) /.exec(row)?.[1] ?? []);
  expect(lost).toEqual(['7', '8', '9']);
  await shown.press('e');
  expect(shown.session.selectedPacket).toBe(6);
  expect(shown.session.fate()).toBe('No packet here answers it');
  await shown.press('e', 'e', 'E');
  expect(shown.session.selectedPacket).toBe(7);
});

it('a traceroute’s requests are answered by the routers where their hops run out, as verify says', async () => {
  const shown = await showFile('fixtures/tunnels/mtr-vxlan.pcap', 120, 40);
  const text = shown.rows().join('\n');
  expect(text).not.toContain('×');
  expect(text).toContain('pings answered 9 of 9 ✓');
  // tshark: 82 µs apart.
  expect(shown.session.fate()).toBe('Hop 1: 172.16.0.2 answers in packet 2 after 0.082 ms');
});

it('of one that does not arrive, all are lost, and it is told where hops ran out', async () => {
  const shown = await showFile('fixtures/tunnels/traceroute-lost.pcap', 120, 40);
  const lost = shown.rows().flatMap((row) => /^.×\s+(\d+) /.exec(row)?.[1] ?? []);
  // Each request is seen twice, as the other end sends it back; tshark: packet 2 is the router's word.
  expect(lost).toEqual(['1', '3', '4', '5', '6', '7', '8', '9']);
  expect(shown.rows().join('\n')).toContain('! pings answered 0 of 6');
  expect(shown.session.fate()).toBe('Ran out of hops at 172.16.0.2, as packet 2 says');
});

it('live, a request is lost once it has waited for a second', async () => {
  const clock = vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_900);
  const source = handSource({ isLive: true });
  const shown = show(source, 120, 40);
  const running = shown.session.run();
  source.push([request()]);
  await vi.waitFor(() => expect(shown.session.state.count).toBe(1));
  expect([shown.session.isLost(0), shown.session.fate()]).toEqual([false, '']);
  clock.mockReturnValue(1_700_000_001_100);
  expect(shown.session.isLost(0)).toBe(true);
  source.end();
  await running;
});

it('live, the board of pings knows that one waits, as the first row does', async () => {
  const source = handSource({ isLive: true });
  const shown = show(source, 120, 40);
  const running = shown.session.run();
  source.push([request()]);
  await vi.waitFor(() => expect(shown.session.state.count).toBe(1));
  await shown.press('2');
  const text = shown.rows().join('\n');
  expect(text).toContain('pings answered 0 of 1, 1 waiting');
  expect(text).toContain('   0 of 1 request answered, 1 waiting');
  expect(text).toMatch(/172\.16\.0\.2 → 172\.16\.1\.2 id 17163 +1 +0 +0 +0 /);
  expect(text).not.toContain('FAIL');
  source.end();
  await running;
  await vi.waitFor(() => expect(shown.rows().join('\n')).toContain('FAIL  0 of 1 request answered, 1 lost'));
});
