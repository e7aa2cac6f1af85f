/** Requests of which fragments are missing: they were sent, and count, by the first fragment's echo header. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import type { PacketSource } from '../../../src/packet/source.ts';
import type { Verdict } from '../../../src/verdict/verdict.ts';
import { verifyCapture } from '../../../src/verdict/verify.ts';
import { BACK, echo, inIpip, inVxlan, sourceOf, type TimedPacket } from '../../support/pings.ts';
import { fragmentsOf } from '../../support/reassembling.ts';

const LONG = { payload: '61'.repeat(64) };
const whole = echo(LONG);
const reply = echo({ ...LONG, reply: true });

async function verdictOn(
  packets: readonly Uint8Array[],
  more: Partial<TimedPacket>[] = [],
): Promise<Verdict> {
  const timed = packets.map((bytes, i) => ({ bytes, time: i * 1e6, ...more[i] }));
  return verifyCapture(sourceOf(timed));
}

/** Findings but for those on header checksums, which hand-made fragments don't have right. */
const counts = ({ requests, answered, unanswered, duplicates, findings }: Verdict) => [
  requests,
  answered,
  unanswered,
  duplicates,
  findings.filter(({ code }) => code !== 'bad-checksum').map(({ code, packets }) => [code, packets]),
];

describe('vxlan-fragmented.pcap: request 1 in packets 1 to 3, its reply in 4 to 6, then 7 to 9 and 10 to 12', () => {
  it.each([
    ['a later fragment of an answered request', [2], [2, 2, 0, 0, [['fragments', [1]]]]],
    // The packets that are left: 1, 3, 7 to 12.
    [
      'a later fragment, and the reply',
      [2, 4, 5, 6],
      [
        2,
        1,
        1,
        0,
        [
          ['lost-replies', [1]],
          ['fragments', [1]],
        ],
      ],
    ],
    // The identifier and sequence number are in the first: the reply is one without a request.
    [
      'the first fragment of the second request',
      [7],
      [
        1,
        1,
        0,
        0,
        [
          ['reply-without-request', [11]],
          ['fragments', [7]],
        ],
      ],
    ],
    [
      'a later fragment of the last reply',
      [11],
      [
        2,
        1,
        1,
        0,
        [
          ['lost-replies', [9]],
          ['fragments', [10]],
        ],
      ],
    ],
  ] as const)('without %s', async (_, left, expected) => {
    const source = await openCaptureFile('fixtures/vxlan-fragmented.pcap');
    const verdict = await verifyCapture(without(source, left));
    await source.close();
    expect(counts(verdict)).toEqual(expected);
  });
});

/** The packets of these numbers never came. */
function without(source: PacketSource, numbers: readonly number[]): PacketSource {
  return {
    ...source,
    interfaces: source.interfaces,
    warnings: source.warnings,
    statistics: () => source.statistics(),
    async next() {
      const batch = await source.next();
      if (batch === undefined) return undefined;
      const kept = Array.from({ length: batch.count }, (_, i) => i).filter((i) => !numbers.includes(i + 1));
      const pick = <T extends Int32Array | Float64Array | Uint16Array>(array: T) =>
        (array.constructor as unknown as { from(values: number[]): T }).from(
          kept.map((i) => array[i] as number),
        );
      return {
        ...batch,
        count: kept.length,
        start: pick(batch.start),
        capturedLength: pick(batch.capturedLength),
        originalLength: pick(batch.originalLength),
        seconds: pick(batch.seconds),
        nanoseconds: pick(batch.nanoseconds),
        interfaceIndex: pick(batch.interfaceIndex),
      };
    },
  };
}

describe('made by hand', () => {
  const [first, second] = fragmentsOf(whole, [0, 32]) as [Uint8Array, Uint8Array];

  it.each([
    ['in no tunnel', (packet: Uint8Array) => packet],
    ['fragmented before the tunnel', (packet: Uint8Array) => inVxlan(packet, 42)],
  ])('%s: one request, lost; its reply answers it all the same', async (_, carried) => {
    expect(counts(await verdictOn([carried(first)])).slice(0, 3)).toEqual([1, 0, 1]);
    expect(counts(await verdictOn([carried(second)])).slice(0, 3)).toEqual([0, 0, 0]);
    expect(counts(await verdictOn([carried(first), carried(reply)])).slice(0, 3)).toEqual([1, 1, 0]);
  });

  it('the tunnel’s own packet fragmented: the request inside its first fragment', async () => {
    const [outer, rest] = fragmentsOf(inIpip(whole), [0, 64]) as [Uint8Array, Uint8Array];
    const lost = await verdictOn([outer]);
    expect(counts(lost)).toEqual([1, 0, 1, 0, expect.anything()]);
    expect(lost.paths[0]?.tunnels).toMatchObject([{ kind: 'ipip', src: '10.1.0.10', dst: '10.2.0.10' }]);
    const answered = await verdictOn([outer, rest, inIpip(reply, BACK)]);
    expect(counts(answered)).toEqual([1, 1, 0, 0, []]);
    // From the fragment that completes it, 1 ms after the first.
    expect(answered.rtt?.max).toBeCloseTo(1, 6);
  });

  it('fragmented inside and outside, and whole in the end: one request', async () => {
    const [innerFirst, innerSecond] = [first, second].map((piece) => fragmentsOf(inIpip(piece), [0, 56]));
    const packets = [...(innerFirst ?? []), ...(innerSecond ?? []), inIpip(reply, BACK)];
    expect(counts(await verdictOn(packets))).toEqual([1, 1, 0, 0, []]);
  });

  it('seen on two interfaces: one request, whole or not', async () => {
    const on = [0, 1, 0, 1].map((interfaceIndex) => ({ interfaceIndex }));
    expect(counts(await verdictOn([first, first, second, second], on)).slice(0, 3)).toEqual([1, 0, 1]);
    expect(counts(await verdictOn([first, first, second], on)).slice(0, 3)).toEqual([1, 0, 1]);
    const codes = (await verdictOn([first, first, second, second], on)).findings.map(({ code }) => code);
    expect(codes).not.toContain('repeated-requests');
  });

  it('too late to become whole: a request still', async () => {
    const later = [{}, { time: 31e9 }];
    expect(counts(await verdictOn([first, second], later)).slice(0, 3)).toEqual([1, 0, 1]);
  });

  it('a first fragment that comes again begins no other request', async () => {
    expect(counts(await verdictOn([first, first, second, reply, first])).slice(0, 4)).toEqual([1, 1, 0, 0]);
  });
});
