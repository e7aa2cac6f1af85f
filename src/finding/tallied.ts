/** Findings that are a count and a sentence. */
import type { Tally } from '../exchange/tally.ts';
import { counted } from '../text/words.ts';
import { type Finding, type FindingCode, finding } from './finding.ts';

/** "2 replies" and `message`, about the tally's packets; nothing if it is empty. */
export function tallied(
  code: FindingCode,
  { count, packets }: Tally,
  [one, many]: readonly [string, string],
  message: string,
): Finding[] {
  return count > 0 ? [finding(code, `${counted(count, one, many)} ${message}`, packets)] : [];
}

export const REPLIES = ['reply', 'replies'] as const;
