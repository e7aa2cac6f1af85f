/** Pings from point to point, as `tunnelscope path` tells them, made out of the packets around the selected one. */

import { isMerged } from '../../capture/file/merged-source.ts';
import type { Decoder } from '../../decode/decoder.ts';
import { LayerStack } from '../../decode/layer-stack.ts';
import type { CaptureInterface, PacketSource } from '../../packet/source.ts';
import { createPathTracker } from '../../path/path-tracker.ts';
import type { PathPing, PathView } from '../../path/path-view.ts';
import { droppedAt } from '../../path/trace-path.ts';
import { escapeForeign } from '../../text/printable.ts';
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

export interface PathPicture {
  readonly view: PathView;
  /** Indices into the view's rows, the latest first. */
  readonly pings: readonly number[];
  /** Those of them that were sent a moment ago: no answer yet. */
  readonly waiting: ReadonlySet<number>;
  /** The packet behind the last one that was looked at, from 0. */
  readonly to: number;
}

export class PathPictures {
  readonly #source: PacketSource;
  readonly #store: PacketStore;
  readonly #decoder: Decoder;
  readonly #stack = new LayerStack();
  #picture: PathPicture | undefined;
  #madeAt = 0;
  #madeOf = '';

  constructor(source: PacketSource, store: PacketStore, decoder: Decoder) {
    this.#source = source;
    this.#store = store;
    this.#decoder = decoder;
  }

  /**
   * The picture, at most half a second old.
   *
   * @param near the packet around which pings are looked at, from 0
   * @param isHeld leave it as it is: somebody reads it
   */
  picture(near: number, isHeld: boolean): PathPicture {
    const { interfaces } = this.#source;
    const { first, count } = this.#store;
    const most = Math.min(MOST_PACKETS, Math.max(1, interfaces.length) * PACKETS_AN_INTERFACE);
    const to = Math.min(count, near + 1 + most / 2);
    const from = Math.max(first, to - most);
    const madeOf = `${from} ${Math.min(count, from + most)}`;
    const now = performance.now();
    const isNew = madeOf === this.#madeOf && this.#picture?.waiting.size === 0;
    if (this.#picture !== undefined && (isHeld || isNew || now - this.#madeAt < STALE_MILLISECONDS)) {
      return this.#picture;
    }
    this.#picture = this.#make(from, Math.min(count, from + most), interfaces);
    this.#madeOf = madeOf;
    this.#madeAt = performance.now();
    return this.#picture;
  }

  #make(from: number, to: number, interfaces: readonly CaptureInterface[]): PathPicture {
    const stack = this.#stack;
    const { decode } = this.#decoder;
    const source = this.#source;
    // Each file may have been captured by another clock.
    const clocks = isMerged(source)
      ? { originOf: (index: number) => ({ label: '', clock: source.sourceOf(index) }) }
      : {};
    const tracker = createPathTracker({ decoder: this.#decoder, interfaces, capacity: CAPACITY, ...clocks });
    for (let index = from; index < to; index++) {
      const found = this.#store.find(index);
      if (found === undefined) continue;
      const { view, start, capturedLength, originalLength, linkType } = found;
      const { seconds, nanoseconds, interfaceIndex } = found;
      decode(view, start, capturedLength, originalLength, linkType, stack);
      const number = index + 1;
      const where =
        stack.fragment < 0
          ? view
          : tracker.reassembler.packet(view, stack, number, seconds, nanoseconds, interfaceIndex);
      tracker.packet(where, stack, number, seconds, nanoseconds, interfaceIndex);
    }
    const found = tracker.view(droppedAt(this.#source), this.#source.timesAreArrival);
    // Interfaces have the names that a file gives them.
    const points = found.points.map((point) => ({ ...point, name: escapeForeign(point.name) }));
    const view = { ...found, points, notes: found.notes.map(escapeForeign) };
    const since = this.#source.isLive ? Date.now() - WAITING_MILLISECONDS : Number.POSITIVE_INFINITY;
    const isWaiting = (row: number) => {
      const { answered, request } = view.rows[row] as PathPing;
      return !answered && request.length > 0 && Number(request[0]?.time) * 1000 > since;
    };
    const pings = view.rows.map((_, row) => row).reverse();
    return { view, pings, waiting: new Set(pings.filter(isWaiting)), to };
  }
}
