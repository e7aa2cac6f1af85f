/** What ends a run from outside. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs what a signal breaks off in good order.
 *
 * @param run is given what tells of the signal, and what breaks off in its place
 */
export async function interruptible<T>(
  run: (signal: AbortSignal, stop: () => void) => Promise<T>,
): Promise<T> {
  const interruption = new AbortController();
  const stop = () => interruption.abort();
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    return await run(interruption.signal, stop);
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, stop);
  }
}
