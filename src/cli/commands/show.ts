/** `tunnelscope [options] [filter…]`, without a command's name: packets as lines, trees, fields, JSON, or on the screen. */
import { totalmem } from 'node:os';
import { type Command, Option } from 'commander';
import type { FileFormat } from '../../capture/write/packet-encoder.ts';
import type { TimeFormat } from '../../output/line-times.ts';
import { collectWords } from '../bundled.ts';
import type { Done } from '../command-line.ts';
import { UsageError } from '../errors.ts';
import { collect } from '../flag-values.ts';
import { valueRefusal } from '../habits.ts';
import { GROUP } from '../help.ts';
import { filesOf } from '../input.ts';
import {
  type InputOptions,
  MTU,
  readSeveral,
  type SeveralInputOptions,
  WHY,
  withInput,
} from '../input-options.ts';
import { type RotationFlags, rotationOf, withRotation } from './show/rotation-flags.ts';
import type { Format, PacketOptions } from './show/show-packets.ts';

const FORMATS: readonly Format[] = ['line', 'tree', 'fields', 'json', 'tui', 'path'];

const FILE_FORMATS: readonly FileFormat[] = ['pcap', 'pcapng'];
/** tcpdump's letters, without the -t that they follow. */
const TCPDUMP_TIMES: Readonly<Record<string, TimeFormat>> = { t: 'e', tt: 'dd', ttt: 'ad', tttt: 'r' };
const TIMES: readonly TimeFormat[] = ['a', 'ad', 'd', 'dd', 'e', 'r', 'u', 'ud'];

interface ShowFlags
  extends SeveralInputOptions,
    Omit<PacketOptions, 'rotation' | keyof InputOptions>,
    RotationFlags {
  listInterfaces?: boolean;
  /** tcpdump's -A and -X: bytes. */
  A?: boolean;
  X?: boolean;
}

/**
 * The program does this itself: its flags stand in front of any command's name.
 *
 * @param commands the names of all, for whoever mistypes one
 */
export function addShow(program: Command, done: Done, commands: readonly string[]): void {
  withRotation(withInput(program, readSeveral('one list in the order of time')).optionsGroup(GROUP.write))
    .argument(
      '[filter...]',
      'capture files, then a capture filter in libpcap’s language: udp port 9000',
      collectWords,
    )
    .optionsGroup(GROUP.capture)
    .option(...WHY)
    .option('-D, --list-interfaces', 'list the interfaces to capture on: the same as the command interfaces')
    .optionsGroup(GROUP.read)
    .option('--no-reassembly', 'show fragments as captured; do not reassemble them')
    .optionsGroup(GROUP.print)
    .addOption(
      new Option('-T, --format <format>', '(default: tui on a terminal, line otherwise)')
        .choices(FORMATS)
        .argParser(parseFormat),
    )
    .option(
      '-e, --field <name>',
      'print this field, as with -T fields; with -T tui, a column for it; repeatable',
      parseField,
    )
    .option(
      '-E, --field-option <option>',
      'with -T fields: header=y, separator=, occurrence=, aggregator=, quote=',
      collect,
    )
    .option('-V, --tree', 'print every field: the same as -T tree')
    .option('-x, --bytes', 'print the bytes too, in hex and ASCII')
    .option(
      '-t, --times <format>',
      'times in lines: r, d, dd, e, a, ad, u or ud, as in tshark; -tttt: date and time, as in tcpdump (default: r, seconds since the first packet)',
      parseTimes,
    )
    .addOption(new Option('-v').hideHelp())
    .addOption(new Option('-A').hideHelp())
    .addOption(new Option('-X').hideHelp())
    .optionsGroup(GROUP.write)
    .option(
      '-w, --write <file>',
      'write the matching packets to a file: pcapng, or pcap if its name ends in .pcap; .gz compresses; - is standard output',
    )
    .addOption(
      new Option('-F, --file-format <format>', '(default: as the file’s name says)').choices(FILE_FORMATS),
    )
    .option('-P, --print', 'with -w: print the packets too')
    .optionsGroup(GROUP.screen)
    .option(
      '--buffer <size>',
      'memory for packets that can’t be read again: 512M, 2G (default: 256M)',
      parseKeptSize,
    )
    .option(...MTU)
    .action(async (given: string[], { ringBuffer, C, W, G, A, X, listInterfaces, ...flags }: ShowFlags) => {
      const { read = [], ...options } = flags;
      if (listInterfaces === true) {
        const { showInterfaces } = await import('./interfaces/show-interfaces.ts');
        return done(await showInterfaces({ format: options.format }));
      }
      const { showPackets } = await import('./show/show-packets.ts');
      const rotation = rotationOf({ ringBuffer, C, W, G }, options.write);
      try {
        const isLive = (options.interface ?? []).length > 0;
        const { files, words } = isLive ? { files: read, words: given } : filesOf(read, given);
        const [file, ...others] = files;
        done(
          await showPackets(
            {
              ...options,
              ...(file !== undefined && { read: file, others }),
              ...(rotation !== undefined && { rotation }),
              ...((A === true || X === true) && { bytes: true }),
            },
            words,
          ),
        );
      } catch (error) {
        throw await withCommandHint(error, given, commands);
      }
    });
}

/** tshark's `text` is our `line`. */
function parseFormat(text: string): Format {
  const format = text === 'text' ? 'line' : FORMATS.find((one) => one === text);
  if (format !== undefined) return format;
  throw new UsageError(
    valueRefusal('-T', text) ?? `-T "${text}" is not understood; expected one of ${FORMATS.join(', ')}`,
  );
}

/** tcpdump's -e takes no name, and would take the next flag for one. */
function parseField(name: string, previous?: string[]): string[] {
  if (name.startsWith('-')) {
    throw new UsageError(
      `-e "${name}" is not a field name; expected one such as ip.src (tcpdump’s -e, the link-layer header, is in -V)`,
    );
  }
  return collect(name, previous);
}

/** tshark's `-t ad`, and tcpdump's `-tttt`. */
function parseTimes(text: string): TimeFormat {
  const times = TCPDUMP_TIMES[text] ?? TIMES.find((one) => one === text);
  if (times === undefined) {
    throw new UsageError(
      `-t "${text}" is not understood; expected one of ${TIMES.join(', ')} (as in -t ad), or tcpdump’s -tt, -ttt, -tttt or -ttttt`,
    );
  }
  return times;
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
      `--buffer "${text}" is not understood; expected a size from 2M to ${most} (all memory), such as 512M or 2G`,
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
  const { DisplayFilterMistake, notAFilter } = await import('../capture-filter.ts');
  if (!(error instanceof Error) || !error.message.startsWith(notAFilter(words.join(' ')))) return error;
  if (error instanceof DisplayFilterMistake) return error;
  const similar = (await import('../../text/similar.ts')).similarTo(first, commands);
  if (similar !== undefined) return new UsageError(`${error.message}; did you mean the command ${similar}?`);
  if (words.length > 1) return error;
  return new UsageError(`${error.message}; commands are ${commands.join(', ')}`);
}
