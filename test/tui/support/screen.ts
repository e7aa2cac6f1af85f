/** The whole UI without a terminal: Ink lays it out, and what the screen would write is there to be read. */
import { Box } from 'ink';
import { cleanup, render } from 'ink-testing-library';
import { createElement } from 'react';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import type { DecodeAs } from '../../../src/decode/decode-as.ts';
import type { KernelWitness } from '../../../src/packet/kernel-drop.ts';
import type { PacketSource } from '../../../src/packet/source.ts';
import { App } from '../../../src/tui/components/app.tsx';
import { ScreenContext } from '../../../src/tui/components/rows.tsx';
import type { Binding } from '../../../src/tui/keys/keymap.ts';
import { Session } from '../../../src/tui/session.ts';
import type { CaptureFilter } from '../../../src/tui/status/facts.ts';
import { Screen } from '../../../src/tui/terminal/screen.ts';
import { createTheme } from '../../../src/tui/terminal/theme.ts';

export const KEYS = {
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  pageUp: '\x1b[5~',
  pageDown: '\x1b[6~',
  home: '\x1b[H',
  end: '\x1b[F',
  tab: '\t',
  shiftTab: '\x1b[Z',
  enter: '\r',
  escape: '\x1b',
} as const;

export interface TestScreen {
  readonly session: Session;
  /** What is on the screen: rows of text, without styles. */
  rows(): string[];
  /** The same with its escape sequences. */
  styled(): string[];
  /** Everything that was written to the terminal. */
  written(): string;
  press(...keys: readonly string[]): Promise<void>;
  /** Commands that the program itself would have to carry out. */
  readonly commands: string[];
  /** What was sent to the terminal beside the picture. */
  readonly sequences: string[];
  resize(columns: number, rows: number): Promise<void>;
}

/** Shows a capture file, all of it read, on a screen of a given size. */
export async function showFile(
  file: string,
  columns: number,
  rows: number,
  more: {
    readonly depth?: number;
    readonly mtu?: number;
    readonly decodeAs?: readonly DecodeAs[];
    readonly bindings?: readonly Binding[];
  } = {},
): Promise<TestScreen> {
  const source = await openCaptureFile(file);
  const shown = show(source, columns, rows, { ...more, files: [file] });
  await shown.session.run();
  await source.close();
  await drawn(shown.session);
  return shown;
}

export function show(
  source: PacketSource,
  columns: number,
  rows: number,
  more: {
    readonly depth?: number;
    readonly mtu?: number;
    readonly files?: readonly string[];
    readonly buffer?: number;
    readonly kernel?: () => KernelWitness;
    readonly captureFilter?: CaptureFilter;
    readonly bindings?: readonly Binding[];
    readonly decodeAs?: readonly DecodeAs[];
  } = {},
): TestScreen {
  let written = '';
  const terminal = {
    columns,
    rows,
    write(text: string) {
      written += text;
      return true;
    },
    once() {},
  };
  const screen = new Screen(terminal, true);
  const commands: string[] = [];
  const sequences: string[] = [];
  const session = new Session({
    source,
    decodeAs: more.decodeAs ?? [],
    theme: createTheme(more.depth ?? 8),
    columns,
    rows,
    ...(more.bindings !== undefined && { bindings: more.bindings }),
    ...(more.kernel !== undefined && { kernel: more.kernel }),
    ...(more.files !== undefined && { files: more.files }),
    ...(more.mtu !== undefined && { mtu: more.mtu }),
    ...(more.buffer !== undefined && { buffer: more.buffer }),
    ...(more.captureFilter !== undefined && { captureFilter: more.captureFilter }),
    onCommand: (command) => commands.push(command),
    toTerminal: (sequence) => sequences.push(sequence),
  });
  screen.enter();
  // ink-testing-library's terminal is 100 columns wide; a box of our own makes it as wide as the test needs.
  const app = createElement(App, { session });
  const { stdin } = render(
    createElement(ScreenContext, { value: screen }, createElement(Box, { width: columns }, app)),
  );
  return {
    session,
    commands,
    sequences,
    styled: () => screen.rows(),
    rows: () => screen.rows().map(withoutStyles),
    written: () => written,
    async press(...keys) {
      for (const key of keys) {
        stdin.write(key);
        await drawn(session);
      }
    },
    async resize(width, height) {
      terminal.columns = width;
      terminal.rows = height;
      screen.invalidate();
      session.dispatch({ type: 'resize', columns: width, rows: height });
      await drawn(session);
    },
  };
}

export { cleanup };

const ESCAPE = '\x1b';
const SGR = new RegExp(`${ESCAPE}\\[([0-9;]*)m`, 'g');

export function withoutStyles(text: string): string {
  return text.replace(SGR, '');
}

/** The parameters of all styles in a text. */
export function stylesOf(text: string): string[] {
  return [...text.matchAll(SGR)].map(([, codes]) => codes as string);
}

/** The text that stands reversed. */
export function reversed(text: string): string[] {
  const pattern = new RegExp(`${ESCAPE}\\[(?:[0-9]+;)*7(?:;[0-9]+)*m([^${ESCAPE}]*)`, 'g');
  return [...text.matchAll(pattern)].map(([, found]) => found as string);
}

/** Ink hands a lone escape on in the next turn of the event loop, React draws in a microtask behind it. */
export async function drawn(session: Session): Promise<void> {
  await new Promise(setImmediate);
  session.live.flush();
  await new Promise(setImmediate);
}
