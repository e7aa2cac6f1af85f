/** Lets the event loop have its turn, and with it keys and the screen. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
