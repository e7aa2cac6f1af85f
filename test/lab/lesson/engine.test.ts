/** The engine as a table: what happens goes in, what is said and wanted comes out. No terminal, no network, no packets. */
import { describe, expect, it } from 'vitest';
import { beginLesson, react } from '../../../src/lab/lesson/engine.ts';
import type { LessonEvent, LessonSetting, Reaction } from '../../../src/lab/lesson/events.ts';
import { parseLesson } from '../../../src/lab/lesson/lesson.ts';
import { loadWords } from '../../../src/lab/lesson/words.ts';

const LESSON = `
title: Title
about: About.
network: socat
steps:
  - {do: tell, text: Listen.}
  - {do: run, on: h1, command: ip route, look: See., capture: wire, at: [h1 eth0]}
  - do: ask
    question: Which?
    of: wire
    choices:
      - {text: this, hint: Not this.}
      - {text: that, right: true}
      - {text: neither}
    hints: [First hint., Second hint.]
    why: Because.
  - {do: show, as: boxes, of: wire, look: Boxes.}
  - {do: ask, question: How many?, value: "4", hints: [Count.], why: So it is.}
  - do: task
    text: Mend it.
    on: h2
    check: {at: [h1 eth0], without: no-reply, seen: tunpi, unseen: No envelope.}
    hints: [Look.]
    solution: [{on: h2, command: ip route add this}]
    done: Mended.
`;

const setting: LessonSetting = {
  lesson: { ...parseLesson(LESSON, 'test.yaml'), name: 'test', language: 'en' },
  words: loadWords('en'),
  isLive: true,
  lab: 'my-lab',
  nodes: () => ['h1', 'h2'],
  mend: () => [],
};

/** What is said, a kind and a text each, without help and place; and what is wanted. */
function shown({ said, want }: Reaction): string[] {
  const texts = said
    .filter(({ text }) => !/^\d of \d$|^Type commands/.test(text))
    .map(({ kind, text }) => `${kind}: ${text}`);
  return [...texts, want.kind === 'line' ? `? ${want.prompt}` : `> ${want.kind}`];
}

/** Reacts to one event after the other; what came of the last. */
function afterEvents(events: readonly LessonEvent[], given = setting): Reaction {
  let reaction = beginLesson(given);
  for (const event of events) reaction = react(given, reaction.state, event);
  return reaction;
}

const wentOn: LessonEvent = { kind: 'wentOn' };
const entered = (line: string): LessonEvent => ({ kind: 'entered', line });
const judged = (isRight: boolean): LessonEvent => ({ kind: 'judged', isRight });
const printed = (text: string, exitCode: number | null = 0): LessonEvent => ({
  kind: 'printed',
  text,
  exitCode,
});
const checked = (isMet: boolean, stays?: 'finding' | 'seen' | 'way-back'): LessonEvent => ({
  kind: 'checked',
  result: { isMet, report: 'REPORT', ...(stays !== undefined && { stays }) },
});

const RAN = [wentOn, wentOn, printed('routes')];
const ANSWERED = [...RAN, entered('2'), judged(true)];
const DRAWN: LessonEvent[] = [...ANSWERED, wentOn, { kind: 'drawn', text: 'boxes' }];
const TASK = [...DRAWN, entered('4 bytes'), judged(true)];
const CHOICES = '? Your answer, 1 to 3 (hint, back, skip, help, q): ';
const HINTLESS = '? Your answer, 1 to 3 (back, skip, help, q): ';
const VALUE = '? Your answer (hint, back, skip, help, q): ';
const NOTHING_ASKED = 'note: Nothing is asked here. Enter goes on.';
const PAUSE_HELP =
  'note: Enter goes on, back shows the step before again, q ends the lesson, which can be resumed.';
const LOOKING_BACK =
  'note: Shown again as it was; nothing is run again. Enter leads forth to where you were.';
const CHOSEN = ['choice: 1  this', 'choice: 2  that', 'choice: 3  neither'];
const HELP = /^(?:Enter (?:the|a) number.*Other words|Type commands)/;

