/**
 * The terminal while the screen has it: taken, given back, and what from outside interrupts or ends that.
 *
 *   screen.ts      what is on it: writes the rows that changed
 *   frames.ts      when to draw
 *   styled-row.ts  one row, exactly as wide as it must be; numbers.ts numbers in few cells
 *   theme.ts       colours and signs by what they mean
 *   pointer.ts     what it reports of the mouse
 */

import { constants } from 'node:os';
import type { ReadStream, WriteStream } from 'node:tty';
import { asError } from '../../text/as-error.ts';

/** Why the screen came to an end. */
export type Ending =
  /** Somebody wanted it to. */
  | { readonly kind: 'asked' }
  /** The terminal is gone: its window was closed, its line was cut. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'fault'; readonly error: Error };

export interface HeldTerminal {
  /** The first reason to end. */
  readonly ended: Promise<Ending>;
  end(ending: Ending): void;
  /** Stops the process and those beside it, as Ctrl-Z does, with the terminal as it was found. */
  suspend(): void;
  /** Gives the terminal back as it was found. */
  restore(): void;
  /** Looks after nothing any more. */
  release(): void;
}

/** All that would end the process otherwise, with the terminal as it is; SIGHUP aside, which says that it is gone. */
const SIGNALS = (
  [
    ...[
      'SIGINT',
      'SIGTERM',
      'SIGQUIT',
      'SIGABRT',
      'SIGALRM',
      'SIGVTALRM',
      'SIGUSR2',
      'SIGXCPU',
      'SIGPWR',
      'SIGIO',
    ],
    'SIGSTKFLT',
  ] as NodeJS.Signals[]
).filter((signal) => signal in constants.signals);
const ASKED: Ending = { kind: 'asked' };
const GONE: Ending = { kind: 'gone' };

/** What is shown in a terminal: it takes it, gives it back, and shows itself again. */
export interface Shown {
  enter(): void;
  leave(): void;
  paint(): void;
}

/** @param onResize is called when the terminal has another size */
export function holdTerminal(
  terminal: WriteStream,
  input: ReadStream,
  shown: Shown,
  onResize: () => void,
): HeldTerminal {
  let end: (ending: Ending) => void = () => undefined;
  const ended = new Promise<Ending>((resolve) => {
    end = resolve;
  });
  const asked = () => end(ASKED);
  const gone = () => end(GONE);
  const fault = (error: unknown) => end({ kind: 'fault', error: asError(error) });
  const restore = () => {
    shown.leave();
    input.setRawMode(false);
  };
  const suspend = () => {
    restore();
    process.kill(0, 'SIGSTOP');
  };
  const resume = () => {
    input.setRawMode(true);
    shown.enter();
    shown.paint();
  };
  for (const signal of SIGNALS) process.on(signal, asked);
  process.on('SIGHUP', gone);
  process.on('SIGTSTP', suspend);
  process.on('SIGCONT', resume);
  process.on('uncaughtException', fault);
  terminal.on('resize', onResize);
  terminal.on('error', gone);
  for (const event of ['error', 'end', 'close']) input.on(event, gone);
  shown.enter();
  return {
    ended,
    end,
    suspend,
    restore,
    release() {
      terminal.off('resize', onResize);
      // What could not be written to a terminal that is gone is told later: `error` stays listened to.
      for (const event of ['end', 'close']) input.off(event, gone);
      process.off('uncaughtException', fault);
      process.off('SIGCONT', resume);
      process.off('SIGTSTP', suspend);
      process.off('SIGHUP', gone);
      for (const signal of SIGNALS) process.off(signal, asked);
    },
  };
}
