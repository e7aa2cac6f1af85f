/** A real browser: Debian's Chromium, driven by playwright-core. What a page asks of the network, or complains about, is noted. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** What the machine lacks for it, in words for a skipped test's title; undefined where nothing. */
export const missingForBrowser = existsSync(CHROMIUM) ? undefined : 'needs chromium';

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export interface Opened {
  readonly page: Page;
  /** Addresses that the page asked for, but its own; errors and warnings of its console. */
  readonly complaints: string[];
}

/** @param path of a file */
export async function openPage(
  browser: Browser,
  path: string,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const page = await browser.newPage(options);
  const complaints: string[] = [];
  const own = `file://${path}`;
  page.on('request', (request) => {
    if (request.url().replace(/#.*/, '') !== own) complaints.push(`asks for ${request.url()}`);
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(own);
  return { page, complaints };
}

/**
 * Texts that can't be read well: those below a contrast of 4.5:1 on what is behind them (WCAG 2.2, 1.4.3), as the browser has computed
 * their colours; what is behind a text of a picture are the rectangles that are drawn before it.
 */
export function paleTexts(page: Page): Promise<{ seen: number; pale: string[] }> {
  return page.evaluate(() => {
    type Color = [red: number, green: number, blue: number, alpha: number];
    const parse = (value: string, opacity = 1): Color => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (value.match(/[\d.]+/g) ?? []).map(Number);
      return value === 'none' || value === '' ? [0, 0, 0, 0] : [red, green, blue, alpha * opacity];
    };
    const over = ([r, g, b, a]: Color, below: Color): Color => {
      const mixed = (one: number, other: number) => one * a + other * (1 - a);
      return [mixed(r, below[0]), mixed(g, below[1]), mixed(b, below[2]), 1];
    };
    const luminance = (color: Color) => {
      const [r, g, b] = color.slice(0, 3).map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      }) as [number, number, number];
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const isDark = matchMedia('(prefers-color-scheme:dark)').matches;
    const behind = (element: Element): Color => {
      const chain: Element[] = [];
      for (let one: Element | null = element; one !== null; one = one.parentElement) chain.unshift(one);
      let color: Color = isDark ? [0, 0, 0, 1] : [255, 255, 255, 1];
      for (const one of chain) color = over(parse(getComputedStyle(one).backgroundColor), color);
      const svg = element.closest('svg');
      if (svg === null) return color;
      const { left, right, top, bottom } = element.getBoundingClientRect();
      const [x, y] = [(left + right) / 2, (top + bottom) / 2];
      for (const rect of svg.querySelectorAll('rect')) {
        const isBefore = (rect.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
        const box = rect.getBoundingClientRect();
        if (!isBefore || x < box.left || x > box.right || y < box.top || y > box.bottom) continue;
        const style = getComputedStyle(rect);
        color = over(parse(style.fill, Number(style.fillOpacity)), color);
      }
      return color;
    };
    const pale: string[] = [];
    let seen = 0;
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      const words = node.textContent?.trim() ?? '';
      if (element === null || words === '' || element.closest('title,desc,style,script,head') !== null)
        continue;
      if (!element.checkVisibility()) continue;
      const style = getComputedStyle(element);
      const below = behind(element);
      const isDrawn = element.closest('svg') !== null;
      const color = over(parse(isDrawn ? style.fill : style.color), below);
      const [bright, dim] = [luminance(color), luminance(below)].sort((a, b) => b - a) as [number, number];
      const contrast = (bright + 0.05) / (dim + 0.05);
      seen++;
      if (contrast < 4.5) pale.push(`${contrast.toFixed(2)}:1 ${words.slice(0, 60)}`);
    }
    return { seen, pale };
  });
}
