/** A verdict as one page: what was decided and why, findings with advice, tables, pictures, and the packets concerned. */

import { page, wide, wideTable } from '../drawing/page.ts';
import { type Drawing, MARGIN, stacked, svgElement, text } from '../drawing/svg.ts';
import { tunnelsCell } from '../exchange/tunnel-words.ts';
import { boxesFigure, tunnelMarkup } from '../explain/html.ts';
import type { Lesson } from '../explain/lesson.ts';
import type { Finding } from '../finding/finding.ts';
import { type Markup, markup } from '../text/markup.ts';
import { counted } from '../text/words.ts';
import { conclusion } from '../verdict/report.ts';
import { timesText } from '../verdict/report-words.ts';
import type { Verdict } from '../verdict/verdict.ts';
import type { Ladder } from './ladder.ts';
import { laddersMarkup } from './path-page.ts';
import type { RoundTrips } from './round-trips.ts';
import { type Mark, roundTripsDrawing } from './round-trips-svg.ts';

/** What a page says of one capture. */
export interface VerifyPart {
  readonly capture: string;
  readonly verdict?: Verdict | undefined;
  /** Why there is none, or why it is not of the whole capture. */
  readonly error?: string | undefined;
  readonly roundTrips?: RoundTrips | undefined;
  /** The way of its pings, where it has several points. */
  readonly ladders: readonly Ladder[];
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

export function verifyPage(parts: readonly VerifyPart[]): string {
  const [first] = parts;
  const title = parts.length === 1 ? (first?.capture ?? '') : counted(parts.length, 'capture');
  return page(
    `tunnelscope: ${title}`,
    markup`<h1>Were the pings answered? ${title}</h1>
${parts.length < 2 ? '' : overview(parts)}${parts.map((part, i) => partMarkup(part, i, parts.length > 1))}`,
  );
}

/** The captures' round trips below each other, with what was found. */
export function roundTripsOf(parts: readonly VerifyPart[]): Drawing {
  const drawings = parts.flatMap((part): Drawing[] => {
    const { capture, roundTrips } = part;
    if (roundTrips === undefined) return [];
    const drawing = roundTripsDrawing(roundTrips, marksOf(part));
    if (parts.length === 1) return [drawing];
    const heading = text(capture, MARGIN, 20, { kind: 'h', most: drawing.width });
    return [
      stacked([{ width: drawing.width, height: 22, picture: heading, description: capture }, drawing], 8),
    ];
  });
  return stacked(drawings);
}

function overview(parts: readonly VerifyPart[]): Markup {
  return markup`<nav><ul>${parts.map(
    (part, i) => markup`<li>${word(part)} <a href="#c${i}">${part.capture}</a></li>
`,
  )}</ul></nav>
`;
}

function word({ verdict, error }: VerifyPart): Markup {
  if (error !== undefined || verdict === undefined) return markup`<span class="bad">ERROR</span>`;
  return verdict.verdict === 'pass'
    ? markup`<span class="ok">PASS</span>`
    : markup`<span class="bad">FAIL</span>`;
}

function partMarkup(part: VerifyPart, number: number, isOneOfMany: boolean): Markup {
  const { verdict, error, capture, ladders, roundTrips, packets, packetsNote } = part;
  return markup`<section id="c${number}">${
    isOneOfMany
      ? markup`<h2>${capture}</h2>
`
      : ''
  }${
    error === undefined
      ? ''
      : markup`<p class="bad">${error}</p>
`
  }${
    verdict === undefined
      ? ''
      : markup`<p>${word(part)} ${conclusion(verdict).slice(6)}</p>
${expectationsMarkup(verdict)}${findingsMarkup(verdict.findings, number, packets)}${pingsTable(verdict)}${exchangesTable(verdict)}`
  }${
    roundTrips === undefined || roundTrips.rows.length === 0
      ? ''
      : markup`<h2>Round trips over time</h2>
${wide('Round trips over time', svgElement(roundTripsDrawing(roundTrips, marksOf(part))))}`
  }${
    ladders.length === 0
      ? ''
      : markup`<h2>The way of the pings</h2>
${laddersMarkup(ladders)}`
  }${
    packets.length === 0 && packetsNote === ''
      ? ''
      : markup`<h2>Packets that the findings name</h2>
${
  packetsNote === ''
    ? ''
    : markup`<p class="soft">${packetsNote}</p>
`
}${packets.map((packet) => packetMarkup(packet, number))}`
  }</section>
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

function expectationsMarkup({ expectations }: Verdict): Markup {
  if (expectations.length === 0) return markup``;
  return markup`<h2>Expectations</h2>
${wideTable(
  'Expectations',
  ['Result', 'Name', 'Expected', 'Received'],
  expectations.map(
    ({ met, name, expected, received }) =>
      markup`<tr><td class="${met ? 'ok' : 'bad'}">${met ? 'met' : 'unmet'}</td><td>${name}</td><td>${expected}</td><td>${received}</td></tr>
`,
  ),
)}`;
}

const SEVERITY_CLASS = { error: 'bad', warning: 'warn', info: 'soft' } as const;

function findingsMarkup(findings: readonly Finding[], part: number, packets: readonly ShownPacket[]): Markup {
  if (findings.length === 0) return markup``;
  const shown = new Set(packets.map(({ number }) => number));
  return markup`<h2>Findings</h2>
${findings.map(
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

function pingsTable({ paths }: Verdict): Markup {
  if (paths.length === 0) return markup``;
  return markup`<h2>Pings</h2>
${wideTable(
  'Pings',
  ['Path', 'Tunnels, outermost first', 'Requests', 'Answered', 'Lost', 'rtt min/avg/max ms'],
  paths.slice(0, MOST_ROWS).map(
    ({ inner, ident, tunnels, requests, answered, unanswered, rtt }) =>
      markup`<tr><td>${inner.src} → ${inner.dst} id ${ident}</td><td>${tunnelsCell(tunnels) || 'no tunnel seen'}</td><td class="n">${requests}</td><td class="n">${answered}</td><td class="n${unanswered > 0 ? ' bad' : ''}">${unanswered}</td><td>${timesText(rtt)}</td></tr>
`,
  ),
)}${
  paths.length > MOST_ROWS
    ? markup`<p class="soft">and ${paths.length - MOST_ROWS} more paths</p>
`
    : ''
}`;
}

function exchangesTable({ exchanges = [] }: Verdict): Markup {
  if (exchanges.length === 0) return markup``;
  return markup`<h2>Connections and queries</h2>
${wideTable(
  'Connections and queries',
  [
    'Kind',
    'Path',
    'Tunnels, outermost first',
    'Begun',
    'Answered',
    'Refused',
    'Lost',
    'Sent again',
    'min/avg/max ms',
  ],
  exchanges.slice(0, MOST_ROWS).map(
    ({ kind, port, inner, tunnels, begun, answered, refused, unanswered, sentAgain, time }) =>
      markup`<tr><td>${kind} ${port}</td><td>${inner.src} → ${inner.dst}</td><td>${tunnelsCell(tunnels) || 'no tunnel seen'}</td><td class="n">${begun}</td><td class="n">${answered}</td><td class="n">${refused}</td><td class="n${unanswered > 0 ? ' bad' : ''}">${unanswered}</td><td class="n">${sentAgain}</td><td>${timesText(time)}</td></tr>
`,
  ),
)}`;
}

function packetMarkup({ number, lesson, bytes }: ShownPacket, part: number): Markup {
  const { summary, tunnels } = lesson;
  return markup`<details id="c${part}p${number}"><summary>Packet ${number}: ${summary[0] ?? ''}</summary>
<p>${summary.slice(1).join(' ')}</p>
${boxesFigure(lesson)}${tunnels.map((tunnel) => tunnelMarkup(tunnel, 'h3'))}<details><summary>${counted(bytes.length, 'byte')}</summary><pre tabindex="0">${hexLines(bytes)}</pre></details>
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
