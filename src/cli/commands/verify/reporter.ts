/** Prints verdicts, and writes them as JUnit XML where that is asked for. */
import { asciiJson } from '../../../text/printable.ts';
import type { CaptureReport } from '../../../verdict/ci-reports.ts';
import { formatReport } from '../../../verdict/report.ts';
import { isTerminal } from '../../is-terminal.ts';
import { writeText } from '../../standard-output.ts';
import { surveyHost } from '../../survey-host.ts';
import type { Again } from './verify-pictures.ts';

export type VerdictFormat = 'table' | 'json' | 'tap' | 'github' | 'markdown';

export interface ReportOptions {
  format?: VerdictFormat;
  /** Each ping as it happens, a JSON object a line, and the verdict as the last. */
  jsonLines?: boolean;
  /** Also as JUnit XML, in this file. */
  junit?: string;
  /** Also as a page, and round trips as a picture, in these files. */
  html?: string;
  svg?: string;
}

/**
 * What prints and writes reports, loaded before root is given up.
 *
 * @param isLive whether this machine is captured on
 */
export async function createReporter(
  { format, jsonLines, junit, html, svg }: ReportOptions,
  isLive: boolean,
) {
  const isReport = junit !== undefined || format === 'tap' || format === 'github';
  const files = isReport ? await import('./verify-reports.ts') : undefined;
  const reports = isReport ? await import('../../../verdict/ci-reports.ts') : undefined;
  const markdown = format === 'markdown' ? await import('../../../verdict/markdown.ts') : undefined;
  const hasWays = html !== undefined || markdown !== undefined;
  const drawer = hasWays || svg !== undefined ? await import('./verify-pictures.ts') : undefined;
  const host = html !== undefined && isLive ? await surveyHost() : undefined;
  const pictures = drawer?.openVerifyPictures({ html, svg }, host);
  // One of them takes standard output for itself.
  const isSilent = html === '-' || svg === '-';
  const terminal = isTerminal(1);
  const look = terminal ? { width: process.stdout.columns, color: process.stdout.hasColors() } : {};

  function printOne({ capture, verdict }: CaptureReport, isOnly: boolean): void {
    if (verdict === undefined) return;
    if (jsonLines === true) writeText(`${asciiJson({ event: 'verdict', ...verdict })}\n`);
    else if (format === 'json') writeText(`${asciiJson(isOnly ? verdict : { file: capture, ...verdict })}\n`);
    else writeText(`${isOnly ? '' : `${capture}\n\n`}${formatReport(verdict, look)}${isOnly ? '' : '\n'}`);
  }

  return {
    /** Before anything is read. */
    begin(capture: string) {
      if (junit !== undefined) files?.beginJunit(junit, capture);
    },
    /** What gathers the pings of the next capture for its pictures; undefined if there are none to be drawn. */
    recorder: (capture: number) => pictures?.begin?.(capture),
    /** Takes the way of a capture's pings; undefined where nobody wants it. */
    path: hasWays ? pictures?.path : undefined,
    /** @param again what was read, and how */
    async end(results: readonly CaptureReport[], again: Again) {
      if (junit !== undefined) files?.writeJunit(junit, results);
      const diagrams = await pictures?.end(results, again);
      if (isSilent) return;
      if (markdown !== undefined) {
        return writeText(markdown.formatMarkdown(results, diagrams));
      }
      if (format === 'tap' && reports !== undefined) return writeText(reports.formatTap(results));
      // GitHub's runner shows what is no annotation as it is.
      if (format === 'github' && reports !== undefined) writeText(reports.formatGithub(results));
      for (const one of results) printOne(one, results.length === 1);
      if (results.length === 1 || format === 'json') return;
      const passed = results.filter(
        ({ verdict, error }) => verdict?.verdict === 'pass' && error === undefined,
      );
      const word = passed.length === results.length ? 'PASS' : 'FAIL';
      writeText(`${word}  ${passed.length} of ${results.length} captures\n`);
    },
  };
}
