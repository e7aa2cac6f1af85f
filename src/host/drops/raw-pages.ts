/**
 * Pages of the kernel's ring buffer as trace_pipe_raw hands them out (include/linux/ring_buffer.h; events/header_page and
 * header_event): a time, a length, and records whose times are counted on from the one before.
 */
import { LITTLE_ENDIAN } from '../netlink.ts';

export interface PageLayout {
  /** Bytes of a page. */
  readonly size: number;
  /** Of the length that stands behind the time. */
  readonly lengthSize: number;
  /** Where records begin. */
  readonly data: number;
}

/** @param text of events/header_page */
export function parsePageLayout(text: string): PageLayout {
  const field = (name: string) => {
    const [, offset, size] = new RegExp(`${name};\\s*offset:(\\d+);\\s*size:(\\d+);`).exec(text) ?? [];
    return { offset: Number(offset), size: Number(size) };
  };
  const [length, data] = [field('commit'), field('data')];
  return { size: data.offset + data.size, lengthSize: length.size, data: data.offset };
}

const PADDING = 29;
const TIME_EXTEND = 30;
const TIME_STAMP = 31;
/** In the length: events were lost before this page. */
const MISSED_EVENTS = 0x80000000;
const LENGTH_BITS = 0x3fffffff;

/**
 * Reads a page's records.
 *
 * @param length bytes that were read of it
 * @param visit a record's time in µs by the trace's clock, and where it begins
 * @returns whether events were lost before it
 */
export function readPage(
  view: DataView,
  length: number,
  layout: PageLayout,
  visit: (time: number, at: number) => void,
): boolean {
  const start = view.getBigUint64(0, LITTLE_ENDIAN);
  let micros = Number(start / 1000n);
  let nanos = Number(start % 1000n);
  // The upper half of a length of 8 bytes is 0.
  const low = layout.lengthSize === 8 && !LITTLE_ENDIAN ? 12 : 8;
  const committed = view.getUint32(low, LITTLE_ENDIAN);
  const end = Math.min(length, layout.data + (committed & LENGTH_BITS));
  for (let at = layout.data; at + 4 <= end; ) {
    const head = view.getUint32(at, LITTLE_ENDIAN);
    const type = LITTLE_ENDIAN ? head & 31 : head >>> 27;
    const delta = LITTLE_ENDIAN ? head >>> 5 : head & 0x7ffffff;
    at += 4;
    if (type === PADDING) {
      // Without a time it fills the page's rest; else it is an event that was taken back.
      if (delta === 0 || at + 4 > end) break;
      nanos += delta;
      at += Math.max(view.getUint32(at, LITTLE_ENDIAN), 4);
    } else if (type === TIME_EXTEND) {
      if (at + 4 > end) break;
      nanos += delta + view.getUint32(at, LITTLE_ENDIAN) * 2 ** 27;
      at += 4;
    } else if (type === TIME_STAMP) {
      if (at + 4 > end) break;
      // 59 bits; those above are the time's before.
      const now = BigInt(Math.floor(micros)) * 1000n + BigInt(Math.floor(nanos));
      const told = (BigInt(view.getUint32(at, LITTLE_ENDIAN)) << 27n) | BigInt(delta);
      const absolute = ((now >> 59n) << 59n) | told;
      micros = Number(absolute / 1000n);
      nanos = Number(absolute % 1000n);
      at += 4;
    } else {
      nanos += delta;
      let size = type * 4;
      if (type === 0) {
        if (at + 4 > end) break;
        // Its own word is counted.
        size = view.getUint32(at, LITTLE_ENDIAN) - 4;
        at += 4;
      }
      if (size < 0 || at + size > end) break;
      visit(micros + nanos / 1000, at);
      at += (size + 3) & ~3;
    }
  }
  return (committed & MISSED_EVENTS) !== 0;
}
