/** `tunnelscope verify`: were the tunneled pings answered? */
import { isatty } from 'node:tty';
import type { CaptureInterface, PacketBatch } from '../capture/source.ts';
import { createDecoder, type Decoder } from '../decode/decoder.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import type { DisplayFilter } from '../display-filter/display-filter.ts';
import { PacketRecord } from '../output/printer.ts';
import { formatReport } from '../ping/report.ts';
import { createPingTracker, type PingTracker } from '../ping/verify.ts';
import { EXIT } from './errors.ts';
import type { VerifyOptions } from './program.ts';
import { openDisplayFilter, openSource, readPackets } from './session.ts';
import { writeText } from './standard-output.ts';

/** Decodes each packet, and has the tracker see those that the display filter lets pass. */
function trackMatches(
  tracker: PingTracker,
  { decode }: Decoder,
  filter: DisplayFilter,
  interfaces: readonly CaptureInterface[],
): (batch: PacketBatch, count: number) => void {
  const stack = new LayerStack();
  const record = new PacketRecord(stack, interfaces);
  return (batch, count) => {
    const { view, start, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex } = batch;
    for (let i = 0; i < count; i++) {
      record.advance(batch, i);
      const index = interfaceIndex[i];
      decode(view, start[i], capturedLength[i], originalLength[i], interfaces[index].linkType, stack);
      if (stack.fragment >= 0) record.reassemble(tracker.reassembler);
      if (!filter.matches(record)) continue;
      tracker.packet(record.view, stack, record.number, seconds[i], nanoseconds[i], index);
    }
  };
}

export async function verify(options: VerifyOptions, words: readonly string[]): Promise<number> {
  const decoder = createDecoder({ decodeAs: options.decodeAs ?? [] });
  const tracker = createPingTracker({ decoder });
  const filter = await openDisplayFilter(options);
  const source = await openSource(options, words);
  let failure: unknown;
  try {
    await readPackets(
      source,
      options,
      filter === undefined
        ? (batch, count) => tracker.batch(batch, source.interfaces, count)
        : trackMatches(tracker, decoder, filter, source.interfaces),
    );
  } catch (error) {
    // What was read before the fault is good: its verdict is given, and then the fault.
    failure = error;
  }
  const verdict = tracker.verdict(source.statistics().dropped, source.timesAreArrival);
  if (options.format === 'json') {
    writeText(`${JSON.stringify(verdict)}\n`);
  } else {
    const terminal = isatty(1);
    writeText(
      formatReport(
        verdict,
        terminal ? { width: process.stdout.columns, color: process.stdout.hasColors() } : {},
      ),
    );
  }
  if (failure !== undefined) throw failure;
  return verdict.verdict === 'pass' ? EXIT.done : EXIT.notMet;
}
