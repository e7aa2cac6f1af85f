/** A page that holds all it needs: no script but its own, nothing loaded, readable on phones and projectors, in dark and light. */
import { createHash } from 'node:crypto';
import { Markup, markup } from '../text/markup.ts';
import { SVG_STYLE } from './svg.ts';

const STYLE = `
:root{color-scheme:light dark;--page:#fff;--text:#1d2329;--soft:#56606a;--line:#d5dbe1;--bad:#b3261e;--ok:#1a6b3a;--warn:#8a5300;--link:#165c9f;--card:#f4f6f8}
@media screen and (prefers-color-scheme:dark){:root{--page:#14181c;--text:#e6eaee;--soft:#a3adb7;--line:#3a434c;--bad:#ff9a91;--ok:#7fd6a0;--warn:#f0bd6b;--link:#7db7f5;--card:#1f252b}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,"DejaVu Sans",sans-serif;color:var(--text);background:var(--page);max-width:90rem;margin:0 auto;padding:1.2rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .4rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1rem 0 .3rem}
a{color:var(--link)}p{margin:.3rem 0}.soft{color:var(--soft)}.bad{color:var(--bad);font-weight:700}.ok{color:var(--ok);font-weight:700}.warn{color:var(--warn);font-weight:700}
.wide{overflow-x:auto}.wide svg{display:block;height:auto;width:100%}
h1,h2,h3,p,li,summary,td,dd{overflow-wrap:anywhere}.wide td,.wide th{overflow-wrap:normal}
table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.25rem .9rem .25rem 0;border-bottom:1px solid var(--line)}td.n{text-align:right;font-variant-numeric:tabular-nums}
code,pre,.bytes{font:.85em/1.5 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}pre{overflow-x:auto;background:var(--card);padding:.7rem}
details{margin:.4rem 0}summary{cursor:pointer}summary:focus-visible,a:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--ok);outline-offset:2px}
.turn,form.value{display:none}.paged .turn,.paged form.value{display:block}[hidden]{display:none}.step:focus{outline:none}
button,input{font:inherit;color:var(--text);background:var(--card);border:1px solid var(--soft);border-radius:.3rem;padding:.3rem .8rem;max-width:100%;text-align:left}button:disabled{border-color:var(--line)}.typed{font-weight:700}
.layer{border-left:.35rem solid;padding-left:1rem;margin:1.5rem 0}.fields{width:100%}.bytes{color:var(--soft);width:11rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.5rem 0}dt{font-weight:600}dd{margin:0}
.card{border-left:.3rem solid var(--line);background:var(--card);padding:.5rem .9rem;margin:.6rem 0}
@media print{.wide svg{min-width:0!important}.turn,form.value{display:none!important}.step{display:block!important}:root{color-scheme:light}body{max-width:none;padding:0}.card,table,svg{break-inside:avoid}details::details-content{content-visibility:visible;block-size:auto}}
@media(max-width:40rem){body{padding:.8rem}dl{display:block}dd{margin:0 0 .3rem}.bytes{width:6rem}}
`;

/** What may be wider than a phone: moved sideways by itself, by touch or by key. @param name for a screen reader */
export function wide(name: string, content: Markup): Markup {
  return markup`<div class="wide" tabindex="0" role="group" aria-label="${name}">${content}</div>
`;
}

export type Level = 'h2' | 'h3' | 'h4';

export function heading(level: Level, words: string): Markup {
  const text = markup`${words}`.text;
  return new Markup(`<${level}>${text}</${level}>\n`);
}

/** A table that may be wider than a phone. @param rows `tr` each */
export function wideTable(name: string, heads: readonly string[], rows: readonly Markup[]): Markup {
  return wide(
    name,
    markup`<table><thead><tr>${heads.map((head) => markup`<th>${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`,
  );
}

export interface PageOptions {
  /** Language tag of the text. */
  readonly language?: string;
  /** Ours, with nothing put into it: it is allowed by its hash (CSP Level 3, 2.3.1). */
  readonly script?: string;
}

/** @param body is markup; the title is text */
export function page(title: string, body: Markup, { language = 'en', script }: PageOptions = {}): string {
  const hash = script === undefined ? '' : createHash('sha256').update(script).digest('base64');
  const scripts = script === undefined ? '' : ` script-src 'sha256-${hash}';`;
  const head = markup`<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
`.text;
  const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none';${scripts} style-src 'unsafe-inline'">`;
  return `<!DOCTYPE html>
${head}${policy}
${markup`<title>${title}</title>`.text}
<style>${STYLE}${SVG_STYLE}</style>
</head>
<body>
${body.text}${script === undefined ? '' : `<script>${script}</script>\n`}</body>
</html>
`;
}
