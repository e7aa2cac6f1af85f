/**
 * Which of the kernel's drops was which lost ping. The kernel tells of a buffer by its address, and in its course at which devices it was and when;
 * the capture tells when the ping was at a device. The two clocks are the same one, so that the moment at the same device, with a length that fits,
 * is the same packet's.
 */
import type { DropContext } from '../finding/drop-reasons.ts';
import type { Certainty, DroppedPings } from '../finding/dropped-pings.ts';
import { droppedText } from '../finding/kernel-dropped.ts';
import type { DevicePlace, DropStep, KernelDrop, KernelWitness } from '../packet/kernel-drop.ts';
import type { CaptureInterface } from '../packet/source.ts';
import { counted } from '../text/words.ts';
import type { Followed } from './followed.ts';
import type { KeptPing, KeptSighting } from './kept-pings.ts';
import type { PathEvidence } from './path-evidence.ts';
import type { PathDrop, PathPing } from './path-view.ts';
import type { Point } from './points.ts';

/** µs between the kernel's event and the time in the ring: some, and many where an interrupt comes between. */
const SAME_MOMENT = 300;
/** µs past which another packet of that length may have been there as well, which the capture does not know of. */
const VERY_MOMENT = 60;
/** A second packet that was dropped, or a second one that was lost, is so much farther away, at least, where the first one is certain. */
const CLEARLY = 3;
/** µs that a packet is under way in the kernel once it is at a device, unless it waits in a queue. */
const UNDER_WAY = 10_000;
/** µs until a packet that a program sends on is in the kernel again. */
const SENT_ON = 1000;
/** What a link header has at most, which one side counts and the other does not: a cooked one has 20. */
const LINK_HEADER = 20;
/** What a tunnel puts around a packet, at most. */
const ENVELOPE = 120;
const MOST_PACKETS = 10;
const NAMES = { icmp: 'ping', tcp: 'connection', dns: 'query' } as const satisfies Record<
  Followed,
  DroppedPings['packet']
>;
/** µs for which the kernel may have been asking already when the ping came. */
const ASKED_BEFORE = 1_000_000;
/** µs that a packet waits for a neighbour's address at most, before it is given up: three questions, a second each, and some more where it is set so. */
const LONGEST_WAIT = 30_000_000;
const ETHERTYPE_ARP = 0x0806;
const ETHERTYPE_IPV6 = 0x86dd;
const SOLICITATION = 86;

/** A step of a drop's course, with what it belongs to. */
interface Place {
  readonly time: number;
  readonly drop: KernelDrop;
  readonly step: number;
  readonly at: DropStep;
}

interface Loss {
  /** Index into the rows. */
  readonly row: number;
  readonly direction: 'request' | 'reply';
  readonly sighting: KeptSighting;
  /** µs since 1970. */
  readonly time: number;
  readonly point: Point;
  readonly protocol: Followed;
}

/** A drop that may be a loss's: its buffer was there in that moment, with a length that fits. */
interface Claim {
  readonly loss: Loss;
  readonly place: Place;
  /** µs between the two. */
  readonly far: number;
}

interface Tied {
  readonly drop: KernelDrop;
  readonly certainty: Certainty;
  readonly place: DevicePlace | undefined;
}

export interface TiedDrops {
  readonly drops: readonly PathDrop[];
  /** Index into them by row; null where none is known. */
  readonly ofRow: readonly (number | null)[];
}

/**
 * @param rows of the kept pings, in their order
 * @param interfaces the source's
 */
