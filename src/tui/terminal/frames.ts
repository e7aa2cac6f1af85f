/** When to draw: as soon as something is new, but only so often. */

export class Frames {
  readonly #draw: () => void;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #drawnAt = 0;

  /** @param draw draws one frame; it may ask for another one */
  constructor(draw: () => void) {
    this.#draw = draw;
  }

  /** Draws when `interval` milliseconds have passed since the last frame; at once where they have. */
  request(interval: number): void {
    const now = performance.now();
    const dueAt = Math.max(now, this.#drawnAt + interval);
    if (this.#timer !== undefined) {
      if (dueAt >= this.#dueAt) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    if (dueAt <= now) {
      this.#now();
      return;
    }
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => this.#now(), dueAt - now);
  }

  /** Draws now what waits to be drawn. */
  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#now();
  }

  /** What waits is not drawn any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #now(): void {
    this.#timer = undefined;
    this.#drawnAt = performance.now();
    this.#draw();
  }
}
