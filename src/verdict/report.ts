/** The verdict for people: a table of paths, the findings in words, and one line that says pass or fail. */
import { styleText } from 'node:util';
import type { Tunnel } from '../exchange/tunnel.ts';
import { identifierText, tunnelLine, tunnelName } from '../exchange/tunnel-words.ts';
import { type Finding, factOf, type Severity } from '../finding/finding.ts';
import { type AddressNames, explainedEnds } from '../packet/address-names.ts';
import { counted, packetsText, wrap } from '../text/words.ts';
import { encryptedLines } from './encrypted-report.ts';
import { conclusionOnExchanges, exchangeLines } from './exchange-report.ts';
import type { VerdictExpectation } from './expectation.ts';
import { MOST_ROWS, namedHops, type Paint, type Style, timesText } from './report-words.ts';
import type { Verdict, VerdictPath } from './verdict.ts';

export interface ReportOptions {
  /** Columns of the terminal; default 80. */
  readonly width?: number;
  readonly color?: boolean;
  /** Whether expectations are judged elsewhere: they are left out, and the last line does not say pass or fail. */
  readonly isEvidence?: boolean;
}

const NARROWEST = 60;
/** Findings past these are only counted: `-T json` has them all. */
const MOST_FINDINGS = 24;

const NUMBERS = [
  ['requests', 9],
  ['answered', 9],
  ['lost', 6],
] as const;
const TIMES = 'rtt min/avg/max ms';
const RIGHT = NUMBERS.reduce((sum, [, width]) => sum + width, 0) + 2 + 20;

const SEVERITY_STYLES: Readonly<Record<Severity, Style>> = {
  error: 'red',
  warning: 'yellow',
  info: 'cyan',
};
const FINDING_INDENT = 9;

