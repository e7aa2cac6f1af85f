/**
 * Snapshots as the command writes and compares them. What differs is made with Wireshark's editcap or by hand in the bytes, so that
 * what the comparison has to say is known from that.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tunnelscope } from '../support/command.ts';
import { hasTshark, tshark } from '../support/tshark.ts';

const CAPTURE = 'fixtures/vxlan.pcap';
const HEADER = 24;
const RECORD = 16;
let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-snapshot-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The records of the capture: header and bytes, 148 of them each as tshark says. */
function records(): Buffer[] {
  const bytes = readFileSync(CAPTURE);
  return Array.from({ length: 8 }, (_, i) => {
    const start = HEADER + i * (RECORD + 148);
    return Buffer.from(bytes.subarray(start, start + RECORD + 148));
  });
}

function writeCapture(name: string, list: readonly Buffer[]): string {
  writeFileSync(at(name), Buffer.concat([readFileSync(CAPTURE).subarray(0, HEADER), ...list]));
  return at(name);
}

const check = (capture: string, ...args: string[]) =>
  tunnelscope(['snapshot', '-r', capture, '--check', at('golden.txt'), ...args]);

beforeEach(() => {
  const { status, stdout } = tunnelscope([
    'snapshot',
    '-r',
    CAPTURE,
    '--mask',
    'volatile',
    '-o',
    at('golden.txt'),
  ]);
  expect([status, stdout]).toEqual([0, '']);
});

describe.skipIf(!hasTshark)('values (skipped where tshark is missing)', () => {
  it('are tshark’s', () => {
    const names = [
      'ip.id',
      'ip.ttl',
      'udp.srcport',
      'eth.src',
      'vxlan.vni',
      'icmp.ident',
      'icmp.seq',
      'ip.dst',
    ];
    const columns = names.flatMap((name) => ['-e', name]);
    const expected = tshark('-r', CAPTURE, '-T', 'fields', ...columns)
      .trimEnd()
      .split('\n');
    const packets = tunnelscope(['snapshot', '-r', CAPTURE])
      .stdout.split(/^packet \d+\n/m)
      .slice(1);
    const read = packets.map((packet) =>
      names
        .map((name) => {
          const [, protocol, key] = /^(\w+)\.(.*)$/.exec(name) as RegExpExecArray;
          const lines = packet.split('\n').filter((line) => line.trim().startsWith(`${protocol} `));
          return lines.map((line) => new RegExp(` ${key}=(\\S+)`).exec(line)?.[1]).join(',');
        })
        .join('\t'),
    );
    expect(read).toHaveLength(8);
    expect(read).toEqual(expected);
  });
});

describe('masks', () => {
  it('volatile: nothing of a clock, a card or a lottery is left', () => {
    const text = readFileSync(at('golden.txt'), 'utf8');
    expect(
      text.startsWith(
        'tunnelscope-snapshot 1\nmask volatile\npacket 1\n  frame time_epoch=* len=148 cap_len=148\n',
      ),
    ).toBe(true);
    expect(text).toContain('    vxlan by=port flags=0x0800 vni=42\n');
    expect(text).toContain('checksum=* checksum.status=good src=172.16.0.2 dst=172.16.1.2');
    for (const word of ['1795367432', '66:6a:fd', '0x83b7', '17596', '53776'])
      expect(text).not.toContain(word);
  });

  it('by field, and by a name for several', () => {
    const { stdout } = tunnelscope([
      'snapshot',
      '-r',
      CAPTURE,
      '-c',
      '1',
      '--mask',
      'eth.addr,ip.ttl',
      '--mask',
      'frame.len',
    ]);
    expect(stdout).toContain('mask eth.addr,ip.ttl,frame.len\n');
    expect(stdout.match(/dst=\* src=\*/g)).toHaveLength(2);
    expect(stdout.match(/ ttl=\*/g)).toHaveLength(2);
    expect(stdout).toContain('len=* cap_len=148');
  });

  it('a name that no field has', () => {
    const { status, stderr } = tunnelscope(['snapshot', '-r', CAPTURE, '--mask', 'ip.tll']);
    expect(status).toBe(2);
    expect(stderr).toBe(
      'tunnelscope: --mask "ip.tll" is not the name of a field; expected a filter name: did you mean ip.ttl?\n',
    );
  });

  it('of the snapshot hold for the comparison; more of them are laid over it', () => {
    const list = records();
    list[0]?.writeUInt16BE(0x1234, RECORD + 14 + 4);
    list[0]?.writeUInt8(9, RECORD + 14 + 8);
    const capture = writeCapture('masked.pcap', list);
    expect(check(capture).stdout).toContain('packet 1: ip.ttl 64 → 9\n');
    // The outer checksum is then wrong, and that is told as well.
    expect(check(capture).stdout).toContain('packet 1: ip.checksum.status good → bad\n');
    expect(check(capture, '--mask', 'ip.ttl,ip.checksum.status').status).toBe(0);
  });
});

