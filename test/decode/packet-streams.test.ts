/** Packets in TCP, wherever segments begin and end: none lost, none twice, none that was not sent. */
import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../src/decode/decoder.ts';
import { LayerStack } from '../../src/decode/layer-stack.ts';
import { createPacketStreams } from '../../src/decode/packet-streams.ts';
import { createReassembler } from '../../src/decode/reassembly.ts';
import {
  echoRequest,
  ethernetFrame,
  ipv4Packet,
  ipv6Packet,
  join,
  patched,
  udpDatagram,
} from '../support/build.ts';
import { ETHERNET, hex, layersText, viewOf } from '../support/decoding.ts';
import { mutated, seeded } from '../support/mutations.ts';

const decoder = createDecoder();

const ping = (sequence: number, size = 40) =>
  ipv4Packet(
    1,
    echoRequest(join([...Array(size)].map(() => sequence.toString(16).padStart(2, '0')).join(''))),
  );
const tun = (sequence: number, size?: number) => join('00000800', ping(sequence, size));
const tap = (sequence: number) => join('00000800', ethernetFrame('0800', ping(sequence)));
/** To an address that begins as an IPv6 packet does. */
const tap6 = join(
  '000086dd',
  patched(ethernetFrame('86dd', ipv6Packet(17, udpDatagram(7000, hex('6869'), 'ipv6'))), 0, '62cb2db78c44'),
);

function segment(sequence: number, payload: Uint8Array, ports = '88902328'): Uint8Array {
  const digits = (sequence >>> 0).toString(16).padStart(8, '0');
  return ethernetFrame('0800', ipv4Packet(6, join(ports, digits, '00000000 5018 0400 0000 0000', payload)));
}

/** What comes of the segments: each packet by the first byte of its ping's data; "-" for others. */
function packetsOf(segments: readonly Uint8Array[], check?: (stack: LayerStack) => void): string[] {
  const reassembler = createReassembler(decoder);
  const stack = new LayerStack();
  const found: string[] = [];
  const look = (view: DataView, layers: LayerStack) => {
    check?.(layers);
    const last = layers.count - 1;
    const text = layersText(layers);
    if (text.includes('icmp:data')) found.push(String(view.getUint8(layers.start(last))));
    else if (text.includes('guess')) found.push('-');
  };
  for (const [i, bytes] of segments.entries()) {
    const view = viewOf(bytes);
    decoder.decode(view, 0, bytes.length, bytes.length, ETHERNET, stack);
    const where = stack.fragment < 0 ? view : reassembler.packet(view, stack, i + 1, i, 0, 0);
    look(where, stack);
    reassembler.others(look);
  }
  return found;
}

/** The stream cut at these places. */
function cut(stream: Uint8Array, places: readonly number[], first = 0xfffffff0): Uint8Array[] {
  const ends = [...places, stream.length];
  return ends.map((end, i) => {
    const from = i === 0 ? 0 : (ends[i - 1] as number);
    return segment(first + from, stream.slice(from, end));
  });
}

const three = join(tun(1), tun(2), tun(3));
const ONE = tun(1).length;

