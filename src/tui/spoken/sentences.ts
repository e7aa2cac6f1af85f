/** What the screen shows, as sentences for a screen reader: one a topic, each told when it changes. */
import { stripVTControlCharacters } from 'node:util';
import { isEqual } from '../../explain/comparison.ts';
import { arrowed, createLesson, type Tunnel } from '../../explain/lesson.ts';
import { stepLines } from '../../explain/text.ts';
import { findRow, type Outline } from '../../output/outline.ts';
import { views } from '../boards/views.ts';
import { explanation } from '../detail/explanation.ts';
import { levelName } from '../detail/header-rows.ts';
import { stepOf } from '../state/lesson-steps.ts';
import { createPanes } from '../state/panes.ts';
import { START } from '../state/scroll.ts';
import { statusWords } from '../status/status-row.ts';
import { spokenBoards } from './board-sentences.ts';
import type { SpokenContext } from './context.ts';

export interface Sentence {
  readonly topic: string;
  /** It is told again when this changes. */
  readonly key: string;
  /** A line or several. */
  readonly lines: readonly string[];
  /** Milliseconds that pass at least before it is told again. */
  readonly pause?: number;
}

/** Columns of what is made in rows. */
const COLUMNS = 80;
/** Counts of a live capture are not told more often. */
const LIVE_PAUSE = 5000;

export function sentencesOf(context: SpokenContext): Sentence[] {
  const { state } = context;
  const facts = context.facts();
  const { warnings, said, narrowed, packets } = facts;
  const isLoading = facts.progress !== undefined;
  const sentences: Sentence[] = [];
  const isNarrowing = narrowed !== undefined && narrowed.examined < packets;
  if (!isLoading && !isNarrowing) {
    const status = `${facts.name}: ${statusWords(state, facts, context.theme).join(', ')}.`;
    const key = `${state.isLive} ${state.isFollowing} ${narrowed?.filter ?? ''}`;
    sentences.push({ topic: 'status', key, lines: [status] });
    if (state.isLive) sentences.push({ topic: 'counts', key: status, lines: [status], pause: LIVE_PAUSE });
  }
  for (const [i, warning] of warnings.entries())
    sentences.push({ topic: `warning ${i}`, key: warning, lines: [`Warning: ${warning}`] });
  sentences.push(...(state.view === 'packets' ? packetSentences(context) : viewSentences(context)));
  if (said !== '') sentences.push({ topic: 'said', key: said, lines: [said] });
  return sentences;
}

function packetSentences(context: SpokenContext): Sentence[] {
  const { state } = context;
  const packet = context.selectedPacket;
  // What rushes by is counted, and not told one by one.
  if (packet === undefined || (state.isLive && state.isFollowing)) return [];
  const isMarked = state.marks.has(packet);
  const line = context.list.sentence(state.selected, context.fate(), isMarked);
  const sentences: Sentence[] = [{ topic: 'packet', key: `${packet} ${isMarked}`, lines: [line] }];
  const outline = context.outline();
  if (outline === undefined || state.pane === 'list') return sentences;
  const where = `${packet} ${state.pane} ${state.pair}`;
  if (state.pane === 'bytes') {
    sentences.push({ topic: 'pane', key: where, lines: ['Bytes.'] });
    sentences.push({ topic: 'byte', key: `${where} ${state.byte}`, lines: [byteLine(context, outline)] });
    return sentences;
  }
  const level = state.pair + (state.pane === 'left' ? 0 : 1);
  const { ends = '', tunnel = '' } = outline.levels[level] ?? {};
  const title = `${capitalized(levelName(level, outline.deepestLevel))} headers, ${arrowed(ends)}${tunnel === '' ? '' : `, in ${tunnel}`}.`;
  sentences.push({ topic: 'pane', key: where, lines: [title] });
  const row = findRow(outline, state.cursor);
  if (row === undefined) return sentences;
  const isFolded = createPanes(outline, state.pair, state.folds, state.layout).folded.has(row);
  const fold = row.kind === 'layer' && row.canOpen ? (isFolded ? ', folded' : ', open') : '';
  const [first, ...rest] = explanation(state, outline, '')
    .filter(({ role }) => role !== 'quiet')
    .map(({ text }) => text);
  const value = row.kind === 'layer' ? `: ${arrowed(row.value)}` : '';
  sentences.push({
    topic: 'field',
    key: `${where} ${fold} ${JSON.stringify(state.cursor)}`,
    lines: [`${first}${fold}${value}${/[.]$/.test(value) ? '' : '.'} ${rest.join(' ')}`],
  });
  return sentences;
}

