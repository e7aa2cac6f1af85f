/** What `verify` writes besides its table: reports for continuous integration, also of runs that came to nothing. */
import { statSync } from 'node:fs';
import { openOutputFile } from '../../../capture/write/output-file.ts';
import { type CaptureReport, formatGithub, formatJunit, formatTap } from '../../../verdict/ci-reports.ts';
import { errorText } from '../../errors.ts';
import { CAPTURE_FILE_NAME } from '../../input.ts';
import { isSameFile } from '../../input-kept.ts';
import { writeText } from '../../standard-output.ts';

/** @throws {CaptureError} if it can't be written to */
export function writeJunit(path: string, reports: readonly CaptureReport[]): void {
  const file = openOutputFile(path, false);
  file.write(Buffer.from(formatJunit(reports)));
  file.finish();
}

/**
 * Puts a report in place of an earlier run's that says there is no verdict yet, so that whatever ends this run leaves no other
 * one's. Where that can't be written, it is known before anything is captured.
 *
 * @throws {CaptureError} if it can't be written to
 */
export function beginJunit(path: string, capture: string): void {
  // To a pipe or a device nothing can be written twice.
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) return;
  writeJunit(path, [{ capture, error: 'the run was interrupted before its verdict' }]);
}

/**
 * Tells of a run that came to nothing in the reports that its words ask for. The words are looked through by hand, as they may be what
 * was not understood.
 *
 * @param argv the words after `node script`
 */
export function reportFailure(argv: readonly string[], failure: unknown): void {
  const error = errorText(failure);
  const file = flagValue(argv, ['-r', '--read']) ?? argv.find((word) => CAPTURE_FILE_NAME.test(word));
  const reports = [{ capture: file ?? flagValue(argv, ['-i', '--interface']) ?? 'no capture', file, error }];
  const junit = flagValue(argv, ['--junit']);
  try {
    if (junit !== undefined && !isRead(junit, argv)) writeJunit(junit, reports);
    const format = flagValue(argv, ['-T', '--format']);
    if (format === 'tap') writeText(formatTap(reports));
    if (format === 'github') writeText(formatGithub(reports));
  } catch {
    // That the report can't be written either does not matter beside the failure, which is told on standard error.
  }
}

/** Whether another of the words names the same file: it may be what is read, and is left as it is. */
function isRead(junit: string, argv: readonly string[]): boolean {
  return argv.some((word, i) => {
    if (word.startsWith('--junit') || argv[i - 1] === '--junit') return false;
    return isSameFile(junit, word) || isSameFile(junit, word.replace(/^(--[^=]*=|-[^-])/, ''));
  });
}

function flagValue(argv: readonly string[], flags: readonly string[]): string | undefined {
  for (const [i, word] of argv.entries()) {
    if (flags.includes(word)) return argv[i + 1];
    const flag = flags.find((one) => word.startsWith(one.startsWith('--') ? `${one}=` : one));
    if (flag !== undefined) return word.slice(flag.length + (flag.startsWith('--') ? 1 : 0));
  }
  return undefined;
}
