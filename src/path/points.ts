/** Where a ping can be seen: the interfaces of a capture, or of several files. */

import type { LayerStack } from '../decode/layer-stack.ts';
import { LINKTYPE_LINUX_SLL2 } from '../packet/link-type.ts';
import type { CaptureInterface } from '../packet/source.ts';

/** The most points that are told apart: pings seen at any further one are only counted. */
export const MOST_POINTS = 32;

/** Where packets come from: a live capture, or one of several files. */
export interface PointOrigin {
  /** Goes before the interface's name; empty if there is only one origin. */
  readonly label: string;
  /** The name of an unnamed interface; default: `if1`. */
  readonly unnamed?: string;
  /** Origins with the same number have the same clock. */
  readonly clock: number;
  /** What the clock is called; default: the label. */
  readonly clockName?: string;
}

/** What the clock of this machine is called beside others. */
export const CLOCK_HERE = 'this machine';

/** The origins of interfaces that say themselves whose clock stamps their packets; all others have that of this machine. */
export function originsByClock(
  interfaces: readonly CaptureInterface[],
): (interfaceIndex: number) => PointOrigin {
  const clockOf = (index: number) => interfaces[index]?.clock ?? CLOCK_HERE;
  return (interfaceIndex) => {
    const own = clockOf(interfaceIndex);
    const clocks = new Set(interfaces.map((_, index) => clockOf(index)));
    const isOnly = clocks.size <= 1 && own === CLOCK_HERE;
    return { label: '', clock: Math.max(0, [...clocks].indexOf(own)), clockName: isOnly ? '' : own };
  };
}

export interface Point {
  readonly name: string;
  readonly clock: number;
  /** Index into the capture's interfaces. */
  readonly interfaceIndex: number;
  /** The kernel's number of the device, where the interface stands for all. */
  readonly device: number | undefined;
  /** ns by which a packet may have come later than its time says, whose smaller units are cut off. */
  readonly cutOff: number;
}

export interface PointTable {
  readonly list: readonly Point[];
  /** The number of the point at which a packet was captured; -1 past {@link MOST_POINTS}. */
  find(view: DataView, stack: LayerStack, interfaceIndex: number): number;
  /** Has interfaces on which no ping was seen among the points too, as far as there is room. */
  complete(): void;
}

/**
 * @param interfaces the source's own list, which grows while packets are read
 * @param originOf an interface's origin
 */
export function createPointTable(
  interfaces: readonly CaptureInterface[],
  originOf: (interfaceIndex: number) => PointOrigin,
): PointTable {
  const UNKNOWN = -1;
  const MANY = -2;
  const list: Point[] = [];
  /** Points of interfaces; and of those whose packets tell their devices (`any`), by the index of the device. */
  const plain = new Int8Array(1 << 16).fill(UNKNOWN);
  const cooked = new Map<number, number>();

  function add(interfaceIndex: number, device: number): number {
    if (list.length === MOST_POINTS) return -1;
    const { label, clock, unnamed } = originOf(interfaceIndex);
    const { name, timeResolution = 9 } = interfaces[interfaceIndex] as CaptureInterface;
    const isAlone = interfaces.every(
      (_, other) => other === interfaceIndex || originOf(other).label !== label,
    );
    const parts = [label, name ?? (isAlone ? unnamed : undefined) ?? `if${interfaceIndex + 1}`];
    if (device >= 0) parts.push(`dev${device}`);
    list.push({
      name: parts.filter((part) => part !== '').join(':'),
      clock,
      interfaceIndex,
      device: device >= 0 ? device : undefined,
      cutOff: Math.max(0, unitOf(timeResolution) * 1e9 - 1),
    });
    return list.length - 1;
  }

  return {
    list,
    find(view, stack, interfaceIndex) {
      let point = plain[interfaceIndex] as number;
      if (point === UNKNOWN) {
        const isCooked = interfaces[interfaceIndex]?.linkType === LINKTYPE_LINUX_SLL2;
        point = isCooked ? MANY : add(interfaceIndex, -1);
        plain[interfaceIndex] = point;
      }
      if (point !== MANY) return point;
      // The device's index (tcpdump.org, LINKTYPE_LINUX_SLL2): 4 bytes from the start.
      const device = view.getUint32(stack.packetStart + 4);
      const key = interfaceIndex * 2 ** 32 + device;
      const known = cooked.get(key);
      if (known !== undefined) return known;
      // One that is named is its only device, as a rule.
      const isNamed = !standsForAll(interfaces[interfaceIndex] as CaptureInterface);
      const isFirst = list.every((other) => other.interfaceIndex !== interfaceIndex);
      point = add(interfaceIndex, isNamed && isFirst ? -1 : device);
      if (point >= 0) cooked.set(key, point);
      return point;
    },
    complete() {
      const seen = new Set(list.map((point) => point.interfaceIndex));
      for (const [index, one] of interfaces.entries()) {
        if (!seen.has(index) && !standsForAll(one)) add(index, -1);
      }
    },
  };
}

/** Seconds. @param resolution as if_tsresol of pcapng has it */
function unitOf(resolution: number): number {
  const exponent = resolution & 0x7f;
  return resolution & 0x80 ? 2 ** -exponent : 10 ** -exponent;
}

/** Linux's `any`, also another namespace's, or an unnamed one: its packets tell their devices, each of which is a point. */
function standsForAll({ linkType, name }: CaptureInterface): boolean {
  return linkType === LINKTYPE_LINUX_SLL2 && (name === undefined || /(^|:)any$/.test(name));
}
