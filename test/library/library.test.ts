import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import {
  batches,
  CaptureError,
  createDecoder,
  createPacketFilter,
  createReassembler,
  type DecodedPacket,
  decode,
  type FieldValue,
  fieldValues,
  filtered,
  type LiveOptions,
  openCapture,
  openCaptureFile,
  openLive,
  type Packet,
  type PacketSource,
  packets,
  tracePath,
  type Verdict,
  verifyCapture,
  writeCapture,
} from '../../src/index.ts';

/** What tshark prints, line by line. */
function tshark(...args: string[]): string[] {
  const stdio = ['ignore', 'pipe', 'ignore'] as const;
  return execFileSync('tshark', args, { encoding: 'utf8', stdio: [...stdio] })
    .trimEnd()
    .split('\n');
}

async function read(path: string): Promise<Packet[]> {
  const packets: Packet[] = [];
  for await (const packet of openCapture(path)) packets.push(packet);
  return packets;
}

describe('what is no source', () => {
  const file = 'fixtures/vxlan.pcap';
  const functions = {
    verifyCapture: (given: never) => verifyCapture(given),
    tracePath: (given: never) => tracePath(given),
    writeCapture: (given: never) => writeCapture(given, join(tmpdir(), 'never.pcap')),
    packets: async (given: never) => packets(given).next(),
    batches: async (given: never) => batches(given).next(),
  };
  const cases = Object.keys(functions).flatMap((name) =>
    (
      [
        [openCapture(file), /received an iterator of packets, .*: use openCaptureFile\(path\) instead$/],
        [Promise.resolve(), /received a promise: await it first$/],
        [file, /received a string: open the file first$/],
        [undefined, /received a value of type undefined$/],
      ] as const
    ).map(([given, says]) => [name as keyof typeof functions, says, given] as const),
  );
  it.each(cases)('%s says so: %s', async (name, says, given) => {
    const call = functions[name](given as never);
    await expect(call).rejects.toThrow(TypeError);
    await expect(call).rejects.toThrow(says);
    await expect(call).rejects.toThrow(`${name}(): expected a source`);
  });
});

describe('openCapture', () => {
  it('gives every packet, with bytes that stay', async () => {
    const packets = await read('fixtures/socat.pcap');
    expect(packets.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(packets.every(({ bytes, linkType }) => bytes.length === 130 && linkType === 1)).toBe(true);
    // tshark: the destination addresses of the first and the last frame.
    expect(Buffer.from(packets[0].bytes.subarray(0, 6)).toString('hex')).toBe('faf090c4bf12');
    expect(Buffer.from(packets[7].bytes.subarray(0, 6)).toString('hex')).toBe('666afd0575fd');
  });

  it('gives times as tshark has them', async () => {
    const theirs = tshark('-r', 'fixtures/vxlan-nanoseconds.pcap', '-T', 'fields', '-e', 'frame.time_epoch');
    const ours = (await read('fixtures/vxlan-nanoseconds.pcap')).map(({ time }) => time);
    expect(ours).toEqual(theirs);
  });

  it('throws a CaptureError where there is nothing to read', async () => {
    await expect(read('fixtures/no-such.pcap')).rejects.toThrow(CaptureError);
  });

  it('says where a file breaks off, and gives the whole packets before', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-cut-'));
    const path = join(folder, 'cut.pcap');
    // The file header, two records of 16 + 130 bytes, and a piece of the third.
    writeFileSync(path, readFileSync('fixtures/socat.pcap').subarray(0, 24 + 2 * 146 + 30));
    const warnings: string[] = [];
    const numbers: number[] = [];
    for await (const { number } of openCapture(path, (warning) => warnings.push(warning)))
      numbers.push(number);
    rmSync(folder, { recursive: true, force: true });
    expect(numbers).toEqual([1, 2]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/breaks off/);
  });

  it('may be left in the middle', async () => {
    for await (const packet of openCapture('fixtures/socat.pcap')) {
      expect(packet.number).toBe(1);
      break;
    }
  });
});

