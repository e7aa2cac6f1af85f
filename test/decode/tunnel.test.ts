import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { createDecoder } from '../../src/decode/decoder.ts';
import { LayerStack } from '../../src/decode/layer-stack.ts';
import {
  deepestLevel,
  firstLayerOf,
  namingLayer,
  networkLayerOf,
  tunnelKind,
  tunnelKinds,
} from '../../src/decode/tunnel.ts';
import { batches } from '../../src/library/sources.ts';
import type { CaptureInterface } from '../../src/packet/source.ts';
import { echoRequest, ethernetFrame, inUdp, ipv4Packet, ipv6Packet, join } from '../support/build.ts';
import { generatedCaptures, labCaptures } from '../support/captures.ts';
import { decodeBytes } from '../support/decoding.ts';

const { decode } = createDecoder();
const stack = new LayerStack();

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
    const { view, stack } = decodeBytes(bytes);
    expect(deepestLevel(stack)).toBe(1);
    expect(tunnelKind(view, stack, firstLayerOf(stack, 1))).toBe(kind);
  });
});

describe('the list of kinds', () => {
  it('has every one that opens a level in the captures, with ports and identifiers where it says so', async () => {
    const known = new Map(tunnelKinds.map((one) => [one.name, one]));
    const seen = new Set<string>();
    for (const path of [...labCaptures, ...generatedCaptures]) {
      const source = await openCaptureFile(path);
      for await (const batch of batches(source)) {
        for (let i = 0; i < batch.count; i++) {
          const { linkType } = source.interfaces[batch.interfaceIndex[i] as number] as CaptureInterface;
          const [start, length] = [batch.start[i] as number, batch.capturedLength[i] as number];
          decode(batch.view, start, length, batch.originalLength[i] as number, linkType, stack);
          for (let level = 1; level <= deepestLevel(stack); level++) {
            const layer = firstLayerOf(stack, level);
            const kind = tunnelKind(batch.view, stack, layer);
            // A header that can't be read: no ping comes through that.
            if (kind === 'data') continue;
            seen.add(kind);
            expect(known.has(kind), kind).toBe(true);
            if (stack.describe(layer - 1).name === 'udp') expect(known.get(kind)?.isInUdp, kind).toBe(true);
            const { identifier } = stack.describe(namingLayer(stack, layer));
            expect(known.get(kind)?.identifier, kind).toBe(identifier?.name);
          }
        }
      }
    }
    expect(seen.size).toBeGreaterThan(10);
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
