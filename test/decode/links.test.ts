/** What stands in place of a link's header, where something about it is odd; the plain packets are in hand-read-links.ts. */
import { describe, expect, it } from 'vitest';
import { decodeBytes, fieldTexts, hex, issuesText, layersText } from '../support/decoding.ts';
import { IPV4_ETHERNET } from './hand-read-tunnels.ts';

/** 172.16.0.2 to 172.16.1.2, an echo request of four bytes; 32 in all. */
const PING = '45000020000100004001 21b8 ac100002 ac100102 0800d3c6 45670001 70696e67';
const WITHOUT_DATA = PING.slice(0, -8);
const FRAME = `020000000002 020000000001 0800 ${PING}`;
const BUBBLE = '60000000 0000 3b 40 20010000000000000000000000000001 20010000000000000000000000000002';
const TO_ACCESS_POINT = '2c00 020000000009 020000000001 020000000002 1000';
const SNAP = 'aaaa03 000000 0800';
const ZEROS_20 = '00'.repeat(20);

function udp(port: string, bytes: string): string {
  const length = bytes.replaceAll(' ', '').length / 2 + 8;
  const words = (value: number) => value.toString(16).padStart(4, '0');
  return `${IPV4_ETHERNET}
    4500 ${words(length + 20)} 00010000 4011 0000 c0000201 c6336402
    c000 ${port} ${words(length)} 0000 ${bytes}`;
}

function pktap(order: 'little' | 'big', recordType = 1, linkType = 1): string {
  const word = (value: number) => {
    const digits = value.toString(16).padStart(8, '0');
    return order === 'big' ? digits : (digits.match(/../g) ?? []).reverse().join('');
  };
  const rest = `656e3000 ${ZEROS_20} ${'00'.repeat(20)} ${ZEROS_20} ${'00'.repeat(12)} ${ZEROS_20}`;
  return `${word(108)} ${word(recordType)} ${word(linkType)} ${rest}`;
}

interface Odd {
  readonly name: string;
  readonly linkType?: number;
  readonly bytes: string;
  /** Bytes on the wire, where the capture has cut the packet. */
  readonly originalLength?: number;
  readonly layers: string;
  readonly issues?: readonly string[];
  readonly fields?: Readonly<Record<string, readonly string[]>>;
}

