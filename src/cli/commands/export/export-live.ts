/** Exports what is captured, file after file, until somebody stops it. */
import { hostname } from 'node:os';
import type { PacketSource } from '../../../packet/source.ts';
import type { Exporter } from '../../../table/exporter.ts';
import type { InputOptions } from '../../input-options.ts';
import { readPackets } from '../../read-packets.ts';

/** When files are put in place, and the next ones begun: whatever comes first. */
export interface Period {
  /** Milliseconds; default: {@link USUAL_DURATION}. */
  readonly duration?: number;
  readonly packets?: number;
}

/** An hour: what is lost where the machine goes down, and a file of each table for each hour's folder. */
const USUAL_DURATION = 3_600_000;

/** What a live capture is called: its interfaces and when it began, in UTC, as dumpcap dates its files. */
export function liveName(interfaces: readonly string[], begin: Date): string {
  return `${interfaces.join('+')}_${begin.toISOString().slice(0, 19).replaceAll(/[-T:]/g, '')}`;
}

export const liveNode = hostname;

/**
 * @throws what ended it before its time; what could still be written then is in place
 */
export async function exportLive(
  source: PacketSource,
  options: InputOptions,
  exporter: Exporter,
  { duration = USUAL_DURATION, packets = Number.POSITIVE_INFINITY }: Period = {},
): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  let left = packets;

  function rotate(): void {
    left = packets;
    timer.refresh();
    exporter.rotate(Date.now() / 1000);
  }

  // Packets that are visited are visited in one go: this comes between.
  const timer = setTimeout(() => {
    try {
      rotate();
    } catch (error) {
      failure ??= { error };
      source.stop();
    }
  }, duration);
  try {
    await readPackets(source, options, (batch, count) => {
      if (failure !== undefined) return;
      for (let i = 0; i < count; i++) {
        exporter.packet(batch, i);
        if (--left === 0) rotate();
      }
    });
  } catch (error) {
    failure ??= { error };
  }
  clearTimeout(timer);
  if (failure === undefined) exporter.finish();
  else exporter.salvage();
  if (failure !== undefined) throw failure.error;
}
