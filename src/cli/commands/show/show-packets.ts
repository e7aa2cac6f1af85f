/** Reads packets and shows them in the format that is asked for, the screen included; `-w` has them written too. */

import { createDecoder } from '../../../decode/decoder.ts';
import type { TimeFormat } from '../../../output/line-times.ts';
import { tellNonePassed } from '../../capture-filter.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { lookAhead } from '../../first-pass.ts';
import { resolveInput } from '../../input.ts';
import { isTerminal } from '../../is-terminal.ts';
import { openDisplayFilter, openSource, UNWATCHED_TIMEOUT } from '../../open-source.ts';
import { createPrinter, type PrinterOptions } from './create-printer.ts';
import { printPackets } from './print-packets.ts';
import type { ScreenOptions, ScreenTimes } from './show-on-screen.ts';

export type Format = 'line' | 'tree' | 'fields' | 'json' | 'tui' | 'path';

export interface PacketOptions extends ScreenOptions {
  format?: Format;
  field?: string[];
  fieldOption?: string[];
  tree?: boolean;
  bytes?: boolean;
  /** Of lines. */
  times?: TimeFormat;
  /** tcpdump's: the tree, where nothing else is asked for. */
  v?: boolean;
  /** False leaves fragments as they came. */
  reassembly?: boolean;
  /** Lines even where packets are written. */
  print?: boolean;
}

/** What the screen has of the lines' times. */
const SCREEN_TIMES: Partial<Record<TimeFormat, ScreenTimes>> = { r: 'relative', dd: 'delta', u: 'absolute' };

export async function showPackets(options: PacketOptions, words: readonly string[]): Promise<number> {
  const format = chooseFormat(options);
  if (options.field !== undefined && format !== 'fields' && format !== 'tui') {
    throw new UsageError('-e names a field to print; use it with -T fields, or with -T tui for a column');
  }
  const decodeAs = options.decodeAs ?? [];
  const prints = options.write === undefined || isPrintingAsked(options);
  const isWriting = [options.write, options.rotation, options.fileFormat].some((one) => one !== undefined);
  const files = isWriting ? await import('./write-packets.ts') : undefined;
  files?.checkWriting(options, words, prints);
  if (format === 'tui') {
    if (!isTerminal(1))
      throw new UsageError('-T tui needs a terminal; in a pipe use line, tree, fields or json');
    const times = options.times && SCREEN_TIMES[options.times];
    return (await import('./show-on-screen.ts')).showOnScreen(options, words, times && { times });
  }
  if (options.buffer !== undefined) {
    throw new UsageError('--buffer is for the screen; use it on a terminal, or with -T tui');
  }
  if (format === 'path') {
    if (options.write !== undefined) {
      throw new UsageError('-T path follows pings and writes no packets; use -w with another format');
    }
    const { read, others = [], field: _, format: __, ...input } = options;
    return (await import('../path/follow-paths.ts')).path(
      { ...input, ...(read !== undefined && { files: [read, ...others] }) },
      words,
    );
  }
  if (options.why === true) {
    throw new UsageError(
      '--why is for lost pings; use it with path, verify or the screen (for all packets: tunnelscope drops)',
    );
  }
  const { field, fieldOption, bytes, times } = options;
  const printerOptions: PrinterOptions = { format, field, fieldOption, bytes, times };
  const printer = prints ? await createPrinter(printerOptions) : undefined;
  const filter = await openDisplayFilter(options);
  const decoder = createDecoder({ decodeAs });
  const isWatched = prints || files?.isReadAtOnce(options) === true;
  const source = await openSource(
    isWatched ? options : { ...options, bufferTimeout: UNWATCHED_TIMEOUT },
    words,
  );
  const asked = [...(filter?.tracked ?? []), ...(printer?.tracked ?? [])];
  const tracking = await lookAhead([options], words, asked, decoder);
  if (files === undefined) {
    await printPackets(source, options, { decoder, printer, filter, tracking, printerOptions });
  } else {
    await files.writing(source, options, (writer) =>
      printer === undefined && filter === undefined
        ? files.writeAll(source, options, writer)
        : printPackets(source, options, { decoder, printer, filter, writer, tracking }),
    );
  }
  tellNonePassed(source, resolveInput(options, words).filter);
  return EXIT.done;
}

/** Where packets are written, lines are printed only where something says so, as with tshark. */
function isPrintingAsked({ print, format, field, tree, bytes }: PacketOptions): boolean {
  return print === true || format !== undefined || field !== undefined || tree === true || bytes === true;
}

function chooseFormat(options: PacketOptions): Format {
  if (options.tree === true) {
    if (options.format !== undefined && options.format !== 'tree') {
      throw new UsageError(`-V means -T tree, but -T ${options.format} was given; expected one of them`);
    }
    return 'tree';
  }
  if (options.format !== undefined) return options.format;
  if (options.field !== undefined) return 'fields';
  const { bytes, write, times, v } = options;
  if (v === true && write === undefined) return 'tree';
  const isForScreen = times === undefined || SCREEN_TIMES[times] !== undefined;
  return isTerminal(1) && bytes !== true && isForScreen && write === undefined ? 'tui' : 'line';
}
