/** A verdict in the forms that continuous integration reads: JUnit XML, TAP, GitHub's annotations. */

import type { Finding } from '../finding/finding.ts';
import { asciiJson, escapeControls, escapeControlsInLines } from '../text/printable.ts';
import { packetsText } from '../text/words.ts';
import { xml } from '../text/xml.ts';
import { exchangeSums } from './exchange-rows.ts';
import type { ExpectationPlace, VerdictExpectation } from './expectation.ts';
import type { Verdict } from './verdict.ts';

/** One capture, and its result: a verdict, a reason why there is none, or both if it broke off. */
export interface CaptureReport {
  /** What was read, for a name: a file's path, an interface. */
  readonly capture: string;
  /** Its path, if it is a file. */
  readonly file?: string | undefined;
  readonly verdict?: Verdict | undefined;
  /** Why it could not be read, or not to the end: one line. */
  readonly error?: string | undefined;
}

type TestCase = Pick<VerdictExpectation, 'name' | 'met' | 'expected' | 'received' | 'packets' | 'place'> & {
  /** Why it is met or not; for an error, why nothing could be found out. */
  readonly message: string;
  readonly isError?: true;
};

/** The expectations, or the default one, and an error that kept the run from completing. */
function testCases({ verdict, error }: CaptureReport): readonly TestCase[] {
  const cases: TestCase[] = verdict === undefined ? [] : [...verdict.expectations];
  if (verdict !== undefined && cases.length === 0) {
    const { begun, answered } = exchangeSums(verdict.exchanges ?? []);
    const isOnPings = verdict.basis === undefined;
    const expected = isOnPings
      ? 'at least one echo request, and every request answered'
      : 'every connection and query answered';
    const received = isOnPings
      ? `${verdict.answered} of ${verdict.requests} answered`
      : `${answered} of ${begun} answered`;
    cases.push({
      name: isOnPings ? 'every request answered' : expected,
      met: verdict.verdict === 'pass',
      expected,
      received,
      message: `expected ${expected}; received ${received}`,
      packets: [],
    });
  }
  if (error !== undefined) {
    const expected = verdict === undefined ? 'a verdict' : 'the capture read to the end';
    const packets: number[] = [];
    cases.push({
      name: COMPLETED,
      met: false,
      expected,
      received: error,
      message: error,
      packets,
      isError: true,
    });
  }
  return cases;
}

const COMPLETED = 'verification completed';

function findingText({ severity, code, message, packets }: Finding): string {
  return `${severity} ${code}${packetsText(packets)}: ${message}`;
}

/** JUnit XML: a suite for each capture, a test case for each expectation; findings are in `system-out`. */
export function formatJunit(reports: readonly CaptureReport[]): string {
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${countsText(reports.flatMap(testCases))}>`,
  ];
  for (const report of reports) {
    const { capture, verdict } = report;
    const cases = testCases(report);
    lines.push(`<testsuite name="tunnelscope verify ${xml(capture)}" ${countsText(cases)}>`);
    for (const { name, met, message, packets, place, isError } of cases) {
      const where = place === undefined ? '' : ` file="${xml(place.file)}" line="${place.line}"`;
      const open = `<testcase classname="${xml(capture)}" name="${xml(name)}"${where}`;
      const element = isError === true ? 'error' : 'failure';
      const type = isError === true ? 'carried out' : 'expectation';
      const body = `<${element} type="${type}" message="${xml(message)}">${xml(message + packetsText(packets))}</${element}>`;
      lines.push(met ? `${open}/>` : `${open}>${body}</testcase>`);
    }
    if (verdict !== undefined && verdict.findings.length > 0) {
      lines.push(`<system-out>${xml(verdict.findings.map(findingText).join('\n'))}</system-out>`);
    }
    lines.push('</testsuite>');
  }
  lines.push('</testsuites>', '');
  return lines.join('\n');
}

function countsText(cases: readonly TestCase[]): string {
  const errors = cases.filter(({ isError }) => isError === true).length;
  const unmet = cases.filter(({ met }) => !met).length;
  return `tests="${cases.length}" failures="${unmet - errors}" errors="${errors}" skipped="0"`;
}

/** Test Anything Protocol, version 14: a test point for each expectation; findings are comments. */
export function formatTap(reports: readonly CaptureReport[]): string {
  const [only] = reports;
  if (reports.length === 1 && only?.verdict === undefined) {
    return `TAP version 14\nBail out! ${plain(only?.error ?? '')}\n`;
  }
  const cases = reports.map(testCases);
  const lines = ['TAP version 14', `1..${cases.flat().length}`];
  let number = 0;
  for (const [i, { capture, verdict }] of reports.entries()) {
    const before = reports.length === 1 ? '' : `${capture}: `;
    for (const { name, met, expected, received, packets } of cases[i] as readonly TestCase[]) {
      lines.push(`${met ? 'ok' : 'not ok'} ${++number} - ${plain(before + name)}`);
      if (met) continue;
      // JSON's strings and lists are YAML's too.
      lines.push('  ---', `  expected: ${asciiJson(expected)}`, `  received: ${asciiJson(received)}`);
      lines.push(`  packets: ${asciiJson(packets)}`, '  ...');
    }
    for (const found of verdict?.findings ?? [])
      lines.push(`# ${escapeControls(before + findingText(found))}`);
  }
  return `${lines.join('\n')}\n`;
}

function plain(text: string): string {
  return escapeControls(text.replace(/\s+/g, ' ')).replace(/[\\#]/g, '\\$&');
}

const ANNOTATIONS = { error: 'error', warning: 'warning', info: 'notice' } as const;

/** Lines that GitHub's runner turns into annotations (workflow commands), at the unmet check or at the capture. */
export function formatGithub(reports: readonly CaptureReport[]): string {
  const data = (text: string) =>
    escapeControlsInLines(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const line = (kind: string, { file, line }: Partial<ExpectationPlace>, title: string, text: string) => {
    const where = [
      ...(file === undefined ? [] : [`file=${property(file)}`]),
      ...(line === undefined ? [] : [`line=${line}`]),
    ];
    return `::${kind} ${[...where, `title=${property(title)}`].join(',')}::${data(text)}\n`;
  };
  return reports
    .flatMap((report) => {
      const capture = report.file === undefined ? {} : { file: report.file };
      const unmet = testCases(report).filter(({ met }) => !met);
      return [
        ...unmet.map(({ name, message, packets, place }) =>
          line('error', place ?? capture, name, message + packetsText(packets)),
        ),
        ...(report.verdict?.findings ?? []).map(({ severity, code, message, packets }) =>
          line(ANNOTATIONS[severity], capture, code, message + packetsText(packets)),
        ),
      ];
    })
    .join('');
}
