import { Box, type Key, useInput, useIsScreenReaderEnabled } from 'ink';
import { type ReactNode, useContext, useLayoutEffect, useSyncExternalStore } from 'react';
import type { Outline } from '../../output/outline.ts';
import { views } from '../boards/views.ts';
import type { CommandContext } from '../context.ts';
import { bytesRows } from '../detail/bytes-rows.ts';
import { headerRows } from '../detail/header-rows.ts';
import { keyName } from '../keys/key-names.ts';
import type { ViewName } from '../keys/view-names.ts';
import type { ListRows } from '../list/list-rows.ts';
import { placeOf } from '../list/row-cells.ts';
import type { SpokenContext } from '../spoken/context.ts';
import type { PaneName } from '../state/layout.ts';
import { START } from '../state/scroll.ts';
import type { State } from '../state/state.ts';
import { footerRows } from '../status/footer-rows.ts';
import { statusRow, tooSmallRows } from '../status/status-row.ts';
import { pointersIn } from '../terminal/pointer.ts';
import type { Theme } from '../terminal/theme.ts';
import { NarratorContext, Rows, ScreenContext } from './rows.tsx';

/** The session, as far as the screen needs it. */
export interface AppContext extends SpokenContext, CommandContext {
  /** As React's useSyncExternalStore asks for them. */
  readonly live: { subscribe(listener: () => void): () => void; version(): number };
  readonly list: ListRows;
  /** A key, as the key table names it. */
  press(key: string): void;
}

/** The whole screen. Draws one frame whenever the session says that there is something new. */
export function App({ session }: { readonly session: AppContext }): ReactNode {
  useSyncExternalStore(session.live.subscribe, session.live.version);
  useInput((input, key) => {
    const pointers = pointersIn(input);
    if (pointers === undefined) for (const name of keyNames(input, key)) session.press(name);
    else for (const pointer of pointers) session.dispatch({ type: 'pointer', pointer });
  });
  const screen = useContext(ScreenContext);
  const narrator = useContext(NarratorContext);
  const isSpoken = useIsScreenReaderEnabled();
  useLayoutEffect(() => {
    if (isSpoken) narrator?.tell(session);
    else screen?.paint();
  });
  const { state } = session;
  const { columns, rows, isTooSmall } = state.layout;
  if (isSpoken) return null;
  let content: ReactNode;
  if (isTooSmall) content = <Rows rows={tooSmallRows(state)} width={columns} />;
  else if (state.view !== 'packets') content = <OtherView session={session} view={state.view} />;
  else content = <Packets session={session} />;
  // Outside the flow, so that Ink's own frame is empty: what is drawn, the screen draws.
  return (
    <Box position="absolute" flexDirection="column" width={columns} height={rows}>
      {content}
    </Box>
  );
}

/** A view beside the packets, between the same status row and footer. */
function OtherView({
  session,
  view,
}: {
  readonly session: AppContext;
  readonly view: Exclude<ViewName, 'packets'>;
}): ReactNode {
  const { state, theme } = session;
  const { columns, viewRows } = state.layout;
  const facts = session.facts();
  const rows = views[view].render(session, state.scrolls[view] ?? START, columns, viewRows);
  while (rows.length < viewRows) rows.push(' '.repeat(columns));
  return (
    <>
      <Rows rows={[statusRow(state, facts, theme)]} width={columns} />
      <Rows rows={rows} width={columns} />
      <Rows rows={footerRows(state, facts, theme, session.bindings)} width={columns} height={1} />
    </>
  );
}

function Packets({ session }: { readonly session: AppContext }): ReactNode {
  const { state, theme } = session;
  const { columns, maximised } = state.layout;
  const facts = session.facts();
  const outline = session.outline();
  const list = session.list.render(state);
  // Drawing the list reads packets: the selected one is read again behind it.
  const fate = session.fate();
  const packet = outline === undefined ? undefined : session.selectedFound();
  const place = packet === undefined ? '' : placeOf(session.store, packet);
  const isShown = (pane: PaneName): boolean => maximised === undefined || maximised === pane;
  return (
    <>
      <Rows rows={[statusRow(state, facts, theme)]} width={columns} />
      {isShown('list') && <Rows rows={list} width={columns} />}
      <Headers state={state} outline={outline} theme={theme} isShown={isShown} />
      {isShown('bytes') && (
        <Rows rows={bytesRows(state, packet, outline, theme, fate, place)} width={columns} />
      )}
      <Rows rows={footerRows(state, facts, theme, session.bindings)} width={columns} height={1} />
    </>
  );
}

function Headers({
  state,
  outline,
  theme,
  isShown,
}: {
  readonly state: State;
  readonly outline: Outline | undefined;
  readonly theme: Theme;
  readonly isShown: (pane: PaneName) => boolean;
}): ReactNode {
  const { isSideBySide, leftColumns, rightColumns, leftRows } = state.layout;
  const { left, right } = headerRows(state, outline, theme);
  return (
    <Box flexDirection={isSideBySide ? 'row' : 'column'}>
      {isShown('left') && <Rows rows={left} width={leftColumns} />}
      {isSideBySide && isShown('left') && <Rows rows={divider(leftRows + 1, theme.glyphs)} width={1} />}
      {isShown('right') && <Rows rows={right} width={rightColumns} />}
    </Box>
  );
}

function divider(
  height: number,
  glyphs: { readonly horizontal: string; readonly vertical: string },
): string[] {
  return Array.from({ length: height }, (_, i) => (i === 0 ? glyphs.horizontal : glyphs.vertical));
}

/** Keys that come faster than they are read arrive as one text. */
function keyNames(input: string, key: Key): string[] {
  const name = keyName(input, key);
  return name === input && input.length > 1 ? [...input].map((sign) => keyName(sign, {})) : [name];
}
