/** Packets in, files out: what `export` does with each capture, and whoever exports beside something else. */
import { join } from 'node:path';
import type { Decoder } from '../decode/decoder.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import { createReassembler } from '../decode/reassembly.ts';
import { PacketRecord } from '../output/printer.ts';
import type { CaptureInterface, PacketBatch } from '../packet/source.ts';
import { escapeControls } from '../text/printable.ts';
import type { Tracking } from '../tracking/tracking.ts';
import { createPacketRows } from './packet-rows.ts';
import { createPingRows } from './ping-rows.ts';
import { type Filled, openTable, openTableFolder, type Table } from './table-folder.ts';
import { PacketColumns, PingColumns, SightingColumns, TABLE_NAMES, type TableName } from './tables.ts';

/**
 * Takes packets, and writes them as tables: in bounded memory, each file whole or not at all.
 *
 * ```ts
 * const exporter = createExporter({ folder: 'night', capture: 'eth0', node: 'n1', interfaces: source.interfaces, decoder });
 * for (let batch = await source.next(); batch !== undefined; batch = await source.next()) exporter.batch(batch);
 * exporter.finish();
 * ```
 *
 * Every call that writes throws a `CaptureError` where it can't; {@link Exporter.discard} then leaves nothing that is not whole.
 */
export interface Exporter {
  /** Takes a batch's first packets. */
  batch(batch: PacketBatch, count?: number): void;
  /** Takes one packet of a batch: the next of its capture. */
  packet(batch: PacketBatch, index: number): void;
  /**
   * Puts the files so far in place; what follows goes to new ones. A ping is written once it was sent {@link SETTLED_AFTER} seconds ago,
   * and those that are younger go to the next files.
   *
   * @param now seconds since 1970
   */
  rotate(now: number): void;
  /** Writes all there is, and puts the last files in place. */
  finish(): void;
  /** Puts what can still be written in place, after a file could not be: of a live capture, what is lost does not come again. */
  salvage(): void;
  /** Leaves nothing of the files that are not in place yet. */
  discard(): void;
  /** How many rows each table has so far. */
  rows(): ReadonlyMap<TableName, number>;
}

export interface ExporterOptions {
  /** Made, or taken where it holds tables already. */
  readonly folder: string;
  /** What the capture is called, in files' names and in the tables; no longer than {@link LONGEST_NAME} bytes, control characters escaped. */
  readonly capture: string;
  /** Where it is from, likewise. */
  readonly node: string;
  /** Default: all. */
  readonly tables?: readonly TableName[];
  /** The source's own list, which grows while packets are read. */
  readonly interfaces: readonly CaptureInterface[];
  readonly decoder: Decoder;
  /** Chooses packets; default: all. */
  readonly matches?: ((packet: PacketRecord) => boolean) | undefined;
  /** Of a first pass over the same capture, where there was one. */
  readonly tracking?: Tracking | undefined;
  /** Columns that another exporter has done with, and which this one leaves to the next. */
  readonly spare?: SpareColumns;
}

/** Memory of row groups, to be filled again. */
export interface SpareColumns {
  readonly packets: Filled<PacketColumns>[];
  readonly pings: Filled<PingColumns>[];
  readonly sightings: Filled<SightingColumns>[];
}

/** UTF-8 bytes of a capture's name: each may take three in a path, whose parts have 255 at the most. */
export const LONGEST_NAME = 70;

export const noSpareColumns = (): SpareColumns => ({ packets: [], pings: [], sightings: [] });

/** @throws {CaptureError} if the folder can't be had, holds something else, or tables of a newer schema */
export function createExporter(options: ExporterOptions): Exporter {
  const { folder, capture, node, interfaces, decoder, matches, tables: wanted = TABLE_NAMES } = options;
  const spare = options.spare ?? noSpareColumns();
  openTableFolder(folder);
  const open = <Columns extends PacketColumns | PingColumns | SightingColumns>(
    name: TableName,
    columns: new () => Columns,
    filled: Filled<Columns>[],
  ): Table<Columns> | undefined =>
    wanted.includes(name) ? openTable(join(folder, name), node, capture, columns, filled) : undefined;
  const packets = open('packets', PacketColumns, spare.packets);
  const pings = open('pings', PingColumns, spare.pings);
  const sightings = open('sightings', SightingColumns, spare.sightings);
  const tables = new Map(
    Object.entries({ packets, pings, sightings }).filter(
      (entry): entry is [TableName, NonNullable<(typeof entry)[1]>] => entry[1] !== undefined,
    ),
  );
  const writePacket = packets && createPacketRows(packets);
  const pingRows = createPingRows({ pings, sightings, node, interfaces });
  const reassembler = createReassembler(decoder, pingRows.events);
  const stack = new LayerStack();
  const record = new PacketRecord(stack, interfaces, options.tracking);
  const shown: string[] = [];
  const { decode } = decoder;

  function packet(batch: PacketBatch, i: number): void {
    record.advance(batch, i);
    const index = batch.interfaceIndex[i] as number;
    const { linkType, name } = interfaces[index] as CaptureInterface;
    decode(batch.view, batch.start[i], batch.capturedLength[i], batch.originalLength[i], linkType, stack);
    const isPiece = stack.fragment >= 0;
    if (isPiece) record.reassemble(reassembler);
    if (matches?.(record) === false) return;
    if (name !== undefined) shown[index] ??= escapeControls(name);
    pingRows.packet(record.view, stack, record.number, record.seconds, record.nanoseconds, index);
    writePacket?.(record, shown[index], pingRows.ping());
    if (!isPiece || reassembler.othersLeft() === 0) return;
    const { number, seconds, nanoseconds } = record;
    reassembler.others((view, layers) => {
      pingRows.other(view, layers, number, seconds, nanoseconds, index);
    });
  }

  function finish(): void {
    pingRows.end();
    for (const table of tables.values()) table.finish();
  }

  return {
    packet,
    batch(batch, count = batch.count) {
      for (let i = 0; i < count; i++) packet(batch, i);
    },
    rotate(now) {
      pingRows.settleBefore(now - SETTLED_AFTER);
      for (const table of tables.values()) table.finish();
    },
    finish,
    salvage() {
      for (const write of [() => pingRows.end(), ...[...tables.values()].map((table) => table.finish)]) {
        try {
          write();
        } catch {
          // The first error says why.
        }
      }
    },
    discard() {
      for (const table of tables.values()) table.discard();
    },
    rows: () => new Map([...tables].map(([name, table]) => [name, table.rows()])),
  };
}

/** Seconds that a ping is waited for before it is written, where files are rotated: as long as a packet may take to the next point. */
export const SETTLED_AFTER = 30;
