import type { LayerStack } from '../decode/layer-stack.ts';

/** The packet at hand, decoded. */
export interface TrackedRecord {
  readonly stack: LayerStack;
  readonly view: DataView;
  /** From 1. */
  readonly number: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** What is told of the layers of the packet that was observed last. */
export interface Tracker {
  /** Shows it a packet: each of the capture once, in order. */
  observe(record: TrackedRecord): void;
  /** How many layers something is told of. */
  readonly count: number;
  /** Which they are. */
  readonly layers: Int32Array;
  /** By kind of value, one for each of the layers; NaN for none. */
  readonly values: readonly Float64Array[];
  /** Packets come once more later: what they tell of earlier ones is to be kept. */
  beginFirstPass(): void;
  /** The capture begins again: what was learnt of it is known from now on. */
  startOver(): void;
}
