import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { handSource } from '../support/capture.ts';
import {
  cleanup,
  KEYS,
  reversed,
  show,
  showFile,
  stylesOf,
  type TestScreen,
  withoutStyles,
} from '../support/screen.ts';

// What the captures hold was read off `tshark -r FILE -V -x` by hand, and for the inner headers off its hex dump.
afterEach(cleanup);

const SIZES = [
  [60, 16],
  [80, 24],
  [120, 40],
  [250, 70],
] as const;

/** Everything that a step says, on however many pages: the left column and then the right one, without line breaks. */
async function wholeText(shown: TestScreen): Promise<string> {
  const columns = [new Set<string>(), new Set<string>()] as const;
  const look = () => {
    for (const row of shown.rows()) {
      // Rows of the envelope have such lines too, and are not asked for.
      const [left = '', right = ''] = row.split('│');
      columns[0].add(left.trim());
      columns[1].add(right.trim());
    }
  };
  look();
  for (let before = -1; before !== columns[0].size + columns[1].size; ) {
    before = columns[0].size + columns[1].size;
    await shown.press(KEYS.pageDown);
    look();
  }
  return [...columns[0], ...columns[1]].join(' ').replace(/\s+/g, ' ');
}

function titleOf(shown: TestScreen): string {
  return (shown.rows()[1] as string).trim();
}

describe.each(SIZES)('a lesson at %d by %d', (columns, rows) => {
  it('fills the terminal exactly at every step, of shallow and deep packets', async () => {
    for (const [file, packet] of [
      ['socat', 1],
      ['generated/tunnels', 9],
      ['route', 1],
    ] as const) {
      const shown = await showFile(`fixtures/${file}.pcap`, columns, rows);
      await shown.press(':', ...String(packet), KEYS.enter, 'L');
      const layers = Number(/(\d+) layers/.exec(titleOf(shown))?.[1]);
      expect(layers).toBeGreaterThan(2);
      for (let step = 0; step <= layers; step++) {
        expect(shown.rows().map((row) => row.length)).toEqual(new Array(rows).fill(columns));
        if (step > 0) expect(titleOf(shown)).toContain(`layer ${step} of ${layers}`);
        await shown.press(KEYS.right);
      }
      cleanup();
    }
  });

  it('loses no row between two pages', async () => {
    const shown = await showFile('fixtures/socat.pcap', columns, rows);
    await shown.press('L', KEYS.right, KEYS.right);
    const text = await wholeText(shown);
    // Every field of the outer IPv4 header, by tshark.
    for (const field of [
      'Version: 4',
      'Header Length: 20',
      'Total Length: 116',
      'Identification: 0xe5e5',
      'Don’t Fragment: Set',
      'Time to Live: 64',
      'Protocol: UDP (17)',
      'Source Address: 10.1.0.10',
      'Destination Address: 10.2.0.10',
    ])
      expect(text).toContain(field);
    expect(text).toContain('RFC 2474, section 3');
    expect(text).toContain('OSI layer 3, network');
  });
});

