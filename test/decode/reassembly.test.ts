/** Fragments put together: beside tshark, in any order, within bounds, and whatever they say. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../src/decode/decoder.ts';
import { MOST_DATAGRAMS } from '../../src/decode/fragment-table.ts';
import { PARTIAL_CHECKSUM } from '../../src/output/tshark-versions.ts';
import { readCapture } from '../support/captures.ts';
import { fieldTexts, issuesText, layersText } from '../support/decoding.ts';
import { mutated, seeded } from '../support/mutations.ts';
import { echo, icmpError, inIpip, inVxlan, ipPacket, RAW, udp } from '../support/pings.ts';
import { createFeed, type Fed, fragmentOf, fragmentsOf } from '../support/reassembling.ts';
import { hasTshark, tshark, tsharkVersion } from '../support/tshark.ts';

const SETTINGS = ['ip.defragment:TRUE', 'ipv6.defragment:TRUE', 'udp.check_checksum:TRUE'];
/** What is compared, and the texts that a checksum's state has for us. */
const COMPARED = [
  'ip.src',
  'ipv6.src',
  'icmp.seq',
  'icmpv6.echo.sequence_number',
  'icmp.checksum.status',
  'icmpv6.checksum.status',
  'udp.checksum.status',
];

function tsharkRows(path: string): string[] {
  const args = ['-r', path, ...SETTINGS.flatMap((setting) => ['-o', setting]), '-T', 'fields'];
  for (const field of ['frame.protocols', ...COMPARED, 'ip.fragment', 'ipv6.fragment'])
    args.push('-e', field);
  return tshark(...args)
    .replace(/\n$/, '')
    .split('\n')
    .map((row) => {
      const columns = row.split('\t');
      // The last two are the fragments by their place; ours are by their arrival, each once.
      const numbers = [...new Set(columns.splice(-2).join(',').split(',').filter(Boolean).map(Number))];
      return [...columns, numbers.sort((a, b) => a - b).join()].join(' | ');
    });
}

/** What is left to the network card is bad or good for tshark. */
const STATES: Readonly<Record<string, string>> = {
  bad: '0',
  'partial: the card completes it': PARTIAL_CHECKSUM[tsharkVersion],
  good: '1',
  unverifiable: '2',
  absent: '3',
};

function ourRow(fed: Fed): string {
  const { stack, reassembler } = fed;
  const names = Array.from({ length: stack.count }, (_, layer) => stack.describe(layer).name);
  const numbers: number[] = [];
  for (let layer = 0; layer < stack.count; layer++) numbers.push(...reassembler.fragmentsOf(layer));
  return [
    names.join(':').replaceAll(/\beth\b/g, 'eth:ethertype'),
    ...COMPARED.map((field) =>
      fieldTexts(fed, field)
        .map((text) => (field.endsWith('.status') ? STATES[text] : text))
        .join(),
    ),
    // A packet that brings a piece of two packets, one inside the other, is named once.
    [...new Set(numbers)].sort((a, b) => a - b).join(),
  ].join(' | ');
}

describe.skipIf(!hasTshark)('the layers that tshark finds (needs tshark)', () => {
  it.each(['fixtures/vxlan-fragmented.pcap', 'fixtures/generated/fragments.pcap'])('%s', async (path) => {
    const expected = tsharkRows(path);
    const { feed, told, reassembler } = createFeed();
    const packets = await readCapture(path);
    expect(packets.length).toBe(expected.length);
    for (const [i, packet] of packets.entries()) {
      const fed = feed(packet);
      // tshark also names the packets of pieces that came twice.
      const theirs = (expected[i] as string).split(' | ');
      const ours = ourRow(fed).split(' | ');
      expect(ours.slice(0, -1), `packet ${packet.number}`).toEqual(theirs.slice(0, -1));
      if (!isRepeated.includes(packet.number) || path.includes('vxlan')) {
        expect(ours.at(-1), `fragments of packet ${packet.number}`).toBe(theirs.at(-1));
      }
      expect(issuesText(fed.stack)).toEqual([]);
    }
    expect(told).toEqual([]);
    expect(reassembler.waiting()).toEqual([]);
  });
});
/** In fragments.pcap, the packets that complete one of whose pieces came twice. */
const isRepeated: readonly number[] = [13, 26];

