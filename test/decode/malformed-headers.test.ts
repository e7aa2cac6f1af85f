/** Headers whose own lengths can't be: what stands in its fixed place is shown all the same, beside tshark. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createFieldsPrinter } from '../../src/output/fields.ts';
import { FIELD_FORMS } from '../../src/output/tshark-versions.ts';
import { decodeBytes, fieldTexts, hex, issuesText, layersText } from '../support/decoding.ts';
import { printPackets } from '../support/printing.ts';
import { hasTshark, tshark, tsharkVersion } from '../support/tshark.ts';

/** Booleans as the tshark at hand prints them. */
function inTheirForm(values: Readonly<Record<string, string>>): Record<string, string> {
  const [no, yes] = FIELD_FORMS[tsharkVersion].booleans;
  const words = new Map([
    ['False', no],
    ['True', yes],
  ]);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, words.get(value) ?? value]));
}

const ETHERNET = '020000000002 020000000001';
const ADDRESSES = 'c0000201 c6336402';
const IPV6_ADDRESSES = '20010db8000000000000000000000001 20010db8000000000000000000000002';

interface Case {
  readonly title: string;
  readonly bytes: string;
  readonly layers: string;
  readonly issue: string;
  /** What tshark shows too: filter name → value as -T fields prints it. */
  readonly shared: Readonly<Record<string, string>>;
  /** What stands behind the place where tshark stops: shown here as the tree has it. */
  readonly ours?: Readonly<Record<string, string>>;
  /** Not to be read from the packet: behind the header's believable part. */
  readonly absent?: readonly string[];
}

const CASES: readonly Case[] = [
  {
    title: 'IPv4 total length 10',
    bytes: `${ETHERNET} 0800 45 00 000a 1234 0000 40 01 7c80 ${ADDRESSES} 0800 2d1f 4567 0001`,
    layers: 'eth:ip:data',
    issue: 'malformed 16 IPv4 total length is below the header length 20>10',
    shared: { 'ip.version': '4', 'ip.hdr_len': '20', 'ip.dsfield.dscp': '0', 'ip.len': '10' },
    ours: { 'ip.src': '192.0.2.1', 'ip.dst': '198.51.100.2', 'ip.ttl': '64', 'ip.proto': 'ICMP (1)' },
    absent: ['icmp.type', 'ip.options'],
  },
  {
    title: 'IPv4 header length 16',
    bytes: `${ETHERNET} 0800 44 00 0020 1234 0000 40 01 7d71 ${ADDRESSES} 0800 2d1f 4567 0001`,
    layers: 'eth:ip:data',
    issue: 'malformed 14 IPv4 header length is below 20 bytes 20>16',
    shared: { 'ip.version': '4', 'ip.hdr_len': '16' },
    ours: { 'ip.len': '32', 'ip.src': '192.0.2.1', 'ip.checksum.status': 'unverifiable' },
    absent: ['icmp.type', 'ip.options'],
  },
  {
    title: 'IPv4 header length beyond the packet',
    bytes: `${ETHERNET} 0800 4f 00 001c 1234 0000 40 01 7271 ${ADDRESSES} 0800 2d1f 4567 0001`,
    layers: 'eth:ip:data',
    issue: 'malformed 14 IPv4 header with options 60>28',
    shared: { 'ip.version': '4', 'ip.hdr_len': '60', 'ip.len': '28' },
    ours: { 'ip.dst': '198.51.100.2', 'ip.checksum.status': 'unverifiable' },
    absent: ['ip.options', 'icmp.type'],
  },
  {
    title: 'TCP data offset 3',
    bytes: `${ETHERNET} 0800 45 00 0028 1234 0000 40 06 7c65 ${ADDRESSES}
      c738 01bb 00000001 00000002 3002 2000 1111 0000`,
    layers: 'eth:ip:tcp',
    issue: 'malformed 46 TCP data offset is below 20 bytes 20>12',
    shared: { 'tcp.srcport': '51000', 'tcp.dstport': '443', 'tcp.seq_raw': '1', 'tcp.hdr_len': '12' },
    ours: { 'tcp.flags.syn': 'Set', 'tcp.window_size_value': '8192' },
    absent: ['tcp.options'],
  },
  {
    title: 'TCP options beyond the packet',
    bytes: `${ETHERNET} 0800 45 00 0028 1234 0000 40 06 7c65 ${ADDRESSES}
      c738 01bb 00000001 00000002 8002 2000 1111 0000`,
    layers: 'eth:ip:tcp',
    issue: 'malformed 34 TCP header with options 32>20',
    shared: {
      'tcp.srcport': '51000',
      'tcp.dstport': '443',
      'tcp.seq_raw': '1',
      'tcp.ack_raw': '2',
      'tcp.hdr_len': '32',
      'tcp.flags.syn': 'True',
      'tcp.window_size_value': '8192',
      'tcp.checksum': '0x1111',
    },
    absent: ['tcp.options'],
  },
  {
    title: 'UDP length 3, on a tunnel’s port: receivers drop it, so nothing went through a tunnel',
    bytes: `${ETHERNET} 0800 45 00 0024 1234 0000 40 11 7c5e ${ADDRESSES}
      9c47 12b5 0003 2222 0800000000002a00`,
    layers: 'eth:ip:udp:data',
    issue: 'malformed 38 UDP length is below 8 bytes 8>3',
    shared: { 'udp.srcport': '40007', 'udp.dstport': '4789', 'udp.length': '3' },
    absent: ['vxlan.vni'],
  },
  {
    title: 'ARP with hardware addresses of eight bytes, as its size says',
    bytes: `${ETHERNET} 0806 0001 0800 08 04 0001
      0102030405060708 090a0b0c 0d0e0f1011121314 15161718`,
    layers: 'eth:arp',
    issue: '',
    shared: {
      'arp.hw.size': '8',
      'arp.opcode': '1',
      'arp.src.hw': '0102030405060708',
      'arp.src.proto_ipv4': '9.10.11.12',
      'arp.dst.hw': '0d0e0f1011121314',
      'arp.dst.proto_ipv4': '21.22.23.24',
    },
    absent: ['arp.src.hw_mac', 'arp.src.proto'],
  },
  {
    title: 'ARP with protocol addresses of two bytes',
    bytes: `${ETHERNET} 0806 0001 0800 06 02 0002 020000000001 1111 020000000002 2222`,
    layers: 'eth:arp',
    issue: '',
    shared: {
      'arp.src.hw_mac': '02:00:00:00:00:01',
      'arp.src.proto': '1111',
      'arp.dst.hw_mac': '02:00:00:00:00:02',
      'arp.dst.proto': '2222',
    },
    absent: ['arp.src.proto_ipv4', 'arp.src.hw'],
  },
  {
    title: 'ARP too short for its sizes',
    bytes: `${ETHERNET} 0806 0001 0800 08 04 0001 0102030405060708 090a0b0c 0d0e0f10 11121314`,
    layers: 'eth:arp:data',
    issue: 'malformed 14 ARP packet 32>28',
    shared: { 'arp.hw.type': '1', 'arp.proto.type': '0x0800', 'arp.hw.size': '8', 'arp.opcode': '1' },
    absent: ['arp.dst.hw', 'arp.dst.proto_ipv4'],
  },
  {
    title: 'IPv6 routing header beyond the packet',
    bytes: `${ETHERNET} 86dd 60000000 0010 2b 40 ${IPV6_ADDRESSES} 11fe 0001 00000000 9c479c48 000a2222`,
    layers: 'eth:ipv6:ipv6.routing:data',
    issue: 'malformed 54 IPv6 routing header 2040>16',
    shared: { 'ipv6.src': '2001:db8::1', 'ipv6.routing.nxt': '17', 'ipv6.routing.len': '254' },
    ours: { 'ipv6.routing.segleft': '1', 'ipv6.routing.data': '00000000' },
    absent: ['udp.srcport'],
  },
  {
    title: 'IPv6 destination options beyond the packet',
    bytes: `${ETHERNET} 86dd 60000000 0010 3c 40 ${IPV6_ADDRESSES} 11ff 000000000000 9c479c48 000a2222`,
    layers: 'eth:ipv6:ipv6.dstopts:data',
    issue: 'malformed 54 IPv6 options header 2048>16',
    shared: { 'ipv6.dstopts.nxt': '17', 'ipv6.dstopts.len': '255' },
    absent: ['udp.srcport'],
  },
  {
    title: 'authentication header of eight bytes',
    bytes: `${ETHERNET} 86dd 60000000 000c 33 40 ${IPV6_ADDRESSES} 11 00 0000 00000001 00000002`,
    layers: 'eth:ipv6:ah',
    issue: 'malformed 55 authentication header length is below 12 bytes 12>8',
    shared: { 'ah.next_header': '17', 'ah.length': '0', 'ah.spi': '0x00000001' },
    ours: { 'ah.sequence': '2' },
    absent: ['ah.icv'],
  },
];

