/**
 * The pictures of the README and the docs, from the real screen: runs the command in a terminal (tmux), presses keys, and
 * draws the result.
 * usage: node scripts/screenshot.mjs                                            all of them
 *        node scripts/screenshot.mjs FILE.svg COLUMNSxROWS CAPTURE [KEY…]       a different one
 * needs tmux, and a build in dist/
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { terminalSvg } from './terminal-svg.mjs';

/** Keys as tmux names them. */
const PICTURES = [
  // In the inner headers, on the time to live.
  ['docs/screen.svg', '132x40', 'fixtures/socat.pcap', 'Tab', 'Tab', ...new Array(10).fill('Down')],
  ['docs/lesson.svg', '150x42', 'fixtures/socat.pcap', 'L', 'Right', 'Right'],
  // Small pings come through, large ones do not.
  ['docs/pings.svg', '110x30', 'fixtures/findings/mtu-black-hole.pcap', '2'],
  // One run captured at ten points of its way, with `lab up socat`.
  ['docs/path.svg', '110x24', 'fixtures/socat-points.pcapng', '6'],
];

const socket = `tunnelscope-screenshot-${process.pid}`;

function tmux(...words) {
  return execFileSync('tmux', ['-u', '-L', socket, '-f', '/dev/null', ...words], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8', TERM: 'xterm-256color' },
  });
}

async function until(isThere, what) {
  for (let i = 0; i < 200; i++) {
    const screen = tmux('capture-pane', '-e', '-N', '-p');
    if (isThere(screen)) return screen;
    await wait(50);
  }
  throw new Error(`the screen never showed ${what}:\n${tmux('capture-pane', '-p')}`);
}

async function draw(file, size, capture, ...keys) {
  const [columns, rows] = size.split('x');
  const command = `env -u NO_COLOR TERM=xterm-256color node dist/cli.js ${capture}`;
  tmux('new-session', '-d', '-x', columns, '-y', rows, command);
  try {
    let screen = await until((text) => text.includes('quit') && !text.includes('reading'), 'the UI');
    for (const key of keys) {
      tmux('send-keys', key);
      const before = screen;
      screen = await until((text) => text !== before, `an answer to ${key}`);
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, terminalSvg(screen, Number(columns), Number(rows)));
  } finally {
    tmux('kill-server');
  }
}

const given = process.argv.slice(2);
for (const picture of given.length > 0 ? [given] : PICTURES) await draw(...picture);
