/** VNIs that differ from direction to direction, and one hardware address at several ends: faults, and designs that are meant so. */
import { describe, expect, it } from 'vitest';
import type { Severity } from '../../src/finding/finding.ts';
import { hex } from '../support/decoding.ts';
import { BACK, type Ends, echo, frame, ipPacket, judge, udp, vxlanOf } from '../support/pings.ts';

const THERE: Ends = { src: '10.1.0.10', dst: '10.2.0.10' };

/** A frame from one hardware address to another, by their last bytes. */
function frameOf(from: string, to: string, payload: Uint8Array, etherType = '0800'): Uint8Array {
  return Uint8Array.from([...hex(`0200000000${to} 0200000000${from} ${etherType}`), ...payload]);
}

/** 172.16.0.1 asks for 172.16.0.2, or the other way round. */
const arp = (from: string) =>
  frameOf(from, 'ff', hex(`0001 0800 06 04 0001 0200000000${from} ac100001 000000000000 ac100002`), '0806');

function inUdp(port: number, header: string, inside: Uint8Array, { src, dst }: Ends = THERE): Uint8Array {
  const ends = { src: src as string, dst: dst as string };
  return ipPacket({ ...ends, protocol: 17 }, udp(50000, port, Uint8Array.from([...hex(header), ...inside])));
}

const vxlanHeader = (vni: number) => `08000000 ${vni.toString(16).padStart(6, '0')}00`;
/** RFC 8926: with OVN's option, class 0x0102, type 0x80, one word of data; or without any. */
const geneveHeader = (vni: number, isOvn: boolean) =>
  `${isOvn ? '0240' : '0000'} 6558 ${vni.toString(16).padStart(6, '0')}00 ${isOvn ? '0102 80 01 00010002' : ''}`;

const request = (ttl = 63) => echo({ ttl });
const reply = (ttl = 63) => echo({ ttl, reply: true });

function about(code: string, ...packets: Uint8Array[]): [Severity, string][] {
  const { findings } = judge(packets.map((bytes, i) => ({ bytes, time: i * 1e6 })));
  return findings.filter((found) => found.code === code).map(({ severity, message }) => [severity, message]);
}

