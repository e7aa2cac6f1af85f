/** `import 'tunnelscope/vitest'`, in a test or in `setupFiles`: vitest's expect has the matchers, with their types. */
import { expect } from 'vitest';
import { matchers, type TunnelscopeMatchers } from './matchers.ts';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: vitest's own declaration, which this one is merged with, has it so
  interface Matchers<T = any> extends TunnelscopeMatchers<T> {}
}

expect.extend(matchers);
