/** The screen on a live interface, in a real terminal, with real pings: what a person who watches a tunnel sees and presses. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { COMMAND } from '../../support/command.ts';
import { Lab, missingForLiveCapture, missingForNamespaces, skipNote } from '../../support/lab.ts';
import { PATIENCE } from '../../support/patience.ts';
import { hasTmux, TmuxTerminal } from '../support/tmux.ts';

const missing = hasTmux
  ? (missingForLiveCapture() ?? missingForNamespaces('tcpreplay', 'capinfos'))
  : 'needs tmux';
const FRAME = '\x1b[?2026h';
const DEADLINE = { timeout: PATIENCE };

describe.skipIf(missing !== undefined)(`the screen on a live interface${skipNote(missing)}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-live-terminal-'));
  const lab = new Lab(`tlt${process.pid}`);
  const at = (name: string) => join(folder, name);
  let terminal: TmuxTerminal | undefined;

  beforeAll(async () => {
    await lab.up();
    await lab.tunnel('socat');
    lab.ping(1);
  });
  afterEach(() => {
    terminal?.close();
    terminal = undefined;
  });
  afterAll(async () => {
    await lab.down();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Captures on the first host's card. The process, which says its number before, is the command itself. */
  async function watch(
    options: string,
    columns = 120,
    rows = 40,
  ): Promise<{ ui: TmuxTerminal; pid: number }> {
    const ui = await TmuxTerminal.open(columns, rows, {}, folder);
    terminal = ui;
    const command = `exec ${lab.on('h1').join(' ')} ${process.execPath} ${COMMAND} -i eth0 ${options}`;
    ui.type(`bash -c 'echo $$ > ${at('pid')}; ${command}'; echo "exit code $?"`);
    await ui.shows('no pings', 'following');
    return { ui, pid: Number(readFileSync(at('pid'), 'utf8')) };
  }

  /** Eight packets, so many times over, to the first host's card. */
  function replay(loops: number): ChildProcess {
    const [command = '', ...words] = lab.on('rt');
    const options = ['-q', '-K', '--pps', '16000', '-l', String(loops), '-i', 'r1'];
    return spawn(command, [...words, 'tcpreplay', ...options, resolve('fixtures/socat.pcap')], {
      stdio: 'ignore',
    });
  }

  function packetsIn(file: string): number {
    return Number(execFileSync('capinfos', ['-TrcMS', file], { encoding: 'utf8' }).trim().split('\t').at(-1));
  }

  const isRunning = (pid: number) =>
    existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));

  it('counts pings on its boards as they happen, and writes all that it shows', async () => {
    const { ui } = await watch(`-T tui -w boards.pcapng udp port 9000`);
    await ui.shows('256 MiB', 'all written to boards.pcapng');
    expect(lab.ping(3)).toContain('3 received');
    await ui.shows('6 packets', 'pings answered 3 of 3');
    ui.press('2');
    await ui.shows(
      'PASS  3 of 3 requests answered',
      '172.16.0.2 → 172.16.1.2',
      'in tunpi 10.1.0.10 → 10.2.0.10',
    );
    // The board is on the screen while more happens.
    expect(lab.ping(2)).toContain('2 received');
    await ui.shows('PASS  5 of 5 requests answered');
    ui.press('3');
    await ui.until(
      (screen) => /TUN PI +10 /.test(screen) && /ICMP +10 /.test(screen),
      'ten packets of each protocol',
    );
    ui.press('4');
    await ui.until((screen) => /172\.16\.0\.2 → 172\.16\.1\.2 +5 +5 /.test(screen), 'five packets each way');
    ui.press('1', 'q');
    const end = await ui.shows('exit code 0');
    expect(end).toContain('10 packets captured');
    expect(packetsIn(at('boards.pcapng'))).toBe(10);
  });

  it('under a flood: redraws at most 30 times a second, answers keys, keeps no more than it says, and writes everything', async () => {
    const { ui } = await watch(`-T tui -w flood.pcapng --buffer 2M udp port 9000`);
    const PACKETS = 48_000;
    ui.tmux('pipe-pane', `cat > ${at('raw')}`);
    const began = performance.now();
    const sent = once(replay(PACKETS / 8), 'close');
    await ui.until((screen) => / left/.test(screen), 'packets that left');
    ui.press('k');
    await ui.until((screen) => /new \(f\)/.test(screen), 'how many new packets wait');
    ui.press('f');
    await ui.shows('following', '2 MiB');
    await sent;
    ui.tmux('pipe-pane');
    const seconds = (performance.now() - began) / 1000;
    await vi.waitFor(() => expect(readFileSync(at('raw'), 'latin1')).toContain(FRAME), DEADLINE);
    const frames = readFileSync(at('raw'), 'latin1').split(FRAME).length - 1;
    expect(frames / seconds).toBeLessThan(31);
    ui.press('q');
    const end = await ui.shows('exit code 0');
    const [captured, dropped] = [/(\d+) packets captured/, /(\d+) packets dropped by kernel/].map((pattern) =>
      Number(pattern.exec(end)?.[1]),
    );
    expect(captured + dropped).toBe(PACKETS);
    // What left the memory long ago is in the file too.
    expect(packetsIn(at('flood.pcapng'))).toBe(captured);
    expect(captured * 130).toBeGreaterThan(2 << 20);
  });

  it('keeps what -b says, one file after the other', async () => {
    const { ui } = await watch(`-T tui -w ring.pcapng -b packets:4 udp port 9000`);
    expect(lab.ping(5)).toContain('5 received');
    await ui.shows('10 packets');
    ui.press('q');
    await ui.shows('exit code 0');
    const files = readdirSync(folder).filter((name) => name.startsWith('ring_'));
    expect(files.sort().map((name) => packetsIn(at(name)))).toEqual([4, 4, 2]);
  });

  it.each([
    ['with -w, in its file', '-T tui -w closed.pcapng udp port 9000', /^closed\.pcapng$/],
    ['without, in a file that is made then', 'udp port 9000', /^tunnelscope-rescued-.*\.pcapng$/],
  ])('a terminal that is closed ends it, and what was captured is kept: %s', async (_how, options, name) => {
    const { ui, pid } = await watch(options);
    expect(lab.ping(3)).toContain('3 received');
    await ui.shows('pings answered 3 of 3');
    ui.close();
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), DEADLINE);
    const files = readdirSync(folder).filter((file) => name.test(file));
    expect(files.map((file) => packetsIn(at(file)))).toEqual([6]);
    rmSync(at(files[0] as string));
  });

  it('a signal ends it with its file whole', async () => {
    const { ui, pid } = await watch(`-T tui -w signal.pcapng udp port 9000`);
    expect(lab.ping(2)).toContain('2 received');
    await ui.shows('pings answered 2 of 2');
    process.kill(pid, 'SIGTERM');
    expect(await ui.shows('exit code 0')).toContain('4 packets captured');
    expect(packetsIn(at('signal.pcapng'))).toBe(4);
  });

  it('where the disk is full that is told, the file has whole packets, and packets are shown on', async () => {
    mkdirSync(at('small'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', at('small')]);
    try {
      const { ui } = await watch(`-T tui -w small/full.pcapng udp port 9000`);
      expect(lab.ping(1)).toContain('1 received');
      await ui.shows('2 packets');
      replay(50);
      await ui.shows('402 packets', '! small/full.pcapng: writing failed', 'no space left there');
      expect(lab.ping(1)).toContain('1 received');
      await ui.shows('404 packets');
      ui.press('q');
      const end = await ui.shows('exit code 2', 'no space left there');
      expect(end.replaceAll('\n', '').match(/writing failed/g)).toHaveLength(1);
      const written = packetsIn(at('small/full.pcapng'));
      expect(end.replaceAll('\n', '')).toContain(`whole packets kept: ${written}`);
      expect(written).toBeGreaterThanOrEqual(2);
    } finally {
      spawnSync('umount', ['-l', at('small')]);
    }
  });

  it('Ctrl-Z gives the terminal back; what came meanwhile is there after fg', async () => {
    const { ui } = await watch('udp port 9000');
    ui.press('C-z');
    await ui.shows('Stopped');
    expect([ui.ask('alternate_on'), ui.ask('cursor_flag')]).toEqual(['0', '1']);
    expect(lab.ping(3)).toContain('3 received');
    ui.type('fg');
    await ui.shows('pings answered 3 of 3', 'q quit');
    expect(ui.ask('alternate_on')).toBe('1');
    ui.press('q');
    await ui.until((screen) => screen.includes('6 packets captured'), 'the counts');
  });

  it('survives a storm of sizes, down to a single cell', async () => {
    const { ui } = await watch('udp port 9000');
    for (const [columns, rows] of [
      [1, 1],
      [300, 100],
      [2, 60],
      [200, 2],
      [60, 16],
      [59, 15],
      [80, 24],
      [1, 1],
      [250, 70],
      [10, 3],
    ]) {
      ui.tmux('resize-window', '-x', String(columns), '-y', String(rows));
    }
    expect(lab.ping(2)).toContain('2 received');
    ui.tmux('resize-window', '-x', '100', '-y', '30');
    const screen = await ui.until(
      (shown) => /pings answered 2 of 2/.test(shown) && shown.split('\n')[29]?.includes('q quit') === true,
      'the whole screen at its last size',
    );
    expect(screen.match(/OUTER/g)).toHaveLength(1);
    ui.press('q');
    await ui.shows('exit code 0');
  });

  it('stays with a packet that one looks into, and says how many came since', async () => {
    const { ui } = await watch('udp port 9000');
    expect(lab.ping(1)).toContain('1 received');
    await ui.shows('2 packets', 'following');
    ui.press('Tab');
    await ui.shows('stopped (f follows)');
    expect(lab.ping(2)).toContain('2 received');
    const screen = await ui.shows('stopped, 4 new (f)', '6 packets');
    expect(screen).toMatch(/▸ +2 /);
    ui.press('f');
    await ui.until((shown) => shown.includes('following') && /▸ +6 /.test(shown), 'the newest packet');
  });

  // The last one: the interface is gone for good.
  it('an interface that goes down is told, comes back, and ends the capture when it is removed', async () => {
    const { ui } = await watch('-T tui -w removed.pcapng udp port 9000', 80, 24);
    expect(lab.ping(1)).toContain('1 received');
    await ui.shows('2 packets');
    const h1 = lab.on('h1')[3] as string;
    const link = (...words: string[]) => execFileSync('ip', ['-n', h1, 'link', ...words]);
    link('set', 'eth0', 'down');
    await ui.until(
      (screen) => /eth0 went down: [^!]* when\s+it\s+is\s+up\s+again/.test(screen),
      'that it went down',
    );
    link('set', 'eth0', 'up');
    await ui.shows('eth0 is up again: capturing continues');
    link('del', 'eth0');
    await ui.shows('capture ended', 'eth0 was removed: the capture ended', 'tunnelscope interfaces');
    ui.press('q');
    const end = await ui.shows('exit code 2');
    expect(end.replaceAll('\n', '').match(/eth0 was removed/g)).toHaveLength(1);
    expect(end).toContain('2 packets captured');
    expect(packetsIn(at('removed.pcapng'))).toBe(2);
  });
});
