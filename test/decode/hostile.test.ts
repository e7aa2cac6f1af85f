/** Packets that lie: nothing throws, nothing hangs, nothing leaves its bytes, and nothing unprintable comes out. */
import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../src/decode/decoder.ts';
import { fieldText, summaryText } from '../../src/decode/format.ts';
import { LayerStack, MAX_ISSUES, MAX_LAYERS, MAX_LEVEL } from '../../src/decode/layer-stack.ts';
import {
  type CapturedPacket,
  generatedCaptures,
  labCaptures,
  programCaptures,
  readCapture,
  streamCaptures,
} from '../support/captures.ts';
import { mutated, seeded } from '../support/mutations.ts';

const PRINTABLE = /^[\x20-\x7e…’‘]*$/;
const decoder = createDecoder();

/** Decodes, reads every field and summary, and checks what must always hold; answers a complaint or undefined. */
function complaint(packet: CapturedPacket, stack: LayerStack): string | undefined {
  const { view, bytes, originalLength, linkType } = packet;
  decoder.decode(view, 0, bytes.length, originalLength, linkType, stack);
  if (stack.count > MAX_LAYERS || stack.issueCount > MAX_ISSUES) return 'too many layers or issues';
  if (bytes.length > 0 && stack.count === 0) return 'bytes without a layer';
  for (let layer = 0; layer < stack.count; layer++) {
    const start = stack.start(layer);
    if (start < 0 || stack.payload(layer) > stack.layerEnd(layer) || stack.layerEnd(layer) > bytes.length) {
      return `layer ${layer} leaves its bytes`;
    }
    if (layer > 0) {
      if (start !== stack.payload(layer - 1)) return `layer ${layer} is not where the one before it ends`;
      if (stack.layerEnd(layer) > stack.layerEnd(layer - 1)) return `layer ${layer} goes beyond its parent`;
      const rise = stack.level(layer) - stack.level(layer - 1);
      if (rise !== (stack.by(layer) === '' ? 0 : 1)) return `layer ${layer} is on the wrong level`;
    }
    if (stack.level(layer) > MAX_LEVEL) return 'too deep';
    const { fields } = stack.describe(layer);
    for (const field of fields) {
      let wrong: string | undefined;
      const look = (at: number): void => {
        if (field.when?.(view, at, stack, layer) === false) return;
        const text = fieldText(field, view, at, stack, layer);
        if (!PRINTABLE.test(text)) wrong = `${field.key} prints ${JSON.stringify(text)}`;
      };
      if (field.each === undefined) look(start);
      else field.each(view, start, stack, layer, look);
      if (wrong !== undefined) return wrong;
    }
    if (!PRINTABLE.test(summaryText(view, stack, layer))) return 'unprintable summary';
  }
  for (let i = 0; i < stack.issueCount; i++) {
    const { offset, layer } = stack.issue(i);
    if (offset < 0 || offset > bytes.length || layer > stack.count) return 'an issue out of place';
  }
  return undefined;
}

describe('packets that lie', () => {
  it('sixty thousand of them', async () => {
    const packets = (
      await Promise.all(
        [...labCaptures, ...generatedCaptures, ...programCaptures, ...streamCaptures].map(readCapture),
      )
    ).flat();
    const random = seeded(2);
    const stack = new LayerStack();
    for (let i = 0; i < 60_000; i++) {
      const packet = mutated(packets[i % packets.length] as CapturedPacket, random);
      const found = complaint(packet, stack);
      if (found !== undefined) {
        expect.fail(`${found}: link type ${packet.linkType}, ${Buffer.from(packet.bytes).toString('hex')}`);
      }
    }
  });

  it('takes bounded time for the worst that a packet can ask for', () => {
    // 64 KiB of hop-by-hop headers, and of nested tunnels: both end at their limits.
    const stack = new LayerStack();
    const bytes = new Uint8Array(65535);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 0x60000000);
    view.setUint16(4, 65535 - 40);
    const began = performance.now();
    for (let i = 0; i < 10_000; i++) decoder.decode(view, 0, bytes.length, bytes.length, 229, stack);
    // A few microseconds each; a thousand times that would be a loop over the bytes.
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(stack.count).toBe(MAX_LAYERS);
  });
});
