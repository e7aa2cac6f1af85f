/**
 * The kernel's drops as they happen, each with where its packet was before: two instances of its tracing, one for the drops, whose lines are
 * read all the time, and one for receiving and sending, which nobody reads while nothing is dropped. At the rates of a busy host those are hundreds of
 * thousands a second, which the kernel writes over again; their pages are read, in one go, when a drop asks for what was before it.
 *
 * The room's files: tracefs.ts, trace-instance.ts (made, removed), trace-clock.ts; event-format.ts, raw-pages.ts, drop-lines.ts (what comes);
 * packet-events.ts, packet-log.ts (by the buffer's address), device-places.ts (whose namespace); counters.ts, the kernel's own sums; witness.ts, all
 * of it beside a capture.
 */
import { closeSync } from 'node:fs';
import type { DropStep, KernelDrop } from '../../packet/kernel-drop.ts';
import type { DevicePlaces } from './device-places.ts';
import { createDropLines, type DropLine } from './drop-lines.ts';
import type { EventFormat } from './event-format.ts';
import { openPacketEvents, type PacketEvents, packetEventFormats, readNow } from './packet-events.ts';
import { chooseTraceClock } from './trace-clock.ts';
import {
  createTraceInstance,
  removeLeftInstances,
  startRemover,
  type TraceInstance,
} from './trace-instance.ts';
import { eventFormat, openTracefs, TracingUnavailableError } from './tracefs.ts';

export interface DropWatch {
  /** Reads what has come since the last time; it does not wait. */
  read(tell: (drop: KernelDrop) => void): void;
  /** Drops that the kernel had no room to tell of. */
  readonly lost: number;
  /** Removes the instances. */
  close(): Promise<void>;
}

const DROP = 'skb/kfree_skb';

/** Ends of packets that are no loss: a filter's work, what is for others or came before, what nobody waits for any more. */
export const NO_LOSS: ReadonlySet<string> = new Set([
  ...['SOCKET_FILTER', 'OTHERHOST', 'PACKET_SOCK_ERROR', 'SOCKET_CLOSE', 'QUEUE_PURGE'],
  ...['UNIX_DISCONNECT', 'UNIX_SKIP_OOB', 'IPV6_NDISC_NS_OTHERHOST'],
  ...['TCP_OLD_DATA', 'TCP_OFOMERGE', 'TCP_OLD_ACK', 'TCP_OLD_SEQUENCE', 'TCP_CLOSE'],
]);

/**
 * By function: ping_rcv drops a copy of each echo reply that a raw socket has got (ping's, as root) for want of a ping socket, and what nobody waits
 * for any more; ip6_mc_input what is for groups that nobody here is in.
 */
const NO_LOSS_IN: ReadonlyMap<string, string> = new Map([
  ['ping_rcv', 'NO_SOCKET'],
  ['ip6_mc_input', 'NOT_SPECIFIED'],
]);

/** IPv4, IPv6, ARP; and 0, for what was dropped before it was known. */
const PROTOCOLS = [0x0800, 0x86dd, 0x0806, 0];

/** They drop buffers that they have made themselves: what was at the address before was another packet. */
const NEW_BUFFER: ReadonlySet<string> = new Set(['tun_get_user', 'tap_get_user']);

/** KiB of the kernel's buffer for each processor. */
const BUFFER = 512;

/** trace_pipe hands out a page or two at a time. */
const TEXT_ROOM = 1 << 14;
/** Bytes of lines in one go: some milliseconds' work. What is left comes the next time. */
const MOST_TEXT = 1 << 20;

/**
 * @param places of devices, by their names
 * @param folders where tracing is mounted
 * @throws {TracingUnavailableError} where it can't be had: the message says why
 */