/** @returns lines, each ended by a newline */
export function formatReport(verdict: Verdict, options: ReportOptions = {}): string {
  const width = Math.max(options.width ?? 80, NARROWEST);
  const paint: Paint = (style, text) =>
    options.color === true ? styleText(style, text, { validateStream: false }) : text;
  const blocks = [
    pathLines(verdict, width, paint),
    exchangeLines(verdict.exchanges ?? [], width, paint),
    encryptedLines(verdict.encrypted ?? [], width, paint),
    options.isEvidence === true ? [] : expectationLines(verdict.expectations, width, paint),
    findingLines(verdict.findings, width, paint),
    options.isEvidence === true
      ? [figures(verdict)]
      : wrap(conclusion(verdict), width, 6).map((line) =>
          paint(['bold', verdict.verdict === 'pass' ? 'green' : 'red'], line),
        ),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function pathLines({ paths, names = [] }: Verdict, width: number, paint: Paint): string[] {
  if (paths.length === 0) return [];
  const known = new Map(names.map((one) => [one.address, one]));
  const left = width - RIGHT;
  const head = NUMBERS.map(([name, columns]) => name.padStart(columns)).join('');
  const lines = [paint('dim', `${'path'.padEnd(left)}${head}  ${TIMES}`)];
  for (const path of paths.slice(0, MOST_ROWS)) {
    const described = describePath(path, known).flatMap((part) => wrap(part, width, 4));
    // Long addresses (IPv6) leave no room beside them: the numbers then go on the first line that has room.
    let at = described.findIndex((line) => line.length < left);
    if (at < 0) at = described.push('') - 1;
    described[at] = `${described[at]?.padEnd(left)}${numbersText(path, paint)}`;
    lines.push(...described, ...hopLines(path, left, paint));
  }
  if (paths.length > MOST_ROWS) lines.push(`and ${paths.length - MOST_ROWS} more paths: -T json lists all`);
  return lines;
}

function numbersText(of: Pick<VerdictPath, 'requests' | 'answered' | 'rtt'>, paint: Paint): string {
  const lost = of.requests - of.answered;
  const counts = [of.requests, of.answered, lost];
  const numbers = NUMBERS.map(([name, columns], i) => {
    const text = String(counts[i]).padStart(columns);
    return name === 'lost' && lost > 0 ? paint('red', text) : text;
  });
  return `${numbers.join('')}  ${timesText(of.rtt)}`;
}

/** Of a traceroute, a line for each router. */
function hopLines({ hops = [] }: VerdictPath, left: number, paint: Paint): string[] {
  return namedHops(hops).flatMap(([name, hop]) => {
    const numbers = numbersText(hop, paint);
    return name.length < left ? [`${name.padEnd(left)}${numbers}`] : [name, `${' '.repeat(left)}${numbers}`];
  });
}

/** The inner end points first, then the tunnels around them, outermost first. */
function describePath({ inner, ident, tunnels, duplicates }: VerdictPath, names: AddressNames): string[] {
  const lines = [`${inner.src} → ${inner.dst} id ${ident}`];
  const ends = explainedEnds(names, inner.src, inner.dst);
  if (ends !== undefined) lines.push(`  ${ends}`);
  if (tunnels.length === 0) lines.push('  no tunnel seen');
  for (const tunnel of tunnels) lines.push(`  ${tunnelLine(tunnel)}`);
  if (duplicates > 0) lines.push(`  ${counted(duplicates, 'duplicate reply', 'duplicate replies')}`);
  return lines;
}

/** "through tunpi over UDP 9000": which tunnels the pings of some paths went through, in a few words; empty without paths. */
export function throughText(paths: readonly VerdictPath[]): string {
  const names = new Set(paths.map(({ tunnels }) => tunnels.map(shortTunnel).reverse().join(' in ')));
  const isOutside = names.delete('');
  const [name] = names;
  if (name === undefined) return isOutside ? 'outside any tunnel' : '';
  const through = `through ${names.size === 1 ? name : `${names.size} tunnels`}`;
  return isOutside ? `${through} and outside` : through;
}

/** With what distinguishes it from others of its kind. */
function shortTunnel(tunnel: Tunnel): string {
  const { kind, dstport } = tunnel;
  if (identifierText(tunnel) !== undefined || dstport === undefined) return tunnelName(tunnel);
  return `${kind} over UDP ${dstport}`;
}

function expectationLines(
  expectations: readonly VerdictExpectation[],
  width: number,
  paint: Paint,
): string[] {
  const lines: string[] = [];
  for (const { name, met, expected, received, packets } of expectations) {
    const head = wrap(met ? `${name}: ${received}` : name + packetsText(packets), width - FINDING_INDENT, 0);
    lines.push(`${paint(met ? 'green' : 'red', (met ? 'met' : 'unmet').padEnd(FINDING_INDENT))}${head[0]}`);
    const rest = met
      ? []
      : [
          ...wrap(`expected ${expected}`, width - FINDING_INDENT, 2),
          ...wrap(`received ${received}`, width - FINDING_INDENT, 2),
        ];
    for (const line of [...head.slice(1), ...rest]) lines.push(' '.repeat(FINDING_INDENT) + line);
  }
  return lines;
}

function findingLines(findings: readonly Finding[], width: number, paint: Paint): string[] {
  const lines: string[] = [];
  for (const { code, severity, message, packets } of findings.slice(0, MOST_FINDINGS)) {
    const indent = ' '.repeat(FINDING_INDENT);
    const head = wrap(code + packetsText(packets), width - FINDING_INDENT, 0);
    lines.push(`${paint(SEVERITY_STYLES[severity], severity.padEnd(FINDING_INDENT))}${head[0]}`);
    for (const line of head.slice(1)) lines.push(indent + line);
    for (const line of wrap(message, width - FINDING_INDENT, 0)) lines.push(indent + line);
  }
  if (findings.length > MOST_FINDINGS) {
    lines.push(`and ${findings.length - MOST_FINDINGS} more findings: -T json lists all`);
  }
  return lines;
}

/** Pass or fail in a line, and the figures for it. */
export function conclusion(verdict: Verdict): string {
  const { requests, answered, unanswered, duplicates, rtt, capture, expectations } = verdict;
  const word = verdict.verdict === 'pass' ? 'PASS' : 'FAIL';
  const met = expectations.filter((expectation) => expectation.met).length;
  const parts =
    expectations.length === 0 ? [] : [`${met} of ${counted(expectations.length, 'expectation')} met`];
  if (verdict.basis !== undefined) parts.push(conclusionOnExchanges(verdict));
  else if (requests === 0) parts.push(`no echo request in ${counted(capture.packets, 'packet')}`);
  else parts.push(`${answered} of ${counted(requests, 'request')} answered`);
  if (unanswered > 0) parts.push(`${unanswered} lost`);
  if (duplicates > 0) parts.push(counted(duplicates, 'duplicate'));
  if (verdict.verdict === 'pass' && rtt !== null) parts.push(`rtt ${timesText(rtt)} ms`);
  return `${word}  ${parts.join(', ')}${reasonOf(verdict)}`;
}

/** The same figures, when somebody else has said whether they are good. */
function figures(verdict: Verdict): string {
  return conclusion({ ...verdict, verdict: 'pass' }).replace(/^PASS {2}/, '');
}

/** Why it is not a pass, in a few words, to end the line: the first unmet expectation, or the first finding's fact. */
function reasonOf({ verdict, requests, expectations, findings }: Verdict): string {
  if (verdict === 'pass') return '';
  const unmet = expectations.find(({ met }) => !met);
  if (unmet !== undefined) return `: expected ${unmet.expected}`;
  const [first] = findings;
  // Without a request, the line says so itself.
  if (
    first === undefined ||
    first.severity === 'info' ||
    (requests === 0 && first.code === 'no-echo-request')
  )
    return '';
  return `: ${factOf(first)}`;
}
