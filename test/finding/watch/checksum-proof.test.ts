/** The checksums' proof against the protocols' own descriptions: what it calls good, none of them calls bad. */
import { describe, expect, it } from 'vitest';
import { CHECKSUM } from '../../../src/decode/checksum.ts';
import { createDecoder } from '../../../src/decode/decoder.ts';
import { LayerStack } from '../../../src/decode/layer-stack.ts';
import { createChecksumProof } from '../../../src/finding/watch/checksum-proof.ts';
import { type CapturedPacket, generatedCaptures, labCaptures, readCapture } from '../../support/captures.ts';
import { mutated, seeded } from '../../support/mutations.ts';

const isGood = createChecksumProof();
const { decode } = createDecoder();
const stack = new LayerStack();

/** The echo header's layer, or -1. */
function decodeEcho({ view, bytes, originalLength, linkType }: CapturedPacket): number {
  decode(view, 0, bytes.length, originalLength, linkType, stack);
  for (let layer = stack.count - 1; layer > 0; layer--) {
    if (stack.isQuoted(layer)) return -1;
    const { name } = stack.describe(layer);
    const type = name === 'icmp' ? [0, 8] : name === 'icmpv6' ? [128, 129] : [];
    if (type.length > 0) return type.includes(view.getUint8(stack.start(layer))) ? layer : -1;
  }
  return -1;
}

/** Protocols up to the echo header whose checksum their descriptions call bad. */
function badLayers(view: DataView, echo: number): string[] {
  const found: string[] = [];
  for (let layer = 0; layer <= echo; layer++) {
    const status = stack.describe(layer).fields.find(({ key }) => key === 'checksum.status')?.read;
    if (status?.(view, stack.start(layer), stack, layer) === CHECKSUM.bad)
      found.push(stack.describe(layer).name);
  }
  return found;
}

describe('no packet that is proven good has a bad checksum', () => {
  it.each([...labCaptures, ...generatedCaptures])('%s, as it is and with bytes changed', async (path) => {
    const random = seeded(7);
    for (const packet of await readCapture(path)) {
      for (let turn = 0; turn < 40; turn++) {
        const changed = turn === 0 ? packet : mutated(packet, random);
        const echo = decodeEcho(changed);
        if (echo > 0 && isGood(changed.view, stack, echo)) expect(badLayers(changed.view, echo)).toEqual([]);
      }
    }
  });
});

describe('pings that are as they should be are proven good', () => {
  it.each(['socat', 'vxlan', 'ipip', 'vxlan-device', 'generated/icmpv6'])('%s', async (name) => {
    const path = `fixtures/${name}.pcap`;
    let pings = 0;
    for (const packet of await readCapture(path)) {
      const echo = decodeEcho(packet);
      if (echo < 0 || badLayers(packet.view, echo).length > 0) continue;
      pings++;
      expect(isGood(packet.view, stack, echo), `packet ${packet.number}`).toBe(true);
      // One bit of what the message's own checksum covers.
      const last = stack.layerEnd(echo) - 1;
      packet.bytes[last] = (packet.bytes[last] as number) ^ 1;
      expect(isGood(packet.view, stack, echo)).toBe(false);
    }
    expect(pings).toBeGreaterThan(0);
  });
});
