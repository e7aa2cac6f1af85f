/** One file, which may lie, through everything that a user can have done with it: what went wrong is answered in words. */
import { Readable } from 'node:stream';
import { openCaptureFile, openCaptureStream } from '../../src/capture/file/open-capture.ts';
import { openWriter } from '../../src/capture/write/writer.ts';
import { createDecoder } from '../../src/decode/decoder.ts';
import { fieldIndex } from '../../src/decode/field-index.ts';
import { LAYER_WORDS, LayerStack } from '../../src/decode/layer-stack.ts';
import { createReassembler, type Reassembler } from '../../src/decode/reassembly.ts';
import { compileDisplayFilter } from '../../src/display-filter/display-filter.ts';
import { ByteWriter } from '../../src/output/byte-writer.ts';
import { createFieldsPrinter } from '../../src/output/fields.ts';
import { frameFields } from '../../src/output/frame-fields.ts';
import { withBytes } from '../../src/output/hex.ts';
import { createJsonPrinter } from '../../src/output/json.ts';
import { createLinePrinter } from '../../src/output/line.ts';
import { type PacketPrinter, PacketRecord } from '../../src/output/printer.ts';
import { createTreePrinter } from '../../src/output/tree.ts';
import { CaptureError, type PacketBatch, type PacketSource } from '../../src/packet/source.ts';
import { createPathTracker } from '../../src/path/path-tracker.ts';
import type { PathView } from '../../src/path/path-view.ts';
import { MOST_POINTS } from '../../src/path/points.ts';
import { formatReport } from '../../src/verdict/report.ts';
import type { Verdict } from '../../src/verdict/verdict.ts';
import { createPingTracker } from '../../src/verdict/verify.ts';

/** The most packets of a file that are looked at: more are made of few bytes, and say nothing new. */
const MOST_PACKETS = 4000;
/** More than a file of few kilobytes has. Making room for the usual 32,768 would take most of a trial. */
const MOST_PINGS = 8192;
/** How many of the fields' filters are asked about each file; all of them, one after the other. */
const FILTERS_A_TRIAL = 12;

const fast = createDecoder();
const general = createDecoder({ fastPath: false });
const generalStack = new LayerStack();
const everyField = [...frameFields.keys(), ...fieldIndex.keys()];
const filters = [
  ...everyField.flatMap((name) => [`count(${name}) > 99`, name]),
  'inner.ip.src == outer.ip.src',
  'tunnel contains "x"',
  'quoted.ip[20:]',
  'frame matches "(a|b)*c"',
].flatMap((expression) => {
  try {
    return [compileDisplayFilter(expression)];
  } catch {
    // Not every field can be counted.
    return [];
  }
});
/** Made once: each `begin` starts anew. */
const printers: readonly {
  readonly name: string;
  readonly printer: PacketPrinter;
  readonly out: ByteWriter;
}[] = [
  { name: 'lines with bytes', printer: withBytes(createLinePrinter()), out: new ByteWriter() },
  { name: 'trees', printer: createTreePrinter(), out: new ByteWriter() },
  { name: 'fields', printer: createFieldsPrinter(everyField), out: new ByteWriter() },
  { name: 'JSON', printer: createJsonPrinter(), out: new ByteWriter() },
];

let nextFilter = 0;

class Complaint extends Error {}

/** A packet as it is in one file, and must be in one that was made from it. */
interface Copy {
  readonly bytes: string;
  readonly originalLength: number;
  readonly time: string;
  readonly linkType: number;
}

function copyOf(source: PacketSource, batch: PacketBatch, index: number): Copy {
  const start = batch.start[index] as number;
  return {
    bytes: Buffer.from(batch.bytes.subarray(start, start + (batch.capturedLength[index] as number))).toString(
      'hex',
    ),
    originalLength: batch.originalLength[index] as number,
    time: `${batch.seconds[index]} ${batch.nanoseconds[index]}`,
    linkType: source.interfaces[batch.interfaceIndex[index] as number]?.linkType as number,
  };
}

/** Runs a file through everything. @returns a complaint, or undefined where all went as it must */
export async function trial(path: string): Promise<string | undefined> {
  try {
    await everything(path);
  } catch (error) {
    if (error instanceof Complaint) return error.message;
    if (error instanceof CaptureError)
      return isLine(error.message) ? undefined : `an error of lines: ${error.message}`;
    return `threw ${(error as Error).stack ?? error}`;
  }
  return undefined;
}

