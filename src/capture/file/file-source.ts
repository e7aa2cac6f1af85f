import type { CaptureInterface, FileRecords, PacketBatch, PacketSource } from '../../packet/source.ts';
import type { Chunks, FileBatch } from './chunk-reader.ts';
import { nflogTimes } from './nflog-times.ts';
import type { RecordSelection } from './record-selection.ts';

/** The most packets that a batch of a file holds. */
export const BATCH_PACKETS = 16_384;

/** What differs between file formats. */
export interface FileFormat {
  /** Grows before the first packet of an interface is handed out. */
  readonly interfaces: readonly CaptureInterface[];
  readonly warnings: string[];
  readonly records?: FileRecords;
  /**
   * Looks at what the reader holds before any packet of it is taken.
   *
   * @throws {CaptureError} if it is no such file after all
   */
  check?(reader: Chunks, received: number): void;
  /**
   * Takes the whole packets that the reader holds, up to {@link BATCH_PACKETS}; moves the reader on behind them.
   *
   * @param batch empty; its `count` says how many packets there are in the end
   * @param received how many packets came before
   * @throws {CaptureError} if the next bytes can't be a packet, and only where none came before in this batch
   */
  fill(reader: Chunks, batch: FileBatch, received: number): void;
  /** Words for the record that the reader holds the beginning of, at the end of the file. */
  unfinished(reader: Chunks, received: number): string;
  /**
   * Where records can be chosen before they are packets: what chooses them.
   *
   * @param filter as `createRecordSelection` takes it
   */
  select?(filter: Uint8Array): RecordSelection | undefined;
  /** Packets that the file says were dropped; undefined if it says nothing. */
  dropped(): number | undefined;
  /** The same for each interface, where the format tells them apart. */
  droppedAt?(): readonly (number | undefined)[];
  /** When the capture on each interface ended, in seconds since 1970; undefined where the file does not tell. */
  endedAt?(): readonly (number | undefined)[] | undefined;
}

/** A file whose packets may be chosen where its records are walked. */
export interface SelectingSource extends PacketSource {
  /**
   * From now on packets that the filter does not take are left out where that is easy to tell, and only counted as received.
   *
   * @param filter as `createRecordSelection` takes it
   * @returns the batch that has none but such packets, whenever `next` hands it out; undefined if there will be none
   */
  select(filter: Uint8Array): PacketBatch | undefined;
}

/** The packets of a file, batch after batch; closes the reader. */
export function fileSource(reader: Chunks, format: FileFormat): SelectingSource {
  const { source } = reader;
  const { name } = source;
  const { warnings } = format;
  let own: FileBatch | undefined;
  const setTimes = nflogTimes(format.interfaces);
  let selection: RecordSelection | undefined;
  let received = 0;
  /** Packets of the kernel's log without a time of their own. */
  let late = 0;
  let stopped = false;
  let ended = false;
  let brokenOff: string | undefined;

  async function next(): Promise<PacketBatch | undefined> {
    // What has come through a pipe is handed out, also where no more is wanted.
    while ((source.isStream || !stopped) && !ended) {
      const batch = reader.batch ?? (own ??= createBatch(reader, format));
      batch.bytes = reader.bytes;
      batch.view = reader.view;
      batch.count = 0;
      try {
        format.check?.(reader, received);
        if (selection !== undefined) {
          received += selection.take(reader);
          if (selection.batch.count > 0) return selection.batch;
        }
        format.fill(reader, batch, received);
        if (batch.count > 0) {
          received += batch.count;
          late += setTimes(batch);
          return batch;
        }
        ended = !(await reader.advance());
      } catch (error) {
        ended = true;
        throw error;
      }
      if (ended && !stopped) warnEnd();
    }
    return undefined;
  }

  function warnEnd(): void {
    const { fault } = source;
    if (reader.end > reader.start) {
      const where = `${reader.position}${source.isPlainFile ? '' : ' of its content'}`;
      brokenOff = `breaks off at byte ${where}, in the middle of ${format.unfinished(reader, received)}`;
    } else if (fault !== undefined) {
      brokenOff = `${fault}, after packet ${received}`;
    }
    if (brokenOff !== undefined) {
      warnings.push(`${name}: the file ${brokenOff}; all whole packets were read`);
    } else if (received === 0) {
      warnings.push(`${name}: the file holds no packets`);
    }
  }

  return {
    name,
    interfaces: format.interfaces,
    isLive: false,
    get timesAreArrival() {
      return late > 0;
    },
    ...(source.isStream && { isStream: true }),
    ...(source.file !== undefined && { file: source.file }),
    warnings,
    ...(format.records !== undefined && { records: format.records }),
    select(filter) {
      selection = format.select?.(filter);
      return selection?.batch;
    },
    next,
    stop() {
      stopped = true;
      reader.cancel();
    },
    statistics() {
      const endedAt = format.endedAt?.();
      return {
        received,
        dropped: format.dropped(),
        ...(format.droppedAt !== undefined && { droppedAt: format.droppedAt() }),
        ...(endedAt !== undefined && { endedAt }),
        ...(brokenOff !== undefined && { brokenOff }),
        ...(source.readShare !== undefined && { readShare: source.readShare }),
      };
    },
    close() {
      stopped = true;
      return reader.close();
    },
  };
}

function createBatch({ bytes, view, source }: Chunks, { records }: FileFormat): FileBatch {
  return {
    bytes,
    view,
    count: 0,
    start: new Int32Array(BATCH_PACKETS),
    capturedLength: new Int32Array(BATCH_PACKETS),
    originalLength: new Int32Array(BATCH_PACKETS),
    seconds: new Float64Array(BATCH_PACKETS),
    nanoseconds: new Int32Array(BATCH_PACKETS),
    interfaceIndex: new Uint16Array(BATCH_PACKETS),
    ...(source.isPlainFile && { fileOffset: new Float64Array(BATCH_PACKETS) }),
    ...(records?.format === 'pcapng' && { blockStart: new Int32Array(BATCH_PACKETS) }),
  };
}
