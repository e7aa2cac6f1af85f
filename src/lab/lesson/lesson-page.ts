/** A recorded lesson as one page: all steps below each other, and with its script one after the other, by key. */
import { openCaptureFile } from '../../capture/file/open-capture.ts';
import { page, wide } from '../../drawing/page.ts';
import { svgElement } from '../../drawing/svg.ts';
import { tracePath } from '../../path/trace-path.ts';
import { createLadders, type Ladder } from '../../picture/ladder.ts';
import { ladderDrawing } from '../../picture/ladder-svg.ts';
import { wayDrawing } from '../../picture/way-svg.ts';
import { type Markup, markup } from '../../text/markup.ts';
import { loadNetwork } from '../network/network.ts';
import type { Lesson, Question, Step, StepOf } from './lesson.ts';
import { capturePath, type LessonNetwork } from './lesson-network.ts';
import { mendCommands } from './mend-commands.ts';
import { drawView, isRight, judgeCheck } from './packets.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { textMarkup, wordsMarkup } from './page-text.ts';
import { fill, type Words } from './words.ts';

/** Columns of what is shown as text. */
const COLUMNS = 100;

/** What a page of a site leads to: addresses relative to it. */
export interface LessonLinks {
  readonly index: string;
  readonly next?: { readonly href: string; readonly title: string };
}

/** @param network as it was recorded */
export async function lessonPage(
  lesson: Lesson,
  words: Words,
  network: LessonNetwork,
  links?: LessonLinks,
): Promise<string> {
  let definition = lesson.network === undefined ? undefined : loadNetwork(lesson.network);
  const steps: Markup[] = [];
  for (const [i, step] of lesson.steps.entries()) {
    if (step.do === 'up') {
      definition = loadNetwork(step.network);
      await network.up(step.network);
    }
    const solution = () => (definition === undefined ? [] : mendCommands(definition));
    // Where the lesson shows the way later on, nothing is given away here.
    const isShownLater =
      step.do === 'run' &&
      lesson.steps.some((other) => other.do === 'show' && other.as === 'path' && other.of === step.capture);
    const content = await stepMarkup(lesson, step, i, words, network, solution, isShownLater);
    const place = fill(words.step, { number: i + 1, total: lesson.steps.length });
    steps.push(markup`<section class="step" id="s${i + 1}" tabindex="-1"><p class="soft">${place}</p>
${content}</section>
`);
  }
  return page(
    lesson.title,
    markup`${
      links === undefined
        ? ''
        : markup`<nav><a href="${links.index}">${words.pageLessons}</a></nav>
`
    }<h1>${lesson.title}</h1>
${textMarkup(lesson.about)}${lesson.network === undefined ? '' : markup`<p class="soft">${words.offline}</p>`}
${steps}<p class="turn soft">${words.pageKeys}</p>
<p class="turn"><button type="button" id="back">← ${words.pageBack}</button> <button type="button" id="next">${words.pageNext} →</button></p>
${
  links?.next === undefined
    ? ''
    : markup`<p class="end"><a href="${links.next.href}">${links.next.title} →</a></p>
`
}`,
    { language: lesson.language, script: PAGE_SCRIPT },
  );
}

async function stepMarkup(
  lesson: Lesson,
  step: Step,
  number: number,
  words: Words,
  network: LessonNetwork,
  mend: () => readonly { on: string; command: string }[],
  isShownLater: boolean,
): Promise<Markup> {
  const told = step.do === 'ask' || step.text === undefined ? markup`` : textMarkup(step.text);
  const looked =
    (step.do === 'run' || step.do === 'show') && step.look !== undefined ? textMarkup(step.look) : markup``;
  switch (step.do) {
    case 'tell':
    case 'up':
    case 'open':
      return told;
    case 'run': {
      const { text } = await network.run(step);
      const way =
        step.capture === undefined || isShownLater
          ? markup``
          : await wayMarkup(network.captured(step.capture), number, words);
      return markup`${told}${typed(step)}${printed(text === '' ? words.noOutput : text)}${way}${looked}`;
    }
    case 'show':
      return markup`${told}${await shownMarkup(capturePath(lesson, network, step.of), step, number)}${looked}`;
    case 'ask':
      return questionMarkup(
        step,
        words,
        step.of === undefined ? undefined : capturePath(lesson, network, step.of),
      );
    case 'task': {
      const { report } = await judgeCheck(await network.check(step.check), step.check, COLUMNS);
      return markup`${told}<details class="answer"><summary>${words.pageAnswer}</summary><p>${words.taskOffline}</p>
${(step.solution ?? mend()).map(typed)}<p>${words.taskOfflineChecked}</p>
${printed(report)}${textMarkup(step.done)}</details>
`;
    }
  }
}

