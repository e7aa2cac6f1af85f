/** Pings counted by path: what is the same for a request, its reply, and the next request of the same run. */
import { ipv4Text, ipv6Text } from '../../decode/format.ts';
import { randomFactors } from '../../decode/hash.ts';
import { RoundTripTimes } from '../round-trip-times.ts';
import { Tally } from '../tally.ts';
import { PacketSizes } from './packet-sizes.ts';
import { PingCourse } from './ping-course.ts';
import { NO_HOPS, Trace } from './trace.ts';

/** The most paths that are told apart; pings on any further one count in the totals alone. */
export const MOST_PATHS = 1024;

/** What became of the requests of one path. */
export class PathCounts {
  readonly requests = new Tally();
  answered = 0;
  /** Replies that came once more, as ping counts them; the packet is the first reply. */
  readonly duplicates = new Tally();
  /** Those of them that answer a request to a group, which many do. */
  readonly groupDuplicates = new Tally();
  /** Requests that were sent once more before an answer. */
  readonly repeated = new Tally();
  readonly unanswered = new Tally();
  /** Those of them that were sent so late that a reply may still come, where more packets do. */
  waiting = 0;
  /** Those of them that had to leave memory: an answer may have come all the same. */
  readonly forgotten = new Tally();
  /** Of the unanswered: a reply was seen, and an ICMP error says that it was not delivered; it is damaged, and receivers drop it; it did not come back to where its request was seen first. */
  readonly refused = new Tally();
  readonly damaged = new Tally();
  readonly away = new Tally();
  /** Replies that do not return their request's data, by its first bytes or length, or by the checksums alone. */
  readonly otherData = new Tally();
  readonly otherSum = new Tally();
  /** Replies in frames to another hardware address than their requests came from. */
  readonly otherHardware = new Tally();
  /** Replies that came after the time limit. */
  readonly late = new Tally();
  /** Replies that count, and came later than most people wait. */
  readonly slow = new Tally();
  /** Answered by a reply that no tunnel carried, though the request went through one. */
  readonly outside = new Tally();
  readonly otherVni = new Tally();
  readonly otherTunnel = new Tally();
  readonly otherEnds = new Tally();
  /** Answered on another UDP port, which may be meant so: of interest to who demands a port. */
  readonly otherPort = new Tally();
  /** Answered with another GRE key, which may be meant so: of interest to who demands a key. */
  readonly otherKey = new Tally();
  /** Requests and replies whose TTL is another than that of the one before on the same path. */
  readonly otherHops = new Tally();
  /** The last request's and reply's TTLs, inner and (256 times) outer; -1 before the first. */
  requestHops = -1;
  replyHops = -1;
  /** The first change among them: before and after. */
  hopsChange: readonly [before: number, after: number] | undefined;
  /** Replies whose time is before their request's. */
  readonly backwards = new Tally();
  /** Requests whose TTL ran out, as a router says: counted as answered or not once it is known whether they were sent for that. */
  readonly expired = new Tally();
  /** When they were sent. */
  #expiredCourse: PingCourse | undefined;
  /** Of requests with few hops left, if there are any. */
  trace: Trace | undefined;
  /** Whether the path's requests are a traceroute's. */
  isTrace = false;
  /** The fewest hops that were left to a request that was answered. */
  leastHops = NO_HOPS;
  readonly times = new RoundTripTimes();
  readonly course = new PingCourse();
  readonly sizes = new PacketSizes();

  /** Duplicates that nobody expects. */
  strayDuplicates(): Tally {
    const stray = new Tally();
    stray.count = this.duplicates.count - this.groupDuplicates.count;
    stray.packets.push(
      ...this.duplicates.packets.filter((packet) => !this.groupDuplicates.packets.includes(packet)),
    );
    return stray;
  }

  /** The TTLs are other ones than before, or the first. */
  noteHops(isReply: boolean, hops: number, packet: number): void {
    const before = isReply ? this.replyHops : this.requestHops;
    if (isReply) this.replyHops = hops;
    else this.requestHops = hops;
    if (before < 0) return;
    this.otherHops.add(packet);
    this.hopsChange ??= [before, hops];
  }

  /** @param time of the request, in ns since the capture's first second */
  addExpired(packet: number, time: number): void {
    this.expired.add(packet);
    this.#expiredCourse ??= new PingCourse();
    this.#expiredCourse.add(time, -1);
  }

