/** Fixtures recorded anew: what is on them is what is on those that are kept. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { createDecoder } from '../../../src/decode/decoder.ts';
import { LayerStack } from '../../../src/decode/layer-stack.ts';
import { loadRecordings, record } from '../../../src/lab/network/record.ts';
import { ByteWriter } from '../../../src/output/byte-writer.ts';
import { PacketRecord } from '../../../src/output/printer.ts';
import { compileMask } from '../../../src/snapshot/mask.ts';
import { createSnapshotPrinter } from '../../../src/snapshot/snapshot-printer.ts';
import { verifyCapture } from '../../../src/verdict/verify.ts';
import { missingForLiveCapture, missingForNamespaces, skipNote } from '../../support/lab.ts';
import { labName, makeableNetworks } from '../../support/networks.ts';

const missing = missingForLiveCapture() ?? missingForNamespaces('nft', 'sysctl');

/** Besides what is drawn anew each time: numbers of devices, and which port's hardware address the bridge took over. */
const MASK = ['volatile', 'sll.ifindex', 'sll.pkttype'];
/** Who asks for an address, or tells of itself, does so when it is time to. */
const BACKGROUND = /^ *(arp|ipv6\.hopopts) |^ *ip .* dst=224\.|^ *icmpv6 type=(133|134|135|136|143) /m;
/** Of errors the kernel sends only so many in a second: the first one is sure. */
const LATER_ERROR = /^ *icmp type=(3|11) [\s\S]* type=8 .* seq=([2-9]|\d\d)/m;

/** Each packet's text, once: a bridge hands one on to all its ports where it has forgotten an address. */
async function bodiesOf(file: string): Promise<string[]> {
  const source = await openCaptureFile(file);
  const decoder = createDecoder({ decodeAs: [] });
  const stack = new LayerStack();
  const packet = new PacketRecord(stack, source.interfaces);
  const printer = createSnapshotPrinter(compileMask(MASK), MASK);
  const body = new ByteWriter();
  const bodies: string[] = [];
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    const { view, start, capturedLength, originalLength, interfaceIndex } = batch;
    for (let i = 0; i < batch.count; i++) {
      packet.advance(batch, i);
      const { linkType } = source.interfaces[interfaceIndex[i]];
      decoder.decode(view, start[i], capturedLength[i], originalLength[i], linkType, stack);
      body.clear();
      printer.body(body, packet);
      bodies.push(body.toString());
    }
  }
  await source.close();
  const own = bodies.filter((text) => !BACKGROUND.test(text) && !LATER_ERROR.test(text));
  return [...new Set(own)].sort();
}

/** Whether it is found hangs on the slowest reply's time, which a busy machine makes long. */
const OF_THE_CLOCK = 'capture-ended-early';

async function judge(file: string) {
  const source = await openCaptureFile(file);
  const { verdict, requests, answered, findings } = await verifyCapture(source);
  await source.close();
  const codes = findings.map(({ code }) => code).filter((code) => code !== OF_THE_CLOCK);
  return { verdict, requests, answered, codes: codes.sort() };
}

const recordings = loadRecordings();
const files = recordings.flatMap(({ captures }) => captures.map(({ file }) => file));

describe.skipIf(missing !== undefined)(`fixtures recorded anew${skipNote(missing)}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-record-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(async () => {
    const { names } = await makeableNetworks();
    expect(recordings.filter(({ network }) => !names.includes(network))).toEqual([]);
    await record(recordings, folder, { prefix: labName('r') });
  });

  it.each(files)('%s', async (file) => {
    const [kept, fresh] = [join('fixtures', file), join(folder, file)];
    expect(await judge(fresh)).toEqual(await judge(kept));
    expect(await bodiesOf(fresh)).toEqual(await bodiesOf(kept));
  });
});
