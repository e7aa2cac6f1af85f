/** Listening to the kernel's packet log, beside tcpdump: rules that log, pings that meet them. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { parseLogName } from '../../../src/capture/linux/nflog-socket.ts';
import { COMMAND, tunnelscope } from '../../support/command.ts';
import { missingForNamespaces, missingForOtherUsers, NOBODY, skipNote } from '../../support/lab.ts';
import { Running } from '../../support/running.ts';
import { recordsOf } from '../oracles.ts';

describe('names of groups', () => {
  it.each([
    ['nflog', [0]],
    ['nflog:5', [5]],
    ['nflog:5,6,5', [5, 6]],
    ['nflog:65535', [65535]],
  ])('%s', (name, groups) => {
    expect(parseLogName(name)).toEqual({ name, namespace: undefined, groups });
  });

  it.each(['eth0', 'nflog0', 'nflogs', 'nflog:x'])('%s is another interface', (name) => {
    expect(parseLogName(name)).toBeUndefined();
  });

  it.each(['nflog:', 'nflog:65536', 'nflog:5,'])('%s is no group', (name) => {
    expect(() => parseLogName(name)).toThrow(/expected nflog:GROUP with a number up to 65535/);
  });
});

const missing = missingForNamespaces('nft', 'ping', 'tcpdump');
const missingForOthers = missingForOtherUsers();
const A = `tl${process.pid}-a`;
const B = `tl${process.pid}-b`;
/** NFULA_TIMESTAMP: where the packet has no time of its own, the kernel takes one for each group. */
const TIMESTAMP = 3;
const PINGS = 5;

/** Groups 5 and 6 log the same; 7 cuts; 8 is a device's, on both its ways. */
const RULES = `
table inet seen {
  chain out {
    type filter hook output priority 0
    meta l4proto icmp log prefix "out: " group 5
    meta l4proto icmp log prefix "out: " group 6
    meta l4proto icmp log group 7 snaplen 30
  }
  chain in {
    type filter hook input priority 0
    meta l4proto icmp log prefix "in: " group 5
    meta l4proto icmp log prefix "in: " group 6
  }
}
table netdev seen {
  chain in { type filter hook ingress device v0 priority 0; ip protocol icmp log group 8
  }
  chain out { type filter hook egress device v0 priority 0; ip protocol icmp log group 8
  }
}`;

interface Record {
  readonly group: number;
  /** By type, in hex. */
  readonly attributes: readonly (readonly [type: number, value: string])[];
}

/** Records of LINKTYPE_NFLOG, read the naive way. */
function recordsIn(pcap: Buffer): Record[] {
  return recordsOf(pcap).map(({ bytes }) => {
    const record = Buffer.from(bytes, 'hex');
    const attributes: [number, string][] = [];
    for (let at = 4; at + 4 <= record.length; at += (record.readUInt16LE(at) + 3) & ~3) {
      attributes.push([
        record.readUInt16LE(at + 2),
        record.toString('hex', at + 4, at + record.readUInt16LE(at)),
      ]);
    }
    return { group: record.readUInt16BE(2), attributes };
  });
}

