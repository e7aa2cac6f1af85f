/** What every packet source owes its users, whatever it reads: checked while its packets are collected. */
import assert from 'node:assert/strict';
import type { PacketBatch, PacketSource } from '../../src/packet/source.ts';

export interface Packet {
  /** Seconds since 1970 with nine digits behind the point. */
  readonly time: string;
  readonly capturedLength: number;
  readonly originalLength: number;
  readonly linkType: number;
  /** In hex. */
  readonly bytes: string;
}

/** Reads a source to its end, holding every batch to the rules of {@link PacketBatch}. */
export async function collect(source: PacketSource, each?: (packet: Packet) => void): Promise<Packet[]> {
  const packets: Packet[] = [];
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    assert(batch.count > 0, 'a batch has packets');
    assert.equal(batch.view.buffer, batch.bytes.buffer);
    assert.equal(batch.view.byteOffset, batch.bytes.byteOffset);
    assert.equal(batch.view.byteLength, batch.bytes.byteLength);
    for (let i = 0; i < batch.count; i++) {
      const packet = packetAt(source, batch, i);
      packets.push(packet);
      each?.(packet);
    }
    assert.equal(source.statistics().received, packets.length);
  }
  assert.equal(await source.next(), undefined, 'the end stays the end');
  return packets;
}

function packetAt(source: PacketSource, batch: PacketBatch, i: number): Packet {
  const [start, captured, original] = [batch.start[i], batch.capturedLength[i], batch.originalLength[i]];
  const [seconds, nanoseconds, index] = [batch.seconds[i], batch.nanoseconds[i], batch.interfaceIndex[i]];
  assert(start !== undefined && captured !== undefined && original !== undefined);
  assert(seconds !== undefined && nanoseconds !== undefined && index !== undefined);
  assert(start >= 0 && captured >= 0 && start + captured <= batch.bytes.length, 'a packet lies in its batch');
  assert(original >= captured);
  assert(Number.isInteger(seconds) && nanoseconds >= 0 && nanoseconds <= 999_999_999);
  const captureInterface = source.interfaces[index];
  assert(captureInterface !== undefined, "a packet's interface is known when it is handed out");
  return {
    time: `${seconds}.${String(nanoseconds).padStart(9, '0')}`,
    capturedLength: captured,
    originalLength: original,
    linkType: captureInterface.linkType,
    bytes: Buffer.from(batch.bytes.subarray(start, start + captured)).toString('hex'),
  };
}

/** What a source hands out before it fails, and why it does; no reason where it comes to its end. Closes it. */
export async function packetsBefore(
  source: PacketSource,
): Promise<{ packets: Packet[]; message: string | undefined }> {
  const packets: Packet[] = [];
  try {
    await collect(source, (packet) => packets.push(packet));
    return { packets, message: undefined };
  } catch (error) {
    return { packets, message: (error as Error).message };
  } finally {
    await source.close();
  }
}
