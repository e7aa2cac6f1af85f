/** Where packets come from: files, standard input or interfaces, out of `-r`, `-i` and the command's words. */
import { existsSync, fstatSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { UsageError } from './errors.ts';
import { type InputOptions, ONE_FILE } from './input-options.ts';
import { givenName } from './named-files.ts';

export interface Input {
  /** A file's path, `-` for standard input, and those of others beside it; or interfaces to capture on. */
  readonly from:
    | { readonly file: string; readonly others: readonly string[] }
    | { readonly interfaces: readonly string[] };
  /** libpcap's filter language; empty for all packets. */
  readonly filter: string;
}

export const CAPTURE_FILE_NAME = /\.(pcap|pcapng|cap)(\.(gz|zst))?$/;

/**
 * Where packets come from, out of `-i`, `-r` and the first word of the filter: a first argument that is a capture file
 * means the same as `-r`.
 */
export function resolveInput(options: InputOptions, words: readonly string[]): Input {
  const interfaces = options.interface ?? [];
  let file = options.read;
  let filterWords = words;
  const first = words[0];
  if (file === undefined && interfaces.length === 0 && first !== undefined && looksLikeFile(first)) {
    file = first;
    filterWords = words.slice(1);
  }
  if (file === '') throw new UsageError('-r "" is not a file name; expected a path, or - for standard input');
  if (file !== undefined && interfaces.length > 0) {
    throw new UsageError('both -r (a file) and -i (live) were given; expected one of them');
  }
  const others = file === undefined ? [] : (options.others ?? []);
  if (file !== undefined && options.autostop !== undefined && ![file, ...others].every(isPipe)) {
    throw new UsageError(
      '-a duration: ends a live capture or a pipe; with a file, use -c to read fewer packets',
    );
  }
  refuseFileAsFilter(filterWords, file, interfaces);
  for (const [flag, value] of [
    ['-B', options.bufferSize],
    ['-p', options.promiscuous === false ? false : undefined],
    ['--engine', options.engine],
    ['-Q', options.direction],
    ['--why', options.why],
    ['--names', options.names],
  ] as const) {
    if (file !== undefined && value !== undefined)
      throw new UsageError(`${flag} is for live capture; use it with -i, not with a file`);
  }
  if (file !== undefined && options.snaplen !== undefined) {
    throw new UsageError(
      '-s limits what a live capture keeps of each packet; for a file, leave it out, or shorten the file with editcap -s',
    );
  }
  if (options.engine === 'cap' && options.direction !== undefined) {
    throw new UsageError('-Q selects a direction in the kernel, which --engine cap can’t; use one of them');
  }
  checkInterfaceNames(interfaces);
  const filter = filterOf(options.captureFilter, filterWords.join(' ').trim());
  return { from: file === undefined ? { interfaces } : { file, others }, filter };
}

/** libpcap would call the name a syntax error. */
function refuseFileAsFilter(
  words: readonly string[],
  file: string | undefined,
  interfaces: readonly string[],
): void {
  const stray = words.find((word, at) => isFile(word) && (at === 0 || existsSync(word)));
  if (stray === undefined) return;
  if (interfaces.length > 0) {
    throw new UsageError(`${stray} is a file, and -i captures live; expected one of them`);
  }
  if (file === undefined) {
    throw new UsageError(
      `${stray} is a file, not part of a filter; put it before the filter, or use -r ${stray}`,
    );
  }
  throw new UsageError(`${stray} is another file, not a filter; ${ONE_FILE}`);
}

function filterOf(flag: string | undefined, words: string): string {
  if (flag !== undefined && words !== '') {
    throw new UsageError(
      `a capture filter was given twice, as -f "${flag}" and as "${words}"; expected one of them`,
    );
  }
  return flag?.trim() ?? words;
}

/**
 * For commands that answer one question. They never choose an interface themselves: a script whose variable is empty would wait for
 * ever.
 *
 * @param read what `-r` names
 * @throws {UsageError} if neither a file nor an interface is named
 */
export function requireNamedInput(
  command: string,
  options: InputOptions,
  words: readonly string[],
  read: readonly string[] = [],
): void {
  if (read.length > 0 || (options.interface ?? []).length > 0) return;
  if (inputFiles(options, words).length > 0) return;
  const filter = words.join(' ').trim();
  const received = filter === '' ? 'none was given' : `only the filter "${filter}" was given`;
  throw new UsageError(
    `${command} needs a capture, and ${received}; expected a file (-r FILE, or - for standard input) or an interface (-i NAME)`,
  );
}

/** The files that packets are read from, if any; {@link resolveInput} says what is wrong with the words. */
export function inputFiles(options: InputOptions, words: readonly string[]): readonly string[] {
  const { from } = resolveInput(options, words);
  return 'file' in from ? [from.file, ...from.others] : [];
}

const STANDARD_INPUT = 0;

/** Whether packets come as somebody writes them; opening a path that is none says why. */
function isPipe(path: string): boolean {
  if (path === '-') return !fstatSync(STANDARD_INPUT).isFile();
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
}

function checkInterfaceNames(names: readonly string[]): void {
  if (names.includes('')) {
    throw new UsageError('-i "" is not an interface; list them with: tunnelscope interfaces');
  }
  if (names.includes('-')) {
    throw new UsageError('-i - is not an interface; to read packets from standard input, use -r -');
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new UsageError(`-i ${twice} was given twice; expected each interface once`);
  }
}

/**
 * The files that `-r` and the first words name, for a command that takes several: behind the first one, what is named like a
 * capture or has a slash in it, and is there, is a file as well.
 *
 * @returns them, and the words that are left
 */
export function filesOf(
  read: readonly string[],
  words: readonly string[],
): { readonly files: string[]; readonly words: readonly string[] } {
  const files = [...read];
  let left = words;
  while (left[0] !== undefined && (files.length === 0 ? looksLikeFile(left[0]) : isFile(left[0]))) {
    files.push(left[0]);
    left = left.slice(1);
  }
  const twice = files.find((name, index) => files.indexOf(name) !== index);
  if (twice === '-') throw new UsageError('-r - was given twice; standard input can be read once');
  if (twice !== undefined) throw new UsageError(`${twice} was given twice; expected each file once`);
  return { files, words: left };
}

function isFile(word: string): boolean {
  return CAPTURE_FILE_NAME.test(word) || (word.includes('/') && looksLikeFile(word));
}

function looksLikeFile(word: string): boolean {
  if (existsSync(word)) return !statSync(word).isDirectory();
  return CAPTURE_FILE_NAME.test(word);
}

/**
 * The names that the files were given; else theirs without folder and ending, as they stand in a table; whole where that leaves two the
 * same.
 */
export function shortNames(files: readonly string[]): readonly string[] {
  const short = files.map((file) => givenName(file) ?? basename(file).replace(CAPTURE_FILE_NAME, ''));
  return new Set(short).size === short.length ? short : files.map((file) => givenName(file) ?? file);
}
