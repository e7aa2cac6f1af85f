/** What goes into a lesson's engine and what comes out of it. */
import type { Check, Lesson, NodeCommand, Question, StepOf } from './lesson.ts';
import type { Words } from './words.ts';

/** What is said, and of which kind it is, so that each kind can be shown in its own way. */
export interface Said {
  readonly kind:
    | 'title'
    /** Which step begins. */
    | 'place'
    | 'text'
    | 'command'
    | 'output'
    | 'picture'
    | 'choice'
    | 'right'
    | 'wrong'
    | 'note';
  readonly text: string;
}

/** What is to be done next. The comment names the event that answers it. */
export type Want =
  /** `entered`: a line that the learner typed. */
  | { readonly kind: 'line'; readonly prompt: string }
  /** `wentOn`: the learner has read; or `entered`: something else than Enter alone. */
  | { readonly kind: 'pause' }
  /** `wentOn`: that network is up, and no other. */
  | { readonly kind: 'up'; readonly network: string }
  /** `printed`: the command ran, with packets captured where the step says so. */
  | { readonly kind: 'run'; readonly step: StepOf<'run'> }
  /** `drawn`: the packets. */
  | { readonly kind: 'view'; readonly step: StepOf<'show'> }
  /** `judged`. */
  | { readonly kind: 'judge'; readonly question: Question; readonly answer: string }
  /** `printed`: a command of the learner's own. */
  | { readonly kind: 'typed'; readonly on: string; readonly line: string }
  /** `checked`. */
  | { readonly kind: 'check'; readonly check: Check }
  /** None: the lesson is over. */
  | { readonly kind: 'end'; readonly isDone: boolean };

export type LessonEvent =
  | { readonly kind: 'entered'; readonly line: string }
  /** Nothing more will be typed. */
  | { readonly kind: 'inputEnded' }
  | { readonly kind: 'wentOn' }
  | { readonly kind: 'printed'; readonly text: string; readonly exitCode: number | null }
  | { readonly kind: 'drawn'; readonly text: string }
  | { readonly kind: 'judged'; readonly isRight: boolean }
  | { readonly kind: 'checked'; readonly result: CheckResult };

export interface CheckResult {
  readonly isMet: boolean;
  /** The verdict, for people. */
  readonly report: string;
  /** Why it is not met, besides the verdict. */
  readonly stays?: 'finding' | 'seen' | 'way-back';
}

/** A lesson's place: plain data. */
export interface LessonState {
  /** Index of the step. */
  readonly at: number;
  /** Wrong answers to this question, and hints given. */
  readonly wrong: number;
  readonly hints: number;
  /** What was answered last, while it is judged. */
  readonly answer: string;
  /** Where commands of a task run. */
  readonly node: string;
  /** The command typed last failed. */
  readonly failed: boolean;
  /** Questions and tasks that were not done. */
  readonly skipped: number;
  /** What was said in each step so far, to be shown again. */
  readonly past: readonly (readonly Said[])[];
  /** Index of the step before `at` that is being shown again. */
  readonly review: number | undefined;
  /** What the step waits for, and goes on to wait for after such a look back. */
  readonly waits: Want;
}

/** What a learner did, for whoever counts it. */
export interface Deed {
  readonly what: 'answer' | 'hint' | 'skip' | 'solution' | 'command' | 'check';
  /** The answer, or the command. */
  readonly text?: string;
  readonly isRight?: boolean;
}

export interface Reaction {
  readonly state: LessonState;
  readonly said: readonly Said[];
  readonly want: Want;
  readonly deed?: Deed;
}

/** What does not change while a lesson runs. */
export interface LessonSetting {
  readonly lesson: Lesson;
  readonly words: Words;
  readonly isLive: boolean;
  /** The lab's name. */
  readonly lab: string;
  /** Of the network that is up. */
  readonly nodes: () => readonly string[];
  /** What repairs the network that is up. */
  readonly mend: () => readonly NodeCommand[];
}