describe('decode', () => {
  it('tells outer from inner', async () => {
    const [packet] = await read('fixtures/vxlan.pcap');
    const { layers, issues } = decode(packet);
    expect(layers.map(({ protocol, level }) => `${protocol} ${level}`)).toEqual([
      'eth 0',
      'ip 0',
      'udp 0',
      'vxlan 1',
      'eth 1',
      'ip 1',
      'icmp 1',
      'data 1',
    ]);
    expect(layers[1].fields).toMatchObject({ src: '10.1.0.10', dst: '10.2.0.10', ttl: 64 });
    expect(layers[3]).toMatchObject({ by: 'port', offset: 42, length: 8, fields: { vni: 42 } });
    expect(layers[5].fields).toMatchObject({
      src: '172.16.0.2',
      dst: '172.16.1.2',
      ttl: 63,
      'checksum.status': 'good',
    });
    expect(layers[6].fields).toMatchObject({ type: 8, code: 0, ident: 17596, seq: 1 });
    expect(issues).toEqual([]);
  });

  it('decodes bytes of one’s own, by link type', () => {
    // RFC 791 header, 20 bytes, no payload: 45 00 0014 | 0001 0000 | 40 3b | checksum | 192.0.2.1 | 192.0.2.2
    const bytes = Buffer.from('45000014000100004' + '03bf6ac' + 'c0000201' + 'c0000202', 'hex');
    const { layers } = decode(bytes, { linkType: 101 });
    expect(layers).toHaveLength(1);
    expect(layers[0]).toMatchObject({
      protocol: 'ip',
      length: 20,
      fields: { ttl: 64, proto: 59, src: '192.0.2.1' },
    });
  });

  it('gives options and their like as items, and none where there are none', async () => {
    const packets = await read('fixtures/generated/options.pcap');
    // The twenty-first packet's TCP options: 020405b4 0402 080a 00000001 00000002 01 030307.
    const [, ip, tcp] = decode(packets[20]).layers;
    expect(ip.items).toBeUndefined();
    expect(tcp.items).toEqual({
      option: [
        { option_kind: 2, option_len: 4, 'options.mss_val': 1460 },
        { option_kind: 4, option_len: 2 },
        { option_kind: 8, option_len: 10, 'options.timestamp.tsval': 1, 'options.timestamp.tsecr': 2 },
        { option_kind: 1 },
        { option_kind: 3, option_len: 3, 'options.wscale.shift': 7, 'options.wscale.multiplier': 128 },
      ],
    });
  });

  it('takes decode-as, and refuses names that it does not know', async () => {
    const [packet] = await read('fixtures/socat.pcap');
    expect(decode(packet, { decodeAs: [{ table: 'udp.port', value: 9000, name: 'tun' }] }).layers[3].by).toBe(
      'user',
    );
    expect(() => decode(packet, { decodeAs: [{ table: 'udp.port', value: 9000, name: 'quic' }] })).toThrow(
      RangeError,
    );
  });

  it('reports a cut packet as truncated, and keeps what stands before the cut', async () => {
    const [packet] = await read('fixtures/vxlan-snaplen-96.pcap');
    const { layers, issues } = decode(packet);
    expect(layers.map(({ protocol }) => protocol)).toEqual([
      'eth',
      'ip',
      'udp',
      'vxlan',
      'eth',
      'ip',
      'icmp',
      'data',
    ]);
    expect(issues).toMatchObject([{ code: 'truncated', needed: 134, available: 82 }]);
  });
});

it('verifyCapture judges a capture', async () => {
  const verdict = await verifyCapture(await openCaptureFile('fixtures/socat.pcap'));
  expect(verdict).toMatchObject({ verdict: 'pass', requests: 4, answered: 4, unanswered: 0 });
});

describe('the built package', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tunnelscope-library-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is imported without the screen and the command line', () => {
    const script = join(folder, 'use.mjs');
    writeFileSync(
      script,
      `import { decode, openCapture } from ${JSON.stringify(join(process.cwd(), 'dist/library/index.js'))};
       for await (const packet of openCapture('fixtures/ipip.pcap')) {
         console.log(decode(packet).layers.map((layer) => layer.protocol).join(' '));
       }`,
    );
    const lines = execFileSync(process.execPath, [script], { encoding: 'utf8' }).trimEnd().split('\n');
    expect(lines).toHaveLength(8);
    expect(new Set(lines)).toEqual(new Set(['eth ip ip icmp data']));
  });
});

