/** The way of pings as one page: what happened in words, and each way's ladder. */

import { page, wide } from '../drawing/page.ts';
import { svgElement } from '../drawing/svg.ts';
import { formatPathReport } from '../path/path-report.ts';
import type { PathView } from '../path/path-view.ts';
import { type Markup, markup } from '../text/markup.ts';
import type { Ladder } from './ladder.ts';
import { ladderDrawing } from './ladder-svg.ts';

/** Columns of the report. */
const COLUMNS = 110;

/** @param heading what was captured */
export function pathPage(view: PathView, ladders: readonly Ladder[], heading: string): string {
  return page(
    `Path of pings: ${heading}`,
    markup`<h1>Path of pings: ${heading}</h1>
${verdictLine(view)}${laddersMarkup(ladders)}${view.notes.map(
  (note) => markup`<p class="soft">Note: ${note}</p>
`,
)}<h2>As text</h2>
<pre tabindex="0">${formatPathReport(view, { width: COLUMNS })}</pre>
`,
  );
}

export function laddersMarkup(ladders: readonly Ladder[]): Markup {
  return markup`${ladders.map(
    (ladder) => markup`<section>${wide(ladder.title, svgElement(ladderDrawing(ladder)))}</section>
`,
  )}`;
}

function verdictLine({ verdict, pings, answered, points }: PathView): Markup {
  const kind = verdict === 'pass' ? 'ok' : 'bad';
  return markup`<p><span class="${kind}">${verdict.toUpperCase()}</span> ${answered} of ${pings} pings answered, at ${points.length} points</p>
`;
}
