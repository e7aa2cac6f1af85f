/** The way of pings for a page: ladders, and the hosts and devices that they passed. */
import { heading, type Level, wide } from '../drawing/page.ts';
import { svgElement } from '../drawing/svg.ts';
import type { PathView } from '../path/path-view.ts';
import { conclusion } from '../path/path-words.ts';
import { type Markup, markup } from '../text/markup.ts';
import { createLadders, type Ladder, type PingChoice } from './ladder.ts';
import { ladderDrawing } from './ladder-svg.ts';
import { pathTopology } from './path-topology.ts';
import { type Marks, marksOf, onlyAround, type Topology } from './topology.ts';
import { topologyDrawing } from './topology-svg.ts';

export interface ShownWay {
  readonly view: PathView;
  readonly ladders: readonly Ladder[];
  readonly topology: Topology;
  readonly marks: Marks;
}

/**
 * @param choice which pings the ladders show
 * @param most how many of a way
 * @param host this machine's devices, where the capture is live; else those that the view shows
 */
export function shownWay(view: PathView, choice: PingChoice, most: number, host?: Topology): ShownWay {
  const marks = marksOf(view, host);
  const topology = host === undefined ? pathTopology(view) : onlyAround(host, marks);
  return { view, ladders: createLadders(view, choice, most), topology, marks };
}

/** Whether pings were seen at several points: then there is a way to be drawn. */
export function hasWay({ rows }: PathView): boolean {
  return rows.some(
    ({ request, reply }) => new Set([...request, ...reply].map(({ point }) => point)).size > 1,
  );
}

export function wayMarkup({ ladders, topology, marks }: ShownWay, level: Level): Markup {
  const drawn = ladders.map(
    (ladder) => markup`<section>${wide(ladder.title, svgElement(ladderDrawing(ladder)))}</section>
`,
  );
  const title = 'Hosts and devices on the way';
  const devices =
    topology.boxes.length < 2
      ? markup``
      : markup`${heading(level, title)}${wide(title, svgElement(topologyDrawing(topology, marks)))}`;
  return markup`${drawn.length === 0 ? '' : heading(level, 'The way of the pings')}${drawn}${devices}`;
}

/** What it all came to, in a line, and what limits it. */
export function conclusionMarkup(view: PathView): Markup {
  const kind = view.verdict === 'pass' ? 'ok' : 'bad';
  return markup`<p><span class="${kind}">${view.verdict.toUpperCase()}</span> ${conclusion(view).slice(6)}</p>
${view.notes.map(
  (note) => markup`<p class="soft">Note: ${note}</p>
`,
)}`;
}
