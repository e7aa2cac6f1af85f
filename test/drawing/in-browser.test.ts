/** Every page and picture in a real browser: what it loads, says, shows at a phone's width, on paper, in light and in dark. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lessonNames } from '../../src/lab/lesson/lesson.ts';
import { bringDown } from '../../src/lab/network/down.ts';
import { loadNetwork } from '../../src/lab/network/network.ts';
import { bringUp } from '../../src/lab/network/up.ts';
import type { Device, Topology } from '../../src/picture/topology.ts';
import { topologyMermaid } from '../../src/picture/topology-text.ts';
import { missingForBrowser, type Opened, openPage, startBrowser } from '../support/browser.ts';
import { tunnelscope } from '../support/command.ts';
import {
  background,
  focused,
  hiddenParts,
  letterOnItsWay,
  linkAddresses,
  mermaidSvgs,
  movedBy,
  overlaps,
  pageWidth,
  paleTexts,
  pictureLabels,
  rootTag,
  textsBeyondEdge,
  unfold,
} from '../support/in-page.mjs';
import { missingForNamespaces, skipNote } from '../support/lab.ts';
import { labName } from '../support/networks.ts';
import { pingsFile } from '../support/pings-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-pages-'));
const PHONE = { width: 360, height: 740 };
const LOST = 'fixtures/path/far-end-missing.pcapng';

/** Each kind of page: its name, and what writes it. All lessons are pages of one site. */
const PAGES: readonly (readonly [name: string, ...command: string[]])[] = [
  ['path', 'path', 'fixtures/socat-points.pcapng', '--pings', 'all', '--html'],
  ['path-lost', 'path', LOST, '--html'],
  ['path-cut-off', 'path', '-c', '15', 'fixtures/socat-points.pcapng', '--html'],
  ['verify', 'verify', 'fixtures/half.pcap', 'fixtures/vxlan.pcap', '--html'],
  ['verify-points', 'verify', LOST, '--expect', 'tunnel=vxlan', '--html'],
  ['verify-together', 'verify', 'fixtures/path-4-h1-eth0.pcap', 'fixtures/path-7-h2-eth0.pcap', '--html'],
  ['verify-exchanges', 'verify', 'fixtures/findings/tcp-black-hole.pcap', '--html'],
  ['explain', 'explain', 'fixtures/vxlan.pcap', '--html'],
  ['explain-socat', 'explain', 'fixtures/socat.pcap', '--html'],
];
const PICTURES: typeof PAGES = [
  ['path', 'path', 'fixtures/socat-points.pcapng', '--svg'],
  ['path-lost', 'path', LOST, '--svg'],
  ['path-cut-off', 'path', '-c', '15', 'fixtures/socat-points.pcapng', '--svg'],
  ['devices', 'path', LOST, '--topology'],
  ['verify', 'verify', 'fixtures/half.pcap', 'fixtures/vxlan.pcap', '--svg'],
  ['explain', 'explain', 'fixtures/vxlan.pcap', '--svg'],
];
/** Of a lab, which needs root. */
const LAB_PICTURES = ['lab-status', 'interfaces'];

const pageOf = (name: string) => join(folder, `${name}.html`);
const pictureOf = (name: string) => join(folder, `${name}.svg`);
const lessonOf = (name: string, language = 'en') => join(folder, 'site', language, `${name}.html`);

const missingForLab = missingForNamespaces('sysctl');

