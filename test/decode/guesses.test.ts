/** Tunnels that no port announces: made where the bytes prove them, and else not; and what the user says instead. */
import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../src/decode/decoder.ts';
import { tunnelKind } from '../../src/decode/tunnel.ts';
import {
  echoRequest,
  ethernetFrame,
  inUdp,
  ipv4Packet,
  ipv6Packet,
  join,
  patched,
  udpDatagram,
} from '../support/build.ts';
import { decodeBytes, fieldTexts, hex, issuesText, layersText } from '../support/decoding.ts';

const ping = ipv4Packet(1, echoRequest());
const inner6 = ipv6Packet(17, udpDatagram(7000, hex('6869'), 'ipv6'));
/** Its address looks like IPv4’s EtherType, where a frame would have that. */
const from8 = patched(ping, 10, '46a6 0800');
const frame = ethernetFrame('0800', ping);
const longFrame = ethernetFrame('0800', ipv4Packet(1, echoRequest(new Uint8Array(40))));
const VXLAN = '08000000 00002a00';
/** A router alert before what it carries, whose checksum counts no options. */
const behindOptions = ipv6Packet(0, join('1100 050200000100', inner6.slice(40)));
const arp = join(
  'ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 c0000201 000000000000 c0000202',
);

describe('a guess is made where the bytes prove it', () => {
  it.each([
    ['IPv4', ping, 'eth:ip:udp guess> ip:icmp:data', 'raw'],
    ['IPv6', inner6, 'eth:ip:udp guess> ipv6:udp:data', 'raw'],
    [
      'TUN packet information, IPv4',
      join('0000 0800', ping),
      'eth:ip:udp guess> tunpi:ip:icmp:data',
      'tunpi',
    ],
    [
      'TUN packet information, IPv6',
      join('0000 86dd', inner6),
      'eth:ip:udp guess> tunpi:ipv6:udp:data',
      'tunpi',
    ],
    [
      'the flag that the packet was cut, in either byte order',
      join('0100 0800', ping),
      'eth:ip:udp guess> tunpi:ip:icmp:data',
      'tunpi',
    ],
    ['Ethernet, IPv4', ethernetFrame('0800', ping), 'eth:ip:udp guess> eth:ip:icmp:data', 'eth'],
    ['Ethernet, IPv6', ethernetFrame('86dd', inner6), 'eth:ip:udp guess> eth:ipv6:udp:data', 'eth'],
    ['Ethernet, ARP', arp, 'eth:ip:udp guess> eth:arp', 'eth'],
    ['VXLAN', join(VXLAN, frame), 'eth:ip:udp guess> vxlan:eth:ip:icmp:data', 'vxlan'],
    [
      'VXLAN, its frame padded to 60 bytes',
      join(VXLAN, frame, '000000000000'),
      'eth:ip:udp guess> vxlan:eth:ip:icmp:data',
      'vxlan',
    ],
    [
      'VXLAN with a group policy',
      join('88080007 00002a00', frame),
      'eth:ip:udp guess> vxlan:eth:ip:icmp:data',
      'vxlan',
    ],
    ['VXLAN, ARP', join(VXLAN, arp), 'eth:ip:udp guess> vxlan:eth:arp', 'vxlan'],
    [
      'VXLAN, a VLAN’s tag',
      join(VXLAN, ethernetFrame('8100', join('0005 0800', ping))),
      'eth:ip:udp guess> vxlan:eth:vlan:ip:icmp:data',
      'vxlan',
    ],
    [
      'VXLAN, IPv6 behind options',
      join(VXLAN, ethernetFrame('86dd', behindOptions)),
      'eth:ip:udp guess> vxlan:eth:ipv6:ipv6.hopopts:udp:data',
      'vxlan',
    ],
    [
      // The pseudo-header's sum: addresses 2dba and 2dbc, protocol 0011, length 000a.
      'VXLAN, IPv6 whose checksum is left to the card',
      join(VXLAN, ethernetFrame('86dd', patched(inner6, 46, '5b91'))),
      'eth:ip:udp guess> vxlan:eth:ipv6:udp:data',
      'vxlan',
    ],
    ['GENEVE', join('00006558 00002a00', frame), 'eth:ip:udp guess> geneve:eth:ip:icmp:data', 'geneve'],
    ['GENEVE, IPv4', join('00000800 00002a00', ping), 'eth:ip:udp guess> geneve:ip:icmp:data', 'geneve'],
    [
      'GENEVE with OVN’s option',
      join('02406558 00002a00 01028001 00010002', frame),
      'eth:ip:udp guess> geneve:eth:ip:icmp:data',
      'geneve',
    ],
    [
      'VXLAN-GPE, IPv4',
      join('0c000001 00002a00', ping),
      'eth:ip:udp guess> vxlan_gpe:ip:icmp:data',
      'vxlan_gpe',
    ],
    [
      'VXLAN-GPE, Ethernet',
      join('0c000003 00002a00', frame),
      'eth:ip:udp guess> vxlan_gpe:eth:ip:icmp:data',
      'vxlan_gpe',
    ],
  ])('%s', (_title, payload, layers, kind) => {
    const { view, stack } = decodeBytes(inUdp(payload));
    expect(layersText(stack)).toBe(layers);
    expect(issuesText(stack)).toEqual([]);
    expect(tunnelKind(view, stack, 3)).toBe(kind);
  });
});

