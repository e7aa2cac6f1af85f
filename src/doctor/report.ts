/** An examination for people, for scripts, and for continuous integration. */
import { styleText } from 'node:util';
import type { HostFacts } from '../host/facts/facts.ts';
import { asciiJson, escapeControls } from '../text/printable.ts';
import { counted, wrap } from '../text/words.ts';
import { xml } from '../text/xml.ts';
import { CHECKS, type CheckName } from './checks.ts';
import type { Examination } from './examine.ts';
import type { Problem, Severity } from './problem.ts';

export interface ReportOptions {
  /** Columns of the terminal; 80 where not given. */
  readonly width?: number | undefined;
  readonly color?: boolean;
}

const NARROWEST = 60;
const INDENT = 9;
/** Problems past these are only counted: `-T json` has them all. */
const MOST_PROBLEMS = 40;
const CONCERNS_SHOWN = 3;
const STYLES = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

const names = Object.keys(CHECKS) as CheckName[];

export function hasErrors({ problems }: Examination): boolean {
  return problems.some(({ severity }) => severity === 'error');
}

/** @returns lines, each ended by a newline */
export function formatTable(examination: Examination, options: ReportOptions = {}): string {
  const width = Math.max(options.width ?? 80, NARROWEST);
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    options.color === true ? styleText(style, text, { validateStream: false }) : text;
  const room = width - INDENT;
  const lines: string[] = [];
  for (const one of examination.problems.slice(0, MOST_PROBLEMS)) {
    const [first = '', ...more] = wrap(escapeControls(`${one.check}  ${placeOf(one)}`), room, 0);
    lines.push(paint(STYLES[one.severity], one.severity.padEnd(INDENT)) + paint('bold', first));
    const words = [
      ...more,
      ...wrap(escapeControls(`${one.seen}: ${one.wrong}`), room, 0),
      ...wrap(escapeControls(concernsText(one)), room, 2).filter((text) => text !== ''),
      // A command stays in one line, so that it can be copied.
      ...one.fix.map((command) => `$ ${escapeControls(command)}`),
      ...(one.advice === undefined ? [] : wrap(escapeControls(one.advice), room, 0)),
      paint('dim', `lesson: tunnelscope lab lesson ${CHECKS[one.check].lesson}`),
    ];
    for (const text of words) lines.push(' '.repeat(INDENT) + text);
    lines.push('');
  }
  const rest = examination.problems.length - MOST_PROBLEMS;
  if (rest > 0) lines.push(`and ${rest} more problems: -T json lists all`, '');
  const style = hasErrors(examination) ? 'red' : 'green';
  lines.push(
    ...wrap(escapeControls(conclusion(examination)), width, 6).map((line) => paint(['bold', style], line)),
  );
  return lines.map((line) => `${line}\n`).join('');
}

function placeOf({ namespace, device }: Problem): string {
  return device === undefined ? namespace : `${namespace} ${device}`;
}

function concernsText({ concerns = [] }: Problem): string {
  const rest = concerns.length - CONCERNS_SHOWN;
  const more = rest > 0 ? `, and ${rest} more` : '';
  return concerns.length === 0 ? '' : `stopped: ${concerns.slice(0, CONCERNS_SHOWN).join(', ')}${more}`;
}

/** `FAIL  1 error, 2 warnings; 30 checks of 2 tunnels and 4 containers in 7 network namespaces`. */
function conclusion(examination: Examination): string {
  const { problems, tunnels, containers, namespaces, hosts } = examination;
  const count = (wanted: Severity) => problems.filter(({ severity }) => severity === wanted).length;
  const found = [
    counted(count('error'), 'error'),
    counted(count('warning'), 'warning'),
    ...(count('info') === 0 ? [] : [`${count('info')} unknown`]),
  ];
  const of = hosts.length > 1 ? ` of ${hosts.length} hosts` : '';
  const looked = `${counted(names.length, 'check')} of ${counted(tunnels, 'tunnel')} and ${counted(containers, 'container')} in ${counted(namespaces, 'network namespace')}${of}`;
  return `${hasErrors(examination) ? 'FAIL' : 'PASS'}  ${found.join(', ')}; ${looked}`;
}

/** One object, in printable ASCII. @param facts taken along for `--from`, where one host was asked */
export function formatJson(examination: Examination, facts?: HostFacts): string {
  const { problems, ...rest } = examination;
  const checks = names.map((name) => ({
    name,
    ...CHECKS[name],
    problems: problems.filter(({ check }) => check === name).map(({ check, ...one }) => one),
  }));
  const verdict = hasErrors(examination) ? 'fail' : 'pass';
  return `${asciiJson({ verdict, ...rest, checks, ...(facts !== undefined && { facts }) })}\n`;
}

/** JUnit XML: a test case for each check, which fails by its errors; warnings and what is not known stand in `system-out`. */
export function formatJunit(outcome: Examination | { readonly error: string }): string {
  const cases =
    'error' in outcome ? [errorCase(outcome.error)] : names.map((name) => checkCase(name, outcome));
  const failures = cases.filter(({ kind }) => kind === 'failure').length;
  const errors = cases.filter(({ kind }) => kind === 'error').length;
  const counts = `tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="0"`;
  const others = 'error' in outcome ? [] : outcome.problems.filter(({ severity }) => severity !== 'error');
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `<testsuite name="tunnelscope doctor" ${counts}>`,
    ...cases.map(({ text }) => text),
    ...(others.length === 0 ? [] : [`<system-out>${xml(others.map(problemText).join('\n'))}</system-out>`]),
    '</testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

interface TestCase {
  readonly text: string;
  readonly kind: 'met' | 'failure' | 'error';
}

function checkCase(name: CheckName, { problems }: Examination): TestCase {
  const errors = problems.filter(({ check, severity }) => check === name && severity === 'error');
  const open = `<testcase classname="tunnelscope doctor" name="${xml(name)}"`;
  const [first] = errors;
  if (first === undefined) return { text: `${open}/>`, kind: 'met' };
  const body = xml(
    errors
      .map((one) =>
        [problemText(one), ...one.fix, ...(one.advice === undefined ? [] : [one.advice])].join('\n'),
      )
      .join('\n'),
  );
  return {
    text: `${open}><failure type="${xml(name)}" message="${xml(first.seen)}">${body}</failure></testcase>`,
    kind: 'failure',
  };
}

function errorCase(error: string): TestCase {
  const body = `<error type="carried out" message="${xml(error)}">${xml(error)}</error>`;
  return {
    text: `<testcase classname="tunnelscope doctor" name="carried out">${body}</testcase>`,
    kind: 'error',
  };
}

function problemText(one: Problem): string {
  const concerns = concernsText(one);
  return `${one.severity} ${one.check} (${placeOf(one)}): ${one.seen}: ${one.wrong}${concerns === '' ? '' : `; ${concerns}`}`;
}
