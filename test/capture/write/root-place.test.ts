/** What root writes to, in folders where others may put what they like. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openOutputFile } from '../../../src/capture/write/output-file.ts';
import { tunnelscope } from '../../support/command.ts';

const BOB = 54321;
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
let folder: string;
/** As /tmp is, as a user's own is, and as root's own is; each with a file of root's in the last. */
let shared: string;
let bobs: string;
let own: string;
let precious: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-place-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  [shared, bobs, own] = ['shared', 'bobs', 'own'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [shared, bobs, own]) mkdirSync(path);
  chmodSync(shared, 0o1777);
  chownSync(bobs, BOB, BOB);
  precious = join(own, 'precious');
  writeFileSync(precious, 'precious');
});

function put(
  path: string,
  owner: number,
  make: (path: string) => void = (at) => writeFileSync(at, 'before'),
) {
  make(path);
  lchownSync(path, owner, owner);
  return path;
}

const toPrecious = (path: string) => symlinkSync(precious, path);
const fifo = (path: string) => void spawnSync('mkfifo', [path]);

describe.skipIf(!isRoot)(`where root writes${isRoot ? '' : ' (SKIPPED: needs root, on Linux)'}`, () => {
  const refusals: [title: string, path: () => string, reason: RegExp][] = [
    [
      'a link of another user',
      () => put(join(bobs, 'out'), BOB, toPrecious),
      /out is a symbolic link of user 54321/,
    ],
    [
      'one in a shared folder',
      () => put(join(shared, 'out'), BOB, toPrecious),
      /out is a symbolic link of user 54321/,
    ],
    [
      'one that leads nowhere',
      () => put(join(bobs, 'out'), BOB, (at) => symlinkSync('/nowhere', at)),
      /symbolic link/,
    ],
    [
      'one on the way',
      () =>
        join(
          put(join(bobs, 'way'), BOB, (at) => symlinkSync(own, at)),
          'precious',
        ),
      /way is a symbolic link of user 54321/,
    ],
    [
      'one behind a link of root’s',
      () => {
        put(join(bobs, 'out'), BOB, toPrecious);
        return put(join(own, 'link'), 0, (at) => symlinkSync(join(bobs, 'out'), at));
      },
      /out is a symbolic link of user 54321/,
    ],
    [
      'another’s file in a shared folder',
      () => put(join(shared, 'out'), BOB),
      /belongs to user 54321, in a folder that others can write to/,
    ],
    [
      'another’s pipe there',
      () => put(join(shared, 'out'), BOB, fifo),
      /belongs to user 54321, in a folder that others can write to/,
    ],
    [
      'a hard link in a shared folder',
      () => put(join(shared, 'out'), 0, (at) => linkSync(precious, at)),
      /several names \(hard links\)/,
    ],
    ['one in a user’s', () => put(join(bobs, 'out'), 0, (at) => linkSync(precious, at)), /several names/],
    ['links without end', () => put(join(own, 'out'), 0, (at) => symlinkSync(at, at)), /ELOOP/],
  ];
  for (const atOnce of [true, false]) {
    it.each(refusals)(`%s is refused (${atOnce ? 'from the start' : 'when whole'})`, (_, path, reason) => {
      const target = path();
      expect(() => openOutputFile(target, atOnce)).toThrow(reason);
      expect(readFileSync(precious, 'utf8')).toBe('precious');
      expect(readdirSync(own).filter((name) => name.startsWith('.'))).toEqual([]);
    });

    it.each<[title: string, path: () => string, written: () => string]>([
      ['a new file in a shared folder', () => join(shared, 'out'), () => join(shared, 'out')],
      ['root’s own file there', () => put(join(shared, 'out'), 0), () => join(shared, 'out')],
      ['a link of root’s', () => put(join(own, 'link'), 0, toPrecious), () => precious],
      [
        'a relative one, on the way',
        () =>
          join(
            put(join(own, 'way'), 0, (at) => symlinkSync('../shared', at)),
            'out',
          ),
        () => join(shared, 'out'),
      ],
      ['a user’s file in that user’s folder', () => put(join(bobs, 'out'), BOB), () => join(bobs, 'out')],
      [
        'a hard link in root’s folder',
        () => put(join(own, 'out'), 0, (at) => linkSync(precious, at)),
        () => join(own, 'out'),
      ],
    ])(`%s is written to (${atOnce ? 'from the start' : 'when whole'})`, (_, path, written) => {
      const file = openOutputFile(path(), atOnce);
      file.write(Buffer.from('new'));
      file.finish();
      expect(readFileSync(written(), 'utf8')).toBe('new');
    });

    it(`a folder that is swapped for a link later changes nothing (${atOnce})`, () => {
      const way = put(join(bobs, 'way'), BOB, mkdirSync);
      const file = openOutputFile(join(way, 'precious'), atOnce);
      renameSync(way, join(bobs, 'away'));
      symlinkSync(own, way);
      file.write(Buffer.from('new'));
      file.finish();
      expect(readFileSync(precious, 'utf8')).toBe('precious');
      expect(readFileSync(join(bobs, 'away/precious'), 'utf8')).toBe('new');
    });
  }

  it('a file of another in a shared folder keeps its bytes', () => {
    const path = put(join(shared, 'out'), BOB);
    expect(() => openOutputFile(path, true)).toThrow();
    expect(readFileSync(path, 'utf8')).toBe('before');
    expect(statSync(path).uid).toBe(BOB);
  });

  it.each([['-w'], ['snapshot', '-o'], ['explain', '--html'], ['explain', '--svg'], ['verify', '--junit']])(
    '%s %s',
    (...flags) => {
      const path = put(join(bobs, 'out'), BOB, toPrecious);
      const { status, stderr } = tunnelscope([...flags, path, '-r', 'fixtures/socat.pcap']);
      expect(stderr).toMatch(/out: can't be written to by root: .*--user 54321\n$/);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(status).toBe(2);
      expect(readFileSync(precious, 'utf8')).toBe('precious');
    },
  );

  it.each([
    ['/dev/stdout into a pipe', '"$@" -w /dev/stdout | cat > "$0"'],
    ['/dev/stdout into a file', '"$@" -w /dev/stdout > "$0"'],
    ['the shell’s own pipe', '"$@" -w >(cat > "$0.part"; mv "$0.part" "$0"); until [ -e "$0" ]; do :; done'],
  ])('%s is no link of anybody’s', (_, script) => {
    const path = join(folder, 'out');
    const words = [process.execPath, 'dist/cli.js', '-r', 'fixtures/socat.pcap'];
    const { stderr } = spawnSync('bash', ['-c', script, path, ...words], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(existsSync(path)).toBe(true);
    expect(tunnelscope(['-r', path, '-T', 'line']).stdout.trimEnd().split('\n')).toHaveLength(8);
  });
});
