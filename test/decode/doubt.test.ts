/** What is said where bytes are missing, contradict each other, or go deeper than is followed. */
import { describe, expect, it } from 'vitest';
import { fold, sumWords } from '../../src/decode/checksum.ts';
import { createDecoder } from '../../src/decode/decoder.ts';
import { LayerStack, MAX_LAYERS, MAX_LEVEL } from '../../src/decode/layer-stack.ts';
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
import { readCapture } from '../support/captures.ts';
import {
  decodeBytes,
  ETHERNET,
  fieldTexts,
  hex,
  issuesText,
  layersText,
  viewOf,
} from '../support/decoding.ts';

const ping = ipv4Packet(1, echoRequest());
const frame = (payload: Uint8Array) => ethernetFrame('0800', payload);
const frame6 = (payload: Uint8Array) => ethernetFrame('86dd', payload);
const datagram = udpDatagram(7000, hex('6869'));

describe('the five states of a checksum', () => {
  const over = (bytes: Uint8Array) => frame(ipv4Packet(17, bytes));
  // The pseudo-header's sum alone: c000+0201+c633+6402 + 17 + 10 = 1ec51, folded ec52.
  it.each([
    ['good', over(datagram), undefined],
    ['bad', over(patched(datagram, 6, '1234')), undefined],
    ['absent', over(patched(datagram, 6, '0000')), undefined],
    ['partial: the card completes it', over(patched(datagram, 6, 'ec52')), undefined],
    ['unverifiable', over(datagram).slice(0, -1), over(datagram).length],
    ['unverifiable', frame(ipv4Packet(17, datagram, 0x2000)), undefined],
    // The datagram's own length field contradicts the packet: there is nothing whole to sum up.
    ['unverifiable', over(patched(datagram, 4, '0064')), undefined],
  ])('%s', (state, bytes, originalLength) => {
    const decoded = decodeBytes(bytes, originalLength === undefined ? {} : { originalLength });
    expect(fieldTexts(decoded, 'udp.checksum.status')).toEqual([state]);
  });

  it('counts the final destination where a routing header has segments left', () => {
    const routing = (type: string, left: string, rest: string) =>
      frame6(
        ipv6Packet(43, join(`11 02 ${type} ${left} 00000000`, rest, udpDatagram(7000, hex('6869'), 'ipv6'))),
      );
    // The header's own destination as the last station: the sum stays good. Another one: it doesn't.
    const same = '20010db8000000010000000000000002';
    const other = '20010db8000000010000000000000003';
    const status = (bytes: Uint8Array) => fieldTexts(decodeBytes(bytes), 'udp.checksum.status');
    expect(status(routing('00', '01', same))).toEqual(['good']);
    expect(status(routing('00', '01', other))).toEqual(['bad']);
    expect(status(routing('04', '01', other))).toEqual(['bad']);
    expect(status(routing('00', '00', other))).toEqual(['good']);
    // RPL compresses its addresses; they are not taken apart.
    expect(status(routing('03', '01', other))).toEqual(['unverifiable']);
  });
});

