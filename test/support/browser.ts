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
  /** Another one in its place, which takes less time than a new page. */
  open(path: string): Promise<void>;
}

/** @param path of a file */
export async function openPage(
  browser: Browser,
  path: string,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const page = await browser.newPage(options);
  const complaints: string[] = [];
  let own = '';
  const isOwn = (url: string) => url.replace(/#.*/, '') === own.replace(/#.*/, '');
  page.on('request', (request) => {
    if (!isOwn(request.url())) complaints.push(`asks for ${request.url()}`);
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  const open = async (next: string) => {
    own = `file://${next}`;
    complaints.length = 0;
    await page.goto(own);
  };
  await open(path);
  return { page, complaints, open };
}
