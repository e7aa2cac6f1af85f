/**
 * Several sources read side by side, as one: run by run of packets, always from the one that is furthest behind, or packet by packet in the
 * order of their times; where one of them is a pipe or live, from whichever has something, as a pipe that nobody reads holds up who writes it.
 */

import {
  CaptureError,
  type CaptureInterface,
  type PacketBatch,
  type PacketSource,
} from '../../packet/source.ts';
import { BATCH_PACKETS } from './file-source.ts';
import { createTimeOrder, type Taken } from './time-order.ts';

/**
 * The most packets of one file that are handed out before others' turn: what is known of a ping is in the processor's cache still when the
 * next file has it.
 */
const RUN = 256;

export interface MergedSource extends PacketSource {
  /** Which of the sources an interface is of. */
  sourceOf(interfaceIndex: number): number;
}

export interface MergeOptions {
  /** Names for the sources, which their interfaces get in front of their own: where given, packets come in the order of their times. */
  readonly names?: readonly string[];
  /** What fails in the middle ends alone, with a warning: the others go on. Only if all fail, the first failure is thrown. */
  readonly isLenient?: boolean;
}

export function isMerged(source: PacketSource): source is MergedSource {
  return 'sourceOf' in source;
}

interface Part {
  readonly source: PacketSource;
  /** Its interfaces' indexes among all. */
  readonly indexes: number[];
  received: number;
  batch: PacketBatch | undefined;
  /** How many packets of the batch were handed out. */
  at: number;
  /** The same, where it is taken from packet by packet. */
  taken: Taken | undefined;
  hasEnded: boolean;
  /** Its next batch, or the end, on its way. */
  coming: Promise<void> | undefined;
}

/**
 * Closes the sources when it is closed. Where they have no names, order between them holds from batch to batch only: a batch’s packets are all
 * of one.
 */
