/** What the two threads that print tell each other. */
import type { DecodeAs } from '../../../decode/decode-as.ts';
import type { RecordPosition } from '../../../output/printer.ts';
import type { CaptureInterface } from '../../../packet/source.ts';
import type { BatchCopy } from './batch-copy.ts';
import type { PrinterOptions } from './create-printer.ts';

/** The other thread makes printer, filter and decoder of it. */
export interface PrintOptions {
  readonly printer: PrinterOptions;
  readonly displayFilter?: string | undefined;
  readonly decodeAs: readonly DecodeAs[];
  readonly reassembly: boolean;
}

/** A batch to print. */
export interface PrintTask {
  /** Which of the pieces of memory that both know. */
  readonly place: number;
  /** Where there is other memory than before. */
  readonly copy?: BatchCopy;
  /** New ones. */
  readonly interfaces: readonly CaptureInterface[];
  readonly count: number;
  readonly before: RecordPosition;
  readonly carried: readonly number[];
}

/** A batch printed. */
export interface PrintResult {
  readonly place: number;
  /** Where it is in other memory than before. */
  readonly output?: Uint8Array;
  /** Of its text, in bytes. */
  readonly length: number;
  /** False where there was a fragment. */
  readonly isWhole: boolean;
  readonly carried: readonly number[];
}

/** The other thread's first message. */
export const READY = 'ready';