const NFLOG = 239;
const cases: readonly Odd[] = [
  {
    name: 'NFLOG: a rule’s snaplen has cut the packet, which no length tells',
    linkType: NFLOG,
    bytes: `02000005 08000100 08000200 20000900 ${WITHOUT_DATA}`,
    layers: 'nflog:ip:icmp',
    issues: ['truncated 16 logged packet, cut by a snapshot length 32>28'],
  },
  {
    name: 'NFLOG: without EtherType, the family tells',
    linkType: NFLOG,
    bytes: `0a000005 2c000900 ${BUBBLE}`,
    layers: 'nflog:ipv6',
  },
  {
    name: 'NFLOG: a family that tells nothing',
    linkType: NFLOG,
    bytes: `07000005 24000900 ${PING}`,
    layers: 'nflog:data',
  },
  {
    name: 'NFLOG: an attribute that can’t be',
    linkType: NFLOG,
    bytes: `02000005 03000100 08000200 24000900 ${PING}`,
    layers: 'data',
    issues: ['malformed 4 NFLOG attribute length is below 4 bytes 4>3'],
  },
  {
    name: 'NFLOG: no payload',
    linkType: NFLOG,
    bytes: '02000005 08000100 08000200',
    layers: 'data',
    issues: ['malformed 12 NFLOG attribute 4>0'],
  },
  {
    name: 'PKTAP of a big-endian machine',
    linkType: 258,
    bytes: `${pktap('big')} ${FRAME}`,
    layers: 'pktap:eth:ip:icmp:data',
    fields: { 'pktap.hdrlen': ['108'], 'pktap.ifname': ['en0'] },
  },
  {
    name: 'PKTAP as USER2',
    linkType: 149,
    bytes: `${pktap('little')} ${FRAME}`,
    layers: 'pktap:eth:ip:icmp:data',
  },
  {
    name: 'PKTAP of a TUN device',
    linkType: 258,
    bytes: `${pktap('little', 1, 12)} ${PING}`,
    layers: 'pktap:ip:icmp:data',
  },
  {
    name: 'PKTAP that is no packet',
    linkType: 258,
    bytes: `${pktap('little', 0)} ${FRAME}`,
    layers: 'pktap:data',
  },
  {
    name: 'USER2 of somebody else’s',
    linkType: 149,
    bytes: FRAME.repeat(4),
    layers: 'data',
    issues: ['unsupported 0 link type 149 (USER2) is decoded only as PKTAP, and this is not PKTAP'],
  },
  {
    name: 'Teredo without an indication has no header',
    bytes: udp('0dd8', BUBBLE),
    layers: 'eth:ip:udp port> ipv6',
  },
  {
    name: 'Teredo with an origin alone',
    bytes: udp('0dd8', `0000 63bf 3ffffdfe ${BUBBLE}`),
    layers: 'eth:ip:udp port> teredo:ipv6',
    fields: { 'teredo.orig.addr': ['192.0.2.1'], 'teredo.auth.nonce': [] },
  },
  {
    name: 'Teredo with an identifier and a value',
    bytes: udp('0dd8', `0001 02 03 aabb ccddee 0102030405060708 01 ${BUBBLE}`),
    layers: 'eth:ip:udp port> teredo:ipv6',
    fields: {
      'teredo.auth.id': ['aabb'],
      'teredo.auth.value': ['ccddee'],
      'teredo.auth.nonce': ['0102030405060708'],
      'teredo.auth.conf': ['01'],
      'teredo.orig.port': [],
    },
  },
  {
    name: 'Teredo that carries IPv4',
    bytes: udp('0dd8', PING),
    layers: 'eth:ip:udp port> data',
    issues: ['malformed 42 Teredo’s payload is neither an indication nor IPv6'],
  },
  {
    name: 'an answer from Teredo’s port, recognised by its lengths',
    bytes: udp('9c40', `0000 63bf 3ffffdfe ${BUBBLE}`).replace('c000 9c40', '0dd8 9c40'),
    layers: 'eth:ip:udp port> teredo:ipv6',
  },
  {
    name: 'LISP that carries IPv6',
    bytes: udp('10f5', `08000000 00002a00 ${BUBBLE}`),
    layers: 'eth:ip:udp port> lisp-data:ipv6',
  },
  {
    name: 'LISP with a next protocol that is not read',
    bytes: udp('10f5', `0c000004 00002a00 ${BUBBLE}`),
    layers: 'eth:ip:udp port> lisp-data:data',
  },
  {
    name: 'a heartbeat of AYIYA carries nothing',
    bytes: udp('13d0', '00 00 10 3b 6553f100 aa'),
    layers: 'eth:ip:udp port> ayiya',
    fields: { 'ayiya.identity': ['aa'], 'ayiya.signature': [] },
  },
  {
    name: 'a Hello of PIM is no tunnel',
    bytes: `${IPV4_ETHERNET}
      4500 001e 00010000 0167 0000 c0000201 e000000d 20000000 00010002 0069`,
    layers: 'eth:ip:pim:data',
    fields: { 'pim.type': ['Hello (0)'] },
  },
  {
    name: 'Wi-Fi that is encrypted is closed behind its vector',
    linkType: 105,
    bytes: `0841 ${TO_ACCESS_POINT} 01000020 00000000 0011223344556677`,
    layers: 'wlan:data',
    fields: { 'wlan.fc.protected': ['Set'], 'data.data': ['0011223344556677'] },
  },
  {
    name: 'WEP, with its check behind',
    linkType: 105,
    bytes: `0841 ${TO_ACCESS_POINT} 01020300 0011223344556677 aabbccdd`,
    layers: 'wlan:data',
    fields: { 'data.data': ['0011223344556677'] },
  },
  {
    name: 'a check sequence behind a Wi-Fi frame',
    linkType: 127,
    bytes: `0000 0900 02000000 10 0801 ${TO_ACCESS_POINT} ${SNAP} ${PING} deadbeef`,
    layers: 'radiotap:wlan:llc:ip:icmp:data',
    fields: { 'radiotap.flags.fcs': ['Set'], 'data.data': ['70696e67'] },
  },
  {
    name: 'a check sequence that the capture has cut',
    linkType: 127,
    bytes: `0000 0900 02000000 10 0801 ${TO_ACCESS_POINT} ${SNAP} ${PING}`,
    originalLength: 100,
    layers: 'radiotap:wlan:llc:ip:icmp:data',
    fields: { 'data.data': ['70696e67'] },
  },
  {
    name: 'radiotap’s flags behind a time and a second word of fields',
    linkType: 127,
    bytes: `0000 1900 03000080 00000000 00000000 0000000000000001 10 0801 ${TO_ACCESS_POINT} ${SNAP} ${PING} deadbeef`,
    layers: 'radiotap:wlan:llc:ip:icmp:data',
    fields: { 'radiotap.flags': ['0x10'], 'data.data': ['70696e67'] },
  },
  {
    name: 'Wi-Fi between access points has four addresses',
    linkType: 105,
    bytes: `0803 ${TO_ACCESS_POINT} 020000000003 ${SNAP} ${PING}`,
    layers: 'wlan:llc:ip:icmp:data',
    fields: {
      'wlan.ra': ['02:00:00:00:00:09'],
      'wlan.ta': ['02:00:00:00:00:01'],
      'wlan.da': ['02:00:00:00:00:02'],
      'wlan.sa': ['02:00:00:00:00:03'],
      'wlan.bssid': [],
    },
  },
  {
    name: 'a piece of a Wi-Fi frame',
    linkType: 105,
    bytes: `0805 ${TO_ACCESS_POINT} ${SNAP} ${PING}`,
    layers: 'wlan:data',
    issues: ['unsupported 0 fragments of IEEE 802.11 frames are not reassembled'],
  },
  {
    name: 'several frames in a Wi-Fi frame',
    linkType: 105,
    bytes: `8801 ${TO_ACCESS_POINT} 8000 020000000002 020000000001 0028 ${SNAP} ${PING}`,
    layers: 'wlan:data',
    issues: ['unsupported 0 aggregated IEEE 802.11 frames (A-MSDU) are not split'],
    fields: { 'wlan.qos.amsdupresent': ['Set'] },
  },
  {
    name: 'an acknowledgment has no sender',
    linkType: 105,
    bytes: 'd400 0000 020000000001',
    layers: 'wlan',
    fields: { 'wlan.ra': ['02:00:00:00:00:01'], 'wlan.ta': [], 'wlan.seq': [] },
  },
  {
    name: 'radiotap whose length can’t be',
    linkType: 127,
    bytes: `0000 0400 00000000 ${PING}`,
    layers: 'data',
    issues: ['malformed 2 radiotap header length is below 8 bytes or above 32,767 8>4'],
  },
  {
    name: 'PPI of Wi-Fi',
    linkType: 192,
    bytes: `0000 0800 69000000 0801 ${TO_ACCESS_POINT} ${SNAP} ${PING}`,
    layers: 'ppi:wlan:llc:ip:icmp:data',
  },
  {
    name: 'an exported PDU of a protocol that is not read is named',
    linkType: 252,
    bytes: '000c 0004 736d6232 0000 0000 fe534d42',
    layers: 'exported_pdu:data',
    fields: { 'exported_pdu.prot_name': ['smb2'] },
  },
  {
    name: 'an exported PDU whose tags do not end',
    linkType: 252,
    bytes: '000c 0004 736d6232',
    layers: 'data',
    issues: ['malformed 8 tag of an exported PDU 4>0'],
  },
];

describe('odd links', () => {
  it.each(cases)('$name', ({ linkType = 1, bytes, originalLength, layers, issues = [], fields = {} }) => {
    const packet = hex(bytes);
    const decoded = decodeBytes(packet, {
      linkType,
      ...(originalLength !== undefined && { originalLength }),
    });
    expect(layersText(decoded.stack)).toBe(layers);
    expect(issuesText(decoded.stack)).toEqual(issues);
    const found = Object.fromEntries(Object.keys(fields).map((key) => [key, fieldTexts(decoded, key)]));
    expect(found).toEqual(fields);
  });
});
