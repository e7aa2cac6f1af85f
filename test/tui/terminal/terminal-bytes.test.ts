import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND } from '../../support/command.ts';
import { ATTACK, hostileCapture } from '../support/hostile.ts';
import { hasTmux, TmuxTerminal } from '../support/tmux.ts';

let folder: string;
let terminal: TmuxTerminal | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-bytes-'));
});
afterEach(() => {
  terminal?.close();
  terminal = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ESCAPE = '\x1b';
/** All that the screen may send: rows and their styles, its modes (ctlseqs), and the clipboard where it was asked for. */
const OURS = new RegExp(
  [
    `${ESCAPE}\\[\\d+;1H`,
    `${ESCAPE}\\[[0-9;]*m`,
    `${ESCAPE}\\[\\?(?:1049|25|2026|1000|1006)[hl]`,
    `${ESCAPE}\\[2J`,
    `${ESCAPE}\\]52;c;[A-Za-z0-9+/=]*(?:\\x07|${ESCAPE}\\\\)`,
  ].join('|'),
  'g',
);
/** C0, DEL, C1, and what turns the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/;

/** What of a program's output is not its own to send; undefined where nothing is. */
function foreign(output: string): string | undefined {
  const at = output.search(CONTROLS);
  return at < 0 ? undefined : JSON.stringify(output.slice(Math.max(0, at - 40), at + 40));
}

/** A capture, a configuration and a path that all try to take the terminal over. */
function hostilePlace(name: string): { readonly file: string; readonly config: string } {
  const place = join(folder, name, `evil${ATTACK.replaceAll('\n', '')}\u009b2J`);
  mkdirSync(join(place, 'tunnelscope'), { recursive: true });
  const file = join(place, 'evil\x1b]2;owned\x07.pcapng');
  writeFileSync(file, hostileCapture());
  writeFileSync(join(place, 'tunnelscope', 'config.yaml'), '"\\e]2;owned\\a": 1\n');
  return { file, config: place };
}

/** A word for bash with everything in it that could do harm written out. */
function quoted(text: string): string {
  const hex = [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`);
  return `$'${hex.join('')}'`;
}

const KEYS: readonly (readonly string[])[] = [
  ['Tab', 'Down', 'Down', 'x', 'x', 'Tab', 'End', 'Tab', 'End', 'Up', 'y', 'Y', 'J', 'Escape'],
  ['End', 'Tab', 'End', 'y', 'F', '='],
  ['L', 'Right', 'Right', 'Right', 'Right', 'PageDown', 'End', 'PageDown', 'q'],
];
/** Boards by their keys, and what only they show. Keys that come at once would have all but the last never drawn. */
const BOARDS: readonly (readonly [key: string, shown: string])[] = [
  ['2', 'Round trips'],
  ['3', ' Protocol '],
  ['4', ' Conversation'],
  ['6', 'Pings, latest first'],
  ['?', 'Next marked packet'],
];

describe.skipIf(!hasTmux)(
  `bytes that reach a terminal${hasTmux ? '' : ' (skipped: tmux is missing)'}`,
  () => {
    it('are none but our own, whatever packets, names, comments, paths, keys and configurations hold', async () => {
      const { file, config } = hostilePlace('screen');
      terminal = await TmuxTerminal.open(110, 40);
      const title = terminal.ask('pane_title');
      const raw = join(folder, 'screen.raw');
      terminal.record(raw);
      terminal.type(`XDG_CONFIG_HOME=${quoted(config)} node ${COMMAND} ${quoted(file)}; echo "left $?"`);
      await terminal.shows('9 packets', 'OUTER');
      for (const keys of KEYS) {
        terminal.press(...keys);
        await terminal.until((screen) => /OUTER|PACKET|back/.test(screen), 'what the keys show');
      }
      for (const [key, shown] of BOARDS) {
        terminal.press(key);
        await terminal.shows(shown);
        terminal.press('Down');
      }
      terminal.press('q', '1');
      await terminal.until((screen) => /OUTER|PACKET/.test(screen), 'the headers again');
      terminal.press('/');
      terminal.tmux('send-keys', '-l', `frame.comment contains "\u009b\u202eé`);
      await terminal.shows('frame.comment contains');
      terminal.press('Enter');
      await terminal.shows('frame.comment contains');
      // Not at once with the next key: an escape before it would be one with it.
      terminal.press('Escape');
      await terminal.until((screen) => !screen.includes('frame.comment'), 'the prompt closed');
      terminal.press('w');
      terminal.tmux('send-keys', '-l', `/nowhere\u009b2J/x.pcap`);
      terminal.press('Enter');
      await terminal.shows('Save to', '! ');
      terminal.press('C-c');
      await terminal.shows('left 0');
      const output = readFileSync(raw, 'utf8');
      const screen = output.slice(output.indexOf(`${ESCAPE}[?1049h`), output.lastIndexOf(`${ESCAPE}[?1049l`));
      expect(screen).toContain('evil\\x1b]2;owned\\x07');
      expect(foreign(screen.replace(OURS, ''))).toBeUndefined();
      expect(terminal.ask('pane_title')).toBe(title);
    });

    it('are lines of text alone for a screen reader', async () => {
      const { file, config } = hostilePlace('reader');
      terminal = await TmuxTerminal.open(110, 60, { INK_SCREEN_READER: 'true' });
      const title = terminal.ask('pane_title');
      const raw = join(folder, 'reader.raw');
      terminal.record(raw);
      terminal.type(`XDG_CONFIG_HOME=${quoted(config)} node ${COMMAND} ${quoted(file)}; echo "left $?"`);
      await terminal.shows('screen reader', '9 packets');
      for (const keys of KEYS.map((some) => some.filter((key) => !/^[yYJF]$/.test(key))))
        terminal.press(...keys);
      terminal.press('/');
      terminal.tmux('send-keys', '-l', `frame.comment contains "\u009b\u202eé`);
      await terminal.shows('Error: ');
      terminal.press('C-c');
      await terminal.shows('left 0');
      const output = readFileSync(raw, 'utf8');
      const told = output.slice(output.indexOf('tunnelscope, for a screen reader'), output.indexOf('left 0'));
      expect(told).toContain('evil\\x1b]2;owned\\x07');
      expect(foreign(told.replace(/\r?\n/g, ''))).toBeUndefined();
      expect(terminal.ask('pane_title')).toBe(title);
    });
  },
);

