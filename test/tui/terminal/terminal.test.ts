import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND } from '../../support/command.ts';
import { pcapHeader, pcapRecord } from '../support/capture.ts';
import { hasTmux, TmuxTerminal } from '../support/tmux.ts';

let folder: string;
let terminal: TmuxTerminal | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-terminal-'));
});
afterEach(() => {
  terminal?.close();
  terminal = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function open(columns = 120, rows = 40, environment: Readonly<Record<string, string>> = {}) {
  terminal = await TmuxTerminal.open(columns, rows, environment, folder);
  return terminal;
}

const UI = `node ${COMMAND}`;
const SOCAT = resolve('fixtures/socat.pcap');

describe.skipIf(!hasTmux)(`the screen in a terminal${hasTmux ? '' : ' (skipped: tmux is missing)'}`, () => {
  it.each([
    [80, 24],
    [120, 40],
    [200, 60],
  ])('shows a capture at %d by %d, and moves in it', async (columns, rows) => {
    const ui = await open(columns, rows);
    ui.type(`${UI} ${SOCAT}`);
    await ui.shows(
      'pings answered 4 of 4',
      'OUTER ─ 10.1.0.10:9000 → 10.2.0.10:9000',
      'INNER ─ 172.16.0.2 → 172.16.1.2',
    );
    ui.press('Down');
    await ui.shows('OUTER ─ 10.2.0.10:9000 → 10.1.0.10:9000', 'INNER ─ 172.16.1.2 → 172.16.0.2');
    ui.press('End');
    await ui.until((screen) => /▸ +8 0\.609/.test(screen), 'the last packet selected');
    ui.press('Tab');
    await ui.shows('IPv4, bytes 14 to 33');
  });

  it('shows several files as one list in the order of time, and saves it', async () => {
    const ui = await open(160, 40);
    const points = ['path-4-h1-eth0', 'path-7-h2-eth0'];
    const files = points.map((name) => resolve(`fixtures/${name}.pcap`));
    ui.type(`${UI} ${files.join(' ')}`);
    await ui.shows('path-4-h1-eth0.pcap + ', '16 packets', ' On ');
    ui.press('Down');
    await ui.until(
      (screen) => /▸ +2 0\.000077 +path-7-h2-eth0 10\.1\.0\.10/.test(screen),
      'the second file’s packet',
    );
    ui.press('C-r');
    await ui.until((screen) => /▸ +1 0\.000000 +path-4-h1-eth0 10\.1\.0\.10/.test(screen), 'both read again');
    ui.press('6');
    await ui.shows('seen at 2 points');
    ui.press('1', 'w');
    ui.type('both.pcapng');
    await ui.shows('16 packets written');
    const read = spawnSync('capinfos', ['-c', '-M', join(folder, 'both.pcapng')], { encoding: 'utf8' });
    expect(read.stdout).toMatch(/Number of packets: +16/);
  });

  it('fits itself to a terminal that changes its size', async () => {
    const ui = await open(120, 40);
    ui.type(`${UI} ${SOCAT}`);
    await ui.until((screen) => /OUTER.*INNER/.test(screen), 'panes side by side');
    ui.tmux('resize-window', '-x', '80', '-y', '24');
    const narrow = await ui.until(
      (screen) => /OUTER[\s\S]*\n[\s\S]*INNER/.test(screen),
      'panes one below the other',
    );
    expect(narrow.split('\n')[23]).toContain('q quit');
    ui.tmux('resize-window', '-x', '40', '-y', '10');
    await ui.shows('Too small: 40x10, need 60x16');
    ui.tmux('resize-window', '-x', '160', '-y', '50');
    await ui.until(
      (screen) => /OUTER.*INNER/.test(screen) && screen.split('\n')[49]?.includes('q quit') === true,
      'panes side by side again, down to the last row',
    );
  });

  it('reads a file again that has grown, and says why where it is gone', async () => {
    const socat = readFileSync(SOCAT);
    const grown = join(folder, 'grown.pcap');
    writeFileSync(grown, socat);
    const ui = await open(120, 40);
    ui.type(`${UI} grown.pcap; echo "left $?"`);
    await ui.shows('8 packets', 'pings answered 4 of 4');
    // Behind the file's header of 24 bytes: the same records once more.
    appendFileSync(grown, socat.subarray(24));
    ui.press('C-r');
    await ui.shows('16 packets');
    ui.press('End');
    await ui.until((screen) => /▸ +16 /.test(screen), 'the last packet selected');
    rmSync(grown);
    ui.press('C-r');
    await ui.shows('grown.pcap: no such file', '16 packets');
    ui.press('q');
    await ui.shows('left 0');
  });

  it('peels a packet in a lesson, goes on to the next one, and comes back', async () => {
    const ui = await open(80, 24);
    ui.type(`${UI} ${SOCAT}`);
    await ui.shows('pings answered 4 of 4', 'OUTER');
    ui.press('L');
    await ui.shows('Lesson: packet 1', 'The whole packet, 130 bytes in 7 layers', 'Right next layer');
    ui.press('Right', 'Enter', 'Space', 'Right', 'Right');
    const inner = await ui.shows('IPv4, layer 5 of 7, inside the tunnel', 'TUN PI 4 bytes (off)');
    expect(inner).toMatch(/^▸ +┌ IPv4 20 bytes {2}172\.16\.0\.2 → 172\.16\.1\.2 ─+┐$/m);
    ui.press('n');
    await ui.shows('Lesson: packet 2', 'layer 5 of 7', '172.16.1.2 → 172.16.0.2');
    ui.press('Left', 'PageDown');
    await ui.shows('TUN PI, layer 4 of 7', 'rows above', '00 00');
    ui.press('Escape');
    await ui.shows('OUTER ─ 10.2.0.10:9000 → 10.1.0.10:9000');
  });

  it('gives one pane the screen, and turns the headers', async () => {
    const ui = await open(80, 24);
    ui.type(`${UI} ${SOCAT}`);
    await ui.shows('pings answered 4 of 4', 'OUTER');
    ui.press('r');
    await ui.until((screen) => /OUTER.*INNER/.test(screen), 'panes side by side');
    ui.press('Tab', 'x');
    const alone = await ui.until((screen) => !/INNER|BYTES/.test(screen), 'the outer pane alone');
    expect(alone).toMatch(/OUTER[\s\S]*≠ Time to Live +64/);
    ui.press('x');
    await ui.shows('OUTER', 'INNER', 'BYTES');
  });

  it('is led by the mouse, also where one pane has the screen to itself', async () => {
    const ui = await open(120, 40);
    /** The left button at a row and column from 1, and the wheel (ctlseqs, SGR mouse mode). */
    const mouse = (code: number, column: number, row: number) =>
      ui.tmux('send-keys', '-l', `\x1b[<${code};${column};${row}M\x1b[<${code};${column};${row}m`);
    ui.type(`${UI} ${SOCAT}`);
    await ui.shows('pings answered 4 of 4', 'OUTER');
    expect(ui.ask('mouse_sgr_flag')).toBe('1');
    mouse(0, 30, 5);
    await ui.until((screen) => /▸ +3 0\.200748/.test(screen), 'packet 3 selected');
    mouse(65, 30, 5);
    await ui.until((screen) => /▸ +6 0\.404969/.test(screen), 'packet 6 selected');
    ui.press('Tab', 'x');
    await ui.until((screen) => /^─ OUTER/m.test(screen) && !screen.includes('INNER'), 'the outer pane alone');
    // Status row, title, Ethernet with its three fields, IPv4: its first field stands in the eighth row.
    const alone = ui.screen().split('\n');
    const row = alone.findIndex((text) => text.includes('Time to Live')) + 1;
    mouse(0, 20, row);
    ui.press('x');
    await ui.shows('ip.ttl = 63, byte 22');
    ui.press('Tab', 'Tab', 'x');
    await ui.until((screen) => /^─ BYTES/m.test(screen) && !screen.includes('INNER'), 'the bytes alone');
    // The first row of bytes: six cells, then three each.
    mouse(0, 7, 3);
    await ui.shows('byte 0');
    mouse(0, 13, 4);
    await ui.shows('byte 18');
    ui.press('q');
    await ui.shows('$');
    expect(ui.ask('mouse_any_flag')).toBe('0');
  });

  describe('gives the terminal back as it was', () => {
    /** Runs the UI between two looks at the terminal's settings; `end` ends it. */
    async function between(ui: TmuxTerminal, end: () => void | Promise<void>): Promise<void> {
      ui.type(`echo text from before; stty -a > ${folder}/before`);
      await ui.shows('text from before\n$');
      ui.type(`${UI} ${SOCAT}; echo "exit code $?"`);
      await ui.shows('OUTER', 'pings answered 4 of 4');
      expect([ui.ask('alternate_on'), ui.ask('cursor_flag')]).toEqual(['1', '0']);
      await end();
      // Not what was typed: the program is over, and the shell reads again.
      const screen = await ui.until((shown) => /^exit code \d+\n\$/m.test(shown), 'the end of the program');
      expect(screen).toContain('text from before');
      expect(screen).not.toContain('OUTER');
      ui.type(`stty -a > ${folder}/after; echo done`);
      await ui.shows('\ndone\n');
      expect([ui.ask('alternate_on'), ui.ask('cursor_flag')]).toEqual(['0', '1']);
      expect(readFileSync(`${folder}/after`, 'utf8')).toBe(readFileSync(`${folder}/before`, 'utf8'));
    }

    it.each(['q', 'C-c'])('after %s', async (key) => {
      const ui = await open();
      await between(ui, () => ui.press(key));
      await ui.shows('exit code 0');
    });

    it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGALRM'] as const)(
      'after %s',
      async (signal) => {
        const ui = await open();
        await between(ui, () => {
          const shell = ui.ask('pane_pid');
          const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', shell], { encoding: 'utf8' });
          process.kill(Number(stdout.trim().split('\n')[0]), signal);
        });
      },
    );

    it('while it is stopped, and takes it again', async () => {
      const ui = await open();
      ui.type('echo text from before');
      await ui.shows('text from before\n$');
      ui.type(`${UI} ${SOCAT}`);
      await ui.shows('pings answered 4 of 4');
      ui.press('Down', 'C-z');
      await ui.shows('text from before', 'Stopped');
      expect([ui.ask('alternate_on'), ui.ask('cursor_flag')]).toEqual(['0', '1']);
      ui.type('fg');
      await ui.shows('OUTER ─ 10.2.0.10:9000 → 10.1.0.10:9000', 'q quit');
      ui.press('Up');
      await ui.shows('OUTER ─ 10.1.0.10:9000 → 10.2.0.10:9000');
    });
  });

  it('takes its keys from the terminal where packets come from standard input', async () => {
    const ui = await open();
    ui.type(`cat ${SOCAT} | ${UI} -r -`);
    await ui.shows('8 packets', 'keeps 256 MiB', 'OUTER ─ 10.1.0.10:9000');
    ui.press('j');
    await ui.shows('OUTER ─ 10.2.0.10:9000');
    ui.press('q');
    await ui.until((screen) => screen.trimEnd().endsWith('$'), 'the prompt');
  });

  it('says so in ASCII where the terminal knows no more', async () => {
    const ui = await open(120, 40, { LC_ALL: 'C' });
    ui.type(`${UI} ${SOCAT}`);
    const screen = await ui.shows('pings answered 4 of 4 *', 'OUTER - 10.1.0.10:9000 > 10.2.0.10:9000');
    expect(screen).toMatch(/^[\n -~]*$/);
  });

  it.each(['DEV', 'CI'])('starts where the environment says %s=true', async (name) => {
    const ui = await open(120, 40, { [name]: 'true' });
    ui.type(`${UI} ${SOCAT}`);
    await ui.shows('pings answered 4 of 4', 'OUTER');
  });

  it('is safe from packets, and from the names of files', async () => {
    const ATTACK = '\x1b]2;owned\x07\x1b[2J\x1b[10;10Howned\x9b31m\x1bc';
    // A frame of an unknown type is all payload; an ICMP echo request has it behind the header.
    const frame = Buffer.concat([Buffer.alloc(12), Buffer.from([0x88, 0xb5]), Buffer.from(ATTACK, 'latin1')]);
    const path = join(folder, 'hostile\x1b]2;owned\x07.pcap');
    const ping = Buffer.from(readFileSync(SOCAT).subarray(40, 170));
    ping.write(ATTACK, 74, 'latin1');
    writeFileSync(path, Buffer.concat([pcapHeader(), pcapRecord(frame, 0), pcapRecord(ping, 1)]));
    const ui = await open();
    const title = ui.ask('pane_title');
    ui.type(`${UI} $'${path.replace('\x1b', '\\e').replace('\x07', '\\a')}'`);
    await ui.shows('2 packets', 'hostile\\x1b]2;owned\\x07.pcap');
    ui.press('Down', 'BTab', 'End');
    const screen = await ui.shows('byte 129', 'INNER');
    expect(ui.ask('pane_title')).toBe(title);
    // Every row stands where it belongs, from the first to the last.
    const rows = screen.split('\n');
    expect([rows[0], rows[39]]).toEqual([
      expect.stringContaining('2 packets'),
      expect.stringContaining('q quit'),
    ]);
    expect(rows.filter((row) => row.includes('OUTER'))).toHaveLength(1);
  });

  const canIsolate = process.getuid?.() === 0 && spawnSync('unshare', ['-n', 'true']).status === 0;
  it.skipIf(!canIsolate)(
    `follows pings as they happen${canIsolate ? '' : ' (skipped: needs root and unshare)'}`,
    async () => {
      const ui = await open();
      // A network of its own, where nobody else pings.
      ui.type(`unshare -n bash -c 'ip link set lo up; echo $$ > ${folder}/network; exec ${UI} -i lo icmp'`);
      await ui.shows('no pings', 'following');
      const network = readFileSync(`${folder}/network`, 'utf8').trim();
      spawnSync('nsenter', ['-t', network, '-n', 'ping', '-c', '3', '-i', '0.2', '127.0.0.1']);
      const screen = await ui.shows('pings answered 3 of 3', '127.0.0.1 → 127.0.0.1', 'seq=3');
      expect(screen).toContain('following');
      ui.press('q');
      await ui.until((after) => after.trimEnd().endsWith('$'), 'the prompt');
    },
  );

  describe('with a source made for the test', () => {
    let driver: string;
    beforeAll(async () => {
      driver = join(folder, 'driver.mjs');
      await build({
        stdin: {
          contents: `
            import { runTui } from ${JSON.stringify(resolve('src/tui/run-tui.ts'))};
            import { handSource, numberedFrame } from ${JSON.stringify(resolve('test/tui/support/capture.ts'))};
            const [what] = process.argv.slice(2);
            const attack = '\\x1b]2;owned\\x07\\x1b[2J';
            const source = handSource({
              isLive: true,
              name: 'eth0' + (what === 'hostile' ? attack : ''),
              warnings: what === 'hostile' ? ['the interface' + attack + ' is odd'] : [],
              dropped: 7,
            });
            let number = 0;
            const timer = setInterval(() => source.push([numberedFrame(number++)]), 20);
            let looks = 0;
            const statistics = source.statistics;
            if (what === 'crash') source.statistics = () => {
              if (looks++ > 5) throw new Error('a component broke');
              return statistics();
            };
            if (what === 'timer') setTimeout(() => { throw new Error('a timer broke'); }, 300);
            if (what === 'reject') setTimeout(() => Promise.reject(new Error('a promise broke')), 300);
            if (what === 'fail') setTimeout(() => source.fail(new Error('the device went away')), 300);
            const { faults, rescued } = await runTui({ source });
            for (const { message } of faults) console.error('tunnelscope: ' + message);
            if (rescued !== undefined) console.error('kept: ' + rescued);
            process.exitCode = faults.length;
            clearInterval(timer);
          `,
          resolveDir: resolve('.'),
          loader: 'ts',
        },
        outdir: folder,
        entryNames: 'driver',
        outExtension: { '.js': '.mjs' },
        bundle: true,
        splitting: true,
        platform: 'node',
        format: 'esm',
        external: ['react-devtools-core'],
        define: { 'process.env.NODE_ENV': '"production"' },
        banner: {
          js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
        },
        logLevel: 'error',
      });
    });

    it('follows, stops as soon as one moves up, and goes on', async () => {
      const ui = await open();
      ui.type(`node ${driver}`);
      await ui.until(
        (screen) => /following/.test(screen) && / 20 packets|[2-9]\d packets/.test(screen),
        '20 packets',
      );
      await ui.shows('7 dropped', 'keeps 256 MiB');
      ui.press('Up');
      const stopped = await ui.until((screen) => /stopped, \d+ new/.test(screen), 'new packets that wait');
      const selected = /▸ +(\d+) /.exec(stopped)?.[1];
      const later = await ui.until((screen) => /stopped, [1-9]\d new/.test(screen), 'ten new packets');
      expect(/▸ +(\d+) /.exec(later)?.[1]).toBe(selected);
      ui.press('f');
      await ui.until(
        (screen) => screen.includes('following') && !screen.includes(`▸  ${selected}`),
        'the newest packet',
      );
    });

    it.each([
      ['crash', 'a component broke'],
      ['timer', 'a timer broke'],
      ['reject', 'a promise broke'],
    ])(
      'restores the terminal after a fault (%s), says what it was in one line, and keeps the packets',
      async (what, message) => {
        const ui = await open(160, 40);
        ui.type(`cd ${folder}; echo text from before; node driver.mjs ${what}; echo "exit code $?"`);
        const screen = await ui.until(
          (shown) => /^text from before\ntunnelscope: .*\nkept: .*\nexit code 1\n/m.test(shown),
          'what went wrong',
        );
        expect(screen).toContain(`tunnelscope: ${message}\nkept: `);
        expect([ui.ask('alternate_on'), ui.ask('cursor_flag')]).toEqual(['0', '1']);
        ui.type('stty -a | grep -o -- "-icanon\\|-echo " ; echo checked');
        expect(await ui.shows('\nchecked\n')).not.toContain('\n-icanon');
        const [, count, path = ''] = /kept: (\d+) packets? written to (\S+)/.exec(screen) ?? [];
        // Frames that bear their own numbers: none is missing, from the first to the last.
        const { stdout } = spawnSync('tcpdump', ['-r', path, '-nn', '-xx'], { encoding: 'utf8' });
        const numbers = [...stdout.matchAll(/0x0000: .* 88b5 (\w{4})\n\t0x0010: {2}(\w{4})/g)].map(
          ([, high, low]) => Number.parseInt(`${high}${low}`, 16),
        );
        expect(numbers).toEqual(Array.from({ length: Number(count) }, (_, i) => i));
        expect(numbers.length).toBeGreaterThan(0);
      },
    );

    it('shows a source that fails, and keeps what came before', async () => {
      const ui = await open();
      ui.type(`node ${driver} fail`);
      await ui.shows('! the device went away', 'PACKET');
    });

    it('escapes the names of interfaces and what sources say', async () => {
      const ui = await open();
      const title = ui.ask('pane_title');
      ui.type(`node ${driver} hostile`);
      await ui.shows('eth0\\x1b]2;owned\\x07\\x1b[2J', 'the interface\\x1b]2;owned', 'PACKET');
      expect(ui.ask('pane_title')).toBe(title);
    });
  });
});