describe('a near miss is not guessed', () => {
  it.each([
    ['IPv4: wrong checksum', patched(ping, 10, '1234')],
    ['IPv4: another byte changed', patched(ping, 8, '41')],
    ['IPv4: total length too small', patched(ping, 2, '001f')],
    ['IPv4: one byte behind it', join(ping, '00')],
    ['IPv4: one byte missing', ping.slice(0, -1)],
    ['IPv4: header length below 20 bytes', patched(ping, 0, '44')],
    ['IPv4: header length beyond the end', patched(ping, 0, '4f')],
    ['IPv6: wrong checksum of what it carries', patched(inner6, 46, '1234')],
    ['IPv6: payload length wrong', patched(inner6, 4, '000b')],
    ['IPv6: one byte behind it', join(inner6, '00')],
    ['IPv6: carries what has no checksum', patched(inner6, 6, '3b')],
    ['TUN packet information: one byte behind it', join('0000 0800', ping, '00')],
    ['TUN packet information alone', hex('0000 0800')],
    ['Ethernet: sender is a group', patched(ethernetFrame('0800', ping), 6, '01')],
    ['Ethernet: one byte behind it', join(ethernetFrame('0800', ping), '00')],
    ['Ethernet: wrong IPv4 checksum', ethernetFrame('0800', patched(ping, 10, '1234'))],
    ['ARP: another sender than the frame’s', patched(arp, 22, '03')],
    ['ARP: neither request nor reply', patched(arp, 20, '0009')],
    ['ARP: cut', arp.slice(0, -1)],
    ['VXLAN: one byte behind a long frame', join(VXLAN, longFrame, '00')],
    ['VXLAN: one byte missing', join(VXLAN, frame.slice(0, -1))],
    ['VXLAN: wrong inner checksum', join(VXLAN, ethernetFrame('0800', patched(ping, 10, '1234')))],
    ['VXLAN: a frame that is no IP', join(VXLAN, ethernetFrame('88cc', ping))],
    ['VXLAN: the sender is a group', join(VXLAN, patched(frame, 6, '01'))],
    ['GENEVE: an option beyond the options', join('01006558 00002a00 01020001', frame)],
    ['nothing', new Uint8Array()],
  ])('%s', (_title, payload) => {
    const { stack } = decodeBytes(inUdp(payload));
    expect(layersText(stack)).toBe(payload.length === 0 ? 'eth:ip:udp' : 'eth:ip:udp:data');
    expect(issuesText(stack)).toEqual([]);
  });
});