async function everything(path: string): Promise<void> {
  const source = await openCaptureFile(path);
  try {
    const chosen = Array.from({ length: FILTERS_A_TRIAL }, () => filters[nextFilter++ % filters.length]);
    const stack = new LayerStack();
    const record = new PacketRecord(stack, source.interfaces);
    const reassembler = createReassembler(fast);
    const memory = { decoder: fast, capacity: MOST_PINGS };
    const tracker = createPingTracker(memory);
    const path = createPathTracker({ ...memory, interfaces: source.interfaces });
    const copies: Copy[] = [];
    const writers = ['x.pcapng', 'x.pcap'].map((name) => rewriter(source, name));
    for (const { printer, out } of printers) printer.begin(out);
    while (copies.length < MOST_PACKETS) {
      const batch = await source.next();
      if (batch === undefined) break;
      for (let i = 0; i < batch.count; i++) {
        copies.push(copyOf(source, batch, i));
        record.advance(batch, i);
        decodeTwice(record, copies.at(-1)?.linkType as number);
        if (stack.fragment >= 0) record.reassemble(reassembler);
        checkPlaces(record, reassembler);
        for (const { printer, out } of printers) printer.packet(out, record);
        for (const filter of chosen) filter?.matches(record);
        for (const writer of writers) writer.take(batch, i);
      }
      tracker.batch(batch, source.interfaces);
      path.batch(batch);
      for (const { name, out } of printers) checkPrinted(name, out);
      for (const writer of writers) writer.settle();
    }
    for (const { name, printer, out } of printers) {
      printer.end(out);
      checkPrinted(name, out);
    }
    const verdict = tracker.verdict(source.statistics().dropped);
    checkText('report', formatReport(verdict));
    JSON.parse(JSON.stringify(verdict));
    checkTruth(
      verdict,
      path.view(() => undefined),
    );
    for (const writer of writers) await writer.check(copies);
  } finally {
    await source.close();
  }
}

/** Verdict and path count the same pings, and the same answers, up to as many points as are told apart. */
function checkTruth({ requests, answered }: Verdict, { pings, answered: there, points }: PathView): void {
  if (points.length >= MOST_POINTS || (pings === requests && there === answered)) return;
  throw new Complaint(`verify has ${answered} of ${requests} answered, and path ${there} of ${pings}`);
}

function decodeTwice({ batch, index, stack }: PacketRecord, linkType: number): void {
  const [start, captured, original] = [
    batch.start[index] as number,
    batch.capturedLength[index] as number,
    batch.originalLength[index] as number,
  ];
  general.decode(batch.view, start, captured, original, linkType, generalStack);
  fast.decode(batch.view, start, captured, original, linkType, stack);
  let same = stack.count === generalStack.count && stack.issueCount === generalStack.issueCount;
  for (let i = 0; same && i < stack.count * LAYER_WORDS; i++) same = stack.words[i] === generalStack.words[i];
  for (let i = 0; same && i < stack.issueCount; i++) {
    same = JSON.stringify(stack.issue(i)) === JSON.stringify(generalStack.issue(i));
  }
  if (!same) throw new Complaint('the fast path and the general loop disagree');
}

/** Layers and issues stay within their bytes, reassembled ones too. */
function checkPlaces({ stack, view }: PacketRecord, reassembler: Reassembler): void {
  for (let layer = 0; layer < stack.count; layer++) {
    const [start, payload, end] = [stack.start(layer), stack.payload(layer), stack.layerEnd(layer)];
    if (start < 0 || payload > end || end > view.byteLength)
      throw new Complaint(`layer ${layer} leaves its bytes`);
    if (reassembler.fragmentsOf(layer).some((number) => !(number > 0)))
      throw new Complaint('fragments of no packet');
  }
  for (let i = 0; i < stack.issueCount; i++) {
    const { offset, layer } = stack.issue(i);
    if (offset < 0 || offset > view.byteLength || layer > stack.count)
      throw new Complaint('an issue out of place');
  }
}

function checkPrinted(name: string, out: ByteWriter): void {
  const text = Buffer.from(out.take()).toString('latin1');
  checkText(name, text);
  if (name !== 'JSON') return;
  for (const line of text.split('\n')) if (line !== '') JSON.parse(line);
}

function checkText(name: string, text: string): void {
  const found = /[^\n\t -~\u00a0-\uffff]/.exec(text);
  if (found !== null) throw new Complaint(`${name}: a raw byte ${found[0].charCodeAt(0)} at ${found.index}`);
}

function isLine(message: string): boolean {
  return /^[ -~\u00a0-\uffff]+$/.test(message);
}

/** Writes what it is given to memory, and reads it again. A packet that the format can't hold ends it, with a CaptureError. */
function rewriter(source: PacketSource, name: string) {
  const pieces: Buffer[] = [];
  let taken = 0;
  let refused = false;
  const attempt = (act: () => void) => {
    if (refused) return;
    try {
      act();
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      refused = true;
    }
  };
  let writer: ReturnType<typeof openWriter> | undefined;
  attempt(() => {
    writer = openWriter(source, { path: name, stream: (bytes) => pieces.push(Buffer.from(bytes)) });
  });
  return {
    take(batch: PacketBatch, index: number) {
      attempt(() => {
        writer?.packet(batch, index);
        taken++;
      });
    },
    settle: () => attempt(() => writer?.settle()),
    async check(copies: readonly Copy[]) {
      if (writer === undefined) return;
      refused = false;
      attempt(() => writer?.close());
      const again = await openCaptureStream(Readable.from([Buffer.concat(pieces)]), name);
      let number = 0;
      for (let batch = await again.next(); batch !== undefined; batch = await again.next()) {
        for (let i = 0; i < batch.count; i++) {
          const [ours, theirs] = [copyOf(again, batch, i), copies[number++]].map((copy) =>
            JSON.stringify(copy),
          );
          if (ours !== theirs)
            throw new Complaint(`${name}: packet ${number} was ${theirs}, and is written as ${ours}`);
        }
      }
      await again.close();
      if (number !== taken) throw new Complaint(`${name}: ${taken} packets written, ${number} read again`);
    },
  };
}
