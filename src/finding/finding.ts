/** What a verdict has to say besides numbers: each finding names a fact, the packets that show it, and what to do. */

import type { Certainty } from './dropped-pings.ts';
import { FINDINGS, type FindingCode, type Severity } from './finding-codes.ts';

export interface Finding {
  /** Stable: scripts may rely on it. */
  readonly code: FindingCode;
  /** `error` where it explains a failure, `warning` where it may, `info` otherwise. */
  readonly severity: Severity;
  /** One line: the fact, and what to do. */
  readonly message: string;
  /** Numbers of the first packets that show it, ten at most. */
  readonly packets: readonly number[];
  /** Of `kernel-dropped`: the kernel's name for why. */
  readonly reason?: string;
  /** Of `kernel-dropped`: the kernel's function. */
  readonly location?: string;
  /** Of `kernel-dropped`: the device at which the packet was last; null where that is not known. */
  readonly device?: string | null;
  /** Of `kernel-dropped`: its namespace, as `-i` has it, empty for this process's own; null where it can't be told which of several. */
  readonly namespace?: string | null;
  /** Of `kernel-dropped`: how well the drop is tied to the ping. */
  readonly certainty?: Certainty;
}

export type { FindingCode, Severity } from './finding-codes.ts';

/** What the message says before its advice, in a few words. The colons that end an IPv6 address end no sentence. */
export function factOf({ message }: Finding): string {
  return message.split(/(?<!(?<!:):): |; /, 1)[0] as string;
}

/** @param severity where it is another than the code's own, as what is only likely */
export function finding(
  code: FindingCode,
  message: string,
  packets: readonly number[] = [],
  severity: Severity = FINDINGS[code].severity,
): Finding {
  return { code, severity, message, packets };
}
