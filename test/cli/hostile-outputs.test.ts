/** Every output, of a capture whose name, interfaces, comments and packets hold whatever moves a terminal or turns a text around. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tunnelscope } from '../support/command.ts';
import { hostileCapture } from '../tui/support/hostile.ts';

/**
 * Controls, formats (marks and overrides of direction, joiners, tags), line and paragraph separators, unassigned and private ones:
 * categories C and Z of Unicode but for the blank.
 */
const HOSTILE = [
  ...Array.from({ length: 0x1f }, (_, i) => i + 1),
  ...Array.from({ length: 0x21 }, (_, i) => 0x7f + i),
  ...[0xad, 0x61c, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029],
  ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2061, 0x2066, 0x2067, 0x2068, 0x2069, 0x206f],
  ...[0xfeff, 0xfff9, 0xe000, 0xe0001, 0xe007f, 0x10ffff],
].map((code) => String.fromCodePoint(code));
const MARKUP = '"><script>alert(1)<|script>&amp;';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-hostile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// A name has room for 255 bytes: the characters are dealt out to several.
const names = [HOSTILE.slice(0, 40), HOSTILE.slice(40, 70), HOSTILE.slice(70)].map((some) => some.join(''));
const captures = names.map((name) => join(folder, `${MARKUP}${name}.pcapng`));
for (const capture of captures) writeFileSync(capture, hostileCapture());

const spec = join(folder, 'spec.yaml');
const checkName = JSON.stringify(HOSTILE.join(''));
writeFileSync(spec, `checks: [{ name: ${checkName}, pings: { min-answered: 1000 } }]\n`);

const COMMANDS: readonly (readonly [string, (capture: string) => string[]])[] = [
  ['lines', (capture) => ['-r', capture]],
  ['lines with bytes', (capture) => ['-x', '-r', capture]],
  ['tree', (capture) => ['-V', '-r', capture]],
  ['json', (capture) => ['-T', 'json', '-r', capture]],
  [
    'fields',
    (capture) => ['-T', 'fields', '-e', 'frame.interface_name', '-e', 'frame.comment', '-r', capture],
  ],
  ...['table', 'json', 'tap', 'github'].map(
    (format) =>
      [
        `verify -T ${format}`,
        (capture: string) => [
          'verify',
          ...(format === 'table' ? [] : ['-T', format]),
          '--spec',
          spec,
          '-r',
          capture,
        ],
      ] as const,
  ),
  ['verify --json-lines', (capture) => ['verify', '--json-lines', '-r', capture]],
  ['path', (capture) => ['path', '-r', capture, '-r', 'fixtures/socat.pcap']],
  ['path -T json', (capture) => ['path', '-T', 'json', '-r', capture, '-r', 'fixtures/socat.pcap']],
  ['explain', (capture) => ['explain', '-n', '1', '-r', capture]],
  ['explain --html', (capture) => ['explain', '-n', '1', '--html', '-', '-r', capture]],
  ['explain --svg', (capture) => ['explain', '-n', '1', '--svg', '-', '-r', capture]],
  ['snapshot', (capture) => ['snapshot', '-r', capture]],
  ['a filter that is wrong', (capture) => ['-r', capture, '-Y', `frame.comment == ${HOSTILE.join('')}`]],
  ['a file that is not there', (capture) => ['-r', `${capture}-not`]],
  ['a lab that is not there', (capture) => ['lab', 'status', '--lab', capture]],
  ['a network that is not there', (capture) => ['lab', 'up', `${capture}-not`]],
];

describe.each(COMMANDS)('%s', (_what, words) => {
  it('lets nothing through that has no shape of its own, and no markup', () => {
    for (const capture of captures) {
      const { stdout, stderr } = tunnelscope(words(capture));
      const all = stdout + stderr;
      expect(all).not.toBe('');
      expect(/[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/u.exec(all)?.[0].codePointAt(0)).toBe(undefined);
      if (/<html|<svg|<\?xml/.test(stdout)) expect(stdout).not.toContain('<script>alert');
    }
  });
});

it('a file that --junit writes', () => {
  const report = join(folder, 'report.xml');
  tunnelscope(['verify', '--junit', report, '--spec', spec, '-r', captures[0] as string]);
  expect(/[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/u.exec(readFileSync(report, 'utf8'))).toBe(null);
});
