/** Help as it is read: in 80 columns, in groups, with examples that can be carried out. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { COMMAND, inProcess } from '../support/command.ts';

const COMMANDS = [
  [],
  ['verify'],
  ['explain'],
  ['snapshot'],
  ['path'],
  ['watch'],
  ['drops'],
  ['interfaces'],
  ['doctor'],
  ['lab'],
  ...['list', 'up', 'ping', 'watch', 'status', 'run', 'mend', 'lesson', 'record', 'down'].map((name) => [
    'lab',
    name,
  ]),
];

function helpOf(...words: string[]): string {
  const { status, stdout, stderr } = inProcess([...words, '--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

describe.each(COMMANDS.map((words) => [words.join(' '), words] as const))(
  'tunnelscope %s --help',
  (_, words) => {
    const help = helpOf(...words);

    it('fits 80 columns, with flags and what they do side by side', () => {
      const lines = help.split('\n');
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
      // A flag that leaves its description no room is followed by one that is not wrapped, or broken.
      const flags = lines.filter((line) => /^ {2}-/.test(line));
      expect(flags.length).toBeGreaterThan(0);
      for (const flag of flags) expect(flag).toMatch(/^ {2}-.{0,30}? {2,}\S/);
    });

    it('is what help prints too', () => {
      const asked =
        words[0] === 'lab' && words.length > 1 ? ['lab', 'help', words[1] as string] : ['help', ...words];
      expect(inProcess(asked)).toEqual({ status: 0, stdout: help, stderr: '' });
    });
  },
);

it('stands in groups, in one order', () => {
  const headings = (help: string) => help.match(/^[A-Z]\w+:$/gm);
  const groups = ['Capture:', 'Read:', 'Choose:', 'Print:', 'Write:', 'Screen:', 'Other:'];
  expect(headings(helpOf())).toEqual(['Arguments:', ...groups, 'Commands:', 'Examples:']);
  expect(headings(helpOf('verify'))).toEqual([
    ...['Arguments:', 'Capture:', 'Read:', 'Choose:', 'Expect:', 'Print:', 'Write:', 'Other:', 'Examples:'],
  ]);
  expect(headings(helpOf('lab'))).toEqual(['Other:', 'Build:', 'Use:', 'Learn:', 'More:', 'Examples:']);
});

it('has four examples; all of every command’s are of commands and flags that there are', () => {
  const examplesOf = (help: string) => help.match(/(?<=^ {2}(?:sudo )?tunnelscope ).*$/gm) ?? [];
  expect(examplesOf(helpOf())).toHaveLength(4);
  const examples = [
    [],
    ['verify'],
    ['explain'],
    ['snapshot'],
    ['path'],
    ['watch'],
    ['drops'],
    ['interfaces'],
    ['doctor'],
    ['lab'],
  ].flatMap((words) => examplesOf(helpOf(...words)));
  expect(examples.length).toBeGreaterThan(15);
  const known = COMMANDS.map((words) => words.join(' '));
  for (const example of examples) {
    const command = known.findLast((name) => `${example} `.startsWith(`${name} `)) ?? '';
    const help = helpOf(...command.split(' ').filter((word) => word !== ''));
    for (const flag of example.match(/(?<= |^)--?\w[\w-]*/g) ?? []) {
      expect(help, example).toMatch(new RegExp(`^  (?:-\\w, )?${flag}[, ]`, 'm'));
    }
  }
});

it.each([
  [['help', 'verfy'], 'unknown command "verfy"; did you mean verify?'],
  [['help', 'zzz'], 'unknown command "zzz"; commands are verify, explain, '],
  [['lab', 'help', 'wach'], 'unknown command "wach"; did you mean watch?'],
])('%j is refused', (words, message) => {
  const { status, stdout, stderr } = inProcess(words);
  expect(stderr).toContain(`tunnelscope: ${message}`);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
});

it('ends quietly where nobody reads on', () => {
  const script = `"$0" "$1" --help | head -1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script, process.execPath, COMMAND], {
    encoding: 'utf8',
  });
  expect(stdout).toMatch(/^Usage: .*\n0\n$/);
  expect(stderr).toBe('');
});