export function openDropWatch(places: DevicePlaces, folders?: readonly string[]): DropWatch {
  const tracefs = openTracefs(folders);
  const instances: TraceInstance[] = [];
  const make = () => {
    const instance = createTraceInstance(tracefs);
    instances.push(instance);
    return instance;
  };
  try {
    const format = eventFormat(tracefs, DROP);
    if (!format.fields.has('reason')) {
      throw new TracingUnavailableError(
        'this kernel gives no reasons for drops: they need Linux 5.17 or later',
      );
    }
    const packetFormats = packetEventFormats(tracefs);
    removeLeftInstances(tracefs);
    const drops = make();
    const { name, offset } = chooseTraceClock(drops.read('trace_clock'));
    const packets = make();
    for (const instance of instances) instance.write('trace_clock', name);
    // What was before the first drop is to be known, too.
    const events = openPacketEvents(packets, packetFormats);
    const pipe = openDrops(drops, format);
    const remover = startRemover(tracefs, instances);
    return watch(pipe, events, offset, places, async () => {
      closeSync(pipe);
      events.close();
      for (const instance of instances) instance.close();
      await remover.remove();
      tracefs.close();
    });
  } catch (error) {
    for (const instance of instances) instance.close();
    if (instances.length > 0) removeLeftInstances(tracefs);
    tracefs.close();
    throw error;
  }
}

/**
 * The kernel's filter: reasons that are a loss, of packets that could be a ping's.
 *
 * @param knowsFunctions whether the kernel finds an address's function, as Linux 6.4 is the first to do
 */
export function dropFilter({ symbols }: EventFormat, knowsFunctions = true): string {
  const protocols = PROTOCOLS.map((protocol) => `protocol == ${protocol}`).join(' || ');
  const reasons = [...symbols]
    .filter(([, name]) => NO_LOSS.has(name))
    .map(([number]) => `reason != ${number}`);
  const functions = [...NO_LOSS_IN].flatMap(([location, reason]) =>
    [...symbols]
      .filter(([, name]) => knowsFunctions && name === reason)
      .map(([number]) => `(reason != ${number} || location.function != ${location})`),
  );
  return [`(${protocols})`, ...reasons, ...functions].join(' && ');
}

/** @returns the descriptor of its lines */
function openDrops(instance: TraceInstance, format: EventFormat): number {
  // Addresses as they are, as the pages have them; functions without the place in them.
  instance.write('options/hash-ptr', '0');
  instance.write('options/sym-offset', '0');
  instance.write('buffer_size_kb', String(BUFFER));
  try {
    instance.write(`events/${DROP}/filter`, dropFilter(format));
  } catch {
    instance.write(`events/${DROP}/filter`, dropFilter(format, false));
  }
  instance.write(`events/${DROP}/enable`, '1');
  return instance.open('trace_pipe');
}

function watch(
  pipe: number,
  events: PacketEvents,
  offset: number,
  places: DevicePlaces,
  close: () => Promise<void>,
): DropWatch {
  const lines = createDropLines();
  const text = Buffer.alloc(TEXT_ROOM);

  function describe({ time, reason, location, protocol, address }: DropLine): KernelDrop {
    const steps = NEW_BUFFER.has(location) ? [] : events.courseOf(address);
    const course: DropStep[] = steps.map((step) => ({ ...step, time: step.time + offset }));
    return {
      time: time + offset,
      ...{ reason, location, protocol, course },
      place(known) {
        const last = course.at(-1);
        if (last === undefined) return undefined;
        return { device: last.device, namespace: places.namespacesOf(course, known).at(-1) };
      },
      couldBeIn: (namespace, step) => places.isPossible(course, { step, namespace }),
    };
  }

  return {
    read(tell) {
      const found: DropLine[] = [];
      for (let left = MOST_TEXT; left > 0; ) {
        const length = readNow(pipe, text);
        if (length === 0) break;
        left -= length;
        lines.take(text.toString('latin1', 0, length), (line) => {
          if (NO_LOSS_IN.get(line.location) !== line.reason) found.push(line);
        });
      }
      if (found.length === 0) return;
      found.sort((one, other) => one.time - other.time);
      events.readUntil(found, (line) => tell(describe(line)));
    },
    get lost() {
      return lines.lost;
    },
    close,
  };
}
