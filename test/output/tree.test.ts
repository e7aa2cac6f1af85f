import { describe, expect, it } from 'vitest';
import { withBytes } from '../../src/output/hex.ts';
import type { PacketPrinter } from '../../src/output/printer.ts';
import { createTreePrinter } from '../../src/output/tree.ts';
import { ethernetFrame, ipv6Packet, join } from '../support/build.ts';
import { labCaptures } from '../support/captures.ts';
import { hex } from '../support/decoding.ts';
import { printCapture, printPackets } from '../support/printing.ts';
import { putTogether } from '../support/together.ts';
import { hasTshark, tshark } from '../support/tshark.ts';

describe('a tree', () => {
  it('has every field, drawn bits, levels one step further in, and how a tunnel was recognised', async () => {
    const [first] = (await printCapture('fixtures/vxlan.pcap', createTreePrinter())).split('\n\n') as [
      string,
    ];
    // The bytes, read by hand: tshark -x -r fixtures/vxlan.pcap -c 1.
    const lines = first.split('\n');
    expect(lines.slice(0, 3).map((line) => line.replace(/\d\d:\d\d:\d\d\.\d+/, 'hh:mm:ss'))).toEqual([
      'Frame 1: 148 bytes on the wire, 148 captured',
      '    Time: 2026-11-22 hh:mm:ss UTC',
      '    Link type: ethernet (1)',
    ]);
    expect(lines.filter((line) => /, \d+ bytes? at /.test(line))).toEqual([
      'Ethernet II, 14 bytes at 0',
      'Internet Protocol Version 4, 20 bytes at 14',
      'User Datagram Protocol, 8 bytes at 34',
      '    Virtual eXtensible Local Area Network, 8 bytes at 42 [tunnel 1: vxlan, recognised by its port]',
      '    Ethernet II, 14 bytes at 50',
      '    Internet Protocol Version 4, 20 bytes at 64',
      '    Internet Control Message Protocol, 8 bytes at 84',
      '    Data, 56 bytes at 92',
    ]);
    for (const line of [
      '    0100 .... = Version: 4',
      '    .... 0101 = Header Length: 20',
      '    Total Length: 134',
      '    ...0 0000 0000 0000 = Fragment Offset: 0',
      '    Protocol: UDP (17)',
      '    Checksum Status: good',
      '        VXLAN Network Identifier (VNI): 42',
      '        Source Address: 172.16.0.2',
      '        Type: Echo (ping) request (8)',
    ]) {
      expect(lines).toContain(line);
    }
  });

  it('marks what an error quotes, and says doubt at its layer', async () => {
    const printed = await printCapture('fixtures/half.pcap', createTreePrinter());
    expect(printed).toContain('\nTUN Packet Information, 4 bytes at 70 [quoted by the error]\n');
    const cut = await printCapture('fixtures/vxlan-snaplen-96.pcap', createTreePrinter());
    expect(cut).toContain(
      '    Destination Address: 10.2.0.10\n    [truncated: IPv4 total length: 134 bytes needed, 82 there, at 16]\nUser Datagram',
    );
  });

  it('has both edges of a SACK block at one step', async () => {
    const printed = await printCapture('fixtures/generated/options.pcap', createTreePrinter());
    const edges = printed.split('\n').filter((line) => /SACK (Left|Right) Edge/.test(line));
    expect(edges.length).toBeGreaterThan(1);
    expect(new Set(edges.map((line) => line.search(/\S/)))).toEqual(new Set([4]));
  });

  it('says of a checksum that is left to the card what becomes of it', async () => {
    const printed = await printCapture('fixtures/healthy/vxlan-in-vxlan.pcap', createTreePrinter());
    expect(printed).toContain('\n    Checksum Status: partial: the card completes it\n');
  });

  it('escapes an interface’s name, and says a time that no calendar has', () => {
    const printed = printPackets(
      [{ bytes: hex('00'), interfaceName: 'a\u001b[2J', seconds: 2 ** 53, nanoseconds: 1 }],
      createTreePrinter(),
    );
    expect(printed).toContain('    Interface: a\\x1b[2J\n');
    expect(printed).toContain('    Time: 9007199254740992.000000001 seconds since 1970\n');
  });
});

const nothing: PacketPrinter = { begin() {}, packet() {}, end() {} };

describe.skipIf(!hasTshark)('bytes, beside tshark -x (skipped where tshark is missing)', () => {
  it('of every capture', async () => {
    const together = putTogether(labCaptures);
    const stdout = tshark(...['-r', together.path, '-x', '-o', 'ip.defragment:FALSE']);
    const printed = await printCapture(together.path, withBytes(nothing));
    together.remove();
    const packets = stdout.split('\n\n');
    expect(packets.length).toBeGreaterThan(labCaptures.length);
    expect(printed.split('\n\n')).toEqual(packets);
  });
});

describe('bytes', () => {
  it('show nothing but printable ASCII, and offsets past 64 KiB', () => {
    const bytes = Uint8Array.from({ length: 65536 + 16 }, (_, i) => i & 255);
    const printed = printPackets([{ bytes }], withBytes(nothing));
    expect(/[^\n -~]/.exec(printed)).toBe(null);
    expect(printed).toContain('\n10000  00 01 02 03 ');
  });
});

it('shows 1,024 options of a header, and says how many more there are', () => {
  // A hop-by-hop header of the greatest length, 2,048 bytes: two of them its own, the others padding of a byte each.
  const bytes = ethernetFrame('86dd', ipv6Packet(0, join('3b ff', new Uint8Array(2046))));
  const printed = printPackets([{ bytes }], createTreePrinter());
  expect(printed.match(/Option: /g)).toHaveLength(1024);
  expect(printed).toContain('[1022 more, not shown]');
});
