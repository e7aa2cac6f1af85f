/** The matchers as a test uses them: what holds, what must fail, and what the failure says. tshark read the captures. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { matchers, type TunnelscopeMatchers } from '../../../src/library/matchers/matchers.ts';
import type { Packet } from '../../../src/library/packet-objects.ts';
import { openCapture } from '../../../src/library/sources.ts';
import type { Verdict } from '../../../src/verdict/verdict.ts';
import { verifyCapture } from '../../../src/verdict/verify.ts';
import '../../../src/library/matchers/vitest.ts';
import { tunnelscope } from '../../support/command.ts';

async function packetsOf(path: string): Promise<Packet[]> {
  const packets: Packet[] = [];
  for await (const packet of openCapture(path)) packets.push(packet);
  return packets;
}

async function verdictOf(path: string): Promise<Verdict> {
  return verifyCapture(await openCaptureFile(path));
}

/** What an assertion that must fail says. */
async function failure(assertion: () => unknown): Promise<string> {
  try {
    await assertion();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the assertion did not fail');
}

const VXLAN = 'fixtures/vxlan.pcap';
let packet: Packet;
let folder: string;
beforeAll(async () => {
  [packet] = (await packetsOf(VXLAN)) as [Packet];
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-matchers-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('toHaveLayers', () => {
  it('holds', () => {
    expect(packet).toHaveLayers(['eth', 'ip', 'udp', 'vxlan', 'eth', 'ip', 'icmp', 'data']);
    expect(packet.bytes).toHaveLayers(['...', 'vxlan', '...', 'icmp', '...']);
    expect(packet).not.toHaveLayers(['...', 'tunpi', '...']);
  });

  it('fails with the packet, outer and inner side by side', () => {
    expect(() => expect(packet).toHaveLayers(['eth', 'ip', '...', 'tcp'])).toThrow(
      [
        'expected the layers eth / ip / ... / tcp',
        'received eth / ip / udp / vxlan / eth / ip / icmp / data',
        '',
        'packet 1, 148 bytes:',
        '',
        'outer                                           | inner: VXLAN vni 42 over UDP 4789',
        'Ethernet  66:6a:fd:05:75:fd > fa:f0:90:c4:bf:12 | VXLAN  VNI 42',
      ].join('\n'),
    );
  });

  it.each([
    ['outer and inner addresses', /^IPv4 {2}10\.1\.0\.10 > 10\.2\.0\.10 {2}TTL 64 +\| Ethernet/m],
    [
      'the ports, and the inner addresses',
      /^UDP .*4789.*\| IPv4 {2}172\.16\.0\.2 > 172\.16\.1\.2 {2}Don’t Fragment {2}TTL 63$/m,
    ],
    ['both TTLs', /^Time to live +\| 64 +\| 63$/m],
    ['both identifications', /^Identification +\| 0x83b7 +\| 0x7ac4$/m],
  ])('shows %s', (_what, expected) => {
    expect(() => expect(packet).toHaveLayers(['ip'])).toThrow(expected);
  });

  it('not to have them fails too', () => {
    expect(() => expect(packet).not.toHaveLayers(['eth', '...'])).toThrow(
      'expected other layers than eth / ...',
    );
  });

  it('as told', async () => {
    const [socat] = (await packetsOf('fixtures/socat.pcap')) as [Packet];
    const decodeAs = [{ table: 'udp.port', value: 9000, name: 'raw' }] as const;
    expect(socat).toHaveLayers(['eth', 'ip', 'udp', 'tunpi', 'ip', 'icmp', 'data']);
    expect(socat).not.toHaveLayers(['eth', 'ip', 'udp', 'tunpi', 'ip', 'icmp', 'data'], { decodeAs });
  });

  it('what can’t be checked is no success, with not neither', () => {
    expect(() => expect(packet).not.toHaveLayers(['vxlam'])).toThrow(
      '"vxlam" is not the name of a layer; did you mean vxlan?',
    );
    for (const layers of [undefined, 'eth', []]) {
      expect(() => expect(packet).not.toHaveLayers(layers as string[])).toThrow('expected a list of layers');
    }
    for (const value of [undefined, null, 'ping.pcap', 7, [1]]) {
      expect(() => expect(value).not.toHaveLayers(['eth'])).toThrow('expected a packet of openCapture()');
    }
    expect(() => expect({ layers: [] }).not.toHaveLayers(['eth'])).toThrow(
      'received a decoded packet; expected',
    );
  });

  it('hostile bytes are told without a byte of theirs', async () => {
    const text = await failure(() =>
      expect(Uint8Array.from({ length: 90 }, (_, i) => (i * 37) & 255)).toHaveLayers(['ip']),
    );
    expect(text).toMatch(/^[ -~\n’]*$/);
    expect(text).toContain('no tunnel');
  });
});

describe('toHaveField', () => {
  it('holds', () => {
    expect(packet).toHaveField('ip.src#2', '172.16.0.2');
    expect(packet).toHaveField('inner.ip.ttl', 63);
    expect(packet).toHaveField('vxlan.vni', 42);
    expect(packet).not.toHaveField('ip.ttl#1', 63);
  });

  it('fails with what there is, and the packet', async () => {
    const text = await failure(() => expect(packet).toHaveField('ip.src#2', '172.16.0.9'));
    expect(text).toContain(
      'expected ip.src#2 == 172.16.0.9\nreceived ip.src 10.1.0.10,172.16.0.2\n\npacket 1, 148 bytes:\n',
    );
    expect(() => expect(packet).not.toHaveField('vxlan.vni', 42)).toThrow('expected not vxlan.vni == 42');
  });

  it('without a value: whether the field is there', async () => {
    expect(packet).toHaveField('vxlan.vni');
    expect(packet).toHaveField('ip.src#2');
    expect(packet).not.toHaveField('tcp.srcport');
    expect(packet).not.toHaveField('vxlan.vni', {
      decodeAs: [{ table: 'udp.port', value: 4789, name: 'tun' }],
    });
    expect(await failure(() => expect(packet).toHaveField('tcp.srcport'))).toMatch(
      /^expected tcp\.srcport\nreceived tcp\.srcport absent\n\npacket 1, /,
    );
    expect(await failure(() => expect(packet).not.toHaveField('vxlan.vni'))).toMatch(
      /^expected not vxlan\.vni\nreceived vxlan\.vni 42\n/,
    );
  });

  it('a value that is meant to be there and is not is no success, with not neither', () => {
    const missing = {} as { vni: number };
    expect(() => expect(packet).not.toHaveField('vxlan.vni', missing.vni)).toThrow(
      'toHaveField: received undefined for the value of vxlan.vni; expected a text, a number,',
    );
    expect(() => expect(packet).not.toHaveField(7 as unknown as string, 1)).toThrow(
      'is not the name of a field',
    );
    expect(() => expect(packet).not.toHaveField('vxlan.vni', 42, { decodeas: [] } as object)).toThrow(
      'toHaveField: unknown key "decodeas"; did you mean decodeAs?',
    );
  });

  it('a name that no field has, a value that it can’t have', () => {
    expect(() => expect(packet).not.toHaveField('ip.tll', 1)).toThrow('ip.tll');
    expect(() => expect(packet).not.toHaveField('ip.src', 'nonsense')).toThrow('nonsense');
  });
});

describe('toHaveAnsweredPings', () => {
  it('holds for a capture’s path, and for a verdict', async () => {
    await expect(VXLAN).toHaveAnsweredPings();
    await expect(VXLAN).toHaveAnsweredPings({
      tunnel: 'vxlan',
      vni: 42,
      min: 4,
      inner: ['172.16.0.0/24', '172.16.1.2'],
    });
    expect(await verdictOf(VXLAN)).toHaveAnsweredPings({ tunnel: 'vxlan', vni: 42, min: 4 });
    await expect(VXLAN).not.toHaveAnsweredPings({ tunnel: 'geneve' });
    await expect('fixtures/half.pcap').not.toHaveAnsweredPings();
  });

  it('fails with what went where, the first packet that shows it, and the report', async () => {
    const text = await failure(() => expect(VXLAN).toHaveAnsweredPings({ tunnel: 'vxlan', vni: 43 }));
    expect(text).toContain(
      'expected all pings through vxlan with VNI 43, in both directions\nreceived 0 of 4 requests as expected, 4 through vxlan',
    );
    expect(text).toContain('\n\npacket 1, 148 bytes:\n\nouter ');
    expect(text).toContain('4 of 4 requests answered');
  });

  it('a verdict fails alike, without the packet', async () => {
    const verdict = await verdictOf(VXLAN);
    expect(() => expect(verdict).toHaveAnsweredPings({ min: 5 })).toThrow(
      'expected at least 5 answered\nreceived 4 of 4 answered\n\n',
    );
    expect(() => expect(verdict).not.toHaveAnsweredPings({ min: 4 })).toThrow(
      'expected not at least 4 answered',
    );
  });

  it('what can’t be checked is no success, with not neither', async () => {
    const misspelt = { minimum: 4 } as object;
    expect(await failure(() => expect(VXLAN).not.toHaveAnsweredPings(misspelt))).toContain(
      'toHaveAnsweredPings: unknown key "minimum"; expected keys: tunnel, vni, key, session, teid, port, outer, inner, min, maxLoss,',
    );
    for (const [demands, message] of [
      [{ tunnel: 'vxlam' }, 'tunnel: received "vxlam"; expected'],
      [{ vni: 2 ** 24 }, 'vni: received 16777216; expected'],
      [{ tunnel: 'none', vni: 42 }, "vni: tunnel none can't have one"],
      [{ maxLoss: 101 }, 'maxLoss: received 101; expected'],
      [{ min: 0 }, 'min: received 0; expected'],
      ['vxlan', 'received string; expected an object with keys: '],
    ] as const) {
      const said = await failure(() => expect(VXLAN).not.toHaveAnsweredPings(demands as object));
      expect(said).toMatch(/^toHaveAnsweredPings: /);
      expect(said).toContain(message);
    }
    expect(await failure(() => expect('nowhere.pcap').not.toHaveAnsweredPings())).toContain('nowhere.pcap');
    const read = JSON.parse(JSON.stringify(await verdictOf(VXLAN)));
    expect(() => expect(read).not.toHaveAnsweredPings()).toThrow('a verdict as verifyCapture() made it');
  });
});

describe('toHaveAnsweredExchanges', () => {
  const EXCHANGES = 'fixtures/exchanges/vxlan.pcap';

  it('holds', async () => {
    await expect(EXCHANGES).toHaveAnsweredExchanges({ proto: 'tcp', port: 8000, tunnel: 'vxlan', vni: 42 });
    await expect(EXCHANGES).toHaveAnsweredExchanges({ proto: 'dns', min: 4 });
    expect(await verdictOf(EXCHANGES)).toHaveAnsweredExchanges({ proto: 'tcp', port: 8000, min: 3 });
    await expect(EXCHANGES).not.toHaveAnsweredExchanges({ proto: 'tcp', port: 9999 });
    await expect(EXCHANGES).not.toHaveAnsweredExchanges({ proto: 'tcp', port: 8000, tunnel: 'geneve' });
    await expect(VXLAN).not.toHaveAnsweredExchanges({ proto: 'udp' });
  });

  it('fails with what was received, a packet that shows it, and the table', async () => {
    const text = await failure(() => expect(EXCHANGES).toHaveAnsweredExchanges({ proto: 'tcp', port: 81 }));
    expect(text).toMatch(/^expected /);
    expect(text).toMatch(/^received /m);
    expect(text).toMatch(/^packet \d+, \d+ bytes:/m);
    expect(text).toMatch(/^tcp 81 /m);
  });

  it('what can’t be checked is no success, with not neither', async () => {
    for (const demands of [
      { proto: 'quic' },
      { port: 443 },
      { proto: 'tcp', minAnswered: 4 },
      { proto: 'tcp', maxLoss: 101 },
      undefined,
    ]) {
      const said = await failure(() => expect(EXCHANGES).not.toHaveAnsweredExchanges(demands as never));
      expect(said).toMatch(/^toHaveAnsweredExchanges: [^\n]+$/);
    }
    const plain = { ...(await verdictOf(EXCHANGES)) };
    expect(() => expect(plain).not.toHaveAnsweredExchanges({ proto: 'tcp' })).toThrow(
      'a verdict as verifyCapture() made it',
    );
  });
});

describe('toMatchCaptureSnapshot', () => {
  it('holds for the command’s snapshot, and fails with packets and fields', async () => {
    const golden = join(folder, 'golden.txt');
    tunnelscope(['snapshot', '-r', VXLAN, '--mask', 'volatile', '-o', golden]);
    await expect(VXLAN).toMatchCaptureSnapshot(golden);
    const text = await failure(() => expect('fixtures/vxlan-snaplen-96.pcap').toMatchCaptureSnapshot(golden));
    expect(text).toContain('packet 1: frame.cap_len 148 → 96\n');
    expect(text).toContain('--update rewrites it');
    expect(await failure(() => expect(VXLAN).not.toMatchCaptureSnapshot(golden))).toContain('to differ from');
    expect(await failure(() => expect(VXLAN).not.toMatchCaptureSnapshot('nowhere.txt'))).toContain(
      'expected a snapshot',
    );
    expect(
      await failure(() => expect(VXLAN).not.toMatchCaptureSnapshot(golden, { masks: [] } as object)),
    ).toBe('toMatchCaptureSnapshot: unknown key "masks"; did you mean mask?');
  });
});

it('are typed', () => {
  expectTypeOf(expect(packet).toHaveLayers).toBeCallableWith(['eth', '...']);
  expectTypeOf(expect(packet).toHaveField).toBeCallableWith('ip.src#2', '172.16.0.2');
  expectTypeOf(expect(VXLAN).toHaveAnsweredPings).returns.toEqualTypeOf<void | Promise<void>>();
  expectTypeOf<TunnelscopeMatchers<string>['toHaveAnsweredPings']>().returns.toEqualTypeOf<Promise<void>>();
  expectTypeOf<TunnelscopeMatchers<Verdict>['toHaveAnsweredPings']>().returns.toEqualTypeOf<void>();
  expectTypeOf(expect(VXLAN).toHaveAnsweredExchanges).returns.toEqualTypeOf<void | Promise<void>>();
  expectTypeOf<TunnelscopeMatchers<string>['toHaveAnsweredExchanges']>().returns.toEqualTypeOf<
    Promise<void>
  >();
  // @ts-expect-error proto is demanded
  expectTypeOf(expect(VXLAN).toHaveAnsweredExchanges).toBeCallableWith({ port: 443 });
  // @ts-expect-error no such demand
  expectTypeOf(expect(VXLAN).toHaveAnsweredPings).toBeCallableWith({ vnu: 42 });
  expectTypeOf(matchers).toHaveProperty('toHaveLayers');
});