describe('each event, and what comes of it', () => {
  it.each<[string, readonly LessonEvent[], readonly string[]]>([
    ['it begins with its network', [], ['title: Title', 'text: About.', '> up']],
    ['what is told is followed by a pause', [wentOn], ['text: Listen.', '> pause']],
    ['a command is shown before it runs', [wentOn, wentOn], ['command: h1# ip route', '> run']],
    [
      'a question follows at once',
      RAN,
      [
        'output: routes',
        'text: See.',
        'text: Which?',
        'choice: 1  this',
        'choice: 2  that',
        'choice: 3  neither',
        CHOICES,
      ],
    ],
    [
      'what prints nothing says so',
      [wentOn, wentOn, printed('')],
      [
        'output: (prints nothing)',
        'text: See.',
        'text: Which?',
        'choice: 1  this',
        'choice: 2  that',
        'choice: 3  neither',
        CHOICES,
      ],
    ],
    ['an answer is judged elsewhere', [...RAN, entered(' 2 ')], ['> judge']],
    ['a right one is explained', ANSWERED, ['right: Right.', 'text: Because.', '> pause']],
    [
      'a wrong one gets its own hint',
      [...RAN, entered('1'), judged(false)],
      ['wrong: Not quite.', 'text: Not this.', CHOICES],
    ],
    [
      'or the next of the question’s',
      [...RAN, entered('3'), judged(false)],
      ['wrong: Not quite.', 'text: First hint.', CHOICES],
    ],
    [
      'and the one after that',
      [...RAN, entered('3'), judged(false), entered('3'), judged(false)],
      ['wrong: Not quite.', 'text: Second hint.', HINTLESS],
    ],
    [
      'until there is none',
      [...RAN, entered('hint'), entered('HINT'), entered('3'), judged(false)],
      ['wrong: Not quite.', 'note: Try again; skip tells the answer.', HINTLESS],
    ],
    ['hints are asked for', [...RAN, entered('hint')], ['note: Hint: First hint.', CHOICES]],
    [
      'and end',
      [...RAN, entered('hint'), entered('hint'), entered('hint')],
      ['note: There are no more hints; skip tells the answer.', HINTLESS],
    ],
    [
      'a number that is no choice',
      [...RAN, entered('4')],
      ['note: Expected a number from 1 to 3, or one of hint, back, skip, help, q.', CHOICES],
    ],
    [
      'nor is a word',
      [...RAN, entered('that')],
      ['note: Expected a number from 1 to 3, or one of hint, back, skip, help, q.', CHOICES],
    ],
    ['nothing entered asks again', [...RAN, entered(' ')], [CHOICES]],
    [
      'skip tells the answer',
      [...RAN, entered('skip')],
      ['note: The answer: that', 'text: Because.', '> pause'],
    ],
    ['in a pause nothing is asked', [wentOn, entered('hint')], [NOTHING_ASKED, '> pause']],
    ['help there', [wentOn, entered(' HELP')], [PAUSE_HELP, '> pause']],
    ['or ?', [wentOn, entered('?')], [PAUSE_HELP, '> pause']],
    ['nor does a word go on', [wentOn, entered('next')], [PAUSE_HELP, '> pause']],
    [
      'before the first step is nothing',
      [wentOn, entered('back')],
      ['note: This is the first step.', '> pause'],
    ],
    [
      'back shows the step before, as it was',
      [...ANSWERED, wentOn, { kind: 'drawn', text: 'boxes' }, entered('back')],
      [LOOKING_BACK, 'picture: boxes', 'text: Boxes.', '> pause'],
    ],
    [
      'and the one before that, with what was answered and said',
      [...DRAWN, entered('back'), entered('back')],
      ['text: Which?', ...CHOSEN, 'right: Right.', 'text: Because.', '> pause'],
    ],
    ['where help works', [...DRAWN, entered('back'), entered('?')], [PAUSE_HELP, '> pause']],
    ['and hint, and no answer', [...DRAWN, entered('back'), entered('hint')], [NOTHING_ASKED, '> pause']],
    ['Enter leads forth', [...RAN, entered('back'), wentOn], ['text: Which?', ...CHOSEN, CHOICES]],
    [
      'step by step',
      [...RAN, entered('back'), entered('back'), wentOn],
      ['command: h1# ip route', 'output: routes', 'text: See.', '> pause'],
    ],
    ['and what is answered then is judged', [...RAN, entered('back'), wentOn, entered('2')], ['> judge']],
    [
      'back to a pause',
      [...ANSWERED, entered('back'), wentOn],
      ['text: Which?', ...CHOSEN, 'right: Right.', 'text: Because.', '> pause'],
    ],
    [
      'a task can be left for a look back',
      [...TASK, entered('back')],
      [LOOKING_BACK, 'text: How many?', 'right: Right.', 'text: So it is.', '> pause'],
    ],
    ['and is there again', [...TASK, entered('back'), wentOn], ['text: Mend it.', '? h2# ']],
    [
      'q ends it there as well',
      [...TASK, entered('back'), entered('q')],
      ['note: Ended at 6 of 6; --resume goes on from there.', '> end'],
    ],
    [
      'the way back may be the wrong one',
      [...TASK, entered(''), checked(false, 'way-back')],
      [
        'picture: REPORT',
        'wrong: Not yet.',
        'note: The requests arrive through the tunnel; the replies leave without an envelope. The route back does not lead into the tunnel.',
        '? h2# ',
      ],
    ],
    ['pictures are drawn elsewhere', [...ANSWERED, wentOn], ['> view']],
    ['and looked at', DRAWN, ['picture: boxes', 'text: Boxes.', 'text: How many?', VALUE]],
    ['a value is judged as it stands', [...DRAWN, entered('4 bytes')], ['> judge']],
    [
      'skip tells a value as well',
      [...DRAWN, entered('skip')],
      ['note: The answer: 4', 'text: So it is.', 'text: Mend it.', '? h2# '],
    ],
    ['a task waits for commands', TASK, ['right: Right.', 'text: So it is.', 'text: Mend it.', '? h2# ']],
    ['a command runs where the task is', [...TASK, entered('ip route')], ['> typed']],
    ['and is shown as in a shell', [...TASK, entered('x'), printed('out')], ['output: out', '? h2# ']],
    ['also one that says nothing', [...TASK, entered('x'), printed('')], ['? h2# ']],
    ['one that fails', [...TASK, entered('x'), printed('', 2)], ['note: (exit code 2)', '? h2# ']],
    [
      'one that was stopped',
      [...TASK, entered('x'), printed('so far', null)],
      ['output: so far', 'note: Stopped.', '? h2# '],
    ],
    ['on another node', [...TASK, entered('on h1')], ['? h1# ']],
    [
      'which has to be there',
      [...TASK, entered('on h3')],
      ['note: There is no node h3; expected one of h1, h2.', '? h2# '],
    ],
    ['a task’s hint', [...TASK, entered('hint')], ['note: Hint: Look.', '? h2# ']],
    [
      'and its last',
      [...TASK, entered('hint'), entered('hint')],
      ['note: There are no more hints; solution shows the commands.', '? h2# '],
    ],
    [
      'its solution',
      [...TASK, entered('solution')],
      ['note: These commands do it (type them one by one):', 'command: h2# ip route add this', '? h2# '],
    ],
    ['Enter checks', [...TASK, entered('')], ['note: Checking with a ping …', '> check']],
    [
      'what is not met',
      [...TASK, entered(''), checked(false)],
      ['picture: REPORT', 'wrong: Not yet.', '? h2# '],
    ],
    [
      'says what stays',
      [...TASK, entered(''), checked(false, 'finding')],
      ['picture: REPORT', 'wrong: Not yet.', 'note: The finding no-reply is still there.', '? h2# '],
    ],
    [
      'or is missing',
      [...TASK, entered(''), checked(false, 'seen')],
      ['picture: REPORT', 'wrong: Not yet.', 'note: No envelope.', '? h2# '],
    ],
    [
      'what is met ends the lesson',
      [...TASK, entered(''), checked(true)],
      ['picture: REPORT', 'right: It works.', 'text: Mended.', 'right: Lesson done: Title', '> end'],
    ],
    [
      'but not as done, where something was skipped',
      [...TASK, entered('skip')],
      ['note: The end. 1 skipped, so the lesson does not count as done.', '> end'],
    ],
    ['q ends', [...RAN, entered('q')], ['note: Ended at 3 of 6; --resume goes on from there.', '> end']],
    [
      'in a pause as well',
      [wentOn, entered('Quit ')],
      ['note: Ended at 1 of 6; --resume goes on from there.', '> end'],
    ],
    [
      'so does the input’s end',
      [...TASK, { kind: 'inputEnded' }],
      [
        'note: The input ended before the lesson did.',
        'note: Ended at 6 of 6; --resume goes on from there.',
        '> end',
      ],
    ],
  ])('%s', (_, events, expected) => {
    expect(shown(afterEvents(events))).toEqual(expected);
  });

  it.each([
    ['a question', RAN],
    ['a value', DRAWN],
    ['a task', TASK],
  ])('%s explains itself, and waits as before', (_, events) => {
    const before = afterEvents(events);
    for (const word of ['help', '?', ' Help ']) {
      const { said, want, state, deed } = react(setting, before.state, entered(word));
      expect(said).toEqual([{ kind: 'note', text: expect.stringMatching(HELP) }]);
      expect({ want, wrong: state.wrong, deed }).toEqual({ want: before.want, wrong: 0, deed: undefined });
    }
  });

  it('a question without a hint offers none, and says so', () => {
    const lesson = parseLesson(LESSON.replace(', hints: [Count.]', ''), 'test.yaml');
    const bare = { ...setting, lesson: { ...setting.lesson, ...lesson } };
    expect(shown(afterEvents(DRAWN, bare)).at(-1)).toBe('? Your answer (back, skip, help, q): ');
    expect(shown(afterEvents([...DRAWN, entered('hint')], bare))).toEqual([
      'note: There is no hint here; skip tells the answer.',
      '? Your answer (back, skip, help, q): ',
    ]);
    expect(shown(afterEvents([...DRAWN, entered('5'), judged(false)], bare))).toEqual([
      'wrong: Not quite.',
      'note: Try again; skip tells the answer.',
      '? Your answer (back, skip, help, q): ',
    ]);
  });

  it('what a learner did is told, and what no answer is is not', () => {
    const deeds = (events: readonly LessonEvent[]) => afterEvents(events).deed;
    expect([
      deeds([...RAN, entered('1'), judged(false)]),
      deeds(ANSWERED),
      deeds([...RAN, entered('hint')]),
      deeds([...RAN, entered('skip')]),
      deeds([...TASK, entered('solution')]),
      deeds([...TASK, entered('ip route')]),
      deeds([...TASK, entered(''), checked(false)]),
      deeds([...RAN, entered('4')]),
      deeds([...RAN, entered('back')]),
      deeds([...DRAWN, entered('hint'), entered('hint')]),
    ]).toEqual([
      { what: 'answer', text: '1', isRight: false },
      { what: 'answer', text: '2', isRight: true },
      { what: 'hint' },
      { what: 'skip' },
      { what: 'solution' },
      { what: 'command', text: 'h2# ip route' },
      { what: 'check', isRight: false },
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('commands run on the node that was chosen last', () => {
    expect(afterEvents([...TASK, entered('on h1'), entered('ip  route')]).want).toEqual({
      kind: 'typed',
      on: 'h1',
      line: 'ip  route',
    });
  });

  it('is done only where nothing was skipped', () => {
    const ends = [
      [...TASK, entered(''), checked(true)],
      [...TASK, entered('skip')],
      [...RAN, entered('q')],
    ].map((events) => afterEvents(events).want);
    expect(ends.map((want) => want.kind === 'end' && want.isDone)).toEqual([true, false, false]);
  });
});

describe('with a recorded network', () => {
  const offline = { ...setting, isLive: false };

  it('says so', () => {
    expect(shown(beginLesson(offline))).toContain(
      'note: Offline: packets and the output of commands were recorded in the real network.',
    );
  });

  it('shows what does a task, and the ping afterwards', () => {
    const task = afterEvents(TASK, offline);
    expect(shown(task).slice(2)).toEqual([
      'text: Mend it.',
      "note: Offline you can't type commands into the network. These commands do it:",
      'command: h2# ip route add this',
      'note: And the ping afterwards, as recorded:',
      '> check',
    ]);
    expect(shown(react(offline, task.state, checked(true))).at(-1)).toBe('> end');
  });
});