const ping = echo({ payload: 'ab'.repeat(600) });
const [first, middle, last] = fragmentsOf(ping, [0, 200, 400]) as [Uint8Array, Uint8Array, Uint8Array];
const WHOLE = 'ip:icmp:data';
const PIECE = 'ip:data';

function texts(arrivals: readonly Uint8Array[], feed = createFeed().feed): string[] {
  return arrivals.map((bytes) => layersText(feed({ bytes, linkType: RAW }).stack));
}

describe('pieces', () => {
  it('become whole in any order, cut and repeated in any way, with the bytes that were sent', () => {
    const { feed, told } = createFeed();
    let id = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 16, max: 65515 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 8189 }), { maxLength: 40 }),
        fc.array(fc.nat()),
        fc.array(fc.nat(), { maxLength: 5 }),
        (length, cuts, order, repeated) => {
          const message = Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
          id = (id + 1) & 0xffff;
          const packet = ipPacket({ src: '192.0.2.1', dst: '192.0.2.2', protocol: 253, id }, message);
          const inside = cuts.map((unit) => unit * 8).filter((offset) => offset < length);
          if (inside.length === 0) inside.push(8);
          const pieces = fragmentsOf(
            packet,
            [0, ...inside].sort((a, b) => a - b),
          );
          for (const [i, pick] of order.entries()) {
            const [a, b] = [i % pieces.length, pick % pieces.length];
            [pieces[a], pieces[b]] = [pieces[b] as Uint8Array, pieces[a] as Uint8Array];
          }
          const final = pieces.pop() as Uint8Array;
          // Copies of pieces that came before the last missing one change nothing.
          for (const pick of repeated) {
            if (pieces.length > 0) pieces.push(pieces[pick % pieces.length] as Uint8Array);
          }
          for (const bytes of pieces) expect(layersText(feed({ bytes, linkType: RAW }).stack)).toBe(PIECE);
          const { view, stack } = feed({ bytes: final, linkType: RAW });
          expect([stack.count, stack.isReassembled(1), stack.base(1)]).toEqual([2, true, stack.start(1)]);
          const bytes = new Uint8Array(view.buffer, stack.start(1), stack.layerEnd(1) - stack.start(1));
          expect(Buffer.compare(bytes, message)).toBe(0);
        },
      ),
      { numRuns: 200, seed: 3 },
    );
    expect(told).toEqual([]);
  });

  it('a copy of a piece that comes when all is whole begins nothing that would be missed', () => {
    const { feed, told, reassembler } = createFeed();
    expect(texts([first, middle, last, last], feed)).toEqual([PIECE, PIECE, WHOLE, PIECE]);
    expect(reassembler.waiting()).toEqual([]);
    feed({ bytes: first, linkType: RAW, seconds: 100 });
    expect(told).toEqual([]);
    expect(reassembler.waiting()).toEqual([5]);
  });

  it('also where the answer has become whole meanwhile, with nearly any factors that hashes have', () => {
    const answer = (fragment: Uint8Array) => {
      const bytes = fragment.slice();
      bytes.set(fragment.subarray(12, 16), 16);
      bytes.set(fragment.subarray(16, 20), 12);
      return bytes;
    };
    const packets = [first, middle, last, ...[first, middle, last].map(answer), last];
    const hasMissed = Array.from({ length: 100 }, () => {
      const { feed, reassembler } = createFeed();
      for (const bytes of packets) feed({ bytes, linkType: RAW, seconds: 1 });
      return reassembler.waiting().length > 0;
    });
    // One in a thousand, as there are a thousand places.
    expect(hasMissed.filter(Boolean).length).toBeLessThan(8);
  });

  it('the same packet once more is whole once more', () => {
    expect(texts([first, middle, last, first, middle, last])).toEqual([
      PIECE,
      PIECE,
      WHOLE,
      PIECE,
      PIECE,
      WHOLE,
    ]);
  });

  it('of packets with other addresses, identification or protocol don’t meet', () => {
    for (const [at, value] of [
      [15, 99],
      [19, 99],
      [5, 99],
      [9, 2],
    ] as const) {
      const other = last.slice();
      other[at] = value;
      expect(texts([first, middle, other, last])).toEqual([PIECE, PIECE, PIECE, WHOLE]);
    }
  });

  const inVlan = (id: number) => (piece: Uint8Array) =>
    Uint8Array.from([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0, id, 8, 0, ...piece]);
  it.each<[string, number, (piece: Uint8Array) => Uint8Array, (piece: Uint8Array) => Uint8Array]>([
    ['VNIs', RAW, (piece) => inVxlan(piece, 1), (piece) => inVxlan(piece, 2)],
    ['VLANs', 1, inVlan(1), inVlan(2)],
    ['outer addresses', RAW, (piece) => inIpip(piece), (piece) => inIpip(piece, { dst: '10.3.0.10' })],
    ['tunnels', RAW, (piece) => inIpip(piece), (piece) => piece],
  ])('of two tenants with the same addresses and identification, in other %s', (_, linkType, a, b) => {
    const { feed } = createFeed();
    const mine = [first, middle, last].map((bytes) => ({ bytes: a(bytes), linkType }));
    // All bytes of the other's payload differ.
    const theirs = fragmentsOf(echo({ payload: 'cd'.repeat(600) }), [0, 200, 400]);
    const results: string[] = [];
    for (const [i, arrival] of mine.entries()) {
      for (const one of [arrival, { bytes: b(theirs[i] as Uint8Array), linkType }]) {
        const fed = feed(one);
        results.push(fieldTexts(fed, 'icmp.checksum.status').join());
      }
    }
    expect(results).toEqual(['', '', '', '', 'good', 'good']);
  });

  it('seen on two interfaces are whole on each', () => {
    const { feed } = createFeed();
    const layers = [first, middle, last].flatMap((bytes) =>
      [0, 1].map((interfaceIndex) => layersText(feed({ bytes, linkType: RAW, interfaceIndex }).stack)),
    );
    expect(layers).toEqual([PIECE, PIECE, PIECE, PIECE, WHOLE, WHOLE]);
  });

  it('VXLAN draws another outer source port for later pieces than for the first', () => {
    const { feed } = createFeed();
    const layers = [first, middle, last].map((piece, i) =>
      layersText(feed({ bytes: inVxlan(piece, 1, {}, 50000 + i), linkType: RAW }).stack),
    );
    expect(layers.at(-1)).toBe('ip:udp port> vxlan:eth:ip:icmp:data');
  });

  it('a small packet inside a first piece does not hide that the outer one is a piece', () => {
    const outer = inIpip(Uint8Array.from([...echo(), ...new Uint8Array(400)]));
    const [front, rest] = fragmentsOf(outer, [0, 80]) as [Uint8Array, Uint8Array];
    const { feed } = createFeed();
    expect(layersText(feed({ bytes: front, linkType: RAW }).stack)).toBe(PIECE);
    expect(layersText(feed({ bytes: rest, linkType: RAW }).stack)).toBe('ip protocol> ip:icmp:data');
  });
});