export function tieDrops(
  evidence: PathEvidence,
  rows: readonly PathPing[],
  interfaces: readonly CaptureInterface[],
  witness: KernelWitness,
): TiedDrops {
  const { kept, firstSecond, points, tunnels } = evidence;
  const losses = rows.flatMap((row, number) => lossOf(row, number, kept.list[number] as KeptPing));
  const all = dropsAround(losses, witness.drops);
  const byDevice = placesByDevice(all);
  const used = new Set<KernelDrop>();
  const tied = new Map<Loss, Tied>();
  const claims = losses.flatMap(claimsOf);
  const [ofLoss, ofDrop] = [new Map<Loss, Claim[]>(), new Map<KernelDrop, Claim[]>()];
  for (const claim of claims) {
    addTo(ofLoss, claim.loss, claim);
    addTo(ofDrop, claim.place.drop, claim);
  }
  // A packet is dropped once: of several losses it is the nearest one's.
  for (const claim of claims.sort((one, other) => one.far - other.far)) {
    const { loss, place } = claim;
    if (tied.has(loss) || used.has(place.drop)) continue;
    tied.set(loss, tie(claim));
    used.add(place.drop);
  }
  for (const loss of losses) {
    if (tied.has(loss)) continue;
    const found = sameMoment(loss);
    if (found !== undefined) tied.set(loss, found);
  }
  return gather();

  function lossOf({ lastSeen, undelivered }: PathPing, row: number, { way, sightings }: KeptPing): Loss[] {
    const protocol = evidence.ways[way]?.protocol;
    if (lastSeen === null || protocol === undefined) return [];
    // A connection that is refused lost nothing: the RST came, and that its packet is freed is no loss.
    if (protocol !== 'icmp' && undelivered === 'refused') return [];
    const { direction, point } = lastSeen;
    const sighting = sightings[direction === 'request' ? 0 : 1].find((one) => one.point === point);
    if (sighting === undefined) return [];
    const time = firstSecond * 1e6 + sighting.time / 1000;
    return [{ row, direction, sighting, time, point: points.list[point] as Point, protocol }];
  }

  function locate({ interfaceIndex, device }: Point): DevicePlace | undefined {
    const { name } = interfaces[interfaceIndex] as CaptureInterface;
    return name === undefined ? undefined : witness.locate(name, device);
  }

  /** The drops of buffers that the ping may have been in when it was seen last: of each, the step that is nearest. */
  function claimsOf(loss: Loss): Claim[] {
    const { sighting, time, point } = loss;
    const here = locate(point);
    if (here === undefined) return [];
    const nearest = new Map<KernelDrop, Claim>();
    for (const place of placesNear(byDevice.get(here.device) ?? [], time)) {
      const excess = sighting.length - place.at.length;
      if (excess < 0 || excess > LINK_HEADER) continue;
      const far = Math.abs(place.time - time);
      const before = nearest.get(place.drop);
      if (before === undefined || far < before.far) nearest.set(place.drop, { loss, place, far });
    }
    return [...nearest.values()];
  }

  function tie(claim: Claim): Tied {
    const { loss, place, far } = claim;
    const { drop, step } = place;
    const namespace = locate(loss.point)?.namespace;
    const rivals = [...(ofLoss.get(loss) ?? []), ...(ofDrop.get(drop) ?? [])].filter((one) => one !== claim);
    const isClear = far <= VERY_MOMENT && rivals.every((one) => one.far > CLEARLY * (far + 1));
    const isPrompt = drop.time - (drop.course.at(-1) as DropStep).time <= UNDER_WAY;
    return {
      drop,
      certainty: isClear && isPrompt ? 'certain' : 'likely',
      place: drop.place(namespace === undefined ? undefined : { step, namespace }),
    };
  }

  /** The only packet that was dropped when a program should have sent the ping on, and that could be it. */
  function sameMoment({ sighting, time }: Loss): Tied | undefined {
    let found: KernelDrop | undefined;
    for (let at = firstFrom(all, time); at < all.length; at++) {
      const drop = all[at] as KernelDrop;
      if (drop.time > time + SENT_ON) break;
      if (used.has(drop) || !couldBe(drop, sighting.length, time)) continue;
      if (found !== undefined) return undefined;
      found = drop;
    }
    return found && { drop: found, certainty: 'near', place: found.place() };
  }

  /** What was dropped of the questions for the address that the ping waited for, so that it was dropped itself. */
  function unansweredQuestion({ drop, place }: Tied, { time }: Loss): Tied | undefined {
    const namespace = place?.namespace;
    if (namespace === undefined || !drop.reason.startsWith('NEIGH_')) return undefined;
    for (let at = firstFrom(all, time - ASKED_BEFORE); at < all.length; at++) {
      const other = all[at] as KernelDrop;
      if (other.time > drop.time) break;
      if (!isQuestion(other) || !other.couldBeIn(namespace, 0)) continue;
      return { drop: other, certainty: 'likely', place: other.place({ step: 0, namespace }) };
    }
    return undefined;
  }

  /** The envelope's numbers, unless the packet was out of it when it was dropped. */
  function contextOf(
    { sighting }: Loss,
    { course }: KernelDrop,
    packet: DroppedPings['packet'],
  ): DropContext {
    const [outermost] = tunnels.tunnels(sighting.tunnels);
    const last = course.at(-1);
    const isOut = last !== undefined && last.length < sighting.length - LINK_HEADER;
    if (outermost === undefined || (packet !== 'neighbor question' && isOut)) return {};
    const { vni, dstport: port } = outermost;
    return { ...(vni !== undefined && { vni }), ...(port !== undefined && { port }) };
  }

  function gather(): TiedDrops {
    const groups = new Map<string, Group>();
    const ofRow: (number | null)[] = rows.map(() => null);

    function groupOf(
      loss: Loss,
      { drop, certainty, place }: Tied,
      packet: DroppedPings['packet'],
      because: number | null,
    ) {
      const { reason, location } = drop;
      const { direction } = loss;
      const context = contextOf(loss, drop, packet);
      const { device = null, namespace = null } = place ?? {};
      const kind = { reason, location, device, namespace, certainty, packet, direction, because, ...context };
      const key = JSON.stringify(kind);
      let group = groups.get(key);
      if (group === undefined) {
        group = { ...kind, number: groups.size, pings: 0, packets: [] };
        groups.set(key, group);
      }
      group.pings++;
      if (group.packets.length < MOST_PACKETS) group.packets.push(loss.sighting.number);
      return group.number;
    }

    for (const loss of losses) {
      const found = tied.get(loss);
      if (found === undefined) continue;
      const before = unansweredQuestion(found, loss);
      const because = before === undefined ? null : groupOf(loss, before, 'neighbor question', null);
      ofRow[loss.row] = groupOf(loss, found, NAMES[loss.protocol], because);
    }
    const drops = [...groups.values()].map(
      ({ number, ...dropped }): PathDrop => ({
        code: 'kernel-dropped',
        message: droppedText(dropped, 'it'),
        ...dropped,
      }),
    );
    return { drops, ofRow };
  }
}

