/** What a lesson's file may hold: the one description that it is checked against. */
import * as z from 'zod';

const text = z.string().min(1);
const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected a name such as wire or h1-eth0');
const POINT = /^[a-z][a-z0-9-]* [\w.-]+$/;
const points = z.array(z.string().regex(POINT, 'expected a node and its device, such as h1 eth0')).min(1);

const tell = z.strictObject({ do: z.literal('tell'), text });

/** Takes down what is up, and brings another network up. */
const up = z.strictObject({ do: z.literal('up'), network: name, text });

/** A capture that comes with the lessons, for what no lab can make. */
const open = z.strictObject({ do: z.literal('open'), capture: name, file: name, text });

/** A command in one of the network's nodes, with what it prints; with `capture`, packets are captured meanwhile. */
const run = z
  .strictObject({
    do: z.literal('run'),
    on: name,
    command: text,
    text: text.optional(),
    look: text.optional(),
    capture: name.optional(),
    at: points.optional(),
  })
  .refine(({ capture, at }) => (capture === undefined) === (at === undefined), {
    message: 'capture (a name for the packets) and at (where) go together; expected both',
  });

export const VIEWS = ['lines', 'boxes', 'sides', 'path', 'verdict'] as const;
export type View = (typeof VIEWS)[number];

/** Packets of a capture: as lines, or the first that `packet` matches as boxes in boxes or with outer beside inner. */
const show = z.strictObject({
  do: z.literal('show'),
  as: z.enum(VIEWS),
  of: name,
  packet: text.optional(),
  /** Layers taken off, from the outside. */
  peeled: z.int().min(1).optional(),
  text: text.optional(),
  look: text.optional(),
});

/** Right where `right` says so. `seen` and `finding` prove it from the packets, and then count instead of `right`. */
const choice = z.strictObject({
  text,
  right: z.literal(true).optional(),
  /** A display filter: right where a packet matches. */
  seen: text.optional(),
  /** Right where the verdict on the capture has this finding. */
  finding: text.optional(),
  /** Said to a learner who chose it wrongly. */
  hint: text.optional(),
});

const ask = z
  .strictObject({
    do: z.literal('ask'),
    question: text,
    of: name.optional(),
    choices: z.array(choice).min(2).max(9).optional(),
    /** Instead of choices: the answer, as a number or word. */
    value: text.optional(),
    /** A display filter with `{answer}`: what was answered is right where a packet matches. */
    seen: text.optional(),
    /** A display filter: as many packets match as was answered. */
    count: text.optional(),
    hints: z.array(text).default([]),
    why: text,
  })
  .superRefine((question, context) => {
    const { choices, value, seen, count, of } = question;
    const fail = (message: string) => context.addIssue({ code: 'custom', message });
    if ((choices === undefined) === (value === undefined)) fail('expected either choices or a value');
    if (choices !== undefined && choices.filter(({ right }) => right === true).length !== 1) {
      fail('expected exactly one choice with right: true');
    }
    if (choices !== undefined && (seen ?? count) !== undefined) {
      fail('seen and count go with a value; a choice has its own seen');
    }
    if (seen?.includes('{answer}') === false) fail('seen: expected {answer} in place of the answer');
    const isProven =
      (seen ?? count) !== undefined ||
      choices?.some((one) => (one.seen ?? one.finding) !== undefined) === true;
    if (isProven && of === undefined) fail('expected of: the capture that proves it');
  });

/** A ping whose verdict has to be a pass. */
const check = z
  .strictObject({
    from: name.default('h1-ns1'),
    to: text.default('172.16.1.2'),
    size: z.int().min(0).max(65507).optional(),
    whole: z.literal(true).optional(),
    /** A TCP connection to this port follows the pings. */
    tcp: z.int().min(1).max(65535).optional(),
    at: points,
    /** A finding that must be gone. */
    without: text.optional(),
    /** A display filter that a packet has to match. */
    seen: text.optional(),
    /** Said where none does, since learners can't read filters yet. */
    unseen: text.optional(),
  })
  .refine(({ seen, unseen }) => (seen === undefined) === (unseen === undefined), {
    error: 'seen and unseen go together; expected both: unseen is for learners without such a packet',
  });

const command = z.strictObject({ on: name, command: text });

/** The learner's own commands, until the check is met. */
const task = z.strictObject({
  do: z.literal('task'),
  text,
  /** Where commands run at first. */
  on: name,
  check,
  hints: z.array(text).min(1),
  /** Commands that do the task; default: the network's own `mend`. */
  solution: z.array(command).min(1).optional(),
  /** Said when it is done. */
  done: text,
});

const STEPS = { tell, up, open, run, show, ask, task };

export const lessonSchema = z.strictObject({
  title: text,
  about: text,
  /** Without one, the lesson is about captures alone. */
  network: name.optional(),
  steps: z.array(z.discriminatedUnion('do', [tell, up, open, run, show, ask, task])).min(1),
});

/** The part of a lesson's file that lists need. */
export const headSchema = z.object({ title: lessonSchema.shape.title, network: lessonSchema.shape.network });

export type LessonHead = z.infer<typeof headSchema>;
export type LessonFile = z.infer<typeof lessonSchema>;
export type Step = LessonFile['steps'][number];
export type StepOf<K extends Step['do']> = Extract<Step, { do: K }>;
export type Question = StepOf<'ask'>;
export type Check = z.infer<typeof check>;
export type NodeCommand = z.infer<typeof command>;

/** The keys that may stand in the map at a path. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(lessonSchema.shape);
  if (path.at(-1) === 'check') return Object.keys(check.shape);
  if (path.at(-2) === 'choices') return Object.keys(choice.shape);
  if (path.at(-2) === 'solution') return Object.keys(command.shape);
  return [...new Set(Object.values(STEPS).flatMap((step) => Object.keys(step.shape)))];
}
