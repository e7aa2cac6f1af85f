/**
 * Packets in TCP: a program that copies a TUN or TAP device into a connection leaves no mark where one ends but the packet's own length. A
 * connection is followed from the first segment that begins with a packet that is proven, each direction by itself, in bounded memory.
 *
 * What a segment repeats is not taken twice. Where segments are missing, those behind wait for a few more; then the stream goes on at the next
 * packet that is proven, and nothing is made of the bytes in between.
 */
import type { StreamGuess } from './dispatch-tables.ts';
import type { LayerStack } from './layer-stack.ts';

/** Connections and directions that are followed at once: the one that was silent for longest goes first. */
const MOST_STREAMS = 256;
/** The longest packet, and a segment behind it. */
const MOST_WAITING = 2 * 65_536;
/** Segments that wait for one that is missing: as many duplicates make a sender repeat it (RFC 5681, 3.2), and one more. */
const MOST_HELD = 4;
/** Bytes that are searched for the next packet's beginning before they are given up: some packets of the usual size, and a jumbo frame's. */
const MOST_SEARCHED = 16_384;
/** A sequence number further off than this belongs to another connection. */
const FURTHEST = 2 ** 20;

interface HeldSegment {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly number: number;
}

/** One direction of a connection. */
class Stream {
  readonly guess: StreamGuess;
  /** The sequence number of the next byte. */
  next: number;
  bytes = new Uint8Array(4096);
  view = new DataView(this.bytes.buffer);
  used = 0;
  /** Whether it has to be found where a packet begins. */
  isLost = false;
  /** How many bytes held no beginning when they were last searched: the next search waits for as many more. */
  searched = 0;
  /** The packets that brought what is in `bytes`. */
  numbers: number[] = [];
  held: HeldSegment[] = [];

  constructor(guess: StreamGuess, next: number) {
    this.guess = guess;
    this.next = next;
  }

  append(bytes: Uint8Array, number: number): void {
    if (this.used + bytes.length > MOST_WAITING) {
      this.drop(this.used);
      this.isLost = true;
    }
    if (this.used + bytes.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.used + bytes.length));
      larger.set(this.bytes.subarray(0, this.used));
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    this.bytes.set(bytes, this.used);
    this.used += bytes.length;
    this.next = (this.next + bytes.length) | 0;
    if (this.numbers.at(-1) !== number) this.numbers.push(number);
  }

  /** Takes `count` bytes away. */
  drop(count: number): void {
    this.bytes.copyWithin(0, count, this.used);
    this.used -= count;
    this.searched = 0;
    const last = this.numbers.at(-1);
    this.numbers = this.used === 0 || last === undefined ? [] : [last];
  }
}

/** A segment's packets. */
export interface StreamPackets {
  /** Each packet that the segment completes, first to last; valid until the next segment. */
  readonly packets: readonly Uint8Array[];
  /** The numbers of the captured packets that brought the first one. */
  readonly numbers: readonly number[];
  /** What they are. */
  readonly guess: StreamGuess;
  /** Whether the first one is all in this segment, at its beginning: as it was decoded. */
  readonly isInPlace: boolean;
}

export interface PacketStreams {
  /**
   * Takes a TCP segment.
   *
   * @param layer TCP's
   * @returns undefined where the connection is none that is followed
   */
  segment(
    view: DataView,
    stack: LayerStack,
    layer: number,
    number: number,
    interfaceIndex: number,
  ): StreamPackets | undefined;
}