/** What the kernel could not tell, in words. */
export function witnessNotes({ lost, forgotten, noReasons }: KernelWitness): string[] {
  const notes: string[] = [];
  if (noReasons !== undefined) notes.push(`why the kernel drops packets is not known here: ${noReasons}`);
  if (lost > 0) {
    notes.push(
      `the kernel dropped ${counted(lost, 'packet')} faster than it could tell of: a lost ping may be one of them`,
    );
  }
  if (forgotten > 0) {
    notes.push(
      `${counted(forgotten, 'drop')} past the first ones are not remembered: a lost ping may be one of them`,
    );
  }
  return notes;
}

type Group = Omit<PathDrop, 'code' | 'message' | 'packets' | 'pings'> & {
  readonly number: number;
  pings: number;
  packets: number[];
};

/** ARP, or a neighbour solicitation as long as most are: its link layer's address in it, and Ethernet around it (RFC 4861, section 4.3). */
function isQuestion({ course: [first] }: KernelDrop): boolean {
  if (first === undefined || !first.isSent) return false;
  return (
    first.protocol === ETHERTYPE_ARP || (first.protocol === ETHERTYPE_IPV6 && first.length === SOLICITATION)
  );
}

/** Those that can have anything to do with the losses. */
function dropsAround(losses: readonly Loss[], drops: readonly KernelDrop[]): readonly KernelDrop[] {
  const times = losses.map(({ time }) => time);
  const [first, last] = times.reduce(
    ([least, most], time) => [Math.min(least, time), Math.max(most, time)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  return drops.slice(firstFrom(drops, first - ASKED_BEFORE), firstFrom(drops, last + LONGEST_WAIT));
}

function placesByDevice(drops: readonly KernelDrop[]): Map<string, Place[]> {
  const places = new Map<string, Place[]>();
  for (const drop of drops) {
    for (const [step, at] of drop.course.entries()) {
      addTo(places, at.device, { time: at.time, drop, step, at });
    }
  }
  for (const here of places.values()) here.sort((one, other) => one.time - other.time);
  return places;
}

function addTo<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function* placesNear(places: readonly Place[], time: number): Generator<Place> {
  for (let i = firstFrom(places, time - SAME_MOMENT); i < places.length; i++) {
    const place = places[i] as Place;
    if (place.time > time + SAME_MOMENT) return;
    yield place;
  }
}

/** The first of a sorted list that is not before a time. */
function firstFrom(list: readonly { readonly time: number }[], time: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] as { time: number }).time < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether a packet that a program has sent on after `time` may have been this one: as long, or longer by a tunnel's envelope. */
function couldBe({ course, protocol }: KernelDrop, length: number, time: number): boolean {
  if (protocol === ETHERTYPE_ARP) return false;
  const [first] = course;
  if (first === undefined) return true;
  if (first.time < time - 1) return false;
  return course.some((step) => step.length >= length - ENVELOPE && step.length <= length + ENVELOPE);
}
