/** `tunnelscope lab watch` in a real terminal, on real networks: every point of the way is captured and shown. */
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { COMMAND, tunnelscope } from '../../../support/command.ts';
import { missingForLiveCapture, skipNote } from '../../../support/lab.ts';
import { hasTmux, TmuxTerminal } from '../../../tui/support/tmux.ts';

const missing = missingForLiveCapture() ?? (hasTmux ? undefined : 'needs tmux');
const name = `w${process.pid}`;

function namespaces(): string[] {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.startsWith(`${name}-`));
}

describe.skipIf(missing !== undefined)(`lab watch${skipNote(missing)}`, () => {
  let terminal: TmuxTerminal | undefined;
  afterEach(() => {
    terminal?.close();
    tunnelscope(['lab', 'down', name]);
  });

  it('brings a network up, shows where the envelope is put on and taken off, and takes it down', async () => {
    terminal = await TmuxTerminal.open(100, 30);
    terminal.type(`node ${COMMAND} lab watch socat --lab ${name} -i 0.2; echo "over: $?"`);
    const screen = await terminal.shows('seen at 10 points', 'put on', 'taken off');
    const course = screen.split('\n').filter((row) => /^ (h1|h2|rt)[^ ]*:/.test(row));
    expect(course.map((row) => row.split(/\s+/)[1])).toEqual([
      ...['h1-ns1:eth0', 'h1:br0', 'h1:tun0', 'h1:eth0', 'rt:r1', 'rt:r2'],
      ...['h2:eth0', 'h2:tun0', 'h2:br0', 'h2-ns1:eth0'],
    ]);
    expect(course.map((row) => row.includes('tunpi udp 9000'))).toEqual(
      [0, 0, 0, 1, 1, 1, 1, 0, 0, 0].map((inside) => inside === 1),
    );
    terminal.press('q', 'q');
    await terminal.shows('over: 0');
    expect(namespaces()).toEqual([]);
  });

  it('a lab that is up stays so; where a ping ends, it is told', async () => {
    expect(tunnelscope(['lab', 'up', 'broken-router', '--lab', name, '-q']).status).toBe(0);
    terminal = await TmuxTerminal.open(100, 30);
    terminal.type(`node ${COMMAND} lab watch --lab ${name} -i 0.2; echo "over: $?"`);
    await terminal.shows('rt:r1', 'request last seen here', 'lost');
    terminal.press('q', 'q');
    await terminal.shows('over: 0');
    expect(namespaces()).not.toEqual([]);
    const pings = spawnSync('ip', ['netns', 'pids', `${name}-h1-ns1`], { encoding: 'utf8' });
    expect(pings.stdout).toBe('');
  });

  it('a device of the way that is not there is named, and the others are watched', async () => {
    expect(tunnelscope(['lab', 'up', 'broken-far-end', '--lab', name, '-q']).status).toBe(0);
    terminal = await TmuxTerminal.open(120, 30);
    terminal.type(`node ${COMMAND} lab watch --lab ${name} -i 0.2; echo "over: $?"`);
    await terminal.shows('h1:tun0', 'h2:eth0', 'request last seen here', 'h2 tun0 is missing');
    terminal.press('q', 'q');
    await terminal.shows('over: 0');
  });

  it('npm cap watches one point', async () => {
    expect(tunnelscope(['lab', 'up', 'vxlan', '--lab', name, '-q']).status).toBe(0);
    terminal = await TmuxTerminal.open(100, 30);
    terminal.type(`node ${COMMAND} lab watch --lab ${name} -i 0.2 --engine cap`);
    await terminal.shows('vxlan', '172.16.0.2', 'OUTER');
    terminal.press('q');
    await terminal.shows('watching one point of the path: h1 eth0');
  });

  it('without a terminal it says so in one line', () => {
    expect(tunnelscope(['lab', 'up', 'socat', '--lab', name, '-q']).status).toBe(0);
    const { status, stderr } = tunnelscope(['lab', 'watch', '--lab', name]);
    expect([status, stderr]).toEqual([
      2,
      'tunnelscope: lab watch shows pings on a terminal, and standard output is not one; run it in a terminal\n',
    ]);
  });
});
