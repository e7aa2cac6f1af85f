/** A verdict as one page: what was decided and why, findings with advice, tables, pictures, and the packets concerned. */

import { heading, type Level, page, wide, wideTable } from '../drawing/page.ts';
import { type Drawing, svgElement } from '../drawing/svg.ts';
import { boxesFigure, tunnelMarkup } from '../explain/html.ts';
import type { Lesson } from '../explain/lesson.ts';
import type { Finding } from '../finding/finding.ts';
import { type Markup, markup } from '../text/markup.ts';
import { counted } from '../text/words.ts';
import { conclusion } from '../verdict/report.ts';
import { timesText } from '../verdict/report-words.ts';
import { exchangesTable, expectationsTable, pingsTable, type ReportTable } from '../verdict/tables.ts';
import type { Verdict } from '../verdict/verdict.ts';
import type { RoundTrips } from './round-trips.ts';
import { type Mark, roundTripsDrawing } from './round-trips-svg.ts';
import { conclusionMarkup, type ShownWay, wayMarkup } from './shown-way.ts';

/** What a page says of one capture. */
export interface VerifyPart {
  readonly capture: string;
  readonly verdict?: Verdict | undefined;
  /** Why there is none, or why it is not of the whole capture. */
  readonly error?: string | undefined;
  readonly roundTrips?: RoundTrips | undefined;
  /** The way of its pings, where it has several points and is not told of all captures together. */
  readonly way?: ShownWay | undefined;
  /** The packets that findings name, as far as they can be shown. */
  readonly packets: readonly ShownPacket[];
  /** Why packets can't be shown; empty where they can. */
  readonly packetsNote: string;
}

export interface ShownPacket {
  readonly number: number;
  /** Seconds since 1970. */
  readonly time: number;
  readonly lesson: Lesson;
  /** The captured bytes. */
  readonly bytes: Uint8Array;
}

const MOST_ROWS = 200;

/** Why a ladder's round trip is longer than the same ping's in the table. */
const TWO_TIMES =
  'A time beside the arrows is the round trip at the ping’s first point; the table and the plot have that in the tunnel, if the ping was seen in one.';

/** @param together the way of pings that were seen in several of the captures */
export function verifyPage(parts: readonly VerifyPart[], together?: ShownWay): string {
  const [first] = parts;
  const isOne = parts.length === 1;
  const title = isOne ? (first?.capture ?? '') : counted(parts.length, 'capture');
  const way =
    together === undefined
      ? markup``
      : markup`${wayMarkup(together, 'h2')}${conclusionMarkup(together.view)}`;
  const all = isOne ? markup`` : markup`${overview(parts)}${way}${tripsMarkup(parts)}`;
  return page(
    `tunnelscope: ${title}`,
    markup`<h1>Were the pings answered? ${title}</h1>
${all}${parts.map((part, i) => partMarkup(part, i, !isOne))}`,
  );
}

/** The captures' round trips on one scale, with what was found. */
export function roundTripsOf(parts: readonly VerifyPart[]): Drawing {
  return roundTripsDrawing(
    parts.flatMap((part) => {
      const { capture, roundTrips } = part;
      if (roundTrips === undefined) return [];
      return [{ roundTrips, marks: marksOf(part), name: parts.length === 1 ? '' : capture }];
    }),
  );
}

/** The captures beside each other: before, and after. */
function overview(parts: readonly VerifyPart[]): Markup {
  return wideTable(
    'Captures',
    ['verdict', 'capture', 'requests', 'answered', 'lost', 'rtt min/avg/max ms'],
    parts.map((part, i) => {
      const { capture, verdict } = part;
      const link = markup`<td>${word(part)}</td><td><a href="#c${i}">${capture}</a></td>`;
      if (verdict === undefined)
        return markup`<tr>${link}<td colspan="4"></td></tr>
`;
      const { requests, answered, unanswered, rtt } = verdict;
      return markup`<tr>${link}<td class="n">${requests}</td><td class="n">${answered}</td><td class="n${unanswered > 0 ? ' bad' : ''}">${unanswered}</td><td>${timesText(rtt)}</td></tr>
`;
    }),
  );
}

function tripsMarkup(parts: readonly VerifyPart[], level: Level = 'h2'): Markup {
  if (parts.every(({ roundTrips }) => (roundTrips?.rows.length ?? 0) === 0)) return markup``;
  return markup`${heading(level, 'Round trips over time')}${wide('Round trips over time', svgElement(roundTripsOf(parts)))}`;
}

function word({ verdict, error }: VerifyPart): Markup {
  if (error !== undefined || verdict === undefined) return markup`<span class="bad">ERROR</span>`;
  return verdict.verdict === 'pass'
    ? markup`<span class="ok">PASS</span>`
    : markup`<span class="bad">FAIL</span>`;
}

