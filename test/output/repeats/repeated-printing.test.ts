/** A packet that repeats another but for its numbers is printed from that one's text: all output is the same, byte for byte. */
import { describe, expect, it } from 'vitest';
import { createPrinter, type PrinterOptions } from '../../../src/cli/commands/show/create-printer.ts';
import { createPrintBatch } from '../../../src/cli/commands/show/print-batch.ts';
import { fold, pseudoHeaderSum, sumWords } from '../../../src/decode/checksum.ts';
import { createDecoder } from '../../../src/decode/decoder.ts';
import { LayerStack } from '../../../src/decode/layer-stack.ts';
import { ByteWriter } from '../../../src/output/byte-writer.ts';
import { PacketRecord, type RecordPosition } from '../../../src/output/printer.ts';
import { createRepeatedPrinting } from '../../../src/output/repeats/repeated-printing.ts';
import type { CaptureInterface, PacketBatch } from '../../../src/packet/source.ts';
import { captures, changed, packetsOf } from '../../support/changed-packets.ts';
import { viewOf } from '../../support/decoding.ts';
import { rounds, seeded } from '../../support/mutations.ts';
import { BACK, echo, inIpip, inTun, inVxlan, RAW, type TimedPacket } from '../../support/pings.ts';

const ROUNDS = rounds(1, 20);
const SECOND = 1e9;
const START = 1_700_000_000;

const COLUMNS = ['frame.number', 'frame.time_epoch', 'ip.src', 'ip.dst', 'udp.srcport', 'udp.dstport'];
const PRINTERS: readonly PrinterOptions[] = [
  { format: 'line' },
  { format: 'line', times: 'e' },
  { format: 'line', times: 'd' },
  { format: 'line', times: 'ud' },
  { format: 'line', bytes: true },
  { format: 'json' },
  { format: 'tree' },
  { format: 'fields', field: [...COLUMNS, 'vxlan.vni', 'icmp.type', 'icmp.ident', 'icmp.seq'] },
  {
    format: 'fields',
    field: ['ip.id', 'ip.checksum', 'data.data', 'frame.time_relative', 'ip.id'],
    fieldOption: ['quote=d', 'header=y'],
  },
  {
    format: 'fields',
    field: [
      'frame.time_delta',
      'icmp.seq_le',
      'udp.payload',
      'udp.checksum.status',
      'icmp.checksum.status',
      'frame.len',
    ],
  },
];

/** What has a form that is not looked for: the time since the packet before, dates, all bytes. */
const UNKNOWN = new Set(
  PRINTERS.filter(
    ({ format, times, bytes, field }) =>
      format === 'tree' || times?.endsWith('d') || bytes || field?.[0] === 'frame.time_delta',
  ),
);

function batchOf(packets: readonly TimedPacket[], interfaces: CaptureInterface[]): PacketBatch {
  const bytes = new Uint8Array(Buffer.concat(packets.map((packet) => packet.bytes)));
  let end = 0;
  const lengths = packets.map((packet) => packet.bytes.length);
  const times = packets.map(({ time }) => Math.floor(time / SECOND));
  return {
    bytes,
    view: viewOf(bytes),
    count: packets.length,
    start: Int32Array.from(lengths, (length) => {
      end += length;
      return end - length;
    }),
    capturedLength: Int32Array.from(lengths),
    originalLength: Int32Array.from(lengths),
    seconds: Float64Array.from(times, (seconds) => START + seconds),
    nanoseconds: Int32Array.from(packets, ({ time }, i) => time - (times[i] as number) * SECOND),
    interfaceIndex: Uint16Array.from(packets, ({ linkType = RAW }) => {
      const known = interfaces.findIndex((one) => one.linkType === linkType);
      return known >= 0 ? known : interfaces.push({ name: undefined, linkType, snapLength: 0 }) - 1;
    }),
  };
}

