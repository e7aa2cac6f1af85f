/**
 * Colours by what they mean. Never the only sign: outer and inner stand in titled panes, replies and problems have marks of
 * their own, selections are reversed. Blue, purple and orange are told apart with every kind of colour blindness, and stand
 * out from white paper as from black.
 */

/** SGR parameters (ECMA-48, 8.3.117), joined by semicolons; empty for plain text. */
export type Style = string;

export interface Theme {
  readonly outer: Style;
  readonly tunnel: Style;
  readonly inner: Style;
  readonly request: Style;
  readonly reply: Style;
  readonly problem: Style;
  readonly good: Style;
  /** What frames and explains. */
  readonly quiet: Style;
  readonly title: Style;
  readonly heading: Style;
  /** The row or bytes that are selected; the second where another pane has the keys. */
  readonly selected: Style;
  readonly selectedElsewhere: Style;
  /** The value to compare the selected one with. */
  readonly counterpart: Style;
  readonly glyphs: Glyphs;
}

/** Signs of our own; each takes one cell. */
export interface Glyphs {
  readonly arrow: string;
  readonly back: string;
  readonly open: string;
  readonly closed: string;
  readonly selected: string;
  readonly horizontal: string;
  readonly vertical: string;
  readonly dot: string;
  readonly check: string;
  readonly ellipsis: string;
  readonly dash: string;
  readonly same: string;
  readonly differs: string;
  /** A packet that the user marked. */
  readonly mark: string;
  /** From a reply back to its request. */
  readonly reply: string;
  /** Heights of a bar one row high, from the lowest. */
  readonly levels: readonly string[];
  /** A ping that was lost. */
  readonly lost: string;
  /** A segment that was sent again. */
  readonly again: string;
}

const glyphs: Glyphs = {
  arrow: '→',
  back: '←',
  open: '▾',
  closed: '▸',
  selected: '▸',
  horizontal: '─',
  vertical: '│',
  dot: '·',
  check: '✓',
  ellipsis: '…',
  dash: '–',
  same: '=',
  differs: '≠',
  mark: '●',
  reply: '↩',
  levels: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  lost: '×',
  again: '↻',
};

const ATTRIBUTES = {
  title: '1;7',
  heading: '1',
  selected: '1;7',
  selectedElsewhere: '7',
  counterpart: '1;4',
};

/** What the user may give colours of his own. */
export const COLOR_MEANINGS = [
  'outer',
  'tunnel',
  'inner',
  'request',
  'reply',
  'problem',
  'good',
  'quiet',
] as const;
export type ColorMeaning = (typeof COLOR_MEANINGS)[number];

/** The terminal's own sixteen colours, whose look its user chose. */
export const COLOR_NAMES = [
  'black',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'white',
  'gray',
  'brightRed',
  'brightGreen',
  'brightYellow',
  'brightBlue',
  'brightMagenta',
  'brightCyan',
  'brightWhite',
] as const;

/** One of the sixteen by name, one of 256 by number, or red, green and blue as #rrggbb. */
export type Color = string | number;

export function isColor(color: Color): boolean {
  if (typeof color === 'number') return Number.isInteger(color) && color >= 0 && color <= 255;
  return /^#[0-9a-f]{6}$/i.test(color) || nameIndex(color) >= 0;
}

function nameIndex(color: string): number {
  return (COLOR_NAMES as readonly string[]).indexOf(color);
}

function colorStyle(color: Color): Style {
  if (typeof color === 'number') return `38;5;${color}`;
  const [, red, green, blue] = /^#(..)(..)(..)$/.exec(color) ?? [];
  if (red !== undefined)
    return `38;2;${[red, green, blue].map((digits) => Number.parseInt(digits as string, 16)).join(';')}`;
  const index = nameIndex(color);
  return index < 8 ? String(30 + index) : String(90 + index - 8);
}

/** The theme with colours of the user's; on a terminal without colour they change nothing. */
export function withColors(
  theme: Theme,
  depth: number,
  colors: Readonly<Partial<Record<ColorMeaning, Color>>>,
): Theme {
  if (depth < 4) return theme;
  const own = Object.entries(colors).map(([meaning, color]) => [meaning, colorStyle(color)]);
  return { ...theme, ...Object.fromEntries(own) };
}

/**
 * @param depth bits of colour, as `tty.WriteStream.getColorDepth` answers: it knows NO_COLOR and TERM
 * @param isLight the terminal's paper; matters only where its sixteen colours are all there is
 */
export function createTheme(depth: number, isLight = false): Theme {
  const bold = '1';
  if (depth >= 8) {
    return {
      ...ATTRIBUTES,
      glyphs,
      outer: '38;5;32',
      tunnel: '38;5;133',
      inner: '38;5;166',
      request: '',
      reply: '',
      problem: '1;38;5;161',
      good: '38;5;30',
      quiet: '38;5;244',
    };
  }
  if (depth >= 4) {
    return {
      ...ATTRIBUTES,
      glyphs,
      // Cyan and yellow are lost on white, blue on black.
      outer: isLight ? '34' : '36',
      tunnel: '35',
      inner: isLight ? bold : '33',
      request: '',
      reply: '',
      problem: '1;31',
      good: '32',
      quiet: '2',
    };
  }
  return {
    ...ATTRIBUTES,
    glyphs,
    outer: '',
    tunnel: '',
    inner: bold,
    request: '',
    reply: '',
    problem: bold,
    good: '',
    quiet: '',
  };
}

/** Whether the terminal says that its paper is light: rxvt's COLORFGBG, which others set too, ends with the background's number. */
export function isLightTerminal(environment: NodeJS.ProcessEnv): boolean {
  return /;(?:7|1[0-5])$/.test(environment.COLORFGBG ?? '');
}
