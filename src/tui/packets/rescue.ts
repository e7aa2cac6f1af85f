/** Packets that nobody has saved when the screen ends otherwise than somebody wanted. */
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CaptureInterface } from '../../packet/source.ts';
import { savePackets } from './save.ts';
import type { PacketStore } from './store.ts';

/**
 * Writes all packets that are still here to a new file, in the current folder or, where that can't be, in the one for
 * temporary files.
 *
 * @returns what was done, in a few words
 * @throws {Error} if there is no place for them
 */
export async function rescuePackets(
  store: PacketStore,
  interfaces: readonly CaptureInterface[],
): Promise<string> {
  const saving = { store, interfaces, file: undefined, count: store.count, isWanted: () => true };
  const time = new Date().toISOString().replace(/\W/g, '').slice(0, 15);
  const name = `tunnelscope-rescued-${time}-${process.pid}.pcapng`;
  try {
    return await savePackets(saving, resolve(name));
  } catch {
    return await savePackets(saving, join(tmpdir(), name));
  }
}
