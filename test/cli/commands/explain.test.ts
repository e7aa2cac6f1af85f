import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tunnelscope } from '../../support/command.ts';

describe('tunnelscope explain', () => {
  it('takes the packet with the number that is given, and the file as the first argument too', () => {
    const { status, stdout } = tunnelscope(['explain', '-r', 'fixtures/socat.pcap', '-n', '2']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Packet 2 of socat\.pcap, 130 bytes, /);
    expect(tunnelscope(['explain', 'fixtures/socat.pcap', '-n', '2']).stdout).toBe(stdout);
  });

  it('takes the first packet that a display filter lets pass', () => {
    const { stdout } = tunnelscope(['explain', '-r', 'fixtures/socat.pcap', '-Y', 'icmp.type == 0']);
    expect(stdout).toContain('ICMP Echo reply');
  });

  it('takes the first packet that a capture filter lets pass', () => {
    const { stdout } = tunnelscope(['explain', '-r', 'fixtures/socat.pcap', 'src', 'host', '10.2.0.10']);
    expect(stdout).toContain('10.2.0.10:9000');
  });

  it.each([
    [[], 'On a path with an MTU of 1500, an inner packet can have at most 1468 bytes'],
    [['--mtu', '1400'], 'On a path with an MTU of 1400, an inner packet can have at most 1368 bytes'],
  ])('tells the tunnel’s cost against the path’s MTU: %j', (words, text) => {
    const { stdout } = tunnelscope(['explain', '-r', 'fixtures/socat.pcap', ...words]);
    expect(stdout.replace(/\s+/g, ' ')).toContain(text);
  });

  it('refuses an MTU that no path has', () => {
    const { status, stderr } = tunnelscope(['explain', '-r', 'fixtures/socat.pcap', '--mtu', '20']);
    expect([status, stderr]).toEqual([
      2,
      'tunnelscope: --mtu "20" is not understood; expected a whole number from 68 to 65535\n',
    ]);
  });

  it('writes a page and a picture', () => {
    const folder = mkdtempSync(join(tmpdir(), 'explain-'));
    const [page, picture] = [join(folder, 'a.html'), join(folder, 'a.svg')];
    const { status, stdout } = tunnelscope([
      'explain',
      'fixtures/vxlan.pcap',
      '-n',
      '1',
      '--html',
      page,
      '--svg',
      picture,
    ]);
    expect([status, stdout]).toEqual([0, '']);
    expect(readFileSync(page, 'utf8')).toMatch(/^<!DOCTYPE html>/);
    expect(readFileSync(picture, 'utf8')).toMatch(/^<\?xml/);
  });

  it.each([
    [['-n', '99'], /-n 99: .*socat\.pcap has 8 packets; expected a number from 1 to 8/],
    [['-Y', 'tcp'], /no packet matches -Y tcp; there is nothing to explain/],
    [
      ['-n', '1', '--html', '/nowhere/x.html'],
      /\/nowhere\/x\.html: can't be written to: there is no such folder/,
    ],
    [['--width', '5'], /--width "5" is not understood/],
  ])('%j can’t be carried out', (args, message) => {
    const { status, stderr } = tunnelscope(['explain', '-r', 'fixtures/socat.pcap', ...args]);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
