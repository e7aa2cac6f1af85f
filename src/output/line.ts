import type { ByteWriter } from './byte-writer.ts';
import { writeEndpoints, writeInfo, writeMarks, writeTunnel } from './columns.ts';
import type { PacketPrinter } from './printer.ts';

/** Two of the longest common private addresses with a port: what endpoints are aligned to until longer ones come. */
const ENDPOINTS_WIDTH = 31;
/** No IPv4 endpoints are longer: 255.255.255.255:65535 twice. Longer IPv6 ones push their own line only. */
const WIDEST_ENDPOINTS = 45;
/** "tunpi (guess)", "vxlan vni=100". */
const TUNNEL_WIDTH = 13;
/** "vxlan vni=16777215". */
const WIDEST_TUNNEL = 18;
const NUMBER_WIDTH = 6;
const SECONDS_WIDTH = 5;
const LENGTH_WIDTH = 5;

/**
 * One line a packet, outer and inner headers side by side:
 *
 * ```text
 *      1     0.000000    130  10.1.0.10:9000 > 10.2.0.10:9000  tunpi (guess)  172.16.0.2 > 172.16.1.2         ICMP Echo request id=4951 seq=1 ttl=63
 * ```
 *
 * Number; seconds since the first packet (microseconds, or nanoseconds once the capture turns out to have them); bytes on
 * the wire; then for each level its endpoints, and between two levels the tunnel that carries the inner one: as many as
 * the packet has; then the innermost header's protocol and news; then in brackets what is wrong with the packet.
 *
 * A packet that is in no tunnel has its news where others have their tunnel, so that the two kinds tell apart at a
 * glance. Nothing is ever cut: a column starts as wide as common IPv4 endpoints need, widens when longer ones come, and stays so.
 *
 * Arrows and all else are plain ASCII: the same bytes in a pipe, a log and a terminal under LANG=C, easy to grep for.
 */
export function createLinePrinter(): PacketPrinter {
  // Columns by their order: endpoints at even places, tunnels at odd ones.
  const widths: number[] = [];
  let nanoseconds = false;

  return {
    begin() {
      widths.length = 0;
      nanoseconds = false;
    },

    packet(out, record) {
      const { stack, batch, index } = record;
      const view = batch.view;
      out.uintRight(record.number, NUMBER_WIDTH);
      let seconds = record.seconds - record.firstSeconds;
      let fraction = record.nanoseconds - record.firstNanoseconds;
      if (fraction < 0) {
        fraction += 1_000_000_000;
        seconds--;
      }
      // A packet may be older than the first: files are not always in order.
      const isNegative = seconds < 0;
      if (isNegative) {
        seconds = -seconds;
        if (fraction > 0) {
          fraction = 1_000_000_000 - fraction;
          seconds--;
        }
      }
      out.uintRight(seconds, SECONDS_WIDTH, isNegative);
      out.text('.');
      if (!nanoseconds && record.nanoseconds % 1000 !== 0) nanoseconds = true;
      if (nanoseconds) out.nineDigits(fraction);
      else out.sixDigits((fraction / 1000) | 0);
      out.spaces(2);

      out.uintRight(batch.originalLength[index], LENGTH_WIDTH);
      out.spaces(2);

      let column = 0;
      let layer = 0;
      while (layer < stack.count) {
        let start = out.length;
        layer = writeEndpoints(out, view, stack, layer);
        padColumn(out, widths, column++, start, ENDPOINTS_WIDTH, WIDEST_ENDPOINTS);
        if (layer >= stack.count || stack.isQuoted(layer)) break;
        start = out.length;
        writeTunnel(out, view, stack, layer);
        padColumn(out, widths, column++, start, TUNNEL_WIDTH, WIDEST_TUNNEL);
      }
      writeInfo(out, view, stack);
      writeMarks(out, view, stack);
      out.newline();
    },

    end() {},
  };
}

/** Ends the column that started at `start`: wider from now on where it must be. */
function padColumn(
  out: ByteWriter,
  widths: number[],
  column: number,
  start: number,
  least: number,
  most: number,
): void {
  if (column === widths.length) widths.push(least);
  const length = out.length - start;
  if (length > widths[column] && length <= most) widths[column] = length;
  out.padTo(start, widths[column]);
  out.spaces(2);
}
