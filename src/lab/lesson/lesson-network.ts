/** What a lesson needs of its network, be it a lab or a recorded one. */
import { type Check, givenCapture, type Lesson, type StepOf } from './lesson.ts';

/** What a command printed; its exit code is null if it was stopped. */
export interface Printed {
  readonly text: string;
  readonly exitCode: number | null;
}

export interface LessonNetwork {
  readonly isLive: boolean;
  /** The lab's name. */
  readonly lab: string;
  /** Brings a network up; the one before is taken down. */
  up(network: string): Promise<void>;
  /** Runs a step's command, and captures meanwhile where the step says so. */
  run(step: StepOf<'run'>): Promise<Printed>;
  /** Runs a line that the learner typed. */
  typed(on: string, line: string): Promise<Printed>;
  /** Ends the command that the learner typed and waits for. @returns whether there was one */
  stopCommand(): boolean;
  /** Pings as a check asks. @returns the capture's path */
  check(check: Check): Promise<string>;
  /** The path of the packets that were captured under a name. */
  captured(name: string): string;
  /** Takes everything down. */
  close(): Promise<void>;
}

/** Where the packets are that a lesson calls by a name: given ones, or what was captured in its network. */
export function capturePath({ steps }: Lesson, network: LessonNetwork, name: string): string {
  const given = steps.find((step) => step.do === 'open' && step.capture === name);
  return given?.do === 'open' ? givenCapture(given.file) : network.captured(name);
}

/** What the capture of a lesson's check is called. The first check has number 1. */
export function checkName(number: number): string {
  return `check-${number}`;
}

/** A capture's file. */
export const CAPTURE_ENDING = '.pcapng';
