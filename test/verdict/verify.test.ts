/** Verdicts on real captures, held against what tshark and the captures' own bytes say. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openCaptureFile, openCaptureStream } from '../../src/capture/file/open-capture.ts';
import { expectNoFindings, expectPings } from '../../src/verdict/ping-expectation.ts';
import type { Verdict } from '../../src/verdict/verdict.ts';
import { createPingTracker, verifyCapture } from '../../src/verdict/verify.ts';
import { labCaptures } from '../support/captures.ts';
import { codes, echo, sourceOf } from '../support/pings.ts';

const hasTshark = spawnSync('tshark', ['--version']).status === 0;

async function verify(path: string): Promise<Verdict> {
  return verifyCapture(await openCaptureFile(path));
}

const capture = (name: string) => `fixtures/${name}.pcap`;

it.each(['socat', 'half', 'vxlan'])(
  '%s: a verdict once nothing more will come is the one before',
  async (name) => {
    const source = await openCaptureFile(capture(name));
    const tracker = createPingTracker();
    for (let batch = await source.next(); batch !== undefined; batch = await source.next())
      tracker.batch(batch, source.interfaces);
    await source.close();
    const before = tracker.verdict(undefined);
    tracker.tick(Number.POSITIVE_INFINITY);
    expect(tracker.verdict(undefined)).toEqual(before);
    expect(tracker.verdict(undefined)).toEqual(before);
  },
);

describe('the lab’s captures', () => {
  // Recorded as lab/recordings/ says: so many pings from c1 to c2 each, at the outer interface of the first host.
  const there = { src: '10.1.0.10', dst: '10.2.0.10' };
  const socat = { by: 'guess', ...there, srcport: 9000, dstport: 9000 };
  const vxlan = { kind: 'vxlan', by: 'port', ...there, srcport: 53776, dstport: 4789, vni: 42 };

  it.each<[name: string, pings: number, tunnels: object[], ident: number]>([
    ['route', 4, [], 17135],
    ['socat', 4, [{ kind: 'tunpi', ...socat }], 17163],
    ['socat-nopi', 4, [{ kind: 'raw', ...socat }], 17192],
    ['socat-tap', 4, [{ kind: 'eth', ...socat }], 17221],
    ['socat-tun-raw', 3, [], 17962],
    ['ipip', 4, [{ kind: 'ipip', by: 'protocol', ...there }], 17549],
    ['vxlan', 4, [vxlan], 17596],
    ['flannel', 4, [{ ...vxlan, dstport: 8472, vni: 1 }], 17686],
    ['vxlan-device', 3, [], 17774],
    ['vxlan-any-sll2', 3, [vxlan], 17774],
    ['vxlan-nanoseconds', 3, [vxlan], 17829],
    ['path-1-c1-eth0', 4, [], 18023],
    ['path-2-h1-br0', 4, [], 18023],
    ['path-3-h1-tun0', 4, [], 18023],
    ['path-4-h1-eth0', 4, [{ kind: 'tunpi', ...socat }], 18023],
    ['path-5-rt-r1', 4, [{ kind: 'tunpi', ...socat }], 18023],
    ['path-6-rt-r2', 4, [{ kind: 'tunpi', ...socat }], 18023],
    ['path-7-h2-eth0', 4, [{ kind: 'tunpi', ...socat }], 18023],
    ['path-8-h2-tun0', 4, [], 18023],
    ['path-9-h2-br0', 4, [], 18023],
    ['path-10-c2-eth0', 4, [], 18023],
  ])('%s: %i of them answered, and nothing found', async (name, pings, tunnels, ident) => {
    const verdict = await verify(capture(name));
    const counts = { requests: pings, answered: pings, unanswered: 0, duplicates: 0 };
    expect(verdict).toMatchObject({ verdict: 'pass', ...counts, expectations: [], findings: [] });
    expect(verdict.paths).toEqual([
      { tunnels, inner: { src: '172.16.0.2', dst: '172.16.1.2' }, ident, ...counts, rtt: verdict.rtt },
    ]);
  });

  it('half: nothing listens at the other end', async () => {
    const verdict = await verify(capture('half'));
    expect(verdict).toMatchObject({ verdict: 'fail', requests: 4, answered: 0, unanswered: 4, rtt: null });
    expect(verdict.findings).toMatchObject([
      {
        code: 'outer-port-unreachable',
        severity: 'error',
        message: "10.2.0.10 answers that nothing listens on UDP 9000: start the tunnel's other end",
        packets: [2],
      },
      { code: 'no-reply', severity: 'error', packets: [1, 3, 4, 5] },
      // socat ended upon the refusal, and its TUN device and route with it.
      { code: 'request-outside-tunnel', severity: 'warning', packets: [3, 4, 5] },
    ]);
  });

  it('socat-mixed: TUN packet information on one side only', async () => {
    const verdict = await verify(capture('socat-mixed'));
    expect(verdict).toMatchObject({ verdict: 'fail', requests: 4, answered: 0, unanswered: 4 });
    // The first packet is taken in silence; the second meets a closed port.
    expect(verdict.findings).toMatchObject([
      { code: 'outer-port-unreachable', packets: [3] },
      { code: 'no-reply', packets: [1, 2, 4, 5] },
      { code: 'tun-packet-information-mismatch', severity: 'warning', packets: [3] },
      { code: 'request-outside-tunnel', packets: [4, 5] },
    ]);
  });

  it('vxlan-fragmented: pings count once their fragments are all there', async () => {
    const verdict = await verify(capture('vxlan-fragmented'));
    expect(verdict).toMatchObject({ verdict: 'pass', requests: 2, answered: 2, duplicates: 0, findings: [] });
  });

  it('vxlan-snaplen-96: packets cut short still match', async () => {
    const verdict = await verify(capture('vxlan-snaplen-96'));
    expect(verdict).toMatchObject({ verdict: 'pass', requests: 3, answered: 3, capture: { truncated: 6 } });
    expect(verdict.findings).toMatchObject([{ code: 'truncated', severity: 'info' }]);
  });

  it('every one of them has its verdict above', () => {
    const judged = ['half', 'socat-mixed', 'vxlan-fragmented', 'vxlan-snaplen-96'];
    expect(labCaptures).toHaveLength(21 + judged.length);
  });
});

describe('what goes wrong on overlays, as it was recorded', () => {
  // The routers' and hosts' own ICMP errors, by their packets; three pings each, but where the first error made ping give up.
  it.each<
    [
      name: string,
      answers: [requests: number, answered: number],
      found: [code: string, packets: number[]][],
      says: RegExp,
    ]
  >([
    [
      'outer-ttl-exceeded',
      [3, 0],
      [
        ['outer-ttl-exceeded', [2, 4, 6]],
        ['no-reply', [1, 3, 5]],
      ],
      /^the outer TTL expired at 10\.1\.0\.1 /,
    ],
    [
      'outer-host-unreachable',
      [3, 0],
      [
        ['outer-unreachable', [2, 4]],
        ['no-reply', [1, 3, 5]],
      ],
      /^10\.1\.0\.1 can't reach the host/,
    ],
    [
      'outer-prohibited',
      [3, 0],
      [
        ['outer-unreachable', [2]],
        ['no-reply', [1, 3, 4]],
      ],
      /^10\.1\.0\.1 forbids .* allow UDP 4789/,
    ],
    // ping -s 1372: 1400 bytes inside, 50 of IPv4, UDP, VXLAN and Ethernet around them.
    [
      'outer-fragmentation-needed',
      [1, 0],
      [
        ['outer-fragmentation-needed', [2]],
        ['no-reply', [1]],
      ],
      /larger than 1400 bytes \(one of 1450 has DF set\): the tunnel's headers take 50 .* MTU of 1350$/,
    ],
    // ping -s 1452, into a VXLAN device whose MTU is 1450.
    [
      'inner-fragmentation-needed',
      [1, 0],
      [
        ['inner-fragmentation-needed', [2]],
        ['no-reply', [1]],
      ],
      /^172\.16\.0\.1 .* only 1450 bytes fit \(one of 1480 has DF set\): /,
    ],
    // The frame is from a third hardware address, and the destination is behind the tunnel: the kernel's vxlan0 wrote the error.
    [
      'inner-fragmentation-by-device',
      [1, 0],
      [
        ['inner-fragmentation-needed', [2]],
        ['no-reply', [1]],
      ],
      /^a tunnel device on the sender's side, answering in the name of 172\.16\.0\.9, can't forward .*, as only 1450 bytes fit \(one of 1480/,
    ],
    // Three pings as they are, and three with -s 1372; the link behind the router takes 1400 bytes.
    [
      'mtu-black-hole',
      [6, 3],
      [
        ['mtu-black-hole', [7, 8, 9]],
        ['lost-replies', [7, 8, 9]],
        ['capture-ended-early', [9]],
      ],
      /^all 3 requests .* of 1400 bytes \(1450 with .* while 3 of 3 of up to 84 bytes were answered; .* an MTU below 1450: /,
    ],
    [
      'inner-ttl-exceeded',
      [3, 0],
      [
        ['inner-ttl-exceeded', [2, 4, 6]],
        ['no-reply', [1, 3, 5]],
      ],
      /^the TTL of the echo request from \S+ to \S+ expired at 172\.31\.0\.2: /,
    ],
    [
      'inner-host-unreachable',
      [3, 0],
      [
        ['inner-unreachable', [2, 4]],
        ['no-reply', [1, 3, 5]],
      ],
      /^172\.31\.0\.2 can't deliver/,
    ],
    ['reply-outside-tunnel', [3, 3], [['reply-outside-tunnel', [2, 4, 6]]], /^3 replies came back outside/],
    ['other-vni', [3, 3], [['other-vni', [2, 4, 6]]], /^3 replies came back with a different VNI/],
    [
      'arp-unanswered',
      [0, 0],
      [
        ['no-echo-request', []],
        ['arp-unanswered', [1, 2]],
      ],
      /^none of 2 packets is an echo request: probably none was sent, as ARP for 172\.31\.0\.2 goes unanswered;/,
    ],
    [
      'outer-protocol-unreachable',
      [3, 0],
      [
        ['outer-unreachable', [2, 4, 6]],
        ['no-reply', [1, 3, 5]],
      ],
      /^10\.2\.0\.10 answers that it does not accept the tunnel's IP protocol/,
    ],
    [
      'asymmetric-outer-path',
      [3, 3],
      [['asymmetric-outer-path', [2, 4, 6]]],
      /^3 replies came back through a tunnel between other hosts/,
    ],
    [
      'other-tunnel',
      [3, 3],
      [['other-tunnel', [2, 4, 6]]],
      /^3 replies came back through another tunnel than the request/,
    ],
    // Packets 1 and 2 are ARP; then each request has two replies.
    ['duplicate-replies', [3, 3], [['duplicate-replies', [4, 7, 10]]], /^3 duplicate replies came: /],
    [
      'repeated-requests',
      [3, 3],
      [
        ['duplicate-replies', [3, 7, 11]],
        ['repeated-requests', [1, 5, 9]],
      ],
      /^3 duplicate replies came: /,
    ],
    ['inner-ttl-differs', [6, 6], [['ttl-differs', [7]]], /^the inner TTL changed from 63 to 59 on/],
    ['outer-ttl-differs', [6, 6], [['ttl-differs', [7]]], /^the outer TTL changed from 64 to 30 on/],
    // 10.1.0.1 answers ARP first, has no way on, and says nothing.
    [
      'duplicate-address',
      [3, 0],
      [
        ['no-reply', [5, 6, 7]],
        ['duplicate-address', [4]],
      ],
      /^none of 3 .* 10\.1\.0\.10 to 10\.1\.0\.1:/,
    ],
    [
      'duplicate-mac',
      [4, 4],
      [['duplicate-mac', [2, 9]]],
      /^frames with source MAC fa:e1:bb:ff:42:d3 come from both 10\.2\.0\.10 and 10\.1\.0\.1 in VNI 42/,
    ],
    // 2.027611 s.
    ['late-replies', [4, 4], [['late-replies', [2]]], /^1 reply took longer than 1000 ms, but counts/],
    ['capture-began-late', [3, 3], [['capture-began-late', [3]]], /^1 reply at the start has no request/],
    [
      'reply-without-request',
      [0, 0],
      [
        ['no-echo-request', []],
        ['reply-without-request', [1, 2, 3]],
      ],
      /^none of 4 packets is an echo request, but 3 are replies: capture where both/,
    ],
    [
      'fragments',
      [3, 0],
      [
        ['no-reply', [1, 2, 3]],
        ['fragments', [1, 2, 3]],
      ],
      /^none of 3/,
    ],
    [
      'bad-checksum',
      [3, 0],
      [
        ['no-reply', [1, 2, 3]],
        ['bad-checksum', [1, 2, 3]],
      ],
      /^none of 3/,
    ],
    // Requests of both sides: 3 and 4 without packet information, 5 and 6 with it, upon which the other side's socat ends.
    [
      'tun-packet-information',
      [5, 0],
      [
        ['outer-port-unreachable', [7]],
        ['tun-packet-information-mismatch', [3, 5]],
        ['no-reply', [3, 4]],
        ['no-reply', [5, 6, 8]],
        ['request-outside-tunnel', [8]],
      ],
      /^10\.2\.0\.10 answers that nothing listens on UDP 9000/,
    ],
    [
      'vxlan-group-policy',
      [3, 0],
      [
        ['no-reply', [1, 2, 3]],
        ['vxlan-flags', [1, 2, 3]],
      ],
      /^none of 3/,
    ],
    // The other side's firewall takes ICMP alone.
    [
      'only-ping-works',
      [3, 3],
      [
        ['only-ping-works', [20, 34, 36]],
        ['tcp-unanswered', [20]],
        ['dns-unanswered', [34, 36]],
      ],
      /^pings through vxlan 42 .* were answered, but 1 connection and 2 queries through it were not: look for a firewall/,
    ],
    // nft sets them to 0x1234. Both ends are on one machine, whose virtual devices hand on that nobody need look.
    [
      'inner-checksum-bad',
      [3, 3],
      [
        ['inner-checksum-bad', [34, 38, 40, 46, 50, 54, 58, 62, 64]],
        ['dns-unanswered', [62]],
      ],
      /^the inner TCP checksum is wrong in 9 of 9 packets through vxlan 42 .* answered anyway: /,
    ],
    // nft drops what is longer than 1400 bytes outside, between the tunnel's ends. At the server: 1450 bytes inside, sent seven times.
    [
      'tcp-black-hole',
      [2, 2],
      [['tcp-black-hole', [17]]],
      /^1 connection from 172\.16\.0\.3 to 172\.16\.0\.2 through vxlan 42 .* hangs: packets of 1450 bytes \(1500 with the tunnel's headers\) are sent again and never acknowledged, while packets of up to 1256 bytes were \(MSS announced: 1410 by 172\.16\.0\.3, 1410 by/,
    ],
    // The same connection at the client, who gets the third segment and not the two full ones before it.
    [
      'tcp-black-hole-behind',
      [2, 2],
      [['tcp-black-hole', [13]]],
      /hangs: at least 2796 bytes of data never arrived and were never acknowledged, although a shorter segment after them was; full packets have 1450 bytes \(1500/,
    ],
    // With net.ipv4.tcp_mtu_probing=1 the server tries 1024 bytes after three seconds.
    [
      'tcp-black-hole-probed',
      [0, 0],
      [['tcp-black-hole', [22]]],
      /^1 connection .* went on only after the sender switched to shorter segments: packets of 1450 bytes/,
    ],
    // The ping comes behind the connection, so that the kernel knew of no MTU when it announced its MSS.
    [
      'mss-too-large',
      [1, 0],
      [
        ['outer-fragmentation-needed', [16]],
        ['no-reply', [15]],
        ['mss-too-large', [3, 4]],
      ],
      /^10\.1\.0\.1 can't forward packets to 10\.2\.0\.10 larger than 1400 bytes/,
    ],
    // A route on the other side sends answers without the tunnel.
    [
      'one-way-only',
      [0, 0],
      [
        ['one-way-only', [11]],
        ['one-way-only', [14]],
      ],
      /^1 connection from 172\.16\.0\.2 to 172\.16\.0\.3 goes through vxlan 42 .*, and its packets back come outside any tunnel/,
    ],
  ])('%s', async (name, [requests, answered], found, says) => {
    const verdict = await verify(capture(`findings/${name}`));
    expect(verdict).toMatchObject({ requests, answered });
    expect(verdict.findings.map(({ code, packets }) => [code, packets])).toEqual(found);
    expect(verdict.findings[0]?.message).toMatch(says);
  });
});

it('every capture of findings/ has its findings above', () => {
  expect(readdirSync('fixtures/findings')).toHaveLength(35);
});

// tshark pairs each reply with its request, and ping lost none.
describe('networks in which a VNI is not one segment, and nothing to mend', () => {
  it.each<[name: string, tunnel: string, pings: number, info: RegExp | undefined]>([
    [
      'cilium-identity-vni',
      'vxlan',
      4,
      /^4 replies came back with a different VNI \(12345 out, 6789 back\), as in Cilium, .* nothing to do/,
    ],
    ['ovn-geneve', 'geneve', 4, undefined],
    [
      'vxlan-asymmetric-irb',
      'vxlan',
      3,
      /^3 replies came back with a different VNI \(20 out, 10 back\): both ends route .* nothing to do$/,
    ],
  ])('%s', async (name, tunnel, pings, info) => {
    const verdict = await verifyCapture(await openCaptureFile(capture(`designs/${name}`)), {
      expectations: [expectNoFindings('nothing odd', 'warning'), expectPings('so', { tunnel })],
    });
    expect(verdict).toMatchObject({ verdict: 'pass', requests: pings, answered: pings });
    expect(verdict.findings.map(({ code, severity }) => `${severity} ${code}`)).toEqual(
      info === undefined ? [] : ['info other-vni'],
    );
    if (info !== undefined) expect(verdict.findings[0]?.message).toMatch(info);
  });
});

describe('healthy, and nothing found', () => {
  it.each<[name: string, pings: number, inner: object, tunnel: object]>([
    // The router gives the outer packets other addresses, and is seen on both sides.
    [
      'vxlan-nat-sll2',
      3,
      { src: '172.16.0.2', dst: '172.16.1.2' },
      { kind: 'vxlan', vni: 42, src: '10.1.0.10', dst: '10.2.0.10' },
    ],
    ['socat-ipv6', 4, { src: 'fd00:16::2', dst: 'fd00:16:1::2' }, { kind: 'tunpi', src: '10.1.0.10' }],
    ['vxlan-ipv6', 4, { src: 'fd00:16::2', dst: 'fd00:16:1::2' }, { kind: 'vxlan', src: '10.1.0.10' }],
    [
      'vxlan-over-ipv6',
      4,
      { src: '172.16.0.2', dst: '172.16.1.2' },
      { kind: 'vxlan', src: 'fd00:10:1::10', dst: 'fd00:10:2::10' },
    ],
    // The port of Weave's fast datapath.
    [
      'vxlan-on-6784',
      3,
      { src: '10.244.1.5', dst: '10.244.2.7' },
      { kind: 'vxlan', by: 'guess', vni: 1, dstport: 6784 },
    ],
  ])('%s', async (name, pings, inner, tunnel) => {
    const verdict = await verify(capture(`healthy/${name}`));
    expect(verdict).toMatchObject({ verdict: 'pass', requests: pings, answered: pings, duplicates: 0 });
    expect(verdict.findings).toEqual([]);
    expect(verdict.paths).toMatchObject([{ inner, tunnels: [tunnel] }]);
  });

  // Captured on the sender, where outer checksums are right for what the card sends, and bad to tcpdump and tshark. ping got all answers.
  it.each([
    ['vxlan-in-vxlan', [7, 8]],
    ['vxlan-three-deep', [1, 2, 3]],
  ])('%s, its checksums left to the card', async (name, vnis) => {
    const verdict = await verify(capture(`healthy/${name}`));
    expect(verdict).toMatchObject({ verdict: 'pass', requests: 2, answered: 2, duplicates: 0 });
    expect(verdict.findings).toEqual([]);
    expect(verdict.paths).toMatchObject([{ tunnels: vnis.map((vni) => ({ kind: 'vxlan', vni })) }]);
  });
});

/** Nanoseconds since 1970. */
function nanosecondsOf(time: string): bigint {
  const [seconds = '', fraction = ''] = time.split('.');
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function tshark(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('tshark', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tshark ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Each reply's packet number and round-trip time in ms, as packets come. */
async function roundTrips(path: string): Promise<[packet: number, milliseconds: number][]> {
  const source = await openCaptureFile(path);
  const tracker = createPingTracker();
  const found: [number, number][] = [];
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      const before = tracker.snapshot().answered;
      const one = {
        ...batch,
        start: batch.start.subarray(i),
        capturedLength: batch.capturedLength.subarray(i),
        originalLength: batch.originalLength.subarray(i),
        seconds: batch.seconds.subarray(i),
        nanoseconds: batch.nanoseconds.subarray(i),
        interfaceIndex: batch.interfaceIndex.subarray(i),
      };
      tracker.batch(one, source.interfaces, 1);
      const { answered, packets, lastRoundTrip } = tracker.snapshot();
      if (answered > before) found.push([packets, lastRoundTrip as number]);
    }
  }
  await source.close();
  return found;
}

describe.skipIf(!hasTshark)('against tshark (skipped where it is not installed)', () => {
  describe.each([
    ...['route', 'ipip', 'vxlan', 'flannel', 'vxlan-device', 'vxlan-nanoseconds'],
    ...['healthy/vxlan-ipv6', 'healthy/vxlan-over-ipv6', 'findings/late-replies'],
  ])('%s', (name) => {
    const icmp = name.endsWith('-ipv6') && !name.includes('over') ? 'icmpv6' : 'icmp';
    const options = ['-r', capture(name), '-d', 'udp.port==8472,vxlan'];

    it('the same pairs with the same times', async () => {
      const lines = tshark(
        ...options,
        ...['-Y', `${icmp}.resptime`, '-T', 'fields', '-e', 'frame.number', '-e', `${icmp}.resptime`],
      );
      const theirs = lines
        .trim()
        .split('\n')
        .map((line) => line.split('\t').map(Number));
      expect(theirs.length).toBeGreaterThan(2);
      expect(await roundTrips(capture(name))).toEqual(theirs);
    });

    it('the same statistics', async () => {
      const lines = tshark(...options, '-q', '-z', `${icmp},srt`).split('\n');
      const row = (title: string) =>
        lines[lines.findIndex((line) => line.startsWith(title)) + 1]?.trim().split(/\s+/).map(Number) ?? [];
      const [requests, replies, lost] = row('Requests');
      const [min, max, mean] = row('Minimum');
      const verdict = await verify(capture(name));
      expect(verdict).toMatchObject({ requests, answered: replies, unanswered: lost });
      // tshark rounds to microseconds here.
      expect(verdict.rtt?.min.toFixed(3)).toBe(min?.toFixed(3));
      expect(verdict.rtt?.max.toFixed(3)).toBe(max?.toFixed(3));
      expect(Math.abs((verdict.rtt?.average ?? 0) - (mean ?? 0))).toBeLessThanOrEqual(0.00051);
    });
  });

  // tshark can't see inside these tunnels; their frames are requests and replies in turns, behind what is skipped.
  it.each([
    ['socat', 0],
    ['socat-nopi', 2],
    ['socat-tap', 0],
    ['socat-tun-raw', 0],
    ['path-4-h1-eth0', 0],
  ])('%s: times are the differences of the frames’ times', async (name, skipped) => {
    const times = tshark('-r', capture(name), '-T', 'fields', '-e', 'frame.time_epoch')
      .trim()
      .split('\n')
      .slice(skipped)
      .map(nanosecondsOf);
    const expected: [number, number][] = [];
    for (let i = 0; i < times.length; i += 2) {
      const elapsed = Number((times[i + 1] as bigint) - (times[i] as bigint)) / 1e6;
      expected.push([skipped + i + 2, elapsed]);
    }
    expect(await roundTrips(capture(name))).toEqual(expected);
  });

  // The same moment, captured on all interfaces and on the outer one's: ifb0 there is the index of eth0 here.
  it('vxlan-any-sll2: times are those between the outer packets', async () => {
    const lines = tshark(
      ...['-r', capture('vxlan-any-sll2'), '-Y', 'vxlan', '-T', 'fields', '-e', 'frame.time_epoch'],
    );
    const times = lines.trim().split('\n').map(nanosecondsOf);
    expect(times).toHaveLength(6);
    const elapsed = [0, 2, 4].map((i) => Number((times[i + 1] as bigint) - (times[i] as bigint)) / 1e6);
    const { rtt } = await verify(capture('vxlan-any-sll2'));
    expect(rtt).toMatchObject({ min: Math.min(...elapsed), max: Math.max(...elapsed) });
  });
});

describe('what a capture tells of itself', () => {
  it('no packets: fails, and says why', async () => {
    const verdict = await verifyCapture(sourceOf([]));
    expect(verdict).toMatchObject({
      verdict: 'fail',
      capture: { packets: 0, firstTime: null, lastTime: null, dropped: 0, dropsKnown: false },
      requests: 0,
      rtt: null,
      paths: [],
    });
    expect(codes(verdict)).toEqual(['no-echo-request']);
  });

  it.each([
    ['whole', 0, undefined],
    [
      'in the middle of its last packet',
      1,
      /breaks off at byte 1335 of its content, in the middle of packet 8/,
    ],
    [
      'in the middle of a record’s header',
      134,
      /breaks off at byte 1202 of its content, in the middle of packet 8/,
    ],
  ])('a file that ends %s', async (_, missing, says) => {
    const bytes = readFileSync(capture('vxlan'));
    const source = await openCaptureStream(Readable.from([bytes.subarray(0, bytes.length - missing)]), 'cut');
    const verdict = await verifyCapture(source);
    expect(verdict.capture.brokenOff).toBe(says !== undefined);
    const [found] = verdict.findings.filter(({ code }) => code === 'capture-broken-off');
    if (says === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject({ severity: 'warning', message: expect.stringMatching(says) });
  });

  it('the earliest and the latest time, in whatever order packets stand', async () => {
    const packets = [3_000_000_001, 1_000_000_002, 5_000_000_003, 2].map((time, seq) => ({
      bytes: echo({ seq }),
      time,
    }));
    const { capture: told } = await verifyCapture(sourceOf(packets));
    expect(told).toMatchObject({
      packets: 4,
      firstTime: '1763828594.000000002',
      lastTime: '1763828599.000000003',
    });
  });

  it('packets that the capture dropped, where it knows', async () => {
    const pair = [
      { bytes: echo(), time: 0 },
      { bytes: echo({ reply: true }), time: 1000 },
    ];
    const verdict = await verifyCapture(sourceOf(pair, 7));
    expect(verdict).toMatchObject({ verdict: 'pass', capture: { dropped: 7, dropsKnown: true } });
    expect(codes(verdict)).toEqual(['packets-dropped']);
  });
});
