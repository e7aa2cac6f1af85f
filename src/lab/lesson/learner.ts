/** Who takes a lesson. */
import type { LessonState, Said } from './events.ts';

/** Who takes the lesson: somebody at a terminal, lines of a pipe, a test. */
export interface Learner {
  show(said: readonly Said[]): void | Promise<void>;
  /**
   * @param state of the lesson, for a learner who knows the answers
   * @returns undefined if nothing more will be typed
   */
  line(prompt: string, state: LessonState): Promise<string | undefined>;
  /** Waits until the learner has read. @returns what was typed to go on; undefined if nothing more will be typed */
  pause(prompt: string): Promise<string | undefined>;
}
