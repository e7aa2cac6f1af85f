/** The single executable, where it was made: TUNNELSCOPE_EXECUTABLE=dist-executable/tunnelscope-linux-x64 (npm run executable). */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import packageDescription from '../package.json' with { type: 'json' };
import { Lab, missingForLiveCapture, skipNote } from './support/lab.ts';
import { Running } from './support/running.ts';
import { hasTmux, TmuxTerminal } from './tui/support/tmux.ts';

const wanted = process.env.TUNNELSCOPE_EXECUTABLE;
const executable = resolve(wanted ?? '');
const missing = wanted === undefined ? 'needs TUNNELSCOPE_EXECUTABLE' : undefined;

describe.skipIf(missing !== undefined)(`the single executable${skipNote(missing)}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'executable-'));
  const temporary = join(folder, 'temporary');
  const capture = resolve('fixtures/vxlan.pcap');
  const env = { ...process.env, TMPDIR: temporary, TUNNELSCOPE_LABS: join(folder, 'labs') };

  function run(...words: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(executable, words, { cwd: folder, env, encoding: 'utf8' });
    return { status, stderr, lines: stdout.split('\n').slice(0, -1) };
  }

  beforeAll(() => {
    expect(existsSync(executable)).toBe(true);
    mkdirSync(temporary);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  // Whatever it unpacked.
  afterEach(() => expect(readdirSync(temporary)).toEqual([]));

  it('says its version', () => {
    expect(run('--version')).toEqual({ status: 0, stderr: '', lines: [packageDescription.version] });
  });

  it('verifies', () => {
    const { status, stderr, lines } = run('verify', capture);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(lines.at(-1)).toMatch(/^PASS {2}4 of 4 requests answered/);
  });

  it('has koffi: filters in libpcap’s language', () => {
    const { status, stderr, lines } = run('-r', capture, '-T', 'line', 'udp and src host 10.1.0.10');
    expect({ status, stderr, count: lines.length }).toEqual({ status: 0, stderr: '', count: 4 });
  });

  it('has the labs, their lessons and the lessons’ captures', () => {
    expect(run('lab', 'up', 'vxlan', '--dry-run').lines).toContain('ip -n vxlan-h1 link set flannel.1 up');
    const lesson = spawnSync(executable, ['lab', 'lesson', 'envelope', '--offline'], { env, input: '\n' });
    expect(lesson.stdout.toString()).toContain('The envelope in the envelope');
  });

  it('says that it can’t capture through libpcap', () => {
    expect(run('-i', 'lo', '-T', 'line', '--engine', 'cap')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^tunnelscope: this executable can't capture through libpcap[^\n]*\n$/),
    });
  });

  it.skipIf(!hasTmux)('shows the screen', async () => {
    const terminal = await TmuxTerminal.open(100, 24, { TMPDIR: temporary });
    try {
      terminal.type(`${executable} ${capture}`);
      await terminal.shows('pings answered 4 of 4', 'OUTER', 'INNER');
      terminal.press('q');
      await terminal.until((screen) => !screen.includes('OUTER'), 'the shell again');
    } finally {
      terminal.close();
    }
  });

  const noLive = missing ?? missingForLiveCapture();
  describe.skipIf(noLive !== undefined)(`live${skipNote(noLive)}`, () => {
    const lab = new Lab(`te${process.pid}`);
    beforeEach(() => lab.up());
    afterEach(() => lab.down());

    it('captures in the ring, and gives root up', async () => {
      const on = (...command: readonly string[]) =>
        execFileSync('env', [...lab.on('h1'), ...command], { stdio: 'ignore' });
      on('ip', 'link', 'set', 'lo', 'up');
      const words = ['-i', 'lo', '--user', '54321:54321', '-c', '4', '-T', 'line', 'icmp'];
      const live = new Running([...lab.on('h1'), executable, ...words], env);
      await live.until(({ stderr }) => stderr.includes('capturing on lo'));
      on('ping', '-c', '2', '-i', '0.2', '127.0.0.1');
      expect(await live.end()).toBe(0);
      expect(live.stdout.match(/ICMP Echo (request|reply) /g)).toHaveLength(4);
      expect(live.stderr).toContain('4 packets captured');
    });
  });
});
