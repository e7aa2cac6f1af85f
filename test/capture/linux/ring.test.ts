/** The ring, where only the kernel and tcpdump can say what is right: tags, cooked headers, drops, devices that come and go. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMAND } from '../../support/command.ts';
import { missingForLiveCapture, skipNote } from '../../support/lab.ts';
import { Running } from '../../support/running.ts';
import { type Captured, Tcpdump } from '../../support/tcpdump.ts';
import { isInstalled, recordsOf } from '../oracles.ts';
import { bundleScript, Printer } from '../printed.ts';

const missing = missingForLiveCapture() ?? (isInstalled('tcpreplay') ? undefined : 'needs tcpreplay');
const NEAR = `tr${process.pid}-a`;
const FAR = `tr${process.pid}-b`;
const CAPTURE = 'fixtures/vxlan.pcap';
const PACKETS_IN_CAPTURE = 8;

const ip = (...words: string[]) => execFileSync('ip', words, { stdio: 'ignore' });
const inFar = ['ip', 'netns', 'exec', FAR];

/** Sends the packets of a capture, over and over, as fast as they go where no pace is given. @returns how many */
function replay(loops: number, file = CAPTURE, pace = ['--topspeed']): number {
  const words = ['netns', 'exec', NEAR, 'tcpreplay', '-q', '-K', ...pace, '-l', String(loops)];
  ip(...words, '-i', 'wire', file);
  return loops * PACKETS_IN_CAPTURE;
}

/** Every packet of a capture, and behind it the same with VLAN tag 100, priority 3. */
function withTags(pcap: Buffer): Buffer {
  const records = recordsOf(pcap).map(({ header, bytes }) => {
    const longer = Buffer.from(header, 'hex');
    for (const at of [8, 12]) longer.writeUInt32LE(longer.readUInt32LE(at) + 4, at);
    return `${header}${bytes}${longer.toString('hex')}${bytes.slice(0, 24)}81006064${bytes.slice(24)}`;
  });
  return Buffer.concat([pcap.subarray(0, 24), Buffer.from(records.join(''), 'hex')]);
}

/** isb_ifdrop of each interface of a pcapng file, in the order of their statistics (little-endian, one section). */
function dropsIn(pcapng: Buffer): (number | undefined)[] {
  const drops: (number | undefined)[] = [];
  for (let at = 0; at < pcapng.length; at += pcapng.readUInt32LE(at + 4)) {
    if (pcapng.readUInt32LE(at) !== 5) continue;
    let option = at + 20;
    while (![0, 5].includes(pcapng.readUInt16LE(option))) {
      option += 4 + ((pcapng.readUInt16LE(option + 2) + 3) & ~3);
    }
    const isDrop = pcapng.readUInt16LE(option) === 5;
    drops[pcapng.readUInt32LE(at + 8)] = isDrop ? Number(pcapng.readBigUInt64LE(option + 4)) : undefined;
  }
  return drops;
}

function ping(target: string, count: number): void {
  execFileSync('ip', [
    'netns',
    'exec',
    NEAR,
    'ping',
    '-n',
    '-c',
    String(count),
    '-i',
    '0.02',
    '-W',
    '2',
    target,
  ]);
}

