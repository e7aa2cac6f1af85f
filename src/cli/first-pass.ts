/** A first pass over a capture, for fields that only later packets tell: `icmp.resp_in`. */
import { statSync } from 'node:fs';
import { mergeSources } from '../capture/file/merged-source.ts';
import type { Decoder } from '../decode/decoder.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import { createReassembler } from '../decode/reassembly.ts';
import { PacketRecord } from '../output/printer.ts';
import { CaptureError, type PacketSource } from '../packet/source.ts';
import { type TrackedField, Tracking } from '../tracking/tracking.ts';
import { inputFiles } from './input.ts';
import type { InputOptions } from './input-options.ts';
import { openAgain } from './open-source.ts';
import { showProgress } from './progress.ts';

type FirstPassOptions = InputOptions & { readonly reassembly?: boolean };

/**
 * What the capture tells of its packets before they are shown. Of what can't be read twice nothing is known in advance, which is
 * said on standard error.
 *
 * @param inputs of each file, where several are read side by side
 * @param words of the capture filter, and maybe the file
 * @param asked the fields that are asked for
 * @returns undefined where none of them looks ahead
 */
export async function lookAhead(
  inputs: readonly FirstPassOptions[],
  words: readonly string[],
  asked: readonly TrackedField[],
  decoder: Decoder,
): Promise<Tracking | undefined> {
  const fields = asked.filter(({ looksAhead }) => looksAhead);
  if (fields.length === 0) return undefined;
  const tracking = new Tracking();
  const source = await reopenAll(inputs, words);
  if (source === undefined) {
    console.error(`tunnelscope: ${unknownAhead(fields)}`);
    return tracking;
  }
  const [options = {}] = inputs;
  const reassembler = options.reassembly === false ? undefined : createReassembler(decoder);
  const stack = new LayerStack();
  const record = new PacketRecord(stack, source.interfaces, tracking);
  tracking.beginFirstPass(fields);
  const progress = showProgress(source, options);
  let left = options.count ?? Number.POSITIVE_INFINITY;
  try {
    while (left > 0) {
      const batch = await source.next();
      if (batch === undefined) break;
      for (let i = 0; i < batch.count && left > 0; i++, left--) {
        record.advance(batch, i);
        const { linkType } = source.interfaces[batch.interfaceIndex[i]];
        const [start, captured, original] = [
          batch.start[i],
          batch.capturedLength[i],
          batch.originalLength[i],
        ];
        decoder.decode(batch.view, start, captured, original, linkType, stack);
        if (stack.fragment >= 0 && reassembler !== undefined) record.reassemble(reassembler);
        tracking.observe(record, fields);
      }
    }
  } catch (error) {
    // The pass that shows the packets meets the same fault, and says it.
    if (!(error instanceof CaptureError)) throw error;
  } finally {
    progress.end();
    await source.close();
  }
  tracking.startOver();
  return tracking;
}

/** One line: which fields no packet has, and why. */
export function unknownAhead(fields: readonly TrackedField[]): string {
  const names = [...new Set(fields.map(({ name }) => name))].join(', ');
  return `${names}: known only from later packets; needs a file (-r FILE), which is read twice`;
}

/** The same files once more; undefined where one is none, or can't be read by whoever this process is by now. */
async function reopenAll(
  inputs: readonly InputOptions[],
  words: readonly string[],
): Promise<PacketSource | undefined> {
  const sources: PacketSource[] = [];
  for (const input of inputs) {
    const source = await reopen(input, words);
    if (source !== undefined) sources.push(source);
  }
  const [first] = sources;
  if (sources.length === inputs.length) return sources.length === 1 ? first : mergeSources(sources);
  for (const source of sources) await source.close();
  return undefined;
}

async function reopen(options: InputOptions, words: readonly string[]): Promise<PacketSource | undefined> {
  const files = inputFiles(options, words);
  if (files.length === 0 || files.includes('-')) return undefined;
  try {
    return files.every((file) => statSync(file).isFile()) ? await openAgain(options, words) : undefined;
  } catch {
    return undefined;
  }
}
