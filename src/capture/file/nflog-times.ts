/** When a packet met the rule that logged it: records of Linux's packet log bear the time at which the kernel handed the log over. */

import { LINKTYPE_NFLOG } from '../../packet/link-type.ts';
import { ATTRIBUTE_HEADER, findAttribute, NFULA } from '../../packet/nflog-attributes.ts';
import type { CaptureInterface, PacketBatch } from '../../packet/source.ts';

const TIMESTAMP_END = ATTRIBUTE_HEADER + 16;
const WORD = 2 ** 32;
/** Above this a date of JavaScript's ends. */
const LATEST = 8_640_000_000_000;

/**
 * Puts the packets' own times (NFULA_TIMESTAMP: seconds and microseconds of 64 bits each) in place of their records'.
 *
 * @param interfaces those of the packets; may grow
 * @returns goes over a batch, and answers how many packets of the log there have no time of their own: those that this host sent
 */
export function nflogTimes(interfaces: readonly CaptureInterface[]): (batch: PacketBatch) => number {
  let looked = 0;
  let hasLog = false;
  return (batch) => {
    for (; looked < interfaces.length; looked++) hasLog ||= interfaces[looked]?.linkType === LINKTYPE_NFLOG;
    if (!hasLog) return 0;
    const { view, start, capturedLength, interfaceIndex } = batch;
    let without = 0;
    for (let i = 0; i < batch.count; i++) {
      if (interfaces[interfaceIndex[i] as number]?.linkType !== LINKTYPE_NFLOG) continue;
      const at = start[i] as number;
      if (!readTime(view, at, at + (capturedLength[i] as number), batch, i)) without++;
    }
    return without;
  };
}

function readTime(view: DataView, start: number, end: number, batch: PacketBatch, index: number): boolean {
  const at = findAttribute(view, start, end, NFULA.timestamp);
  if (at < 0 || at + TIMESTAMP_END > end) return false;
  const seconds = view.getUint32(at + 4) * WORD + view.getUint32(at + 8);
  const microseconds = view.getUint32(at + 16);
  if (seconds === 0 || seconds > LATEST || view.getUint32(at + 12) !== 0 || microseconds >= 1e6) return false;
  batch.seconds[index] = seconds;
  batch.nanoseconds[index] = microseconds * 1000;
  return true;
}
