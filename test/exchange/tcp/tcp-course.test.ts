/** How connections go on, by hand, and held against tshark on captures of a real VXLAN. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import type { VerdictTransfer } from '../../../src/verdict/exchange-rows.ts';
import { verifyCapture } from '../../../src/verdict/verify.ts';
import {
  ack,
  back,
  CLIENT,
  exchangesOf,
  SERVER,
  type Segment,
  segment,
  syn,
  synAck,
  there,
  timed,
} from '../../support/exchanges.ts';
import { tshark } from '../../support/tshark.ts';

const [FIN, RST, ACK] = [1, 4, 16];
const handshake = [
  [0, there(syn({ mss: 1410 }))],
  [1, back(synAck({ mss: 1410 }))],
  [2, there(ack())],
] as const;
/** From the client, whose data begins with 1001; from the server, with 5001. */
const sent = (given: Segment = {}) => segment({ seq: 1001, ack: 5001, flags: ACK, data: 100, ...given });
const answer = (given: Segment = {}) =>
  segment({
    src: SERVER,
    dst: CLIENT,
    sport: 443,
    dport: 40000,
    seq: 5001,
    ack: 1101,
    flags: ACK,
    ...given,
  });
const go = (given: Segment = {}) => there(sent(given));
const come = (given: Segment = {}) => back(answer(given));

function transferOf(...packets: readonly (readonly [number, Uint8Array, number?])[]): VerdictTransfer {
  const [row] = exchangesOf(timed(...packets)).verdict.exchanges ?? [];
  return row?.transfer as VerdictTransfer;
}

const v6 = { src: 'fd00:0:0:0:0:0:0:2', dst: 'fd00:0:0:1:0:0:0:2' };

describe('what is sent again', () => {
  it.each<[what: string, packets: readonly (readonly [number, Uint8Array, number?])[], again: number]>([
    [
      'nothing',
      [
        [10, go({ id: 1 })],
        [11, go({ seq: 1101, id: 2 })],
      ],
      0,
    ],
    [
      'after a timeout',
      [
        [10, go({ id: 1 })],
        [210, go({ id: 2 })],
      ],
      1,
    ],
    [
      'soon, with a new identification',
      [
        [10, go({ id: 1 })],
        [12, go({ id: 2 })],
      ],
      1,
    ],
    [
      'a copy at once',
      [
        [10, go({ id: 1 })],
        [10.1, go({ id: 1 })],
      ],
      0,
    ],
    [
      'out of order, as its identification says',
      [
        [10, go({ seq: 1101, id: 2 })],
        [10.1, go({ id: 1 })],
      ],
      0,
    ],
    [
      'a keep-alive',
      [
        [10, go({ id: 1 })],
        [5000, go({ seq: 1100, data: 1, id: 2 })],
      ],
      0,
    ],
    [
      'behind a probe of a closed window',
      [
        [10, go({ id: 1 })],
        [500, go({ seq: 1100, data: 50, id: 2 })],
      ],
      0,
    ],
    [
      'a FIN',
      [
        [10, go({ data: 0, flags: ACK | FIN, id: 1 })],
        [300, go({ data: 0, flags: ACK | FIN, id: 2 })],
      ],
      1,
    ],
    [
      'at another interface',
      [
        [10, go({ id: 1 })],
        [11, sent({ id: 1 }), 1],
        [12, go({ id: 1 }), 2],
      ],
      0,
    ],
    [
      'at another interface, and in the tunnel there alone',
      [
        [10, sent({ id: 1 }), 1],
        [11, go({ id: 1 })],
        [300, sent({ id: 2 }), 1],
        [301, go({ id: 2 })],
      ],
      1,
    ],
    [
      'sequence numbers that go round',
      [
        [10, go({ seq: 2 ** 32 - 50, id: 1 })],
        [11, go({ seq: 50, id: 2 })],
      ],
      0,
    ],
    [
      'IPv6 after a timeout',
      [
        [10, there(sent(v6))],
        [220, there(sent(v6))],
      ],
      1,
    ],
    [
      'IPv6 a hop further',
      [
        [10, there(sent(v6))],
        [15, there(sent({ ...v6, ttl: 63 }))],
      ],
      0,
    ],
  ])('%s', (_, packets, again) => {
    expect(transferOf(...packets).there.sentAgain).toBe(again);
  });
});