describe('layers of reassembled bytes', () => {
  it('have offsets from the start of the payload, and the packet’s own bytes stay before them', () => {
    const { feed } = createFeed();
    for (const bytes of [first, middle]) feed({ bytes, linkType: RAW });
    const { view, stack, reassembler } = feed({ bytes: last, linkType: RAW });
    expect(reassembler.fragmentsOf(0)).toEqual([1, 2, 3]);
    expect(reassembler.fragmentsOf(1)).toEqual([]);
    expect([stack.packetStart, stack.packetEnd, stack.firstReassembled()]).toEqual([0, last.length, 1]);
    expect(new Uint8Array(view.buffer, 0, last.length)).toEqual(last);
    expect([0, 1, 2].map((layer) => stack.start(layer) - stack.base(layer))).toEqual([0, 0, 8]);
    expect([0, 1, 2].map((layer) => stack.carriesReassembled(layer))).toEqual([true, false, false]);
  });

  it('an issue in them is told by their offsets', () => {
    // UDP that says 600 bytes, in a payload of 508.
    const datagram = udp(1, 2, new Uint8Array(500));
    datagram[4] = 2;
    datagram[5] = 88;
    const packet = ipPacket({ src: '192.0.2.1', dst: '192.0.2.2', protocol: 17 }, datagram);
    const { feed } = createFeed();
    const [, done] = fragmentsOf(packet, [0, 400]).map((bytes) => feed({ bytes, linkType: RAW }));
    expect(issuesText((done as Fed).stack)).toEqual(['malformed 4 UDP length 600>508']);
  });
});

