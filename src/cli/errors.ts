import { escapeControls } from '../text/printable.ts';

/** Exit codes, as the contracts promise them to scripts. */
export const EXIT = { done: 0, notMet: 1, notCarriedOut: 2 } as const;

/** A request that can't be carried out: one line that says what was received, what was expected, and what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Anything thrown as one line for standard error. Control characters (from a path, say) are escaped. */
export function errorLine(error: unknown): string {
  return `tunnelscope: ${errorText(error)}`;
}

/** The same without the program's name. */
export function errorText(error: unknown): string {
  return escapeControls(error instanceof Error ? error.message : String(error));
}
