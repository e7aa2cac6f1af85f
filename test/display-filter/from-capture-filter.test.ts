/** Outside tunnels both languages must choose the same packets: tcpdump with the one, tshark with the other. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileDisplayFilter } from '../../src/display-filter/display-filter.ts';
import { fromCaptureFilter } from '../../src/display-filter/from-capture-filter.ts';
import { writeCapture } from '../../src/index.ts';
import { hex, viewOf } from '../support/decoding.ts';
import { echo, ipPacket, sourceOf, udp } from '../support/pings.ts';

const hasBoth = ['tshark', 'tcpdump'].every((name) => spawnSync(name, ['--version']).status === 0);
let folder: string;
let mixed: string;

/** Packets of what the filters tell apart, none of them in a tunnel. */
const PACKETS = [
  ipPacket({ src: '192.0.2.1', dst: '198.51.100.2', protocol: 17 }, udp(40_007, 53, new Uint8Array(4))),
  ipPacket({ src: '198.51.100.2', dst: '192.0.2.1', protocol: 17 }, udp(1, 40_008, new Uint8Array(4))),
  ipPacket({ src: '172.16.0.2', dst: '192.0.2.1', protocol: 6 }, tcp(40_007, 80)),
  ipPacket({ src: '172.16.1.2', dst: '172.16.0.2', protocol: 6 }, tcp(9, 40_008)),
  ipPacket({ src: '2001:db8:0:0:0:0:0:1', dst: '2001:db8:0:0:0:0:0:2', protocol: 6 }, tcp(40_007, 9)),
  echo(),
  echo({ reply: true }),
  echo({ src: '2001:db8:0:0:0:0:0:1', dst: '2001:db8:0:0:0:0:0:2' }),
];

function tcp(source: number, destination: number): Uint8Array {
  const header = hex('0000 0000 00000001 00000000 50 02 2000 0000 0000');
  viewOf(header).setUint16(0, source);
  viewOf(header).setUint16(2, destination);
  return header;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tunnelscope-translated-'));
  mixed = join(folder, 'mixed.pcap');
  await writeCapture(sourceOf(PACKETS.map((bytes, i) => ({ bytes, time: i * 1e6 }))), mixed);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function lines(command: string, args: readonly string[]): number {
  const text = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return text.split('\n').filter((line) => /^\s*\d/.test(line)).length;
}

const TRANSLATED: [capture: string, display: string][] = [
  ['icmp', 'icmp'],
  ['icmp6', 'icmpv6'],
  ['not icmp', '!icmp'],
  ['udp port 40007', 'udp.port == 40007'],
  ['tcp src port 40007', 'tcp.srcport == 40007'],
  ['port 40008', '(tcp.port == 40008 || udp.port == 40008)'],
  ['udp portrange 40000-40010', 'udp.port in {40000..40010}'],
  ['host 192.0.2.1', 'ip.addr == 192.0.2.1'],
  ['src 172.16.0.2', 'ip.src == 172.16.0.2'],
  ['dst host 172.16.0.2 and icmp', 'ip.dst == 172.16.0.2 && icmp'],
  ['icmp or tcp and host 172.16.1.2', '(icmp || tcp) && ip.addr == 172.16.1.2'],
  ['icmp or (tcp and host 172.16.1.2)', 'icmp || (tcp && ip.addr == 172.16.1.2)'],
  ['tcp and host 172.16.1.2 or icmp6', 'tcp && ip.addr == 172.16.1.2 || icmpv6'],
  ['not (icmp or tcp) and ip', '!(icmp || tcp) && ip'],
  ['net 172.16.0.0/16', 'ip.addr == 172.16.0.0/16'],
  ['ip host 192.0.2.1', 'ip.addr == 192.0.2.1'],
  ['ip6 host 2001:db8::1', 'ipv6.addr == 2001:db8::1'],
  ['(icmp or tcp) && !(src host 192.0.2.1)', '(icmp || tcp) && !(ip.src == 192.0.2.1)'],
];

describe('libpcap’s language in Wireshark’s', () => {
  it.each(TRANSLATED)('%s', (capture, display) => {
    expect(fromCaptureFilter(capture)).toBe(display);
    expect(() => compileDisplayFilter(display)).not.toThrow();
  });

  it.skipIf(!hasBoth).each(TRANSLATED)('%s chooses what %s does', (capture, display) => {
    const chosen = lines('tcpdump', ['-nr', mixed, '-tt', capture]);
    expect(chosen).toBeGreaterThan(0);
    expect(chosen).toBeLessThan(PACKETS.length);
    expect(lines('tshark', ['-nr', mixed, '-Y', display])).toBe(chosen);
  });

  it.each([
    '',
    'ether host 02:00:00:00:00:01',
    'icmp[0] == 8',
    'greater 100',
    'host example.org',
    'udp port domain',
    'net 10',
    'port',
    'constructor',
    'ip6 host 192.0.2.1',
  ])('says nothing where it has no words: %s', (capture) => {
    expect(fromCaptureFilter(capture)).toBeUndefined();
  });
});