function typed({ on, command }: { on: string; command: string }): Markup {
  return markup`<pre class="typed" tabindex="0">${on}# ${command}</pre>
`;
}

function printed(text: string): Markup {
  return markup`<pre tabindex="0">${text}</pre>
`;
}

async function laddersOf(path: string): Promise<Ladder[]> {
  const source = await openCaptureFile(path);
  try {
    const view = await tracePath(source);
    return view.points.length < 2 ? [] : createLadders(view, 'lost', 2);
  } finally {
    await source.close();
  }
}

/** The ping that was captured, under way. */
async function wayMarkup(path: string, number: number, words: Words): Promise<Markup> {
  const [ladder] = await laddersOf(path);
  const drawing = ladder === undefined ? undefined : wayDrawing(ladder, `w${number}`);
  return drawing === undefined ? markup`` : wide(words.pageWay, svgElement(drawing));
}

async function shownMarkup(path: string, step: StepOf<'show'>, number: number): Promise<Markup> {
  const text = printed(await drawView(path, step, COLUMNS));
  if (step.as !== 'path') return text;
  const ladders = await laddersOf(path);
  const drawn = ladders.map((ladder, i) => {
    const way = i === 0 ? wayDrawing(ladder, `w${number}`) : undefined;
    return markup`${way === undefined ? '' : wide(ladder.title, svgElement(way))}${wide(ladder.title, svgElement(ladderDrawing(ladder)))}`;
  });
  return markup`${drawn}${text}`;
}

/** Answers are judged when the page is made, by what the recording proves. */
async function questionMarkup(question: Question, words: Words, path: string | undefined): Promise<Markup> {
  const { choices, hints, why, value = '' } = question;
  const wrong = (hint: string | undefined) =>
    markup`${words.wrong} ${hint === undefined ? words.pageTryAgain : wordsMarkup(hint)}`;
  const judged = await Promise.all((choices ?? []).map((_, i) => isRight(path, question, String(i + 1))));
  const answers: string[] = [];
  for (const answer of spellings(value)) {
    if (choices === undefined && (await isRight(path, question, answer))) answers.push(answer);
  }
  const asked =
    choices === undefined
      ? markup`<form class="value" data-answers="${answers.join(' ')}"><input aria-label="${question.question}" autocomplete="off"> <button>${words.pageCheck}</button></form>
<p class="says" role="status" hidden data-right="true">${words.right}</p><p class="says" role="status" hidden data-right="false">${wrong(hints[0])}</p>
`
      : markup`<ol class="choices">${choices.map(
          (
            { text, hint },
            i,
          ) => markup`<li><button type="button" data-right="${String(judged[i])}">${wordsMarkup(text)}</button><p class="says" role="status" hidden>${judged[i] === true ? words.right : wrong(hint ?? hints[0])}</p></li>
`,
        )}</ol>
`;
  const right = choices?.filter((_, i) => judged[i]).map(({ text }) => text) ?? [value];
  return markup`${textMarkup(question.question)}${asked}${hints.map(
    (
      hint,
    ) => markup`<details><summary>${fill(words.hint, { text: '…' })}</summary>${textMarkup(hint)}</details>
`,
  )}<details class="answer"><summary>${words.pageAnswer}</summary><p class="ok">${wordsMarkup(right.join(', '))}</p>
${textMarkup(why)}</details>
`;
}

/** How else a number may be written. */
function spellings(value: string): string[] {
  const number = /^(0x[\da-f]+|\d+)$/i.test(value) ? Number(value) : Number.NaN;
  return [
    ...new Set([
      value.toLowerCase(),
      ...(Number.isSafeInteger(number) ? [String(number), `0x${number.toString(16)}`] : []),
    ]),
  ];
}

export interface IndexPart {
  readonly language: string;
  readonly words: Words;
  readonly lessons: readonly { readonly href: string; readonly title: string; readonly about: string }[];
}

/** The way into a folder of lessons. */
export function lessonIndex(parts: readonly IndexPart[]): string {
  return page(
    'tunnelscope: lessons',
    markup`<h1>tunnelscope</h1>
${parts.map(
  ({ language, words, lessons }) => markup`<section lang="${language}"><h2>${words.listTitle}</h2>
<ol>${lessons.map(
    ({
      href,
      title,
      about,
    }) => markup`<li><a href="${href}">${title}</a><br><span class="soft">${wordsMarkup(about)}</span></li>
`,
  )}</ol></section>
`,
)}`,
  );
}