describe.skipIf(missing !== undefined)(`live${skipNote(missing)}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-nflog-live-'));
  const inA = ['ip', 'netns', 'exec', A];
  const ip = (...words: string[]) => execFileSync('ip', words, { stdio: 'ignore' });
  const ping = (count: number, ...words: string[]) =>
    execFileSync('ip', ['netns', 'exec', A, 'ping', '-q', '-n', '-c', String(count), ...words, '10.9.0.2']);

  beforeAll(() => {
    for (const name of [A, B]) ip('netns', 'add', name);
    ip('-n', A, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v0', 'netns', B);
    for (const [name, address] of [
      [A, '10.9.0.1/24'],
      [B, '10.9.0.2/24'],
    ] as const) {
      ip('-n', name, 'addr', 'add', address, 'dev', 'v0');
      ip('-n', name, 'link', 'set', 'v0', 'up');
    }
    execFileSync('ip', ['netns', 'exec', A, 'nft', '-f', '-'], { input: RULES });
  });
  afterAll(() => {
    for (const name of [A, B]) spawnSync('ip', ['netns', 'del', name]);
    rmSync(folder, { recursive: true });
  });

  /** Captures while something is done; what was written, and said. */
  async function capture(words: readonly string[], act: (running: Running) => void | Promise<void>) {
    const running = new Running([process.execPath, COMMAND, ...words]);
    await running.capturing();
    await act(running);
    expect(await running.end('SIGINT')).toBe(0);
    return running;
  }

  test('records are tcpdump’s, and all are there', async () => {
    const file = join(folder, 'ours.pcap');
    const theirs = join(folder, 'theirs.pcap');
    const options = ['-Z', 'root', '-i', 'nflog:6', '-c', String(2 * PINGS), '-w', theirs];
    const tcpdump = spawn(inA[0] as string, [...inA.slice(1), 'tcpdump', ...options]);
    const closed = once(tcpdump, 'close');
    let said = '';
    for await (const text of tcpdump.stderr) {
      said += text;
      if (said.includes('listening on')) break;
    }
    const { stderr } = await capture(['-i', `${A}:nflog:5`, '-w', file], () => {
      ping(PINGS, '-i', '0.01');
    });
    await closed;
    expect(stderr).toContain(`${2 * PINGS} packets captured`);
    expect(stderr).toContain('0 packets dropped by kernel');
    const records = recordsIn(readFileSync(file));
    expect(records).toHaveLength(2 * PINGS);
    expect(records.map(({ group }) => group)).toEqual(records.map(() => 5));
    const attributes = (all: typeof records) =>
      all.map((record) => record.attributes.map(([type, value]) => [type, type === TIMESTAMP ? '' : value]));
    expect(attributes(records)).toEqual(attributes(recordsIn(readFileSync(theirs))));
  });

  test('a filter sees the logged packet, a rule’s snaplen is no fault of the packet, and no time is made up', async () => {
    const words = ['-T', 'fields', '-e', 'icmp.type', '-e', 'icmp.seq', '-i', `${A}:nflog:5`];
    const { stdout } = await capture([...words, 'icmp[icmptype] == icmp-echoreply'], () => {
      ping(2, '-i', '0.01');
    });
    expect(stdout).toBe('0\t1\n0\t2\n');
    const json = await capture(['-T', 'json', '-i', `${A}:nflog:7`], () => {
      ping(1);
    });
    const { issues } = JSON.parse(json.stdout) as { issues: readonly { code: string; needed: number }[] };
    expect(issues.map(({ code, needed }) => [code, needed])).toEqual([['truncated', 84]]);
    const file = join(folder, 'times.pcapng');
    await capture(['-i', `${A}:nflog:5`, '-w', file], () => {
      ping(2, '-i', '0.01');
    });
    const verdict = JSON.parse(tunnelscope(['verify', '-r', file, '-T', 'json']).stdout) as {
      answered: number;
      findings: readonly { code: string }[];
    };
    expect(verdict.answered).toBe(2);
    expect(verdict.findings.map(({ code }) => code)).toContain('arrival-times');
  });

  test('a device’s log: frames on the way out, packets on the way in', async () => {
    const { stdout } = await capture(['-T', 'fields', '-e', 'frame.protocols', '-i', `${A}:nflog:8`], () => {
      ping(1);
    });
    expect(stdout).toBe('nflog:eth:ethertype:ip:icmp:data\nnflog:ip:icmp:data\n');
  });

  test('what is lost is counted', async () => {
    const file = join(folder, 'lost.pcap');
    const many = 4000;
    const words = ['-i', `${A}:nflog:5`, '-B', '1', '-w', file];
    const { stderr } = await capture(words, (running) => {
      running.child.kill('SIGSTOP');
      ping(many, '-f');
      running.child.kill('SIGCONT');
    });
    const [, captured] = /(\d+) packets captured/.exec(stderr) ?? [];
    const [, dropped] = /(\d+) packets dropped by kernel/.exec(stderr) ?? [];
    expect(Number(dropped)).toBeGreaterThan(0);
    expect(Number(captured) + Number(dropped)).toBe(2 * many);
    expect(recordsIn(readFileSync(file))).toHaveLength(Number(captured));
  });

  test('a group has one listener, and stands alone', async () => {
    await capture(['-i', `${A}:nflog:5`, '-w', join(folder, 'one.pcap')], () => {
      const { status, stderr } = tunnelscope(['-i', `${A}:nflog:5`]);
      expect(status).toBe(2);
      expect(stderr).toContain(`${A}:nflog:5 already has a listener`);
    });
    const { status, stderr } = tunnelscope(['-i', 'nflog:5', '-i', 'lo']);
    expect(status).toBe(2);
    expect(stderr).toContain("nflog:5 can't be captured with other interfaces");
  });

  test.skipIf(missingForOthers !== undefined)(`without rights${skipNote(missingForOthers)}`, () => {
    const [program = '', ...words] = NOBODY;
    const { status, stderr } = spawnSync(program, [...words, process.execPath, COMMAND, '-i', 'nflog:5'], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toContain('no permission to listen to nflog:5; run with sudo');
  });
});