describe('what is opened is closed', () => {
  /** What a process says on standard error that drops all it holds: Node tells of files that nobody closed. */
  function complaints(statements: string): string {
    const script = `import { openSync } from 'node:fs';
      import * as t from ${JSON.stringify(join(process.cwd(), 'dist/library/index.js'))};
      const open = () => t.openCaptureFile('fixtures/vxlan.pcap');
      const refused = (promise) => promise.then(() => { throw new Error('not refused'); }, () => undefined);
      await (async () => { ${statements} })();
      for (let i = 0; i < 3; i++) { await new Promise(setImmediate); gc(); }
      console.log(openSync('fixtures/vxlan.pcap', 'r'));`;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--expose-gc', '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    );
    return `${stdout}${stderr}`;
  }
  const untouched = complaints('');

  it('the check sees a source that is left open', () => {
    expect(complaints('await open();')).toContain('garbage collection');
  });

  it.each([
    ['verifyCapture', 'await t.verifyCapture(await open());'],
    ['and whoever closes it again', 'const s = await open(); await t.verifyCapture(s); await s.close();'],
    ['tracePath', 'await t.tracePath(await open());'],
    ['packets, left in the middle', 'for await (const _ of t.packets(await open())) break;'],
    ['openCapture, left in the middle', "for await (const _ of t.openCapture('fixtures/vxlan.pcap')) break;"],
    ['a filter', "for await (const _ of t.packets(t.filtered(await open(), 'icmp'))) ;"],
    [
      'a filter that is not understood',
      "await refused((async () => t.filtered(await open(), 'icmp and and'))());",
    ],
    ['a file that can’t be written', "await refused(t.writeCapture(await open(), '/nowhere/x.pcap'));"],
    ['what is no capture', "await refused(t.openCaptureFile('package.json'));"],
  ])('%s', (_what, statements) => {
    expect(complaints(statements)).toBe(untouched);
  });
});

describe('decode with a reassembler', () => {
  const PIECE = ['eth', 'ip', 'udp', 'vxlan', 'eth', 'ip', 'data'];

  it('shows the whole in the packet that completes it', async () => {
    const packets = await read('fixtures/vxlan-fragmented.pcap');
    const reassembler = createReassembler(createDecoder());
    const shown = packets.map((packet) => decode(packet, { reassembler }).layers);
    // tshark: frames 1 and 2 are pieces; frame 3 has ip.fragment 1,2,3 and an echo request.
    expect(shown[0].map(({ protocol }) => protocol)).toEqual(PIECE);
    const whole = shown[2];
    expect(whole.map(({ protocol }) => protocol)).toEqual([...PIECE.slice(0, -1), 'icmp', 'data']);
    expect(whole[5].fragments).toEqual([1, 2, 3]);
    expect(whole[6]).toMatchObject({ offset: 0, reassembled: true });
    expect(whole[6].fields.type).toBe(8);
  });

  it('without one, each fragment is what it is', async () => {
    const [, , last] = await read('fixtures/vxlan-fragmented.pcap');
    expect(decode(last).layers.map(({ protocol }) => protocol)).toEqual(PIECE);
  });
});

describe('fieldValues', () => {
  it.each([
    ['vxlan', 'ip.src'],
    ['socat', 'icmp.seq'],
    ['generated/options', 'tcp.options.mss_val'],
    ['ipip', 'vxlan.vni'],
  ])('%s: %s, as tshark has it', async (name, field) => {
    const path = `fixtures/${name}.pcap`;
    const theirs = tshark('-r', path, '-d', 'udp.port==9000,data', '-T', 'fields', '-e', field);
    const ours = (await read(path)).map((packet) => fieldValues(decode(packet), field).join(','));
    // tshark knows nothing of what socat puts in UDP.
    if (name === 'socat') expect(ours).toEqual(['1', '1', '2', '2', '3', '3', '4', '4']);
    else expect(ours.join('\n').trimEnd()).toBe(theirs.join('\n'));
  });

  it('refuses a name that no field has', async () => {
    const [packet] = await read('fixtures/vxlan.pcap');
    expect(() => fieldValues(decode(packet), 'ip.sorce')).toThrow(/^"ip.sorce" is not the name of a field; /);
  });
});

describe('createPacketFilter', () => {
  const numbers = async (path: string, expression: string) =>
    (await read(path)).filter(createPacketFilter(expression)).map(({ number }) => `${number}`);

  it.each([
    ['vxlan', 'icmp.type == 8'],
    ['vxlan', 'frame.number > 2 and ip.src == 172.16.1.2'],
    ['vxlan', 'frame.time_delta > 0.1'],
    ['half', 'icmp.type == 3'],
    ['vxlan-snaplen-96', 'frame.cap_len < frame.len'],
  ])('%s: %s, the same packets as tshark', async (name, expression) => {
    const path = `fixtures/${name}.pcap`;
    const theirs = tshark('-r', path, '-Y', expression, '-T', 'fields', '-e', 'frame.number');
    expect(theirs[0]).not.toBe('');
    expect(await numbers(path, expression)).toEqual(theirs);
  });

  it('sees fragments put together, where it is given a reassembler', async () => {
    const reassembler = createReassembler(createDecoder());
    const isRequest = createPacketFilter('icmp.type == 8', { reassembler });
    const found = (await read('fixtures/vxlan-fragmented.pcap')).filter(isRequest);
    expect(found.map(({ number }) => number)).toEqual([3, 9]);
  });

  it('refuses what is no expression', () => {
    expect(() => createPacketFilter('ip.src ==')).toThrow(RangeError);
  });
});

