/** A lesson as one page: readable without scripts, with nothing loaded from elsewhere. */

import { heading, type Level, page, wide } from '../drawing/page.ts';
import { type Markup, markup } from '../text/markup.ts';
import type { Comparison } from './comparison.ts';
import { arrowed, type Lesson, type LessonField, type Step, type Tunnel } from './lesson.ts';
import { boxesSvg } from './svg.ts';
import { partOf } from './svg-style.ts';

export function lessonHtml(lesson: Lesson, heading: string): string {
  const { summary, steps, tunnels } = lesson;
  return page(
    heading,
    markup`<h1>${summary[0] ?? heading}</h1>
<p>${summary.slice(1).join(' ')}</p>
<p class="soft">${heading}</p>
${boxesFigure(lesson)}${tunnels.map((tunnel) => tunnelMarkup(tunnel, 'h2'))}<h2>Layer by layer</h2>
${steps.map(stepSection)}`,
  );
}

/** The boxes alone: on a narrow screen they are moved sideways. */
export function boxesFigure(lesson: Lesson): Markup {
  return wide('The packet’s layers', boxesSvg(lesson));
}

/** @param level of the heading */
export function tunnelMarkup(tunnel: Tunnel, level: Level): Markup {
  const { name, compared, cost } = tunnel;
  const title = `Outer and inner side by side: ${name}`;
  return markup`${heading(level, title)}${compared.length === 0 ? '' : comparedTable(tunnel)}
<p>${cost}</p>
`;
}

function comparedTable({ outerEnds, innerEnds, compared }: Tunnel): Markup {
  return wide(
    'Outer and inner headers',
    markup`<table>
<thead><tr><th></th><th>Outer  ${arrowed(outerEnds)}</th><th>Inner  ${arrowed(innerEnds)}</th><th></th></tr></thead>
<tbody>${compared.map(comparedRow)}</tbody>
</table>`,
  );
}

function comparedRow({ label, outer, inner, says }: Comparison): Markup {
  return markup`<tr><th>${label}</th><td><code>${outer?.value ?? '–'}</code></td><td><code>${inner?.value ?? '–'}</code></td><td class="soft">${says}</td></tr>
`;
}

function stepSection(step: Step, index: number): Markup {
  const { layer, end, osi, why, router, cost, fields, issues } = step;
  const { description } = layer.title;
  const to = layer.protocol === 'data' ? end : layer.to;
  const place = to === layer.from ? 'no bytes' : `bytes ${layer.from} to ${to - 1}`;
  return markup`<section class="layer ${partOf(step)}">
<h3>${index + 1}. ${layer.isQuoted ? 'Quoted: ' : ''}${description.title} <span class="soft">${place}</span></h3>
<p>${description.about}</p>
<dl><dt>Place</dt><dd>${osi}${description.reference === '' ? '' : `. ${description.reference}`}</dd><dt>Why it is here</dt><dd>${why}</dd><dt>A router sees</dt><dd>${router}</dd><dt>Cost</dt><dd>${cost}</dd></dl>
${issues.map((issue) => markup`<p class="bad">! ${issue}</p>`)}
${fields.length === 0 ? '' : markup`<table class="fields"><tbody>${fields.map((field) => fieldRow(field, description.reference))}</tbody></table>`}
</section>
`;
}

function fieldRow({ row, bytes, reference }: LessonField, usual: string): Markup {
  const source = reference === usual || reference === '' ? '' : ` (${reference})`;
  return markup`<tr><td class="bytes">${bytes}</td><td><strong>${row.label}</strong> <code>${row.value}</code><br><span class="soft">${row.field?.about ?? ''}${source}</span></td></tr>
`;
}
