/** What the screen shows, as sentences for a screen reader: one a topic, each told when it changes. */
import { stripVTControlCharacters } from 'node:util';
import { isEqual } from '../../explain/comparison.ts';
import { arrowed, createLesson, type Tunnel } from '../../explain/lesson.ts';
import { stepLines } from '../../explain/text.ts';
import { findRow, type Outline } from '../../output/outline.ts';
import { views } from '../boards/views.ts';
import { explanation } from '../detail/explanation.ts';
import { levelName } from '../detail/header-rows.ts';
import type { Session } from '../session.ts';
import { stepOf } from '../state/lesson-steps.ts';
import { createPanes } from '../state/panes.ts';
import { START } from '../state/scroll.ts';
import { statusWords } from '../status/status-row.ts';
import { spokenBoards } from './board-sentences.ts';

export interface Sentence {
  readonly topic: string;
  /** It is told anew when this changes. */
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

export function sentencesOf(session: Session): Sentence[] {
  const { state } = session;
  const facts = session.facts();
  const { warnings, said, narrowed, packets } = facts;
  const isLoading = facts.progress !== undefined;
  const sentences: Sentence[] = [];
  const isNarrowing = narrowed !== undefined && narrowed.examined < packets;
  if (!isLoading && !isNarrowing) {
    const status = `${facts.name}: ${statusWords(state, facts, session.theme).join(', ')}.`;
    const key = `${state.isLive} ${state.isFollowing} ${narrowed?.filter ?? ''}`;
    sentences.push({ topic: 'status', key, lines: [status] });
    if (state.isLive) sentences.push({ topic: 'counts', key: status, lines: [status], pause: LIVE_PAUSE });
  }
  for (const [i, warning] of warnings.entries())
    sentences.push({ topic: `warning ${i}`, key: warning, lines: [`Warning: ${warning}`] });
  sentences.push(...(state.view === 'packets' ? packetSentences(session) : viewSentences(session)));
  if (said !== '') sentences.push({ topic: 'said', key: said, lines: [said] });
  return sentences;
}

function packetSentences(session: Session): Sentence[] {
  const { state } = session;
  const packet = session.selectedPacket;
  // What rushes by is counted, and not told one by one.
  if (packet === undefined || (state.isLive && state.isFollowing)) return [];
  const isMarked = state.marks.has(packet);
  const line = session.list.sentence(state.selected, session.fate(), isMarked);
  const sentences: Sentence[] = [{ topic: 'packet', key: `${packet} ${isMarked}`, lines: [line] }];
  const outline = session.outline();
  if (outline === undefined || state.pane === 'list') return sentences;
  const where = `${packet} ${state.pane} ${state.pair}`;
  if (state.pane === 'bytes') {
    sentences.push({ topic: 'pane', key: where, lines: ['Bytes.'] });
    sentences.push({ topic: 'byte', key: `${where} ${state.byte}`, lines: [byteLine(session, outline)] });
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

function byteLine(session: Session, outline: Outline): string {
  const { state } = session;
  const found = session.selectedFound();
  if (found === undefined || state.byte >= outline.length) return '';
  const value = found.view.getUint8(found.start + state.byte);
  const sign = value > 0x20 && value < 0x7f ? `, character ${String.fromCharCode(value)}` : '';
  const row = findRow(outline, state.cursor);
  const part = row === undefined ? '' : `. Part of ${row.description.short}, ${row.field?.label ?? 'header'}`;
  return `Byte ${state.byte}: hex ${value.toString(16).padStart(2, '0')}, decimal ${value}${sign}${part}.`;
}

function viewSentences(session: Session): Sentence[] {
  const { state } = session;
  const { view } = state;
  if (view === 'packets') return [];
  if (view === 'lesson') return lessonSentences(session);
  const { cursor } = state.scrolls[view] ?? START;
  const board = spokenBoards[view];
  if (board !== undefined) {
    return [
      { topic: 'view', key: `${view} ${state.sortedBy}`, lines: [board.opening(session)] },
      { topic: 'item', key: `${view} ${cursor} ${state.sortedBy}`, lines: [board.row(session, cursor)] },
    ];
  }
  const rows = views[view].render(
    session,
    { cursor, top: 0 },
    COLUMNS,
    Math.max(50, views[view].count(session)),
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
function lessonSentences(session: Session): Sentence[] {
  const { state } = session;
  const outline = session.outline();
  const found = session.selectedFound();
  const packet = session.selectedPacket;
  if (outline === undefined || found === undefined || packet === undefined)
    return [{ topic: 'view', key: 'lesson', lines: ['There is no packet to explain yet.'] }];
  const lesson = createLesson(found.view, session.reader.stack, state.mtu);
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
