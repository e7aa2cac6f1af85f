/** `import 'tunnelscope/vitest'`, in a test or in `setupFiles`: vitest's expect has the matchers, with their types. */
import { expect } from 'vitest';
import {
  type AnsweredExchanges,
  type AnsweredPings,
  matchers,
  type TunnelscopeMatchers,
} from './matchers.ts';

/** The matchers where the type of the received value is not known: what may have to be read is awaited. */
interface MatchersOfAny extends Omit<TunnelscopeMatchers, 'toHaveAnsweredPings' | 'toHaveAnsweredExchanges'> {
  toHaveAnsweredPings(demands?: AnsweredPings): void | Promise<void>;
  toHaveAnsweredExchanges(demands: AnsweredExchanges): void | Promise<void>;
}

// vitest's own Matchers has one type parameter in vitest 4 and two in 5, and a declaration that is merged with it must have as
// many. Both take over what Chai's assertion has.
declare global {
  namespace Chai {
    interface Assertion extends MatchersOfAny {}
  }
}

declare module 'vitest' {
  interface AsymmetricMatchersContaining extends MatchersOfAny {}
}

expect.extend(matchers);
