import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDecoder } from '../../src/decode/decoder.ts';
import { ByteWriter } from '../../src/output/byte-writer.ts';
import { createLinePrinter } from '../../src/output/line.ts';
import { eachRecord } from '../../src/snapshot/records.ts';
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
import { generatedCaptures, labCaptures } from '../support/captures.ts';
import { hex } from '../support/decoding.ts';
import { type PrintedPacket, printCapture, printPackets } from '../support/printing.ts';
import { putTogether, type Together } from '../support/together.ts';
import { hasTshark, PLAIN, TUNNELS } from '../support/tshark.ts';

function linesOf(packets: readonly PrintedPacket[]): string[] {
  return printPackets(packets, createLinePrinter()).slice(0, -1).split('\n');
}

async function captureLines(path: string): Promise<string[]> {
  return (await printCapture(path, createLinePrinter())).slice(0, -1).split('\n');
}

/** A line without its columns' padding, from its endpoints on. */
function plain(line: string): string {
  return line.replace(/ {2,}/g, '  ').split('  ').slice(4).join('  ');
}

describe('a line', () => {
  it('has outer and inner side by side', async () => {
    const lines = await captureLines('fixtures/socat.pcap');
    expect(lines.slice(0, 2)).toEqual([
      '     1    0.000000    130  10.1.0.10:9000 > 10.2.0.10:9000  tunpi (guess)  172.16.0.2 > 172.16.1.2          ICMP Echo request id=17163 seq=1 ttl=63',
      '     2    0.000198    130  10.2.0.10:9000 > 10.1.0.10:9000  tunpi (guess)  172.16.1.2 > 172.16.0.2          ICMP Echo reply id=17163 seq=1 ttl=63',
    ]);
  });

  it('says how many more packets of a TUN device a TCP segment ends', async () => {
    const out = new ByteWriter();
    const printer = createLinePrinter();
    printer.begin(out);
    await eachRecord('fixtures/streams/socat-tun-tcp-flood.pcap', createDecoder(), (record) => {
      printer.packet(out, record);
      return true;
    });
    const lines = Buffer.from(out.take()).toString().split('\n');
    expect(plain(lines[3] as string)).toMatch(/ICMP Echo request id=31463 seq=1 ttl=64$/);
    expect(plain(lines[8] as string)).toMatch(
      /ICMP Echo request id=31463 seq=3 ttl=64 {2}and 1 more in this segment$/,
    );
    expect(plain(lines[9] as string)).toMatch(/seq=5 ttl=64 {2}and 1 more in this segment$/);
    // ping sent 30 over IPv4 and 6 over IPv6; some began in one segment and ended in the next.
    const requests = lines.filter((line) => line.includes('cho request'));
    const more = requests.map((line) => Number(/and (\d+) more/.exec(line)?.[1] ?? 0));
    expect(requests.length + more.reduce((sum, count) => sum + count, 0)).toBe(36);
  });

  // Packets as the lab recorded them; what each is, is in the fixtures' scripts.
  it.each([
    [
      'fixtures/vxlan.pcap',
      1,
      '10.1.0.10:53776 > 10.2.0.10:4789  vxlan vni=42  172.16.0.2 > 172.16.1.2  ICMP Echo request id=17596 seq=1 ttl=63',
    ],
    ['fixtures/route.pcap', 2, '172.16.1.2 > 172.16.0.2  ICMP Echo reply id=17135 seq=1 ttl=62'],
    [
      'fixtures/socat-tap.pcap',
      1,
      '10.1.0.10:9000 > 10.2.0.10:9000  eth (guess)  172.16.0.2 > 172.16.1.2  ICMP Echo request id=17221 seq=1 ttl=63',
    ],
    [
      'fixtures/half.pcap',
      2,
      '10.2.0.10 > 10.1.0.10  ICMP Destination unreachable: Port unreachable ttl=63, quoting 10.1.0.10:9000 > 10.2.0.10:9000 tunpi 172.16.0.2 > 172.16.1.2 ICMP Echo request id=17475 seq=1',
    ],
  ])('%s %d', async (path, number, expected) => {
    expect(plain((await captureLines(path))[number - 1] as string)).toBe(expected);
  });

  it('shows every level of nested tunnels', () => {
    const innermost = ipv4Packet(1, echoRequest());
    const nested = ethernetFrame('0800', ipv4Packet(4, ipv4Packet(4, innermost)));
    const addresses = '192.0.2.1 > 198.51.100.2';
    expect(plain(linesOf([{ bytes: nested }])[0] as string)).toBe(
      `${addresses}  ipip  ${addresses}  ipip  ${addresses}  ICMP Echo request id=17767 seq=1 ttl=64`,
    );
  });

  // tshark -r socat-points.pcapng -T fields -e frame.interface_name
  it('says at its end which of several interfaces the packet is of', async () => {
    const lines = await captureLines('fixtures/socat-points.pcapng');
    expect(lines.slice(0, 4).map((line) => line.replace(/^.*ttl=\d+/, ''))).toEqual([
      '  on socat-h1-ns1:eth0',
      '  on socat-h1:br0',
      '  on socat-h1:tun0',
      '  on socat-h1:eth0',
    ]);
  });

  it('numbers interfaces without a name, escapes hostile ones, and says nothing of the only one', () => {
    const bytes = ethernetFrame('0800', ipv4Packet(1, echoRequest()));
    const ends = (packets: PrintedPacket[]) => linesOf(packets).map((line) => line.replace(/^.*ttl=\d+/, ''));
    expect(ends([{ bytes }, { bytes, interfaceName: '\u001b]0;x\u0007' }])).toEqual([
      // Packets come one by one here, and the second interface with the second.
      '',
      '  on \\x1b]0;x\\x07',
    ]);
    expect(ends([{ bytes, interfaceName: 'b' }, { bytes }, { bytes, interfaceName: 'b' }])).toEqual([
      '',
      '  on interface 1',
      '  on b',
    ]);
    expect(
      ends([
        { bytes, interfaceName: 'eth0' },
        { bytes, interfaceName: 'eth0' },
      ]),
    ).toEqual(['', '']);
  });

  it('puts IPv6 addresses in brackets where a port follows', () => {
    const bytes = ethernetFrame('86dd', ipv6Packet(17, udpDatagram(53, hex('00'), 'ipv6')));
    expect(plain(linesOf([{ bytes }])[0] as string)).toMatch(
      /^\[2001:db8::1\]:40000 > \[2001:db8:0:1::2\]:53 {2}UDP /,
    );
  });

  it('shows Ethernet addresses where there is no network layer, and a dash where there is nothing', () => {
    const arp = ethernetFrame(
      '0806',
      hex('0001 0800 06 04 0001 020000000001 c0000201 000000000000 c0000202'),
    );
    const [ofArp, ofNothing, ofUnknownLink] = linesOf([
      { bytes: arp },
      { bytes: hex('') },
      { bytes: hex('0102'), linkType: 147 },
    ]).map(plain);
    expect(ofArp).toBe('02:00:00:00:00:01 > 02:00:00:00:00:02  ARP Who has 192.0.2.2? Tell 192.0.2.1');
    expect(ofNothing).toBe('Data 0 bytes [malformed: Ethernet header: 14 bytes needed, 0 there]');
    expect(ofUnknownLink).toBe('-  Data 2 bytes [unsupported: link type 147 is not decoded]  on interface 1');
  });

  it.each([
    [
      'cut off',
      { bytes: inUdp(hex('00')).slice(0, 36), originalLength: 43 },
      '[truncated: 36 of 43 bytes captured]',
    ],
    [
      'cut before it was captured, by a rule that logs 28 bytes of 44',
      {
        bytes: join('02 00 0000', '2000 0900', ipv4Packet(1, new Uint8Array(24)).slice(0, 28)),
        linkType: 239,
      },
      '[truncated: logged packet, cut by a snapshot length: 44 bytes needed, 28 there]',
    ],
    [
      'bad inner checksum',
      { bytes: ethernetFrame('0800', ipv4Packet(4, ipv4Packet(1, join('08 00 0001', '4567 0001')))) },
      '[bad inner ICMP checksum]',
    ],
    [
      'bad checksum',
      { bytes: ethernetFrame('0800', ipv4Packet(1, join('08 00 0001', '4567 0001'))) },
      '[bad ICMP checksum]',
    ],
    [
      'contradiction',
      { bytes: ethernetFrame('0800', hex(`55${'00'.repeat(30)}`)) },
      '[malformed: IPv4 version is not 4]',
    ],
  ])('ends with what is wrong: %s', (_what, packet, mark) => {
    expect(linesOf([packet])[0]?.endsWith(` ${mark}`)).toBe(true);
  });

  it('says nothing of a packet that is well', async () => {
    for (const name of ['socat', 'vxlan', 'ipip', 'route', 'flannel']) {
      for (const line of await captureLines(`fixtures/${name}.pcap`)) expect(line).not.toMatch(/\[/);
    }
  });
});

describe('time', () => {
  const bytes = hex('00');
  it.each([
    [
      'microseconds',
      [
        [10, 999_999_000],
        [11, 1000],
      ],
      ['    0.000000', '    0.000002'],
    ],
    [
      'nanoseconds',
      [
        [10, 1],
        [10, 2],
      ],
      ['    0.000000000', '    0.000000001'],
    ],
    [
      'nanoseconds, from where they show',
      [
        [10, 0],
        [10, 1],
      ],
      ['    0.000000', '    0.000000001'],
    ],
    [
      'an older packet behind a newer one',
      [
        [10, 0],
        [9, 999_995_000],
        [8, 0],
      ],
      ['    0.000000', '   -0.000005', '   -2.000000'],
    ],
    [
      'days',
      [
        [0, 0],
        [86_400, 0],
        [10_000_000, 5000],
      ],
      ['    0.000000', '86400.000000', '10000000.000005'],
    ],
  ])('in %s', (_what, times, expected) => {
    const lines = linesOf(
      times.map(([seconds, nanoseconds]) => ({ bytes, seconds, nanoseconds }) as PrintedPacket),
    );
    expect(lines.map((line) => line.slice(6).replace(/ {6}1 {2}.*/, ''))).toEqual(expected);
  });
});

describe('columns', () => {
  it.each(['socat', 'vxlan', 'ipip', 'flannel', 'socat-tap', 'socat-nopi'])(
    'stand still in %s',
    async (name) => {
      const lines = await captureLines(`fixtures/${name}.pcap`);
      const pings = lines.filter((line) => line.includes(' ICMP '));
      expect(new Set(pings.map((line) => line.indexOf(' ICMP '))).size).toBe(1);
    },
  );

  it('widen for what is longer, and stay so', () => {
    const short = { bytes: ethernetFrame('0800', ipv4Packet(17, udpDatagram(1, hex('00')))) };
    const long = { bytes: ethernetFrame('86dd', ipv6Packet(17, udpDatagram(65000, hex('00'), 'ipv6'))) };
    const [before, wide, after] = linesOf([short, long, short]).map((line) => line.indexOf('UDP '));
    expect(wide).toBeGreaterThan(before as number);
    expect(after).toBe(wide);
  });

  it('say the same of a flow whose columns were kept as of one that was not', async () => {
    for (const path of [...labCaptures, ...generatedCaptures]) {
      const lines = await captureLines(path);
      // Packet by packet, each with a printer of its own, there is nothing to keep.
      const twice = (await printCapture(path, repeating())).slice(0, -1).split('\n');
      expect(twice.filter((_, i) => i % 2 === 0).map(plain)).toEqual(lines.map(plain));
      expect(twice.filter((_, i) => i % 2 === 1).map(plain)).toEqual(lines.map(plain));
    }
  });

  it('say each ping’s own time to live, where those of others are too long to be kept', () => {
    const ping = (ttl: string, source: number) =>
      patched(patched(ipv4Packet(1, echoRequest()), 8, ttl), 14, source.toString(16).padStart(4, '0'));
    const address = '2001123456789abcdef0123456789abc'.repeat(2);
    const around = (next: number, packet: Uint8Array) => patched(ipv6Packet(next, packet), 8, address);
    const packets: Uint8Array[] = [];
    for (let round = 0; round < 2; round++) {
      for (let long = 0; long < 16; long++)
        packets.push(ethernetFrame('86dd', around(41, around(4, ping('07', long)))));
      for (let short = 0; short < 1000; short++) packets.push(ethernetFrame('0800', ping('80', short)));
    }
    const lines = linesOf(packets.map((bytes) => ({ bytes })));
    const wrong = lines.filter((line) => line.includes('4in6') !== line.includes(' ttl=7 '));
    expect([lines.length, wrong]).toEqual([2032, []]);
  });
});

/** Prints each packet twice: the second time, its flow's columns are known. */
function repeating() {
  const printer = createLinePrinter();
  return {
    begin: printer.begin,
    packet(...[out, record]: Parameters<typeof printer.packet>) {
      printer.packet(out, record);
      printer.packet(out, record);
    },
    end: printer.end,
  };
}

describe.skipIf(!hasTshark)('beside tshark (skipped where tshark is missing)', () => {
  const fields = [
    'frame.number',
    'frame.time_relative',
    'frame.len',
    'ip.src',
    'ip.dst',
    'icmp.ident',
    'icmp.seq',
    'vxlan.vni',
  ];
  const asked = [...PLAIN, ...TUNNELS, '-T', 'fields', ...fields.flatMap((name) => ['-e', name])];
  let together: Together;
  let printed: string[];
  beforeAll(async () => {
    together = putTogether(labCaptures);
    printed = await captureLines(together.path);
  });
  afterAll(() => together.remove());

  it.each(labCaptures)('%s: number, time, length, and every address, outermost first', async (path) => {
    const rows = together.linesOf(['-r', path, ...asked]).map((row) => row.split('\t'));
    const lines = together.part(path, printed);
    expect(rows.length).toBeGreaterThan(0);
    expect(lines.length).toBe(rows.length);
    for (const [i, row] of rows.entries()) {
      const [number, time, length, sources, destinations, identifiers, sequences, networks] = row as string[];
      const line = lines[i] as string;
      const [ourNumber, ourTime, ourLength] = line.trim().split(/ +/) as [string, string, string];
      expect([ourNumber, ourTime.padEnd((time as string).length, '0'), ourLength]).toEqual([
        number,
        time,
        length,
      ]);
      const pairs = [...line.matchAll(/(\d+(?:\.\d+){3})(?::\d+)? > (\d+(?:\.\d+){3})/g)];
      expect(pairs.map((pair) => pair[1]).join(',')).toBe(sources);
      expect(pairs.map((pair) => pair[2]).join(',')).toBe(destinations);
      expect([...line.matchAll(/id=(\d+) seq/g)].map((match) => match[1]).join(',')).toBe(identifiers);
      expect([...line.matchAll(/seq=(\d+)/g)].map((match) => match[1]).join(',')).toBe(sequences);
      expect([...line.matchAll(/vni=(\d+)/g)].map((match) => match[1]).join(',')).toBe(networks);
    }
  });
});
