/**
 * A thread that reads a file ahead of the one that judges its packets, and compares them, as compared-chunks.ts says. It skips the packets
 * that were taken before it had started. Whatever it can't go on with is left to the other one.
 */
import { workerData } from 'node:worker_threads';
import type { ChunksOf } from '../../../capture/file/chunk-reader.ts';
import { FILE_HEADER, openPcap } from '../../../capture/file/pcap-file.ts';
import { openPcapng } from '../../../capture/file/pcapng-file.ts';
import { bytesAt, type Place, PlacedChunks } from '../../../capture/file/placed-chunks.ts';
import {
  CONTROL,
  comparedChunks,
  SLOT,
  SLOT_CHUNK,
  SLOT_HEADROOM,
  SLOTS,
  type Slot,
  STATE,
} from '../../../exchange/ping/compared-chunks.ts';
import { type ComparingCode, comparingCode } from '../../../exchange/ping/comparison-code.ts';
import type { PacketBatch, PacketSource } from '../../../packet/source.ts';
import type { CompareNews, CompareTask } from './compare-task.ts';

/** Milliseconds between two looks for a free slot: to be woken would take the other thread longer than to free it. */
const PATIENCE = 2;

const { memory, file, header, name, port } = workerData as CompareTask;
const { control, slots } = comparedChunks(memory);
const blockStart = new Int32Array(slots[0]?.batch.start.length ?? 0);
const places = slots.map(({ batch }): Place => ({ ...batch, batch: { ...batch, blockStart, count: 0 } }));
/** The slot that is being filled. */
let number = 0;
let hasBegun = false;
let source: PacketSource | undefined;
let told = { interfaces: 0, warnings: 0, timesAreArrival: false };
let messages = 0;

function tellNews(isLast: boolean): void {
  if (source === undefined) return;
  const { interfaces, warnings, timesAreArrival = false } = source;
  const isNew =
    interfaces.length > told.interfaces ||
    warnings.length > told.warnings ||
    timesAreArrival !== told.timesAreArrival;
  if (!isNew && !isLast) return;
  const news: CompareNews = {
    interfaces: interfaces.slice(told.interfaces),
    warnings: warnings.slice(told.warnings),
    timesAreArrival,
    ...(isLast && { statistics: source.statistics() }),
  };
  told = { interfaces: interfaces.length, warnings: warnings.length, timesAreArrival };
  port.postMessage(news);
  messages++;
}

function handOver(state: number): void {
  const { header, share } = slots[number] as Slot;
  tellNews(state === STATE.LAST);
  header[SLOT.NEWS] = messages;
  share[0] = source?.statistics().readShare ?? 0;
  Atomics.store(header, SLOT.STATE, state);
  Atomics.notify(header, SLOT.STATE);
}

function nextPlace(): Place {
  if (hasBegun) handOver(STATE.FILLED);
  number = (number + 1) % SLOTS;
  const { header } = slots[number] as Slot;
  while (Atomics.load(header, SLOT.STATE) !== STATE.FREE)
    Atomics.wait(header, SLOT.STATE, STATE.FILLED, PATIENCE);
  header[SLOT.COUNT] = 0;
  return places[number] as Place;
}

/** From now on slots are handed over. */
function begin(): void {
  if (hasBegun) return;
  hasBegun = true;
  Atomics.store(control, CONTROL.FIRST, number + 1);
  Atomics.notify(control, CONTROL.FIRST);
}

/** How many packets were taken without this thread: where that may be fewer than `most`, waits until it is decided. */
function takenBefore(most: number): number {
  for (;;) {
    const isFinal = Atomics.load(control, CONTROL.IS_FINAL) === 1;
    const taken = Atomics.load(control, CONTROL.TAKEN);
    if (isFinal || taken >= most) return taken;
    Atomics.store(control, CONTROL.HAS_CAUGHT_UP, 1);
    Atomics.wait(control, CONTROL.IS_FINAL, 0, PATIENCE);
  }
}

function leaveOut({ batch }: Slot, packets: number): void {
  const { start, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex } = batch;
  for (const list of [start, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex])
    list.copyWithin(0, packets);
}

function compare(slot: Slot, code: ComparingCode, count: number): void {
  const { header } = slot;
  const isPaused = Atomics.load(control, CONTROL.IS_PAUSED) === 1;
  header[SLOT.KNOWN] = Atomics.load(control, CONTROL.KNOWN);
  header[SLOT.EPOCH] = isPaused ? -1 : Atomics.load(control, CONTROL.EPOCH);
  header[SLOT.FOUND] = isPaused ? 0 : slot.compare(code, 0, count);
  header[SLOT.COUNT] = count;
}

async function run(): Promise<void> {
  const code = comparingCode(memory);
  if (code === undefined) throw new Error('no WebAssembly with vectors');
  let chunks: PlacedChunks | undefined;
  const chunksOf: ChunksOf = (bytes, offset) => {
    chunks = new PlacedChunks(bytes, offset, SLOT_HEADROOM, SLOT_CHUNK, nextPlace);
    return chunks;
  };
  source =
    header === undefined
      ? openPcapng(bytesAt(file, name, 0), chunksOf)
      : await openPcap(bytesAt(file, name, FILE_HEADER), header, chunksOf);
  let received = 0;
  for (;;) {
    // A slot has the packets of one batch, and is not touched again.
    await chunks?.advance();
    const batch: PacketBatch | undefined = await source.next();
    if (batch === undefined) break;
    let { count } = batch;
    received += count;
    if (!hasBegun) {
      const late = Math.max(0, received - takenBefore(received));
      if (late === 0) continue;
      leaveOut(slots[number] as Slot, count - late);
      count = late;
      begin();
    }
    compare(slots[number] as Slot, code, count);
  }
  if (!hasBegun) throw new Error('the file has become shorter');
  handOver(STATE.LAST);
}

run().catch(() => {
  begin();
  handOver(STATE.FAILED);
});
