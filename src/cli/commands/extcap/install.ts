/** Adds a script that calls this tunnelscope to Wireshark's extcap folder, and removes it. */
import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { quote } from 'shlex';
import { openOutputFile } from '../../../capture/write/output-file.ts';
import { isSingleExecutable } from '../../../host/single-executable.ts';
import { escapeControls } from '../../../text/printable.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { writeText } from '../../standard-output.ts';
import { configuration } from './sentences.ts';

export interface InstallOptions {
  /** Default: what Wireshark says. */
  folder?: string;
  sudo?: boolean;
}

const NAME = 'tunnelscope';
/** Marks our scripts: nothing else is replaced or removed. */
const MARK = '# tunnelscope’s interfaces for Wireshark, made by: tunnelscope extcap install';

export function install({ folder, sudo = false }: InstallOptions): number {
  const words = ownWords();
  const place = folder === undefined ? ownFolder() : resolve(folder);
  const path = join(place, NAME);
  const there = contentOf(path);
  if (there !== undefined && !there.includes(MARK)) {
    throw new UsageError(
      `${escapeControls(path)} exists and was not made by tunnelscope; move it away, or choose another folder with --folder`,
    );
  }
  makeFolder(place);
  const file = openOutputFile(path, false);
  try {
    file.write(Buffer.from(script(words, sudo)));
    file.finish();
  } finally {
    file.discard();
  }
  chmodSync(path, 0o755);
  writeText(`installed ${escapeControls(path)}\n`);
  const rule = sudo
    ? `add a line to /etc/sudoers.d/tunnelscope; this one is for members of the group wireshark:\n  %wireshark ALL=(root) NOPASSWD: ${rights(words)} --for-caller *\n`
    : '';
  writeText(`${rule}tshark -D lists its interfaces now; Wireshark does after F5 or a restart\n`);
  return EXIT.done;
}

export function uninstall({ folder }: InstallOptions): number {
  const path = join(folder === undefined ? ownFolder() : resolve(folder), NAME);
  const there = contentOf(path);
  if (there === undefined) {
    writeText(`nothing to remove: there is no ${escapeControls(path)}\n`);
    return EXIT.done;
  }
  if (!there.includes(MARK)) {
    throw new UsageError(`${escapeControls(path)} was not made by tunnelscope, and is kept`);
  }
  try {
    rmSync(path);
  } catch (error) {
    throw new UsageError(
      `${escapeControls(path)} can’t be removed: ${(error as Error).message}; run with sudo`,
    );
  }
  writeText(`removed ${escapeControls(path)}\n`);
  return EXIT.done;
}

/** How to call this tunnelscope without PATH. */
function ownWords(): string[] {
  const words = isSingleExecutable()
    ? [process.execPath]
    : [process.execPath, resolve(process.argv[1] as string)];
  if (words.some((word) => word.includes('/_npx/'))) {
    throw new UsageError(
      'this tunnelscope is in npx’s cache, which npm may clear at any time; install it first: npm install --global tunnelscope',
    );
  }
  return words;
}

/** The script prints the configuration without starting tunnelscope: tshark asks for it at every start, for every interface. */
function script(words: readonly string[], sudo: boolean): string {
  const own = [...words, 'extcap', ...(sudo ? ['--for-caller'] : [])].map(quote).join(' ');
  return `#!/bin/sh
${MARK}
case " $* " in
*' --extcap-config '*)
  cat << 'END'
${configuration()}END
  exit
  ;;
esac
exec ${sudo ? 'sudo -n -- ' : ''}${own} "$@"
`;
}

/** For sudoers(5): some characters need a backslash. */
function rights(words: readonly string[]): string {
  return [...words, 'extcap'].map((word) => word.replace(/[\\,:= *?[\]!]/g, '\\$&')).join(' ');
}

/**
 * Wireshark's extcap folder: as root the one for all users, otherwise the user's own, which Wireshark has since 4.2.
 *
 * @throws {UsageError} if there is no Wireshark
 */
function ownFolder(): string {
  const folders = wiresharkFolders();
  const isRoot = process.geteuid?.() === 0;
  const folder = (isRoot ? undefined : folders.own) ?? folders.everybodys;
  if (folder === undefined) {
    throw new UsageError(
      'neither tshark nor wireshark is here to tell its extcap folder; install one of them, or name the folder with --folder',
    );
  }
  return folder;
}

function wiresharkFolders(): { own?: string; everybodys?: string } {
  for (const program of ['tshark', 'wireshark']) {
    const { stdout, status } = spawnSync(program, ['-G', 'folders'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    if (status !== 0) continue;
    const found = (pattern: RegExp) => pattern.exec(stdout)?.[1]?.trim();
    const own = found(/^Personal Extcap path:(.+)$/m);
    const everybodys = found(/^(?:Global )?Extcap path:(.+)$/m);
    return { ...(own !== undefined && { own }), ...(everybodys !== undefined && { everybodys }) };
  }
  return {};
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new UsageError(`${escapeControls(path)} can’t be read: ${message}`);
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const advice = 'run with sudo, or choose another folder with --folder';
    throw new UsageError(
      `${escapeControls(folder)} can’t be written to (${(error as NodeJS.ErrnoException).code}); ${advice}`,
    );
  }
}
