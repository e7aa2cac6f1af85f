/** `cmd:NAME=COMMAND`: anything that writes a capture, beside others, for every way to look at it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PathView } from '../../../src/path/path-view.ts';
import { COMMAND, inProcess, tunnelscope } from '../../support/command.ts';
import { Running } from '../../support/running.ts';

const [SOCAT, VXLAN] = ['cmd:one=cat fixtures/socat.pcap', 'cmd:two=cat fixtures/vxlan.pcap'];
const both = ['-i', SOCAT, '-i', VXLAN] as string[];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-cmd-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A list without numbers and times, which depend on who comes first. */
const packets = (text: string) =>
  text
    .split('\n')
    .map((line) => line.slice(20))
    .sort();

describe('a command that writes a capture', () => {
  it('lines and -w: the packets of each, under its name, as where the files are read', () => {
    const path = join(folder, 'both.pcapng');
    const live = inProcess([...both, '-w', path, '-P', '-T', 'line']);
    expect(live.status, live.stderr).toBe(0);
    const files = tunnelscope([
      '-r',
      'one=fixtures/socat.pcap',
      '-r',
      'two=fixtures/vxlan.pcap',
      '-T',
      'line',
    ]);
    expect(packets(live.stdout)).toEqual(packets(files.stdout));
    const kept = tunnelscope(['-r', path, '-T', 'fields', '-e', 'frame.interface_name']).stdout.split('\n');
    expect([
      kept.filter((name) => name === 'one').length,
      kept.filter((name) => name === 'two').length,
    ]).toEqual([8, 8]);
  });

  it('a filter is applied here; one that is wrong is refused', () => {
    expect(
      inProcess([...both, '-T', 'line', 'udp port 4789'])
        .stdout.trim()
        .split('\n'),
    ).toHaveLength(8);
    expect(inProcess(['-i', SOCAT, '-T', 'line', 'udp prt 1'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('"udp prt 1" is not a valid capture filter'),
    });
  });

  it('path: each has a clock, and --one-clock takes them for one', () => {
    const words = ['-i', SOCAT, '-i', 'cmd:again=cat fixtures/socat.pcap', '-T', 'json'];
    const view = JSON.parse(inProcess(['path', ...words]).stdout) as PathView;
    expect(view.clocks.map(({ name }) => name).sort()).toEqual(['again', 'one']);
    expect(view.points.map(({ name }) => name).sort()).toEqual(['again', 'one']);
    const one = JSON.parse(inProcess(['path', '--one-clock', ...words]).stdout) as PathView;
    expect(one.clocks).toHaveLength(1);
    expect(one).toMatchObject({ pings: 4, answered: 4 });
  });

  it('verify: a verdict for each clock, as for each file', () => {
    const { status, stdout } = inProcess(['verify', ...both]);
    expect(status).toBe(0);
    expect(stdout.match(/^PASS {2}4 of 4 requests answered/gm)).toHaveLength(2);
    expect(stdout).toMatch(/^PASS {2}2 of 2 captures$/m);
  });

  it('what fails: alone 2 and one line, beside others a warning under its name', () => {
    const failing = [
      'cmd:a=echo "no such router \u001b[2J" >&2; exit 3',
      'cmd:b=echo hello, world and more',
      'cmd:c=no-such-program-here',
    ];
    const alone = inProcess(['-i', failing[0] as string, '-T', 'line']);
    const told = 'a: no such router \\x1b[2J (the command: exit code 3)';
    expect(alone).toEqual({ status: 2, stdout: '', stderr: `tunnelscope: ${told}\n` });
    const beside = inProcess([...failing, SOCAT].flatMap((point) => ['-i', point]).concat('-T', 'line'));
    expect(beside.status).toBe(0);
    expect(beside.stderr).toContain(`tunnelscope: ${told}\n`);
    expect(beside.stderr).toContain(
      'tunnelscope: b: expected a pcap or pcapng capture, and this is text that begins with "hello',
    );
    expect(beside.stderr).toMatch(/^tunnelscope: c: .*not found.* \(the command: exit code 127\)$/m);
    expect(beside.stdout.trim().split('\n')).toHaveLength(8);
  });

  it('one that breaks off in the middle, and one that never ends: what came stays, and Ctrl-C ends all', async () => {
    const words = [
      '-i',
      'cmd:half=head -c 200 fixtures/socat.pcap',
      '-i',
      'cmd:slow=cat fixtures/vxlan.pcap; exec sleep 60',
    ];
    const command = new Running([process.execPath, COMMAND, ...words, '-T', 'line']);
    await command.until(
      ({ stdout, stderr }) => stdout.trim().split('\n').length === 9 && stderr.includes('breaks off'),
    );
    expect(await command.end('SIGINT')).toBe(0);
    expect(command.stderr).toMatch(
      /half: breaks off at byte \d+ of its content, in the middle of packet 2; all whole packets were read$/m,
    );
    expect(command.stderr).toMatch(/^9 packets captured$/m);
  });

  it('one that never begins: Ctrl-C does not wait for it, ends it, and gives the summary', async () => {
    const begun = join(folder, 'begun');
    const point = `cmd:mute=echo $$ > ${begun}; exec sleep 60`;
    const command = new Running([process.execPath, COMMAND, '-i', point, '-T', 'line']);
    await expect
      .poll(() => existsSync(begun) && readFileSync(begun, 'utf8'), { timeout: 9000 })
      .toMatch(/\n/);
    expect(await command.end('SIGINT'), command.stderr).toBe(0);
    expect(command.stderr).toMatch(/^0 packets captured$/m);
    expect(() => process.kill(Number(readFileSync(begun, 'utf8')), 0)).toThrow('ESRCH');
  });
});