describe('packets in TCP', () => {
  it.each([
    ['one a segment', cut(three, [ONE, 2 * ONE]), ['1', '2', '3']],
    ['all in one', cut(three, []), ['1', '2', '3']],
    ['frames', cut(join(tap(1), tap6, tap(3)), []), ['1', '-', '3']],
    ['bare packets', cut(join(ping(1), ping(2)), []), ['1', '2']],
    [
      'a long one over three segments',
      cut(join(tun(1), tun(2, 200), tun(3)), [ONE + 50, ONE + 120]),
      ['1', '2', '3'],
    ],
    ['the first one is cut', cut(three, [30]), ['1', '2', '3']],
    [
      'a segment twice',
      [0, 0, 1, 1, 2].map((i) => cut(three, [ONE + 9, 2 * ONE])[i] as Uint8Array),
      ['1', '2', '3'],
    ],
    [
      'out of order',
      [0, 2, 1].map((i) => cut(three, [ONE + 9, 2 * ONE + 9])[i] as Uint8Array),
      ['1', '2', '3'],
    ],
    [
      'overlapping',
      [...cut(three.slice(0, ONE + 20), []), segment(0xfffffff0 + ONE - 7, three.slice(ONE - 7))],
      ['1', '2', '3'],
    ],
    [
      'begun before the capture, in a packet',
      [segment(1000, three.slice(20)), segment(1000 + three.length - 20, tun(4))],
      ['4'],
    ],
    [
      'segments that never come',
      [0, 2, 3, 4, 5, 6, 7].map(
        (i) =>
          cut(
            join(...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => tun(n))),
            [1, 2, 3, 4, 5, 6, 7].map((n) => n * ONE + 9),
          )[i] as Uint8Array,
      ),
      ['1', '4', '5', '6', '7', '8'],
    ],
    [
      'segments that never come, and then a packet of another kind',
      [segment(0, tun(1)), ...[0, 1, 2, 3, 4].map((i) => segment(5000 + i * tap6.length, tap6))],
      ['1', '-', '-', '-', '-', '-'],
    ],
    [
      'another connection on the same ports',
      [...cut(three, []), segment(0x7000000, tun(4))],
      ['1', '2', '3', '4'],
    ],
  ])('%s', (_title, segments, found) => {
    expect(packetsOf(segments)).toEqual(found);
  });

  it('are the same wherever the stream is cut', () => {
    const stream = join(tun(1), tun(2, 90), tap(3), tun(4));
    for (let first = 30; first < stream.length; first += 3) {
      expect(packetsOf(cut(stream, [first])), `cut at ${first}`).toEqual(['1', '2', '3', '4']);
    }
  });

  it.each([
    ['a web server’s answer', join('485454502f312e3120323030204f4b0d0a0d0a', ping(1))],
    ['a wrong checksum', join('00000800', patched(ping(1), 10, '1234'))],
    ['another EtherType', join('00000801', ping(1))],
    ['a bare packet that ends elsewhere', ping(1).slice(0, -1)],
  ])('are not seen in %s', (_title, payload) => {
    expect(packetsOf([segment(1, payload), segment(1 + payload.length, payload)])).toEqual([]);
  });

  it('stay within their bytes, whatever segments say', () => {
    const random = seeded(21);
    const segments = cut(join(three, tap(4), tap6, tun(5, 200)), [40, 130, 200, 260, 400]);
    for (let i = 0; i < 150; i++) {
      const changed = segments.map(
        (bytes) =>
          mutated(
            { number: 1, bytes, view: viewOf(bytes), originalLength: bytes.length, linkType: ETHERNET },
            random,
          ).bytes,
      );
      packetsOf(changed, (stack) => {
        for (let layer = 0; layer < stack.count; layer++) {
          expect(stack.payload(layer)).toBeLessThanOrEqual(stack.layerEnd(layer));
        }
      });
    }
  });

  it('are searched for no more than a few times at each byte, where segments are missing', () => {
    let asked = 0;
    const streams = createPacketStreams([
      {
        entry: 1,
        mask: 0,
        bits: 0,
        prove: (view, from) => asked++ < 0 || view.getUint8(from) === 1,
        length: (view, from) => view.getUint8(from),
      },
    ]);
    const stack = new LayerStack();
    const filler = new Uint8Array(1000);
    for (let i = 0; i <= 100; i++) {
      const bytes = segment(i === 0 ? 0 : 500 + i * filler.length, i === 0 ? hex('0100') : filler);
      decoder.decode(viewOf(bytes), 0, bytes.length, bytes.length, ETHERNET, stack);
      expect(streams.segment(viewOf(bytes), stack, 2, i, 0)?.packets.length).toBe(i === 0 ? 1 : 0);
    }
    expect(asked).toBeGreaterThan(filler.length);
    expect(asked).toBeLessThan(3 * 100 * filler.length);
  });
});