describe('a reply with another VNI', () => {
  it.each<[what: string, packets: Uint8Array[], found: [Severity, RegExp] | undefined]>([
    [
      'on one segment',
      [vxlanOf(frame(request(64)), 42), vxlanOf(frame(reply(64), BACK), 43, BACK)],
      ['warning', /^1 reply came back with a different VNI \(42 out, 43 back\): give both ends/],
    ],
    [
      'routed, to an end that was not seen to send in it',
      [vxlanOf(frameOf('01', '02', request()), 20), vxlanOf(frameOf('03', '04', reply()), 10, BACK)],
      ['warning', /give both ends/],
    ],
    [
      'routed, to an end that asks with ARP in it',
      [
        vxlanOf(arp('04'), 10),
        vxlanOf(frameOf('01', '02', request()), 20),
        vxlanOf(frameOf('03', '04', reply()), 10, BACK),
      ],
      ['info', /both ends route .* nothing to do$/],
    ],
    [
      'on one segment, to an end that asks with ARP in it',
      [
        vxlanOf(arp('04'), 10),
        vxlanOf(frameOf('01', '02', request()), 20),
        vxlanOf(frameOf('02', '01', reply()), 10, BACK),
      ],
      ['warning', /give both ends/],
    ],
    [
      'routed by one router, on both hosts',
      [vxlanOf(frameOf('01', '02', request()), 20), vxlanOf(frameOf('01', '04', reply()), 10, BACK)],
      ['info', /both ends route/],
    ],
    [
      'between numbers that are no identities, on Cilium’s port',
      [
        inUdp(8472, vxlanHeader(1), frame(request())),
        inUdp(8472, vxlanHeader(2), frame(reply(), BACK), BACK),
      ],
      ['warning', /give both ends/],
    ],
    [
      'between a reserved identity and a pod’s',
      [
        inUdp(8472, vxlanHeader(2), frame(request())),
        inUdp(8472, vxlanHeader(40_000), frame(reply(), BACK), BACK),
      ],
      ['info', /Cilium/],
    ],
    [
      'between identities, on another port',
      [
        inUdp(4789, vxlanHeader(12_345), frame(request())),
        inUdp(4789, vxlanHeader(6789), frame(reply(), BACK), BACK),
      ],
      ['warning', /give both ends/],
    ],
    [
      'in OVN',
      [
        inUdp(6081, geneveHeader(5, true), frameOf('01', '02', request())),
        inUdp(6081, geneveHeader(9, true), frameOf('03', '04', reply()), BACK),
      ],
      undefined,
    ],
    [
      'in GENEVE of which one end alone is OVN’s',
      [
        inUdp(6081, geneveHeader(5, true), frameOf('01', '02', request())),
        inUdp(6081, geneveHeader(9, false), frameOf('03', '04', reply()), BACK),
      ],
      ['warning', /give both ends/],
    ],
  ])('%s', (_, packets, found) => {
    const all = about('other-vni', ...packets);
    expect(all.map(([severity]) => severity)).toEqual(found === undefined ? [] : [found[0]]);
    if (found !== undefined) expect(all[0]?.[1]).toMatch(found[1]);
  });

  it('names VNIs only where they are the same for all', () => {
    const pings = [42, 44].flatMap((vni, ident) => [
      vxlanOf(frame(echo({ ident, ttl: 64 })), vni),
      vxlanOf(frame(echo({ ident, ttl: 64, reply: true }), BACK), vni + 1, BACK),
    ]);
    expect(about('other-vni', ...pings)).toEqual([
      ['warning', '2 replies came back with a different VNI: give both ends of the tunnel the same VNI'],
    ]);
  });
});

describe('one hardware address at two ends of a tunnel', () => {
  const third: Ends = { src: '10.3.0.10', dst: '10.2.0.10' };
  const cloned = (ttl: number) => vxlanOf(frameOf('01', '02', echo({ ident: 9, ttl })), 42, third);

  it.each<[what: string, packets: Uint8Array[], severities: Severity[]]>([
    [
      'that send what was routed, and that nobody speaks to: an anycast gateway',
      [vxlanOf(frameOf('01', '02', request()), 42), cloned(63)],
      ['info'],
    ],
    [
      'that send what was routed to each other (EVPN, symmetric IRB)',
      [
        vxlanOf(frameOf('01', '01', request()), 42),
        vxlanOf(frameOf('01', '01', echo({ ttl: 63, reply: true })), 42, BACK),
      ],
      ['info'],
    ],
    [
      'that speak to each other, and do not route',
      [
        vxlanOf(frameOf('01', '01', request(64)), 42),
        vxlanOf(frameOf('01', '01', echo({ ttl: 64, reply: true })), 42, BACK),
      ],
      ['warning'],
    ],
    [
      'that others speak to',
      [
        vxlanOf(frameOf('01', '02', request()), 42),
        vxlanOf(frameOf('02', '01', reply()), 42, BACK),
        cloned(63),
      ],
      ['warning'],
    ],
    [
      'that send packets of their own',
      [vxlanOf(frameOf('01', '02', request(64)), 42), cloned(64)],
      ['warning'],
    ],
    [
      'of OVN',
      [
        inUdp(6081, geneveHeader(5, true), frameOf('01', '02', request())),
        inUdp(6081, geneveHeader(5, true), frameOf('01', '02', echo({ ident: 9, ttl: 63 })), third),
      ],
      [],
    ],
  ])('%s', (_, packets, severities) => {
    expect(about('duplicate-mac', ...packets).map(([severity]) => severity)).toEqual(severities);
  });
});
