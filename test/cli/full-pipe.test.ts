/** Output into a pipe that nobody reads: signals end the run all the same, and what goes to a file is in it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { constants, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND } from '../support/command.ts';
import { Lab, missingForLiveCapture, skipNote } from '../support/lab.ts';
import { handling } from '../support/processes.ts';

const missing = missingForLiveCapture();
const PINGS = 1500;

describe.skipIf(missing !== undefined)(`a pipe that nobody reads${skipNote(missing)}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-full-'));
  const lab = new Lab(`tf${process.pid}`);
  beforeAll(async () => {
    await lab.up();
    await lab.tunnel('socat');
    lab.ping(1);
  });
  afterAll(async () => {
    await lab.down();
    rmSync(folder, { recursive: true });
  });

  /** A pipe with a name, kept open by this process, which never reads it. */
  function fifo(): { path: string; descriptor: number } {
    const path = join(folder, `fifo${Math.random()}`);
    spawnSync('mkfifo', [path]);
    return { path, descriptor: openSync(path, constants.O_RDWR) };
  }

  /** Captures more than a pipe holds, and ends it by a signal. */
  async function run(output: number | 'pipe', signal: NodeJS.Signals, words: readonly string[]) {
    const [program = '', ...args] = [...lab.on('h1'), process.execPath, COMMAND, ...words];
    const child = spawn(program, args, { stdio: ['ignore', output, 'pipe'] });
    const [exited, closed] = [once(child, 'exit'), once(child, 'close')];
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    await once(child.stderr as NodeJS.EventEmitter, 'data');
    await handling(child.pid, 'SIGHUP');
    const [command = '', ...flood] = [...lab.on('h1'), 'ping', '-q', '-f', '-c', `${PINGS}`, '10.2.0.10'];
    expect(spawnSync(command, flood, { encoding: 'utf8' }).stdout).toContain(`${PINGS} received`);
    child.kill(signal);
    const [status] = await exited;
    // Only now: until then nobody reads.
    child.stdout?.resume();
    await closed;
    return { status, stderr };
  }

  const flood = ['-i', 'eth0', 'icmp'];
  it.each<[words: string[], signal: NodeJS.Signals]>([
    [['-T', 'line', ...flood], 'SIGINT'],
    [['-T', 'line', ...flood], 'SIGTERM'],
    [['-T', 'line', ...flood], 'SIGHUP'],
    [['-T', 'json', '--engine', 'cap', ...flood], 'SIGINT'],
    [['-V', ...flood], 'SIGINT'],
    [['-w', '-', ...flood], 'SIGTERM'],
    [['snapshot', ...flood], 'SIGINT'],
    [['verify', '--json-lines', ...flood], 'SIGINT'],
  ])('%j, a named pipe, %s: ends, and says what was not written', async (words, signal) => {
    const { status, stderr } = await run(fifo().descriptor, signal, words);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^tunnelscope: standard output: nobody reads it; \d+ bytes were not written$/m);
    // npm cap's buffer holds some 500 packets, whatever their length, and what it drops it does not tell.
    if (!words.includes('cap')) expect(stderr).toMatch(new RegExp(`^${2 * PINGS} packets captured$`, 'm'));
  });

  it('a socket, as what other programs give', async () => {
    const { status, stderr } = await run('pipe', 'SIGINT', ['-V', ...flood]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/standard output: nobody reads it/);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    '-w FILE beside it: every packet is in the file (%s)',
    async (signal) => {
      const path = join(folder, `${signal}.pcapng`);
      const { status, stderr } = await run(fifo().descriptor, signal, ['-w', path, '-T', 'json', ...flood]);
      expect(status).toBe(0);
      expect(stderr).toMatch(new RegExp(`^${2 * PINGS} packets captured$`, 'm'));
      expect(stderr).toMatch(/^0 packets dropped by kernel$/m);
      const { stdout } = spawnSync('tshark', ['-r', path, '-T', 'fields', '-e', 'frame.number'], {
        encoding: 'utf8',
      });
      expect(stdout.trimEnd().split('\n')).toHaveLength(2 * PINGS);
    },
  );

  it('-w to a named pipe', async () => {
    const { path } = fifo();
    const { status, stderr } = await run(fifo().descriptor, 'SIGINT', ['-w', path, ...flood]);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^tunnelscope: .*fifo.*: nobody reads it; \d+ bytes were not written$/m);
  });
});

describe('a reader that goes away', () => {
  it('ends lines; the file that is written beside them is whole', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-head-'));
    const [input, copy] = ['in.pcap', 'copy.pcap'].map((name) => join(folder, name)) as [string, string];
    const socat = readFileSync('fixtures/socat.pcap');
    writeFileSync(input, Buffer.concat([socat, ...Array<Buffer>(5000).fill(socat.subarray(24))]));
    const script = 'set -o pipefail; "$0" "$1" -r "$2" -w "$3" -T line | head -1';
    const { status, stderr, stdout } = spawnSync(
      'bash',
      ['-c', script, process.execPath, COMMAND, input, copy],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(status).toBe(0);
    expect(readFileSync(copy).equals(readFileSync(input))).toBe(true);
    rmSync(folder, { recursive: true });
  });

  it('ends lines quietly, where there are only lines', () => {
    const script = 'set -o pipefail; "$0" "$1" -r fixtures/socat.pcap -V | head -1';
    const { status, stderr } = spawnSync('bash', ['-c', script, process.execPath, COMMAND], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
