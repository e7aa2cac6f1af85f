/** Packets that come through a pipe are shown and written as they come; its end, and a signal, end well. */
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND, tunnelscope } from '../support/command.ts';
import { handling, listeningPorts } from '../support/processes.ts';
import { Running } from '../support/running.ts';

const FILE = 'fixtures/socat.pcap';
const bytes = readFileSync(FILE);
/** Where each record begins, and the last one ends (draft-ietf-opsawg-pcap: 24 bytes, then 16 and the packet each). */
const records = [24];
for (let at = 24; at < bytes.length; at = records.at(-1) as number)
  records.push(at + 16 + bytes.readUInt32LE(at + 8));
/** The file up to behind so many packets. */
const upTo = (packets: number, more = 0) => bytes.subarray(0, (records[packets] as number) + more);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-streams-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A command that reads standard input, or the named pipe that stands for FIFO in its words. */
function start(words: readonly string[]): { readonly command: Running; readonly into: Writable } {
  const isPipe = words.includes('FIFO');
  const path = join(folder, `fifo${Math.random()}`);
  if (isPipe) spawnSync('mkfifo', [path]);
  const given = words.map((word) => (word === 'FIFO' ? path : word));
  const command = new Running([process.execPath, COMMAND, ...given], process.env, isPipe ? 'ignore' : 'pipe');
  const into = isPipe ? createWriteStream(path) : (command.child.stdin as Writable);
  // A command that ends takes the pipe with it.
  into.on('error', () => undefined);
  return { command, into };
}

/** Waits until a command that shows nothing before its end has read so many packets: each signal is answered by a line. */
async function reads(command: Running, packets: number): Promise<void> {
  await handling(command.child.pid, 'SIGHUP');
  for (let answers = 1; !command.stderr.includes(`: ${packets} packets read\n`); answers++) {
    command.child.kill('SIGUSR1');
    await command.until(({ stderr }) => stderr.split('\n').length > answers);
  }
}

const lines = (text: string) => text.trimEnd().split('\n');

/** What is there after so many packets, whatever the output. */
const FORMATS: readonly [args: string[], count: (text: string) => number][] = [
  [['-T', 'line'], (text) => lines(text).length],
  [['-T', 'json'], (text) => lines(text).length],
  [['-T', 'fields', '-e', 'frame.number'], (text) => lines(text).length],
  [['-V'], (text) => text.match(/^Frame \d+/gm)?.length ?? 0],
  [['-T', 'line', '-Y', 'icmp'], (text) => lines(text).length],
  [['-T', 'line', 'udp port 9000'], (text) => lines(text).length],
];

