/** Captures in memory, for tests that look at every packet several times. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';

export interface CapturedPacket {
  /** From 1, as Wireshark counts. */
  readonly number: number;
  /** The packet's own memory: nothing is before or behind it. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly originalLength: number;
  readonly linkType: number;
}

/** The fixtures' paths: the lab's captures, and those made by make-fixtures.py. */
export const labCaptures: readonly string[] = capturesIn('fixtures');
export const generatedCaptures: readonly string[] = capturesIn('fixtures/generated');
/** Captures of other kinds than a device's frames: logs, other programs' and others' networks. */
export const linkCaptures: readonly string[] = capturesIn('fixtures/links');
/** Tunnel programs, each with pings through it: fixtures/programs/README.md. */
export const programCaptures: readonly string[] = capturesIn('fixtures/programs');
/** TUN and TAP devices in TCP. */
export const streamCaptures: readonly string[] = capturesIn('fixtures/streams');

function capturesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.pcap'))
    .sort()
    .map((name) => join(folder, name));
}

export async function readCapture(path: string): Promise<CapturedPacket[]> {
  const source = await openCaptureFile(path);
  const packets: CapturedPacket[] = [];
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      const start = batch.start[i] as number;
      const bytes = batch.bytes.slice(start, start + (batch.capturedLength[i] as number));
      packets.push({
        number: packets.length + 1,
        bytes,
        view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
        originalLength: batch.originalLength[i] as number,
        linkType: source.interfaces[batch.interfaceIndex[i] as number]?.linkType as number,
      });
    }
  }
  await source.close();
  return packets;
}