describe('a lesson', () => {
  it('begins with the whole packet, outer beside inner, and what the tunnel costs', async () => {
    const shown = await showFile('fixtures/socat.pcap', 120, 60);
    await shown.press('L');
    expect(titleOf(shown)).toBe('Lesson: packet 1  The whole packet, 130 bytes in 7 layers');
    const text = shown.rows().join('\n').replace(/\s+/g, ' ');
    expect(text).toMatch(/≠ Time to live 64 63 /);
    expect(text).toMatch(/= DSCP Default \(0\) Default \(0\) /);
    expect(text).toMatch(/≠ Length 116 84 /);
    expect(await wholeText(shown)).toContain('The tunnel takes 32 of the outer packet’s 116 bytes (28 %)');
  });

  it('peels a layer a key: its box goes, its name stays, and the bytes that stand out are its own', async () => {
    const shown = await showFile('fixtures/socat.pcap', 120, 40);
    await shown.press('L');
    for (const [layers, name, off, bytes] of [
      [1, 'Ethernet', [], /fa f0 90 c4 bf 12 66 6a/],
      [2, 'IPv4', ['Ethernet'], /45 00/],
      [3, 'UDP', ['Ethernet', 'IPv4'], /23 28 23 28 00 60/],
      [4, 'TUN PI', ['Ethernet', 'IPv4', 'UDP'], /00 00 08 00/],
    ] as const) {
      await shown.press(KEYS.enter);
      expect(titleOf(shown)).toContain(`${name}, layer ${layers} of 7`);
      const boxes = shown.rows().slice(2, 9);
      expect(boxes.filter((row) => row.includes('(off)'))).toHaveLength(off.length);
      for (const [i, layer] of off.entries())
        expect(boxes[i]).toMatch(new RegExp(`^ +${layer} .*\\(off\\) *$`));
      expect(boxes[layers - 1]).toMatch(new RegExp(`^▸ +┌ ${name} .*─┐ *$`));
      const lit = shown.styled().slice(11).flatMap(reversed).join('').replace(/\s+/g, ' ');
      expect(lit).toMatch(bytes);
    }
    await shown.press(KEYS.left, KEYS.left);
    expect(titleOf(shown)).toContain('IPv4, layer 2 of 7, outside the tunnel');
    await shown.press(KEYS.end);
    expect(titleOf(shown)).toContain('Data, layer 7 of 7, inside the tunnel');
    await shown.press(KEYS.home);
    expect(titleOf(shown)).toContain('The whole packet');
  });

  it('says why a header is there, and what routers make of it', async () => {
    const shown = await showFile('fixtures/vxlan.pcap', 120, 60);
    await shown.press(':', '3', KEYS.enter, 'L', ...new Array<string>(4).fill(KEYS.right));
    const text = await wholeText(shown);
    expect(text).toContain('Virtual eXtensible Local Area Network (RFC 7348, section 5)');
    expect(text).toMatch(/Why here .*entrance/);
    expect(text).toMatch(/Routers +Nothing/);
    expect(text).toMatch(/VXLAN Network Identifier \(VNI\): 42/);
  });

  it('goes on to the next packet at the same layer, and back', async () => {
    const shown = await showFile('fixtures/socat.pcap', 120, 40);
    await shown.press('L', ...new Array<string>(5).fill(KEYS.right), 'n');
    expect(titleOf(shown)).toMatch(/^Lesson: packet 2 {2}IPv4, layer 5 of 7, inside/);
    expect(shown.rows().join('\n')).toContain('172.16.1.2 → 172.16.0.2');
    await shown.press('n', 'p', 'p', 'p');
    expect(titleOf(shown)).toMatch(/^Lesson: packet 1 {2}IPv4, layer 5 of 7/);
    await shown.press('q');
    expect(shown.rows().join('\n')).toContain(' OUTER ');
    expect(shown.commands).toEqual([]);
  });

  it('is told without colour too', async () => {
    const shown = await showFile('fixtures/socat.pcap', 120, 40, { depth: 1 });
    await shown.press('L', KEYS.right, KEYS.right);
    for (const row of shown.styled())
      for (const codes of stylesOf(row)) expect(codes).toMatch(/^[0147](;[0147])*$/);
    expect(shown.rows().find((row) => row.startsWith('▸'))).toContain('IPv4');
  });

  it('says so where there is no packet', async () => {
    const source = handSource({ isLive: true });
    const shown = show(source, 80, 24);
    await shown.press('L');
    expect(shown.session.state.view).toBe('lesson');
    expect(shown.rows()[1]?.trim()).toBe('There is no packet to explain yet.');
  });

  it('is safe from packets that hold escape sequences, cut anywhere', async () => {
    const attack = '\x1b]2;owned\x07\x1b[2J\x1b[10;10H\x9b31m\x1bc\r\n\x7f';
    const whole = Buffer.from(readFileSync('fixtures/socat.pcap').subarray(40, 170));
    whole.write(attack, 74, 'latin1');
    // In header fields too.
    whole.write(attack.slice(0, 8), 66, 'latin1');
    const source = handSource({ isLive: false });
    const shown = show(source, 120, 40);
    const running = shown.session.run();
    const cuts = [whole.length, 100, 80, 70, 60, 47, 43, 35, 20, 13, 1, 0];
    source.push(cuts.map((length) => whole.subarray(0, length)));
    source.end();
    await running;
    await shown.press('g', 'L', KEYS.end);
    for (const _ of cuts) {
      for (const key of [KEYS.end, KEYS.pageDown, KEYS.left, KEYS.left, KEYS.home]) {
        await shown.press(key);
        const rows = shown.styled();
        expect(rows.map((row) => withoutStyles(row).length)).toEqual(new Array(40).fill(120));
        for (const row of rows) expect(withoutStyles(row)).toMatch(/^[ -~→▾▸─│·✓…–≠●↩┌┐└┘┴┤‘’“”]*$/);
      }
      await shown.press('n');
    }
    expect(shown.session.state.selected).toBe(cuts.length - 1);
  });
});