describe('local checksum offload: the card completes an inner checksum, and the outer one is right for that', () => {
  const UDP_CHECKSUM = 14 + 20 + 6;
  /** From the frame's start: outer headers, VXLAN, inner frame and IPv4 header. */
  const INNER = 14 + 20 + 8 + 8 + 14 + 20;
  const PARTIAL = 'partial: the card completes it';
  const statuses = (bytes: Uint8Array) => fieldTexts(decodeBytes(bytes), 'udp.checksum.status');

  it('in captures of Linux, whatever is inside', async () => {
    for (const [name, field, expected] of [
      ['vxlan-in-vxlan', 'udp.checksum.status', [PARTIAL, PARTIAL]],
      ['vxlan-three-deep', 'udp.checksum.status', [PARTIAL, PARTIAL, 'good']],
    ] as const) {
      const packets = await readCapture(`fixtures/healthy/${name}.pcap`);
      const seen = packets.map(({ bytes }) => fieldTexts(decodeBytes(bytes), field));
      expect(seen).toContainEqual(expected);
      expect(seen.flat()).not.toContain('bad');
    }
  });

  it('as the card makes it good: the inner sum goes where the pseudo-header’s stood', () => {
    // What the card sends is good throughout; with the pseudo-header's sum in the inner field, it is what the sender hands to it.
    const sent = inUdp(join('08000000 00002a00', frame(ipv4Packet(17, datagram))), 4789);
    expect(statuses(sent)).toEqual(['good', 'good']);
    const handed = patched(sent, INNER + 6, 'ec52');
    expect(statuses(handed)).toEqual([PARTIAL, PARTIAL]);
    // A byte of the payload is the card's to count; one of a header before it was counted already.
    expect(statuses(patched(handed, handed.length - 1, '00'))).toEqual([PARTIAL, PARTIAL]);
    expect(statuses(patched(handed, INNER - 1, '03'))[0]).toBe('bad');
    expect(statuses(patched(handed, UDP_CHECKSUM, 'dead'))).toEqual(['bad', PARTIAL]);
    // The inner checksum is neither: nothing is left to the card, and the outer one is wrong.
    expect(statuses(patched(sent, INNER + 6, '1234'))).toEqual(['bad', 'bad']);
  });

  it('GRE’s checksum too', () => {
    const sent = ipv4Packet(17, datagram);
    const header = hex('8000 0800 0000 0000');
    viewOf(header).setUint16(4, 0xffff - fold(sumWords(viewOf(join(header, sent)), 0, 8 + sent.length)));
    const whole = frame(ipv4Packet(47, join(header, sent)));
    const status = (bytes: Uint8Array) => fieldTexts(decodeBytes(bytes), 'gre.checksum.status');
    expect(status(whole)).toEqual(['good']);
    expect(status(patched(whole, 14 + 20 + 8 + 20 + 6, 'ec52'))).toEqual([PARTIAL]);
    expect(status(patched(whole, 14 + 20 + 8 + 20 + 6, '1234'))).toEqual(['bad']);
  });
});

describe('lists that break off', () => {
  const solicitation = (options: string) => {
    const message = join('87 00 0000 00000000 20010db8000000010000000000000002', options);
    return frame6(ipv6Packet(58, message));
  };
  it.each([
    [
      'an option of length zero',
      '0100 020000000001',
      ['malformed 79 Neighbor Discovery option has length zero'],
    ],
    ['an option that goes beyond', '0102 020000000001', ['malformed 78 Neighbor Discovery option 16>8']],
    ['half an option', '0101 0200', ['malformed 78 Neighbor Discovery option 8>4']],
    ['whole ones', '0101 020000000001 0e01 010203040506', []],
  ])('%s of Neighbor Discovery', (_title, options, issues) => {
    expect(issuesText(decodeBytes(solicitation(options)).stack)).toEqual(issues);
  });

  it('a query of multicast listeners that counts more sources than it has', () => {
    const query = join('82 00 0000 0000 0000', '00'.repeat(16), '00 00 0002', 'ff'.repeat(16));
    expect(issuesText(decodeBytes(frame6(ipv6Packet(58, query))).stack)).toEqual([
      'malformed 54 MLDv2 query with its sources 60>44',
    ]);
  });
});