describe('what is never acknowledged', () => {
  const again = (times: number, given: Segment = {}) =>
    Array.from({ length: times }, (_, i) => [200 + 200 * i, go({ id: 10 + i, ...given })] as const);

  it.each<[what: string, packets: readonly (readonly [number, Uint8Array, number?])[], sizes: object[]]>([
    [
      'a full segment, sent three times',
      [...handshake, ...again(3, { data: 1410 })],
      [{ bytes: 1450, connections: 1 }],
    ],
    ['twice is not enough', [...handshake, ...again(2, { data: 1410 })], []],
    ['acknowledged at last', [...handshake, ...again(3, { data: 1410 }), [900, come({ ack: 2411 })]], []],
    [
      'in part, so that it got through',
      [...handshake, ...again(3, { data: 1410 }), [900, come({ ack: 1501 })]],
      [],
    ],
    ['not the oldest one', [...handshake, ...again(3, { seq: 1101 })], []],
    [
      'from the middle, where something was acknowledged',
      [[0, come({ ack: 1001, data: 10 })], ...again(3, { data: 1410 })],
      [{ bytes: 1450, connections: 1 }],
    ],
    ['one direction alone', [[0, there(syn())], ...again(3, { data: 1410 })], []],
  ])('%s', (_, packets, sizes) => {
    expect(transferOf(...packets).there.neverAcknowledged).toEqual(sizes);
  });
});

describe('how connections end', () => {
  const fin = [10, go({ data: 0, flags: FIN | ACK })] as const;
  const finBack = [11, come({ ack: 1002, flags: FIN | ACK })] as const;
  it.each<
    [what: string, packets: readonly (readonly [number, Uint8Array])[], ended: [number, number, number]]
  >([
    ['FIN from both', [...handshake, fin, finBack], [1, 0, 0]],
    ['FIN from one', [...handshake, fin], [0, 0, 1]],
    ['RST', [...handshake, [10, come({ flags: RST })]], [0, 1, 0]],
    ['RST behind both FINs', [...handshake, fin, finBack, [12, go({ data: 0, flags: RST })]], [1, 0, 0]],
    ['not yet', [...handshake], [0, 0, 1]],
    ['seen from the middle', [fin, finBack], [1, 0, 0]],
  ])('%s', (_, packets, ended) => {
    const { finished, reset, open } = transferOf(...packets);
    expect([finished, reset, open]).toEqual(ended);
  });

  it('is not told of connections that never stood', () => {
    expect(transferOf([0, there(syn())])).toBeUndefined();
  });
});

it('counts segments, data, and windows that are closed', () => {
  const packets = [
    ...handshake,
    [3, go()],
    [4, come({ window: 0, data: 0 })],
    [5, come({ window: 0 })],
  ] as const;
  const { there: asker, back: asked } = transferOf(...packets);
  expect(asker).toMatchObject({ segments: 3, bytes: 100, zeroWindows: 0 });
  expect(asked).toMatchObject({ segments: 3, bytes: 0, zeroWindows: 2 });
});

it('lets no option run past the header', () => {
  const odd = syn({ mss: 1410 });
  // Of the option in the TCP header behind 20 bytes of IP: a length of 0, of 1, one past the end, one that has no room for a value.
  for (const length of [0, 1, 3, 200]) {
    const bytes = Uint8Array.from(odd);
    bytes[41] = length;
    expect(transferOf([0, bytes], [1, synAck()], [2, ack()]).open).toBe(1);
  }
});

