/** A text file's lines, read piece by piece. */
import { closeSync, openSync, readSync } from 'node:fs';

const PIECE = 1 << 16;
/** Characters of a line that are kept: what is longer is cut there, and no snapshot's line. */
const MOST_KEPT = (1 << 20) + 1;

/** Opens the file at once, and closes it behind its last line, or where the reader returns before. */
export function readLines(path: string): Generator<string, void> {
  return linesOf(openSync(path, 'r'));
}

function* linesOf(descriptor: number): Generator<string, void> {
  const buffer = Buffer.alloc(PIECE);
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const length = readSync(descriptor, buffer);
      if (length === 0) break;
      const lines = (rest + decoder.decode(buffer.subarray(0, length), { stream: true })).split('\n');
      rest = (lines.pop() as string).slice(0, MOST_KEPT);
      for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    }
    if (rest !== '') yield rest;
  } finally {
    closeSync(descriptor);
  }
}
