/**
 * The tshark that the tests compare with: the machine's, or the one that the environment's TSHARK names. What its version does
 * otherwise than the one that is followed stands in src/output/tshark-versions.ts.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { TsharkVersion } from '../../src/output/tshark-versions.ts';
import { remembered } from './remembered.ts';

export const TSHARK = process.env.TSHARK ?? 'tshark';
const told = titleOf(TSHARK);
/** "TShark (Wireshark) 4.4.19."; undefined where there is none. */
export const tsharkTitle: string | undefined = told === '' ? undefined : told;
export const hasTshark = tsharkTitle !== undefined;

/** Of the versions that are known, the last one that is not after it. */
export const tsharkVersion: TsharkVersion = versionOf(told);
/** Of the mergecap that is beside the machine's tshark. */
export const mergecapVersion: TsharkVersion = versionOf(titleOf('mergecap'));

/** The first line; empty where there is no such program. */
function titleOf(program: string): string {
  const args = ['--version'];
  const text = remembered(program, args, () => spawnSync(program, args, { encoding: 'utf8' }).stdout ?? '');
  return text.split('\n')[0] ?? '';
}

function versionOf(title: string): TsharkVersion {
  const match = / (\d+)\.(\d+)/.exec(title);
  const minor = Number(match?.[1] ?? 4) * 100 + Number(match?.[2] ?? 4);
  return minor >= 406 ? '4.6' : minor >= 404 ? '4.4' : '4.0';
}

/** Read each packet by itself, verify checksums, and take Linux's old port for VXLAN's. */
export const PLAIN: readonly string[] = [
  ...[
    'ip.defragment:FALSE',
    'ipv6.defragment:FALSE',
    'ip.check_checksum:TRUE',
    'udp.check_checksum:TRUE',
    'tcp.check_checksum:TRUE',
    'tcp.relative_sequence_numbers:FALSE',
  ].flatMap((preference) => ['-o', preference]),
  ...['-d', 'udp.port==8472,vxlan'],
];
/** What is inside socat's tunnels, too. */
export const TUNNELS: readonly string[] = ['-X', 'lua_script:test/support/tunnels.lua'];

/** @returns what it prints @throws {Error} where it fails */
export function tshark(...args: string[]): string {
  return remembered(TSHARK, args, () =>
    args.some((arg) => arg.startsWith('lua_script:')) ? inFolder(args, {}, (run) => run()) : run(args, {}),
  );
}

interface RunOptions {
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: Readonly<Record<string, string>>;
}

function run(args: readonly string[], { env, ...options }: RunOptions): string {
  const { status, stdout, stderr } = spawnSync(TSHARK, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...options,
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`tshark ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const NOBODY = 65534;

/**
 * From 4.4 on, tshark runs no Lua as root: then it runs as nobody, in a folder with copies of what it reads.
 *
 * @param use is given what runs it, and the folder, which is gone afterwards
 */
function inFolder<Result>(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  use: (run: () => string, folder: string) => Result,
): Result {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-tshark-'));
  try {
    const copied = (path: string): string => {
      const name = basename(path);
      copyFileSync(path, join(folder, name));
      chmodSync(join(folder, name), 0o644);
      return name;
    };
    const there = args.map((arg, i) => {
      if (args[i - 1] === '-r') return copied(arg);
      return arg.startsWith('lua_script:') ? `lua_script:${copied(arg.slice('lua_script:'.length))}` : arg;
    });
    chmodSync(folder, 0o755);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(folder, NOBODY, NOBODY);
    const who = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
    return use(() => run(there, { cwd: folder, ...who, env: { ...env, HOME: folder } }), folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Tapped {
  /** `frame.protocols` of each packet. */
  readonly layers: readonly string[];
  /** For each expression the numbers of the packets that it lets pass, or "error" and tshark's words. */
  readonly answers: readonly (readonly number[] | string)[];
}

/** Asks many display filters in one run: each is the filter of a tap, which is what -Y is. */
export function tapFilters(capture: string, expressions: readonly string[]): Tapped {
  const taps = ['-X', 'lua_script:test/support/display-filters.lua'];
  const names = { FILTERS: 'filters', FOUND: 'found' };
  return inFolder(['-q', '-r', capture, ...PLAIN, ...TUNNELS, ...taps], names, (ask, folder) => {
    writeFileSync(join(folder, names.FILTERS), `${expressions.join('\n')}\n`);
    ask();
    const lines = readFileSync(join(folder, names.FOUND), 'utf8').split('\n').slice(0, -1);
    const layers = lines.slice(0, lines.length - expressions.length);
    const answers = lines.slice(layers.length).map((line) => {
      if (line.startsWith('error')) return line;
      return line === '' ? [] : line.split(' ').map(Number);
    });
    return { layers, answers };
  });
}
