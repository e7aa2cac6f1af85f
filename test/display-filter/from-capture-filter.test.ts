/** Outside tunnels both languages must choose the same packets: tcpdump with the one, tshark with the other. */
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { compileDisplayFilter } from '../../src/display-filter/display-filter.ts';
import { fromCaptureFilter } from '../../src/display-filter/from-capture-filter.ts';

const hasBoth = ['tshark', 'tcpdump'].every((name) => spawnSync(name, ['--version']).status === 0);
const FILES = ['fixtures/generated/ipv4.pcap', 'fixtures/route.pcap'];

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
    for (const file of FILES) {
      const count = lines('tcpdump', ['-nr', file, '-tt', capture]);
      expect([file, lines('tshark', ['-nr', file, '-Y', display])]).toEqual([file, count]);
    }
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
