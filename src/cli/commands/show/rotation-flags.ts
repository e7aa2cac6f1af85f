/** When the next file is begun: tshark's `-b`, and tcpdump's `-C`, `-W` and `-G`. */
import { type Command, Option } from 'commander';
import type { Rotation } from '../../../capture/write/writer.ts';
import { UsageError } from '../../errors.ts';
import { parseNumber } from '../../flag-values.ts';

export interface RotationFlags {
  ringBuffer?: Rotation;
  /** tcpdump's: millions of bytes, files, seconds. */
  C?: number;
  W?: number;
  G?: number;
}

export function withRotation(command: Command): Command {
  return command
    .option(
      '-b, --ring-buffer <limit>',
      'with -w: start the next file after filesize:KB, duration:SECONDS or packets:N; files:N keeps the last N',
      parseRotation,
    )
    .addOption(new Option('-C <size>').hideHelp().argParser(parseNumber('-C', 1, 9_000_000)))
    .addOption(new Option('-W <files>').hideHelp().argParser(parseNumber('-W', 1)))
    .addOption(new Option('-G <seconds>').hideHelp().argParser(parseNumber('-G', 1, 2_147_483)));
}

/** @param write the file's name */
export function rotationOf(
  {
    ringBuffer,
    C: size,
    W: files,
    G: seconds,
  }: { [Flag in keyof RotationFlags]: RotationFlags[Flag] | undefined },
  write: string | undefined,
): Rotation | undefined {
  const tcpdumpFlag = size !== undefined ? '-C' : seconds !== undefined ? '-G' : undefined;
  if (tcpdumpFlag !== undefined && write === undefined) {
    throw new UsageError(`${tcpdumpFlag} starts one file after another; use it with -w FILE`);
  }
  if (seconds !== undefined && write !== undefined && /%[A-Za-z]/.test(write)) {
    throw new UsageError(
      `-G with -w ${write}: files are numbered and dated automatically (NAME_00001_20260131235959); leave out the % conversions`,
    );
  }
  if (files !== undefined && size === undefined) {
    throw new UsageError(
      '-W keeps the last files of -C; with -G alone it would end the capture: use -a duration:SECONDS for that, or -b files:N to keep the last N',
    );
  }
  const tcpdumps: Rotation = {
    ...(size !== undefined && { fileSize: size * 1_000_000 }),
    ...(files !== undefined && { files }),
    ...(seconds !== undefined && { duration: seconds * 1000 }),
  };
  const all = { ...ringBuffer, ...tcpdumps };
  return Object.keys(all).length === 0 ? undefined : all;
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
