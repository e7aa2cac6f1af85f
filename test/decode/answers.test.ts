/** What comes from a tunnel's port and goes to one that says nothing: read as what it can be, as tshark reads it, and else data. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as pathOf } from 'node:path';
import { describe, expect, it } from 'vitest';
import { echoRequest, ethernetFrame, ipv4Packet, join, patched, udpDatagram } from '../support/build.ts';
import { decodeBytes, hex, layersText, viewOf } from '../support/decoding.ts';
import { hasTshark, tshark } from '../support/tshark.ts';

const EPHEMERAL = 50000;
const ping = ipv4Packet(1, echoRequest());
const frame = ethernetFrame('0800', ping);

function packetFrom(port: number, payload: Uint8Array): Uint8Array {
  const datagram = patched(udpDatagram(EPHEMERAL, payload), 0, port.toString(16).padStart(4, '0'));
  // Without a checksum: the port was put in behind it.
  return ethernetFrame('0800', ipv4Packet(17, patched(datagram, 6, '0000')));
}

function tsharkLayers(packet: Uint8Array): string {
  const headers = hex(
    'a1b2c3d4 0002 0004 00000000 00000000 0000ffff 00000001 00000000 00000000 00000000 00000000',
  );
  for (const at of [32, 36]) viewOf(headers).setUint32(at, packet.length);
  const folder = mkdtempSync(pathOf(tmpdir(), 'answers-'));
  try {
    const path = pathOf(folder, 'answer.pcap');
    writeFileSync(path, join(headers, packet));
    return tshark('-r', path, '-T', 'fields', '-e', 'frame.protocols').trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const ike = hex('0102030405060708 0000000000000000 21 20 22 08 00000000 0000001c');
const control = hex('c802 000c 0001 0000 0000 0001');

describe('an answer is read by the port that it comes from', () => {
  const answers = [
    ['IKE', 500, ike, 'isakmp', 'udp:isakmp'],
    ['IKE behind address translation', 4500, join('00000000', ike), 'udpencap:isakmp', 'udpencap:isakmp'],
    ['L2TP, control', 1701, control, 'port> l2tp', 'l2tp'],
    ['L2TP, data', 1701, join('0002 0001 0002 ff03 0021', ping), 'ppp:ip:icmp:data', 'l2tp:ppp:ip:icmp'],
    ['GTP-U', 2152, join('30ff 0020 00000001', ping), 'gtp:ip:icmp:data', 'gtp:ip:icmp'],
    ['VXLAN', 4789, join('08000000 00002a00', frame), 'port> vxlan:eth:ip:icmp:data', 'vxlan:eth'],
    ['GENEVE', 6081, join('00006558 00002a00', frame), 'port> geneve:eth:ip:icmp:data', 'geneve:eth'],
  ] as const;

  it.each(answers)('%s', (_name, port, payload, ours) => {
    expect(layersText(decodeBytes(packetFrom(port, payload)).stack)).toContain(ours);
  });

  it.skipIf(!hasTshark).each(answers)(
    '%s, to tshark too (skipped where it is missing)',
    (_name, port, payload, _ours, theirs) => {
      expect(tsharkLayers(packetFrom(port, payload))).toContain(theirs);
    },
  );

  it.each([
    ['IKE of a length that is not there', 500, patched(ike, 24, '0000001d')],
    ['IKE of version 3', 500, patched(ike, 17, '30')],
    ['ESP with a reserved number', 4500, join('000000ff 00000001', new Uint8Array(24))],
    ['L2TP with a reserved bit', 1701, patched(control, 0, 'd802')],
    ['L2TP, a control message without numbers', 1701, patched(control, 0, 'c002')],
    ['GTP-U of a length that is not there', 2152, join('30ff 0021 00000001', ping), 'ip'],
    ['VXLAN with another flag', 4789, join('0c000000 00002a00', frame), 'eth:ip'],
    ['GENEVE with a reserved bit', 6081, join('00016558 00002a00', frame), 'eth:ip'],
    ['a port of nobody', 54, ike],
  ])('and not where it can’t be that: %s', (_name, port, payload, proven = '') => {
    // What is inside proves itself, whatever stands in front.
    const inside = proven === '' ? ':data' : ` guess> prefix:${proven}:icmp:data`;
    expect(layersText(decodeBytes(packetFrom(port, payload)).stack)).toBe(`eth:ip:udp${inside}`);
  });

  it('but by the port that it goes to where that says something', () => {
    const packet = patched(packetFrom(500, join('08000000 00002a00', frame)), 36, '12b5');
    expect(layersText(decodeBytes(packet).stack)).toContain('udp port> vxlan');
  });

  it.each([
    ['a name server’s answer', '0102 8180 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001'],
    ['version 3', '0102030405060708 0000000000000000 21 30 22 08 00000000 0000001c'],
    ['a length below the header’s', '0102030405060708 0000000000000000 21 20 22 08 00000000 0000001b'],
  ])('what goes to IKE’s port and is not IKE is data, and nothing is wrong with it: %s', (_name, bytes) => {
    const { stack } = decodeBytes(patched(packetFrom(EPHEMERAL, hex(bytes)), 36, '01f4'));
    expect(layersText(stack)).toBe('eth:ip:udp:data');
    expect(stack.issueCount).toBe(0);
  });
});