describe('the four kinds of doubt', () => {
  it.each([
    ['truncated', frame(ping).slice(0, 30), 60, 'eth:ip', ['truncated 14 IPv4 header 20>16']],
    [
      'truncated once, where the first length tells',
      inUdp(join('0000 0800', ping)).slice(0, 60),
      100,
      'eth:ip:udp:data',
      ['truncated 16 IPv4 total length 64>46'],
    ],
    [
      'malformed: too short on the wire',
      frame(ping).slice(0, 30),
      30,
      'eth:ip',
      ['malformed 14 IPv4 header 20>16'],
    ],
    [
      'malformed: header length',
      frame(patched(ping, 0, '44')),
      46,
      'eth:ip:data',
      ['malformed 14 IPv4 header length is below 20 bytes 20>16'],
    ],
    [
      'malformed: version',
      frame(patched(ping, 0, '55')),
      46,
      'eth:ip',
      ['malformed 14 IPv4 version is not 4'],
    ],
    [
      'malformed: total length below the header',
      frame(patched(ping, 2, '0010')),
      46,
      'eth:ip:data',
      ['malformed 16 IPv4 total length is below the header length 20>16'],
    ],
    [
      'malformed: total length beyond the packet',
      frame(patched(ping, 2, '0100')),
      46,
      'eth:ip:icmp:data',
      ['malformed 16 IPv4 total length 256>32'],
    ],
    [
      'malformed: UDP length below its header',
      frame(ipv4Packet(17, patched(datagram, 4, '0007'))),
      44,
      'eth:ip:udp:data',
      ['malformed 38 UDP length is below 8 bytes 8>7'],
    ],
    [
      'malformed: TCP data offset',
      frame(ipv4Packet(6, new Uint8Array(20))),
      54,
      'eth:ip:tcp',
      ['malformed 46 TCP data offset is below 20 bytes 20>0'],
    ],
    [
      'malformed: VXLAN without a valid VNI',
      inUdp(join('00000000 00002a00', frame(ping)), 4789),
      96,
      'eth:ip:udp port> vxlan:data',
      ['malformed 42 VXLAN I flag is not set: the VNI is not valid'],
    ],
    [
      'malformed: neither a length nor a type',
      ethernetFrame('05ff', ping),
      46,
      'eth:data',
      ['malformed 12 Ethernet type field is neither a length (1500 at most) nor a type (1536 at least)'],
    ],
    [
      'malformed: authentication header',
      frame6(ipv6Packet(51, hex('11 00 0000 00000001 00000001'))),
      66,
      'eth:ipv6:ah',
      ['malformed 55 authentication header length is below 12 bytes 12>8'],
    ],
    [
      'unsupported: IPX without LLC',
      ethernetFrame('0003', hex('ffff 00')),
      17,
      'eth:data',
      ['unsupported 14 IPX directly in an 802.3 frame is not decoded'],
    ],
  ])('%s', (_title, bytes, originalLength, layers, issues) => {
    const { stack } = decodeBytes(bytes, { originalLength });
    expect(layersText(stack)).toBe(layers);
    expect(issuesText(stack)).toEqual(issues);
  });

  it('unsupported: a link type', () => {
    const { stack } = decodeBytes(ping, { linkType: 147 });
    expect(layersText(stack)).toBe('data');
    expect(issuesText(stack)).toEqual(['unsupported 0 link type 147 is not decoded']);
  });

  it('gives issues their place in the packet, wherever the packet stands in its batch', () => {
    const packet = frame(ping).slice(0, 30);
    const batch = viewOf(join(new Uint8Array(1000), packet));
    const stack = new LayerStack();
    createDecoder().decode(batch, 1000, packet.length, 60, ETHERNET, stack);
    expect(stack.start(1)).toBe(1014);
    expect(stack.issue(0)).toEqual({
      code: 'truncated',
      layer: 1,
      offset: 14,
      needed: 20,
      available: 16,
      message: 'IPv4 header',
    });
  });
});

