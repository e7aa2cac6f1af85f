/** The terminal UI's only entry. Loaded only when a terminal UI is shown: everything else starts without Ink and React. */
import { existsSync, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { render } from 'ink';
import { createElement } from 'react';
import type { PacketSource } from '../capture/source.ts';
import type { DecodeAs } from '../decode/dispatch.ts';
import { App } from './components/app.tsx';
import { ScreenContext } from './components/rows.tsx';
import type { ReadConfig } from './config.ts';
import { configPath } from './config-path.ts';
import { withKeys } from './keymap.ts';
import { Screen } from './screen.ts';
import { Session } from './session.ts';
import { createTheme, isLightTerminal, isUnicodeLocale, withColors } from './theme.ts';
import type { ViewName } from './view.ts';

export interface TuiOptions {
  /** Closed when the UI ends. */
  readonly source: PacketSource;
  readonly decodeAs?: readonly DecodeAs[];
  /**
   * The path of the capture file, where there is one: where the source's batches tell places in it, packets are read again
   * from there instead of being kept.
   */
  readonly file?: string;
  /** Take so many packets at most. */
  readonly count?: number;
  /** End a live capture after so many milliseconds; the UI stays. */
  readonly duration?: number;
  /** Bytes of packets to keep of a source that can't be read again; 256 MiB where not given. */
  readonly buffer?: number;
  /** The path's MTU; the usual one where not given. */
  readonly mtu?: number;
  /** A display filter that narrows the list from the start; it must compile. */
  readonly filter?: string;
  /** What is shown first; the packets where not given. */
  readonly view?: ViewName;
  /** Opens the source anew, where that can be done: the key that reads the file again. */
  readonly reopen?: () => Promise<PacketSource>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Shows packets on the terminal until somebody quits or a signal ends it. Standard output must be a terminal; keys come from
 * standard input, or from the terminal itself where packets come from there. The terminal is left as it was found, also
 * after an error.
 *
 * @throws what went wrong in drawing; a source that fails is shown on the screen instead
 */
export async function runTui(options: TuiOptions): Promise<void> {
  const { file, count, buffer, duration, mtu, reopen } = options;
  const terminal = process.stdout;
  const keyboard = process.stdin.isTTY ? undefined : openKeyboard();
  const input = keyboard ?? process.stdin;
  const isUnicode = isUnicodeLocale(process.env);
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const { config, fault } = await readUserConfig();
  const screen = new Screen(terminal, isUnicode, config.mouse !== false);
  const depth = terminal.getColorDepth();
  const theme = withColors(createTheme(depth, isLightTerminal(process.env)), depth, config.theme ?? {});
  const openSession = (from: PacketSource, filter: string | undefined) =>
    new Session({
      source: from,
      decodeAs: options.decodeAs ?? [],
      theme,
      bindings: withKeys(config.keys ?? {}),
      ...(config.times !== undefined && { times: config.times }),
      notices: fault === undefined ? [] : [fault],
      columns: terminal.columns,
      rows: terminal.rows,
      ...(file !== undefined && { file }),
      ...(mtu !== undefined && { mtu }),
      ...(count !== undefined && { count }),
      ...(buffer !== undefined && { buffer }),
      ...(filter !== undefined && { filter }),
      ...(options.view !== undefined && { view: options.view }),
      onCommand: (command) => {
        if (command === 'quit') end();
        else if (command === 'suspend') suspend();
        else void reload();
      },
      toTerminal: (sequence) => terminal.write(sequence),
    });
  let source = options.source;
  let session = openSession(source, options.filter);
  const restore = () => {
    screen.leave();
    input.setRawMode(false);
  };
  const suspend = () => {
    restore();
    process.kill(0, 'SIGSTOP');
  };
  const resume = () => {
    input.setRawMode(true);
    screen.enter();
    screen.paint();
  };
  /** Reads the source anew; where it can't be opened, what is here stays. */
  const reload = async () => {
    if (reopen === undefined) {
      session.say('this can’t be read again: only files can');
      return;
    }
    const before = { source, session, reading };
    try {
      source = await reopen();
    } catch (error) {
      session.say(error instanceof Error ? error.message : String(error));
      return;
    }
    session = openSession(source, before.session.state.filter);
    ink.rerender(picture());
    reading = session.run();
    before.source.stop();
    before.session.close();
    await before.reading;
    await before.source.close();
  };
  const resize = () => {
    screen.invalidate();
    session.dispatch({ type: 'resize', columns: terminal.columns, rows: terminal.rows });
  };
  for (const signal of SIGNALS) process.on(signal, end);
  process.on('SIGTSTP', suspend);
  process.on('SIGCONT', resume);
  process.on('uncaughtExceptionMonitor', restore);
  terminal.on('resize', resize);
  // A terminal that has gone away takes no more.
  terminal.on('error', end);
  screen.enter();
  let pictures = 0;
  // Another session is another picture: nothing of the one before is kept.
  const picture = () =>
    createElement(ScreenContext, { value: screen }, createElement(App, { session, key: ++pictures }));
  const ink = render(picture(), {
    // Ink lays out, and hands keys on; what it would write itself has nowhere to go.
    stdout: silent(terminal),
    stdin: input,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  const timer = duration === undefined ? undefined : setTimeout(() => source.stop(), duration);
  let reading = session.run();
  try {
    await Promise.race([ended, ink.waitUntilExit()]);
    source.stop();
    session.close();
    ink.unmount();
    await reading;
  } finally {
    clearTimeout(timer);
    restore();
    session.close();
    ink.unmount();
    ink.cleanup();
    terminal.off('resize', resize);
    terminal.off('error', end);
    process.off('uncaughtExceptionMonitor', restore);
    process.off('SIGCONT', resume);
    process.off('SIGTSTP', suspend);
    for (const signal of SIGNALS) process.off(signal, end);
    keyboard?.destroy();
    await source.close();
  }
}

/** What checks the file is loaded where there is one. */
async function readUserConfig(): Promise<ReadConfig> {
  if (!existsSync(configPath(process.env))) return { config: {}, fault: undefined };
  return (await import('./config.ts')).readConfig(process.env);
}

/** The terminal's keys, where standard input is something else. */
function openKeyboard(): ReadStream {
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `no terminal to read keys from (${reason}); expected one for -T tui; use -T line instead`,
    );
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