const folder = mkdtempSync(join(tmpdir(), 'malformed-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(CASES)('$title', ({ bytes, layers, issue, shared, ours = {}, absent = [] }) => {
  const packet = hex(bytes);
  const decoded = decodeBytes(packet);

  it('keeps what can be read, and says what is wrong', () => {
    expect(layersText(decoded.stack)).toBe(layers);
    expect(issuesText(decoded.stack)).toEqual(issue === '' ? [] : [issue]);
    for (const [name, value] of Object.entries(ours))
      expect(fieldTexts(decoded, name), name).toEqual([value]);
    for (const name of absent) expect(fieldTexts(decoded, name), name).toEqual([]);
  });

  it.skipIf(!hasTshark)('shows what tshark shows (skipped where tshark is missing)', () => {
    const names = Object.keys(shared);
    const header = Buffer.alloc(40);
    header.set([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0]);
    header.writeUInt32LE(65535, 16);
    header.writeUInt32LE(1, 20);
    header.writeUInt32LE(packet.length, 32);
    header.writeUInt32LE(packet.length, 36);
    const file = join(folder, 'packet.pcap');
    writeFileSync(file, Buffer.concat([header, packet]));
    const theirs = tshark('-r', file, '-T', 'fields', ...names.flatMap((name) => ['-e', name]))
      .replace(/\n$/, '')
      .split('\t');
    const printed = printPackets(
      [{ bytes: packet }],
      createFieldsPrinter(names, [], FIELD_FORMS[tsharkVersion]),
    );
    expect(Object.fromEntries(names.map((name, i) => [name, theirs[i]]))).toEqual(inTheirForm(shared));
    expect(printed.replace(/\n$/, '').split('\t')).toEqual(theirs);
  });
});
