import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../../../src/capture/file/open-capture.ts';
import { createPrinter, type PrinterOptions } from '../../../../src/cli/commands/show/create-printer.ts';
import { createPrintBatch } from '../../../../src/cli/commands/show/print-batch.ts';
import { ThreadedPrinting } from '../../../../src/cli/commands/show/threaded-printing.ts';
import { createDecoder } from '../../../../src/decode/decoder.ts';
import { LayerStack } from '../../../../src/decode/layer-stack.ts';
import { ByteWriter } from '../../../../src/output/byte-writer.ts';
import { PacketRecord } from '../../../../src/output/printer.ts';
import { echoRequest, ethernetFrame, inUdp, ipv4Packet, patched } from '../../../support/build.ts';
import { printCapture } from '../../../support/printing.ts';

const PACKETS = 40_000;
const ping = inUdp(ipv4Packet(1, echoRequest()));
/** Of 255.255.255.254 and .253: the columns widen. */
const wide = patched(patched(ping, 26, 'fffffffe'), 30, 'fffffffd');
const fragment = ethernetFrame('0800', ipv4Packet(17, new Uint8Array(16), 0x2000));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(joinPath(tmpdir(), 'threaded-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A pcap file with nanoseconds, of pings but for one packet; from that one on, times are odd. */
function capture(name: string, odd: Uint8Array, at: number): string {
  const parts: Uint8Array[] = [Buffer.from('4d3cb2a10200040000000000000000000000040001000000', 'hex')];
  for (let i = 0; i < PACKETS; i++) {
    const packet = i === at ? odd : ping;
    const header = Buffer.alloc(16);
    header.writeUInt32LE(1_700_000_000 + (i >> 10), 0);
    header.writeUInt32LE((i & 1023) * 1000 + (i < at ? 0 : 1), 4);
    header.writeUInt32LE(packet.length, 8);
    header.writeUInt32LE(packet.length, 12);
    parts.push(header, packet);
  }
  const path = joinPath(folder, name);
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

/** Everything that two threads print of a file, and what this one is left alone with. */
async function inThreads(path: string, options: PrinterOptions) {
  const source = await openCaptureFile(path);
  const printer = await createPrinter(options);
  const printing = { decoder: createDecoder(), printer, reassembly: true };
  const out = new ByteWriter();
  const printBatch = createPrintBatch(printing, source.interfaces, out);
  const record = new PacketRecord(new LayerStack(), source.interfaces);
  let printed = '';
  const take = (bytes: Uint8Array) => {
    printed += Buffer.from(bytes).toString('latin1');
  };
  const first = await source.next();
  if (first === undefined) throw new Error('no packets');
  printBatch(first, first.count, record.position);
  take(out.take());
  for (let i = 0; i < first.count; i++) record.advance(first, i);
  const alone: number[] = [];
  const threaded = new ThreadedPrinting(
    source,
    {
      printing,
      options: { printer: options, decodeAs: [], reassembly: true },
      write: take,
      goOnAlone: async (batch, before) => {
        alone.push(before.number, batch.count);
      },
      program: resolve('dist/library/print-thread.js'),
    },
    record.position,
  );
  await threaded.started;
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    if (threaded.isOver) alone.push(batch.count);
    else await threaded.take(batch, batch.count);
  }
  await threaded.end();
  await source.close();
  return { printed, alone, threaded };
}

describe('two threads', () => {
  it.each<PrinterOptions>([
    { format: 'line' },
    { format: 'line', times: 'ad' },
    { format: 'json' },
    { format: 'fields', field: ['frame.number', 'frame.time_delta', 'ip.src', 'icmp.seq'] },
  ])('print $format as one does, where widths and times change on the way', async (options) => {
    const path = capture('odd.pcap', wide, PACKETS - 15_000);
    const { printed, threaded } = await inThreads(path, options);
    expect(printed === (await printCapture(path, await createPrinter(options)))).toBe(true);
    expect(threaded.printedThere).toBeGreaterThan(0);
  });

  it('leave all from a fragment’s batch on to one', async () => {
    const path = capture('fragment.pcap', fragment, PACKETS - 15_000);
    const { printed, alone, threaded } = await inThreads(path, { format: 'line' });
    const lines = (await printCapture(path, await createPrinter({ format: 'line' }))).split('\n');
    const [before = 0, ...counts] = alone;
    expect(printed).toBe(`${lines.slice(0, before).join('\n')}\n`);
    expect(before).toBeLessThan(PACKETS - 15_000);
    expect(threaded.isOver).toBe(true);
    expect(counts.length).toBeGreaterThan(0);
  });

  it('are one where the other can’t be started', async () => {
    const path = capture('plain.pcap', ping, 0);
    const source = await openCaptureFile(path);
    const options = { format: 'line' } as const;
    const printing = { decoder: createDecoder(), printer: await createPrinter(options), reassembly: true };
    let bytes = 0;
    const threaded = new ThreadedPrinting(
      source,
      {
        printing,
        options: { printer: options, decodeAs: [], reassembly: true },
        write: (text) => {
          bytes += text.length;
        },
        goOnAlone: async () => undefined,
        program: joinPath(folder, 'missing.mjs'),
      },
      { number: 0, seconds: 1_700_000_000, nanoseconds: 1, firstSeconds: 1_700_000_000, firstNanoseconds: 1 },
    );
    for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
      await threaded.take(batch, batch.count);
    }
    await threaded.end();
    await source.close();
    expect(bytes).toBe((await printCapture(path, await createPrinter(options))).length);
    expect(threaded.printedThere).toBe(0);
  });
});