describe('limits', () => {
  const nested = (times: number) => {
    let packet = ping;
    for (let i = 0; i < times; i++) packet = ipv4Packet(4, packet);
    return frame(packet);
  };

  it(`follows tunnels to level ${MAX_LEVEL}`, () => {
    const { stack } = decodeBytes(nested(MAX_LEVEL));
    expect(stack.level(stack.count - 1)).toBe(MAX_LEVEL);
    expect(stack.describe(stack.count - 2).name).toBe('icmp');
    expect(issuesText(stack)).toEqual([]);
  });

  it('says that it follows no deeper', () => {
    const { stack } = decodeBytes(nested(MAX_LEVEL + 1));
    expect(stack.level(stack.count - 1)).toBe(MAX_LEVEL);
    expect(stack.describe(stack.count - 1).name).toBe('data');
    expect(issuesText(stack)).toEqual([
      `depth ${14 + 20 * (MAX_LEVEL + 1)} tunnels nested deeper than are decoded`,
    ]);
  });

  it(`follows ${MAX_LAYERS} layers, the last of them data`, () => {
    const tags = (count: number) =>
      ethernetFrame('8100', join('0001 8100 '.repeat(count - 1), '0001 0800', ping));
    const fits = decodeBytes(tags(MAX_LAYERS - 4)).stack;
    expect([fits.count, fits.describe(MAX_LAYERS - 1).name, fits.issueCount]).toEqual([
      MAX_LAYERS,
      'data',
      0,
    ]);
    const beyond = decodeBytes(tags(MAX_LAYERS - 3)).stack;
    expect([beyond.count, beyond.describe(MAX_LAYERS - 1).name]).toEqual([MAX_LAYERS, 'data']);
    expect(issuesText(beyond)).toEqual([expect.stringContaining('depth')]);
  });

  it('ends headers that name each other as the next', () => {
    const { stack } = decodeBytes(frame6(ipv6Packet(0, hex('00 00 000000000000'.repeat(200)))));
    expect(stack.count).toBe(MAX_LAYERS);
    expect(stack.hasIssue('depth')).toBe(true);
  });
});

describe('fragments', () => {
  it.each([
    [
      'a later IPv4 fragment is never read as transport',
      frame(ipv4Packet(17, datagram, 0x0001)),
      'eth:ip:data',
    ],
    ['a first one is', frame(ipv4Packet(17, datagram, 0x2000)), 'eth:ip:udp:data'],
    [
      'a first one that ends within the header is no fault',
      frame(ipv4Packet(17, hex('1b58'), 0x2000)),
      'eth:ip:udp',
    ],
    [
      'a first one with a datagram longer than it is neither',
      frame(ipv4Packet(17, patched(datagram, 4, '0500'), 0x2000)),
      'eth:ip:udp:data',
    ],
    [
      'a later IPv6 fragment',
      frame6(ipv6Packet(44, join('11 00 0008 00000001', datagram))),
      'eth:ipv6:ipv6.fraghdr:data',
    ],
    [
      'a first IPv6 fragment',
      frame6(ipv6Packet(44, join('11 00 0001 00000001', patched(datagram, 4, '0500')))),
      'eth:ipv6:ipv6.fraghdr:udp:data',
    ],
    [
      'a tunnel in a first fragment, and what it carries',
      frame(ipv4Packet(4, ping, 0x2000)),
      'eth:ip protocol> ip:icmp:data',
    ],
  ])('%s', (_title, bytes, layers) => {
    const { stack } = decodeBytes(bytes);
    expect(layersText(stack)).toBe(layers);
    expect(issuesText(stack)).toEqual([]);
  });

  it('can verify a whole packet that a fragment carries', () => {
    const decoded = decodeBytes(frame(ipv4Packet(4, ping, 0x2000)));
    expect(fieldTexts(decoded, 'icmp.checksum.status')).toEqual(['good']);
  });
});

