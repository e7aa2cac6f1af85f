/** The fast path against the general loop, word by word: one is an accelerator of the other, and nothing else. */
import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../src/decode/decoder.ts';
import { LAYER_WORDS, LayerStack, MAX_LEVEL } from '../../src/decode/layer-stack.ts';
import { echoRequest, ethernetFrame, inUdp, ipv4Packet, join } from '../support/build.ts';
import {
  type CapturedPacket,
  generatedCaptures,
  labCaptures,
  programCaptures,
  readCapture,
  streamCaptures,
} from '../support/captures.ts';
import { ETHERNET, issuesText, layersText, viewOf } from '../support/decoding.ts';
import { mutated, rounds, seeded } from '../support/mutations.ts';
import { handRead } from './hand-read.ts';

const LYING = rounds(150_000, 1_000_000);

const decodeAs = [{ table: 'udp.port', value: 9000, name: 'raw' }] as const;
const pairs = [{}, { decodeAs }].map((options) => ({
  fast: createDecoder(options),
  general: createDecoder({ ...options, fastPath: false }),
  fastStack: new LayerStack(),
  generalStack: new LayerStack(),
}));

/** What differs between the two, or undefined. */
function difference(packet: CapturedPacket): string | undefined {
  const { view, bytes, originalLength, linkType } = packet;
  for (const { fast, general, fastStack, generalStack } of pairs) {
    fast.decode(view, 0, bytes.length, originalLength, linkType, fastStack);
    general.decode(view, 0, bytes.length, originalLength, linkType, generalStack);
    let same = fastStack.count === generalStack.count && fastStack.issueCount === generalStack.issueCount;
    for (let i = 0; same && i < fastStack.count * LAYER_WORDS; i++) {
      same = fastStack.words[i] === generalStack.words[i];
    }
    for (let i = 0; same && i < fastStack.issueCount; i++) {
      same = JSON.stringify(fastStack.issue(i)) === JSON.stringify(generalStack.issue(i));
    }
    if (!same) {
      return [
        Buffer.from(bytes).toString('hex'),
        `fast: ${layersText(fastStack)} ${issuesText(fastStack)}`,
        `general: ${layersText(generalStack)} ${issuesText(generalStack)}`,
      ].join('\n');
    }
  }
  return undefined;
}

function packetOf(bytes: Uint8Array, linkType = ETHERNET, originalLength = bytes.length): CapturedPacket {
  return { number: 1, bytes, view: viewOf(bytes), originalLength, linkType };
}

async function allPackets(): Promise<CapturedPacket[]> {
  const paths = [...labCaptures, ...generatedCaptures, ...programCaptures, ...streamCaptures];
  const captures = await Promise.all(paths.map(readCapture));
  return [...captures.flat(), ...handRead.map(({ bytes, linkType }) => packetOf(bytes, linkType))];
}

function* prefixes({ bytes, linkType }: CapturedPacket): Generator<CapturedPacket> {
  for (let length = 0; length <= Math.min(bytes.length, 200); length++) {
    yield packetOf(bytes.slice(0, length), linkType);
    yield packetOf(bytes.slice(0, length), linkType, bytes.length);
  }
}

describe('the fast path finds what the general loop finds', () => {
  it('in every fixture, whole and cut at every byte', async () => {
    for (const packet of await allPackets()) {
      expect(difference(packet)).toBeUndefined();
      for (const cut of prefixes(packet)) {
        const found = difference(cut);
        if (found !== undefined) expect.fail(found);
      }
    }
  });

  it('at every depth of nesting', () => {
    const ping = ipv4Packet(1, echoRequest());
    const wraps: readonly ((packet: Uint8Array) => Uint8Array)[] = [
      (packet) => ipv4Packet(4, packet),
      (packet) => inUdp(join('0000 0800', packet)).slice(14),
      (packet) => inUdp(packet).slice(14),
      (packet) => inUdp(join('08000000 00002a00', ethernetFrame('0800', packet)), 4789).slice(14),
    ];
    for (const wrap of wraps) {
      let packet = ping;
      for (let depth = 0; depth <= MAX_LEVEL + 2; depth++) {
        expect(difference(packetOf(ethernetFrame('0800', packet)))).toBeUndefined();
        packet = wrap(packet);
      }
    }
    // All mixed, so that the limits on levels and on layers are met at every kind of layer.
    for (let mix = 0; mix < 4 ** 4; mix++) {
      let packet = ping;
      for (let i = 0; i < 16; i++)
        packet = (wraps[(mix >> ((i % 4) * 2)) & 3] as (p: Uint8Array) => Uint8Array)(packet);
      if (packet.length > 1500) continue;
      expect(difference(packetOf(ethernetFrame('0800', packet)))).toBeUndefined();
    }
  });

  it(`in ${LYING} packets that lie`, async () => {
    const packets = await allPackets();
    const random = seeded(1);
    for (let i = 0; i < LYING; i++) {
      const packet = mutated(packets[i % packets.length] as CapturedPacket, random);
      const found = difference(packet);
      if (found !== undefined) expect.fail(found);
    }
  });
});
