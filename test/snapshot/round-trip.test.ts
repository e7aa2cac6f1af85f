/** What the printer writes is what the reader takes: every kind of header that the fixtures have, and text that needs escapes. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { protocols } from '../../src/decode/registry.ts';
import { compileMask } from '../../src/snapshot/mask.ts';
import { parseLayers, readSnapshot } from '../../src/snapshot/snapshot-file.ts';
import { createSnapshotPrinter } from '../../src/snapshot/snapshot-printer.ts';
import { printCapture } from '../support/printing.ts';

const FOLDER = 'fixtures/generated';
const names = new Set([...protocols.map(({ name }) => name), 'frame', 'issue']);

it.each(readdirSync(FOLDER).filter((name) => name.endsWith('.pcap')))('%s', async (name) => {
  const text = await printCapture(join(FOLDER, name), createSnapshotPrinter(compileMask([]), []));
  expect(text).toMatch(/^[ -~\n]*$/);
  const { packets } = readSnapshot(text.trimEnd().split('\n').values(), name);
  let again = 'tunnelscope-snapshot 1\n';
  for (let next = packets.next(); next.done !== true; next = packets.next()) {
    const { number, body } = next.value;
    again += `packet ${number}\n${body}`;
    const layers = parseLayers(body);
    for (const layer of layers) expect(names).toContain(layer.name);
    // Nothing of a line is passed over.
    const values = body
      .trimEnd()
      .split('\n')
      .map((line) => line.trim());
    const written = layers.map((layer) =>
      [
        layer.name,
        ...[...layer.fields].map(([key, value]) => `${key.replace(/\[\d+\]$/, '')}=${value}`),
      ].join(' '),
    );
    expect(written).toEqual(values);
  }
  expect(again).toBe(text);
});
