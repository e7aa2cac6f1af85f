/** A page that holds all it needs: no script but its own, nothing loaded, readable on phones and projectors, in dark and light. */
import { type Markup, markup } from '../text/markup.ts';
import { SVG_STYLE } from './svg.ts';

const STYLE = `
:root{color-scheme:light dark;--page:#fff;--text:#1d2329;--soft:#56606a;--line:#d5dbe1;--bad:#b3261e;--ok:#1a6b3a;--warn:#8a5300;--card:#f4f6f8}
@media (prefers-color-scheme:dark){:root{--page:#14181c;--text:#e6eaee;--soft:#a3adb7;--line:#3a434c;--bad:#ff9a91;--ok:#7fd6a0;--warn:#f0bd6b;--card:#1f252b}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,"DejaVu Sans",sans-serif;color:var(--text);background:var(--page);max-width:90rem;margin:0 auto;padding:1.2rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .4rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1rem 0 .3rem}
p{margin:.3rem 0}.soft{color:var(--soft)}.bad{color:var(--bad);font-weight:700}.ok{color:var(--ok);font-weight:700}.warn{color:var(--warn);font-weight:700}
.wide{overflow-x:auto}.wide svg{display:block;height:auto;width:100%;min-width:40rem}details>svg{display:block;width:100%;height:auto;max-width:76rem}
table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.25rem .9rem .25rem 0;border-bottom:1px solid var(--line)}td.n{text-align:right;font-variant-numeric:tabular-nums}
code,pre{font:.85em/1.5 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}pre{overflow-x:auto;background:var(--card);padding:.7rem}
details{margin:.4rem 0}summary{cursor:pointer}summary:focus-visible,a:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--ok);outline-offset:2px}
.card{border-left:.3rem solid var(--line);background:var(--card);padding:.5rem .9rem;margin:.6rem 0}
@media print{body{max-width:none;padding:0}.card,table,svg{break-inside:avoid}details:not([open])>*{display:block}}
`;

/** @param body is markup; the title is text */
export function page(title: string, body: Markup): string {
  const head = markup`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>STYLE</style>
</head>
`.text.replace('<style>STYLE<', () => `<style>${STYLE}${SVG_STYLE}<`);
  return `<!DOCTYPE html>
${head}<body>
${body.text}</body>
</html>
`;
}
