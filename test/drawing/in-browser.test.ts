/** Every page and picture in a real browser: what it loads, says, shows at a phone's width, on paper, in light and in dark. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Device, Topology } from '../../src/picture/topology.ts';
import { topologyMermaid } from '../../src/picture/topology-text.ts';
import { missingForBrowser, type Opened, openPage, startBrowser } from '../support/browser.ts';
import { tunnelscope } from '../support/command.ts';
import {
  background,
  focused,
  hiddenParts,
  letterOnItsWay,
  mermaidSvgs,
  movedBy,
  pageWidth,
  paleTexts,
  rootTag,
  textsBeyondEdge,
  unfold,
} from '../support/in-page.mjs';
import { skipNote } from '../support/lab.ts';
import { pingsFile } from '../support/pings-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-pages-'));
const PHONE = { width: 360, height: 740 };

/** Name of the page, and what writes it. */
const PAGES: readonly (readonly [name: string, ...command: string[]])[] = [
  ['path', 'path', 'fixtures/socat-points.pcapng', '--pings', 'all', '--html'],
  ['path-lost', 'path', 'fixtures/path/far-end-missing.pcapng', '--html'],
  ['verify', 'verify', 'fixtures/half.pcap', 'fixtures/vxlan.pcap', '--html'],
  ['verify-points', 'verify', 'fixtures/socat-points.pcapng', '--html'],
  ['explain', 'explain', 'fixtures/vxlan.pcap', '--html'],
  ['lesson', 'lab', 'lesson', 'envelope', '--language', 'en', '--html'],
  ['lesson-lost', 'lab', 'lesson', 'fault-4', '--language', 'zh-CN', '--html'],
  ['explain-socat', 'explain', 'fixtures/socat.pcap', '--html'],
];
const PICTURES: typeof PAGES = [
  ['path', 'path', 'fixtures/socat-points.pcapng', '--svg'],
  ['path-lost', 'path', 'fixtures/path/far-end-missing.pcapng', '--svg'],
  ['verify', 'verify', 'fixtures/half.pcap', '--svg'],
  ['explain', 'explain', 'fixtures/vxlan.pcap', '--svg'],
];

const pageOf = (name: string) => join(folder, `${name}.html`);
const pictureOf = (name: string) => join(folder, `${name}.svg`);

