/** A path view as lifelines and arrows, drawn in four ways; what each shows against hand-read packets, and other programs' parsers. */
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { svgDocument } from '../../src/drawing/svg.ts';
import type { PathView } from '../../src/path/path-view.ts';
import { tracePath } from '../../src/path/trace-path.ts';
import { createLadders, type Ladder, type PingChoice } from '../../src/picture/ladder.ts';
import { ladderMermaid } from '../../src/picture/ladder-mermaid.ts';
import { laddersDrawing } from '../../src/picture/ladder-svg.ts';
import { ladderLines } from '../../src/picture/ladder-text.ts';
import { pathPage } from '../../src/picture/path-page.ts';
import { shownWay } from '../../src/picture/shown-way.ts';

async function viewOf(file: string): Promise<PathView> {
  const source = await openCaptureFile(file);
  try {
    return await tracePath(source);
  } finally {
    await source.close();
  }
}

/** Three requests that go into the tunnel of broken-far-end and are seen last where they would come out. */
let lost: PathView;
/** Four pings at seven points, all answered. */
let whole: PathView;
beforeAll(async () => {
  lost = await viewOf('fixtures/path/far-end-missing.pcapng');
  whole = await viewOf('fixtures/socat-points.pcapng');
});

const only = (view: PathView, choice: PingChoice = 'all', most = 50) =>
  createLadders(view, choice, most)[0] as Ladder;