describe.each([['-'], ['FIFO']])('-r %s', (from) => {
  it.each(FORMATS)(
    '%j: each packet as it comes, and all of them on the writer’s end',
    async (args, count) => {
      const { command, into } = start(['-r', from, ...args]);
      into.write(upTo(2, 20));
      await command.until(({ stdout }) => stdout !== '' && count(stdout) === 2);
      into.write(bytes.subarray(upTo(2, 20).length, upTo(3).length));
      await command.until(({ stdout }) => count(stdout) === 3);
      into.end(bytes.subarray(upTo(3).length));
      expect(await command.end()).toBe(0);
      expect(command.stdout).toBe(tunnelscope(['-r', FILE, ...args]).stdout);
      expect(command.stderr).toBe('');
    },
  );

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s: what came is kept and printed', async (signal) => {
    const { command, into } = start(['-r', from, '-T', 'line']);
    into.write(upTo(5, 20));
    await command.until(({ stdout }) => lines(stdout).length === 5);
    expect(await command.end(signal)).toBe(0);
    expect(command.stdout).toBe(tunnelscope(['-r', FILE, '-T', 'line', '-c', '5']).stdout);
    expect(command.stderr).toBe('tunnelscope: 5 packets read\n');
  });

  it('a signal is the writer’s too: what it still hands over counts', async () => {
    const { command, into } = start(['-r', from, '-T', 'line']);
    into.write(upTo(2));
    await command.until(({ stdout }) => lines(stdout).length === 2);
    command.child.kill('SIGINT');
    into.end(bytes.subarray(upTo(2).length));
    expect(await command.end()).toBe(0);
    expect(lines(command.stdout)).toHaveLength(8);
  });

  it.each([
    ['out.pcap', 0],
    ['out.pcapng', 0],
    ['out.pcapng.gz', 0],
    ['out.pcap', 1],
  ])(
    '-w %s: there from the start, and whole after a signal (%i packet of the next in the pipe)',
    async (name, more) => {
      const path = join(folder, `${Math.random()}${name}`);
      const { command, into } = start(['-r', from, '-w', path, '-P', '-T', 'line']);
      into.write(upTo(4, more * 20));
      await command.until(({ stdout }) => lines(stdout).length === 4);
      const whileReading = tunnelscope(['-r', path, '-T', 'line']);
      expect(lines(whileReading.stdout)).toHaveLength(4);
      expect(await command.end('SIGINT')).toBe(0);
      const { stdout, stderr } = tunnelscope(['-r', path, '-T', 'line']);
      expect(stdout).toBe(tunnelscope(['-r', FILE, '-T', 'line', '-c', '4']).stdout);
      expect(stderr).toBe('');
    },
  );

  it('-w -: packets go on as they come', async () => {
    const { command, into } = start(['-r', from, '-w', '-']);
    into.write(upTo(2));
    // Its header, two packets: all of ASCII or not, in the encoding that the test reads in no byte is lost from the count.
    await command.until(({ stdout }) => stdout.length > 200);
    into.end(bytes.subarray(upTo(2).length));
    expect(await command.end()).toBe(0);
  });

  it('verify: a line a ping as it is answered, and the verdict on a signal', async () => {
    const { command, into } = start(['verify', '-r', from]);
    into.write(upTo(4));
    await command.until(({ stdout }) => lines(stdout).length === 2);
    expect(await command.end('SIGINT')).toBe(0);
    expect(command.stdout).toMatch(/\nPASS {2}2 of 2 requests answered/);
  });

  it('path: its report on a signal', async () => {
    const { command, into } = start(['path', '-r', from]);
    into.write(upTo(4));
    await reads(command, 4);
    expect(await command.end('SIGINT')).toBe(0);
    expect(command.stdout).toMatch(/\nPASS {2}2 of 2 pings answered/);
  });

  it('explain: the first packet, without waiting for another', async () => {
    const { command, into } = start(['explain', '-r', from]);
    into.write(upTo(1, 20));
    expect(await command.end()).toBe(0);
    expect(command.stdout).toContain('Packet 1 of');
  });

  it('-c: ends with that packet, whatever else comes', async () => {
    const { command, into } = start(['-r', from, '-c', '3', '-T', 'line']);
    into.write(upTo(4, 20));
    expect(await command.end()).toBe(0);
    expect(lines(command.stdout)).toHaveLength(3);
  });

  it('-a duration: ends it', async () => {
    const { command, into } = start(['-r', from, '-a', 'duration:1', '-T', 'line']);
    into.write(upTo(2));
    expect(await command.end()).toBe(0);
    expect(lines(command.stdout)).toHaveLength(2);
  });

  it('gzip that its writer flushes', async () => {
    const { command, into } = start(['-r', from, '-T', 'line']);
    const gzip = createGzip();
    gzip.pipe(into);
    gzip.write(upTo(2, 20));
    gzip.flush(constants.Z_SYNC_FLUSH);
    await command.until(({ stdout }) => lines(stdout).length === 2);
    gzip.end(bytes.subarray(upTo(2, 20).length));
    expect(await command.end()).toBe(0);
    expect(lines(command.stdout)).toHaveLength(8);
  });

  it('pcapng', async () => {
    const path = join(folder, 'whole.pcapng');
    spawnSync('editcap', ['-F', 'pcapng', FILE, path]);
    const whole = readFileSync(path);
    const { command, into } = start(['-r', from, '-T', 'line']);
    into.write(whole.subarray(0, whole.length - 20));
    await command.until(({ stdout }) => lines(stdout).length === 7);
    into.end(whole.subarray(whole.length - 20));
    expect(await command.end()).toBe(0);
    expect(lines(command.stdout)).toHaveLength(8);
  });

  it('SIGUSR1 tells how many packets came, and opens no debugger', async () => {
    const { command, into } = start(['-r', from, '-T', 'line']);
    into.write(upTo(2));
    await command.until(({ stdout }) => lines(stdout).length === 2);
    command.child.kill('SIGUSR1');
    await command.until(({ stderr }) => stderr === 'tunnelscope: 2 packets read\n');
    expect(listeningPorts(command.child.pid)).toEqual([]);
    into.end();
    expect(await command.end()).toBe(0);
  });

  it('signalled while it starts: nothing listens once it reads, and no packet is missing', async () => {
    const { command, into } = start(['-r', from, '-T', 'line']);
    await handling(command.child.pid, 'SIGUSR1');
    command.child.kill('SIGUSR1');
    into.write(upTo(2));
    await command.until(({ stdout }) => lines(stdout).length === 2);
    expect(listeningPorts(command.child.pid)).toEqual([]);
    into.end();
    expect(await command.end()).toBe(0);
  });

  it('a writer that ends inside a packet: one line says so, as of a file', async () => {
    const { command, into } = start(['-r', from, '-T', 'line']);
    into.end(upTo(2, 20));
    expect(await command.end()).toBe(0);
    expect(lines(command.stdout)).toHaveLength(2);
    expect(command.stderr).toMatch(
      /^tunnelscope: .*breaks off at byte \d+.*, in the middle of packet 3; .*\n$/,
    );
  });
});

it('path over two pipes: neither waits for the other', async () => {
  const [one, other] = ['one', 'other'].map((name) => join(folder, name)) as [string, string];
  spawnSync('mkfifo', [one, other]);
  const command = new Running([process.execPath, COMMAND, 'path', '-r', one, '-r', other]);
  const [first, second] = [createWriteStream(one), createWriteStream(other)];
  first.write(upTo(4));
  second.write(upTo(1));
  // Nothing more comes through the first, which is behind by its times.
  second.write(bytes.subarray(upTo(1).length, upTo(4).length));
  await reads(command, 8);
  expect(await command.end('SIGINT')).toBe(0);
  expect(command.stdout).toMatch(/\nPASS {2}2 of 2 pings answered, at 2 points/);
  first.destroy();
  second.destroy();
});

it('a file through standard input is a file: -w puts it in place when it is whole', () => {
  const path = join(folder, 'copy.pcap');
  const { status, stderr } = spawnSync('bash', [
    '-c',
    `"$0" "$1" -r - -w ${path} < ${FILE}`,
    process.execPath,
    COMMAND,
  ]);
  expect(stderr.toString()).toBe('');
  expect(status).toBe(0);
  expect(readFileSync(path).equals(bytes)).toBe(true);
});
