import type { ByteWriter } from './byte-writer.ts';
import type { PacketPrinter } from './printer.ts';

const BYTES_A_LINE = 16;
const DOT = 46;
const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;
/** Where the characters stand behind the offset: three places a byte, and three spaces. */
const CHARACTERS_COLUMN = 2 + BYTES_A_LINE * 3 + 2;

/**
 * `-x`: each packet's bytes behind what `printer` says of it, as tshark's `-x` prints them: offset, 16 bytes in hexadecimal, and
 * as characters, a dot for what is not printable ASCII; then an empty line.
 */
export function withBytes(printer: PacketPrinter): PacketPrinter {
  return {
    begin: printer.begin,
    packet(out, record) {
      printer.packet(out, record);
      const { packetStart, packetEnd } = record.stack;
      writeBytes(out, record.view, packetStart, packetEnd);
      out.newline();
    },
    end: printer.end,
  };
}

/** Writes the bytes in [start, end), 16 a line. */
function writeBytes(out: ByteWriter, view: DataView, start: number, end: number): void {
  for (let at = start; at < end; at += BYTES_A_LINE) {
    const stop = Math.min(at + BYTES_A_LINE, end);
    out.hex(at - start, 4);
    const column = out.length;
    out.spaces(1);
    for (let i = at; i < stop; i++) {
      out.spaces(1);
      out.hexBytes(view, i, i + 1);
    }
    out.padTo(column, CHARACTERS_COLUMN);
    for (let i = at; i < stop; i++) {
      const byte = view.getUint8(i);
      out.character(byte >= FIRST_PRINTABLE && byte <= LAST_PRINTABLE ? byte : DOT);
    }
    out.newline();
  }
}