  /** Once all are counted: what ran out is the answer that a traceroute's probes were sent for, and the loss of any other request. */
  settleExpired(): void {
    const { expired, trace } = this;
    if (expired.count === 0) return;
    this.isTrace = trace?.isTrace(expired.count, this.leastHops) === true;
    if (this.isTrace) {
      this.answered += expired.count;
    } else {
      this.unanswered.merge(expired);
      this.unanswered.packets.sort((a, b) => a - b);
      if (this.#expiredCourse !== undefined) this.course.merge(this.#expiredCourse);
    }
  }

  merge(other: PathCounts): void {
    this.requests.merge(other.requests);
    this.answered += other.answered;
    this.duplicates.merge(other.duplicates);
    this.groupDuplicates.merge(other.groupDuplicates);
    this.repeated.merge(other.repeated);
    this.unanswered.merge(other.unanswered);
    this.waiting += other.waiting;
    this.forgotten.merge(other.forgotten);
    this.refused.merge(other.refused);
    this.damaged.merge(other.damaged);
    this.away.merge(other.away);
    this.otherData.merge(other.otherData);
    this.otherSum.merge(other.otherSum);
    this.otherHardware.merge(other.otherHardware);
    this.late.merge(other.late);
    this.slow.merge(other.slow);
    this.outside.merge(other.outside);
    this.otherVni.merge(other.otherVni);
    this.otherTunnel.merge(other.otherTunnel);
    this.otherEnds.merge(other.otherEnds);
    this.otherPort.merge(other.otherPort);
    this.otherKey.merge(other.otherKey);
    this.otherHops.merge(other.otherHops);
    if (this.requestHops < 0) this.requestHops = other.requestHops;
    if (this.replyHops < 0) this.replyHops = other.replyHops;
    this.hopsChange ??= other.hopsChange;
    this.backwards.merge(other.backwards);
    this.expired.merge(other.expired);
    if (other.#expiredCourse !== undefined) {
      this.#expiredCourse ??= new PingCourse();
      this.#expiredCourse.merge(other.#expiredCourse);
    }
    if (other.trace !== undefined) {
      this.trace ??= new Trace();
      this.trace.merge(other.trace);
    }
    this.leastHops = Math.min(this.leastHops, other.leastHops);
    this.times.merge(other.times);
    this.course.merge(other.course);
    this.sizes.merge(other.sizes);
  }

  clone(): PathCounts {
    const copy = new PathCounts();
    copy.merge(this);
    return copy;
  }
}

export interface PingPath {
  /** Number of the request's tunnels in the tunnel table. */
  readonly tunnels: number;
  /** The request's innermost addresses. */
  readonly src: string;
  readonly dst: string;
  readonly ident: number;
  readonly counts: PathCounts;
}

/** Whose requests they are, in whichever tunnels: one text for one run of ping, or of traceroute. */
export function runOf({ src, dst, ident }: Pick<PingPath, 'src' | 'dst' | 'ident'>): string {
  return `${src} ${dst} ${ident}`;
}

/** Words of a path: tunnels, identifier, IP version, source and destination of four words each. */
const WORDS = 11;
const BUCKET_BITS = 11;

export class PathTable {
  readonly paths: PingPath[] = [];
  /** Those of the paths. */
  readonly #counts: PathCounts[] = [];
  /** Of the pings on paths past {@link MOST_PATHS}. */
  rest = new PathCounts();
  readonly #words = new Int32Array(MOST_PATHS * WORDS);
  readonly #next = new Int32Array(MOST_PATHS);
  readonly #buckets = new Int32Array(1 << BUCKET_BITS).fill(-1);
  readonly #factors = randomFactors(WORDS);

  /**
   * The counts of a path, which is new where it was not seen before.
   *
   * @param addresses source and destination, four words each, of which IPv4 fills the first
   * @param from where they start
   */
  find(tunnels: number, ident: number, isIpv6: boolean, addresses: Int32Array, from: number): PathCounts {
    return this.at(this.indexOf(tunnels, ident, isIpv6, addresses, from));
  }

  /** The counts of the path with an index. */
  at(index: number): PathCounts {
    return index === MOST_PATHS ? this.rest : (this.#counts[index] as PathCounts);
  }

  /** The same path's index, which stays; {@link MOST_PATHS} for those past the most. */
  indexOf(tunnels: number, ident: number, isIpv6: boolean, addresses: Int32Array, at: number): number {
    const factors = this.#factors;
    const version = isIpv6 ? 6 : 4;
    let hash = Math.imul(tunnels, factors[0]) + Math.imul(ident, factors[1]) + Math.imul(version, factors[2]);
    const step = isIpv6 ? 1 : 4;
    for (let i = 0; i < 8; i += step) hash = (hash + Math.imul(addresses[at + i], factors[i + 3])) | 0;
    hash >>>= 32 - BUCKET_BITS;
    for (let index = this.#buckets[hash]; index >= 0; index = this.#next[index]) {
      const word = index * WORDS;
      const words = this.#words;
      if (words[word] !== tunnels || words[word + 1] !== ident || words[word + 2] !== version) continue;
      let i = 0;
      while (i < 8 && words[word + 3 + i] === addresses[at + i]) i += step;
      if (i >= 8) return index;
    }
    const index = this.paths.length;
    if (index === MOST_PATHS) return index;
    this.#words.set([tunnels, ident, version], index * WORDS);
    this.#words.set(addresses.subarray(at, at + 8), index * WORDS + 3);
    this.#next[index] = this.#buckets[hash];
    this.#buckets[hash] = index;
    const src = storedAddress(addresses, at, isIpv6);
    const dst = storedAddress(addresses, at + 4, isIpv6);
    const counts = new PathCounts();
    this.#counts.push(counts);
    this.paths.push({ tunnels, src, dst, ident, counts });
    return index;
  }

  /** The counts of all paths together. */
  total(): PathCounts {
    const total = this.rest.clone();
    for (const { counts } of this.paths) total.merge(counts);
    return total;
  }

  /** A copy that goes its own way. */
  clone(): PathTable {
    const copy = new PathTable();
    for (const path of this.paths) {
      const counts = path.counts.clone();
      copy.#counts.push(counts);
      copy.paths.push({ ...path, counts });
    }
    copy.rest = this.rest.clone();
    copy.#words.set(this.#words);
    copy.#next.set(this.#next);
    copy.#buckets.set(this.#buckets);
    copy.#factors.set(this.#factors);
    return copy;
  }
}

/** An address that is kept as four words, of which IPv4 fills the first. */
export function storedAddress(words: Int32Array, at: number, isIpv6: boolean): string {
  const view = new DataView(new ArrayBuffer(16));
  for (let i = 0; i < 4; i++) view.setInt32(i * 4, words[at + i]);
  return isIpv6 ? ipv6Text(view, 0) : ipv4Text(view, 0);
}
