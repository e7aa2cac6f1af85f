/** Which drop was which lost ping: drops made by hand, at moments around the ping's. */
import { describe, expect, it } from 'vitest';
import type { DropStep, KernelDrop, KernelWitness } from '../../src/packet/kernel-drop.ts';
import { formatPathReport } from '../../src/path/path-report.ts';
import { back, reset, syn, there, timed } from '../support/exchanges.ts';
import { pathOf } from '../support/path-views.ts';
import { echo, START_SECONDS, type TimedPacket } from '../support/pings.ts';

/** Where the source's time begins, and when the ping is at the first point and at the second: µs. */
const START = START_SECONDS * 1e6;
const [FIRST, SECOND] = [START + 1000, START + 1010];
const LENGTH = echo().length;
const ETHERNET = 14;
const [IPV4, ARP] = [0x0800, 0x0806];

const PING: readonly TimedPacket[] = [
  { bytes: echo(), time: 1_000_000, interfaceIndex: 0 },
  { bytes: echo({ ttl: 63 }), time: 1_010_000, interfaceIndex: 1 },
];

type Step = readonly [device: string, time: number, length?: number, protocol?: number];

/** Of what is received, the link header is not counted; no protocol is told of it. */
function drop(time: number, course: readonly Step[], more: Partial<KernelDrop> = {}): KernelDrop {
  const steps: DropStep[] = course.map(([device, at, length = LENGTH, protocol = 0]) => ({
    ...{ time: at, device, length, protocol, isSent: protocol !== 0 },
  }));
  const last = steps.at(-1);
  return {
    ...{ time, reason: 'NO_SOCKET', location: '__udp4_lib_rcv', protocol: IPV4, course: steps },
    place: () => last && { device: last.device, namespace: 'h2' },
    couldBeIn: () => true,
    ...more,
  };
}

const witness = (drops: readonly KernelDrop[], more: Partial<KernelWitness> = {}): KernelWitness => ({
  ...{
    drops: drops.toSorted((a, b) => a.time - b.time),
    forgotten: 0,
    lost: 0,
    counters: [],
    noReasons: undefined,
  },
  locate: (name) => ({ device: name, namespace: name === 'test0' ? 'h1' : 'h2' }),
  ...more,
});

async function told(drops: readonly KernelDrop[], packets = PING) {
  const view = await pathOf(packets, undefined, undefined, witness(drops));
  return (view.drops ?? []).map(({ certainty, reason, packet }) => `${certainty} ${packet} ${reason}`);
}