describe.skipIf(missingForBrowser !== undefined)(`in Chromium${skipNote(missingForBrowser)}`, () => {
  let browser: Browser;
  /** For whatever needs no page of its own. */
  let opened: Opened;
  beforeAll(async () => {
    for (const [name, ...command] of PAGES) tunnelscope([...command, pageOf(name)]);
    for (const [name, ...command] of PICTURES) tunnelscope([...command, pictureOf(name)]);
    tunnelscope(['lab', 'lesson', '--html-all', join(folder, 'site')]);
    browser = await startBrowser();
    opened = await openPage(browser, pageOf('path'));
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What is wrong with a page in each way of looking at it; it is left in the last one. */
  async function faultsOf(path: string) {
    const { page, complaints, open } = opened;
    await page.setViewportSize({ width: 1280, height: 720 });
    await open(path);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const hidden = await page.evaluate(hiddenParts);
    const paper = await page.evaluate(background);
    const printed = await page.evaluate(paleTexts);
    await page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
    await page.evaluate(unfold);
    const dark = await page.evaluate(paleTexts);
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await page.evaluate(paleTexts);
    const over = await page.evaluate(overlaps);
    await page.setViewportSize(PHONE);
    const isTooWide = (await page.evaluate(pageWidth)) > PHONE.width;
    return {
      ...{ hidden, paper, isEmpty: light.seen <= 20, isTooWide, over },
      ...{ pale: [printed, dark, light].flatMap(({ pale }) => pale), complaints: [...complaints] },
    };
  }

  const NOTHING_WRONG = {
    ...{ hidden: [], paper: 'rgb(255, 255, 255)', isEmpty: false, isTooWide: false, over: [] },
    ...{ pale: [], complaints: [] },
  };

  it.each(PAGES.map(([name]) => name))(
    'the page of %s can be read in light and dark, on a phone and on paper; what is wider moves by key; it loads nothing',
    async (name) => {
      expect(await faultsOf(pageOf(name))).toEqual(NOTHING_WRONG);
      const { page } = opened;
      await page.locator('.wide').first().focus();
      await page.keyboard.press('ArrowRight');
      await expect.poll(() => page.evaluate(movedBy)).toBeGreaterThan(0);
    },
  );

  it.each([...lessonNames().map((name) => ['en', name]), ['zh-CN', 'fault-4'], ['zh-CN', 'ipip']])(
    'so does the %s lesson %s',
    async (language, name) => {
      expect(await faultsOf(lessonOf(name, language))).toEqual(NOTHING_WRONG);
    },
  );

  it('and their index, which leads to each', async () => {
    const faults = await faultsOf(join(folder, 'site', 'index.html'));
    expect(faults).toEqual(NOTHING_WRONG);
    const links = await opened.page.evaluate(linkAddresses);
    const missing = links.filter((link) => !existsSync(fileURLToPath(link.replace(/#.*/, ''))));
    expect([links.length >= 32, missing]).toEqual([true, []]);
  });

  it('a packet unfolds by key, down to its bytes', async () => {
    const { page } = opened;
    await opened.open(pageOf('verify'));
    const bytes = page.locator('details details pre').first();
    expect(await bytes.isVisible()).toBe(false);
    const summaries = page.locator('summary');
    // The key goes from one to the next: what is folded is passed over.
    await page.locator('a[href^="#c0p"]').last().focus();
    for (let i = 0; i < 20 && !(await bytes.isVisible()); i++) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate(focused)) === 'SUMMARY') await page.keyboard.press('Enter');
    }
    expect(await summaries.count()).toBeGreaterThan(1);
    expect(await bytes.textContent()).toMatch(/^0x0000: {2}[\da-f]{4} /);
  });

  it('the way through two captures is one ladder, and a tunnel joins their hosts', async () => {
    const { page } = opened;
    await opened.open(pageOf('verify-together'));
    const pictures = await page.evaluate(pictureLabels);
    expect(pictures).toEqual([
      '172.16.0.2 → 172.16.1.2 id 18023: 4 pings, 4 answered. 1 ping drawn at 2 points, 0 lost.',
      '2 hosts or network namespaces, 1 link, 1 tunnel.',
      expect.stringContaining('in path-7-h2-eth0.pcap: 4 answered, 0 lost'),
    ]);
    expect(await page.locator('p.soft').first().textContent()).toContain('clock of path-7-h2-eth0');
  });

  async function faultsOfPicture(name: string) {
    const { page, complaints, open } = opened;
    await open(pictureOf(name));
    // What is no XML is shown as an error, inside a page.
    const isSvg =
      (await page.evaluate(rootTag)) === 'svg' && (await page.locator('parsererror').count()) === 0;
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await page.evaluate(paleTexts);
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await page.evaluate(paleTexts);
    const beyond = await page.evaluate(textsBeyondEdge);
    // Other programs know no variables.
    const hasVariables = readFileSync(pictureOf(name), 'utf8').includes('var(');
    return {
      ...{ isSvg, isEmpty: light.seen <= 4, hasVariables, beyond, over: await page.evaluate(overlaps) },
      ...{ pale: [...dark.pale, ...light.pale], complaints: [...complaints] },
    };
  }

  const RIGHT_PICTURE = {
    ...{ isSvg: true, isEmpty: false, hasVariables: false, beyond: [], over: [] },
    ...{ pale: [], complaints: [] },
  };

  it.each(PICTURES.map(([name]) => name))(
    'the picture of %s alone can be read in light and dark',
    async (name) => {
      expect(await faultsOfPicture(name)).toEqual(RIGHT_PICTURE);
    },
  );

  describe.skipIf(missingForLab !== undefined)(`with a lab${skipNote(missingForLab)}`, () => {
    const name = labName('p');
    beforeAll(async () => {
      await bringUp(loadNetwork('vxlan-learning'), { name });
      tunnelscope(['lab', 'status', '--lab', name, '--svg', pictureOf('lab-status')]);
      tunnelscope(['interfaces', '--svg', pictureOf('interfaces')]);
    });
    afterAll(() => bringDown(name));

    it.each(LAB_PICTURES)('so can that of %s', async (picture) => {
      expect(await faultsOfPicture(picture)).toEqual(RIGHT_PICTURE);
      expect(readFileSync(pictureOf(picture), 'utf8')).toContain('>vxlan 42</text>');
    });
  });

  describe('a lesson', () => {
    const stepShown = (page: Page) => page.locator('.step:visible').getAttribute('id');
    const openStep = async (step: string) => {
      // Another place of the same page would be no new page.
      await opened.page.goto('about:blank');
      await opened.open(`${lessonOf('envelope')}#${step}`);
      return opened.page;
    };

    it('goes back and forth by key, a step at a time', async () => {
      const page = await openStep('');
      expect(await stepShown(page)).toBe('s1');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowRight');
      expect(await stepShown(page)).toBe('s3');
      await page.keyboard.press('ArrowLeft');
      expect(await stepShown(page)).toBe('s2');
      expect(opened.complaints).toEqual([]);
    });

    it('says whether an answer is right, and why', async () => {
      const page = await openStep('s6');
      await page.getByRole('button', { name: '172.16.1.2' }).click();
      expect(await page.locator('.says:visible').allTextContents()).toEqual([
        'Not quite. That is inside, on the inner letter. The router does not open envelopes.',
      ]);
      await page.getByRole('button', { name: '10.2.0.10' }).click();
      expect(await page.locator('.says:visible').allTextContents()).toEqual(['Right.']);
      expect(await page.locator('.answer:visible').textContent()).toContain('the outermost address');
    });

    // The capture's UDP port is 9000, 0x2328.
    it.each([
      ['9001', 'Not quite.'],
      ['9000', 'Right.'],
      ['0x2328', 'Right.'],
    ])('a value is judged by the recording: %s', async (answer, said) => {
      const page = await openStep('s11');
      await page.locator('input:visible').fill(answer);
      await page.keyboard.press('Enter');
      expect(await page.locator('.says:visible').textContent()).toContain(said);
    });

    it('moves the letter along the way, and its envelope is on in the tunnel alone', async () => {
      const page = await openStep('s8');
      const seen = await page.evaluate(letterOnItsWay);
      expect(new Set(seen.map(({ x }) => x)).size).toBeGreaterThan(4);
      // tun0 to tun0 and back: bare at both ends, in the envelope between.
      expect(seen.map(({ isOn }) => (isOn ? '[]' : '-')).join('')).toBe('-[][][]--[][][]-');
    });

    it('can be read without its script: all steps below each other', async () => {
      const { page } = await openPage(browser, lessonOf('envelope'), { javaScriptEnabled: false });
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
    const { stdout: ladder } = tunnelscope(['path', LOST, '-T', 'mermaid']);
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
    await opened.open(html);
    const { page, complaints } = opened;
    expect(await page.locator('h2', { hasText: 'Round trips over time' }).count()).toBe(1);
    expect(await page.locator('svg rect.dot').count()).toBeGreaterThan(200);
    expect(complaints).toEqual([]);
  });
});