describe.skipIf(missing !== undefined)(`the ring${skipNote(missing)}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-ring-'));
  const tagged = join(folder, 'tagged.pcap');
  let script: string;
  const run = (...words: string[]) => new Running([...inFar, process.execPath, COMMAND, ...words]);
  const count = ({ stderr }: Running, what: string) =>
    Number(new RegExp(`^(\\d+) packets ${what}`, 'm').exec(stderr)?.[1]);

  beforeAll(async () => {
    script = await bundleScript('print-packets');
    for (const name of [NEAR, FAR]) ip('netns', 'add', name);
    ip('-n', NEAR, 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', FAR);
    for (const [name, last] of [
      [NEAR, '1'],
      [FAR, '2'],
    ]) {
      ip('-n', name, 'link', 'set', 'wire', 'addrgenmode', 'none', 'up');
      ip('-n', name, 'link', 'set', 'lo', 'up');
      ip('-n', name, 'addr', 'add', `10.9.0.${last}/24`, 'dev', 'wire');
    }
    ping('10.9.0.2', 1);
    writeFileSync(tagged, withTags(readFileSync(CAPTURE)));
  });
  afterAll(() => {
    for (const name of [NEAR, FAR]) ip('netns', 'del', name);
    rmSync(folder, { recursive: true });
    rmSync(script);
  });

  test.each<[what: string, device: string, filter: string, send: () => void, packets: number]>([
    ['tags that the kernel took off', 'wire', '', () => replay(1, tagged), 16],
    ['a filter that asks for a tag', 'wire', 'vlan 100 and udp', () => replay(1, tagged), 8],
    ['a filter that asks for none', 'wire', 'not vlan', () => replay(1, tagged), 8],
    ['a direction on all devices', 'any', 'outbound and icmp', () => ping('10.9.0.2', 3), 3],
  ])('%s: the same as tcpdump', async (_, device, filter, send, packets) => {
    const theirs = new Tcpdump(inFar, folder, device, filter);
    await theirs.listening();
    const ours = new Printer(script, { live: { engine: 'ring', interfaces: [device], filter } }, inFar);
    await ours.open();
    send();
    await ours.until(() => ours.packets.length >= packets);
    expect((await ours.stop()).warnings).toEqual([]);
    const seen = ({ time, originalLength, bytes }: Captured) => ({ time, originalLength, bytes });
    const expected = await theirs.stop();
    expect(ours.packets.map(seen)).toEqual(expected);
    expect(expected).toHaveLength(packets);
  });

  test('a tag is put back also where the header is a cooked one', async () => {
    const live = { engine: 'ring' as const, interfaces: ['any'], filter: '' };
    const ours = new Printer(script, { live }, inFar);
    await ours.open();
    replay(1, tagged);
    const tags = () => ours.packets.filter(({ bytes }) => bytes.startsWith('8100'));
    await ours.until(() => tags().length >= 8);
    await ours.stop();
    // EtherType VLAN in the header, and behind it the tag and the EtherType of what follows.
    const expected = recordsOf(readFileSync(CAPTURE)).map(({ bytes }) => `6064${bytes.slice(24)}`);
    expect(tags().map(({ bytes }) => bytes.slice(40))).toEqual(expected);
  });

  // Not beside tcpdump: with this filter it loses what comes while its first blocks are filtered by libpcap itself.
  test.each([
    ['inbound and icmp', '08'],
    ['outbound and icmp', '00'],
    // Decided here: tags are not in what the kernel's filter sees.
    ['inbound and icmp and not vlan', '08'],
    ['outbound and icmp and not vlan', '00'],
  ])('%s', async (filter, icmpType) => {
    const live = { engine: 'ring' as const, interfaces: ['wire'], filter };
    const ours = new Printer(script, { live }, inFar);
    await ours.open();
    ping('10.9.0.2', 3);
    await ours.until(() => ours.packets.length >= 3);
    await ours.stop();
    expect(ours.packets.map(({ bytes }) => bytes.slice(68, 70))).toEqual([icmpType, icmpType, icmpType]);
  });

  test.each([
    ['room for all', []],
    ['too little room', ['-B', '1']],
  ])('a replay at full speed, %s: what was sent was captured or counted as dropped', async (_, options) => {
    const command = run('-i', 'wire', '-w', '/dev/null', ...options, 'udp port 4789');
    await command.capturing();
    const sent = replay(5000);
    expect(await command.end('SIGINT')).toBe(0);
    expect(count(command, 'received by filter')).toBe(sent);
    expect(count(command, 'captured') + count(command, 'dropped by kernel')).toBe(sent);
  });

  // Blocks are handed over as time passes, not as they fill: what comes slowly uses up as many as what comes fast.
  test.each<[what: string, options: string[]]>([
    ['one interface', ['-i', 'wire', '-T', 'line']],
    ['one interface, to a file', ['-i', 'wire', '-w', '/dev/null']],
    ['several interfaces', ['-i', 'lo', '-i', 'wire', '-i', 'any', '-T', 'line']],
    ['a buffer of 2 MiB, as tcpdump and dumpcap have', ['-i', 'wire', '-B', '2', '-w', '/dev/null']],
  ])('stopped for two seconds, %s: nothing that came meanwhile is lost', async (_, options) => {
    const command = run(...options, 'udp port 4789');
    await command.capturing();
    command.child.kill('SIGSTOP');
    // At 400 a second, which takes these two seconds.
    const sent = replay(100, CAPTURE, ['--pps', '400']);
    command.child.kill('SIGCONT');
    expect(await command.end('SIGINT')).toBe(0);
    // What comes in on the wire is seen on all devices too.
    const times = options.includes('any') ? 2 : 1;
    expect(count(command, 'captured')).toBe(sent * times);
    expect(count(command, 'dropped by kernel')).toBe(0);
  });

  test.each([
    ['all.pcap', []],
    ['whole.pcapng', []],
    // No multiple of four, which pcapng fills up.
    ['short.pcapng', ['-s', '61']],
    ['files.pcapng', ['-b', 'filesize:20']],
  ])('%s %j: the packets in files are tcpdump’s, and their times', async (name, options) => {
    // Room for all, of which it takes 256 KiB a packet.
    const theirOptions = ['-B', '65536', ...(options[0] === '-s' ? options : [])];
    const theirs = new Tcpdump(inFar, folder, 'wire', 'udp', theirOptions);
    await theirs.listening();
    const command = run('-i', 'wire', '-w', join(folder, name), ...options, 'udp');
    await command.capturing();
    const sent = replay(20);
    expect(await command.end('SIGINT')).toBe(0);
    expect(count(command, 'captured')).toBe(sent);
    const files = readdirSync(folder).filter((file) => file.startsWith(name.split('.')[0]));
    expect(files.length > 1).toBe(options[0] === '-b');
    const ours = files.sort().flatMap((file) => {
      const words = ['-r', join(folder, file), '--time-stamp-precision=nano', '-w', '-'];
      const pcap = execFileSync('tcpdump', words, {
        maxBuffer: 1 << 26,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return recordsOf(pcap).map(({ header, bytes }) => header + bytes);
    });
    await theirs.stop();
    const expected = recordsOf(readFileSync(theirs.file)).map(({ header, bytes }) => header + bytes);
    // When tcpdump is stopped, it leaves what it has not read yet.
    expect(expected.length).toBeGreaterThan(0);
    const withoutTime = (record: string) => record.slice(16);
    expect(ours.slice(0, expected.length).map(withoutTime)).toEqual(expected.map(withoutTime));
    // Where the kernel stamps no packet as it arrives, each socket does so when it gets it, and the next packet comes after that.
    const timeOf = (record: string) => {
      const time = Buffer.from(record.slice(0, 16), 'hex');
      return BigInt(time.readUInt32LE(0)) * 1_000_000_000n + BigInt(time.readUInt32LE(4));
    };
    const [here, there] = [ours, expected].map((records) => records.map(timeOf)) as [bigint[], bigint[]];
    const strayed = there.flatMap((_, i) => {
      const [from = 0n, time, to = time] = [there[i - 1], here[i] as bigint, there[i + 1]];
      return from <= time && time <= to ? [] : [{ packet: i + 1, from, time, to }];
    });
    expect(strayed).toEqual([]);
    expect(ours).toHaveLength(sent);
  });

  test('what was received by a filter that is decided here is what passed it', async () => {
    const command = run('-i', 'wire', '-w', '/dev/null', 'inbound and vlan 100 and udp');
    await command.capturing();
    replay(1, tagged);
    expect(await command.end('SIGINT')).toBe(0);
    expect(count(command, 'captured')).toBe(PACKETS_IN_CAPTURE);
    expect(count(command, 'received by filter')).toBe(PACKETS_IN_CAPTURE);
  });

  test('what each interface dropped stands with it in the file', async () => {
    const file = join(folder, 'drops.pcapng');
    const command = run('-i', 'lo', '-i', 'wire', '-B', '1', '-w', file, 'udp port 4789');
    await command.capturing();
    const sent = replay(5000);
    expect(await command.end('SIGINT')).toBe(0);
    const drops = dropsIn(readFileSync(file));
    expect(drops).toEqual([0, sent - count(command, 'captured')]);
  });

  test('a disk that is full: said in one line', async () => {
    const command = run('-i', 'wire', '-w', '/dev/full', 'udp');
    expect(await command.end()).toBe(2);
    expect(command.stderr).toContain('/dev/full: writing failed');
    expect(command.stderr).toContain('no space left there');
  });

  test('nothing that the filter does not take slips in while it is opened', async () => {
    const flood = new Running([
      'ip',
      'netns',
      'exec',
      NEAR,
      'tcpreplay',
      '-q',
      '-K',
      '-l',
      '0',
      '--pps',
      '20000',
      '-i',
      'wire',
      CAPTURE,
    ]);
    for (let round = 0; round < 5; round++) {
      const command = run('-i', 'wire', '-w', '/dev/null', 'udp port 1');
      await command.capturing();
      expect(await command.end('SIGINT')).toBe(0);
      expect(count(command, 'received by filter')).toBe(0);
      expect(count(command, 'captured')).toBe(0);
    }
    expect(flood.child.exitCode).toBeNull();
    await flood.end('SIGKILL');
  });

  test('one interface goes down and comes up, another goes away: the rest goes on', async () => {
    ip('-n', FAR, 'link', 'add', 'brief', 'type', 'veth', 'peer', 'name', 'other');
    ip('-n', FAR, 'link', 'set', 'brief', 'up');
    const command = run(
      '-i',
      'wire',
      '-i',
      'brief',
      '-i',
      'lo',
      '-T',
      'fields',
      '-e',
      'frame.interface_name',
      'icmp',
    );
    await command.capturing();
    ping('10.9.0.2', 1);
    await command.until(({ stdout }) => stdout === 'wire\nwire\n');
    ip('-n', FAR, 'link', 'del', 'brief');
    await command.until(({ stderr }) => stderr.includes('brief was removed: its packets are kept'));
    ip('-n', FAR, 'link', 'set', 'wire', 'down');
    await command.until(({ stderr }) => stderr.includes('wire went down: its packets are kept'));
    ip('-n', FAR, 'link', 'set', 'wire', 'up');
    await command.until(({ stderr }) => stderr.includes('wire is up again: capturing continues'));
    ping('10.9.0.2', 1);
    await command.until(({ stdout }) => stdout === 'wire\n'.repeat(4));
    expect(await command.end('SIGINT')).toBe(0);
    expect(command.stderr).toMatch(/^4 packets captured$/m);
    expect(command.stderr).toMatch(/^ {2}brief: 0 received by filter, 0 dropped by kernel$/m);
  });

  test('several interfaces: one order of time', async () => {
    const live = { engine: 'ring' as const, interfaces: ['wire', 'any', 'lo'], filter: 'icmp' };
    const ours = new Printer(script, { live }, inFar);
    await ours.open();
    ping('10.9.0.2', 20);
    await ours.until(() => ours.packets.length >= 80);
    await ours.stop();
    const times = ours.packets.map((packet) => packet.time);
    expect(times).toEqual([...times].sort());
    expect(times).toHaveLength(80);
  });
});
