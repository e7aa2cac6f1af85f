/** Writes packets of the list to a file. */
import { existsSync } from 'node:fs';
import { openCaptureFile } from '../../capture/file/open-capture.ts';
import { openWriter } from '../../capture/write/writer.ts';
import type { CaptureInterface, PacketSource } from '../../packet/source.ts';
import { OnePacket } from './narrowing.ts';
import type { PacketStore } from './store.ts';
import { turn } from './turn.ts';

export interface Saving {
  readonly store: PacketStore;
  readonly interfaces: readonly CaptureInterface[];
  /** The capture file that the packets can be read again from, with all that it says of them. */
  readonly file: string | undefined;
  /** Packets up to here are looked at. */
  readonly count: number;
  /** Whether a packet is to be written, by its place in the capture. */
  readonly isWanted: (packet: number) => boolean;
}

/** How long packets are written before keys get their turn. */
const SLICE_MILLISECONDS = 10;
const CLOCK_EVERY = 512;

/**
 * @param path pcapng, or pcap where the name ends so; an existing file is replaced where an exclamation mark stands behind it
 * @returns what was done, in a few words
 * @throws {Error} if it can't be written: the message is one line
 */
export async function savePackets(saving: Saving, path: string): Promise<string> {
  const isForced = path.endsWith('!');
  const target = (isForced ? path.slice(0, -1) : path).trim();
  if (target === '') throw new Error('expected a file name such as pings.pcapng');
  if (existsSync(target) && !isForced) throw new Error(`${target} exists: ${target}! replaces it`);
  const written =
    saving.file === undefined ? await fromStore(saving, target) : await fromFile(saving, saving.file, target);
  return `${written} packet${written === 1 ? '' : 's'} written to ${target}`;
}

/** With the packets' comments, and all else that the file holds. */
async function fromFile({ count, isWanted }: Saving, file: string, target: string): Promise<number> {
  const source = await openCaptureFile(file);
  try {
    const writer = openWriter(source, { path: target });
    try {
      let number = 0;
      let written = 0;
      for (
        let batch = await source.next();
        batch !== undefined && number < count;
        batch = await source.next()
      ) {
        for (let i = 0; i < batch.count && number < count; i++, number++) {
          if (!isWanted(number)) continue;
          writer.packet(batch, i);
          written++;
        }
        writer.settle();
        await turn();
      }
      writer.close();
      return written;
    } finally {
      writer.discard();
    }
  } finally {
    await source.close();
  }
}

/** Of packets that are kept in memory alone. */
async function fromStore({ store, interfaces, count, isWanted }: Saving, target: string): Promise<number> {
  const writer = openWriter(keptSource(interfaces), { path: target });
  try {
    const batch = new OnePacket();
    let written = 0;
    let deadline = performance.now() + SLICE_MILLISECONDS;
    for (let packet = store.first; packet < count; packet++) {
      const found = isWanted(packet) ? store.find(packet) : undefined;
      if (found !== undefined) {
        batch.hold(found);
        writer.packet(batch, 0);
        // The next packet may stand in the same memory.
        writer.settle();
        written++;
      }
      if (packet % CLOCK_EVERY === 0 && performance.now() >= deadline) {
        await turn();
        deadline = performance.now() + SLICE_MILLISECONDS;
      }
    }
    writer.close();
    return written;
  } finally {
    writer.discard();
  }
}

/** What a writer asks of a source: what the packets were captured on. */
function keptSource(interfaces: readonly CaptureInterface[]): PacketSource {
  return {
    name: 'kept packets',
    interfaces,
    isLive: false,
    warnings: [],
    next: () => Promise.resolve(undefined),
    stop() {},
    statistics: () => ({ received: 0, dropped: undefined }),
    close: () => Promise.resolve(),
  };
}
