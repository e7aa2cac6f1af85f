/** The arrows between the rooms (.dependency-cruiser.mjs), and ARCHITECTURE.md's map beside the folders. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import { expect, test } from 'vitest';

/** What breaks a rule in the src/ of a folder: "rule: from → to". */
async function forbiddenImports(baseDir: string): Promise<readonly string[]> {
  const options = await extractDepcruiseOptions('./.dependency-cruiser.mjs');
  const { output } = await cruise(['src'], { ...options, baseDir });
  return (output as ICruiseResult).summary.violations
    .map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)
    .sort();
}

test('no import runs against the arrows, or in a circle', async () => {
  expect(await forbiddenImports(process.cwd())).toEqual([]);
});

test('an import that does is named, of a type too', async () => {
  const files: Readonly<Record<string, string>> = {
    'src/decode/decoder.ts': "import type { Batch } from '../packet/source.ts'; export const d: Batch = 1;",
    'src/decode/pure.ts': "import { readFileSync } from 'node:fs'; readFileSync('x');",
    'src/packet/source.ts': 'export type Batch = number;',
    'src/text/words.ts': "import { d } from '../decode/decoder.ts'; export const w = d;",
    'src/output/a.ts': "import type { B } from './b.ts'; export type A = B[];",
    'src/output/b.ts': "import type { A } from './a.ts'; export type B = A | 1;",
    'src/cli/show.ts': "import { runTui } from '../tui/run-tui.ts'; runTui();",
    'src/cli/lazy.ts':
      "import type { O } from '../tui/run-tui.ts'; export const o: O = (await import('../tui/run-tui.ts')).runTui();",
    'src/tui/run-tui.ts': 'export type O = void; export const runTui = (): O => {};',
    'src/tui/list/rows.ts': "import { h } from '../detail/header.ts'; export const r = h;",
    'src/tui/detail/header.ts': 'export const h = 1;',
    'src/verdict/verify.ts': "import '../cli/lazy.ts'; import './gone.ts';",
    'src/attic/old.ts': "import '../packet/source.ts';",
  };
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-arrows-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    expect(await forbiddenImports(folder)).toEqual(
      [
        'decode meets capture in the packet log’s attributes alone: src/decode/decoder.ts → src/packet/source.ts',
        'decode is pure: src/decode/pure.ts → fs',
        'what text may import: src/text/words.ts → src/decode/decoder.ts',
        'no circle: src/output/a.ts → src/output/b.ts',
        'the screen is loaded when it is shown: src/cli/show.ts → src/tui/run-tui.ts',
        'what list may import: src/tui/list/rows.ts → src/tui/detail/header.ts',
        'what verdict may import: src/verdict/verify.ts → src/cli/lazy.ts',
        'every import is found: src/verdict/verify.ts → ./gone.ts',
        'every room has a rule: src/attic/old.ts → src/packet/source.ts',
      ].sort(),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/**
 * The paths that a map names. A line begins with a path that counts from the last one with less indentation; a deeper text goes on with
 * the line before. Files named within the text (`registry.ts`) are in the line's own folder, or in one of those above it; those with
 * capitals or stars are patterns.
 */
function pathsIn(map: string): readonly (readonly string[])[] {
  const named: string[][] = [];
  const above: { indent: number; folder: string }[] = [];
  for (const line of map.split('\n')) {
    const [, spaces = '', text = ''] = /^( *)(.*)$/.exec(line) ?? [];
    while (above.length > 0 && (above.at(-1)?.indent ?? 0) >= spaces.length) above.pop();
    const parent = above.at(-1)?.folder ?? '';
    // Folders may stand side by side: `list/  detail/`.
    const [head = ''] = /^[\w./-]+(?:\/|\.tsx?)(?= |$)(?: {2}[\w-]+\/(?= |$))*/.exec(text) ?? [];
    const starts = head.split(/ +/).filter((path) => path !== '');
    for (const path of starts) named.push([join(parent, path)]);
    const folder =
      starts.length === 1 && starts[0]?.endsWith('/') === true ? join(parent, starts[0]) : parent;
    if (starts.length > 0) above.push({ indent: spaces.length, folder });
    const folders = [folder, ...above.map((one) => one.folder).reverse(), ''];
    for (const [, path = ''] of text
      .slice(head.length)
      .matchAll(/(?<![\w*./-])((?:[\w-]+\/)*[a-z][a-z0-9-]*\.tsx?)(?![\w-])/g)) {
      named.push(folders.map((one) => join(one, path)));
    }
  }
  return named;
}

/** Every folder in one, and in those. */
function foldersIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => [join(folder, name), ...foldersIn(join(folder, name))]);
}

test('the map names every folder of src/, and nothing that is not there', () => {
  const [, map = ''] = /^```\n([\s\S]*?)^```/m.exec(readFileSync('ARCHITECTURE.md', 'utf8')) ?? [];
  const paths = pathsIn(map);
  expect(paths.filter((places) => !places.some((path) => existsSync(path))).map(([path]) => path)).toEqual(
    [],
  );
  const named = new Set(paths.flat().map((path) => path.replace(/\/$/, '')));
  // A command's own folder is named with its file: `NAME/`.
  expect(
    foldersIn('src').filter((folder) => !named.has(folder) && !folder.startsWith('src/cli/commands/')),
  ).toEqual([]);
});
