/** Hand-read packets, whole and cut at every byte. */
import { describe, expect, it } from 'vitest';
import { summaryText } from '../../src/decode/format.ts';
import type { LayerStack } from '../../src/decode/layer-stack.ts';
import { protocols } from '../../src/decode/registry.ts';
import { decodeBytes, fieldTexts, issuesText, layersText } from '../support/decoding.ts';
import { handRead } from './hand-read.ts';

describe('hand-read packets', () => {
  it.each(handRead)('$name', ({ bytes, linkType, layers, fields, summaries = {} }) => {
    const decoded = decodeBytes(bytes, { linkType });
    const { stack, view } = decoded;
    expect(layersText(stack)).toBe(layers);
    expect(issuesText(stack)).toEqual([]);
    const found = Object.fromEntries(Object.keys(fields).map((name) => [name, fieldTexts(decoded, name)]));
    expect(found).toEqual(fields);
    const told = Object.fromEntries(
      Object.keys(summaries).map((name) => {
        const layer = Array.from({ length: stack.count }, (_, i) => i).find(
          (i) => stack.describe(i).name === name,
        );
        return [name, summaryText(view, stack, layer as number)];
      }),
    );
    expect(told).toEqual(summaries);
  });

  it('meet every protocol', () => {
    const met = new Set(handRead.flatMap(({ layers }) => layers.split(/[ :">]+/)));
    expect(protocols.map(({ name }) => name).filter((name) => !met.has(name))).toEqual([]);
  });
});

/** Where the last byte is that some length field or header asks for: short of it, something is missing. */
function neededBytes(stack: LayerStack): number {
  let needed = 0;
  for (let layer = 0; layer < stack.count; layer++) {
    const { name } = stack.describe(layer);
    if (name === 'data') continue;
    const hasLength = ['ip', 'ipv6', 'udp', 'arp', 'llc', 'pppoes', 'pppoed', 'l2tp', 'gtp'].includes(name);
    needed = Math.max(needed, hasLength ? stack.layerEnd(layer) : stack.payload(layer));
  }
  return needed;
}

/** Whether something is known by its bytes alone, in nothing that has a length: cut short, it is data and nobody can tell. */
function isUnbounded(stack: LayerStack): boolean {
  const guess = Array.from({ length: stack.count }, (_, layer) => stack.by(layer)).indexOf('guess');
  return guess > 0 && stack.networkBefore(guess) < 0;
}

/** Layers that a packet cut at `length` must still have: headers that are whole, up to a guess, which needs the whole packet. */
function wholeLayers(stack: LayerStack, length: number): number {
  for (let layer = 0; layer < stack.count; layer++) {
    if (stack.describe(layer).name === 'data' || stack.by(layer) === 'guess') return layer;
    if (stack.payload(layer) > length) return layer;
    // How much stands before L2TP's frame, the frame's own bytes prove.
    if (stack.describe(layer).name === 'l2tp' && stack.describe(layer + 1).name === 'eth') return layer;
  }
  return stack.count;
}

function places(stack: LayerStack, layers: number): string[] {
  return Array.from(
    { length: layers },
    (_, i) =>
      `${stack.describe(i).name} ${stack.start(i)} ${stack.headerLength(i)} ${stack.level(i)} ${stack.by(i)}`,
  );
}

describe.each(handRead)('every prefix of: $name', ({ bytes, linkType }) => {
  const whole = decodeBytes(bytes, { linkType }).stack;
  const needed = neededBytes(whole);
  const unbounded = isUnbounded(whole);
  const lengths = Array.from({ length: bytes.length }, (_, length) => length);

  it('keeps the layers before the cut', () => {
    for (const length of lengths) {
      const cut = decodeBytes(bytes.slice(0, length), { linkType, originalLength: bytes.length }).stack;
      const kept = wholeLayers(whole, length);
      expect(places(cut, kept), `cut at ${length}`).toEqual(places(whole, kept));
    }
  });

  it.each([
    { code: 'truncated', title: 'where the capture has cut it', originalLength: bytes.length },
    { code: 'malformed', title: 'where it was that short on the wire', originalLength: undefined },
  ] as const)('is $code $title', ({ code, originalLength }) => {
    for (const length of lengths) {
      const cut = bytes.slice(0, length);
      const { stack } = decodeBytes(
        cut,
        originalLength === undefined ? { linkType } : { linkType, originalLength },
      );
      const codes = Array.from({ length: stack.issueCount }, (_, i) => stack.issueCode(i));
      const expected = length < needed && !(unbounded && codes.length === 0) ? [code] : [];
      expect([...new Set(codes)], `cut at ${length}`).toEqual(expected);
    }
  });

  it('reads every field of every prefix without leaving its bytes', () => {
    for (const length of lengths) {
      const decoded = decodeBytes(bytes.slice(0, length), { linkType, originalLength: bytes.length });
      const { stack, view } = decoded;
      for (let layer = 0; layer < stack.count; layer++) {
        expect(stack.layerEnd(layer)).toBeLessThanOrEqual(length);
        expect(stack.payload(layer)).toBeLessThanOrEqual(stack.layerEnd(layer));
        for (const field of stack.describe(layer).fields) {
          fieldTexts(decoded, field.filter ?? `${stack.describe(layer).name}.${field.key}`);
        }
        summaryText(view, stack, layer);
      }
    }
  });
});
