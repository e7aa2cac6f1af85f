/** Display filters beside tshark's, over every fixture: the same packets pass, and what one does not understand, neither does the other. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileDisplayFilter, type DisplayFilter } from '../../src/display-filter/display-filter.ts';
import { ByteWriter } from '../../src/output/byte-writer.ts';
import { frameFields } from '../../src/output/frame-fields.ts';
import type { PacketRecord } from '../../src/output/printer.ts';
import { generatedCaptures, labCaptures } from '../support/captures.ts';
import { visitPackets } from '../support/filtering.ts';

const hasTshark = spawnSync('tshark', ['--version']).status === 0;

/** tshark told to read each packet by itself, to verify checksums, and what is inside socat's tunnels. */
const TSHARK = [
  ...[
    'ip.defragment:FALSE',
    'ipv6.defragment:FALSE',
    'ip.check_checksum:TRUE',
    'udp.check_checksum:TRUE',
    'tcp.check_checksum:TRUE',
    'tcp.relative_sequence_numbers:FALSE',
  ].flatMap((preference) => ['-o', preference]),
  ...['-X', 'lua_script:test/support/tunnels.lua', '-d', 'udp.port==8472,vxlan'],
];

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
const asked = [...expressions, ...WRONG, MALFORMED];

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
    const [filters, found] = [join(folder, 'filters'), join(folder, 'found')];
    writeFileSync(filters, `${asked.join('\n')}\n`);
    execFileSync(
      'tshark',
      ['-q', '-r', merged, ...TSHARK, '-X', 'lua_script:test/support/display-filters.lua'],
      {
        env: { ...process.env, FILTERS: filters, FOUND: found },
        stdio: 'ignore',
      },
    );
    const lines = readFileSync(found, 'utf8').split('\n');
    const layers = lines.slice(0, lines.length - 1 - asked.length);
    for (const [i, expression] of asked.entries()) {
      const line = lines[layers.length + i] as string;
      const numbers = line === '' ? [] : line.split(' ').map(Number);
      theirs.set(expression, line.startsWith('error') ? line : numbers);
    }
    const compiled = expressions.map((expression): [DisplayFilter, number[]] => {
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

  it.each([...sections.keys()])('%s', (kind) => {
    const differences = (sections.get(kind) as string[]).flatMap((expression) => {
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
    });
    expect(differences).toEqual([]);
  });

  it.each(WRONG)('neither understands %s', (expression) => {
    expect(theirs.get(expression)).toMatch(/^error/);
    expect(() => compileDisplayFilter(expression)).toThrow(/^display filter: [^\n]+$/);
  });

  it.each(['ip.src#2 == 172.16.0.2 && icmp.type == 8', 'vxlan', 'frame.number in {1, 3, 5..8}'])(
    'a tap answers as -Y does: %s',
    (expression) => {
      const printed = execFileSync(
        'tshark',
        ['-r', merged, ...TSHARK, '-Y', expression, '-T', 'fields', '-e', 'frame.number'],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      );
      expect(theirs.get(expression)).toEqual(printed.trimEnd().split('\n').map(Number));
    },
  );
});

/** Cut off, malformed, a fragment, or quoted: what is left over is fields to one and data to the other. */
function isDoubtful({ stack }: PacketRecord): boolean {
  const layers = Array.from({ length: stack.count }, (_, layer) => layer);
  return stack.issueCount > 0 || layers.some((layer) => stack.isIncomplete(layer));
}