function partMarkup(part: VerifyPart, number: number, isOneOfMany: boolean): Markup {
  const { verdict, error, capture, way, packets, packetsNote } = part;
  const level = isOneOfMany ? 'h3' : 'h2';
  const told =
    verdict === undefined
      ? markup``
      : markup`<p>${word(part)} ${conclusion(verdict).slice(6)}</p>
${tableMarkup('Expectations', expectationsTable(verdict), level)}${findingsMarkup(verdict.findings, number, packets, level)}${tableMarkup('Pings', pingsTable(verdict, MOST_ROWS), level)}${tableMarkup('Connections and queries', exchangesTable(verdict, MOST_ROWS), level)}`;
  const why = packetsNote === '' ? markup`` : softLine(packetsNote);
  const shown =
    packets.length === 0 && packetsNote === ''
      ? markup``
      : markup`${heading(level, 'Packets that the findings name')}${why}${packets.map((packet) => packetMarkup(packet, number, isOneOfMany ? 'h4' : 'h3'))}`;
  const failed =
    error === undefined
      ? markup``
      : markup`<p class="bad">${error}</p>
`;
  return markup`<section id="c${number}">${isOneOfMany ? heading('h2', capture) : ''}${failed}${told}${
    isOneOfMany ? '' : tripsMarkup([part])
  }${way === undefined ? '' : markup`${wayMarkup(way, level)}${softLine(TWO_TIMES)}`}${shown}</section>
`;
}

function softLine(words: string): Markup {
  return markup`<p class="soft">${words}</p>
`;
}

/** Where on the time axis the findings' first packets are. */
function marksOf({ verdict, packets, roundTrips }: VerifyPart): Mark[] {
  if (verdict === undefined || roundTrips === undefined) return [];
  const { first } = roundTrips;
  const times = new Map(packets.map(({ number, time }) => [number, time]));
  return verdict.findings.flatMap(({ code, packets: [packet] }) => {
    const time = packet === undefined ? undefined : times.get(packet);
    return time === undefined || time < first
      ? []
      : [{ at: time - first, words: `${code} (packet ${packet})` }];
  });
}

function tableMarkup(title: string, { columns, rows, more }: ReportTable, level: Level): Markup {
  if (rows.length === 0) return markup``;
  const classOf = (i: number, cell: string) => {
    const kind = columns[i]?.kind;
    if (kind === 'result') return cell === 'met' ? 'ok' : 'bad';
    if (kind === 'loss') return cell === '0' ? 'n' : 'n bad';
    return kind === 'count' ? 'n' : '';
  };
  const drawn = rows.map(
    (cells) => markup`<tr>${cells.map((cell, i) => markup`<td class="${classOf(i, cell)}">${cell}</td>`)}</tr>
`,
  );
  const heads = columns.map(({ head }) => head);
  return markup`${heading(level, title)}${wideTable(title, heads, drawn)}${more === '' ? '' : softLine(more)}`;
}

const SEVERITY_CLASS = { error: 'bad', warning: 'warn', info: 'soft' } as const;

function findingsMarkup(
  findings: readonly Finding[],
  part: number,
  packets: readonly ShownPacket[],
  level: Level,
): Markup {
  if (findings.length === 0) return markup``;
  const shown = new Set(packets.map(({ number }) => number));
  return markup`${heading(level, 'Findings')}${findings.map(
    ({ severity, code, message, packets: named }) =>
      markup`<div class="card"><p><span class="${SEVERITY_CLASS[severity]}">${severity}</span> <code>${code}</code>${packetLinks(named, part, shown)}</p><p>${message}</p></div>
`,
  )}`;
}

/** @param shown packets that the page has below */
function packetLinks(packets: readonly number[], part: number, shown: ReadonlySet<number>): Markup {
  if (packets.length === 0) return markup``;
  const links = packets.map((packet, i) => {
    const link = shown.has(packet) ? markup`<a href="#c${part}p${packet}">${packet}</a>` : markup`${packet}`;
    return markup`${i === 0 ? '' : ', '}${link}`;
  });
  return markup` <span class="soft">${packets.length === 1 ? 'packet' : 'packets'} ${links}</span>`;
}

function packetMarkup({ number, lesson, bytes }: ShownPacket, part: number, level: 'h3' | 'h4'): Markup {
  const { summary, tunnels } = lesson;
  return markup`<details id="c${part}p${number}"><summary>Packet ${number}: ${summary[0] ?? ''}</summary>
<p>${summary.slice(1).join(' ')}</p>
${boxesFigure(lesson)}${tunnels.map((tunnel) => tunnelMarkup(tunnel, level))}<details><summary>${counted(bytes.length, 'byte')}</summary><pre tabindex="0">${hexLines(bytes)}</pre></details>
</details>
`;
}

/** As `tcpdump -X` prints them. */
function hexLines(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const digits = row
      .map((byte, i) => byte.toString(16).padStart(2, '0') + (i % 2 === 1 ? ' ' : ''))
      .join('');
    const signs = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`0x${at.toString(16).padStart(4, '0')}:  ${digits.padEnd(41)} ${signs}`);
  }
  return lines.join('\n');
}
