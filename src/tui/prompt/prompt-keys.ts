/** What is typed into the prompt, and done when it is accepted. */

import { asError } from '../../text/as-error.ts';
import { escapeForeign } from '../../text/printable.ts';
import type { CommandContext } from '../context.ts';
import { searchFor } from '../list/search.ts';
import type { NarrowedList } from '../packets/narrowed-list.ts';
import { packetAt } from '../packets/packet-places.ts';
import { savePackets } from '../packets/save.ts';
import { columnFault } from '../state/column-names.ts';
import type { Prompt } from '../state/prompt.ts';

/** Saving asks which packets the list has, and where they came from. */
export interface PromptContext extends CommandContext {
  readonly rows: Pick<NarrowedList, 'packets' | 'isLooking'>;
  /** The path of a plain capture file. */
  readonly file: string | undefined;
}

/** A key for the prompt. A filter narrows the list as it is typed; given up, the one before does again. */
export function typeKey(context: PromptContext, prompt: Prompt, key: string): void {
  if (key === 'return') {
    accept(context, prompt);
    return;
  }
  context.dispatch({ type: 'key', key });
  const after = context.state.prompt;
  if (after === undefined) context.narrow(context.state.filter);
  else if (after.kind === 'filter') context.narrow(after.text);
}

/** Does what was typed. */
function accept(context: PromptContext, { kind, text }: Prompt): void {
  let fault: string | undefined;
  if (kind === 'filter') {
    fault = context.filterBy(text);
  } else if (kind === 'goto') {
    const target = packetAt(text, context.store);
    fault = typeof target === 'number' ? context.goTo(target) : target.fault;
  } else if (kind === 'save') {
    save(context, text);
    return;
  } else if (kind === 'column') {
    const name = text.trim();
    const isThere = context.state.fieldColumns.includes(name);
    fault = isThere ? undefined : columnFault(name);
    if (fault === undefined) context.dispatch({ type: 'column', name });
  } else {
    fault = searchFor(context, text, 1);
  }
  context.dispatch(fault === undefined ? { type: 'accepted', kind, text } : { type: 'fault', fault });
}

/** Writes the marked packets to a file, or those in the list; says what came of it. */
function save(context: PromptContext, path: string): void {
  const { store, rows, file } = context;
  const { marks } = context.state;
  if (marks.size === 0 && rows.isLooking) {
    context.dispatch({ type: 'fault', fault: 'the filter is still running: try again in a moment' });
    return;
  }
  const { packets } = rows;
  const isWanted =
    marks.size > 0
      ? (packet: number) => marks.has(packet)
      : (packet: number) => packets?.has(packet) !== false;
  savePackets(
    {
      store,
      interfaces: store.interfaces,
      file: store.buffer === undefined ? file : undefined,
      count: store.count,
      isWanted,
    },
    path,
  ).then(
    (done) => {
      context.dispatch({ type: 'accepted', kind: 'save', text: path });
      context.say(escapeForeign(done));
    },
    (error: unknown) => {
      const fault = escapeForeign(asError(error).message);
      context.dispatch({ type: 'fault', fault });
    },
  );
}
