/** Verdicts as Markdown (GitHub's dialect, GFM): for a pull request, or `$GITHUB_STEP_SUMMARY`. */
import { tunnelsCell } from '../exchange/tunnel-words.ts';
import { escapeControls } from '../text/printable.ts';
import { counted, packetsText } from '../text/words.ts';
import type { CaptureReport } from './ci-reports.ts';
import { conclusion } from './report.ts';
import { MOST_ROWS, timesText } from './report-words.ts';
import type { Verdict } from './verdict.ts';

/** @param diagrams Mermaid's text, for each report some; GitHub draws it */
export function formatMarkdown(
  reports: readonly CaptureReport[],
  diagrams: readonly (readonly string[])[] = [],
): string {
  return reports.map((report, i) => reportText(report, diagrams[i] ?? [])).join('\n');
}

function reportText({ capture, verdict, error }: CaptureReport, diagrams: readonly string[]): string {
  const blocks = [`## ${plain(capture)}: ${wordOf(verdict, error)}`];
  if (error !== undefined) blocks.push(`**${plain(error)}**`);
  if (verdict !== undefined) {
    blocks.push(plain(conclusion(verdict)), ...expectationsBlock(verdict), ...findingsBlock(verdict));
    blocks.push(...pingsBlock(verdict), ...exchangesBlock(verdict));
  }
  blocks.push(...diagrams.map((text) => `\`\`\`mermaid\n${text}\`\`\``));
  return `${blocks.join('\n\n')}\n`;
}

function wordOf(verdict: Verdict | undefined, error: string | undefined): string {
  return error !== undefined || verdict === undefined ? 'ERROR' : verdict.verdict.toUpperCase();
}

function expectationsBlock({ expectations }: Verdict): string[] {
  if (expectations.length === 0) return [];
  return [
    table(
      ['', 'expectation', 'expected', 'received'],
      expectations.map(({ met, name, expected, received }) => [
        met ? 'met' : 'unmet',
        name,
        expected,
        received,
      ]),
    ),
  ];
}

function findingsBlock({ findings }: Verdict): string[] {
  if (findings.length === 0) return [];
  const lines = findings.map(
    ({ severity, code, message, packets }) =>
      `- **${severity}** \`${code}\`${plain(packetsText(packets))}: ${plain(message)}`,
  );
  return [lines.join('\n')];
}

function pingsBlock({ paths }: Verdict): string[] {
  if (paths.length === 0) return [];
  const rows = paths
    .slice(0, MOST_ROWS)
    .map(({ inner, ident, tunnels, requests, answered, unanswered, rtt }) => [
      `${inner.src} → ${inner.dst} id ${ident}`,
      tunnelsCell(tunnels) || 'no tunnel seen',
      ...[requests, answered, unanswered].map(String),
      timesText(rtt),
    ]);
  const heads = ['path', 'tunnels, outermost first', 'requests', 'answered', 'lost', 'rtt min/avg/max ms'];
  return [table(heads, rows), ...more(paths.length, 'path')];
}

function exchangesBlock({ exchanges = [] }: Verdict): string[] {
  if (exchanges.length === 0) return [];
  const rows = exchanges
    .slice(0, MOST_ROWS)
    .map(({ kind, port, inner, tunnels, begun, answered, refused, unanswered, sentAgain, time }) => [
      `${kind} ${port}`,
      `${inner.src} → ${inner.dst}`,
      tunnelsCell(tunnels) || 'no tunnel seen',
      ...[begun, answered, refused, unanswered, sentAgain].map(String),
      timesText(time),
    ]);
  const heads = [
    'kind',
    'path',
    'tunnels, outermost first',
    'begun',
    'answered',
    'refused',
    'lost',
    'sent again',
  ];
  return [table([...heads, 'min/avg/max ms'], rows), ...more(exchanges.length, 'row')];
}

function more(count: number, what: string): string[] {
  return count > MOST_ROWS ? [`and ${counted(count - MOST_ROWS, `more ${what}`)}`] : [];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(plain).join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** Text that is no markup: CommonMark's backslash before each sign that could begin some (section 2.4), and no address to mention. */
function plain(text: string): string {
  return escapeControls(text)
    .replace(/[\\`*_{}[\]<>#|~!&$^]/g, (sign) => `\\${sign}`)
    .replace(/@/g, '@\u200b');
}