describe('a comparison', () => {
  it('with itself', () => {
    const { status, stdout } = check(CAPTURE);
    expect([status, stdout]).toEqual([0, `${CAPTURE} and ${at('golden.txt')} are the same\n`]);
  });

  it('one field of one packet', () => {
    const list = records();
    list[2]?.writeUInt8(62, RECORD + 50 + 14 + 8);
    list[2]?.writeUInt16BE(
      (list[2]?.readUInt16BE(RECORD + 50 + 14 + 10) ?? 0) + 0x100,
      RECORD + 50 + 14 + 10,
    );
    const capture = writeCapture('ttl.pcap', list);
    const { status, stdout } = check(capture);
    expect(status).toBe(1);
    expect(stdout).toBe(`packet 3: ip#2.ttl 63 → 62\n${capture} and ${at('golden.txt')}: 1 packet differs\n`);
  });

  const LAYERS = 'eth ip udp vxlan eth ip icmp data';
  it.each<[what: string, change: (list: Buffer[]) => Buffer[], lines: string[]]>([
    ['the first is missing', (list) => list.slice(1), [`packet 1 is missing: ${LAYERS}`]],
    ['one in the middle is missing', (list) => list.toSpliced(4, 1), [`packet 5 is missing: ${LAYERS}`]],
    [
      'the last two are missing',
      (list) => list.slice(0, 6),
      [`packet 7 is missing: ${LAYERS}`, `packet 8 is missing: ${LAYERS}`],
    ],
    ['one more', (list) => list.toSpliced(3, 0, list[7] as Buffer), [`packet 4 is extra: ${LAYERS}`]],
    ['one more at the end', (list) => [...list, list[0] as Buffer], [`packet 9 is extra: ${LAYERS}`]],
    ['none is left', () => [], Array.from({ length: 8 }, (_, i) => `packet ${i + 1} is missing: ${LAYERS}`)],
  ])('%s', (what, change, lines) => {
    const { status, stdout } = check(writeCapture(`${what.replaceAll(' ', '-')}.pcap`, change(records())));
    expect(status).toBe(1);
    expect(stdout.trimEnd().split('\n').slice(0, -1)).toEqual(lines);
  });

  it('a layer less, and what is wrong instead', () => {
    // Another port, a reserved bit and an inner checksum of 0, so that nothing proves VXLAN or what is inside: that is data then.
    const list = records();
    list[1]?.writeUInt16BE(9999, RECORD + 36);
    list[1]?.writeUInt8(1, RECORD + 43);
    list[1]?.writeUInt16BE(0, RECORD + 74);
    const { stdout, status } = check(writeCapture('port.pcap', list));
    expect(status).toBe(1);
    expect(stdout).toContain('packet 2: udp.dstport 4789 → 9999\n');
    expect(stdout).toContain('packet 2: vxlan is missing\n');
    expect(stdout).toContain('packet 2: icmp is missing\n');
  });

  it('far apart: a packet less at either end of many, and one changed', () => {
    const many = Array.from({ length: 150 }, () => records()).flat();
    for (const [i, one] of many.entries()) one.writeUInt16BE(i, RECORD + 90);
    tunnelscope([
      'snapshot',
      '-r',
      writeCapture('many.pcap', many),
      '--mask',
      'volatile',
      '-o',
      at('golden.txt'),
    ]);
    const other = many.map((one) => Buffer.from(one));
    other[700]?.writeUInt8(7, RECORD + 14 + 1);
    const fewer = other.toSpliced(1100, 1).toSpliced(9, 1);
    const { stdout } = check(writeCapture('fewer.pcap', fewer));
    expect(stdout.split('\n').filter((line) => !line.includes('checksum.status'))).toEqual([
      `packet 10 is missing: ${LAYERS}`,
      'packet 701 (now 700): ip.dsfield.dscp 0 → 1',
      'packet 701 (now 700): ip.dsfield.ecn 0 → 3',
      `packet 1101 is missing: ${LAYERS}`,
      `${at('fewer.pcap')} and ${at('golden.txt')}: 1 packet differs, 2 missing`,
      '',
    ]);
  });

  /** Records that all differ: the payload's first bytes count. */
  function numbered(count: number): Buffer[] {
    const [record] = records();
    return Array.from({ length: count }, (_, i) => {
      const one = Buffer.from(record as Buffer);
      one.writeUInt16BE(i, RECORD + 90);
      one.writeUInt16BE(i, RECORD + 100);
      return one;
    });
  }

  describe.each([65, 7000])('a burst of %i packets', (size) => {
    const all = numbered(9000);
    const without = all.toSpliced(300, size);
    const lines = (stdout: string) =>
      stdout
        .trimEnd()
        .split('\n')
        .filter((line) => !line.includes('checksum'));

    it('that is missing, and one packet changed behind it', () => {
      tunnelscope(['snapshot', '-r', writeCapture('all.pcap', all), '-o', at('golden.txt')]);
      const changed = without.map((one) => Buffer.from(one));
      changed.at(-1)?.writeUInt8(4, RECORD + 14 + 1);
      const { stdout, status } = check(writeCapture('without.pcap', changed));
      expect(status).toBe(1);
      expect(lines(stdout)).toEqual([
        `packets 301 to ${300 + size} are missing: ${size} of them`,
        `packet 9000 (now ${9000 - size}): ip.dsfield.dscp 0 → 1`,
        `${at('without.pcap')} and ${at('golden.txt')}: 1 packet differs, ${size} missing`,
      ]);
    });

    it('more, with another mask than the snapshot has', () => {
      tunnelscope(['snapshot', '-r', writeCapture('without.pcap', without), '-o', at('golden.txt')]);
      const shifted = all.map((one) => Buffer.from(one));
      for (const [i, one] of shifted.entries()) one.writeUInt8(i & 0xff, RECORD + 14 + 8);
      const { stdout } = check(writeCapture('all.pcap', shifted), '--mask', 'ip.ttl,ip.checksum.status');
      expect(lines(stdout)).toEqual([
        `packets 301 to ${300 + size} are more: ${size} of them`,
        `${at('all.pcap')} and ${at('golden.txt')}: ${size} more`,
      ]);
    });
  });

  it('packets that moved are missing in one place and more in another', () => {
    const all = numbered(400);
    tunnelscope(['snapshot', '-r', writeCapture('all.pcap', all), '-o', at('golden.txt')]);
    const moved = [...all.toSpliced(100, 70).slice(0, 200), ...all.slice(100, 170), ...all.slice(270)];
    const { stdout } = check(writeCapture('moved.pcap', moved));
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'packets 101 to 170 are missing: 70 of them',
      'packets 201 to 270 are more: 70 of them',
    ]);
  });

  it('captures that have nothing in common are told in a moment', () => {
    const all = numbered(20_000);
    tunnelscope(['snapshot', '-r', writeCapture('all.pcap', all), '-o', at('golden.txt')]);
    const others = all.map((one) => Buffer.from(one));
    for (const one of others) one.fill(0x5a, RECORD + 12);
    const before = process.cpuUsage();
    const { stdout } = check(writeCapture('others.pcap', others));
    // Of the processor's time, which nobody else on the machine takes; every pair of packets would be minutes of it.
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeLessThan(20_000_000);
    expect(stdout).toContain('and the comparison stopped there');
  });

  it('ends after a hundred packets', () => {
    const many = Array.from({ length: 50 }, () => records()).flat();
    tunnelscope(['snapshot', '-r', writeCapture('many.pcap', many), '-o', at('golden.txt')]);
    for (const one of many) one.writeUInt8(8, RECORD + 14 + 8);
    const { stdout, status } = check(writeCapture('others.pcap', many));
    expect(status).toBe(1);
    expect(stdout).toContain(': 100 packets differ, and the comparison stopped there\n');
  });

  it('of the packets that a filter chooses', () => {
    tunnelscope(['snapshot', '-r', CAPTURE, '-Y', 'icmp.type == 8', '-o', at('golden.txt')]);
    expect(readFileSync(at('golden.txt'), 'utf8').match(/^packet \d+/gm)).toEqual([
      'packet 1',
      'packet 3',
      'packet 5',
      'packet 7',
    ]);
    expect(check(CAPTURE, '-Y', 'icmp.type == 8').status).toBe(0);
    expect(check(CAPTURE).stdout).toContain('4 more\n');
  });
});

