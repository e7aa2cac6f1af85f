/** What a program tells on its standard error, in lines, as far as it is worth handing on: bounded, whatever it is. */
import type { Readable } from 'node:stream';
import { counted } from '../../text/words.ts';
import { ENDED_AT } from './capture-script.ts';

const LONGEST_LINE = 500;
const MOST_LINES = 100;

/** What programs say that all is well. */
const USUAL: readonly RegExp[] = [
  /^(tcpdump|tunnelscope): (verbose output suppressed|listening on |capturing on |data link type )/,
  /^\d+ packets? (captured|received by filter|dropped by (kernel|interface))$/,
  /^(If you don't see a command prompt, try pressing enter\.|Defaulted container .*)$/,
  // libpcap's second line of the same.
  /^\(No such device exists\)$/,
  /^(Killed by signal \d+\.|All commands and output from this session will be recorded.*)$/,
];
const DROPPED = /^(\d{1,15}) packets? dropped by kernel$/;

export interface Said {
  /** As it is: escape it before showing it. Grows. */
  readonly lines: readonly string[];
  /** Packets that the kernel dropped there, where it was told. */
  readonly dropped: number | undefined;
  /** When it was asked to end, by its own clock: seconds and nanoseconds since 1970. */
  readonly endedAt: readonly [seconds: number, nanoseconds: number] | undefined;
  add(line: string): void;
  /** The lines from one on, taken out, as one; undefined if there are none. */
  takeFrom(first: number): string | undefined;
  end(): void;
}

export function createSaid(stream: Readable): Said {
  const lines: string[] = [];
  let rest = '';
  let left = 0;
  let dropped: number | undefined;
  let endedAt: readonly [number, number] | undefined;

  function add(line: string): void {
    const text = line.trim();
    const ended = ENDED_AT.exec(text);
    if (ended !== null) {
      // Not every date(1) knows of nanoseconds: then the second ends first.
      endedAt = [Number(ended[1]), Number(ended[2] ?? 999_999_999)];
      return;
    }
    const [, count] = DROPPED.exec(text) ?? [];
    if (count !== undefined) dropped = Number(count);
    if (text === '' || USUAL.some((usual) => usual.test(text))) return;
    if (lines.length < MOST_LINES) lines.push(text.replace(/^tunnelscope: /, ''));
    else left++;
  }

  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const parts = (rest + text).split(/[\r\n]+/);
    rest = (parts.pop() as string).slice(0, LONGEST_LINE);
    for (const part of parts) add(part.slice(0, LONGEST_LINE));
  });
  stream.on('error', () => undefined);

  return {
    lines,
    get dropped() {
      return dropped;
    },
    get endedAt() {
      return endedAt;
    },
    add,
    takeFrom: (first) => (lines.length > first ? lines.splice(first).join('; ') : undefined),
    end() {
      add(rest);
      rest = '';
      if (left > 0) lines.push(`and ${counted(left, 'more line')}`);
      left = 0;
    },
  };
}