function byteLine(context: SpokenContext, outline: Outline): string {
  const { state } = context;
  const found = context.selectedFound();
  if (found === undefined || state.byte >= outline.length) return '';
  const value = found.view.getUint8(found.start + state.byte);
  const sign = value > 0x20 && value < 0x7f ? `, character ${String.fromCharCode(value)}` : '';
  const row = findRow(outline, state.cursor);
  const part = row === undefined ? '' : `. Part of ${row.description.short}, ${row.field?.label ?? 'header'}`;
  return `Byte ${state.byte}: hex ${value.toString(16).padStart(2, '0')}, decimal ${value}${sign}${part}.`;
}

function viewSentences(context: SpokenContext): Sentence[] {
  const { state } = context;
  const { view } = state;
  if (view === 'packets') return [];
  if (view === 'lesson') return lessonSentences(context);
  const { cursor } = state.scrolls[view] ?? START;
  const board = spokenBoards[view];
  if (board !== undefined) {
    return [
      { topic: 'view', key: `${view} ${state.sortedBy}`, lines: [board.opening(context)] },
      { topic: 'item', key: `${view} ${cursor} ${state.sortedBy}`, lines: [board.row(context, cursor)] },
    ];
  }
  const rows = views[view].render(
    context,
    { cursor, top: 0 },
    COLUMNS,
    Math.max(50, views[view].count(context)),
  );
  return [
    {
      topic: 'view',
      key: `${view} ${views[view].hasCursor ? cursor : ''}`,
      lines: rows.map(stripVTControlCharacters),
    },
  ];
}

/** The step that is shown, as `explain` prints it, without what is drawn. */
function lessonSentences(context: SpokenContext): Sentence[] {
  const { state } = context;
  const outline = context.outline();
  const found = context.selectedFound();
  const packet = context.selectedPacket;
  if (outline === undefined || found === undefined || packet === undefined)
    return [{ topic: 'view', key: 'lesson', lines: ['There is no packet to explain yet.'] }];
  const lesson = createLesson(found.view, context.reader.stack, state.mtu);
  const at = stepOf(outline, state.lesson);
  const step = lesson.steps[at - 1];
  const lines =
    step === undefined
      ? [
          `Lesson: packet ${packet + 1}, ${lesson.steps.length} layers. Right takes the outermost off.`,
          lesson.summary.join(' '),
          ...lesson.tunnels.flatMap(comparedLines),
        ]
      : [
          `Layer ${at} of ${lesson.steps.length}, level ${step.layer.level} of ${outline.deepestLevel}.`,
          // What underlines a heading is left out.
          ...stepLines(step, at, COLUMNS).filter((line) => !/^-+$/.test(line)),
        ];
  return [{ topic: 'view', key: `lesson ${packet} ${at}`, lines: lines.flatMap((line) => line.split('\n')) }];
}

/** "Inner 1 of 2": some readers spell what is all in capitals. */
function capitalized(text: string): string {
  return text.slice(0, 1) + text.slice(1).toLowerCase();
}

/** What outer and inner header say of the same thing, a line each. */
function comparedLines({ name, compared, cost }: Tunnel): string[] {
  const lines = compared.map((one) => {
    const { label, outer, inner, says } = one;
    const values = isEqual(one)
      ? `${outer?.value} in both`
      : `outer ${outer?.value ?? 'has none'}, inner ${inner?.value ?? 'has none'}`;
    return `${label}: ${values}. ${says}`;
  });
  return [`Outer and inner compared, ${name}.`, ...lines, cost];
}
