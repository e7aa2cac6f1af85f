/** `-w` as a user runs it, beside tshark and tcpdump doing the same. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { COMMAND, tunnelscope } from '../../../support/command.ts';
import { missingForLiveCapture, skipNote } from '../../../support/lab.ts';
import { PATIENCE } from '../../../support/patience.ts';
import { tshark } from '../../../support/tshark.ts';

const SOCAT = 'fixtures/socat.pcap';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-write-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

describe('a file into another', () => {
  it('writes, and prints nothing', () => {
    const { status, stdout, stderr } = tunnelscope(['-r', SOCAT, '-w', at('out.pcapng')]);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(tshark('-r', at('out.pcapng'))).toBe(tshark('-r', SOCAT));
    expect(readdirSync(folder)).toEqual(['out.pcapng']);
  });

  it.each<[string, string[], string[]]>([
    ['libpcap’s filter', ['src', 'host', '10.1.0.10'], ['-Y', 'ip.src == 10.1.0.10']],
    ['a display filter', ['-Y', 'icmp.type == 8'], ['-Y', 'ip.src == 10.1.0.10']],
    ['-c', ['-c', '3'], ['-c', '3']],
  ])('%s chooses what is written', (_why, ours, theirs) => {
    expect(tunnelscope(['-r', SOCAT, '-w', at('some.pcapng'), ...ours]).status).toBe(0);
    const fields = ['-T', 'fields', '-e', 'frame.time_epoch', '-e', 'ip.src', '-e', 'ip.id'];
    expect(tshark('-r', at('some.pcapng'), ...fields)).toBe(tshark('-r', SOCAT, ...fields, ...theirs));
  });

  it.each([[['-P']], [['-V']], [['-x']], [['-T', 'json']], [['-e', 'ip.src']]])(
    '%j prints what is written',
    (flags) => {
      const { stdout, status } = tunnelscope(['-r', SOCAT, '-w', at('printed.pcapng'), ...flags]);
      expect(status).toBe(0);
      const alone = flags[0] === '-P' ? ['-T', 'line'] : flags;
      expect(stdout).toBe(tunnelscope(['-r', SOCAT, ...alone]).stdout);
      expect(tshark('-r', at('printed.pcapng'))).toBe(tshark('-r', SOCAT));
    },
  );

  it('-w - goes down a pipe', () => {
    const theirs = spawnSync('bash', [
      '-c',
      `${process.execPath} ${COMMAND} -r ${SOCAT} -w - icmp or udp | tshark -r - 2>/dev/null`,
    ]);
    expect(theirs.stdout.toString()).toBe(tshark('-r', SOCAT));
  });

  it('-b splits, and each part is a capture', () => {
    mkdirSync(at('parts'));
    tunnelscope(['-r', SOCAT, '-b', 'packets:3', '-b', 'files:9', '-w', at('parts/p.pcapng')]);
    const parts = readdirSync(at('parts')).sort();
    expect(parts.map((name) => name.replace(/\d{14}/, 'TIME'))).toEqual([
      'p_00001_TIME.pcapng',
      'p_00002_TIME.pcapng',
      'p_00003_TIME.pcapng',
    ]);
    const ids = (name: string) => tshark('-r', name, '-T', 'fields', '-e', 'ip.id');
    expect(parts.map((name) => ids(at(`parts/${name}`))).join('')).toBe(ids(SOCAT));
  });

  it('one that is broken off by a signal leaves nothing behind', async () => {
    mkdirSync(at('signal'));
    // A gigabyte in gzip's members: long enough for the signal.
    const file = readFileSync(SOCAT);
    const member = gzipSync(Buffer.concat(Array<Buffer>(1000).fill(file.subarray(24))));
    writeFileSync(
      at('long.pcap.gz'),
      Buffer.concat([gzipSync(file.subarray(0, 24)), ...Array(1000).fill(member)]),
    );
    const child = spawn(process.execPath, [COMMAND, '-r', at('long.pcap.gz'), '-w', at('signal/out.pcapng')]);
    await vi.waitFor(() => expect(readdirSync(at('signal'))).toHaveLength(1), { timeout: 20_000 });
    child.kill('SIGTERM');
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGTERM');
    expect(readdirSync(at('signal'))).toEqual([]);
  });

  it.each<[string[], RegExp]>([
    [['-b', 'packets:3'], /^tunnelscope: -b starts one file after another; use it with -w FILE$/],
    [['-w', '-', '-b', 'packets:3'], /use it with -w FILE$/],
    [
      ['-w', 'x', '-b', 'files:3'],
      /say also when to start the next: -b filesize:KB, duration:S or packets:N$/,
    ],
    [['-w', 'x', '-b', 'filesize:1.5'], /-b "filesize:1.5" is not understood; expected filesize:KB/],
    [['-w', 'x', '-b', 'size:3'], /-b "size:3" is not understood/],
    [['-w', '-', '-V'], /-w - writes packets to standard output, where .* print; name a file$/],
    [['-w', 'x', '-T', 'tui'], /-T tui needs a terminal/],
    [['-w', '/nowhere/x'], /\/nowhere\/x: can't be written to: there is no such folder/],
    [['-w', '/dev/full'], /\/dev\/full: writing failed .*no space left there/],
  ])('%j is refused', (flags, message) => {
    const { status, stdout, stderr } = tunnelscope(['-r', SOCAT, ...flags]);
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  it('a damaged file: what came before the damage is written, and the end is told', () => {
    const bytes = readFileSync(SOCAT);
    bytes.writeUInt32LE(0xffffffff, 24 + 3 * 146 + 8);
    const { status, stderr } = tunnelscope(['-r', '-', '-w', at('rescued.pcap')], bytes);
    expect(status).toBe(2);
    expect(stderr).toContain('packet 4, at byte 462, claims 4294967295 captured bytes');
    expect(readFileSync(at('rescued.pcap')).equals(bytes.subarray(0, 24 + 3 * 146))).toBe(true);
  });
});

const missing = missingForLiveCapture();
describe.skipIf(missing !== undefined)(`live${skipNote(missing)}`, () => {
  const name = `tw${process.pid}`;
  const inside = ['netns', 'exec', name];
  beforeAll(() => {
    execFileSync('ip', ['netns', 'add', name]);
    execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  });
  afterAll(() => {
    execFileSync('ip', ['netns', 'del', name]);
  });

  function start(program: string, args: readonly string[], ready: RegExp) {
    const child = spawn('ip', [...inside, program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const listening = vi.waitFor(() => expect(said).toMatch(ready), { timeout: PATIENCE });
    const stop = async () => {
      child.kill('SIGINT');
      if (child.exitCode === null) await once(child, 'exit');
      return said;
    };
    return { child, listening, stop };
  }

  const capture = (...args: readonly string[]) =>
    start(process.execPath, [COMMAND, '-i', 'lo', ...args], /capturing on lo/);

  function ping(size = 56): void {
    const command = ['ping', '-n', '-q', '-c', '1', '-s', String(size), '127.0.0.1'];
    execFileSync('ip', [...inside, ...command], { stdio: 'ignore' });
  }

  /** How tshark ended, each time that it read a file. */
  const ends: (number | null)[] = [];

  function packetsIn(path: string): number {
    const { stdout, status } = spawnSync('tshark', ['-r', path, '-T', 'fields', '-e', 'frame.number'], {
      encoding: 'utf8',
    });
    ends.push(status);
    expect(status).toBe(0);
    return stdout.split('\n').length - 1;
  }

  it('the file is there from the start, and tshark opens it at any moment', async () => {
    const path = at('live.pcapng');
    const ours = capture('-w', path, 'icmp');
    await ours.listening;
    ends.length = 0;
    for (let pings = 1; pings <= 5; pings++) {
      ping();
      await vi.waitFor(() => expect(packetsIn(path)).toBe(2 * pings), { timeout: PATIENCE, interval: 20 });
    }
    expect(await ours.stop()).toContain('10 packets captured');
    expect(ours.child.exitCode).toBe(0);
    expect(packetsIn(path)).toBe(10);
    expect(ends.every((status) => status === 0)).toBe(true);
    const told = execFileSync('capinfos', [path], { encoding: 'utf8' });
    expect(told).toContain('Name = lo');
    // The ring’s times are the kernel’s nanoseconds.
    expect(told).toContain('Time resolution = 0x09');
  });

  it('what the kernel dropped is in the file, as on standard error', async () => {
    const path = at('drops.pcapng');
    const ours = capture('-B', '1', '-w', path, 'icmp');
    await ours.listening;
    // While nobody takes packets out of the ring, it has room for a part of them.
    ours.child.kill('SIGSTOP');
    const pings = 1500;
    const flood = ['ping', '-q', '-f', '-c', String(pings), '-s', '1400', '127.0.0.1'];
    const told = execFileSync('ip', [...inside, ...flood], { encoding: 'utf8' });
    expect(told).toContain(`${pings} packets transmitted, ${pings} received`);
    ours.child.kill('SIGCONT');
    const said = await ours.stop();
    const count = (what: string) => Number(new RegExp(`^(\\d+) packets ${what}`, 'm').exec(said)?.[1]);
    const [captured, dropped] = [count('captured'), count('dropped by kernel')];
    expect(dropped).toBeGreaterThan(0);
    // Each request and each reply passes lo outwards and inwards; outwards they are left out when they are taken.
    expect(count('received by filter')).toBe(4 * pings);
    // Where the ring filled up, the way out of a packet may have had room and its way in not.
    expect(Math.abs(2 * captured + dropped - 4 * pings)).toBeLessThanOrEqual(2);
    expect(packetsIn(path)).toBe(captured);
    const fields = ['-T', 'fields', '-e', 'pcapng.options.option.data.interface.dropped'];
    expect(tshark('-X', 'read_format:MIME Files Format', '-r', path, ...fields)).toBe(`${dropped}\n`);
  });

  it.each([
    ['packets:4', 56],
    ['filesize:2', 600],
  ])('-b %s makes the files that tshark makes', async (limit, size) => {
    mkdirSync(at(`ours-${size}`));
    mkdirSync(at(`theirs-${size}`));
    const flags = (folder: string) => [
      '-b',
      limit,
      '-b',
      'files:3',
      '-w',
      at(`${folder}-${size}/ring.pcapng`),
    ];
    const ours = capture(...flags('ours'), 'icmp');
    const theirs = start('tshark', ['-i', 'lo', '-f', 'icmp', ...flags('theirs')], /Capturing on/);
    await ours.listening;
    await theirs.listening;
    // tshark says that it captures before it does.
    await vi.waitFor(
      () => {
        ping(1);
        expect(
          readdirSync(at(`theirs-${size}`)).map((file) => packetsIn(at(`theirs-${size}/${file}`))),
        ).not.toEqual([0]);
      },
      { timeout: PATIENCE },
    );
    for (let i = 0; i < 12; i++) ping(size);
    const told = () =>
      ['ours', 'theirs'].map((folder) =>
        readdirSync(at(`${folder}-${size}`))
          .sort()
          .map(
            (file) =>
              `${file.replace(/_\d{5}_\d{14}/, '_NUMBER_TIME')} ${packetsIn(at(`${folder}-${size}/${file}`))}`,
          ),
      );
    await vi.waitFor(() => expect(told()[0]).toHaveLength(3), { timeout: PATIENCE });
    await ours.stop();
    await theirs.stop();
    const [mine, other] = told();
    // The first pings, which only one of them may have seen, are in files long gone; the last file may be at another packet.
    expect(mine?.slice(0, 2)).toEqual(other?.slice(0, 2));
    expect(mine).toHaveLength(other?.length as number);
  });

  it('-b duration: begins the next file by the clock, packets or none', async () => {
    mkdirSync(at('clock'));
    const ours = capture('-b', 'duration:0.3', '-b', 'files:4', '-w', at('clock/c.pcap'), 'icmp');
    await ours.listening;
    const highest = () => Number(/_(\d{5})_/.exec(readdirSync(at('clock')).sort().at(-1) ?? '')?.[1]);
    await vi.waitFor(() => expect(highest()).toBeGreaterThan(5), { timeout: PATIENCE });
    await ours.stop();
    expect(readdirSync(at('clock'))).toHaveLength(4);
    for (const file of readdirSync(at('clock'))) expect(packetsIn(at(`clock/${file}`))).toBe(0);
  });
});
