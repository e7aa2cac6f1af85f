/** What is typed into the prompt, and done when it is accepted. */

import { escapeForeign } from '../../text/printable.ts';
import { searchFor } from '../list/search.ts';
import { packetAt } from '../packets/packet-places.ts';
import { savePackets } from '../packets/save.ts';
import type { Session } from '../session.ts';
import type { Prompt } from '../state/prompt.ts';

/** A key for the prompt. A filter narrows the list as it is typed; given up, the one before does again. */
export function typeKey(session: Session, prompt: Prompt, key: string): void {
  if (key === 'return') {
    accept(session, prompt);
    return;
  }
  session.dispatch({ type: 'key', key });
  const after = session.state.prompt;
  if (after === undefined) session.narrow(session.state.filter);
  else if (after.kind === 'filter') session.narrow(after.text);
}

/** Does what was typed. */
function accept(session: Session, { kind, text }: Prompt): void {
  let fault: string | undefined;
  if (kind === 'filter') {
    fault = session.narrow(text);
    if (fault === undefined) session.dispatch({ type: 'filter', text });
  } else if (kind === 'goto') {
    const target = packetAt(text, session.store);
    fault = typeof target === 'number' ? session.goTo(target) : target.fault;
  } else if (kind === 'save') {
    save(session, text);
    return;
  } else {
    fault = searchFor(session, text, 1);
  }
  session.dispatch(fault === undefined ? { type: 'accepted', kind, text } : { type: 'fault', fault });
}

/** Writes the marked packets to a file, or those in the list; says what came of it. */
function save(session: Session, path: string): void {
  const { store, interfaces, rows, file } = session;
  const { marks } = session.state;
  if (marks.size === 0 && rows.isLooking) {
    session.dispatch({ type: 'fault', fault: 'the filter is still looking at packets: again in a moment' });
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
      interfaces,
      file: store.buffer === undefined ? file : undefined,
      count: store.count,
      isWanted,
    },
    path,
  ).then(
    (done) => {
      session.dispatch({ type: 'accepted', kind: 'save', text: path });
      session.say(escapeForeign(done));
    },
    (error: unknown) => {
      const fault = escapeForeign(error instanceof Error ? error.message : String(error));
      session.dispatch({ type: 'fault', fault });
    },
  );
}