/** Prints captures, each a batch, twice: packet by packet, and with a memory of what is known. Tells how many were not printed by a printer. */
async function bothWays(
  all: Iterable<readonly TimedPacket[]> | AsyncIterable<readonly TimedPacket[]>,
  options: PrinterOptions,
) {
  const [usual, known] = [await createPrinter(options), await createPrinter(options)];
  const [decoder, forKnown] = [createDecoder(), createDecoder()];
  let asked = 0;
  const counting = {
    ...known,
    packet: (out: ByteWriter, record: PacketRecord) => {
      asked++;
      known.packet(out, record);
    },
  };
  const interfaces: CaptureInterface[] = [];
  const record = new PacketRecord(new LayerStack(), interfaces);
  const [usualOut, knownOut] = [new ByteWriter(), new ByteWriter()];
  const printBatch = createPrintBatch(
    { decoder: forKnown, printer: counting, reassembly: false },
    interfaces,
    knownOut,
  );
  let [position, packets]: [RecordPosition, number] = [record.position, 0];
  for await (const capture of all) {
    const batch = batchOf(capture, interfaces);
    for (let i = 0; i < batch.count; i++) {
      const [start, captured, original, of] = [
        batch.start,
        batch.capturedLength,
        batch.originalLength,
        batch.interfaceIndex,
      ].map((numbers) => numbers[i] as number) as [number, number, number, number];
      record.advance(batch, i);
      const { linkType } = interfaces[of] as CaptureInterface;
      decoder.decode(batch.view, start, captured, original, linkType, record.stack);
      usual.packet(usualOut, record);
    }
    printBatch(batch, batch.count, position);
    position = record.position;
    packets += batch.count;
    const [right, text] = [usualOut, knownOut].map((out) => Buffer.from(out.take()).toString('latin1'));
    if (right !== text) expect(text?.split('\n')).toEqual(right?.split('\n'));
  }
  return { packets, asked };
}

describe('a run of pings', () => {
  const wraps = {
    bare: (inner: Uint8Array) => inner,
    vxlan: (inner: Uint8Array, isReply: boolean) => inVxlan(inner, 42, isReply ? BACK : {}),
    ipip: (inner: Uint8Array, isReply: boolean) => inIpip(inner, isReply ? BACK : {}),
    tun: (inner: Uint8Array, isReply: boolean) => inTun(inner, true, isReply ? BACK : {}),
  };
  const run = (wrap: (inner: Uint8Array, isReply: boolean) => Uint8Array) =>
    Array.from({ length: 100 }, (_, i): TimedPacket[] => {
      const seq = i * 601;
      return [
        { bytes: wrap(echo({ seq }), false), time: i * 1e6 },
        { bytes: wrap(echo({ seq, reply: true }), true), time: i * 1e6 + 1e5 },
      ];
    }).flat();

  it.each(Object.entries(wraps))('%s: only the first packets are asked the printer', async (_, wrap) => {
    for (const options of PRINTERS) {
      const { packets, asked } = await bothWays([run(wrap)], options);
      // The first packet, one of each direction, and each with other numbers twice.
      const isKnown = !UNKNOWN.has(options);
      expect([options, isKnown, asked < 20, asked < packets]).toEqual([options, isKnown, isKnown, isKnown]);
    }
  });
});

describe('a UDP checksum around pings, which is the same for all', () => {
  /** As {@link inVxlan}, but the checksum's sum with all else is 0xffff where the field is 0 or 0xffff, by the port that is sent from. */
  function withField(seq: number, field: number): Uint8Array {
    const packet = inVxlan(echo({ seq }), 42);
    const view = viewOf(packet);
    const [udp, end] = [20, packet.length];
    view.setUint16(udp, 0);
    const rest = fold(pseudoHeaderSum(view, 12, 8, 17, end - udp) + sumWords(view, udp, end));
    view.setUint16(udp, 0xffff - rest);
    view.setUint16(udp + 6, field);
    return packet;
  }

  it('is none where it is 0, though 0 adds up as 0xffff does', async () => {
    const packets = Array.from(
      { length: 60 },
      (_, i): TimedPacket => ({ bytes: withField(i * 601, i % 3 === 2 ? 0 : 0xffff), time: i * 1e6 }),
    );
    const field = ['udp.checksum', 'udp.checksum.status', 'icmp.seq'];
    const { asked } = await bothWays([packets], { format: 'fields', field });
    // Both kinds are known after their first packets.
    expect(asked).toBeLessThan(20);
  });
});

const ofCaptures = Promise.all(captures.map(packetsOf));

it.each(PRINTERS.filter(({ format }) => format !== 'tree'))(
  'every capture as it is, over again, and changed: $format $times $field',
  async (options) => {
    const packets = await ofCaptures;
    function* all() {
      for (const [number, original] of packets.entries()) {
        for (let round = 0; round < ROUNDS; round++) {
          const some = original.slice(0, 24);
          const again = some.map((packet) => ({ ...packet, time: packet.time + 7 * SECOND + 1000 }));
          yield [...some, ...again, ...changed([...some, ...again], seeded(number * ROUNDS + round))];
        }
      }
    }
    await bothWays(all(), options);
  },
);

it('is not to be had of a printer whose text depends on other packets', async () => {
  const printer = await createPrinter({ format: 'fields', field: ['frame.time_delta_displayed'] });
  expect(createRepeatedPrinting(createDecoder(), printer, [])).toBeUndefined();
});
