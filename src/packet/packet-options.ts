/** What a pcapng file says of a packet beside its bytes: the options of its block (draft-ietf-opsawg-pcapng, sections 3.5 and 4.3). */
import type { CaptureInterface, PacketBatch } from './source.ts';

/** The block's number of a packet that has neither a time nor options. */
export const SIMPLE_PACKET = 3;

/** Options of every block: the end of them, and a comment. */
export const OPTION_END = 0;
export const COMMENT = 1;
/** Of packets: the direction in the lowest two bits, and more. */
export const EPB_FLAGS = 2;

/** Visits options in [start, end): their code, and where their value is and how long. One that runs over ends the list. */
export function eachOption(
  view: DataView,
  start: number,
  end: number,
  littleEndian: boolean,
  visit: (code: number, at: number, size: number) => void,
): void {
  let at = start;
  while (at + 4 <= end) {
    const code = view.getUint16(at, littleEndian);
    const size = view.getUint16(at + 2, littleEndian);
    if (code === OPTION_END || at + 4 + size > end) return;
    visit(code, at + 4, size);
    at += 4 + size + (-size & 3);
  }
}

/** Whether a packet's block has room for options at all: most have none, and need not be looked through. */
export function mayHaveOptions(
  { view, start, capturedLength, blockStart }: PacketBatch,
  index: number,
  { littleEndian }: CaptureInterface,
): boolean {
  const block = blockStart?.[index];
  if (block === undefined || littleEndian === undefined) return false;
  const behind = start[index] + ((capturedLength[index] + 3) & ~3);
  return block + view.getUint32(block + 4, littleEndian) - behind >= 8;
}

/** Visits the options of a packet: none where it does not come from pcapng. */
export function eachPacketOption(
  batch: PacketBatch,
  index: number,
  { littleEndian }: CaptureInterface,
  visit: (code: number, at: number, size: number) => void,
): void {
  const block = batch.blockStart?.[index];
  if (block === undefined || littleEndian === undefined) return;
  const { view } = batch;
  if (view.getUint32(block, littleEndian) === SIMPLE_PACKET) return;
  const captured = batch.capturedLength[index];
  const end = block + view.getUint32(block + 4, littleEndian) - 4;
  eachOption(view, batch.start[index] + captured + (-captured & 3), end, littleEndian, visit);
}

/** Whether the file tells when the packet came: pcapng's simple packet blocks do not. */
export function hasTime(batch: PacketBatch, index: number, { littleEndian }: CaptureInterface): boolean {
  const block = batch.blockStart?.[index];
  return (
    block === undefined ||
    littleEndian === undefined ||
    batch.view.getUint32(block, littleEndian) !== SIMPLE_PACKET
  );
}

/** epb_flags of a packet: in bits 0 and 1 its direction (1 inbound, 2 outbound); undefined if it has none. */
export function packetFlags(
  batch: PacketBatch,
  index: number,
  captureInterface: CaptureInterface,
): number | undefined {
  const told = batch.packetFlags?.[index];
  if (told !== undefined) return told === 0 ? undefined : told;
  let flags: number | undefined;
  eachPacketOption(batch, index, captureInterface, (code, at, size) => {
    if (code === EPB_FLAGS && size === 4) flags = batch.view.getUint32(at, captureInterface.littleEndian);
  });
  return flags;
}