describe('bytes in front of what is proven', () => {
  const control = hex('2a187bf3641eb4cb07ed2d0a981fc748');
  it.each([
    ['fastd', join('00', frame), 'fastd:eth:ip:icmp:data', 'fastd'],
    ['fastd, ARP', join('00', arp), 'fastd:eth:arp', 'fastd'],
    ['vtun, cut', join('001c', ping.slice(0, 28)), 'data', ''],
    ['vtun, IPv4', join('0020', ping), 'vtun:ip:icmp:data', 'vtun'],
    ['vtun, Ethernet', join('002e', frame), 'vtun:eth:ip:icmp:data', 'vtun'],
    ['vtun, a length that is another', join('0021', ping), 'prefix:ip:icmp:data', 'raw'],
    ['tinc', join('00000016', frame), 'tinc:eth:ip:icmp:data', 'tinc'],
    [
      'tinc as a router',
      join('00000016 00000000 00000000 00000000', frame.slice(12)),
      'tinc:eth:ip:icmp:data',
      'tinc',
    ],
    ['tinc, IPv6', join('80000016', ethernetFrame('86dd', inner6)), 'tinc:eth:ipv6:udp:data', 'tinc'],
    ['openvpn --secret', join('00000001 6b0b9046', ping), 'openvpn:ip:icmp:data', 'openvpn'],
    ['openvpn --secret, a tap', join('00000001 6b0b9046', frame), 'openvpn:eth:ip:icmp:data', 'openvpn'],
    ['openvpn --comp-lzo no', join('fa', ping), 'openvpn:ip:icmp:data', 'openvpn'],
    ['openvpn --fragment', join('00000000', ping), 'openvpn:ip:icmp:data', 'openvpn'],
    ['openvpn --fragment, a tap', join('00000000', frame), 'openvpn:eth:ip:icmp:data', 'openvpn'],
    ['openvpn, all of them', join('00000001 6b0b9046 00000000 fa', ping), 'openvpn:ip:icmp:data', 'openvpn'],
    [
      'openvpn with TLS, without a cipher',
      join('48000000 00000001', ping),
      'openvpn:ip:icmp:data',
      'openvpn',
    ],
    ['TAP packet information', join('0000 0800', frame), 'tunpi:eth:ip:icmp:data', 'tunpi'],
    ['TAP packet information, ARP', join('0000 0806', arp), 'tunpi:eth:arp', 'tunpi'],
    [
      'TAP packet information, IPv6',
      join('0000 86dd', ethernetFrame('86dd', inner6)),
      'tunpi:eth:ipv6:udp:data',
      'tunpi',
    ],
    ['TUN packet information, from 8.0.0.0/16', join('0000 0800', from8), 'tunpi:ip:icmp:data', 'tunpi'],
    ['GRE in UDP, Ethernet', join('0000 6558', frame), 'gre:eth:ip:icmp:data', 'gre'],
    ['GRE in UDP with a key', join('2000 0800 0000002a', ping), 'gre:ip:icmp:data', 'gre'],
    ['GTP-U', join('30ff 0020 0000007b', ping), 'gtp:ip:icmp:data', 'gtp'],
    ['L2TPv3', join('00030000 00000007', frame), 'l2tp:eth:ip:icmp:data', 'l2tp'],
    [
      'L2TPv3 with a cookie',
      join('00030000 00000007 0102030405060708', frame),
      'l2tp:eth:ip:icmp:data',
      'l2tp',
    ],
    ['8 bytes of nobody', join(control.slice(8), ping), 'prefix:ip:icmp:data', 'raw'],
    ['10 bytes', join(control.slice(6), ping), 'data', ''],
    ['a byte of nobody, Ethernet', join('07', frame), 'prefix:eth:ip:icmp:data', 'eth'],
    ['three, IPv6', join('070809', inner6), 'prefix:ipv6:udp:data', 'raw'],
    ['one byte behind', join('00', frame, control, control), 'data', ''],
    ['a wrong checksum', join('00000001 6b0b9046', patched(ping, 10, '1234')), 'data', ''],
    // A header that is not quite what it looks like names nothing.
    [
      'TUN packet information: flags that no kernel writes',
      join('0002 0800', ping),
      'prefix:ip:icmp:data',
      'raw',
    ],
    ['TUN packet information: another EtherType', join('0000 0806', ping), 'prefix:ip:icmp:data', 'raw'],
    ['TUN packet information: IPv4 called IPv6', join('0000 86dd', ping), 'prefix:ip:icmp:data', 'raw'],
    ['VXLAN: a reserved bit', join('08000001 00002a00', frame), 'prefix:eth:ip:icmp:data', 'eth'],
    ['VXLAN: the last byte', join('08000000 00002a01', frame), 'prefix:eth:ip:icmp:data', 'eth'],
    [
      'VXLAN: a policy’s bits without its flag',
      join('08080007 00002a00', frame),
      'prefix:eth:ip:icmp:data',
      'eth',
    ],
    ['VXLAN without its flag', join('00000000 00002a00', frame), 'prefix:eth:ip:icmp:data', 'eth'],
    ['GENEVE: another version', join('40006558 00002a00', frame), 'prefix:eth:ip:icmp:data', 'eth'],
    ['GENEVE: a reserved bit', join('00016558 00002a00', frame), 'prefix:eth:ip:icmp:data', 'eth'],
    ['GENEVE: IPv4 called a frame', join('00006558 00002a00', ping), 'prefix:ip:icmp:data', 'raw'],
    [
      'VXLAN-GPE: a next protocol that is not read',
      join('0c000004 00002a00', ping),
      'prefix:ip:icmp:data',
      'raw',
    ],
    ['VXLAN-GPE: IPv4 called IPv6', join('0c000002 00002a00', ping), 'prefix:ip:icmp:data', 'raw'],
  ])('%s', (_title, payload, layers, kind) => {
    const { view, stack } = decodeBytes(inUdp(payload));
    const inside = layers === 'data' ? ':data' : ` guess> ${layers}`;
    expect(layersText(stack)).toBe(`eth:ip:udp${inside}`);
    expect(issuesText(stack)).toEqual([]);
    if (kind !== '') expect(tunnelKind(view, stack, 3)).toBe(kind);
  });

  it('are shown as they are', () => {
    expect(fieldTexts(decodeBytes(inUdp(join('070809', ping))), 'prefix.bytes')).toEqual(['070809']);
  });
});

