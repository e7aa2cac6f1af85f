/** Packets that lie, through every printer: nothing throws, and nothing reaches a terminal that could move it. */
import { describe, expect, it } from 'vitest';
import { fieldIndex } from '../../src/decode/field-index.ts';
import { createFieldsPrinter } from '../../src/output/fields.ts';
import { frameFields } from '../../src/output/frame-fields.ts';
import { withBytes } from '../../src/output/hex.ts';
import { createJsonPrinter } from '../../src/output/json.ts';
import { createLinePrinter } from '../../src/output/line.ts';
import { createTreePrinter } from '../../src/output/tree.ts';
import { handRead } from '../decode/hand-read.ts';
import {
  type CapturedPacket,
  generatedCaptures,
  labCaptures,
  programCaptures,
  readCapture,
  streamCaptures,
} from '../support/captures.ts';
import { mutated, seeded } from '../support/mutations.ts';
import { type PrintedPacket, printPackets } from '../support/printing.ts';

const paths = [...labCaptures, ...generatedCaptures, ...programCaptures, ...streamCaptures];
const packets = (await Promise.all(paths.map(readCapture))).flat();
const NAMES = ['\u001b]0;title\u0007', 'eth0', '\u009b31m', '"', undefined];

/** The same mutated packets for the same seed, with names, times and lengths that a hostile file may give them. */
function hostilePackets(seed: number, count: number): PrintedPacket[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, i) => {
    const packet = mutated(packets[i % packets.length] as CapturedPacket, random);
    const interfaceName = NAMES[random(NAMES.length)];
    return {
      bytes: packet.bytes,
      originalLength: random(20) === 0 ? packet.originalLength + 2 ** 30 : packet.originalLength,
      linkType: packet.linkType,
      seconds: [0, 1795367416, -1, 2 ** 32, -(2 ** 40), 2 ** 53][random(6)] as number,
      nanoseconds: [0, 1, 999_999_999, 123_456_000][random(4)] as number,
      ...(interfaceName === undefined ? {} : { interfaceName }),
    };
  });
}

/** As JSON.stringify, in ASCII. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const everyField = [...frameFields.keys(), ...fieldIndex.keys()];
const PRINTERS = [
  ['line', createLinePrinter],
  ['line with bytes', () => withBytes(createLinePrinter())],
  ['tree', createTreePrinter],
  ['fields', () => createFieldsPrinter(everyField)],
  ['JSON', createJsonPrinter],
] as const;

describe.each(PRINTERS)('%s', (_name, create) => {
  it('prints twelve thousand packets that lie in printable ASCII', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const printed = printPackets(hostilePackets(seed, 2000), create());
      expect(/[^\n\t -~]/.exec(printed)).toBe(null);
    }
  });

  it('prints every prefix of every fixture’s packets', () => {
    const random = seeded(7);
    const prefixes = packets.flatMap(({ bytes, linkType }) =>
      Array.from({ length: 12 }, () => ({
        bytes: bytes.slice(0, random(bytes.length + 1)),
        originalLength: bytes.length,
        linkType,
      })),
    );
    expect(/[^\n\t -~]/.exec(printPackets(prefixes, create()))).toBe(null);
  });
});

describe('a line each', () => {
  it.each([
    ['line', createLinePrinter],
    ['fields', () => createFieldsPrinter(everyField)],
    ['JSON', createJsonPrinter],
  ] as const)('%s', (_name, create) => {
    const printed = printPackets(hostilePackets(3, 3000), create());
    expect(printed.split('\n').length).toBe(3001);
  });

  it('fields: no value has a tab', () => {
    const lines = printPackets(hostilePackets(4, 3000), createFieldsPrinter(everyField))

      .slice(0, -1)
      .split('\n');
    expect(new Set(lines.map((line) => line.split('\t').length))).toEqual(new Set([everyField.length]));
  });

  it('JSON: a number whose bits are all set has no sign', async () => {
    const jumbograms = await readCapture('fixtures/public/jumbo-length-2g-invalid-json.pcap');
    // Four bytes of ones at every second place: lengths, sums and counters of 32 bits among them.
    const ones = [...handRead, ...jumbograms].flatMap(({ bytes, linkType }) =>
      Array.from({ length: bytes.length >> 1 }, (_, place) => {
        const copy = bytes.slice();
        copy.fill(0xff, place * 2, place * 2 + 4);
        return { bytes: copy, originalLength: copy.length, linkType };
      }),
    );
    const lines = printPackets(ones, createJsonPrinter()).slice(0, -1).split('\n');
    for (const line of lines) {
      expect(line).not.toMatch(/":-/);
      expect(() => JSON.parse(line), line).not.toThrow();
    }
  });

  it('JSON: every line is an object with each key once', () => {
    for (const line of printPackets(hostilePackets(5, 3000), createJsonPrinter()).slice(0, -1).split('\n')) {
      expect(asciiJson(JSON.parse(line))).toBe(line);
    }
  });
});