describe('a ladder', () => {
  it('has the points of the way by host, and each stop of a lost request', () => {
    const { lines, pings } = only(lost);
    expect(lines.map(({ host, name }) => `${host} ${name}`)).toEqual([
      'pic1-h1-ns1 eth0',
      'pic1-h1 br0',
      'pic1-h1 tun0',
      'pic1-h1 eth0',
      'pic1-rt r1',
      'pic1-h2 eth0',
    ]);
    const [first, second] = pings;
    expect(first?.request.stops.map(({ line }) => line)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(first?.request.envelopes).toEqual([
      { from: 3, to: 5, words: 'tunpi 10.1.0.10 → 10.2.0.10 udp 9000 → 9000' },
    ]);
    expect(first?.request.stops.map(({ ttl }) => ttl)).toEqual(['', '', '64→63', '', '', '']);
    expect(first).toMatchObject({ isLost: true, request: { isLost: true }, reply: { stops: [] } });
    expect(first?.reason).toContain('request last seen at pic1-h2:eth0');
    expect([second?.total, second?.reason]).toEqual(['LOST, as 1', '']);
  });

  it.each<[string, PingChoice, number, labels: string[], left: number]>([
    ['the lost ones, and a good one beside them', 'lost', 50, ['1'], 3],
    ['all', 'all', 50, ['1', '2', '3', '4'], 0],
    ['some by their place', { from: 2, to: 3 }, 50, ['2', '3'], 2],
    ['no more than there is room for', 'all', 2, ['1', '2'], 2],
  ])('chooses %s', (_, choice, most, labels, left) => {
    const ladder = only(whole, choice, most);
    expect([ladder.pings.map(({ label }) => label), ladder.left]).toEqual([labels, left]);
  });

  it('a place where there is no ping draws nothing', () => {
    expect(createLadders(whole, { from: 90, to: 99 }, 50)).toEqual([]);
  });
});

describe('drawn', () => {
  it('as text: arrows from point to point, double in the envelope, the loss where it is', () => {
    const lines = ladderLines(only(lost), 100);
    const [arrow] = lines.filter((line) => line.startsWith('1 →'));
    expect(arrow?.match(/[│✕]/g)?.join('')).toBe('││││││✕');
    const parts = arrow?.split('│').slice(1, 6) as string[];
    expect(parts.map((part) => (part.includes('═') ? 'envelope' : 'bare'))).toEqual([
      'bare',
      'bare',
      'bare',
      'envelope',
      'envelope',
    ]);
    expect(parts.every((part) => part.endsWith('▶'))).toBe(true);
  });

  it.each([40, 60, 80, 120, 200])('as text of %i columns: each arrow has its head', (width) => {
    for (const view of [lost, whole]) {
      const ladder = only(view);
      const arrows = ladderLines(ladder, width).filter((line) => /^\d+ [→←]/.test(line));
      const heads = arrows.map((line) => line.match(/[▶◀]/g)?.length);
      const moves = ladder.pings.flatMap(({ request, reply }) =>
        [request, reply].flatMap(({ stops }) => (stops.length === 0 ? [] : [stops.length - 1])),
      );
      expect(heads).toEqual(moves);
    }
  });

  it('as SVG that an XML parser reads, with a mark for each loss and a band for each envelope', () => {
    const svg = svgDocument('x', laddersDrawing(createLadders(lost, 'all', 50)));
    const script =
      'import sys,xml.dom.minidom as m;d=m.parseString(sys.stdin.buffer.read());print(len([r for r in d.getElementsByTagName("rect") if r.getAttribute("class")=="band"]),d.documentElement.tagName)';
    const { stdout, stderr } = spawnSync('python3', ['-c', script], { input: svg, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '3 svg\n', stderr: '' });
    expect(svg.match(/LOST/g)).toHaveLength(3);
  });

  it('as Mermaid: a participant a point, an arrow a step, a lost message for each loss', () => {
    const lines = ladderMermaid(only(lost)).split('\n');
    const count = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
    expect([count(/^ {2}participant /), count(/->>p/), count(/-xp\d/), count(/envelope on/)]).toEqual([
      6,
      5 * 3,
      3,
      3,
    ]);
  });
});

it('nothing to draw is said in the picture', () => {
  expect(svgDocument('x', laddersDrawing([]))).toContain(
    '>nothing to be drawn: no such ping was seen</text>',
  );
});

// "box tan" is a box in that colour, without a name.
it('as Mermaid, a host named as a colour keeps its name', () => {
  const ladder: Ladder = { title: 't', lines: [{ host: 'tan', name: 'eth0' }], pings: [], left: 0 };
  expect(ladderMermaid(ladder)).toContain('\n  box transparent tan\n');
});

it('an envelope of long addresses has its words inside of the picture', () => {
  const addresses = Array(2).fill('2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff').join(' → ');
  const stop = (line: number) => ({ line, elapsed: '', ttl: '', count: 1 });
  const request = {
    stops: [0, 1].map(stop),
    envelopes: [{ from: 1, to: 1, words: addresses }],
    isLost: true,
    isOpen: false,
  };
  const { width, picture } = laddersDrawing([
    {
      title: 't',
      lines: ['a', 'b'].map((name) => ({ host: '', name })),
      left: 0,
      pings: [
        {
          label: '1',
          total: 'LOST',
          isLost: true,
          reason: '',
          request,
          reply: { stops: [], envelopes: [], isLost: false, isOpen: false },
        },
      ],
    },
  ]);
  const [, x] = /<text x="([\d.]+)"[^>]*class="t">/.exec(picture.text) ?? [];
  expect(Number(x)).toBeGreaterThanOrEqual(0);
  expect(picture.text).toContain(`>${addresses}</text>`);
  expect(Number(x) + addresses.length * 7.2).toBeLessThanOrEqual(width);
});

describe('names from outside stay text', () => {
  const HOSTILE = [
    '<script>alert(1)</script>',
    'a;b%%c\n#d',
    '\u001b]0;x\u0007',
    '"]:::x',
    'end',
    ']]>&amp;<!--',
  ];
  it.each(HOSTILE)('%j', (name) => {
    const view = { ...lost, points: lost.points.map((point, i) => (i === 2 ? { ...point, name } : point)) };
    const ladders = createLadders(view, 'all', 50);
    const svg = svgDocument(name, laddersDrawing(ladders));
    const html = pathPage(shownWay(view, 'all', 50), name);
    const read = spawnSync(
      'python3',
      ['-c', 'import sys,xml.dom.minidom as m;m.parseString(sys.stdin.buffer.read())'],
      {
        input: svg,
        encoding: 'utf8',
      },
    );
    expect(read.stderr).toBe('');
    for (const document of [svg, html]) {
      expect(document).not.toMatch(/<script/);
      expect(document.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
    const mermaid = ladderMermaid(ladders[0] as Ladder);
    const participant = mermaid.split('\n').find((line) => line.startsWith('  participant p2 as '));
    // Entities (#59;) aside, no sign that Mermaid reads as its own.
    expect(participant?.replace(/^ {2}participant p2 as /, '').replace(/#\d+;/g, '')).not.toMatch(
      /[;#%<>"[\]\n]|^end$/,
    );
    expect(ladderLines(ladders[0] as Ladder, 100).join('')).not.toMatch(/\p{Cc}/u);
  });
});