describe('a lost ping, and the kernel’s drops', () => {
  it.each<[what: string, drops: readonly KernelDrop[], told: string[]]>([
    [
      'the buffer that was at the last point then',
      [drop(SECOND + 5, [['test1', SECOND + 1]])],
      ['certain ping NO_SOCKET'],
    ],
    [
      'the same with a link header that one side counts',
      [drop(SECOND + 5, [['test1', SECOND + 1, LENGTH - ETHERNET]])],
      ['certain ping NO_SOCKET'],
    ],
    ['none at all', [], []],
    ['a buffer that was at another device then', [drop(SECOND + 5, [['test2', SECOND - 40_000]])], []],
    ['another length', [drop(SECOND + 5, [['test1', SECOND + 1, LENGTH + 400]])], []],
    ['much later at the same device', [drop(SECOND + 90_000, [['test1', SECOND + 90_000]])], []],
    [
      'two that were there in the same moment: the nearer one, most likely',
      [
        drop(SECOND + 5, [['test1', SECOND + 4]]),
        drop(SECOND + 6, [['test1', SECOND + 2]], { reason: 'NETFILTER_DROP' }),
      ],
      ['likely ping NETFILTER_DROP'],
    ],
    [
      'two, one of them clearly nearer',
      [
        drop(SECOND + 5, [['test1', SECOND + 1]]),
        drop(SECOND + 60, [['test1', SECOND + 50]], { reason: 'NETFILTER_DROP' }),
      ],
      ['certain ping NO_SOCKET'],
    ],
    [
      'so far apart that the capture may not have seen the packet that it was',
      [drop(SECOND + 250, [['test1', SECOND + 200]])],
      ['likely ping NO_SOCKET'],
    ],
    [
      'dropped long after it was seen: the address may have been another’s by then',
      [drop(SECOND + 2_000_000, [['test1', SECOND + 1]])],
      ['likely ping NO_SOCKET'],
    ],
    [
      'what was dropped after it had been at the first point only is not the one that was at the second',
      [drop(FIRST + 5, [['test0', FIRST + 1]])],
      [],
    ],
    [
      'sent on by a program: the only one in that moment that could be it',
      [drop(SECOND + 200, [['other', SECOND + 150, LENGTH + 32, IPV4]])],
      ['near ping NO_SOCKET'],
    ],
    [
      'the same of which nothing is known but its moment',
      [drop(SECOND + 200, [], { reason: 'NOT_SPECIFIED', location: 'tun_get_user', protocol: 0 })],
      ['near ping NOT_SPECIFIED'],
    ],
    [
      'two that could be it: neither',
      [
        drop(SECOND + 200, [['other', SECOND + 150, LENGTH + 32, IPV4]]),
        drop(SECOND + 210, [['other', SECOND + 160, LENGTH + 32, IPV4]]),
      ],
      [],
    ],
    ['a packet too long to be it', [drop(SECOND + 200, [['other', SECOND + 150, 1500, IPV4]])], []],
    ['ARP is no ping', [drop(SECOND + 200, [['other', SECOND + 150, 42, ARP]], { protocol: ARP })], []],
    [
      'it waited for a neighbour, and the questions were dropped before',
      [
        drop(SECOND + 500, [['vxlan0', SECOND + 400, 42, ARP]], {
          reason: 'VXLAN_VNI_NOT_FOUND',
          location: 'vxlan_rcv',
        }),
        drop(SECOND + 3_000_000, [['test1', SECOND + 1]], {
          reason: 'NEIGH_FAILED',
          location: 'neigh_invalidate',
        }),
      ],
      ['likely neighbor question VXLAN_VNI_NOT_FOUND', 'likely ping NEIGH_FAILED'],
    ],
    [
      'it waited for a neighbour; questions of another namespace have nothing to do with it',
      [
        drop(SECOND + 500, [['vxlan0', SECOND + 400, 42, ARP]], { couldBeIn: () => false }),
        drop(SECOND + 3_000_000, [['test1', SECOND + 1]], {
          reason: 'NEIGH_FAILED',
          location: 'neigh_invalidate',
        }),
      ],
      ['likely ping NEIGH_FAILED'],
    ],
  ])('%s', async (_, drops, expected) => {
    expect(await told(drops)).toEqual(expected);
  });

  it('an answered ping is asked nothing about', async () => {
    const back = { bytes: echo({ reply: true }), time: 2_000_000, interfaceIndex: 0 };
    const drops = [drop(SECOND + 5, [['test1', SECOND + 1]])];
    expect(await told(drops, [...PING, back])).toEqual([]);
  });

  it('one drop is one ping’s: that of the nearest, though two were lost', async () => {
    const packets = [0, 200].map((later, i) => ({
      ...{ bytes: echo({ seq: i + 1 }), time: (1000 + later) * 1000, interfaceIndex: 1 },
    }));
    const drops = [drop(FIRST + 206, [['test1', FIRST + 201]])];
    const view = await pathOf(packets, undefined, undefined, witness(drops));
    expect(view.rows.map((row) => row.drop)).toEqual([null, 0]);
    expect(view.drops).toMatchObject([{ certainty: 'certain', pings: 1, packets: [2] }]);
  });

  it('two pings lost in one moment, and one drop: most likely the nearer one’s', async () => {
    const packets = [0, 4].map((later, i) => ({
      ...{ bytes: echo({ seq: i + 1 }), time: (1000 + later) * 1000, interfaceIndex: 1 },
    }));
    const view = await pathOf(
      packets,
      undefined,
      undefined,
      witness([drop(FIRST + 9, [['test1', FIRST + 5]])]),
    );
    expect(view.rows.map((row) => row.drop)).toEqual([null, 0]);
    expect(view.drops).toMatchObject([{ certainty: 'likely', pings: 1 }]);
  });

  it('a thousand pings, each with the drop that is its own', async () => {
    const seqs = Array.from({ length: 1000 }, (_, i) => i + 1);
    const packets = seqs.map((seq) => ({ bytes: echo({ seq }), time: seq * 20_000, interfaceIndex: 1 }));
    const drops = seqs.map((seq) => drop(START + seq * 20 + 6, [['test1', START + seq * 20 + 1]]));
    const view = await pathOf(packets, undefined, undefined, witness(drops));
    expect(view.drops).toMatchObject([{ certainty: 'certain', pings: 1000 }]);
    expect(view.rows.map((row) => row.drop)).toEqual(seqs.map(() => 0));
    expect(view.drops?.[0]?.packets).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('an interface whose device is not known explains nothing', async () => {
    const drops = [drop(SECOND + 5, [['test1', SECOND + 1]])];
    const view = await pathOf(PING, undefined, undefined, witness(drops, { locate: () => undefined }));
    expect((view.drops ?? []).filter(({ certainty }) => certainty !== 'near')).toEqual([]);
  });
});

describe('a lost connection', () => {
  /** {@link timed} counts milliseconds. */
  const packets = timed([1, syn()], [2, there(syn()), 1]);
  const at = START + 2000;
  const length = (packets[1] as TimedPacket).bytes.length;
  const dropped = (more: Partial<KernelDrop>) => drop(at + 5, [['test1', at + 1, length]], more);

  it('its SYN’s drop, in the kernel’s words', async () => {
    const csum = dropped({ reason: 'TCP_CSUM', location: 'tcp_v4_rcv' });
    const view = await pathOf(packets, undefined, ['tcp'], witness([csum]));
    expect(view.drops).toMatchObject([
      { reason: 'TCP_CSUM', packet: 'connection', direction: 'request', certainty: 'certain' },
    ]);
    expect(formatPathReport(view, { width: 1000 })).toContain(
      'SYN last seen at test1; the kernel dropped it at h2:test1, as its TCP checksum is wrong (TCP_CSUM in tcp_v4_rcv)',
    );
  });

  it('where nobody listens, TCP’s words, and not a tunnel’s', async () => {
    const drops = [dropped({ location: 'tcp_v4_rcv' })];
    const view = await pathOf(packets, undefined, ['tcp'], witness(drops));
    expect(view.drops?.[0]?.message).toMatch(/nothing listens on its TCP port .* ss -ltnp/);
  });

  it('one that is refused lost nothing, though the RST’s buffer is freed', async () => {
    const refused = timed([1, syn()], [2, there(syn()), 1], [3, back(reset()), 1], [4, reset()]);
    const drops = [drop(START + 4005, [['test0', START + 4001, length]], { reason: 'TCP_RESET' })];
    const view = await pathOf(refused, undefined, ['tcp'], witness(drops));
    expect(view.rows).toMatchObject([{ answered: false, undelivered: 'refused', drop: null }]);
  });
});

describe('in words', () => {
  const text = async (drops: readonly KernelDrop[], more: Partial<KernelWitness> = {}) =>
    formatPathReport(await pathOf(PING, undefined, undefined, witness(drops, more)), { width: 1000 });

  it('below the ping, with what to do', async () => {
    expect(await text([drop(SECOND + 5, [['test1', SECOND + 1]])])).toContain(
      'request last seen at test1; the kernel dropped it at h2:test1, as nothing listens on its port at this address (NO_SOCKET in __udp4_lib_rcv): start the tunnel’s end here',
    );
  });

  it('a reason that nobody here knows, by its name', async () => {
    const odd = drop(SECOND + 5, [['test1', SECOND + 1]], {
      reason: 'OF_A_LATER_KERNEL',
      location: 'some_rcv',
    });
    expect(await text([odd])).toContain(
      'the kernel dropped it at h2:test1, with OF_A_LATER_KERNEL in some_rcv',
    );
  });

  it('one of several namespaces', async () => {
    const odd = drop(SECOND + 5, [['test1', SECOND + 1]], {
      place: () => ({ device: '\x1b[31meth0', namespace: undefined }),
    });
    const said = await text([odd]);
    expect(said).toContain('at \\x1b[31meth0 (of one of several namespaces), as');
    expect(said).not.toContain('\x1b');
  });

  it('counters, those that rose most first; and what could not be told', async () => {
    const counters = [
      { namespace: 'h2', device: undefined, name: 'Udp NoPorts', rise: 3 },
      { namespace: 'h2', device: 'eth0\x07', name: 'rx_dropped', rise: 5 },
      { namespace: '', device: undefined, name: 'Ip InDiscards', rise: 1 },
    ];
    const said = await text([], { counters, lost: 12, forgotten: 1 });
    expect(said).toContain(
      "the kernel's counters that rose meanwhile: h2:eth0\\x07: rx_dropped +5; h2: Udp NoPorts +3; Ip InDiscards +1",
    );
    expect(said).toContain('note: the kernel dropped 12 packets faster than it could tell of');
    expect(said).toContain('note: 1 drop past the first ones are not remembered');
  });

  it('nothing where all were answered', async () => {
    const back = { bytes: echo({ reply: true }), time: 2_000_000, interfaceIndex: 0 };
    const counters = [{ namespace: '', device: undefined, name: 'Ip InDiscards', rise: 1 }];
    const view = await pathOf([...PING, back], undefined, undefined, witness([], { counters }));
    expect(formatPathReport(view)).not.toContain('kernel');
  });
});
