/** The command on live interfaces, with real pings through real tunnels. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND } from '../support/command.ts';
import { Lab, missingForLiveCapture, skipNote } from '../support/lab.ts';
import { Running } from '../support/running.ts';

const missing = missingForLiveCapture();

describe.skipIf(missing !== undefined)(`the command on a live interface${skipNote(missing)}`, () => {
  const lab = new Lab(`tl${process.pid}`);
  const run = (...args: string[]) => new Running([...lab.on('h1'), process.execPath, COMMAND, ...args]);

  beforeAll(() => lab.up());
  afterAll(() => lab.down());

  it.each<[kind: string, tunnel: RegExp, filter: string[]]>([
    ['socat', / tunpi \(guess\) /, ['udp', 'port', '9000']],
    ['vxlan-learning', / vxlan vni=42 /, ['udp port 4789']],
    ['ipip', / ipip /, ['ip', 'proto', '4']],
  ])('%s: a line a packet, ended by -c, with both sides of the tunnel', async (kind, tunnel, filter) => {
    await lab.tunnel(kind);
    lab.ping(1);
    const command = run('-i', 'eth0', '-c', '6', '-T', 'line', ...filter);
    await command.capturing();
    expect(lab.ping(3)).toContain('3 received');
    expect(await command.end()).toBe(0);
    const lines = command.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    for (const [i, line] of lines.entries()) {
      expect(line).toMatch(tunnel);
      expect(line).toMatch(i % 2 === 0 ? /10\.1\.0\.10\S* > 10\.2\.0\.10/ : /10\.2\.0\.10\S* > 10\.1\.0\.10/);
      expect(line).toMatch(i % 2 === 0 ? /172\.16\.0\.2 > 172\.16\.1\.2/ : /172\.16\.1\.2 > 172\.16\.0\.2/);
    }
    expect(command.stderr).toContain('6 packets captured');
  });

  it.each([
    ['in', /^10\.2\.0\.10:9000 > 10\.1\.0\.10:9000$/],
    ['out', /^10\.1\.0\.10:9000 > 10\.2\.0\.10:9000$/],
  ])('-Q %s: packets in one direction', async (direction, endpoints) => {
    await lab.tunnel('socat');
    lab.ping(1);
    const command = run('-i', 'eth0', '-Q', direction, '-T', 'line', 'udp port 9000');
    await command.capturing();
    expect(lab.ping(3)).toContain('3 received');
    await command.until(({ stdout }) => stdout.split('\n').length > 3);
    expect(await command.end('SIGINT')).toBe(0);
    const lines = command.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.trim().split(/ {2,}/)[3]).toMatch(endpoints);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends it cleanly, with what was captured',
    async (signal) => {
      await lab.tunnel('socat');
      lab.ping(1);
      const command = run('-i', 'eth0', '-T', 'json', 'udp port 9000');
      await command.capturing();
      lab.ping(2);
      await command.until(({ stdout }) => stdout.split('\n').length > 4);
      expect(await command.end(signal)).toBe(0);
      const packets = command.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(packets).toHaveLength(4);
      expect(packets[0]).toMatchObject({ number: 1, interface: 'eth0', linkType: 'ethernet' });
      expect(command.stderr).toContain('4 packets captured');
    },
  );

  it.each([
    ['ring', { times: 'capture', dropsKnown: true }, []],
    // What npm cap can't know is said where it matters.
    ['cap', { times: 'arrival', dropsKnown: false }, [{ code: 'arrival-times', severity: 'info' }]],
  ])(
    'verify agrees with ping, on the tunnel’s device and the card at once: %s',
    async (engine, capture, findings) => {
      await lab.tunnel('socat');
      lab.ping(1);
      const input = ['-i', 'eth0', '-i', 'tun0', '--engine', engine, 'icmp or udp port 9000'];
      const command = run('verify', '-T', 'json', ...input);
      await command.capturing();
      const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(
        lab.ping(4),
      ) as RegExpExecArray;
      expect(await command.end('SIGINT')).toBe(0);
      const verdict = JSON.parse(command.stdout);
      expect(verdict).toMatchObject({ verdict: 'pass', requests: Number(sent), answered: Number(received) });
      expect(verdict.capture).toMatchObject(capture);
      expect(verdict.findings).toMatchObject(findings);
      expect(verdict.paths[0].tunnels[0]).toMatchObject({
        kind: 'tunpi',
        src: '10.1.0.10',
        dst: '10.2.0.10',
      });
    },
  );

  it('verify in a pipe: a line a ping as it happens, and the report behind them', async () => {
    await lab.tunnel('vxlan-learning');
    lab.ping(1);
    const command = run('verify', '-i', 'eth0', 'udp port 4789');
    await command.capturing();
    expect(lab.ping(2)).toContain('2 received');
    await command.until(({ stdout }) => stdout.split('\n').length > 2);
    const ping =
      /^\d\d:\d\d:\d\d\.\d{6} 172\.16\.0\.2 → 172\.16\.1\.2 id \d+ seq ([12]): [\d.]+ ms, in vxlan vni 42 10\.1\.0\.10 → 10\.2\.0\.10 udp 4789$/;
    const lines = command.stdout.trimEnd().split('\n');
    expect(lines.map((line) => ping.exec(line)?.[1])).toEqual(['1', '2']);
    expect(await command.end('SIGINT')).toBe(0);
    expect(command.stdout.split('\n').slice(0, 2)).toEqual(lines);
    expect(command.stdout).toMatch(/\n\npath .*\n\nPASS {2}2 of 2 requests answered/s);
  });

  it('verify tells of a lost ping while nothing else comes', async () => {
    await lab.tunnel('broken-far-end');
    const command = run('verify', '-i', 'eth0');
    await command.capturing();
    lab.ping(1);
    await command.until(({ stdout }) => stdout.includes('seq 1: not answered, in tunpi '));
    expect(await command.end('SIGINT')).toBe(1);
  });

  it('a tunnel without its far end fails, and says why', async () => {
    await lab.tunnel('broken-far-end');
    const command = run('verify', '-i', 'eth0', '-T', 'json');
    await command.capturing();
    expect(lab.ping(1)).toContain('0 received');
    expect(await command.end('SIGINT')).toBe(1);
    const verdict = JSON.parse(command.stdout);
    expect(verdict).toMatchObject({ verdict: 'fail', answered: 0 });
    expect(verdict.findings.map(({ code }: { code: string }) => code)).toContain('outer-port-unreachable');
  });

  it.each<[args: string[], line: RegExp]>([
    [['-i', 'nope0'], /nope0.*eth0/],
    [['-i', 'eth0', 'udp prot 9000'], /udp prot 9000/],
  ])('%j can’t be carried out: one line, exit 2', async (args, line) => {
    const command = run(...args, '-T', 'line');
    expect(await command.end()).toBe(2);
    expect(command.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(command.stderr).toMatch(line);
  });
});
