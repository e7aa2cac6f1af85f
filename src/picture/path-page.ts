/** The way of pings as one page: what happened in words, and each way's ladder. */

import { page } from '../drawing/page.ts';
import { formatPathReport } from '../path/path-report.ts';
import { markup } from '../text/markup.ts';
import { conclusionMarkup, type ShownWay, wayMarkup } from './shown-way.ts';

/** Columns of the report. */
const COLUMNS = 110;

/** @param heading what was captured */
export function pathPage(way: ShownWay, heading: string): string {
  const { view } = way;
  return page(
    `Path of pings: ${heading}`,
    markup`<h1>Path of pings: ${heading}</h1>
${conclusionMarkup(view)}${wayMarkup(way, 'h2')}<h2>As text</h2>
<pre tabindex="0">${formatPathReport(view, { width: COLUMNS })}</pre>
`,
  );
}
