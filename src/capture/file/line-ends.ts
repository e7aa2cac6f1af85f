/**
 * Captures that came through a terminal (kubectl exec -t, docker exec -t, ssh -t): it puts a carriage return, 0d, before every line
 * feed, 0a. What is read of such a file goes astray at the first one.
 */
import type { Chunks } from './chunk-reader.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** So much is looked at in one go. */
const MOST_BYTES = 1 << 18;

/**
 * Follows a file's records from `start`.
 *
 * @returns how many bytes of the last one are here; -1 where one has what no record can have
 */
export type FollowRecords = (view: DataView, start: number, end: number) => number;

/**
 * Whether line feeds were changed in what a reader holds: asked for each chunk before its packets are taken, with the reader at the
 * start of a record. The first line feed that stands alone settles it for good, and nearly every capture has one early.
 */
export function lineEndCheck(follow: FollowRecords): (reader: Chunks) => boolean {
  let settled = false;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return (reader) => {
    if (settled || reader.position === lookedAt) return false;
    lookedAt = reader.position;
    const { bytes, view, start } = reader;
    const end = Math.min(reader.end, start + MOST_BYTES);
    let hasFeeds = false;
    for (
      let at = bytes.indexOf(LINE_FEED, start);
      at >= 0 && at < end;
      at = bytes.indexOf(LINE_FEED, at + 1)
    ) {
      if (at === start || bytes[at - 1] !== CARRIAGE_RETURN) {
        settled = true;
        return false;
      }
      hasFeeds = true;
    }
    if (!hasFeeds) return false;
    // Text may have such line ends by itself: then its records are right as they stand.
    const left = follow(view, start, end);
    if (left === 0) return false;
    const undone = withoutReturns(bytes.subarray(start, end));
    const leftThen = follow(new DataView(undone.buffer), 0, undone.length);
    return leftThen === 0 || (leftThen > 0 && left < 0);
  };
}

function withoutReturns(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== CARRIAGE_RETURN || bytes[i + 1] !== LINE_FEED) result[length++] = bytes[i];
  }
  return result.slice(0, length);
}
