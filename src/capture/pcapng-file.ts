import type { ByteSource } from './byte-source.ts';
import { CaptureError, type PacketSource } from './source.ts';

/** Whether a file that begins with these bytes is pcapng: needs four of them. */
export function isPcapng(head: Uint8Array): boolean {
  return head[0] === 0x0a && head[1] === 0x0d && head[2] === 0x0d && head[3] === 0x0a;
}

export function openPcapng(source: ByteSource): PacketSource {
  throw new CaptureError(`${source.name}: pcapng`);
}