export function createPacketStreams(guesses: readonly StreamGuess[]): PacketStreams {
  const streams = new Map<string, Stream>();

  /** Whose the segment is: addresses, ports, and where it was captured. */
  function keyOf(view: DataView, stack: LayerStack, layer: number, interfaceIndex: number): string {
    const network = stack.networkBefore(layer);
    const words = [interfaceIndex, stack.level(layer), view.getUint32(stack.start(layer))];
    const addresses = network < 0 ? undefined : stack.describe(network).addresses;
    for (let i = 0; addresses !== undefined && i < 2 * addresses.bytes; i += 4) {
      words.push(view.getUint32(stack.start(network) + addresses.offset + i));
    }
    return words.join();
  }

  function begin(view: DataView, from: number, to: number, sequence: number): Stream | undefined {
    const guess = guesses.find(({ prove }) => prove(view, from, to));
    return guess === undefined ? undefined : new Stream(guess, sequence);
  }

  /** Takes what came behind a gap, once nothing is missing before it. */
  function takeHeld(stream: Stream): void {
    for (let i = 0; i < stream.held.length; ) {
      const { sequence, bytes, number } = stream.held[i] as HeldSegment;
      const ahead = (sequence - stream.next) | 0;
      if (ahead > 0) {
        i++;
        continue;
      }
      stream.held.splice(i, 1);
      if (-ahead < bytes.length) stream.append(bytes.subarray(-ahead), number);
      i = 0;
    }
  }

  /** The segment that was missing does not come any more: on with those that did. */
  function skipGap(stream: Stream): void {
    stream.drop(stream.used);
    stream.isLost = true;
    stream.next = stream.held.reduce(
      (first, { sequence }) => (((sequence - first) | 0) < 0 ? sequence : first),
      (stream.held[0] as HeldSegment).sequence,
    );
    takeHeld(stream);
  }

  /** Drops what stands before the next packet that is proven; whether there is one. */
  function find(stream: Stream): boolean {
    const { view, used } = stream;
    if (used < 2 * stream.searched) return false;
    const kinds = guesses.filter(({ entry }) => entry === stream.guess.entry);
    for (let at = 0; at + 4 <= used; at++) {
      const first = view.getInt32(at);
      if (!kinds.some(({ mask, bits, prove }) => (first & mask) === bits && prove(view, at, used))) continue;
      stream.drop(at);
      stream.isLost = false;
      return true;
    }
    stream.searched = used;
    if (used > MOST_SEARCHED) stream.drop(used);
    return false;
  }

  function extract(stream: Stream): { packets: Uint8Array[]; numbers: readonly number[] } {
    const packets: Uint8Array[] = [];
    let numbers: readonly number[] = [];
    let at = 0;
    for (;;) {
      if (stream.isLost) {
        if (at > 0) stream.drop(at);
        at = 0;
        if (!find(stream)) break;
      }
      const length = stream.guess.length(stream.view, at, stream.used);
      if (length === 0) stream.isLost = true;
      else if (length < 0 || at + length > stream.used) break;
      else {
        if (packets.length === 0) numbers = [...stream.numbers];
        packets.push(stream.bytes.slice(at, at + length));
        at += length;
      }
    }
    if (at > 0) stream.drop(at);
    return { packets, numbers };
  }

  return {
    segment(view, stack, layer, number, interfaceIndex) {
      const from = stack.payload(layer);
      const to = stack.layerEnd(layer);
      const sequence = view.getInt32(stack.start(layer) + 4);
      const key = keyOf(view, stack, layer, interfaceIndex);
      let stream = streams.get(key);
      if (stream !== undefined && Math.abs((sequence - stream.next) | 0) > FURTHEST) stream = undefined;
      stream ??= begin(view, from, to, sequence);
      if (stream === undefined) return undefined;
      streams.delete(key);
      streams.set(key, stream);
      if (streams.size > MOST_STREAMS) streams.delete(streams.keys().next().value as string);
      const bytes = new Uint8Array(view.buffer, view.byteOffset + from, to - from);
      const ahead = (sequence - stream.next) | 0;
      const isInPlace = ahead === 0 && stream.used === 0 && !stream.isLost;
      if (ahead > 0) {
        stream.held.push({ sequence, bytes: bytes.slice(), number });
        if (stream.held.length > MOST_HELD) skipGap(stream);
      } else if (-ahead < bytes.length) {
        stream.append(bytes.subarray(-ahead), number);
        takeHeld(stream);
      }
      return { ...extract(stream), guess: stream.guess, isInPlace };
    },
  };
}
