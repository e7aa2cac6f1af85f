import { describe, expect, it } from 'vitest';
import { createTheme, isLightTerminal, type Theme } from '../../../src/tui/terminal/theme.ts';

const MEANINGS = ['outer', 'tunnel', 'inner', 'problem', 'good', 'quiet'] as const;
const BLACK = [0, 0, 0] as const;
const WHITE = [255, 255, 255] as const;
/** Steps of xterm's 6×6×6 cube (its 256colres.pl). */
const CUBE = [0, 95, 135, 175, 215, 255];

type Rgb = readonly [number, number, number];

/** One of xterm's colours from 16 on. */
function xterm(number: number): Rgb {
  if (number >= 232) {
    const grey = 8 + 10 * (number - 232);
    return [grey, grey, grey];
  }
  const index = number - 16;
  const step = (by: number) => CUBE[Math.floor(index / by) % 6] as number;
  return [step(36), step(6), step(1)];
}

/** WCAG 2.1, "contrast ratio" and "relative luminance". */
function contrast(a: Rgb, b: Rgb): number {
  const luminance = (rgb: Rgb) => {
    const [red, green, blue] = rgb.map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** The two ends of what is seen without red cones, and without green ones (Viénot and others, 1999): red and green are one. */
function withoutRedAndGreen([red, green, blue]: Rgb): readonly [number, number] {
  return [0.3 * red + 0.7 * green, blue];
}

describe.each([8, 24])('with %d bits of colour', (depth) => {
  const theme = createTheme(depth);
  const colorOf = (meaning: (typeof MEANINGS)[number]) => {
    const number = /38;5;(\d+)$/.exec(theme[meaning])?.[1];
    return xterm(Number(number));
  };

  it.each(MEANINGS)('%s stands out from black and from white paper', (meaning) => {
    // WCAG 2.1, 1.4.11: what carries meaning, beside the words that do too.
    expect(contrast(colorOf(meaning), BLACK)).toBeGreaterThan(3);
    expect(contrast(colorOf(meaning), WHITE)).toBeGreaterThan(3);
  });

  it.each([
    ['outer', 'inner'],
    ['outer', 'tunnel'],
    ['tunnel', 'inner'],
    ['good', 'problem'],
    ['inner', 'problem'],
  ] as const)('%s and %s are told apart without red and green', (one, other) => {
    const [a, b] = [one, other].map((meaning) => withoutRedAndGreen(colorOf(meaning))) as [
      readonly [number, number],
      readonly [number, number],
    ];
    expect(Math.hypot(a[0] - b[0], a[1] - b[1])).toBeGreaterThan(45);
  });
});

it.each<[depth: number, isLight: boolean, allowed: RegExp]>([
  // SGR of the sixteen colours, bold, faint (ECMA-48, 8.3.117); and no colour at all.
  [4, false, /^(1;)?(2|3[1-7])?$/],
  [4, true, /^(1;)?([12]|3[1245])?$/],
  [1, false, /^1?$/],
  [1, true, /^1?$/],
])(
  'with %d bits of colour, light paper %s, styles are no more than the terminal knows',
  (depth, isLight, allowed) => {
    const theme = createTheme(depth, isLight);
    for (const meaning of MEANINGS) expect(theme[meaning]).toMatch(allowed);
  },
);

it.each([1, 4, 8, 24])('with %d bits, what is selected is reversed and nothing else is', (depth) => {
  const theme: Theme = createTheme(depth);
  expect([theme.selected, theme.selectedElsewhere, theme.title]).toEqual(['1;7', '7', '1;7']);
  for (const meaning of MEANINGS) expect(theme[meaning].split(';')).not.toContain('7');
});

it.each([
  ['15;0', false],
  ['0;15', true],
  ['0;default;15', true],
  ['0;7', true],
  ['7;8', false],
  ['12;11', true],
  ['', false],
  [undefined, false],
])('COLORFGBG=%s: light paper is %s', (value, isLight) => {
  expect(isLightTerminal({ COLORFGBG: value })).toBe(isLight);
});
