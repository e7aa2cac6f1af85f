/** Words and phrases that readers stumble over, in what they read. Spelling is cspell's (`npm run lint:prose`). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

/** What not to write, and what to write instead. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/(?<!\bthere |\bThere )\b(?:is|are|was|were) no (?!longer\b|more\b|worse\b|way\b)/, 'is not a …'],
  [/\banew\b/, 'again; rewrites'],
  [/\bbehind it\b/, 'after'],
  [/\bstands? (?!for\b|out\b|by\b)/, 'is'],
  [/\b[Ww]here (?:it is )?(?:not|nothing(?: else)?) (?:is |was )?(?:given|said)\b/, 'default: …'],
  [/\bhas no end\b/, 'unterminated'],
  [/\b[Mm]end(?:s|ed|ing)?\b(?!:)/, 'repair'],
  [/\b[Nn]ot so\.|\b[Ss]o it is\./, 'Not quite.'],
  [/\bof (?:its|their|your) own accord\b/, 'by itself; by default'],
  [/\b(?:[Aa]|[Oo]ne) \w+ a (?:line|packet|host|layer|ping|file|row)\b/, 'one … per …'],
  [/\bfeels? addressed\b/, 'recognises itself as the addressee'],
  [/\bwhich way they\b/, 'in which direction they'],
  [/\b[Aa]ll else\b/, 'everything else'],
  [/\bas ever\b/, '(leave out)'],
  [/\bin no (?:tunnel|registry)\b/, 'not in a …'],
  [/\b(?:knows?|says?|tells?) not\b/, 'does not …'],
  [/\bto whoever\b|\b[Ww]hoever (?:signals|wants|calls)\b/, 'to anyone who …; if you …'],
  [/\bis told (?:by|to be)\b/, 'is reported; is shown'],
];

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
  ...inFolder('docs', '.md'),
  ...inFolder('lab/lessons/en', '.yaml'),
  ...inFolder('lab/networks', '.yaml'),
  ...inFolder('examples/ci', ''),
];

function inFolder(folder: string, end: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(end))
    .map((name) => join(folder, name));
}

/** The text without code, with lines kept where they were. */
function prose(text: string): string {
  const blank = (code: string) => code.replace(/[^\n]/g, ' ');
  return text.replace(/^ *```[\s\S]*?^ *```$/gm, blank).replace(/`[^`\n]+`/g, blank);
}

function stumbles(lines: readonly string[], at: (line: number) => string): string[] {
  return lines.flatMap((line, i) =>
    PHRASES.flatMap(([phrase, instead]) => {
      const [match] = phrase.exec(line) ?? [];
      return match === undefined ? [] : [`${at(i)}: "${match}": ${instead}`];
    }),
  );
}

it.each(PAGES)('%s', (page) => {
  const lines = prose(readFileSync(page, 'utf8')).split('\n');
  expect(stumbles(lines, (line) => `${page}:${line + 1}`)).toEqual([]);
});

/** Texts of more than one word in a source file: what is printed, apart from a few queries and scripts. */
function texts(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  const found: string[] = [];
  if (!PHRASES.some(([phrase]) => phrase.test(text))) return found;
  const visit = (node: ts.Node) => {
    if (
      (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node) || ts.isJsxText(node)) &&
      node.text.includes(' ')
    )
      found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  return found;
}

it('help, findings, errors and the screen', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.tsx?$/.test(name),
  );
  const found = sources.map((name) => join('src', name)).flatMap((path) => stumbles(texts(path), () => path));
  expect(found).toEqual([]);
});
