/** Display filters on packets that lie: seeded mutations of every fixture through every shared expression, and expressions that lie. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fieldIndex } from '../../src/decode/field-index.ts';
import { compileDisplayFilter } from '../../src/display-filter/display-filter.ts';
import { DisplayFilterError } from '../../src/display-filter/error.ts';
import { generatedCaptures, labCaptures, readCapture } from '../support/captures.ts';
import { recordOf } from '../support/filtering.ts';
import { mutated, seeded } from '../support/mutations.ts';

const expressions = readFileSync('test/display-filter/shared-expressions.txt', 'utf8')

  .split('\n# wrong')[0]
  ?.split('\n')
  .filter((line) => line !== '' && !line.startsWith('#')) as string[];

/** Every field read as what it is, not only found. */
const reads = [...fieldIndex.keys()].map((name) => `count(${name}) > 99`);

const ROUNDS = 15;

describe('packets that lie', () => {
  const filters = [
    ...expressions,
    ...reads,
    'inner.ip.src == outer.ip.src',
    'tunnel contains "x"',
    'quoted.ip[20:]',
  ].map(compileDisplayFilter);

  it.each([...labCaptures, ...generatedCaptures])('%s', async (path) => {
    const random = seeded(path.length);
    const packets = await readCapture(path);
    let passed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const packet = packets[random(packets.length)];
      if (packet === undefined) continue;
      const { bytes, linkType, originalLength } = mutated(packet, random);
      const record = recordOf(bytes, linkType, originalLength);
      for (const { matches } of filters) if (matches(record)) passed++;
    }
    // frame is there in each of them.
    expect(passed).toBeGreaterThanOrEqual(Math.min(ROUNDS, packets.length));
  });

  it('every beginning of a packet', async () => {
    const [packet] = await readCapture('fixtures/vxlan.pcap');
    for (let length = 0; length <= (packet?.bytes.length ?? 0); length++) {
      const record = recordOf(packet?.bytes.slice(0, length) as Uint8Array, 1, packet?.originalLength);
      for (const { matches } of filters) expect(matches(record)).toBeTypeOf('boolean');
    }
  });
});

it('expressions that lie are understood, or refused with one line', () => {
  const random = seeded(4);
  const pieces = [
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    '#',
    '"',
    "'",
    '\\',
    '..',
    '-',
    '&&',
    '!',
    '==',
    ' in ',
    ' not ',
    '0x',
    '/',
    ':',
    ' ',
  ];
  let refused = 0;
  for (let i = 0; i < 20_000; i++) {
    let expression = expressions[random(expressions.length)] as string;
    for (let change = 1 + random(3); change > 0; change--) {
      const at = random(expression.length + 1);
      const piece =
        random(3) === 0 ? String.fromCharCode(random(300)) : (pieces[random(pieces.length)] as string);
      expression = expression.slice(0, at) + piece + expression.slice(at + random(4));
    }
    try {
      compileDisplayFilter(expression);
    } catch (error) {
      if (!(error instanceof DisplayFilterError)) throw new Error(expression, { cause: error });
      expect(error.position).toBeGreaterThan(0);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(1000);
});
