/** What drawings share: a document that can be read alone, colours for light and dark backgrounds, text that fits. */
import { type Markup, markup } from '../text/markup.ts';

export const MARGIN = 24;
/** Pixels of a character of the monospaced face at 12 pixels. */
const CHARACTER = 7.3;

/**
 * Colours by what they mean; each is told by a shape or words as well. Text reaches a contrast of 4.5:1 on its background (WCAG 2.2,
 * 1.4.3).
 */
export const SVG_STYLE = `
svg{--paper:#fff;--ink:#1d2329;--quiet:#56606a;--rule:#c3cbd3;--tunnel:#7a3580;--lost:#b3261e;--good:#1b6fc2;--box:#f4f6f8}
@media (prefers-color-scheme:dark){svg{--paper:#14181c;--ink:#e6eaee;--quiet:#a3adb7;--rule:#47515b;--tunnel:#dca6e0;--lost:#ff9a91;--good:#7db7f5;--box:#1f252b}}
svg text{font:12px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--ink)}
svg .h{font:600 15px system-ui,"DejaVu Sans",sans-serif}svg .q{fill:var(--quiet)}svg .b{font-weight:700}
svg .t{fill:var(--tunnel)}svg .x{fill:var(--lost)}svg .m{text-anchor:middle}svg .e{text-anchor:end}
svg .paper{fill:var(--paper)}svg .rule{stroke:var(--rule);stroke-width:1.5;fill:none}svg .box{fill:var(--box);stroke:var(--rule)}
svg .way{stroke:var(--good);stroke-width:1.8;fill:none}svg .lostway{stroke:var(--lost);stroke-width:1.8;fill:none}
svg .dot{fill:var(--good)}svg .band{fill:var(--tunnel);fill-opacity:.14;stroke:var(--tunnel);stroke-opacity:.55}
svg .tunnelline{stroke:var(--tunnel);stroke-width:2;fill:none}
svg .dash{stroke-dasharray:5 4}
`;

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly picture: Markup;
  /** One sentence for who can't see it. */
  readonly description: string;
}

/** A file of its own. */
export function svgDocument(title: string, { width, height, picture, description }: Drawing): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
${markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${title}</title>
<desc>${description}</desc>
<style>STYLE</style>
<rect width="100%" height="100%" class="paper"/>
${picture}</svg>`.text.replace('<style>STYLE<', () => `<style>${SVG_STYLE}<`)}
`;
}

/** The same inside of a page, which has the style. */
export function svgElement({ width, height, picture, description }: Drawing): Markup {
  return markup`<svg viewBox="0 0 ${width} ${height}" style="max-width:${width}px" role="img" aria-label="${description}">${picture}</svg>
`;
}

/** Drawings below each other. */
export function stacked(drawings: readonly Drawing[], gap = 28): Drawing {
  let top = 0;
  const parts = drawings.map((drawing) => {
    const part = markup`<g transform="translate(0 ${top})">${drawing.picture}</g>
`;
    top += drawing.height + gap;
    return part;
  });
  return {
    width: Math.max(320, ...drawings.map(({ width }) => width)),
    height: Math.max(40, top - gap),
    picture: markup`${parts}`,
    description: drawings.map(({ description }) => description).join(' '),
  };
}

export interface TextOptions {
  /** Of the style: `h` heading, `q` quiet, `b` bold, `t` tunnel, `x` lost, `m` centred, `e` ends at x. */
  readonly kind?: string;
  /** Pixels that it may take. */
  readonly most?: number;
}

export function text(words: string, x: number, y: number, { kind, most }: TextOptions = {}): Markup {
  const fitting = most === undefined ? words : clipped(words, most);
  const whole = fitting === words ? '' : markup`<title>${words}</title>`;
  return markup`<text x="${round(x)}" y="${round(y)}" class="${kind ?? ''}">${whole}${fitting}</text>
`;
}

export function textWidth(words: string): number {
  return [...words].length * CHARACTER;
}

/** Text that fits into so many pixels. */
function clipped(words: string, pixels: number): string {
  const most = Math.floor(pixels / CHARACTER);
  const signs = [...words];
  return signs.length <= most ? words : most < 2 ? '' : `${signs.slice(0, most - 1).join('')}…`;
}

/** A line with an arrow's head at its end. */
export function arrow(x1: number, x2: number, y: number, kind: string): Markup {
  const back = x2 > x1 ? -7 : 7;
  return markup`<path class="${kind}" d="M${round(x1)} ${round(y)}H${round(x2)}m${back} -4l${-back} 4l${back} 4"/>
`;
}

export function cross(x: number, y: number): Markup {
  return markup`<path class="lostway" stroke-width="2.5" d="M${round(x - 6)} ${round(y - 6)}l12 12m0 -12l-12 12"/>
`;
}

/** A tenth of a pixel is enough. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
