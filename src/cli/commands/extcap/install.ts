/** Puts a script into Wireshark's folder for extcap programs that calls this very tunnelscope, and takes it out again. */
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
  /** What Wireshark says, where not given. */
  folder?: string;
  sudo?: boolean;
}

const NAME = 'tunnelscope';
/** By it a script of ours is known: nothing else is replaced or removed. */
const MARK = '# tunnelscope’s interfaces for Wireshark, made by: tunnelscope extcap install';

export function install({ folder, sudo = false }: InstallOptions): number {
  const words = ownWords();
  const place = folder === undefined ? ownFolder() : resolve(folder);
  const path = join(place, NAME);
  const there = contentOf(path);
  if (there !== undefined && !there.includes(MARK)) {
    throw new UsageError(
      `${escapeControls(path)} is there and was not made by tunnelscope; expected nothing there: move it away, or choose another place with --folder`,
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
    ? `sudo has to allow it, by a line in /etc/sudoers.d/tunnelscope; for members of the group wireshark:\n  %wireshark ALL=(root) NOPASSWD: ${rights(words)} --for-caller *\n`
    : '';
  writeText(`${rule}tshark -D lists its interfaces; Wireshark does after a restart, or F5\n`);
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
    throw new UsageError(`${escapeControls(path)} was not made by tunnelscope; it stays where it is`);
  }
  try {
    rmSync(path);
  } catch (error) {
    throw new UsageError(`${escapeControls(path)} can’t be removed: ${(error as Error).message}; try sudo`);
  }
  writeText(`removed ${escapeControls(path)}\n`);
  return EXIT.done;
}

/** How this very command is called, wherever a shell's PATH leads. */
function ownWords(): string[] {
  const words = isSingleExecutable()
    ? [process.execPath]
    : [process.execPath, resolve(process.argv[1] as string)];
  if (words.some((word) => word.includes('/_npx/'))) {
    throw new UsageError(
      'this tunnelscope is npx’s copy, which npm may remove at any time; expected one that stays: npm install --global tunnelscope',
    );
  }
  return words;
}

/** The script. The configuration is answered without a start of ours: tshark asks for it once for each interface, at each of its own starts. */
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

/** For sudoers(5), where some characters need a backslash. */
function rights(words: readonly string[]): string {
  return [...words, 'extcap'].map((word) => word.replace(/[\\,:= *?[\]!]/g, '\\$&')).join(' ');
}

/**
 * The folder that this user's Wireshark looks into: everybody's as root, else one's own, which Wireshark has from 4.2 on.
 *
 * @throws {UsageError} where there is no Wireshark, or only root may write there
 */
function ownFolder(): string {
  const folders = wiresharkFolders();
  const isRoot = process.geteuid?.() === 0;
  const folder = (isRoot ? undefined : folders.own) ?? folders.everybodys;
  if (folder === undefined) {
    throw new UsageError(
      'neither tshark nor wireshark says where its folder for extcap programs is; install one of them, or name the folder with --folder',
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
