/** What tunnels are called, and what tells them apart: real ones, by what their ends were told; and packets by hand. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import type { Tunnel } from '../../src/exchange/tunnel.ts';
import { createTunnelTable } from '../../src/exchange/tunnel-table.ts';
import { tunnelLine } from '../../src/exchange/tunnel-words.ts';
import type { PingDemands } from '../../src/verdict/ping-demands.ts';
import { expectPings } from '../../src/verdict/ping-expectation.ts';
import { verifyCapture } from '../../src/verdict/verify.ts';
import { ethernetFrame, ipv6Packet, join } from '../support/build.ts';
import { decodeBytes } from '../support/decoding.ts';
import { BACK, echo, judge, outer } from '../support/pings.ts';

const GRE = 47;
const keyed = (key: string) => (inner: Uint8Array) => join(`2000 0800 ${key}`, inner);
const keyless = (inner: Uint8Array) => join('0000 0800', inner);

describe('real tunnels', () => {
  // As Open vSwitch and the kernel were told: see fixtures/tunnels/README.md.
  it.each<[file: string, tunnel: Partial<Tunnel>, words: string, answered: number]>([
    ['erspan-2', { kind: 'erspan', session: 100 }, 'erspan session 100 10.0.0.1 → 10.0.0.2', 4],
    ['erspan-3', { kind: 'erspan', session: 100 }, 'erspan session 100 10.0.0.1 → 10.0.0.2', 4],
    [
      'srv6-one-segment',
      { kind: 'srv6', segments: ['fd00::2'] },
      'srv6 segments fd00::2 fd00::1 → fd00::2',
      3,
    ],
    [
      'srv6-two-segments',
      { kind: 'srv6', segments: ['fd02::22', 'fd02::2'] },
      'srv6 segments fd02::22, fd02::2 fd00::1 → fd02::22',
      0,
    ],
    ['gre-bad-checksum', { kind: 'gre', key: 0 }, 'gre key 0 10.0.0.1 → 10.0.0.2', 1],
    ['gtp', { kind: 'gtp', teid: 123 }, 'gtp teid 0x0000007b 10.0.0.1 → 10.0.0.2 udp 2152', 0],
  ])('%s', async (file, tunnel, words, answered) => {
    const verdict = await verifyCapture(await openCaptureFile(`fixtures/tunnels/${file}.pcap`));
    const around = verdict.paths[0]?.tunnels[0] as Tunnel;
    expect(around).toMatchObject(tunnel);
    expect(tunnelLine(around)).toBe(words);
    expect(verdict.answered).toBe(answered);
  });
});

describe('tunnels between the same ends', () => {
  const segments = (...list: string[]) =>
    ethernetFrame(
      '86dd',
      ipv6Packet(
        43,
        join(`04 ${hexByte(2 * list.length)} 04 01 ${hexByte(list.length - 1)} 00 0000`, ...list, echo()),
      ),
    );
  const gre = (header: (inner: Uint8Array) => Uint8Array) => ({
    bytes: outer({}, GRE, header(echo())),
    linkType: 101,
  });
  const [a, b] = [1, 2].map((last) => `fd000000000000000000000000000${last}00`.padEnd(32, '0'));
  const srv6 = (...list: string[]) => ({ bytes: segments(...list), linkType: 1 });
  const session = (type: string, id: string) =>
    gre((inner) => join(`1000 88be 00000001 1000 ${id} 00000000 020000000002 020000000001 ${type}`, inner));

  it.each([
    ['one key', [gre(keyed('00000007')), gre(keyed('00000007'))], 1],
    ['two keys', [gre(keyed('00000007')), gre(keyed('00000008'))], 2],
    ['the largest key, and none', [gre(keyed('ffffffff')), gre(keyless)], 2],
    ['one session', [session('0800', '0064'), session('0800', '0064')], 1],
    ['two sessions', [session('0800', '0064'), session('0800', '0065')], 2],
    ['a session, and a key of the same number', [session('0800', '0064'), gre(keyed('00000064'))], 2],
    ['the same segments', [srv6(a as string, b as string), srv6(a as string, b as string)], 1],
    ['segments in another order', [srv6(a as string, b as string), srv6(b as string, a as string)], 2],
    ['a segment fewer', [srv6(a as string, b as string), srv6(a as string)], 2],
  ])('%s', (_what, packets, tunnels) => {
    const table = createTunnelTable();
    // Twice: the second time all are known.
    const ids = [...packets, ...packets].map(({ bytes, linkType }) => {
      const { view, stack } = decodeBytes(bytes, { linkType });
      return table.find(view, stack, stack.count - 1, 1);
    });
    expect(new Set(ids).size).toBe(tunnels);
    expect(ids.slice(0, packets.length)).toEqual(ids.slice(packets.length));
  });
});

describe('what is expected of a key, a session, a TEID', () => {
  const packets = (there: string, back: string) =>
    [outer({}, GRE, keyed(there)(echo())), outer(BACK, GRE, keyed(back)(echo({ reply: true })))].map(
      (bytes, i) => ({ bytes, time: i * 1e6 }),
    );
  const isMet = (demands: PingDemands, there = '00000007', back = '00000007') =>
    judge(packets(there, back), { expectations: [expectPings('all', demands)] }).expectations[0];

  it.each<[PingDemands, there: string, back: string, met: boolean]>([
    [{ tunnel: 'gre', key: 7 }, '00000007', '00000007', true],
    [{ key: 8 }, '00000007', '00000007', false],
    [{ key: 7 }, '00000007', '00000008', false],
    // Each end may have been given a key of its own.
    [{ tunnel: 'gre' }, '00000007', '00000008', true],
    [{ teid: 7 }, '00000007', '00000007', false],
  ])('%j with %s there and %s back', (demands, there, back, met) => {
    expect(isMet(demands, there, back)?.met).toBe(met);
  });

  it('tells which reply had another key', () => {
    expect(isMet({ key: 7 }, '00000007', '00000008')?.received).toMatch(/1 reply came back with another key/);
  });

  it.each([
    [
      { tunnel: 'gre', vni: 7 },
      /vni: tunnel gre has none; expected it without vni, or another tunnel: vxlan, /,
    ],
    [{ tunnel: 'vxlan', session: 7 }, /session: tunnel vxlan has none; .*another tunnel: l2tp, erspan$/],
    [{ key: 7, teid: 7 }, /teid: no tunnel has both key and teid/],
    [{ key: 2 ** 32 }, /key: received 4294967296; expected a GRE key, a whole number from 0 to 4294967295/],
  ])('refuses %j', (demands, says) => {
    expect(() => expectPings('all', demands)).toThrow(says);
  });
});

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}
