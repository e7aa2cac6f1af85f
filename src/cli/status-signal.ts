/**
 * SIGUSR1, on which Node would open its debugger to every user of this machine: here it tells how far a run has come, as with tcpdump
 * and dd. To be loaded before anything else: until then the signal is Node's, and what it has opened by then is closed. (Node has
 * --disable-sigusr1 from 22.14 on; it must be given before the script, and 20 refuses it.)
 */
const listeners: (() => void)[] = [];
const isDebuggerAsked =
  process.env.NODE_OPTIONS !== undefined ||
  process.execArgv.some((word) => /^-(-inspect|-import|-require|r)/.test(word));

process.on('SIGUSR1', () => listeners.at(-1)?.());
closeDebugger();
// Between the signal and what it opens is another thread, and a turn of the event loop.
setImmediate(closeDebugger);

/** Closes what a signal has opened before this was loaded. */
export function closeDebugger(): void {
  // The same function as node:inspector's close, which takes 16 ms to load. Not there in a Node that was built without.
  if (!isDebuggerAsked) (process as { _debugEnd?: () => void })._debugEnd?.();
}

/**
 * @param tell is called on each signal, in place of whoever was told before
 * @returns ends that
 */
export function onStatusSignal(tell: () => void): () => void {
  listeners.push(tell);
  return () => {
    const at = listeners.lastIndexOf(tell);
    if (at >= 0) listeners.splice(at, 1);
  };
}
