/** Headers that break off: the fields that are there are shown, the others nowhere; cut at every byte, beside tshark. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createFieldsPrinter } from '../../src/output/fields.ts';
import { createJsonPrinter } from '../../src/output/json.ts';
import { createLinePrinter } from '../../src/output/line.ts';
import { createOutline } from '../../src/output/outline.ts';
import { createTreePrinter } from '../../src/output/tree.ts';
import { FIELD_FORMS } from '../../src/output/tshark-versions.ts';
import { decodeBytes, hex, issuesText, layersText, viewOf } from '../support/decoding.ts';
import { printPackets } from '../support/printing.ts';
import { hasTshark, tshark, tsharkVersion } from '../support/tshark.ts';

const ETHERNET = '020a02000a02 020a01000a01';
const IPV4 = (protocol: string) => `0800 45b9 0034 1234 4000 3f ${protocol} 0000 0a01000a 0a02000a`;
const MESSAGE = '68656c6c6f';

interface Whole {
  readonly name: string;
  readonly bytes: string;
  /** Where the header that is cut begins and ends. */
  readonly from: number;
  readonly to: number;
  /** In the order in which they stand: the field, just past its last byte from the header's start, and what `-T fields` prints. */
  readonly fields: readonly (readonly [name: string, end: number, value: string])[];
  /** Fields that tshark shows only together with one further on: from so many bytes on. */
  readonly tsharkWaits: Readonly<Record<string, number>>;
}

const WHOLES: readonly Whole[] = [
  {
    name: 'tcp',
    bytes: `${ETHERNET} ${IPV4('06')} d431 0016 01020304 0a0b0c0d 5018 ffff 1234 0007 ${MESSAGE}`,
    from: 34,
    to: 54,
    fields: [
      ['tcp.srcport', 2, '54321'],
      ['tcp.dstport', 4, '22'],
      ['tcp.port', 4, '54321,22'],
      ['tcp.seq_raw', 8, '16909060'],
      ['tcp.ack_raw', 12, '168496141'],
      ['tcp.hdr_len', 13, '20'],
      ['tcp.flags', 14, '0x0018'],
      ['tcp.flags.push', 14, 'True'],
      ['tcp.window_size_value', 16, '65535'],
      ['tcp.checksum', 18, '0x1234'],
      ['tcp.urgent_pointer', 20, '7'],
    ],
    tsharkWaits: {
      'tcp.srcport': 4,
      ...Object.fromEntries(
        ['seq_raw', 'ack_raw', 'hdr_len', 'flags', 'flags.push'].map((key) => [`tcp.${key}`, 16]),
      ),
    },
  },
  {
    name: 'udp',
    bytes: `${ETHERNET} ${IPV4('11')} d431 0035 0014 beef ${MESSAGE}`,
    from: 34,
    to: 42,
    fields: [
      ['udp.srcport', 2, '54321'],
      ['udp.dstport', 4, '53'],
      ['udp.length', 6, '20'],
      ['udp.checksum', 8, '0xbeef'],
    ],
    tsharkWaits: { 'udp.srcport': 4 },
  },
  {
    name: 'icmp',
    bytes: `${ETHERNET} ${IPV4('01')} 08 00 20a8 4567 0001 ${MESSAGE}`,
    from: 34,
    to: 42,
    fields: [
      ['icmp.type', 1, '8'],
      ['icmp.code', 2, '0'],
      ['icmp.checksum', 4, '0x20a8'],
      ['icmp.ident', 6, '17767'],
      ['icmp.seq', 8, '1'],
    ],
    tsharkWaits: { 'icmp.type': 6, 'icmp.code': 6, 'icmp.checksum': 6 },
  },
  {
    name: 'ip',
    bytes: `${ETHERNET} ${IPV4('06')}`,
    from: 14,
    to: 34,
    fields: [
      ['ip.version', 1, '4'],
      ['ip.hdr_len', 1, '20'],
      ['ip.dsfield.dscp', 2, '46'],
      ['ip.len', 4, '52'],
      ['ip.id', 6, '0x1234'],
      ['ip.flags.df', 7, 'True'],
      ['ip.ttl', 9, '63'],
      ['ip.proto', 10, '6'],
      ['ip.checksum', 12, '0x0000'],
      ['ip.src', 16, '10.1.0.10'],
      ['ip.dst', 20, '10.2.0.10'],
    ],
    tsharkWaits: { 'ip.flags.df': 8 },
  },
  {
    name: 'arp',
    bytes: `${ETHERNET} 0806 0001 0800 06 04 0001 020a01000a01 0a010001 000000000000 0a010002`,
    from: 14,
    to: 22,
    fields: [
      ['arp.hw.type', 2, '1'],
      ['arp.proto.type', 4, '0x0800'],
      ['arp.hw.size', 5, '6'],
      ['arp.proto.size', 6, '4'],
      ['arp.opcode', 8, '1'],
    ],
    tsharkWaits: {},
  },
];

