/** Verdicts as Markdown (GitHub's dialect, GFM): for a pull request, or `$GITHUB_STEP_SUMMARY`. */
import { escapeControls } from '../text/printable.ts';
import { packetsText } from '../text/words.ts';
import type { CaptureReport } from './ci-reports.ts';
import { conclusion } from './report.ts';
import { MOST_ROWS } from './report-words.ts';
import { exchangesTable, expectationsTable, pingsTable, type ReportTable } from './tables.ts';
import type { Verdict } from './verdict.ts';

/** Mermaid's text, which GitHub draws. */
export interface ReportDiagrams {
  /** For each report some. */
  readonly each: readonly (readonly string[])[];
  /** Of what was seen in several captures, with what came of it in a line. */
  readonly together?: { readonly conclusion: string; readonly diagrams: readonly string[] } | undefined;
}

export function formatMarkdown(
  reports: readonly CaptureReport[],
  { each, together }: ReportDiagrams = { each: [] },
): string {
  const texts = reports.map((report, i) => reportText(report, each[i] ?? []));
  if (together !== undefined) {
    const { conclusion, diagrams } = together;
    const blocks = ['## The way of the pings', plain(conclusion), ...diagrams.map(fenced)];
    texts.push(`${blocks.join('\n\n')}\n`);
  }
  return texts.join('\n');
}

const fenced = (diagram: string) => `\`\`\`mermaid\n${diagram}\`\`\``;

function reportText({ capture, verdict, error }: CaptureReport, diagrams: readonly string[]): string {
  const blocks = [`## ${plain(capture)}: ${wordOf(verdict, error)}`];
  if (error !== undefined) blocks.push(`**${plain(error)}**`);
  if (verdict !== undefined) {
    blocks.push(plain(conclusion(verdict)), ...tableBlocks(expectationsTable(verdict)));
    blocks.push(...findingsBlock(verdict), ...tableBlocks(pingsTable(verdict, MOST_ROWS)));
    blocks.push(...tableBlocks(exchangesTable(verdict, MOST_ROWS)));
  }
  blocks.push(...diagrams.map(fenced));
  return `${blocks.join('\n\n')}\n`;
}

function wordOf(verdict: Verdict | undefined, error: string | undefined): string {
  return error !== undefined || verdict === undefined ? 'ERROR' : verdict.verdict.toUpperCase();
}

function findingsBlock({ findings }: Verdict): string[] {
  if (findings.length === 0) return [];
  const lines = findings.map(
    ({ severity, code, message, packets }) =>
      `- **${severity}** \`${code}\`${plain(packetsText(packets))}: ${plain(message)}`,
  );
  return [lines.join('\n')];
}

function tableBlocks({ columns, rows, more }: ReportTable): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.map(plain).join(' | ')} |`;
  const heads = [line(columns.map(({ head }) => head)), `|${columns.map(() => '---').join('|')}|`];
  return [[...heads, ...rows.map(line)].join('\n'), ...(more === '' ? [] : [more])];
}

/** Text that is no markup: CommonMark's backslash before each sign that could begin some (section 2.4), and no address to mention. */
function plain(text: string): string {
  return escapeControls(text)
    .replace(/[\\`*_{}[\]<>#|~!&$^]/g, (sign) => `\\${sign}`)
    .replace(/@/g, '@\u200b');
}
