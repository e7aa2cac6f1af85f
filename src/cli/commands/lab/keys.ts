/** Single keys from a terminal, for commands that wait for one between steps. */
import { UsageError } from '../../errors.ts';

export interface Keys {
  /** The next one that is pressed; undefined if there will be none. */
  next(): Promise<string | undefined>;
  /** Gives the terminal back as it was. */
  close(): void;
}

const CTRL_C = '\u0003';

/**
 * @param onInterrupt Ctrl-C comes as a key here, not as a signal
 * @throws {UsageError} if standard input is no terminal
 */
export function openKeys(onInterrupt: () => void): Keys {
  const { stdin } = process;
  if (!stdin.isTTY) {
    throw new UsageError('standard input is not a terminal; a terminal is needed to wait for keys');
  }
  // Several keys may come at once: somebody is ahead of us.
  const typed: string[] = [];
  let hasEnded = false;
  let wake: () => void = () => undefined;
  const onData = (keys: string) => {
    if (keys.includes(CTRL_C)) onInterrupt();
    typed.push(...keys);
    wake();
  };
  const onEnd = () => {
    hasEnded = true;
    wake();
  };
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.on('data', onData);
  stdin.on('end', onEnd);
  return {
    next: async () => {
      while (typed.length === 0 && !hasEnded) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return typed.shift();
    },
    close: () => {
      stdin.removeListener('data', onData);
      stdin.removeListener('end', onEnd);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
