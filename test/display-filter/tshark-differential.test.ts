/** Display filters beside tshark's, over every fixture: the same packets pass, and what one does not understand, neither does the other. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileDisplayFilter, type DisplayFilter } from '../../src/display-filter/display-filter.ts';
import { ByteWriter } from '../../src/output/byte-writer.ts';
import { frameFields } from '../../src/output/frame-fields.ts';
import type { PacketRecord } from '../../src/output/printer.ts';
import { FILTER_DIFFERENCES, REFUSED_SINCE_4_4 } from '../../src/output/tshark-versions.ts';
import { generatedCaptures, labCaptures } from '../support/captures.ts';
import { visitPackets } from '../support/filtering.ts';
import { hasTshark, PLAIN, TUNNELS, tapFilters, tshark, tsharkVersion } from '../support/tshark.ts';

/** By what they are about; all are asked in one run of tshark. Under "wrong" is what tshark calls nothing, and so do we. */
const sections = new Map(
  readFileSync('test/display-filter/shared-expressions.txt', 'utf8')
    .split('\n# ')
    .slice(1)
    .map((section): [string, string[]] => {
      const [title, ...lines] = section.split('\n').filter((line) => line !== '');
      return [title as string, lines];
    }),
);
const WRONG = sections.get('wrong') as string[];
sections.delete('wrong');

const expressions = [...sections.values()].flat();
/** Packets that tshark gives up on are not compared. */
const MALFORMED = '_ws.malformed';
const different = FILTER_DIFFERENCES.flatMap((one) => one.expressions);
const asked = [...expressions, ...WRONG, ...different, ...REFUSED_SINCE_4_4, MALFORMED];

/** What the payload is called at the end of frame.protocols; a TUN header and VXLAN-GPE have no name there in tshark. */
const layersAlike = (protocols: string): string =>
  protocols
    .replace(/:(data|stp|lldp|ospf|tapa)$/, '')
    .replace(':tunpi', '')
    .replace(':vxlan_gpe', '');

let folder: string;
let merged: string;
/** tshark's answers: by expression, the numbers of the packets that pass, or its complaint. */
const theirs = new Map<string, number[] | string>();
const ours = new Map<string, number[]>();
/** Packets that both read as the same layers, without doubt about any: what is compared. */
const compared = new Set<number>();
/** Those of them whose payload has the same name, too. */
const sameText = new Set<number>();
let packets = 0;

describe.skipIf(!hasTshark)('display filters beside tshark’s (skipped where tshark is missing)', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tunnelscope-filters-'));
    merged = join(folder, 'all.pcapng');
    execFileSync('mergecap', ['-F', 'pcapng', '-w', merged, ...labCaptures, ...generatedCaptures]);
    const { layers, answers } = tapFilters(merged, asked);
    for (const [i, expression] of asked.entries()) theirs.set(expression, answers[i] as number[] | string);
    const compiled = [...expressions, ...different].map((expression): [DisplayFilter, number[]] => {
      const numbers: number[] = [];
      ours.set(expression, numbers);
      return [compileDisplayFilter(expression), numbers];
    });
    const malformed = theirs.get(MALFORMED) as number[];
    const out = new ByteWriter();
    await visitPackets(merged, (record) => {
      packets++;
      for (const [{ matches }, numbers] of compiled) if (matches(record)) numbers.push(record.number);
      out.clear();
      frameFields.get('frame.protocols')?.(out, record);
      const [our, their] = [out.toString(), layers[record.number - 1] as string];
      if (isDoubtful(record) || malformed.includes(record.number)) return;
      if (layersAlike(our) === layersAlike(their)) compared.add(record.number);
      if (our === their) sameText.add(record.number);
    });
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('compares most packets of the fixtures', () => {
    expect(compared.size).toBeGreaterThan(packets / 2);
  });

  it('every expression is one to tshark too, and most let some packets pass and others not', () => {
    expect(expressions.filter((expression) => typeof theirs.get(expression) === 'string')).toEqual([]);
    const telling = expressions.filter((expression) => {
      const passed = (theirs.get(expression) as number[]).filter((number) => compared.has(number)).length;
      return passed > 0 && passed < compared.size;
    });
    expect(telling.length).toBeGreaterThan(expressions.length * 0.75);
  });

  /** In words; empty where the same packets pass. */
  function difference(expression: string): string[] {
    const among = expression.includes('frame.protocols') ? sameText : compared;
    const their = (theirs.get(expression) as number[]).filter((number) => among.has(number));
    const our = (ours.get(expression) as number[]).filter((number) => among.has(number));
    const [onlyOurs, onlyTheirs] = [
      our.filter((n) => !their.includes(n)),
      their.filter((n) => !our.includes(n)),
    ];
    return onlyOurs.length + onlyTheirs.length === 0
      ? []
      : [`${expression}: only ours ${onlyOurs.slice(0, 9)}, only tshark's ${onlyTheirs.slice(0, 9)}`];
  }

  it.each([...sections.keys()])('%s', (kind) => {
    expect((sections.get(kind) as string[]).flatMap(difference)).toEqual([]);
  });

  it.each(FILTER_DIFFERENCES)('as the table of versions has it: $what', ({ expressions: some, outcomes }) => {
    const found = some.map((expression) => {
      if (typeof theirs.get(expression) === 'string') return [expression, 'refused'];
      return [expression, difference(expression).length === 0 ? 'same' : 'other packets'];
    });
    expect(found).toEqual(some.map((expression) => [expression, outcomes[tsharkVersion]]));
  });

  it.each(REFUSED_SINCE_4_4)('refused here, and by tshark since 4.4: %s', (expression) => {
    expect(typeof theirs.get(expression)).toBe(tsharkVersion === '4.0' ? 'object' : 'string');
    expect(() => compileDisplayFilter(expression)).toThrow(/^display filter: [^\n]+$/);
  });

  it.each(WRONG)('neither understands %s', (expression) => {
    expect(theirs.get(expression)).toMatch(/^error/);
    expect(() => compileDisplayFilter(expression)).toThrow(/^display filter: [^\n]+$/);
  });

  it.each(['ip.src#2 == 172.16.0.2 && icmp.type == 8', 'vxlan', 'frame.number in {1, 3, 5..8}'])(
    'a tap answers as -Y does: %s',
    (expression) => {
      const fields = ['-T', 'fields', '-e', 'frame.number'];
      const printed = tshark('-r', merged, ...PLAIN, ...TUNNELS, '-Y', expression, ...fields);
      expect(theirs.get(expression)).toEqual(printed.trimEnd().split('\n').map(Number));
    },
  );
});

/** Cut off, malformed, a fragment, or quoted: what is left over is fields to one and data to the other. */
function isDoubtful({ stack }: PacketRecord): boolean {
  const layers = Array.from({ length: stack.count }, (_, layer) => layer);
  return stack.issueCount > 0 || layers.some((layer) => stack.isIncomplete(layer));
}
