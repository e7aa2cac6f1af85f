/** `tunnelscope drops`: datagrams that nobody listens for, through devices and namespaces with names that would move a terminal. */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND } from '../../support/command.ts';
import { missingForNamespaces, skipNote } from '../../support/lab.ts';
import { instances, missingForTracing } from '../../support/raw-trace.ts';
import { Running } from '../../support/running.ts';

const missing = missingForNamespaces('unshare') ?? missingForTracing();
const NAMESPACE = `td${process.pid}\x1b[31m"`;
const DEVICE = '\x1b]0;"\\\x07';
const HERE = `td${process.pid}`.slice(-12);
const [NEAR, FAR] = ['198.51.100.201', '198.51.100.202'];
const PORT = 9;

describe.skipIf(missing !== undefined)(`drops${skipNote(missing)}`, () => {
  beforeAll(() => {
    execFileSync('ip', ['netns', 'add', NAMESPACE]);
    // A pair of this process's own namespace and the other one, which no other network of this machine is a part of.
    execFileSync('ip', ['link', 'add', HERE, 'type', 'veth', 'peer', 'name', DEVICE, 'netns', NAMESPACE]);
    // Without IPv6, whose first packets would be drops of their own.
    execFileSync('ip', ['link', 'set', HERE, 'addrgenmode', 'none']);
    execFileSync('ip', ['-n', NAMESPACE, 'link', 'set', DEVICE, 'addrgenmode', 'none']);
    execFileSync('ip', ['addr', 'add', `${NEAR}/30`, 'dev', HERE]);
    execFileSync('ip', ['link', 'set', HERE, 'up']);
    execFileSync('ip', ['-n', NAMESPACE, 'addr', 'add', `${FAR}/30`, 'dev', DEVICE]);
    execFileSync('ip', ['-n', NAMESPACE, 'link', 'set', DEVICE, 'up']);
  });
  afterAll(() => {
    execFileSync('ip', ['link', 'del', HERE]);
    execFileSync('ip', ['netns', 'del', NAMESPACE]);
  });

  async function send(count: number): Promise<void> {
    const socket = createSocket('udp4');
    // What is unreachable comes back as an error.
    socket.on('error', () => undefined);
    for (let i = 0; i < count; i++) {
      await new Promise((resolve) => socket.send('x'.repeat(100), PORT, FAR, resolve));
    }
    await new Promise<void>((resolve) => socket.close(resolve));
  }

  const start = (...words: string[]) => new Running([process.execPath, COMMAND, 'drops', ...words]);
  const begun = (running: Running) => running.until(({ stderr }) => stderr.includes('Ctrl-C ends'));

  it('-T json-lines: each with its reason, place and way, and a summary at the end; -c ends it', async () => {
    const running = start('-i', `${NAMESPACE}:${DEVICE}`, '-T', 'json-lines', '-c', '3');
    await begun(running);
    await send(3);
    expect(await running.end()).toBe(0);
    const lines = running.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(4);
    for (const line of lines.slice(0, 3)) {
      expect(line).toMatchObject({
        ...{ reason: 'NO_SOCKET', protocol: 0x0800, device: DEVICE, namespace: NAMESPACE },
        meaning: expect.stringContaining('nothing listens'),
        // 20 bytes of IPv4, 8 of UDP, and the link header of what is sent.
        course: [
          { device: HERE, isSent: true, protocol: 0x0800, length: 142 },
          { device: DEVICE, isSent: false, length: 128 },
        ],
      });
      expect(Number(line.time)).toBeGreaterThan(1.7e9);
    }
    expect(lines[3].summary).toMatchObject({
      drops: 3,
      lost: 0,
      groups: [{ reason: 'NO_SOCKET', count: 3 }],
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(running.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\uffff]/);
  });

  it('lines into a pipe, ended by Ctrl-C, with what it means; nothing moves a terminal', async () => {
    const running = start('-i', `${NAMESPACE}:${DEVICE}`);
    await begun(running);
    await send(2);
    await running.until(({ stdout }) => stdout.split('\n').length > 2);
    expect(await running.end('SIGINT')).toBe(0);
    const place = `${NAMESPACE}:${DEVICE}`.replaceAll('\x1b', '\\x1b').replaceAll('\x07', '\\x07');
    expect(running.stdout).toContain(`at ${place}, 128 bytes: nothing listens`);
    expect(running.stdout).toMatch(/^ +2 +\d+\.\d {2}NO_SOCKET +\w+ +/m);
    expect(running.stdout).toMatch(/^2 drops in \d+\.\d s$/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(running.stdout + running.stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
    expect(instances().filter((name) => name.startsWith(`tunnelscope-${running.child.pid}-`))).toEqual([]);
  });

  it('answered pings lose nothing, though the kernel drops a copy of each reply', async () => {
    const running = start('-i', `${NAMESPACE}:${DEVICE}`, '-i', HERE, '-T', 'json-lines', '-c', '1');
    await begun(running);
    execFileSync('ping', ['-n', '-c', '3', '-i', '0.05', FAR]);
    await send(1);
    expect(await running.end()).toBe(0);
    const [first] = running.stdout.split('\n');
    expect(JSON.parse(first ?? '')).toMatchObject({ reason: 'NO_SOCKET', location: '__udp4_lib_rcv' });
  });

  it('of a flood so many lines a second, and how many more there were', async () => {
    const running = start('-i', `${NAMESPACE}:${DEVICE}`, '-c', '300');
    await begun(running);
    await send(300);
    expect(await running.end()).toBe(0);
    const lines = running.stdout.match(/^\[\d+\.\d{6}\] NO_SOCKET/gm)?.length ?? 0;
    const more = [...running.stdout.matchAll(/^and (\d+) more drops?$/gm)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
    expect(more).toBeGreaterThan(0);
    expect(lines + more).toBe(300);
    expect(running.stdout).toMatch(/^300 drops in /m);
  });

  it('-a ends it; at another device nothing is told', async () => {
    const running = start('-i', 'lo', '-a', 'duration:1', '-T', 'json-lines');
    await begun(running);
    await send(1);
    expect(await running.end()).toBe(0);
    const told = running.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(
      told.filter(({ course }) => course?.some((step: { device: string }) => step.device === HERE)),
    ).toEqual([]);
    expect(told.at(-1)).toHaveProperty('summary');
  });
});
