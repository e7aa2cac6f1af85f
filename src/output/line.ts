import { createNaming } from './address-names.ts';
import type { ByteWriter } from './byte-writer.ts';
import { writeInfo, writeMarks } from './columns.ts';
import { createLevels } from './levels.ts';
import { createTimeWriter, type TimeFormat } from './line-times.ts';
import type { Carried, PacketPrinter, PacketRecord } from './printer.ts';
import { put } from './put.ts';
import { template } from './template.ts';

const AND = template('  and ');
const MORE = template(' more in this segment');
const ON = template('  on ');
const NUMBER_WIDTH = 6;
const LENGTH_WIDTH = 7;
/** The longest number, time and length. */
const HEAD_ROOM = 96;

/**
 * One line a packet, outer and inner headers side by side:
 *
 * ```text
 *      1     0.000000    130  10.1.0.10:9000 > 10.2.0.10:9000  tunpi (guess)  172.16.0.2 > 172.16.1.2         ICMP Echo request id=4951 seq=1 ttl=63
 * ```
 *
 * Number; its time, seconds since the first packet where not asked for otherwise (microseconds, or nanoseconds once the capture turns out to have them); bytes on
 * the wire; then for each level its endpoints, and between two levels the tunnel that carries the inner one: as many as
 * the packet has; then the innermost header's protocol and news; then in brackets what is wrong with the packet.
 *
 * Behind the news stands how many more packets the same TCP segment ends, where a TUN or TAP device is copied into a connection: `  and 2 more in this segment`.
 *
 * Where packets are of several interfaces, theirs stands at the end: ` on h1:eth0`. In front of it stand the names of the innermost addresses, where they
 * are known: `  (shop/web-0 > shop/db)`.
 *
 * A packet that is in no tunnel has its news where others have their tunnel, so that the two kinds tell apart at a
 * glance. Nothing is ever cut: a column starts as wide as common IPv4 endpoints need, widens when longer ones come, and stays so.
 *
 * Arrows and all else are plain ASCII: the same bytes in a pipe, a log and a terminal under LANG=C, easy to grep for.
 */
export function createLinePrinter(times: TimeFormat = 'r'): PacketPrinter {
  const head = createHead(times);
  const levels = createLevels();
  let writeInterface = createWriteInterface();
  let naming: ReturnType<typeof createNaming> | undefined;

  return {
    begin() {
      head.reset();
      levels.reset();
      writeInterface = createWriteInterface();
    },

    packet(out, record) {
      const { stack, view } = record;
      head.write(out, record);
      if (!levels.write(out, view, stack)) writeInfo(out, view, stack);
      if (record.others > 0) {
        out.template(AND);
        out.uint(record.others);
        out.template(MORE);
      }
      writeMarks(out, view, stack);
      if (record.names !== undefined) out.text((naming ??= createNaming(record.names))(view, stack));
      if (record.interfaces.length > 1) writeInterface(out, record);
      out.newline();
    },

    end() {},
    ...(head.carried !== undefined && { carried: both(head.carried, levels.carried) }),
  };
}

/** @param one of a single number */
function both(one: Carried, other: Carried): Carried {
  return {
    get: () => [...one.get(), ...other.get()],
    set(numbers) {
      one.set(numbers.slice(0, 1));
      other.set(numbers.slice(1));
    },
    get changes() {
      return one.changes + other.changes;
    },
  };
}

/** Writes which interface a packet is of, with what is written of each made once. */
function createWriteInterface(): (out: ByteWriter, record: PacketRecord) => void {
  const names: DataView[] = [];
  return (out, { interfaceName, batch, index }) => {
    const number = batch.interfaceIndex[index];
    // As Wireshark counts those without a name: from 0.
    const name = (names[number] ??= bytesOf(interfaceName ?? `interface ${number}`));
    out.template(ON);
    out.packetText(name, 0, name.byteLength);
  };
}

function bytesOf(text: string): DataView {
  return new DataView(new TextEncoder().encode(text).buffer);
}

/** Number, time and length. */
function createHead(format: TimeFormat): {
  write(out: ByteWriter, record: PacketRecord): void;
  reset(): void;
  readonly carried: Carried | undefined;
} {
  const { uintRight, spaces } = put;
  const HEAD = HEAD_ROOM;
  const NUMBER = NUMBER_WIDTH;
  const LENGTH = LENGTH_WIDTH;
  const times = createTimeWriter(format);

  return {
    reset: times.reset,
    carried: times.carried,
    write(out, record) {
      let at = out.reserve(HEAD);
      const to = out.view;
      at = uintRight(to, at, record.number, NUMBER);
      at = times.write(to, at, record);
      out.length = spaces(to, uintRight(to, at, record.stack.originalLength, LENGTH), 2);
    },
  };
}