describe('what can’t be put together', () => {
  it('a fragment that the capture cut short stays as it was decoded', () => {
    const { feed, told } = createFeed();
    const cut = first.subarray(0, 100);
    expect(layersText(feed({ bytes: cut, originalLength: first.length, linkType: RAW }).stack)).toBe(WHOLE);
    expect(told).toEqual(['cut 1']);
  });

  it('a fragment that an error quotes is no fragment of this capture', () => {
    const { feed, told, reassembler } = createFeed();
    const error = icmpError('192.0.2.9', 3, 4, first.subarray(0, 28));
    expect(layersText(feed({ bytes: error, linkType: RAW }).stack)).toBe('ip:icmp "ip:icmp"');
    expect([told, reassembler.waiting()]).toEqual([[], []]);
  });

  it('pieces that overlap or contradict each other are told', async () => {
    const { feed, told, reassembler } = createFeed();
    const rows = (await readCapture('fixtures/generated/fragments-odd.pcap')).map((packet) => {
      const { stack } = feed(packet);
      return [packet.number, layersText(stack), ...issuesText(stack)];
    });
    const overlaps = 'malformed 14 fragment overlaps an earlier one';
    const overlaps6 = 'malformed 54 fragment overlaps an earlier one';
    const contradicts = 'fragment contradicts earlier ones, or exceeds the longest packet';
    expect(rows).toEqual([
      [1, 'eth:ip:data'],
      [2, 'eth:ip:data'],
      [3, 'eth:ip:data', overlaps],
      // IPv4: the first bytes stay, and the packet becomes whole.
      [4, 'eth:ip:icmp:data', overlaps],
      [5, 'eth:ipv6:ipv6.fraghdr:data'],
      [6, 'eth:ipv6:ipv6.fraghdr:data'],
      // IPv6: none of its pieces may be used, nor those yet to come.
      [7, 'eth:ipv6:ipv6.fraghdr:data', overlaps6],
      [8, 'eth:ipv6:ipv6.fraghdr:data', `malformed 54 ${contradicts}`],
      [9, 'eth:ip:data'],
      [10, 'eth:ip:data', `malformed 14 ${contradicts}`],
      [11, 'eth:ip:data'],
      [12, 'eth:ip:icmp:data'],
      [13, 'eth:ip:data'],
      [14, 'eth:ip:data'],
      [15, 'eth:ip:data', `malformed 14 ${contradicts}`],
      // Nothing in it, and no multiple of eight: left as they are.
      [16, 'eth:ip'],
      [17, 'eth:ipv6:ipv6.fraghdr:icmpv6:data'],
    ]);
    expect(told).toEqual([
      'overlapping 3',
      'overlapping 4',
      'overlapping 7',
      'overlapping 10',
      'overlapping 15',
    ]);
    expect(reassembler.waiting()).toEqual([13, 14, 15]);
  });
});