describe('sources', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tunnelscope-sources-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('batches hands out all packets, and filtered those that libpcap’s language chooses', async () => {
    const count = async (source: PacketSource) => {
      let total = 0;
      for await (const batch of batches(source)) total += batch.count;
      return total;
    };
    expect(await count(await openCaptureFile('fixtures/path-6-rt-r2.pcap'))).toBe(8);
    expect(await count(filtered(await openCaptureFile('fixtures/half.pcap'), 'icmp'))).toBe(4);
  });

  it('writeCapture: all of it is the file itself; some of it, what tshark writes', async () => {
    const [all, some, theirs] = ['all.pcap', 'some.pcap', 'theirs.pcap'].map((name) => join(folder, name));
    expect(await writeCapture(await openCaptureFile('fixtures/vxlan.pcap'), all)).toBe(8);
    expect(readFileSync(all)).toEqual(readFileSync('fixtures/vxlan.pcap'));
    const where = createPacketFilter('icmp.type == 0');
    expect(await writeCapture(await openCaptureFile('fixtures/vxlan.pcap'), some, { where })).toBe(4);
    tshark('-r', 'fixtures/vxlan.pcap', '-Y', 'icmp.type == 0', '-F', 'pcap', '-w', theirs);
    const bytes = (path: string) => read(path).then((list) => list.map((packet) => packet.bytes));
    expect(await bytes(some)).toEqual(await bytes(theirs));
  });

  it('writeCapture leaves no file where the test fails', async () => {
    const path = join(folder, 'none.pcap');
    const where = () => {
      throw new Error('no');
    };
    await expect(writeCapture(await openCaptureFile('fixtures/vxlan.pcap'), path, { where })).rejects.toThrow(
      'no',
    );
    expect(() => readFileSync(path)).toThrow('ENOENT');
  });

  it('tracePath tells where pings were seen', async () => {
    const view = await tracePath(await openCaptureFile('fixtures/vxlan-any-sll2.pcap'));
    // Three pings were sent, and h1's devices all pass them on.
    expect(view).toMatchObject({ verdict: 'pass', pings: 3, answered: 3 });
    expect(view.points.length).toBeGreaterThan(1);
  });
});

it('a decoder is made once for the same wishes', async () => {
  const [packet] = await read('fixtures/socat.pcap');
  const decodeTimes = (options: () => Parameters<typeof decode>[1]) => {
    const began = process.hrtime.bigint();
    for (let i = 0; i < 3000; i++) decode(packet, options());
    return Number(process.hrtime.bigint() - began);
  };
  const asTun = () => ({ decodeAs: [{ table: 'udp.port', value: 9000, name: 'tun' }] as const });
  decodeTimes(asTun);
  const plain = Math.min(...[1, 2, 3].map(() => decodeTimes(() => ({}))));
  const forced = Math.min(...[1, 2, 3].map(() => decodeTimes(asTun)));
  // Making a decoder takes more than ten times as long as decoding a packet into objects.
  expect(forced / plain).toBeLessThan(4);
});

it('types', () => {
  expectTypeOf(openCapture).returns.toEqualTypeOf<AsyncGenerator<Packet, void, void>>();
  expectTypeOf(packets).parameters.toEqualTypeOf<[source: PacketSource]>();
  expectTypeOf(openLive).toEqualTypeOf<(options: LiveOptions) => Promise<PacketSource>>();
  expectTypeOf(decode).parameter(0).toEqualTypeOf<Packet | Uint8Array>();
  expectTypeOf(decode).returns.toEqualTypeOf<DecodedPacket>();
  expectTypeOf<DecodedPacket['layers'][number]['fields'][string]>().toEqualTypeOf<FieldValue>();
  expectTypeOf(fieldValues).returns.toEqualTypeOf<FieldValue[]>();
  expectTypeOf(createPacketFilter).returns.toEqualTypeOf<(packet: Packet) => boolean>();
  expectTypeOf(verifyCapture).returns.resolves.toEqualTypeOf<Verdict>();
  expectTypeOf<Verdict['rtt']>().extract<null>().toEqualTypeOf<null>();
  // @ts-expect-error: interfaces are needed.
  expectTypeOf(openLive).toBeCallableWith({});
});
