/** Pings from point to point, as `tunnelscope path` tells them, and their round trips over time: made out of the packets around the selected one. */

import { isMerged } from '../../capture/file/merged-source.ts';
import type { Decoder } from '../../decode/decoder.ts';
import { LayerStack } from '../../decode/layer-stack.ts';
import type { KernelWitness } from '../../packet/kernel-drop.ts';
import type { PacketSource } from '../../packet/source.ts';
import { createPathTracker, type PathTracker } from '../../path/path-tracker.ts';
import type { PathPing, PathView } from '../../path/path-view.ts';
import { CLOCK_HERE } from '../../path/points.ts';
import { droppedAt } from '../../path/trace-path.ts';
import { type RoundTrips, recordRoundTrips } from '../../picture/round-trips.ts';
import { escapeForeign } from '../../text/printable.ts';
import { createPingTracker } from '../../verdict/verify.ts';
import type { PacketStore } from '../packets/store.ts';

/** Packets that are looked at: as many as a thousand pings make at each interface, and never more than take a moment. */
const PACKETS_AN_INTERFACE = 2000;
const MOST_PACKETS = 16_384;
/** Pings that are followed at a time, a power of two. */
const CAPACITY = 1024;
/** The view is made again so often at most. */
const STALE_MILLISECONDS = 500;
/** An answer that is not here so long after its request is waited for, and not lost. */
const WAITING_MILLISECONDS = 1000;
/** The same with points elsewhere, whose tcpdump hands over once a second. */
const WAITING_ELSEWHERE = 3000;

export interface PathPicture {
  readonly view: PathView;
  /** Indices into the view's rows, the latest first. */
  readonly pings: readonly number[];
  /** Those of them that were sent a moment ago: no answer yet. */
  readonly waiting: ReadonlySet<number>;
  /** The packet behind the last one that was looked at, from 0. */
  readonly to: number;
}

/** Packets of the store, from one up to another, exclusively. */
interface Around {
  readonly from: number;
  readonly to: number;
}

/** What is made out of packets around one, and made again when these are others, at most so often. */
class Remade<T> {
  #made: T | undefined;
  #madeAt = 0;
  #madeOf = '';

  /** @param isSettled whether it stays the same while the packets do */
  get({ from, to }: Around, isHeld: boolean, isSettled: (made: T) => boolean, make: () => T): T {
    const of = `${from} ${to}`;
    const now = performance.now();
    if (this.#made !== undefined) {
      const isNew = of === this.#madeOf && isSettled(this.#made);
      if (isHeld || isNew || now - this.#madeAt < STALE_MILLISECONDS) return this.#made;
    }
    this.#made = make();
    this.#madeOf = of;
    this.#madeAt = performance.now();
    return this.#made;
  }
}

export class PingPictures {
  readonly #source: PacketSource;
  readonly #store: PacketStore;
  readonly #decoder: Decoder;
  readonly #kernel: () => KernelWitness | undefined;
  readonly #stack = new LayerStack();
  readonly #paths = new Remade<PathPicture>();
  readonly #trips = new Remade<RoundTrips>();

  /** @param kernel what it tells of drops, where it is asked */
  constructor(
    source: PacketSource,
    store: PacketStore,
    decoder: Decoder,
    kernel: () => KernelWitness | undefined = () => undefined,
  ) {
    this.#source = source;
    this.#store = store;
    this.#decoder = decoder;
    this.#kernel = kernel;
  }

  /**
   * Pings from point to point, at most half a second old.
   *
   * @param near the packet around which pings are looked at, from 0
   * @param isHeld leave it as it is: somebody reads it
   */
  picture(near: number, isHeld: boolean): PathPicture {
    const around = this.#around(
      near,
      Math.min(MOST_PACKETS, Math.max(1, this.#source.interfaces.length) * PACKETS_AN_INTERFACE),
    );
    return this.#paths.get(
      around,
      isHeld,
      ({ waiting }) => waiting.size === 0,
      () => this.#makePath(around),
    );
  }

  /** Round trips over time, at most half a second old. @param near the packet around which pings are looked at, from 0 */
  roundTrips(near: number): RoundTrips {
    const around = this.#around(near, MOST_PACKETS);
    return this.#trips.get(
      around,
      false,
      () => true,
      () => this.#makeRoundTrips(around),
    );
  }

  #around(near: number, most: number): Around {
    const { first, count } = this.#store;
    const to = Math.min(count, near + 1 + most / 2);
    const from = Math.max(first, to - most);
    return { from, to: Math.min(count, from + most) };
  }

  #makeRoundTrips(around: Around): RoundTrips {
    const recorder = recordRoundTrips();
    const { tell, wants } = recorder;
    const tracker = createPingTracker({ decoder: this.#decoder, capacity: CAPACITY, onEvent: tell, wants });
    this.#each(around, tracker);
    if (!this.#source.isLive) tracker.tick(Number.POSITIVE_INFINITY);
    return recorder.roundTrips();
  }

  /** Gives each packet to a tracker, fragments put together. */
  #each({ from, to }: Around, { packet, reassembler }: Pick<PathTracker, 'packet' | 'reassembler'>): void {
    const stack = this.#stack;
    for (let index = from; index < to; index++) {
      const found = this.#store.find(index);
      if (found === undefined) continue;
      const { view, start, capturedLength, originalLength, linkType } = found;
      const { seconds, nanoseconds, interfaceIndex } = found;
      this.#decoder.decode(view, start, capturedLength, originalLength, linkType, stack);
      const number = index + 1;
      const where =
        stack.fragment < 0
          ? view
          : reassembler.packet(view, stack, number, seconds, nanoseconds, interfaceIndex);
      packet(where, stack, number, seconds, nanoseconds, interfaceIndex);
    }
  }

  #makePath(around: Around): PathPicture {
    const source = this.#source;
    // Each file may have been captured by another clock.
    const isOfFiles = isMerged(source) && !source.isLive;
    const clocks = isOfFiles
      ? { originOf: (index: number) => ({ label: '', clock: source.sourceOf(index) }) }
      : {};
    const { interfaces } = source;
    const tracker = createPathTracker({ decoder: this.#decoder, interfaces, capacity: CAPACITY, ...clocks });
    this.#each(around, tracker);
    // More packets may come: the capture has not ended with a ping that is under way.
    const { endedAt } = source.statistics();
    const ended = (index: number) => (source.isLive ? Number.POSITIVE_INFINITY : endedAt?.[index]);
    const found = tracker.view(droppedAt(source), source.timesAreArrival, this.#kernel(), ended);
    // Interfaces have the names that a file gives them.
    const points = found.points.map((point) => ({ ...point, name: escapeForeign(point.name) }));
    const view = { ...found, points, notes: found.notes.map(escapeForeign) };
    const isElsewhere = interfaces.some(({ clock }) => clock !== undefined);
    const wait = isElsewhere ? WAITING_ELSEWHERE : WAITING_MILLISECONDS;
    const since = source.isLive ? Date.now() - wait : Number.POSITIVE_INFINITY;
    const here = view.clocks.find(({ name }) => name === CLOCK_HERE)?.ahead ?? 0;
    const isWaiting = (row: number) => {
      const { answered, request } = view.rows[row] as PathPing;
      const [first] = request;
      if (answered || first === undefined) return false;
      const ahead = (view.clocks[view.points[first.point]?.clock ?? 0]?.ahead ?? here) - here;
      return Number(first.time) * 1000 - ahead > since;
    };
    const pings = view.rows.map((_, row) => row).reverse();
    return { view, pings, waiting: new Set(pings.filter(isWaiting)), to: around.to };
  }
}
