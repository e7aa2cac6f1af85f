/** Advice on a filter in libpcap's language: that it sees outer headers only, or that it is a display filter. */

import { fromCaptureFilter } from '../display-filter/from-capture-filter.ts';
import { CaptureError, type PacketSource } from '../packet/source.ts';
import { escapeControls } from '../text/printable.ts';
import { UsageError } from './errors.ts';

/** `!` and `not`; `!=` is neither. */
const NEGATION = /(?:^|[\s(])(?:not\b|!(?!=))/;

/**
 * Why there are no packets: "0 of 8 packets passed the filter icmp, which sees outer headers only: -Y icmp looks inside".
 *
 * @returns undefined if some passed, or there were none
 */
export function nonePassed(source: PacketSource, filter: string): string | undefined {
  const { received, examined } = source.statistics();
  if (filter === '' || received > 0 || examined === 0) return undefined;
  const none = examined === undefined ? 'no packet' : `0 of ${examined} packet${examined === 1 ? '' : 's'}`;
  const found = `${none} passed the filter ${escapeControls(filter)}, which sees outer headers only`;
  // In a display filter, `!udp` means at no level, which is not what was asked.
  if (NEGATION.test(filter)) return found;
  const display = fromCaptureFilter(filter);
  const inside = display === undefined ? 'a display filter (-Y)' : `-Y ${shellWord(display)}`;
  return `${found}: ${inside} looks inside`;
}

/** Says so on standard error. */
export function tellNonePassed(source: PacketSource, filter: string): void {
  const why = nonePassed(source, filter);
  if (why !== undefined) console.error(`tunnelscope: ${why}`);
}

/** A display filter was given instead of a capture filter, and the message says so: no other advice is needed. */
export class DisplayFilterMistake extends UsageError {}

/** The error for a filter that libpcap rejects: if it is a display filter, it says so. */
export async function asFilterMistake(error: unknown, filter: string): Promise<unknown> {
  if (!(error instanceof CaptureError) || !error.message.startsWith(notAFilter(filter))) return error;
  const { compileDisplayFilter } = await import('../display-filter/display-filter.ts');
  try {
    compileDisplayFilter(filter);
  } catch {
    return new UsageError(`${error.message} (for display filters use -Y)`);
  }
  return new DisplayFilterMistake(`${notAFilter(filter)} but a display filter: use -Y ${shellWord(filter)}`);
}

/** The beginning of the message for it. */
export function notAFilter(filter: string): string {
  return `"${filter}" is not a valid capture filter`;
}

function shellWord(text: string): string {
  return /^[\w.:/=-]+$/.test(text) && !text.includes('==') ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