/** The packet cut off behind so many bytes of the header, for each number from one to all but one. */
function cutsOf({ bytes, from, to }: Whole): Uint8Array[] {
  return Array.from({ length: to - from - 1 }, (_, i) => hex(bytes).subarray(0, from + i + 1));
}

const folder = mkdtempSync(join(tmpdir(), 'partial-'));
afterAll(() => rmSync(folder, { recursive: true }));

function pcapOf(packets: readonly Uint8Array[], originalLength: number): string {
  const path = join(folder, `${originalLength}.pcap`);
  const parts = [hex('d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000')];
  for (const packet of packets) {
    const head = new Uint8Array(16);
    viewOf(head).setUint32(8, packet.length, true);
    viewOf(head).setUint32(12, originalLength, true);
    parts.push(head, packet);
  }
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

describe.each(WHOLES)('$name', (whole) => {
  const { name, bytes, from, fields, tsharkWaits } = whole;
  const cuts = cutsOf(whole);
  const originalLength = hex(bytes).length + 6;

  it('shows at each cut the fields that are there, and says what is missing', () => {
    const names = fields.map(([field]) => field);
    for (const [i, packet] of cuts.entries()) {
      const decoded = decodeBytes(packet, { originalLength });
      const there = i + 1;
      expect(layersText(decoded.stack), `${there} bytes`).toMatch(new RegExp(`^eth:(ip:)?${name}$`));
      expect(issuesText(decoded.stack).join(), `${there} bytes`).toContain(`${there}`);
      expect(decoded.stack.headerLength(decoded.stack.count - 1)).toBe(there);
      const printed = printPackets([{ bytes: packet, originalLength }], createFieldsPrinter(names));
      expect(printed.replace('\n', '').split('\t'), `${there} bytes`).toEqual(
        fields.map(([field, end, value]) =>
          end <= there ? value : field === 'tcp.port' && there >= 2 ? '54321' : '',
        ),
      );
    }
  });

  it.skipIf(!hasTshark)(
    'agrees with tshark on every field that it shows (skipped where it is missing)',
    () => {
      const columns = fields.flatMap(([field]) => ['-e', field]);
      const args = ['-n', '-r', pcapOf(cuts, originalLength), '-T', 'fields', ...columns];
      const [, yes] = FIELD_FORMS[tsharkVersion].booleans;
      const rows = tshark(...args)
        .split('\n')
        .slice(0, -1);
      expect(rows).toHaveLength(cuts.length);
      for (const [i, row] of rows.entries()) {
        const values = fields.map(([field, end, value]) =>
          Math.max(end, tsharkWaits[field] ?? 0) <= i + 1 ? value.replace('True', yes) : '',
        );
        expect(row.split('\t'), `${i + 1} bytes`).toEqual(values);
      }
    },
  );

  it('every output takes it, and the screen’s rows stay within the bytes that are there', () => {
    for (const packet of cuts) {
      const shown = [{ bytes: packet, originalLength }];
      expect(printPackets(shown, createLinePrinter())).toContain('truncated');
      expect(printPackets(shown, createTreePrinter())).toContain('cut short');
      const { layers } = JSON.parse(printPackets(shown, createJsonPrinter())) as { layers: object[] };
      expect(layers.at(-1)).toMatchObject({ protocol: name, offset: from, length: packet.length - from });
      const { view, stack } = decodeBytes(packet, { originalLength });
      for (const row of createOutline(view, stack).layers.flatMap((layer) => [layer.title, ...layer.fields]))
        expect(row.to).toBeLessThanOrEqual(packet.length);
    }
  });
});
