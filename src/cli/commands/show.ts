/** `tunnelscope [options] [filter…]`, without a command's name: packets as lines, trees, fields, JSON, or on the screen. */
import { totalmem } from 'node:os';
import { type Command, Option } from 'commander';
import type { Rotation } from '../../capture/write/writer.ts';
import type { Done } from '../command-line.ts';
import { UsageError } from '../errors.ts';
import { collect } from '../flag-values.ts';
import { GROUP } from '../help.ts';
import { MTU, withInput } from '../input-options.ts';
import type { Format, PacketOptions } from './show/show-packets.ts';

const FORMATS: readonly Format[] = ['line', 'tree', 'fields', 'json', 'tui', 'path'];

interface ShowFlags extends Omit<PacketOptions, 'rotation'> {
  ringBuffer?: Rotation;
  listInterfaces?: boolean;
}

/** The program does this itself: its flags stand in front of any command's name. */
export function addShow(program: Command, done: Done): void {
  withInput(program)
    .argument('[filter...]', 'a capture file, then a capture filter in libpcap’s language: udp port 9000')
    .optionsGroup(GROUP.capture)
    .option('-D, --list-interfaces', 'list what can be captured on: the same as the command interfaces')
    .optionsGroup(GROUP.read)
    .option('--no-reassembly', 'show fragments as they came, not the packets they make')
    .optionsGroup(GROUP.print)
    .addOption(
      new Option('-T, --format <format>', '(default: tui on a terminal, line otherwise)').choices(FORMATS),
    )
    .option('-e, --field <name>', 'print this field, as with -T fields; repeatable', collect)
    .option(
      '-E, --field-option <option>',
      'with -T fields: header=y, separator=, occurrence=, aggregator=, quote=',
      collect,
    )
    .option('-V, --tree', 'print every field: the same as -T tree')
    .option('-x, --bytes', 'print the bytes too, in hex and ASCII')
    .optionsGroup(GROUP.write)
    .option(
      '-w, --write <file>',
      'write the matching packets to a file: pcapng, or pcap if its name ends in .pcap; .gz compresses; - is standard output',
    )
    .option(
      '-b, --ring-buffer <limit>',
      'with -w: start the next file after filesize:KB, duration:SECONDS or packets:N; files:N keeps the last N',
      parseRotation,
    )
    .option('-P, --print', 'with -w: print the packets too')
    .optionsGroup(GROUP.screen)
    .option(
      '--buffer <size>',
      'memory for packets that can’t be read again: 512M, 2G (default: 256M)',
      parseKeptSize,
    )
    .option(...MTU)
    .action(async (words: string[], { ringBuffer, listInterfaces, ...options }: ShowFlags) => {
      if (listInterfaces === true) {
        const { showInterfaces } = await import('./interfaces/show-interfaces.ts');
        return done(await showInterfaces(options.format));
      }
      const { showPackets } = await import('./show/show-packets.ts');
      const rotation = ringBuffer && { rotation: ringBuffer };
      try {
        done(await showPackets({ ...options, ...rotation }, words));
      } catch (error) {
        throw await withCommandHint(
          error,
          words,
          program.commands.map((command) => command.name()),
        );
      }
    });
}

/** tshark's `-b`: `filesize:KB` (of 1000 bytes), `duration:S`, `packets:N`, `files:N`; each may be given. */
function parseRotation(text: string, previous: Rotation = {}): Rotation {
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

const UNITS: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
/** What the screen keeps of packets at least: {@link LEAST_BUFFER} of it, which is not loaded here. */
const LEAST_KEPT = 2 * 2 ** 20;

/** `--buffer 512M`, in bytes; no more than this machine has. */
function parseKeptSize(text: string): number {
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

/** A mistyped command is a filter to the command line, and libpcap's words for it help nobody. */
async function withCommandHint(
  error: unknown,
  words: readonly string[],
  commands: readonly string[],
): Promise<unknown> {
  const [first = ''] = words;
  const { notAFilter } = await import('../capture-filter.ts');
  if (!(error instanceof Error) || !error.message.startsWith(notAFilter(words.join(' ')))) return error;
  const similar = (await import('../../text/similar.ts')).similarTo(first, commands);
  if (similar !== undefined) return new UsageError(`${error.message}; did you mean the command ${similar}?`);
  if (words.length > 1) return error;
  return new UsageError(`${error.message}; commands are ${commands.join(', ')}`);
}