describe('--update', () => {
  it('writes anew what differs, with the same masks, and leaves alone what does not', () => {
    const capture = writeCapture('seven.pcap', records().slice(1));
    const { status, stdout } = check(capture, '--update');
    expect(status).toBe(0);
    expect(stdout).toContain(': 1 missing; snapshot updated\n');
    expect(readFileSync(at('golden.txt'), 'utf8')).toBe(
      tunnelscope(['snapshot', '-r', capture, '--mask', 'volatile']).stdout,
    );
    expect(check(capture, '-u').stdout).toContain('are the same');
  });

  it('makes the first one', () => {
    rmSync(at('golden.txt'));
    expect(check(CAPTURE, '--update').status).toBe(0);
    expect(check(CAPTURE).status).toBe(0);
  });
});

describe('what can’t be carried out: exit 2, one line', () => {
  it.each<[what: string, args: string[], message: RegExp]>([
    [
      'no snapshot',
      ['--check', 'nowhere.txt'],
      /^tunnelscope: nowhere.txt: no such file; expected a snapshot; .*\n$/,
    ],
    ['--update alone', ['--update'], /add --check FILE\n$/],
    ['-o and --check', ['--check', 'a', '-o', 'b'], /expected one of them\n$/],
    [
      'a capture as snapshot',
      ['--check', CAPTURE],
      /line 1 is ".*"; expected tunnelscope-snapshot 1: a file that snapshot -o wrote\n$/,
    ],
  ])('%s', (_what, args, message) => {
    const { status, stderr, stdout } = tunnelscope(['snapshot', '-r', CAPTURE, ...args]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it.each<[what: string, text: string, message: string]>([
    [
      'another version',
      'tunnelscope-snapshot 2\n',
      'line 1 is "tunnelscope-snapshot 2"; expected tunnelscope-snapshot 1; write',
    ],
    ['nothing', '', 'line 1 is the end of the file; expected'],
    ['an unknown line', 'tunnelscope-snapshot 1\npacket x\n', 'line 2 is "packet x"; expected packet NUMBER'],
    [
      'a layer with an escape',
      'tunnelscope-snapshot 1\npacket 1\n  ip a=\x1b[31m b\n',
      'line 3 is "  ip a=\\x1b[31m b"; expected a layer',
    ],
    ['a mask of nothing', 'tunnelscope-snapshot 1\nmask ip.tll\n', '"ip.tll" is not the name of a field'],
    [
      'a long line',
      `tunnelscope-snapshot 1\npacket 1\n  ip a=${'b'.repeat(3 << 20)}\n`,
      'line 3 is too long',
    ],
  ])('%s', (_what, text, message) => {
    writeFileSync(at('golden.txt'), text);
    const { status, stderr } = check(CAPTURE);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});