describe('as tshark sees it', () => {
  it.each([
    'exchanges/vxlan',
    'exchanges/zero-window',
    'findings/tcp-black-hole',
    'findings/tcp-black-hole-behind',
    'findings/tcp-black-hole-probed',
    'findings/mss-too-large',
    'findings/one-way-only',
    'findings/only-ping-works',
  ])('%s', async (name) => {
    const path = `fixtures/${name}.pcap`;
    const { exchanges = [] } = await verifyCapture(await openCaptureFile(path));
    const transfers = exchanges.flatMap(({ transfer }) => transfer ?? []);
    const sum = (of: (transfer: VerdictTransfer) => number) =>
      transfers.reduce((before, one) => before + of(one), 0);
    const lines = (filter: string, field = 'frame.number') =>
      tshark('-r', path, '-Y', filter, '-T', 'fields', '-E', 'occurrence=l', '-e', field)
        .split('\n')
        .filter((line) => line !== '');
    // Connections that stood: those of which somebody acknowledges something that is no SYN.
    const stood = new Set(lines('tcp.flags.syn==0 && tcp.flags.reset==0', 'tcp.stream'));
    const streams = [...stood].map((stream) => `tcp.stream==${stream}`).join(' || ');
    const of = (filter: string) => (stood.size === 0 ? [] : lines(`(${streams}) && ${filter}`));
    expect(sum(({ there, back }) => there.segments + back.segments)).toBe(of('tcp').length);
    expect(sum(({ there, back }) => there.bytes + back.bytes)).toBe(
      stood.size === 0 ? 0 : lines(`${streams}`, 'tcp.len').reduce((all, length) => all + Number(length), 0),
    );
    // tshark takes what comes soon for out of order, though nothing here can come so: one link alone lies in front of the capture.
    const again = '(tcp.analysis.retransmission || tcp.analysis.out_of_order) && tcp.flags.syn==0';
    expect(sum(({ there, back }) => there.sentAgain + back.sentAgain)).toBe(of(again).length);
    expect(sum(({ there, back }) => there.zeroWindows + back.zeroWindows)).toBe(
      of('tcp.analysis.zero_window').length,
    );
    // Side by side, in the order of conversations, as `-z conv,tcp` has frames each way.
    const conversations = tshark('-q', '-r', path, '-z', 'conv,tcp').match(/<->.*/g) ?? [];
    const frames = conversations.reduce(
      (all, line) => all + Number(/(\d+) [\d,]+ \S+ +\S+ +\S+$/.exec(line)?.[1]),
      0,
    );
    if (stood.size === conversations.length)
      expect(sum(({ there, back }) => there.segments + back.segments)).toBe(frames);
  });
});

it('is the same on all devices at once, where the tunnel is seen at one of them', async () => {
  const [one, all] = await Promise.all(
    ['vxlan', 'vxlan-any-sll2'].map(async (name) =>
      verifyCapture(await openCaptureFile(`fixtures/exchanges/${name}.pcap`)),
    ),
  );
  const figures = (verdict: typeof one) => verdict?.exchanges?.map(({ transfer }) => transfer);
  expect(figures(all)).toEqual(figures(one));
});

it('is bounded: connections that leave are counted as they stood', () => {
  const packets = Array.from({ length: 64 }, (_, i): readonly [number, Uint8Array][] => [
    [i, there(syn({ sport: 1024 + i }))],
    [i + 0.1, back(synAck({ sport: 1024 + i }))],
    [i + 0.2, go({ sport: 1024 + i })],
  ]).flat();
  const [row] = exchangesOf(timed(...packets), { capacity: 16 }).verdict.exchanges ?? [];
  expect(row?.transfer).toMatchObject({
    open: 64,
    there: { segments: 128, bytes: 6400 },
    back: { segments: 64 },
  });
});
