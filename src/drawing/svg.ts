/** What drawings share: a document that can be read alone, colours for light and dark backgrounds, text that fits. */
import { type Markup, markup } from '../text/markup.ts';

export const MARGIN = 24;
/** Pixels of a character of the monospaced face at 12 pixels; at 13 in the `packet` class. */
const CHARACTER = 7.3;
export const PACKET_CHARACTER = 7.9;

/** Colours by what they mean; each is told by a shape or words as well. */
interface Colors {
  /** The background, text, and text that matters less. */
  readonly paper: string;
  readonly ink: string;
  readonly quiet: string;
  readonly rule: string;
  readonly box: string;
  readonly good: string;
  readonly lost: string;
  /** A packet's parts. Blue, purple and orange are told apart with every kind of colour blindness. */
  readonly outer: string;
  readonly tunnel: string;
  readonly inner: string;
  readonly payload: string;
}

const LIGHT: Colors = {
  paper: '#fff',
  ink: '#1d2329',
  quiet: '#56606a',
  rule: '#c3cbd3',
  box: '#f4f6f8',
  good: '#1b6fc2',
  lost: '#b3261e',
  outer: '#165c9f',
  tunnel: '#7a3580',
  inner: '#8c4708',
  payload: '#4f5963',
};
const DARK: Colors = {
  paper: '#14181c',
  ink: '#e6eaee',
  quiet: '#a3adb7',
  rule: '#47515b',
  box: '#1f252b',
  good: '#7db7f5',
  lost: '#ff9a91',
  outer: '#7db7f5',
  tunnel: '#dca6e0',
  inner: '#f0b277',
  payload: '#b4bec8',
};
const PACKET_PARTS = ['outer', 'tunnel', 'inner', 'payload'] as const;
/** Which part of a packet a layer is: a class of the style. */
export type PacketPart = (typeof PACKET_PARTS)[number];

/** Rules with their colours in them: programs that show a picture's file often know no variables. */
function rulesOf(colors: Colors): string {
  const { paper, ink, quiet, rule, box, good, lost, tunnel } = colors;
  const parts = PACKET_PARTS.map(
    (part) =>
      `svg text.${part}{fill:${colors[part]}}svg rect.${part}{stroke:${colors[part]};fill:${paper}}svg rect.${part}.tint{fill:${colors[part]};fill-opacity:.1}.layer.${part}{border-color:${colors[part]}}`,
  );
  return `svg text{fill:${ink}}svg .q{fill:${quiet}}svg .t{fill:${tunnel}}svg .x{fill:${lost}}
svg .paper{fill:${paper}}svg .rule{stroke:${rule}}svg .box{fill:${box};stroke:${rule}}svg .way{stroke:${good}}svg .lostway{stroke:${lost}}
svg .dot{fill:${good}}svg .lostdot{fill:${lost}}svg .band{fill:${tunnel};stroke:${tunnel}}svg .envelope{stroke:${tunnel}}svg .tunnelline{stroke:${tunnel}}
${parts.join('')}`;
}

/** Text reaches a contrast of 4.5:1 on its background (WCAG 2.2, 1.4.3). On paper it is light in any case. */
export const SVG_STYLE = `
svg text{font:12px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
svg .packet text{font-size:13px}svg .note{font:14px system-ui,"DejaVu Sans",sans-serif}
svg .h{font:600 15px system-ui,"DejaVu Sans",sans-serif}svg .title{font:600 22px system-ui,"DejaVu Sans",sans-serif}
svg .b{font-weight:700}svg .m{text-anchor:middle}svg .e{text-anchor:end}
svg .rule,svg .box{stroke-width:1.5}svg .rule,svg .way,svg .lostway,svg .tunnelline{fill:none}svg .way,svg .lostway{stroke-width:1.8}
svg .envelope{fill:none;stroke-width:4}svg .band{fill-opacity:.1;stroke-opacity:.55}svg .tunnelline{stroke-width:2}svg .dash{stroke-dasharray:5 4}
${rulesOf(LIGHT)}
@media screen and (prefers-color-scheme:dark){${rulesOf(DARK)}}
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

/** Below it, text of 12 pixels is not read on a phone: what is wider is moved sideways. */
const LEAST_SCALE = 0.85;

/** The same inside of a page, which has the style. */
export function svgElement({ width, height, picture, description }: Drawing): Markup {
  return markup`<svg viewBox="0 0 ${width} ${height}" style="max-width:${width}px;min-width:${Math.round(width * LEAST_SCALE)}px" role="img" aria-label="${description}">${picture}</svg>
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
  /** Whether lines that are drawn before it end at its edge; not for centred text. */
  readonly isBacked?: boolean;
}

export function text(words: string, x: number, y: number, options: TextOptions = {}): Markup {
  const { kind, most, isBacked = false } = options;
  const fitting = most === undefined ? words : clipped(words, most);
  const whole = fitting === words ? '' : markup`<title>${words}</title>`;
  const back = isBacked
    ? markup`<rect class="paper" x="${round(x - 2)}" y="${round(y - 11)}" width="${round(textWidth(fitting) + 4)}" height="14"/>
`
    : '';
  return markup`${back}<text x="${round(x)}" y="${round(y)}" class="${kind ?? ''}">${whole}${fitting}</text>
`;
}

export function textWidth(words: string): number {
  return [...words].length * CHARACTER;
}

/** Text that fits into so many pixels. */
export function clipped(words: string, pixels: number, character = CHARACTER): string {
  const most = Math.floor(pixels / character);
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
