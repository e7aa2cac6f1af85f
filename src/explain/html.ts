/** A lesson as one page: readable without scripts, with nothing loaded from elsewhere. */

import { type Markup, markup } from '../text/markup.ts';
import type { Comparison } from './comparison.ts';
import { arrowed, type Lesson, type LessonField, type Step, type Tunnel } from './lesson.ts';
import { boxesSvg } from './svg.ts';
import { colorOf } from './svg-style.ts';

const STYLE = `
:root{color-scheme:light;--text:#1d2329;--quiet:#56606a;--line:#d5dbe1}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,"DejaVu Sans",sans-serif;color:var(--text);background:#fff;max-width:76rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .3rem}h2{font-size:1.15rem;margin:2rem 0 .4rem}h3{font-size:1rem;margin:0 0 .3rem}
p{margin:.3rem 0}.quiet{color:var(--quiet)}
svg{width:100%;height:auto;margin:1rem 0}svg text{font:13px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}svg .b{font-weight:700}
.levels{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:1.5rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;border-bottom:1px solid var(--line)}
code,.bytes{font:.85em/1.5 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.bytes{color:var(--quiet);width:13rem}
section{border-left:.35rem solid;padding-left:1rem;margin:1.5rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.5rem 0}dt{font-weight:600}dd{margin:0}
.problem{font-weight:700}
@media print{body{margin:0;max-width:none}section{break-inside:avoid}}
`;

export function lessonHtml(lesson: Lesson, heading: string): string {
  const { summary, steps, tunnels } = lesson;
  const page = markup`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${heading}</title>
<style>STYLE</style>
</head>
<body>
<h1>${summary[0] ?? heading}</h1>
<p>${summary.slice(1).join(' ')}</p>
<p class="quiet">${heading}</p>
${boxesSvg(lesson)}
${tunnels.map(tunnelSection)}
<h2>Layer by layer</h2>
${steps.map(stepSection)}
</body>
</html>
`;
  // The one part that is ours and no value: a stylesheet is not escaped text.
  return `<!DOCTYPE html>\n${page.text.replace('STYLE', STYLE)}`;
}

function tunnelSection(tunnel: Tunnel): Markup {
  const { name, compared, cost } = tunnel;
  return markup`<h2>Outer and inner side by side: ${name}</h2>
${compared.length === 0 ? '' : comparedTable(tunnel)}
<p>${cost}</p>
`;
}

export function comparedTable({ outerEnds, innerEnds, compared }: Tunnel): Markup {
  return markup`<table>
<thead><tr><th></th><th>Outer  ${arrowed(outerEnds)}</th><th>Inner  ${arrowed(innerEnds)}</th><th></th></tr></thead>
<tbody>${compared.map(comparedRow)}</tbody>
</table>`;
}

function comparedRow({ label, outer, inner, says }: Comparison): Markup {
  return markup`<tr><th>${label}</th><td><code>${outer?.value ?? '–'}</code></td><td><code>${inner?.value ?? '–'}</code></td><td class="quiet">${says}</td></tr>
`;
}

function stepSection(step: Step, index: number): Markup {
  const { layer, end, osi, why, router, cost, fields, issues } = step;
  const { description } = layer.title;
  const to = layer.protocol === 'data' ? end : layer.to;
  const place = to === layer.from ? 'no bytes' : `bytes ${layer.from} to ${to - 1}`;
  return markup`<section style="border-color:${colorOf(step)}">
<h3>${index + 1}. ${layer.isQuoted ? 'Quoted: ' : ''}${description.title} <span class="quiet">${place}</span></h3>
<p>${description.about}</p>
<dl><dt>Place</dt><dd>${osi}${description.reference === '' ? '' : `. ${description.reference}`}</dd><dt>Why it is here</dt><dd>${why}</dd><dt>A router sees</dt><dd>${router}</dd><dt>Cost</dt><dd>${cost}</dd></dl>
${issues.map((issue) => markup`<p class="problem">! ${issue}</p>`)}
${fields.length === 0 ? '' : markup`<table><tbody>${fields.map((field) => fieldRow(field, description.reference))}</tbody></table>`}
</section>
`;
}

function fieldRow({ row, bytes, reference }: LessonField, usual: string): Markup {
  const source = reference === usual || reference === '' ? '' : ` (${reference})`;
  return markup`<tr><td class="bytes">${bytes}</td><td><strong>${row.label}</strong> <code>${row.value}</code><br><span class="quiet">${row.field?.about ?? ''}${source}</span></td></tr>
`;
}
