/** What commands with a second thread have in common. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isSingleExecutable } from '../host/single-executable.ts';
import type { PacketBatch, PacketSource } from '../packet/source.ts';

/**
 * Whether a file seems to hold so many packets, and there is a processor for another thread.
 *
 * @param source after its first batch
 * @param packets for which a thread is worth its start
 */
export function isWorthThread(source: PacketSource, batch: PacketBatch, packets: number): boolean {
  const { readShare = 1 } = source.statistics();
  return batch.fileOffset !== undefined && batch.count / readShare >= packets && availableParallelism() > 1;
}

/** A thread's program, beside the command; undefined where that is one file alone. */
export function bundledProgram(name: string): string | undefined {
  if (isSingleExecutable()) return undefined;
  const path = join(import.meta.dirname, name);
  return existsSync(path) ? path : undefined;
}
