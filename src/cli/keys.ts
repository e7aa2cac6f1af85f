/** Single keys from a terminal, for commands that wait for one between steps. */
import { UsageError } from './errors.ts';

export interface Keys {
  /** The next one that is pressed. */
  next(): Promise<string>;
  /** Gives the terminal back as it was. */
  close(): void;
}

const CTRL_C = '\u0003';

/**
 * @param onInterrupt Ctrl-C comes as a key here, not as a signal; `next` resolves then as well
 * @throws {UsageError} where standard input is no terminal
 */
export function openKeys(onInterrupt: () => void): Keys {
  const { stdin } = process;
  if (!stdin.isTTY) {
    throw new UsageError('standard input is no terminal; expected one, to wait for a key in');
  }
  let resolveNext: ((key: string) => void) | undefined;
  const onData = (key: string) => {
    if (key === CTRL_C) onInterrupt();
    resolveNext?.(key);
    resolveNext = undefined;
  };
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.on('data', onData);
  // Keys are asked for only while somebody waits for one.
  stdin.pause();
  return {
    next: () =>
      new Promise((resolve) => {
        resolveNext = (key) => {
          stdin.pause();
          resolve(key);
        };
        stdin.resume();
      }),
    close: () => {
      stdin.removeListener('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
