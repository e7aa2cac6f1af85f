/**
 * The pictures of the README and the docs, from the real screen: runs the command in a terminal (tmux), presses keys, and
 * draws the result.
 * usage: node scripts/screenshot.mjs                                            all of them
 *        node scripts/screenshot.mjs drawn                                      those that the command draws by itself
 *        node scripts/screenshot.mjs FILE.svg COLUMNSxROWS CAPTURE [KEY…]       a different one
 * needs tmux, and a build in dist/; for the topology root, since it is a lab's
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
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

/** What the command draws by itself: a ladder of recorded pings, and a lab's devices with the way of one that is lost in it. */
async function drawn() {
  const run = (...words) =>
    spawn(process.execPath, ['dist/cli.js', ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ran = (...words) => once(run(...words), 'close');
  await ran('path', 'fixtures/path/far-end-missing.pcapng', '--pings', '1', '--svg', 'docs/ladder.svg');
  if (process.getuid?.() !== 0) {
    console.error('docs/topology.svg is left as it is: its lab needs root');
    return;
  }
  await ran('lab', 'up', 'broken-far-end', '--lab', 'demo');
  try {
    const points = ['h1-ns1:eth0', 'h1:br0', 'h1:tun0', 'h1:eth0', 'rt:r1', 'rt:r2', 'h2:eth0'];
    const interfaces = points.flatMap((point) => ['-i', `demo-${point}`]);
    const path = run('path', ...interfaces, '--topology', 'docs/topology.svg');
    const ended = once(path, 'close');
    let said = '';
    while (!said.includes('capturing on')) said += await Promise.race([once(path.stderr, 'data'), ended]);
    try {
      execFileSync('ip', [
        'netns',
        'exec',
        'demo-h1-ns1',
        'ping',
        '-c',
        '3',
        '-i',
        '0.3',
        '-W',
        '1',
        '172.16.1.2',
      ]);
    } catch {
      // It is lost, on purpose.
    }
    path.kill('SIGINT');
    await ended;
  } finally {
    await ran('lab', 'down', '--lab', 'demo');
  }
}

const given = process.argv.slice(2);
if (given[0] !== 'drawn') {
  for (const picture of given.length > 0 ? [given] : PICTURES) await draw(...picture);
}
if (given.length === 0 || given[0] === 'drawn') await drawn();