describe('what the user says', () => {
  const as = (name: string, port = 9000) =>
    createDecoder({ decodeAs: [{ table: 'udp.port', value: port, name }] });

  it.each([
    ['tun', join('0000 0800', ping), 'eth:ip:udp user> tunpi:ip:icmp:data'],
    ['raw', ping, 'eth:ip:udp user> ip:icmp:data'],
    ['raw', inner6, 'eth:ip:udp user> ipv6:udp:data'],
    ['eth', arp, 'eth:ip:udp user> eth:arp'],
    ['vxlan', join('08000000 00002a00', arp), 'eth:ip:udp user> vxlan:eth:arp'],
    ['fou', ping, 'eth:ip:udp user> ip:icmp:data'],
    ['gue', join('00040000', ping), 'eth:ip:udp user> gue:ip:icmp:data'],
    ['gre', join('00000800', ping), 'eth:ip:udp user> gre:ip:icmp:data'],
    ['tun', join('0000 0806', arp), 'eth:ip:udp user> tunpi:eth:arp'],
    ['fastd', join('00', frame), 'eth:ip:udp user> fastd:eth:ip:icmp:data'],
    ['tinc', join('00000000', frame), 'eth:ip:udp user> tinc:eth:ip:icmp:data'],
    ['openvpn', ping, 'eth:ip:udp user> ip:icmp:data'],
    ['openvpn', join('fa', ping), 'eth:ip:udp user> openvpn:ip:icmp:data'],
    ['skip:5', join('0102030405', frame), 'eth:ip:udp user> prefix:eth:ip:icmp:data'],
    ['skip:200', join(new Uint8Array(200), inner6), 'eth:ip:udp user> prefix:ipv6:udp:data'],
    // A program's own messages: what asks whether the other end is there.
    ['vtun', hex('2000'), 'eth:ip:udp user> vtun'],
    ['fastd', hex('0100'), 'eth:ip:udp:data'],
    // Proof is not asked for: the user knows.
    ['fastd', join('00', patched(frame, 24, '1234')), 'eth:ip:udp user> fastd:eth:ip:icmp:data'],
    ['skip:3', join('010203', patched(ping, 10, '1234')), 'eth:ip:udp user> prefix:ip:icmp:data'],
    ['skip:3', hex('0102030405'), 'eth:ip:udp user> prefix:data'],
    ['raw', patched(ping, 10, '1234'), 'eth:ip:udp user> ip:icmp:data'],
  ])('%s', (name, payload, layers) => {
    const { stack } = decodeBytes(inUdp(payload), { decoder: as(name) });
    expect(layersText(stack)).toBe(layers);
  });

  it('goes before a port’s own protocol', () => {
    expect(layersText(decodeBytes(inUdp(ping, 4789), { decoder: as('raw', 4789) }).stack)).toBe(
      'eth:ip:udp user> ip:icmp:data',
    );
  });

  it('is held to: what is not there is malformed', () => {
    const { stack } = decodeBytes(inUdp(hex('ffffffff')), { decoder: as('raw') });
    // As tshark does, told the same by -d udp.port==9000,ip: the layer is there, with its version of 15.
    expect(layersText(stack)).toBe('eth:ip:udp user> ip');
    expect(issuesText(stack)).toEqual(['malformed 42 IPv4 header 20>4']);
  });

  it('names only what there is', () => {
    expect(() => as('wireguard')).toThrow(
      'unknown protocol "wireguard"; expected one of eth, fastd, fou, geneve, gre, gtp, gue, l2tp, mpls, openvpn, raw, skip:N, tinc, tun, vtun, vxlan, vxlan-gpe, wg (N up to 255)',
    );
  });

  it('goes by the destination port alone', () => {
    const bytes = ethernetFrame('0800', ipv4Packet(17, patched(udpDatagram(7000, hex('6869')), 0, '12b5')));
    expect(layersText(decodeBytes(bytes).stack)).toBe('eth:ip:udp:data');
  });
});