describe('bounds', () => {
  const at = (seconds: number, bytes: Uint8Array) => ({ bytes, linkType: RAW, seconds });

  it('IPv4 waits 30 seconds for a packet’s pieces', () => {
    for (const [seconds, expected] of [
      [29, WHOLE],
      [31, PIECE],
      [-31, PIECE],
    ] as const) {
      const { feed, told } = createFeed();
      feed(at(1000, first));
      feed(at(1000, middle));
      expect(layersText(feed(at(1000 + seconds, last)).stack)).toBe(expected);
      expect(told).toEqual(expected === WHOLE ? [] : ['incomplete 1']);
    }
  });

  it('IPv6 waits 60 seconds', async () => {
    const pieces = (await readCapture('fixtures/generated/fragments.pcap')).slice(3, 6);
    for (const [seconds, header] of [
      [59, 'icmpv6'],
      [61, 'data'],
    ] as const) {
      const { feed } = createFeed();
      for (const piece of pieces.slice(0, 2)) feed({ ...piece, seconds: 1000 });
      const { stack } = feed({ ...(pieces[2] as (typeof pieces)[0]), seconds: 1000 + seconds });
      expect(stack.describe(3).name).toBe(header);
    }
  });

  it('so many packets wait at most, and the oldest leave first', () => {
    const { feed, told, reassembler } = createFeed();
    for (let id = 0; id < 5000; id++) {
      const packet = ipPacket({ src: '192.0.2.1', dst: '192.0.2.2', protocol: 1, id }, new Uint8Array(64));
      feed(at(1000, fragmentOf(packet, packet.subarray(20, 28), { offset: 0, more: true })));
    }
    expect(reassembler.waiting()).toHaveLength(MOST_DATAGRAMS);
    expect(reassembler.waiting().at(-1)).toBe(5000);
    expect(told).toHaveLength(5000 - MOST_DATAGRAMS);
    expect(told[0]).toBe('incomplete 1');
  });

  it('so many bytes wait at most', () => {
    const { feed, reassembler } = createFeed();
    for (let id = 0; id < 500; id++) {
      const packet = ipPacket({ src: '192.0.2.1', dst: '192.0.2.2', protocol: 1, id }, new Uint8Array(64));
      feed(at(1000, fragmentOf(packet, packet.subarray(20, 28), { offset: 65_000, more: true })));
    }
    // 64 KiB each, whatever little is in them, out of 4 MiB.
    expect(reassembler.waiting()).toHaveLength(64);
  });

  it('sixty thousand fragments that lie', async () => {
    const packets = (
      await Promise.all(
        ['generated/fragments', 'generated/fragments-odd', 'vxlan-fragmented'].map((name) =>
          readCapture(`fixtures/${name}.pcap`),
        ),
      )
    ).flat();
    const random = seeded(5);
    const fast = createFeed();
    const general = createFeed(createDecoder({ fastPath: false }));
    let whole = 0;
    for (let i = 0; i < 60_000; i++) {
      const honest = packets[i % packets.length] as (typeof packets)[0];
      const packet = random(4) === 0 ? mutated(honest, random) : honest;
      const arrival = { ...packet, seconds: i / 100 };
      const { stack, view } = fast.feed(arrival);
      const other = general.feed(arrival);
      expect(layersText(stack)).toBe(layersText(other.stack));
      const reassembled = stack.firstReassembled();
      if (reassembled < stack.count) whole++;
      for (let layer = 0; layer < stack.count; layer++) {
        const [from, to] = [stack.start(layer), stack.layerEnd(layer)];
        if (from < 0 || stack.payload(layer) > to || to > view.byteLength) {
          expect.fail(`layer ${layer} leaves its bytes: ${Buffer.from(packet.bytes).toString('hex')}`);
        }
        if (stack.isReassembled(layer) !== layer >= reassembled)
          expect.fail('reassembled layers stand apart');
        if (stack.isReassembled(layer) && !stack.isReassembled(layer - 1)) {
          expect(stack.carriesReassembled(layer - 1)).toBe(true);
        }
      }
      for (const issue of issuesText(stack)) {
        const offset = Number(issue.split(' ')[1]);
        if (offset < 0 || offset > view.byteLength) expect.fail(`out of place: ${issue}`);
      }
    }
    expect(whole).toBeGreaterThan(5000);
    // Which copies are known as such is left to chance where two packets share a place in what is remembered.
    const overlaps = (told: readonly string[]) => told.filter((text) => text.startsWith('overlapping'));
    expect(overlaps(fast.told)).toEqual(overlaps(general.told));
    expect(fast.reassembler.waiting().length).toBeLessThanOrEqual(MOST_DATAGRAMS);
  });
});
