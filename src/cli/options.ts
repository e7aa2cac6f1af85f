/** The command line's words turned into what they mean, with one line for what they can't mean. */
import { existsSync, fstatSync, statSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { Engine } from '../capture/live.ts';
import type { Rotation } from '../capture/write/writer.ts';
import type { DecodeAs } from '../decode/dispatch.ts';
import { parseAddress, parseDuration, parsePercent } from '../verdict/amounts.ts';
import type { AddressPair } from '../verdict/ping-demands.ts';
import { UsageError } from './errors.ts';

/** Options that every way of reading packets shares. */
export interface InputOptions {
  interface?: string[];
  read?: string;
  decodeAs?: DecodeAs[];
  /** Wireshark's filter language, on decoded packets. */
  displayFilter?: string;
  count?: number;
  /** Milliseconds. */
  duration?: number;
  snaplen?: number;
  /** Whom to become once everything is open. */
  user?: string;
  /** Bytes of the kernel's buffer, for each interface. */
  bufferSize?: number;
  /** Milliseconds that packets may wait in it. */
  bufferTimeout?: number;
  /** False leaves out what is for other machines. */
  promiscuous?: boolean;
  engine?: Engine;
}

export interface Input {
  /** A file's path, `-` for standard input; or interfaces to capture on. */
  readonly from: { readonly file: string } | { readonly interfaces: readonly string[] };
  /** libpcap's filter language; empty for all packets. */
  readonly filter: string;
}

/** `udp.port==9000,tun`, as tshark writes it. */
export function parseDecodeAs(text: string, previous: DecodeAs[] = []): DecodeAs[] {
  const match = /^udp\.port==(\d+),([a-z0-9]+)$/.exec(text);
  if (match === null || Number(match[1]) > 65535) {
    throw new UsageError(
      `-d "${text}" is not understood; expected udp.port==PORT,PROTOCOL, as in udp.port==9000,tun (or raw, eth, vxlan)`,
    );
  }
  return [...previous, { table: 'udp.port', value: Number(match[1]), name: match[2] as string }];
}

/** A whole number of at least `minimum`. */
export function parseNumber(flag: string, minimum: number, maximum = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum || value > maximum) {
      throw new UsageError(
        `${flag} "${text}" is not understood; expected a whole number ${maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`}`,
      );
    }
    return value;
  };
}

/** `-B 64`: MiB, as tshark has it, in bytes. */
export function parseBufferSize(text: string): number {
  return parseNumber('-B', 1, 2047)(text) * 2 ** 20;
}

const UNITS: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
/** What the screen keeps of packets at least: {@link LEAST_BUFFER} of it, which is not loaded here. */
const LEAST_KEPT = 2 * 2 ** 20;

/** `--buffer 512M`, in bytes; no more than this machine has. */
export function parseKeptSize(text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([KMG])(?:i?B)?$/i.exec(text) ?? [];
  const size = Math.floor(Number(digits) * (UNITS[unit.toUpperCase()] ?? Number.NaN));
  if (!(size >= LEAST_KEPT && size <= totalmem())) {
    const most = `${Math.floor(totalmem() / 2 ** 20)}M`;
    throw new UsageError(
      `--buffer "${text}" is not understood; expected a size from 2M to ${most}, all the memory there is, as in 512M or 2G`,
    );
  }
  return size;
}

/** `duration:10` in milliseconds. */
export function parseAutostop(text: string): number {
  const match = /^duration:(\d+(?:\.\d+)?)$/.exec(text);
  const milliseconds = match === null ? Number.NaN : Number(match[1]) * 1000;
  // A timer's limit: about 24.8 days.
  if (!(milliseconds > 0 && milliseconds < 2 ** 31)) {
    throw new UsageError(`-a "${text}" is not understood; expected duration:SECONDS, as in duration:10`);
  }
  return milliseconds;
}

/** tshark's `-b`: `filesize:KB` (of 1000 bytes), `duration:S`, `packets:N`, `files:N`; each may be given. */
export function parseRotation(text: string, previous: Rotation = {}): Rotation {
  const match = /^(filesize|duration|packets|files):(\d+(?:\.\d+)?)$/.exec(text);
  const [, what, digits] = match ?? [];
  const value = Number(digits);
  const isWhole = what === 'duration' || Number.isInteger(value);
  // A timer's limit: about 24.8 days.
  if (!(value > 0) || !isWhole || (what === 'duration' && value * 1000 >= 2 ** 31)) {
    throw new UsageError(
      `-b "${text}" is not understood; expected filesize:KB, duration:SECONDS, packets:N or files:N, as in filesize:1000`,
    );
  }
  if (what === 'filesize') return { ...previous, fileSize: value * 1000 };
  if (what === 'duration') return { ...previous, duration: value * 1000 };
  return { ...previous, [what as 'packets' | 'files']: value };
}

type TunnelDemand = { tunnel?: string; vni?: number; port?: number };

/** `tunnel=vxlan,vni=42`, or each in a flag of its own; what the words may be is looked at with the other demands. */
export function parseTunnelDemand(text: string, previous: TunnelDemand = {}): TunnelDemand {
  const demand = { ...previous };
  for (const part of text.split(',')) {
    const [, key, value = ''] = /^(tunnel|vni|port)=([\w-]+)$/.exec(part.trim()) ?? [];
    const isNumber = key !== 'tunnel';
    if (key === undefined || (isNumber && !/^\d+$/.test(value))) {
      throw new UsageError(
        `--expect "${text}" is not understood; expected tunnel=KIND, vni=NUMBER or port=NUMBER, as in tunnel=vxlan,vni=42`,
      );
    }
    if (key in demand) throw new UsageError(`--expect "${text}" says ${key} twice; expected it once`);
    Object.assign(demand, { [key]: isNumber ? Number(value) : value });
  }
  return demand;
}

/** `172.16.0.2,172.16.1.2`: source and destination, as addresses or networks; once. */
export function parsePair(flag: string) {
  return (text: string, previous?: AddressPair): AddressPair => {
    const [src, dst, ...more] = text.split(',').map((part) => part.trim());
    const isGood = [src, dst].every((part) => part !== undefined && parseAddress(part) !== undefined);
    if (!isGood || more.length > 0) {
      throw new UsageError(
        `${flag} "${text}" is not understood; expected a source and a destination, as in 172.16.0.2,172.16.1.2 or 172.16.0.0/24,172.16.1.2`,
      );
    }
    if (previous !== undefined) {
      throw new UsageError(
        `${flag} was given more than once (${previous.join(',')}, ${text}); expected it once; several are checks of their own with --spec`,
      );
    }
    return [src as string, dst as string];
  };
}

/** `2.5%` as a number. */
export function parseShare(text: string): number {
  const share = parsePercent(text);
  if (share === undefined)
    throw new UsageError(
      `--max-loss "${text}" is not understood; expected a share from 0% to 100%, such as 2.5%`,
    );
  return share;
}

/** `5ms`, `0.5s`, `250us` in milliseconds. */
export function parseTime(flag: string) {
  return (text: string): number => {
    const time = parseDuration(text);
    if (time === undefined || time === 0)
      throw new UsageError(
        `${flag} "${text}" is not understood; expected a duration above 0, such as 5ms, 0.5s or 250us`,
      );
    return time;
  };
}

/** Seconds between two pings, as ping takes them: not less than it sends to anybody but root. */
export function parseInterval(text: string): number {
  const seconds = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds >= 0.002 && seconds <= 3600)) {
    throw new UsageError(
      `-i "${text}" is not understood; expected seconds between pings, from 0.002 to 3600`,
    );
  }
  return seconds;
}

/** `ip.id,eth.src`; repeatable. */
export function parseNames(text: string, previous: string[] = []): string[] {
  return [...previous, ...text.split(',').map((name) => name.trim())];
}

export function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

/** `-r` of commands that read one file. */
export function parseRead(file: string, previous: string | undefined): string {
  if (previous !== undefined) {
    throw new UsageError(
      `-r was given more than once (${previous}, ${file}); expected one file; put several together with mergecap`,
    );
  }
  return file;
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
  if (file === '') throw new UsageError('-r "" names no file; expected a path, or - for standard input');
  if (file !== undefined && interfaces.length > 0) {
    throw new UsageError('both -r (a file) and -i (live) were given; expected one of them');
  }
  if (file !== undefined && options.duration !== undefined && !isPipe(file)) {
    throw new UsageError(
      '-a duration: ends a live capture, or what comes through a pipe; with a file, use -c to read fewer packets',
    );
  }
  if (
    options.read !== undefined &&
    first !== undefined &&
    CAPTURE_FILE_NAME.test(first) &&
    existsSync(first)
  ) {
    throw new UsageError(
      `${first} is another file, and not a filter; expected one file, or -r before each where several can be read (path)`,
    );
  }
  for (const [flag, value] of [
    ['-B', options.bufferSize],
    ['-p', options.promiscuous === false ? false : undefined],
    ['--engine', options.engine],
  ] as const) {
    if (file !== undefined && value !== undefined)
      throw new UsageError(`${flag} is about live capture; expected it with -i, and not with a file`);
  }
  if (file !== undefined && options.snaplen !== undefined) {
    throw new UsageError(
      '-s limits what a live capture keeps of a packet; a file has what it has: leave -s out, or shorten the file with editcap -s',
    );
  }
  checkInterfaceNames(interfaces);
  const filter = filterWords.join(' ').trim();
  return { from: file === undefined ? { interfaces } : { file }, filter };
}

/**
 * For a command that has one question to answer, where capturing on whatever interface there is would never end: a script's
 * empty variable names nothing.
 *
 * @param read what `-r` names
 * @throws {UsageError} where neither a file nor an interface is named
 */
export function requireNamedInput(
  command: string,
  options: InputOptions,
  words: readonly string[],
  read: readonly string[] = [],
): void {
  if (read.length > 0 || (options.interface ?? []).length > 0) return;
  if (inputFile(options, words) !== undefined) return;
  const filter = words.join(' ').trim();
  const received = filter === '' ? 'none was named' : `received only the filter "${filter}"`;
  throw new UsageError(
    `${command} needs a capture, and ${received}; expected a file (-r FILE, or - for standard input) or an interface (-i NAME)`,
  );
}

/** The file that packets are read from, if it is one; {@link resolveInput} says what is wrong with the words. */
export function inputFile(options: InputOptions, words: readonly string[]): string | undefined {
  const { from } = resolveInput(options, words);
  return 'file' in from ? from.file : undefined;
}

const STANDARD_INPUT = 0;

/** Whether packets come as somebody writes them; opening a path that is none says why. */
function isPipe(path: string): boolean {
  if (path === '-') return !fstatSync(STANDARD_INPUT).isFile();
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
}

function checkInterfaceNames(names: readonly string[]): void {
  if (names.includes('')) {
    throw new UsageError('-i "" names no interface; expected a name out of: tunnelscope interfaces');
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