export function mergeSources(
  sources: readonly PacketSource[],
  { names, isLenient = false }: MergeOptions = {},
): MergedSource {
  const parts = sources.map(
    (source): Part => ({
      source,
      indexes: [],
      received: 0,
      batch: undefined,
      at: 0,
      taken: undefined,
      hasEnded: false,
      coming: undefined,
    }),
  );
  const isLive = sources.some((source) => source.isLive);
  const isStream = isLive || sources.some((source) => source.isStream === true);
  const interfaces: CaptureInterface[] = [];
  const origins: number[] = [];
  const interfaceIndex = new Uint16Array(BATCH_PACKETS);
  const warned = sources.map(() => 0);
  const warnings: string[] = [];
  const failures: CaptureError[] = [];
  let last: Part | undefined;

  function describeNew(part: Part): void {
    const number = parts.indexOf(part);
    for (const added of part.source.interfaces.slice(part.indexes.length)) {
      part.indexes.push(interfaces.push(named(added, names?.[number])) - 1);
      origins.push(number);
    }
  }

  // What captures here knows its interfaces, and stands first.
  if (isLive) for (const part of parts) describeNew(part);

  async function nextOf({ source }: Part): Promise<PacketBatch | undefined> {
    try {
      return await source.next();
    } catch (error) {
      if (!isLenient || !(error instanceof CaptureError)) throw error;
      if (failures.push(error) === sources.length) throw failures[0];
      warnings.push(error.message);
      return undefined;
    }
  }

  function takeWarnings(): void {
    for (const [number, { warnings: own }] of sources.entries()) {
      for (; (warned[number] as number) < own.length; warned[number]++) {
        warnings.push(own[warned[number] as number] as string);
      }
    }
  }

  async function advance(part: Part): Promise<void> {
    part.batch = await nextOf(part);
    part.at = 0;
    part.hasEnded = part.batch === undefined;
    part.coming = undefined;
    describeNew(part);
    takeWarnings();
  }

  /** Until each part has a batch or has ended; of pipes, until one has a batch or all have ended. */
  async function gather(): Promise<void> {
    for (;;) {
      const missing = parts.filter((part) => part.batch === undefined && !part.hasEnded);
      if (missing.length === 0) return;
      if (!isStream) {
        // One after the other, so that interfaces have the same numbers each time.
        for (const part of missing) await advance(part);
        return;
      }
      for (const part of missing) {
        part.coming ??= advance(part);
        // Whoever waits for it gets the failure.
        part.coming.catch(() => undefined);
      }
      if (parts.some((part) => part.batch !== undefined)) return;
      await Promise.race(missing.map((part) => part.coming));
    }
  }

  const inOrder = names === undefined || isStream ? undefined : createTimeOrder(interfaces);

  async function nextInOrder(putTogether: (batches: readonly Taken[]) => PacketBatch) {
    for (const part of parts) {
      if (part.taken !== undefined && part.taken.at === part.taken.batch.count)
        part.batch = part.taken = undefined;
    }
    await gather();
    const batches: Taken[] = [];
    for (const part of parts) {
      const { batch, indexes } = part;
      if (batch === undefined) continue;
      const bytes = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.byteLength);
      part.taken ??= { batch, bytes, indexes, at: 0 };
      batches.push(part.taken);
    }
    return batches.length === 0 ? undefined : putTogether(batches);
  }

  /** The next packets of a part's batch. */
  function run(part: Part, batch: PacketBatch): PacketBatch {
    const { at, indexes } = part;
    const count = isStream ? batch.count : Math.min(RUN, batch.count - at);
    for (let i = 0; i < count; i++) {
      interfaceIndex[i] = indexes[batch.interfaceIndex[at + i] as number] as number;
    }
    const firstNumber = part.received + 1;
    part.received += count;
    part.at = at + count;
    return {
      bytes: batch.bytes,
      view: batch.view,
      count,
      start: batch.start.subarray(at),
      capturedLength: batch.capturedLength.subarray(at),
      originalLength: batch.originalLength.subarray(at),
      seconds: batch.seconds.subarray(at),
      nanoseconds: batch.nanoseconds.subarray(at),
      interfaceIndex,
      firstNumber,
    };
  }

  const knowing = sources.find((source) => source.names !== undefined);
  return {
    ...(knowing?.names !== undefined && { names: knowing.names }),
    name: sources.map((source) => source.name).join(', '),
    interfaces,
    isLive,
    ...(isStream && !isLive && { isStream }),
    // What a live source tells it tells also while no packet comes.
    get warnings() {
      if (isLive) takeWarnings();
      return warnings;
    },
    get timesAreArrival() {
      return sources.some((source) => source.timesAreArrival === true);
    },
    sourceOf: (index) => origins[index] as number,
    async next() {
      if (inOrder !== undefined) return nextInOrder(inOrder);
      // Its batch was borrowed until now.
      if (last?.batch !== undefined && last.at === last.batch.count) last.batch = undefined;
      last = undefined;
      await gather();
      for (const part of parts) {
        if (part.batch === undefined) continue;
        if (last?.batch === undefined || isEarlier(part, last)) last = part;
      }
      return last?.batch === undefined ? undefined : run(last, last.batch);
    },
    stop() {
      for (const { source } of parts) source.stop();
    },
    statistics() {
      const each = sources.map((source) => source.statistics());
      const droppedAt = interfaces.map((): number | undefined => undefined);
      const endedAt = droppedAt.slice();
      for (const [number, { indexes }] of parts.entries()) {
        const own = each[number];
        for (const [i, index] of indexes.entries()) {
          endedAt[index] = own?.endedAt?.[i];
          droppedAt[index] = own?.droppedAt?.[i] ?? (indexes.length === 1 ? own?.dropped : undefined);
        }
      }
      return {
        received: each.reduce((sum, { received }) => sum + received, 0),
        dropped: each.reduce<number | undefined>(
          (sum, { dropped }) => (dropped === undefined ? sum : (sum ?? 0) + dropped),
          undefined,
        ),
        droppedAt,
        ...(isLive && { interfaces: each.flatMap((one) => one.interfaces ?? []) }),
        ...(endedAt.some((end) => end !== undefined) && { endedAt }),
        ...(each.every(({ readShare }) => readShare !== undefined) && {
          readShare: each.reduce((sum, { readShare = 0 }) => sum + readShare, 0) / each.length,
        }),
        ...(each.every(({ examined }) => examined !== undefined) && {
          examined: each.reduce((sum, { examined = 0 }) => sum + examined, 0),
        }),
      };
    },
    async close() {
      await Promise.all(sources.map((source) => source.close()));
      takeWarnings();
    },
  };
}

/** `h1:eth0`; of a file that names no interface `h1`. */
function named(one: CaptureInterface, source: string | undefined): CaptureInterface {
  if (source === undefined) return one;
  return { ...one, name: one.name === undefined ? source : `${source}:${one.name}` };
}

function isEarlier(a: Part, b: Part): boolean {
  const [one, other] = [a.batch as PacketBatch, b.batch as PacketBatch];
  const apart = (one.seconds[a.at] as number) - (other.seconds[b.at] as number);
  return (
    apart < 0 || (apart === 0 && (one.nanoseconds[a.at] as number) < (other.nanoseconds[b.at] as number))
  );
}
