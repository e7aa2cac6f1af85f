/**
 * The terminal UI's only entry. Loaded only when a terminal UI is shown: everything else starts without Ink and React.
 *
 *   keys/        the table of keys, and their names
 *   state/       what the screen shows as one value, and how keys, packets and the mouse change it: pure
 *   packets/     the packets behind the list: taken, kept, found again, narrowed by a filter, saved
 *   list/        the packet list; looking through it
 *   detail/      outer and inner headers, bytes, the explanation; copying, filtering by what is selected
 *   prompt/      a line to type into
 *   status/      the first row of the screen and the last
 *   boards/      the screens beside the packets
 *   spoken/      the same in sentences, for a screen reader
 *   terminal/    the terminal itself: taken and given back, frames, rows, colours, the mouse
 *   components/  Ink and React
 *   config/      the user's own keys and colours
 *   session.ts   one run of the screen, where they meet; context.ts is what it gives them
 */

import { existsSync, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { render } from 'ink';
import { createElement } from 'react';
import type { DecodeAs } from '../decode/decode-as.ts';
import type { PacketSource } from '../packet/source.ts';
import { asError } from '../text/as-error.ts';
import { isUnicodeLocale } from '../text/ascii.ts';
import { escapeForeign } from '../text/printable.ts';
import { App } from './components/app.tsx';
import { NarratorContext, ScreenContext } from './components/rows.tsx';
import type { ReadConfig } from './config/config.ts';
import { configPath } from './config/config-path.ts';
import { withKeys } from './keys/keymap.ts';
import { rescuePackets } from './packets/rescue.ts';
import { Session } from './session.ts';
import type { SessionOptions } from './session-options.ts';
import { Narrator } from './spoken/narrator.ts';
import type { CaptureAbout } from './status/facts.ts';
import { holdTerminal } from './terminal/held-terminal.ts';
import { Screen } from './terminal/screen.ts';
import { createTheme, isLightTerminal, withColors } from './terminal/theme.ts';

export { columnFault } from './state/column-names.ts';

export interface TuiOptions
  extends CaptureAbout,
    Pick<
      SessionOptions,
      'count' | 'buffer' | 'mtu' | 'filter' | 'view' | 'times' | 'kernel' | 'fieldColumns'
    > {
  readonly decodeAs?: readonly DecodeAs[];
  /** End a live capture after so many milliseconds; the UI stays. */
  readonly duration?: number;
  /** Opens the source again, where that can be done: the key that reads the file again. */
  readonly reopen?: () => Promise<PacketSource>;
}

/** What is to be said when the terminal is the shell's again. */
export interface TuiEnd {
  /** Packets. */
  readonly taken: number;
  /** What the source could not tell, and faults met on the way. */
  readonly warnings: readonly string[];
  /** What went wrong: the source, the writing, the screen itself. */
  readonly faults: readonly Error[];
  /** What became of packets that nobody had saved, where the screen did not end as somebody wanted. */
  readonly rescued?: string;
}

/**
 * Shows packets on the terminal until somebody quits or a signal ends it; then the source is closed. Standard output must be a
 * terminal; keys come from standard input, or from the terminal itself where packets come from there. The terminal is left as
 * it was found, also after an error. Packets that can't be read again are saved where the terminal goes away or an error ends the screen.
 */
export async function runTui(options: TuiOptions): Promise<TuiEnd> {
  const { duration, reopen } = options;
  const terminal = process.stdout;
  const keyboard = process.stdin.isTTY ? undefined : openKeyboard();
  const input = keyboard ?? process.stdin;
  const isUnicode = isUnicodeLocale(process.env);
  const { config, fault } = await readUserConfig();
  const screen = new Screen(terminal, isUnicode, config.mouse !== false);
  // As Ink itself would ask; then nothing is drawn, and the screen is never taken.
  const isSpoken = config.screenReader ?? process.env.INK_SCREEN_READER === 'true';
  const narrator = isSpoken ? new Narrator(terminal, isUnicode) : undefined;
  const depth = terminal.getColorDepth();
  const theme = withColors(createTheme(depth, isLightTerminal(process.env)), depth, config.theme ?? {});
  const openSession = (from: PacketSource, filter: string | undefined, fieldColumns: readonly string[]) =>
    new Session({
      ...options,
      source: from,
      decodeAs: options.decodeAs ?? [],
      theme,
      bindings: withKeys(config.keys ?? {}),
      ...(config.times !== undefined && options.times === undefined && { times: config.times }),
      ...(filter !== undefined && { filter }),
      fieldColumns,
      notices: [...(options.notices ?? []), ...(fault === undefined ? [] : [fault])],
      columns: terminal.columns,
      rows: terminal.rows,
      onCommand: (command) => {
        if (command === 'quit') held.end({ kind: 'asked' });
        else if (command === 'suspend') held.suspend();
        else void reload();
      },
      toTerminal: (sequence) => terminal.write(sequence),
    });
  let source = options.source;
  let session = openSession(source, options.filter, options.fieldColumns ?? config.columns ?? []);
  const held = holdTerminal(terminal, input, narrator ?? screen, () => {
    screen.invalidate();
    session.dispatch({ type: 'resize', columns: terminal.columns, rows: terminal.rows });
  });
  let isReloading = false;
  let isOver = false;
  /** Reads the source again; where it can't be opened, what is here stays. */
  const reload = async () => {
    if (reopen === undefined) {
      session.say('only files can be read again');
      return;
    }
    if (isReloading) return;
    isReloading = true;
    let again: PacketSource;
    try {
      again = await reopen();
    } catch (error) {
      session.say(escapeForeign(asError(error).message));
      return;
    } finally {
      isReloading = false;
    }
    if (isOver) {
      await again.close();
      return;
    }
    const before = { source, session, reading };
    source = again;
    const { filter, fieldColumns } = before.session.state;
    session = openSession(source, filter, fieldColumns);
    ink.rerender(picture());
    reading = session.run();
    before.source.stop();
    before.session.close();
    await before.reading;
    await before.source.close();
  };
  let pictures = 0;
  // Another session is another picture: nothing of the one before is kept.
  const picture = () =>
    createElement(
      NarratorContext,
      { value: narrator },
      createElement(ScreenContext, { value: screen }, createElement(App, { session, key: ++pictures })),
    );
  const ink = render(picture(), {
    // Ink lays out, and hands keys on; what it would write itself has nowhere to go.
    stdout: silent(terminal),
    stdin: input,
    debug: true,
    isScreenReaderEnabled: isSpoken,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  ink.waitUntilExit().catch((error: Error) => held.end({ kind: 'fault', error }));
  const timer = duration === undefined ? undefined : setTimeout(() => source.stop(), duration);
  let reading = session.run();
  const ending = await held.ended;
  isOver = true;
  clearTimeout(timer);
  held.restore();
  session.endDrawing();
  ink.unmount();
  ink.cleanup();
  // What has been captured is still taken, and written.
  source.stop();
  await reading;
  const faults = [...session.reading.faults, ...(ending.kind === 'fault' ? [ending.error] : [])];
  const rescued = ending.kind === 'asked' ? undefined : await rescue(session, source, faults);
  session.close();
  await source.close();
  held.release();
  keyboard?.destroy();
  return {
    taken: session.store.count,
    warnings: source.warnings,
    faults,
    ...(rescued !== undefined && { rescued }),
  };
}

/** Saves the packets of something that can't be read again and is not recorded; a fault in that is one more. */
async function rescue(session: Session, source: PacketSource, faults: Error[]): Promise<string | undefined> {
  const { store, file, reading } = session;
  if (store.count === 0 || file !== undefined || reading.isRecorded) return undefined;
  try {
    return await rescuePackets(store, source.interfaces);
  } catch (error) {
    faults.push(asError(error));
    return undefined;
  }
}

/** What checks the file is loaded where there is one. */
async function readUserConfig(): Promise<ReadConfig> {
  if (!existsSync(configPath(process.env))) return { config: {}, fault: undefined };
  return (await import('./config/config.ts')).readConfig(process.env);
}

/** The terminal's keys, where standard input is something else. */
function openKeyboard(): ReadStream {
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch (error) {
    const reason = asError(error).message;
    throw new Error(`no terminal to read keys from (${reason}); -T tui needs one; use -T line instead`);
  }
}

/** A stream of the terminal's size that takes everything and shows nothing. */
function silent(terminal: NodeJS.WriteStream): NodeJS.WriteStream {
  const stream = {
    get columns() {
      return terminal.columns;
    },
    get rows() {
      return terminal.rows;
    },
    write: () => true,
    on: () => stream,
    off: () => stream,
  };
  return stream as unknown as NodeJS.WriteStream;
}
