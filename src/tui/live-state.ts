/** The state as it is now: what happens changes it, and has the next frame drawn. */
import type { Outline } from '../output/outline.ts';
import type { Reading } from './packets/reading.ts';
import { settle } from './state/packet-moves.ts';
import { reduce } from './state/reduce.ts';
import type { Action, State, ViewFacts } from './state/state.ts';
import { Frames } from './terminal/frames.ts';

/** 30 frames a second for keys and live packets; fewer while a file loads, as drawing takes from loading. */
const FRAME_MILLISECONDS = 34;
/** As often the screen is drawn though nothing comes. */
const IDLE_FRAME_MILLISECONDS = 500;
const LOADING_FRAME_MILLISECONDS = 250;

/** What the state is reduced with. */
export interface LiveStateContext {
  /** Of the packet that is selected in the state as it is now. */
  outline(): Outline | undefined;
  /** Of the view that the state shows, where that is not the packets. */
  viewFacts(): ViewFacts | undefined;
  /** While it runs, frames are drawn though nothing happens. */
  readonly reading: Pick<Reading, 'isRunning'>;
}

export class LiveState {
  readonly #context: LiveStateContext;
  readonly #frames = new Frames(() => this.#frame());
  readonly #listeners = new Set<() => void>();
  #state: State;
  #version = 0;
  /** The selection moved while nothing was drawn. */
  #unsettled = false;
  #isEnded = false;

  constructor(state: State, context: LiveStateContext) {
    this.#state = state;
    this.#context = context;
  }

  get state(): State {
    return this.#state;
  }

  /** For React: changes whenever there is something new to draw. */
  readonly version = (): number => this.#version;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  dispatch(action: Action): void {
    const before = this.#state;
    const after = reduce(before, action, this.#context.outline(), this.#context.viewFacts());
    this.#state = after;
    if (after.selected !== before.selected || after.count === 0 || before.count === 0) this.#settle();
    this.redraw();
  }

  /** Packets came, or rows became others. Drawn at once but for those of a file past the first screenful. */
  packetsCame(action: Extract<Action, { type: 'packets' }>): void {
    const before = this.#state;
    this.#state = reduce(before, action, undefined);
    // Following, the packets between two frames are passed over undecoded: what is drawn is settled then.
    if (this.#state.selected !== before.selected || before.count === 0) this.#unsettled = true;
    const isUrgent =
      action.isLive || !this.#context.reading.isRunning || before.count < before.layout.listRows;
    this.redraw(isUrgent ? FRAME_MILLISECONDS : LOADING_FRAME_MILLISECONDS);
  }

  /** Nothing is drawn any more. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Something beside the state changed that is drawn. */
  redraw(interval = FRAME_MILLISECONDS): void {
    this.#frames.request(interval);
  }

  /** Draws now what waits to be drawn. */
  flush(): void {
    this.#frames.flush();
  }

  /** Draws no more. */
  end(): void {
    this.#isEnded = true;
    this.#frames.stop();
    this.#listeners.clear();
  }

  #settle(): void {
    this.#state = settle(this.#state, this.#context.outline());
  }

  #frame(): void {
    if (this.#unsettled) {
      this.#unsettled = false;
      this.#settle();
    }
    this.#version++;
    // While nothing comes, rates fall, requests grow late, and interfaces go down.
    if (this.#context.reading.isRunning && !this.#isEnded) this.redraw(IDLE_FRAME_MILLISECONDS);
    for (const listener of this.#listeners) listener();
  }
}
