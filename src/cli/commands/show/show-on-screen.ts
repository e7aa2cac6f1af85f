/** Packets on the screen; of a live capture also into a file beside it. */

import { accessSync, constants, statSync } from 'node:fs';
import { basename } from 'node:path';
import { smallestMtu } from '../../../host/interfaces.ts';
import { escapeControls } from '../../../text/printable.ts';
import type { TuiOptions } from '../../../tui/run-tui.ts';
import { nonePassed, tellNonePassed } from '../../capture-filter.ts';
import { EXIT, errorLine, UsageError } from '../../errors.ts';
import { resolveInput } from '../../input.ts';
import { openAgain, openDisplayFilter, openSource } from '../../open-source.ts';
import { reportCounts } from '../../read-packets.ts';
import { endWithTerminal } from '../../standard-output.ts';
import { type Hearing, hearKernel } from '../../why.ts';
import { type WritingOptions, writing } from './write-packets.ts';

export type ScreenTimes = NonNullable<TuiOptions['times']>;

export interface ScreenOptions extends WritingOptions {
  /** The path's, against which a tunnel's cost is told. */
  mtu?: number;
  /** Fields with a column of their own. */
  field?: string[];
  /** Bytes of packets that the screen keeps. */
  buffer?: number;
}

type ShownFirst = Pick<TuiOptions, 'view' | 'notices' | 'times'> & { readonly onOpen?: () => void };

/**
 * @param more what is shown first, and what is to be done as soon as packets can come
 * @returns the exit code
 */
export async function showOnScreen(
  options: ScreenOptions,
  words: readonly string[],
  more: ShownFirst = {},
): Promise<number> {
  const { from } = resolveInput(options, words);
  if (options.write !== undefined && 'file' in from) {
    throw new UsageError(
      '-T tui with -w records a live capture; for a file, use the key w on the screen, or -w without -T',
    );
  }
  await openDisplayFilter(options);
  return hearKernel(options, (hearing) => show(options, words, more, hearing), false);
}

async function show(
  options: ScreenOptions,
  words: readonly string[],
  more: ShownFirst,
  hearing: Hearing,
): Promise<number> {
  const { from, filter: captureFilter } = resolveInput(options, words);
  const { write, displayFilter, count, autostop, buffer, field } = options;
  await (await import('./screen-packages.ts')).packagesLoaded;
  const { columnFault, runTui } = await import('../../../tui/run-tui.ts');
  for (const name of field ?? []) {
    const fault = columnFault(name);
    if (fault !== undefined) throw new UsageError(`-e ${escapeControls(name)} with -T tui: ${fault}`);
  }
  // Asked before root is given up: whoever may not open the file afterwards is told so then.
  const files = 'file' in from ? [from.file, ...from.others] : [];
  const canReopen = files.length > 0 && files.every(isPlainFile);
  const source = await openSource(options, words, hearing.beside);
  const { onOpen, ...first } = more;
  onOpen?.();
  const mtu = options.mtu ?? (source.isLive ? smallestMtu(source.interfaces) : undefined);
  const tui: TuiOptions = {
    ...first,
    source,
    ...(hearing.beside !== undefined && { kernel: hearing.now }),
    ...(mtu !== undefined && { mtu }),
    decodeAs: options.decodeAs ?? [],
    ...(captureFilter !== '' && {
      captureFilter: { text: captureFilter, nonePassed: (from) => nonePassed(from, captureFilter) },
    }),
    ...(files.length > 0 && files.every((file) => file !== '-' && canRead(file)) && { files }),
    ...(canReopen && { reopen: () => openAgain(options, words) }),
    ...(displayFilter !== undefined && { filter: displayFilter }),
    ...(count !== undefined && { count }),
    ...(autostop !== undefined && { duration: autostop }),
    ...(buffer !== undefined && { buffer }),
    ...(field !== undefined && { fieldColumns: field }),
  };
  const run = async (file: Pick<TuiOptions, 'recording'>): Promise<void> => {
    const { warnings, faults, taken, rescued } = await runTui({ ...tui, ...file });
    for (const warning of warnings) say(warning);
    if (source.isLive) reportCounts(source, taken);
    tellNonePassed(source, captureFilter);
    if (rescued !== undefined) say(`captured packets are kept: ${rescued}`);
    const [last, ...others] = [...faults].reverse();
    for (const fault of others.reverse()) console.error(errorLine(fault));
    if (last !== undefined) throw last;
  };
  try {
    if (write === undefined) await run({});
    else await writing(source, options, (writer) => run({ recording: { name: basename(write), writer } }));
  } finally {
    endWithTerminal();
  }
  return EXIT.done;
}

function say(text: string): void {
  console.error(`tunnelscope: ${escapeControls(text)}`);
}

/** What comes through a pipe is gone once it is read. */
function isPlainFile(path: string): boolean {
  try {
    return path !== '-' && statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Somebody else than root may not be able to open the file again. */
function canRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
