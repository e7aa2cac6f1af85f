/** A thread that prints batches for another one, as threaded-printing.ts hands them over. */
import { parentPort, workerData } from 'node:worker_threads';
import { createDecoder } from '../../../decode/decoder.ts';
import { ByteWriter } from '../../../output/byte-writer.ts';
import type { CaptureInterface } from '../../../packet/source.ts';
import type { BatchCopy } from './batch-copy.ts';
import { createPrinter } from './create-printer.ts';
import { createPrintBatch } from './print-batch.ts';
import { type PrintOptions, type PrintResult, type PrintTask, READY } from './print-task.ts';

const { printer: printerOptions, displayFilter, decodeAs, reassembly } = workerData as PrintOptions;
const out = new ByteWriter();
const printer = await createPrinter(printerOptions);
const filter =
  displayFilter === undefined
    ? undefined
    : (await import('../../../display-filter/display-filter.ts')).compileDisplayFilter(displayFilter);
const interfaces: CaptureInterface[] = [];
const printBatch = createPrintBatch(
  { decoder: createDecoder({ decodeAs }), printer, filter, reassembly },
  interfaces,
  out,
);
const copies: BatchCopy[] = [];
const outputs: Uint8Array[] = [];
printer.begin(out);
out.clear();

parentPort?.on('message', (task: PrintTask) => {
  const { place, count, before } = task;
  interfaces.push(...task.interfaces);
  if (task.copy !== undefined) copies[place] = task.copy;
  printer.carried?.set(task.carried);
  const isWhole = printBatch(copies[place] as BatchCopy, count, before);
  const text = out.take();
  const isOther = (outputs[place]?.length ?? 0) < text.length;
  if (isOther) outputs[place] = new Uint8Array(new SharedArrayBuffer(text.length * 2));
  const output = outputs[place] as Uint8Array;
  if (text.length > 0) output.set(text);
  const result: PrintResult = {
    place,
    ...(isOther && { output }),
    length: text.length,
    isWhole,
    carried: printer.carried?.get() ?? [],
  };
  parentPort?.postMessage(result);
});
parentPort?.postMessage(READY);
