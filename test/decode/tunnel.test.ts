import { describe, expect, it } from 'vitest';
import { deepestLevel, firstLayerOf, networkLayerOf, tunnelKind } from '../../src/decode/tunnel.ts';
import { echoRequest, ethernetFrame, inUdp, ipv4Packet, ipv6Packet, join } from '../support/build.ts';
import { decodeBytes } from '../support/decoding.ts';

const ping = ipv4Packet(1, echoRequest());
const six = ipv6Packet(59, new Uint8Array());
const vxlan = (frame: Uint8Array) => inUdp(join('08000000 00002a00', frame), 4789);

describe('what kind of tunnel opens a level', () => {
  it.each([
    ['ipip', ethernetFrame('0800', ipv4Packet(4, ping))],
    ['6in4', ethernetFrame('0800', ipv4Packet(41, six))],
    ['4in6', ethernetFrame('86dd', ipv6Packet(4, ping))],
    ['6in6', ethernetFrame('86dd', ipv6Packet(41, six))],
    ['4in6', ethernetFrame('86dd', ipv6Packet(60, join('04 00 010400000000', ping)))],
    ['raw', inUdp(ping)],
    ['eth', inUdp(ethernetFrame('0800', ping))],
    ['tunpi', inUdp(join('0000 0800', ping))],
    ['vxlan', vxlan(ethernetFrame('0800', ping))],
  ])('%s', (kind, bytes) => {
    const { stack } = decodeBytes(bytes);
    expect(deepestLevel(stack)).toBe(1);
    expect(tunnelKind(stack, firstLayerOf(stack, 1))).toBe(kind);
  });
});

describe('the network layer of a level', () => {
  it('is the last one of it: behind two, the inner', () => {
    const { stack } = decodeBytes(vxlan(ethernetFrame('0800', ipv4Packet(4, ping))));
    expect([0, 1, 2, 3].map((level) => networkLayerOf(stack, level))).toEqual([1, 5, 6, -1]);
  });

  it('is none that an error quotes', () => {
    const { stack } = decodeBytes(ethernetFrame('0800', ipv4Packet(1, join('03 03 0000 00000000', ping))));
    expect(networkLayerOf(stack, 0)).toBe(1);
  });
});