describe.skipIf(!hasTmux)(`for a screen reader${hasTmux ? '' : ' (skipped: tmux is missing)'}`, () => {
  it('what changes is told in sentences, and nothing is drawn', async () => {
    terminal = await TmuxTerminal.open(200, 100, { INK_SCREEN_READER: 'true' });
    const raw = join(folder, 'sentences.raw');
    terminal.record(raw);
    terminal.type(`node ${COMMAND} ${resolve('fixtures/socat.pcap')}; echo "left $?"`);
    await terminal.shows('socat.pcap: 8 packets, pings answered 4 of 4 through tunpi over UDP 9000.');
    const steps: readonly (readonly [keys: readonly string[], text: string])[] = [
      [
        ['Down'],
        'Packet 2, 0.000198 s. Outer 10.2.0.10:9000 to 10.1.0.10:9000, tunnel tunpi (guess), inner 172.16.1.2 to 172.16.0.2. ICMP Echo reply id=17163 seq=1 ttl=63. Answers packet 1 after 0.198 ms.',
      ],
      [['Tab'], 'Outer headers, 10.2.0.10:9000 to 10.1.0.10:9000.'],
      [
        ['Down', 'Down', 'Down', 'Down', 'Down'],
        'Total Length: 116. The length of header and payload in bytes.',
      ],
      [['Tab'], 'Inner headers, 172.16.1.2 to 172.16.0.2, in TUN PI over UDP 9000.'],
      [['Tab'], 'Byte 48: hex 00, decimal 0. Part of IPv4, Total Length.'],
      [['2'], 'Path 1: 172.16.0.2 to 172.16.1.2, id 17163, in tunpi 10.1.0.10 to 10.2.0.10 udp 9000'],
      [['3', 'Down'], 'IPv4 in Ethernet, depth 2: 8 packets, 100.0 %'],
      [['4'], '172.16.0.2 to 172.16.1.2, in tunpi 10.1.0.10'],
      [['L', 'Right'], 'Layer 1 of 7, level 0 of 1.'],
      [['q', ':', '7', 'Enter'], 'Packet 7, 0.608814 s.'],
      [[':', 'z', 'Enter'], 'Error: expected a number'],
      [['BSpace', '7', 'Enter', 'm'], 'Packet 7, marked, 0.608814 s.'],
    ];
    for (const [keys, text] of steps) {
      for (const key of keys) terminal.press(key);
      await terminal.shows(text);
    }
    terminal.press('q');
    await terminal.shows('left 0');
    const output = readFileSync(raw, 'utf8');
    const told = output.slice(output.indexOf('tunnelscope, for a screen reader'), output.indexOf('left 0'));
    const lines = told.split(/\r?\n/).map((line) => line.trimEnd());
    expect(foreign(lines.join(''))).toBeUndefined();
    expect(told).not.toMatch(/[\u2500-\u25ff→≠✓↩]/);
    // What did not change is not told again.
    expect(lines.filter((line) => line.startsWith('socat.pcap: '))).toHaveLength(1);
  });
});