describe.skipIf(missingForBrowser !== undefined)(`in Chromium${skipNote(missingForBrowser)}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    for (const [name, ...command] of PAGES) tunnelscope([...command, pageOf(name)]);
    for (const [name, ...command] of PICTURES) tunnelscope([...command, pictureOf(name)]);
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe.each(PAGES.map(([name]) => name))('the page of %s', (name) => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await openPage(browser, pageOf(name));
    });
    afterAll(() => opened.page.close());

    it('on paper has what is folded, black on white', async () => {
      const { page } = opened;
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      const hidden = await page.evaluate(hiddenParts);
      const paper = await page.evaluate(background);
      const { pale } = await page.evaluate(paleTexts);
      expect({ hidden, paper, pale }).toEqual({ hidden: [], paper: 'rgb(255, 255, 255)', pale: [] });
    });

    it.each(['light', 'dark'] as const)('can be read in %s', async (colorScheme) => {
      const { page } = opened;
      await page.emulateMedia({ media: 'screen', colorScheme });
      await page.evaluate(unfold);
      const { seen, pale } = await page.evaluate(paleTexts);
      expect(seen).toBeGreaterThan(20);
      expect(pale).toEqual([]);
    });

    it('fits a phone: what is wider scrolls by itself, also by key', async () => {
      const { page } = opened;
      await page.setViewportSize(PHONE);
      await page.evaluate(unfold);
      const width = await page.evaluate(pageWidth);
      expect(width).toBeLessThanOrEqual(PHONE.width);
      await page.locator('.wide').first().focus();
      await page.keyboard.press('ArrowRight');
      await expect.poll(() => page.evaluate(movedBy)).toBeGreaterThan(0);
    });

    it('loads nothing, and complains of nothing', () => {
      expect(opened.complaints).toEqual([]);
    });
  });

  it('a packet unfolds by key, down to its bytes', async () => {
    const { page } = await openPage(browser, pageOf('verify'));
    const bytes = page.locator('details details pre').first();
    expect(await bytes.isVisible()).toBe(false);
    for (let i = 0; i < 60 && !(await bytes.isVisible()); i++) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate(focused)) === 'SUMMARY') {
        await page.keyboard.press('Enter');
      }
    }
    expect(await bytes.textContent()).toMatch(/^0x0000: {2}[\da-f]{4} /);
    await page.close();
  });

  describe.each(PICTURES.map(([name]) => name))('the picture of %s alone', (name) => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await openPage(browser, pictureOf(name));
    });
    afterAll(() => opened.page.close());

    it('is well-formed', async () => {
      // What is no XML is shown as an error, inside a page.
      const { page, complaints } = opened;
      expect(await page.evaluate(rootTag)).toBe('svg');
      expect(await page.locator('parsererror').count()).toBe(0);
      expect(complaints).toEqual([]);
    });

    it.each(['light', 'dark'] as const)('can be read in %s', async (colorScheme) => {
      await opened.page.emulateMedia({ colorScheme });
      const { seen, pale } = await opened.page.evaluate(paleTexts);
      expect(seen).toBeGreaterThan(4);
      expect(pale).toEqual([]);
    });

    it('has its colours in it: other programs know no variables', () => {
      expect(readFileSync(pictureOf(name), 'utf8')).not.toContain('var(');
    });

    it('has no text beyond its edge', async () => {
      const beyond = await opened.page.evaluate(textsBeyondEdge);
      expect(beyond).toEqual([]);
    });
  });

  describe('a lesson', () => {
    const stepShown = (page: Page) => page.locator('.step:visible').getAttribute('id');

    it('goes back and forth by key, a step at a time', async () => {
      const { page, complaints } = await openPage(browser, pageOf('lesson'));
      expect(await stepShown(page)).toBe('s1');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowRight');
      expect(await stepShown(page)).toBe('s3');
      await page.keyboard.press('ArrowLeft');
      expect(await stepShown(page)).toBe('s2');
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('says whether an answer is right, and why', async () => {
      const { page } = await openPage(browser, `${pageOf('lesson')}#s6`);
      await page.getByRole('button', { name: '172.16.1.2' }).click();
      expect(await page.locator('.says:visible').allTextContents()).toEqual([
        'Not quite. That is inside, on the inner letter. The router does not open envelopes.',
      ]);
      await page.getByRole('button', { name: '10.2.0.10' }).click();
      expect(await page.locator('.says:visible').allTextContents()).toEqual(['Right.']);
      expect(await page.locator('.answer:visible').textContent()).toContain('the outermost address');
      await page.close();
    });

    // The capture's UDP port is 9000, 0x2328.
    it.each([
      ['9001', 'Not quite.'],
      ['9000', 'Right.'],
      ['0x2328', 'Right.'],
    ])('a value is judged by the recording: %s', async (answer, said) => {
      const { page } = await openPage(browser, `${pageOf('lesson')}#s11`);
      await page.locator('input:visible').fill(answer);
      await page.keyboard.press('Enter');
      expect(await page.locator('.says:visible').textContent()).toContain(said);
      await page.close();
    });

    it('moves the letter along the way, and its envelope is on in the tunnel alone', async () => {
      const { page } = await openPage(browser, `${pageOf('lesson')}#s8`);
      const seen = await page.evaluate(letterOnItsWay);
      expect(new Set(seen.map(({ x }) => x)).size).toBeGreaterThan(4);
      // tun0 to tun0 and back: bare at both ends, in the envelope between.
      expect(seen.map(({ isOn }) => (isOn ? '[]' : '-')).join('')).toBe('-[][][]--[][][]-');
      await page.close();
    });

    it('can be read without its script: all steps below each other', async () => {
      const { page } = await openPage(browser, pageOf('lesson'), { javaScriptEnabled: false });
      expect(await page.locator('.step:visible').count()).toBe(12);
      expect(await page.locator('form:visible, #next:visible').count()).toBe(0);
      await page.close();
    });
  });

  it('Mermaid reads what is written for it, and hostile names stay text', async () => {
    const page = await browser.newPage();
    await page.addScriptTag({ path: 'node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js' });
    const hostile = ['<script>alert(1)</script>', 'a;b%%c\n#d', 'end', '"]:::x', '\u001b]0;x', 'x -->> y: z'];
    const device = (name: string, i: number): Device => ({
      ...{ id: `n${i}`, name, what: name, addresses: [name] },
      ...{ isUp: true, isPort: false, isTunnel: false },
    });
    const topology: Topology = {
      boxes: hostile.map((title, i) => ({ title, devices: [device(title, i)] })),
      edges: [{ from: 'n0', to: 'n1', kind: 'tunnel', label: hostile[3] as string }],
    };
    const { stdout: ladder } = tunnelscope(['path', 'fixtures/path/far-end-missing.pcapng', '-T', 'mermaid']);
    const { stdout: report } = tunnelscope(['verify', 'fixtures/socat-points.pcapng', '-T', 'markdown']);
    expect(report).toContain('```mermaid\nsequenceDiagram\n');
    const texts = [
      ladder,
      ...[...report.matchAll(/```mermaid\n(.*?)```/gs)].map(([, text]) => text as string),
      topologyMermaid(topology),
    ];
    const drawn = await page.evaluate(mermaidSvgs, texts);
    expect(drawn.map(({ fault }) => fault)).toEqual(texts.map(() => ''));
    const words = drawn.at(-1)?.words ?? '';
    for (const name of ['alert(1)', 'x -->> y: z', '"]:::x']) expect(words).toContain(name);
    expect(drawn[0]?.words).toContain('tunpi 10.1.0.10');
    await page.close();
  });

  it('a page of 10,000 pings is below 2 MB, and complete', async () => {
    const capture = join(folder, 'many.pcap');
    writeFileSync(capture, pingsFile(10_000));
    const html = pageOf('many');
    tunnelscope(['verify', capture, '--html', html]);
    expect(statSync(html).size).toBeLessThan(2_000_000);
    const { page, complaints } = await openPage(browser, html);
    expect(await page.locator('h2', { hasText: 'Round trips over time' }).count()).toBe(1);
    expect(await page.locator('svg rect.dot').count()).toBeGreaterThan(200);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