describe('lengths that are left to the card', () => {
  it.each([
    ['IPv4 total length 0', frame(patched(ipv4Packet(17, datagram), 2, '0000')), 'eth:ip:udp:data'],
    ['IPv6 payload length 0', frame6(patched(ipv6Packet(17, datagram), 4, '0000')), 'eth:ipv6:udp:data'],
    ['UDP length 0', frame(ipv4Packet(17, patched(datagram, 4, '0000'))), 'eth:ip:udp:data'],
  ])('%s means up to the end', (_title, bytes, layers) => {
    const { stack } = decodeBytes(bytes);
    expect(layersText(stack)).toBe(layers);
    expect(stack.layerEnd(stack.count - 1)).toBe(bytes.length);
    expect(issuesText(stack)).toEqual([]);
  });

  it('IPv6 payload length 0 where no header follows is nothing, and what stands behind it is padding', () => {
    expect(layersText(decodeBytes(frame6(join(ipv6Packet(59, hex('')), '000000000000'))).stack)).toBe(
      'eth:ipv6',
    );
  });
});

describe('padding is never payload', () => {
  it.each([
    ['behind IPv4', join(frame(ping), '000000')],
    ['behind IPv4 in IPv4', join(frame(ipv4Packet(4, join(ping, '0000'))), '000000')],
    ['behind UDP', frame(ipv4Packet(1, echoRequest()))],
  ])('%s', (_title, bytes) => {
    const decoded = decodeBytes(bytes);
    expect(fieldTexts(decoded, 'data.data')).toEqual(['70696e67']);
  });
});

describe('versions', () => {
  it.each([
    ['IPv6 where IPv4 was announced', ethernetFrame('0800', ipv6Packet(17, datagram)), 'eth:ipv6:udp:data'],
    // "Bogus IPv6 version" to tshark.
    ['IPv4 where IPv6 was announced', ethernetFrame('86dd', ping), 'eth:data'],
    ['IPv6 as protocol 4', frame(ipv4Packet(4, ipv6Packet(59, hex('')))), 'eth:ip protocol> ipv6'],
    ['IPv4 as protocol 41', frame6(ipv6Packet(41, ping)), 'eth:ipv6:data'],
  ])('%s', (_title, bytes, layers) => {
    expect(layersText(decodeBytes(bytes).stack)).toBe(layers);
  });
});

describe('quotations', () => {
  const unreachable = (quoted: Uint8Array) => frame(ipv4Packet(1, join('03 03 0000 00000000', quoted)));
  const unreachable6 = (quoted: Uint8Array) => frame6(ipv6Packet(58, join('01 04 0000 00000000', quoted)));
  const tunneled = ipv4Packet(17, udpDatagram(4789, join('08000000 00002a00', frame(ping))));

  it('cut at any byte are no issue', () => {
    for (let length = 0; length <= tunneled.length; length++) {
      const { stack } = decodeBytes(unreachable(tunneled.slice(0, length)));
      expect(issuesText(stack), `quoted ${length}`).toEqual([]);
    }
    const six = ipv6Packet(17, udpDatagram(4789, join('08000000 00002a00', frame(ping)), 'ipv6'));
    for (let length = 0; length <= six.length; length++) {
      expect(issuesText(decodeBytes(unreachable6(six.slice(0, length))).stack), `quoted ${length}`).toEqual(
        [],
      );
    }
  });

  it('are no tunnels', () => {
    const { stack } = decodeBytes(unreachable(tunneled));
    expect(layersText(stack)).toBe('eth:ip:icmp "ip:udp:vxlan:eth:ip:icmp:data"');
    expect(stack.level(stack.count - 1)).toBe(0);
    expect(stack.by(5)).toBe('');
  });

  it('within a tunnel stay on its level', () => {
    const { stack } = decodeBytes(frame(ipv4Packet(4, unreachable(tunneled).slice(14))));
    expect(layersText(stack)).toBe('eth:ip protocol> ip:icmp "ip:udp:vxlan:eth:ip:icmp:data"');
    expect(stack.level(stack.count - 1)).toBe(1);
  });

  it('of ICMPv6 errors too', () => {
    const { stack } = decodeBytes(unreachable6(ipv6Packet(17, datagram)));
    expect(layersText(stack)).toBe('eth:ipv6:icmpv6 "ipv6:udp:data"');
  });
});
