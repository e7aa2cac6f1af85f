/** Each finding on packets by hand that show it; those of the lab's captures are in verify.test.ts. */
import { describe, expect, it } from 'vitest';
import type { FindingCode, Severity } from '../../src/finding/finding.ts';
import { patched } from '../support/build.ts';
import { hex } from '../support/decoding.ts';
import {
  BACK,
  type Ends,
  echo,
  frame,
  icmpError,
  inIpip,
  inTun,
  inVxlan,
  ipPacket,
  judge,
  outer,
  RAW,
  udp,
  vxlanOf,
} from '../support/pings.ts';

function findingsOf(...packets: Uint8Array[]) {
  return judge(packets.map((bytes, i) => ({ bytes, time: i * 1e6 }))).findings;
}

/** No ping: time goes on. */
const later = ipPacket({ src: '10.1.0.10', dst: '10.2.0.10', protocol: 17 }, udp(1, 2, new Uint8Array(4)));
const request = echo();
const reply = echo({ reply: true });
const tunneled = inTun(request, true);
/** As many bytes as RFC 792 asks to be quoted: the IP header and 8 more, which show no tunnel in them. */
const quoted = tunneled.subarray(0, 28);

describe('ICMP errors about a tunnel’s outer packets', () => {
  it.each<[what: string, error: Uint8Array, code: FindingCode, says: RegExp]>([
    [
      'port unreachable',
      icmpError('10.2.0.10', 3, 3, quoted),
      'outer-port-unreachable',
      /^10\.2\.0\.10 answers that nothing listens on UDP 9000: start/,
    ],
    [
      'host unreachable',
      icmpError('10.1.0.1', 3, 1, quoted),
      'outer-unreachable',
      /^10\.1\.0\.1 can't reach the host of the tunnel's other end 10\.2\.0\.10/,
    ],
    [
      'network unreachable',
      icmpError('10.1.0.1', 3, 0, quoted),
      'outer-unreachable',
      /can't reach the network/,
    ],
    [
      'administratively prohibited',
      icmpError('10.1.0.1', 3, 13, quoted),
      'outer-unreachable',
      /forbids .* allow UDP 9000 in its firewall/,
    ],
    [
      'fragmentation needed',
      icmpError('10.1.0.1', 3, 4, quoted, 1400),
      'outer-fragmentation-needed',
      /larger than 1400 bytes/,
    ],
    [
      'time exceeded',
      icmpError('10.1.0.1', 11, 0, quoted),
      'outer-ttl-exceeded',
      /^the outer TTL expired at 10\.1\.0\.1 /,
    ],
    [
      'time exceeded while fragments were put together',
      icmpError('10.2.0.10', 11, 1, quoted),
      'outer-reassembly-timeout',
      /^10\.2\.0\.10 timed out waiting for the other fragments of the tunnel's packets from 10\.1\.0\.10 to 10\.2\.0\.10: /,
    ],
    [
      'fragmentation needed, from a router that does not say what fits',
      icmpError('10.1.0.1', 3, 4, quoted, 0),
      'outer-fragmentation-needed',
      /^10\.1\.0\.1 can't forward packets this large to 10\.2\.0\.10.*, and does not say what fits: lower the tunnel's MTU/,
    ],
  ])('%s', (_, error, code, says) => {
    const found = findingsOf(tunneled, error, error);
    expect(found[0]).toMatchObject({ code, severity: 'error', packets: [2, 3] });
    expect(found[0]?.message).toMatch(says);
  });

  it.each<[what: string, type: number, code: number, mtu: number, finding: FindingCode, says: RegExp]>([
    [
      'too big, where there is no DF',
      ...([2, 0, 1300] as const),
      'outer-fragmentation-needed',
      /larger than 1300 bytes \(one of 1540 came\): /,
    ],
    [
      'fragments that did not come',
      ...([3, 1, 0] as const),
      'outer-reassembly-timeout',
      /^fd00::1 timed out waiting for the other fragments/,
    ],
    ['a hop limit that ran out', 3, 0, 0, 'outer-ttl-exceeded', /^the outer TTL expired at fd00::1 /],
  ])('ICMPv6: %s', (_, type, code, mtu, finding, says) => {
    const [src, dst] = ['2', '3'].map((digit) => `fd00${'0'.repeat(27)}${digit}`);
    const large = hex(`6000000005dc1140${src}${dst}c00012b505dc0000`);
    const found = findingsOf(icmpError('fd00:0:0:0:0:0:0:1', type, code, large, mtu));
    expect(found.find((one) => one.code === finding)?.message).toMatch(says);
  });

  it('IP-in-IP that the other end does not take', () => {
    const packet = inIpip(request);
    const [first] = findingsOf(packet, icmpError('10.2.0.10', 3, 2, packet));
    expect(first).toMatchObject({ code: 'outer-unreachable', packets: [2] });
    expect(first?.message).toMatch(/does not accept the tunnel's IP protocol/);
  });

  it('a known tunnel port is enough where no such tunnel was seen', () => {
    const packet = inVxlan(request, 1).subarray(0, 28);
    expect(findingsOf(icmpError('10.2.0.10', 3, 3, packet)).map(({ code }) => code)).toContain(
      'outer-port-unreachable',
    );
  });

  it('errors about anything else are none of a ping’s business', () => {
    const dns = ipPacket({ src: '10.1.0.10', dst: '10.2.0.10', protocol: 17 }, udp(40000, 53, request));
    const redirect = icmpError('10.1.0.1', 5, 1, quoted);
    expect(findingsOf(request, reply, icmpError('10.2.0.10', 3, 3, dns.subarray(0, 28)), redirect)).toEqual(
      [],
    );
  });

  it('many different ones: the first are told', () => {
    const errors = Array.from({ length: 200 }, (_, i) => icmpError(`10.9.0.${i}`, 3, 3, quoted));
    const codes = findingsOf(tunneled, ...errors).map(({ code }) => code);
    expect(codes.filter((code) => code === 'outer-port-unreachable')).toHaveLength(64);
  });
});

describe('ICMP errors about the ping itself', () => {
  it.each<[what: string, error: Uint8Array, says: RegExp]>([
    [
      'host unreachable',
      icmpError('172.16.1.1', 3, 1, request),
      /^172\.16\.1\.1 .* 172\.16\.0\.2 to 172\.16\.1\.2/,
    ],
    ['prohibited', icmpError('172.16.1.1', 3, 10, request), /firewall/],
  ])('%s, also inside the tunnel', (_, error, says) => {
    for (const packet of [error, inVxlan(error, 42, BACK)]) {
      const [first] = findingsOf(inVxlan(request, 42), packet);
      expect(first).toMatchObject({ code: 'inner-unreachable', severity: 'error', packets: [2] });
      expect(first?.message).toMatch(says);
    }
  });
});

it('fragments that did not come, inside: who waited for them', () => {
  const [first] = findingsOf(
    inVxlan(request, 42),
    inVxlan(icmpError('172.16.1.2', 11, 1, request), 42, BACK),
  );
  expect(first).toMatchObject({ code: 'inner-reassembly-timeout', severity: 'error', packets: [2] });
  expect(first?.message).toMatch(
    /^172\.16\.1\.2 timed out waiting for the other fragments of the echo request/,
  );
});

it('an echo request too large for a router inside that does not say what fits', () => {
  const [first] = findingsOf(
    inVxlan(request, 42),
    inVxlan(icmpError('172.16.1.1', 3, 4, request, 0), 42, BACK),
  );
  expect(first).toMatchObject({ code: 'inner-fragmentation-needed' });
  expect(first?.message).toMatch(/, which is too large.*, and does not say what fits: /);
});

it('a TTL that ran out inside: which router says so', () => {
  const [first] = findingsOf(
    inVxlan(request, 42),
    inVxlan(icmpError('172.16.1.1', 11, 0, request), 42, BACK),
  );
  expect(first).toMatchObject({ code: 'inner-ttl-exceeded', severity: 'error', packets: [2] });
  expect(first?.message).toMatch(
    /^the TTL of the echo request from 172\.16\.0\.2 to 172\.16\.1\.2 expired at 172\.16\.1\.1: /,
  );
});

describe('packets that do not fit, with the numbers', () => {
  it('outside: the MTU named, the tunnel’s overhead, and what is left for the inner devices', () => {
    const packet = inVxlan(request, 42);
    const [first] = findingsOf(packet, icmpError('10.1.0.1', 3, 4, packet.subarray(0, 28), 1400));
    expect(first).toMatchObject({ code: 'outer-fragmentation-needed', packets: [2] });
    // Outer IPv4 20, UDP 8, VXLAN 8, Ethernet 14; inner IPv4 20, ICMP 8 and 4 of payload.
    expect(first?.message).toMatch(
      /larger than 1400 bytes \(one of 82 has DF set\): the tunnel's headers take 50 .* MTU of 1350$/,
    );
  });

  it('inside', () => {
    const [first] = findingsOf(request, icmpError('172.16.0.1', 3, 4, request, 1450));
    expect(first).toMatchObject({ code: 'inner-fragmentation-needed', packets: [2] });
    expect(first?.message).toMatch(/only 1450 bytes fit \(one of 32 has DF set\): /);
  });
});

describe('an error in the name of who was asked', () => {
  const error = icmpError('172.16.1.2', 3, 4, request, 1400);

  it.each<[what: string, packets: Uint8Array[], says: RegExp]>([
    [
      'bare: the tunnel’s device where the request was sent',
      [request, error],
      /^a tunnel device on the sender's side, answering in the name of 172\.16\.1\.2, can't forward/,
    ],
    [
      'that came through the tunnel: from behind it',
      [inVxlan(request, 42), inVxlan(error, 42, BACK)],
      /^a device on 172\.16\.1\.2's side of the tunnel, answering in its name, can't forward/,
    ],
    [
      'seen both behind the tunnel and in it',
      [inVxlan(request, 42), error, inVxlan(error, 42, BACK)],
      /^a device on 172\.16\.1\.2's side of the tunnel, answering in its name, can't forward/,
    ],
  ])('%s', (_, packets, says) => {
    const [found] = findingsOf(...packets).filter(({ code }) => code === 'inner-fragmentation-needed');
    expect(found?.message).toMatch(says);
  });
});

describe('TUN packet information on one side only', () => {
  const mismatches = (...packets: Uint8Array[]) =>
    findingsOf(...packets).filter(({ code }) => code === 'tun-packet-information-mismatch');

  it('proven by packets of both directions', () => {
    const other = echo({ src: '172.16.1.2', dst: '172.16.0.2', ident: 9 });
    const found = mismatches(inTun(request, true), inTun(other, false, BACK));
    expect(found).toMatchObject([{ severity: 'error' }]);
    expect(found[0]?.message).toMatch(/^10\.1\.0\.10 sends .* and 10\.2\.0\.10 does not: .*iff-no-pi/);
    expect(found[0]?.packets).toEqual([1, 2]);
  });

  it('inside IP protocol 4 too', () => {
    const other = echo({ src: '172.16.1.2', dst: '172.16.0.2', ident: 9 });
    const there = outer({}, 4, Uint8Array.from([0, 0, 8, 0, ...request]));
    expect(mismatches(there, inIpip(other, BACK))).toMatchObject([{ severity: 'error', packets: [1, 2] }]);
    expect(mismatches(there, outer(BACK, 4, Uint8Array.from([0, 0, 8, 0, ...other])))).toEqual([]);
  });

  it.each<[what: string, packets: Uint8Array[], likely: boolean]>([
    ['the first packet is taken, the next refused', [1, 2].map((id) => inTun(request, true, { id })), true],
    ['the first packet is refused', [inTun(request, true, { id: 2 })], false],
    [
      'the tunnel worked before',
      [inTun(request, true, { id: 1 }), inTun(reply, true, BACK), inTun(request, true, { id: 2 })],
      false,
    ],
    ['no packet information at all', [1, 2].map((id) => inTun(request, false, { id })), false],
  ])('%s: likely: %s', (_, packets, likely) => {
    const refused = packets.at(-1) as Uint8Array;
    const found = mismatches(...packets, icmpError('10.2.0.10', 3, 3, refused.subarray(0, 28)));
    expect(found.map(({ severity }) => severity)).toEqual(likely ? ['warning'] : []);
  });
});

describe('checksums', () => {
  const inner = (packet: Uint8Array) => packet.subarray(packet.length - request.length);
  const vxlan = inVxlan(request, 42);

  it.each<[what: string, packet: Uint8Array, says: string]>([
    ['bare, of the IPv4 header', patched(request, 10, 'dead'), 'the IPv4 checksum'],
    ['bare, of the ICMP message', patched(request, 22, 'dead'), 'the ICMP checksum'],
    ['of the outer IPv4 header', patched(vxlan, 10, 'dead'), 'the outer IPv4 checksum'],
    ['of the outer UDP datagram', patched(tunneled, 26, 'dead'), 'the outer UDP checksum'],
    [
      'of the inner ICMP message',
      patched(vxlan, vxlan.length - inner(vxlan).length + 22, 'dead'),
      'the inner ICMP checksum',
    ],
  ])('%s', (_, packet, says) => {
    const bad = findingsOf(packet).filter(({ code }) => code === 'bad-checksum');
    expect(bad).toMatchObject([{ severity: 'error', packets: [1] }]);
    expect(bad[0]?.message).toMatch(new RegExp(`^${says} is wrong in 1 packet,`));
  });

  it('an absent one is not bad', () => {
    expect(findingsOf(vxlan, inVxlan(reply, 42, BACK))).toEqual([]);
  });
});

describe('losses', () => {
  it('none answered, in a tunnel: where to look', () => {
    const found = findingsOf(inVxlan(request, 42), inVxlan(echo({ seq: 2 }), 42));
    expect(found).toMatchObject([{ code: 'no-reply', severity: 'error', packets: [1, 2] }]);
    expect(found[0]?.message).toMatch(
      /^none of 2 requests from 172\.16\.0\.2 to 172\.16\.1\.2 .* vxlan 42 from 10\.1\.0\.10 to 10\.2\.0\.10: capture/,
    );
  });

  it('some lost: how many, and which', () => {
    const found = findingsOf(request, reply, echo({ seq: 2 }), echo({ seq: 3 }), later);
    expect(found).toMatchObject([{ code: 'lost-replies', severity: 'warning', packets: [3, 4] }]);
    expect(found[0]?.message).toMatch(/^2 of 3 requests/);
  });

  it('one pair of addresses without any reply beside one with all', () => {
    const found = findingsOf(request, reply, echo({ dst: '172.16.1.3' }), later);
    expect(found).toMatchObject([{ code: 'no-reply', packets: [3] }]);
  });

  it('many pairs of addresses: some told one by one, the rest together', () => {
    const requests = Array.from({ length: 100 }, (_, i) => echo({ dst: `172.16.9.${i}` }));
    const found = findingsOf(...requests);
    expect(found.filter(({ code }) => code === 'no-reply')).toHaveLength(32);
    expect(found.filter(({ code }) => code === 'lost-replies')).toMatchObject([
      { message: expect.stringMatching(/^68 requests on 68 more paths/) },
    ]);
  });
});

describe('no echo request', () => {
  it.each<[what: string, packets: Uint8Array[], says: RegExp]>([
    [
      'anything else',
      [later, later],
      /^none of 2 packets is an echo request: ping while capturing; .*-d udp/,
    ],
    ['one packet', [later], /^the only packet is not an echo request: ping/],
    [
      'replies',
      [reply, later],
      /^none of 2 packets is an echo request, but 1 is a reply: capture where both/,
    ],
  ])('%s', (_, packets, says) => {
    const [found] = findingsOf(...packets).filter(({ code }) => code === 'no-echo-request');
    expect(found?.message).toMatch(says);
  });
});

describe('replies that take long', () => {
  const after = (milliseconds: number, limit?: number) =>
    judge(
      [
        { bytes: request, time: 0 },
        { bytes: reply, time: milliseconds * 1e6 },
      ],
      limit === undefined ? {} : { timeoutMilliseconds: limit },
    );

  it.each<[what: string, milliseconds: number, limit: number | undefined, answered: number, codes: string[]]>(
    [
      ['a second, no limit', 1000, undefined, 1, []],
      ['more, no limit: counts, as for ping, and is told', 1001, undefined, 1, ['late-replies']],
      ['within a limit', 1001, 2000, 1, []],
      ['beyond a limit', 2001, 2000, 0, ['no-reply', 'late-replies']],
    ],
  )('%s', (_, milliseconds, limit, answered, found) => {
    const verdict = after(milliseconds, limit);
    expect(verdict.answered).toBe(answered);
    expect(verdict.findings.map(({ code }) => code)).toEqual(found);
  });
});

it('malformed packets are counted', () => {
  // The header length says 12 bytes.
  const found = findingsOf(request, reply, patched(request, 0, '43'));
  expect(found).toMatchObject([{ code: 'malformed', severity: 'warning', packets: [3] }]);
});

it('errors stand before warnings, and those before what is only to be known', () => {
  const order: readonly Severity[] = ['error', 'warning', 'info'];
  const found = findingsOf(request, echo({ reply: true, ident: 1 }), request, echo({ dst: '172.16.1.9' }));
  const places = found.map(({ severity }) => order.indexOf(severity));
  expect(new Set(places).size).toBe(3);
  expect(places).toEqual([...places].sort());
});

describe('VXLAN headers and checksums that receivers drop', () => {
  it('the I flag is not set', () => {
    const packet = inVxlan(request, 42);
    const found = findingsOf(patched(packet, 28, '00'));
    expect(found.find(({ code }) => code === 'vxlan-flags')).toMatchObject({
      severity: 'error',
      packets: [1],
      message: expect.stringMatching(
        /receivers drop the packets, and pings inside are not counted: the first byte must be 0x08/,
      ),
    });
    // Not that nobody pings: that is not known.
    expect(found.map(({ code }) => code)).toEqual(['vxlan-flags', 'malformed']);
  });

  it.each<[what: string, flags: string, answered: boolean, says: RegExp | undefined]>([
    [
      'a group policy, and no answer',
      '8800',
      false,
      /\(0x8800, including a group policy\), which Linux drops/,
    ],
    ['a group policy, answered', '8800', true, undefined],
    ['a bit that means nothing, and no answer', '0c00', false, /\(0x0c00\)/],
    ['I alone, and no answer', '0800', false, undefined],
  ])('%s', (_, flags, answered, says) => {
    const packets = [inVxlan(request, 42), inVxlan(reply, 42, BACK)].slice(0, answered ? 2 : 1);
    const found = findingsOf(...packets.map((packet) => patched(packet, 28, flags))).filter(
      ({ code }) => code === 'vxlan-flags',
    );
    if (says === undefined) expect(found).toEqual([]);
    else
      expect(found).toMatchObject([
        { severity: 'warning', packets: [1], message: expect.stringMatching(says) },
      ]);
  });

  /** To Weave's port, with a wrong checksum in the inner IPv4 header. */
  const likely = patched(patched(inVxlan(request, 1), 22, '1a80'), 60, 'dead');

  it('the outer UDP checksum: Flannel’s offload, with what to do', () => {
    const found = findingsOf(patched(inVxlan(request, 1), 26, 'dead'));
    expect(found).toContainEqual({
      code: 'vxlan-checksum-offload',
      severity: 'error',
      message: expect.stringMatching(
        /is wrong in 1 VXLAN packet, .*ethtool -K flannel\.1 tx-checksum-ip-generic off/,
      ),
      packets: [1],
    });
  });

  it.each([
    ['a wrong inner checksum', likely],
    ['cut in the inner IPv4 header', likely.slice(0, 60)],
  ])('a tunnel that is likely and not proven: the port, and the -d that reads it (%s)', (_, packet) => {
    const [found] = findingsOf(packet, packet);
    expect(found).toMatchObject({ code: 'no-echo-request', packets: [1, 2] });
    expect(found?.message).toMatch(
      /^2 payloads to UDP port 6784 look like VXLAN.*: try -d udp\.port==6784,vxlan$/,
    );
  });

  it('one payload, or one in three, looks like anything', () => {
    const other = ipPacket({ src: '10.1.0.10', dst: '10.2.0.10', protocol: 17 }, udp(9, 6784, hex('0102')));
    for (const packets of [[likely], [likely, likely, other]]) {
      expect(findingsOf(...packets)[0]?.message).toMatch(/-d udp\.port==PORT/);
    }
  });
});

describe('neighbours in the overlay', () => {
  const who = '172.31.0.1';
  const target = '172.31.0.2';

  /** RFC 826: Ethernet and IPv4, operation, sender, target. */
  function arp(operation: 1 | 2, mac: string, sender: string, asked: string): Uint8Array {
    const [from, to] = [sender, asked].map((address) => address.split('.').map(Number)) as [
      number[],
      number[],
    ];
    return Uint8Array.from([
      ...hex('0001 0800 06 04 00'),
      operation,
      ...hex(mac),
      ...from,
      ...hex('000000000000'),
      ...to,
    ]);
  }
  /** A frame in which a device says that it has the address asked for. */
  function claimOf(last: string): Uint8Array {
    return patched(frame(arp(2, `0200000000${last}`, target, who), {}, 0x0806), 6, `0200000000${last}`);
  }
  /** With an 802.1Q tag. */
  function inVlan(identifier: number, bytes: Uint8Array): Uint8Array {
    return Uint8Array.from([...bytes.subarray(0, 12), 0x81, 0, 0, identifier, ...bytes.subarray(12)]);
  }
  /** As socat sends what a TAP device gives it. */
  function inEth(bytes: Uint8Array, ends: Ends = {}): Uint8Array {
    return ipPacket({ src: '10.1.0.10', dst: '10.2.0.10', ...ends, protocol: 17 }, udp(9000, 9000, bytes));
  }
  const inOverlay = (packet: Uint8Array, vni = 42, ends = {}) =>
    vxlanOf(frame(packet, ends, 0x0806), vni, ends);
  const ask = inOverlay(arp(1, '020000000001', who, target));
  const answer = inOverlay(arp(2, '020000000002', target, who), 42, BACK);
  const about = (code: FindingCode, ...packets: Uint8Array[]) =>
    findingsOf(...packets).filter((found) => found.code === code);

  it.each<[what: string, packets: Uint8Array[], unanswered: number[][]]>([
    ['asked and answered', [ask, answer], []],
    ['asked, and nobody answers', [ask, later, ask], [[1, 3]]],
    ['answered in another VNI', [ask, inOverlay(arp(2, '020000000002', target, who), 43, BACK)], [[1]]],
    ['who is asked for asks too', [ask, inOverlay(arp(1, '020000000002', target, who), 42, BACK)], []],
    ['for its own address: an announcement', [inOverlay(arp(1, '020000000001', who, who))], []],
    ['a probe of an address that is free', [inOverlay(arp(1, '020000000001', '0.0.0.0', who))], []],
  ])('%s', (_, packets, unanswered) => {
    expect(about('arp-unanswered', ...packets).map((found) => found.packets)).toEqual(unanswered);
  });

  it('one address at two', () => {
    const other = inOverlay(arp(2, '020000000003', target, who), 42, BACK);
    const [found, ...rest] = about('duplicate-address', ask, answer, answer, other);
    expect(found).toMatchObject({ severity: 'warning', packets: [4] });
    expect(found?.message).toMatch(/^both 02:00:00:00:00:02 and 02:00:00:00:00:03 claim 172\.31\.0\.2: /);
    expect(rest).toEqual([]);
    expect(
      about('duplicate-address', answer, inOverlay(arp(2, '020000000003', target, who), 7, BACK)),
    ).toEqual([]);
  });

  it.each<[what: string, packets: [seconds: number, claim: Uint8Array, on?: number][], shared: number[][]]>([
    [
      'it goes over to another device',
      [
        [0, claimOf('02')],
        [60, claimOf('03')],
        [120, claimOf('03')],
      ],
      [],
    ],
    [
      'two take turns',
      [
        [0, claimOf('02')],
        [60, claimOf('03')],
        [120, claimOf('02')],
      ],
      [[3]],
    ],
    [
      'two answer at once',
      [
        [0, claimOf('02')],
        [1, claimOf('03')],
      ],
      [[2]],
    ],
    [
      'on two interfaces',
      [
        [0, claimOf('02'), 0],
        [0, claimOf('03'), 1],
      ],
      [],
    ],
    [
      'in two VLANs',
      [
        [0, inVlan(5, claimOf('02'))],
        [0, inVlan(6, claimOf('03'))],
      ],
      [],
    ],
    [
      'in one VLAN',
      [
        [0, inVlan(5, claimOf('02'))],
        [0, inVlan(5, claimOf('03'))],
      ],
      [[2]],
    ],
    [
      'in two tunnels without a number',
      [
        [0, inEth(claimOf('02'))],
        [0, inEth(claimOf('03'), { dst: '10.3.0.10' })],
      ],
      [],
    ],
    [
      'at both ends of one',
      [
        [0, inEth(claimOf('02'))],
        [0, inEth(claimOf('03'), BACK)],
      ],
      [[2]],
    ],
  ])('one address at two: %s', (_, packets, shared) => {
    const timed = packets.map(([seconds, bytes, interfaceIndex = 0]) => ({
      bytes,
      time: seconds * 1e9,
      interfaceIndex,
      linkType: bytes[0] === 0x45 ? RAW : 1,
    }));
    const interfaces = timed.some(({ linkType }) => linkType === RAW)
      ? timed
      : timed.map((packet) => ({ ...packet, linkType: 1 }));
    const found = judge(interfaces).findings.filter(({ code }) => code === 'duplicate-address');
    expect(found.map((one) => one.packets)).toEqual(shared);
  });

  it('one hardware address at two ends that are both sides of a NAT: none, where a ping shows it', () => {
    const outside = { src: '198.51.100.1', dst: '10.2.0.10' };
    const inside = inVxlan(request, 42);
    const changed = vxlanOf(frame(request), 42, { ...outside, ttl: 63 });
    expect(about('duplicate-mac', inside, changed)).toEqual([]);
    const other = vxlanOf(frame(echo({ seq: 7 })), 42, outside);
    expect(about('duplicate-mac', inside, other)).toMatchObject([{ packets: [1, 2] }]);
    expect(about('duplicate-mac', inside, other, changed)).toEqual([]);
  });

  it('one hardware address at two ends of the tunnel', () => {
    const third = { src: '10.3.0.10', dst: '10.2.0.10' };
    const cloned = vxlanOf(frame(echo({ ident: 9 })), 42, third);
    const [found] = about('duplicate-mac', inVxlan(request, 42), cloned);
    expect(found?.message).toMatch(
      /^frames with source MAC 02:00:0a:01:00:0a come from both 10\.1\.0\.10 and 10\.3\.0\.10 in VNI 42/,
    );
    expect(about('duplicate-mac', inVxlan(request, 42), vxlanOf(frame(request), 43, third))).toEqual([]);
  });
});

describe('routes that change', () => {
  it.each<[what: string, packets: Uint8Array[], says: RegExp | undefined]>([
    ['the same TTL', [1, 2, 3].map((seq) => echo({ seq })), undefined],
    [
      'another',
      [echo({ seq: 1 }), echo({ seq: 2, ttl: 63 })],
      /^the TTL changed from 64 to 63 on the same path: /,
    ],
    [
      'and back',
      [64, 63, 64].map((ttl, seq) => echo({ seq, ttl })),
      /^the TTL changed from 64 to 63 on the same path, and changed 2 times in all/,
    ],
    [
      'inside the tunnel',
      [64, 60].map((ttl, seq) => inVxlan(echo({ seq, ttl }), 42, { ttl: 50 })),
      /^the inner TTL changed from 64 to 60/,
    ],
    [
      'outside it',
      [64, 60].map((ttl, seq) => inVxlan(echo({ seq }), 42, { ttl })),
      /^the outer TTL changed from 64 to 60/,
    ],
    [
      'of the replies',
      [64, 60].flatMap((ttl, seq) => [echo({ seq }), echo({ seq, reply: true, ttl })]),
      /^the TTL changed from 64 to 60/,
    ],
  ])('%s', (_, packets, says) => {
    const [found] = findingsOf(...packets).filter(({ code }) => code === 'ttl-differs');
    if (says === undefined) expect(found).toBeUndefined();
    else expect(found?.message).toMatch(says);
  });
});

describe('where the capture begins and ends', () => {
  it('replies before the first request: it began in the middle', () => {
    const found = findingsOf(reply, echo({ seq: 2 }), echo({ seq: 2, reply: true }));
    expect(found).toMatchObject([{ code: 'capture-began-late', severity: 'info', packets: [1] }]);
  });

  it('a reply without request later on is another matter', () => {
    const found = findingsOf(echo({ seq: 2 }), echo({ seq: 2, reply: true }), reply);
    expect(found).toMatchObject([{ code: 'reply-without-request', severity: 'warning', packets: [3] }]);
  });

  it('a request as the last packet: nobody knows', () => {
    const found = findingsOf(request, reply, echo({ seq: 2 }));
    expect(found).toMatchObject([
      { code: 'lost-replies', packets: [3] },
      { code: 'capture-ended-early', packets: [3] },
    ]);
  });
});
