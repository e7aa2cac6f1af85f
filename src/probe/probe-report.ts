/** A probe's result for people, and as JUnit XML. */
import type { Problem } from '../doctor/problem.ts';
import { formatPathReport } from '../path/path-report.ts';
import { escapeControlsInLines } from '../text/printable.ts';
import { counted, wrap } from '../text/words.ts';
import { xml } from '../text/xml.ts';
import { headersOf, type PingOutcome } from './pings.ts';
import { type ProbeResult, shortPath } from './probe-result.ts';

const MOST_PROBLEMS = 4;

/** @returns lines, each ended by a newline */
export function formatProbe(result: ProbeResult, width: number): string {
  const { path, address, checks, verdict, conclusion } = result;
  const blocks: string[][] = [sizeLines(result)];
  const short = shortPath(path, address);
  if (short.rows.length > 0) {
    // Its last paragraph is a verdict on all pings, lost ones among them on purpose.
    blocks.push(
      formatPathReport(short, { width }).trimEnd().split('\n\n').slice(0, -1).join('\n\n').split('\n'),
    );
  }
  blocks.push(
    checks.flatMap(({ name, met, expected, received, why }) => [
      ...wrap(
        `${met ? 'ok' : 'FAIL'}  ${name}: ${met ? received : `expected ${expected}; received ${received}`}`,
        width,
        6,
      ),
      ...(met || why === undefined ? [] : wrap(`      ${why}`, width, 6)),
    ]),
  );
  const found = worthTelling(result);
  if (found.length > 0) {
    blocks.push(
      found.flatMap(({ severity, namespace, device = '', seen, wrong, fix, advice }) => [
        ...wrap(`doctor: ${severity}: ${[namespace, device].join(' ').trim()}: ${seen}: ${wrong}`, width, 2),
        ...fix.map((command) => `  ${command}`),
        ...(advice === undefined ? [] : wrap(`  ${advice}`, width, 2)),
      ]),
    );
  }
  blocks.push(wrap(`${verdict === 'pass' ? 'PASS' : 'FAIL'}  ${conclusion}`, width, 6));
  // What ping and bash say at an end elsewhere is that host's to choose.
  return escapeControlsInLines(`${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`);
}

/** Of what doctor found: errors, or else warnings, where something did not pass. */
function worthTelling({ problems, largest, limit, verdict }: ProbeResult): readonly Problem[] {
  if (verdict === 'pass' && largest === limit) return [];
  const errors = problems.filter(({ severity }) => severity === 'error');
  const warnings = problems.filter(({ severity }) => severity === 'warning');
  return (verdict === 'fail' && errors.length > 0 ? errors : warnings).slice(0, MOST_PROBLEMS);
}

function sizeLines({ pings, address }: ProbeResult): string[] {
  const lines = ['bytes  ping -s  DF   answered'];
  for (const { size, df, sent, answered, toldMtu, error } of pings) {
    const data = size - headersOf(address);
    const news = toldMtu !== undefined ? `refused, MTU ${toldMtu}` : (error ?? '');
    const line = `${String(size).padStart(5)}  ${String(data).padStart(7)}  ${df ? 'yes' : 'no '}  ${answered} of ${sent}  ${news}`;
    lines.push(line.trimEnd());
  }
  return lines;
}

export function sentText(pings: readonly PingOutcome[]): string {
  return counted(
    pings.reduce((sum, { sent }) => sum + sent, 0),
    'ping',
  );
}

/** A test case for each check. @param outcome a result, or why there is none */
export function formatProbeJunit(
  outcome: ProbeResult | { readonly name: string; readonly error: string },
): string {
  const isError = 'error' in outcome;
  const name = isError ? outcome.name : `${outcome.from} to ${outcome.to}`;
  const checks = isError ? [] : outcome.checks;
  const failures = checks.filter(({ met }) => !met).length;
  const counts = `tests="${isError ? 1 : checks.length}" failures="${failures}" errors="${isError ? 1 : 0}" skipped="0"`;
  const cases = isError
    ? [
        `<testcase classname="${xml(name)}" name="probe completed"><error type="carried out" message="${xml(outcome.error)}"/></testcase>`,
      ]
    : checks.map(({ name: check, met, expected, received, why = '' }) => {
        const open = `<testcase classname="${xml(name)}" name="${check}"`;
        const message = `expected ${expected}; received ${received}`;
        return met
          ? `${open}/>`
          : `${open}><failure type="expectation" message="${xml(message)}">${xml(why === '' ? message : `${message}\n${why}`)}</failure></testcase>`;
      });
  const said = isError ? [] : [`<system-out>${xml(outcome.conclusion)}</system-out>`];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `<testsuite name="tunnelscope probe ${xml(name)}" ${counts}>`,
    ...[...cases, ...said],
    '</testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
