/** A snapshot's text, read packet by packet. What is in it may come from anywhere: every line is held against the format. */
import { printable } from '../text/printable.ts';
import type { Mask } from './mask.ts';
import { FORMAT_NAME, FORMAT_VERSION, MASKED } from './snapshot-printer.ts';

/** A snapshot that can't be read: one line that says what was received and what was expected. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
}

export interface SnapshotPacket {
  /** In its capture. */
  readonly number: number;
  /** Its lines, without the one that has its number. */
  readonly body: string;
}

export interface SnapshotLayer {
  readonly name: string;
  readonly level: number;
  /** Key and value as they stand there; a key that is there several times is `key[2]` and so on from the second one on. */
  readonly fields: ReadonlyMap<string, string>;
}

export interface Snapshot {
  /** Names that the snapshot was masked by. */
  readonly mask: readonly string[];
  /** Packet by packet; throws {@link SnapshotError} at the first line that is no part of a snapshot. */
  readonly packets: Iterator<SnapshotPacket, undefined>;
}

/** A packet has 48 layers, its frame and 8 issues at most. */
const MOST_LINES = 64;
/** A header of 64 KiB with every byte escaped, and what is written besides. */
const LONGEST_LINE = 1 << 20;

const HEADER = new RegExp(`^${FORMAT_NAME} (\\d{1,9})$`);
const PACKET = /^packet (\d{1,15})$/;
const LAYER = /^ {2,}[\w.-]+(?: [\w.-]+=(?:"[^"\\]*(?:\\.[^"\\]*)*"|[^" ]*))*$/;
const FIELD = / ([\w.-]+)=("[^"\\]*(?:\\.[^"\\]*)*"|[^" ]*)/g;

/**
 * @param lines without their line ends
 * @param name of the file, for messages
 * @throws {SnapshotError} if the first lines are not a snapshot's
 */
export function readSnapshot(lines: Iterator<string, unknown>, name: string): Snapshot {
  let number = 0;
  const next = (): string | undefined => {
    const { value, done } = lines.next();
    number++;
    if (done === true) return undefined;
    const line = value as string;
    if (line.length > LONGEST_LINE)
      throw new SnapshotError(`${name}: line ${number} is too long for a snapshot; write it again with -o`);
    return line;
  };
  const fail = (line: string | undefined, expected: string): never => {
    const received = line === undefined ? 'the end of the file' : `"${printable(line.slice(0, 60))}"`;
    throw new SnapshotError(`${name}: line ${number} is ${received}; expected ${expected}`);
  };

  const first = next();
  const version = HEADER.exec(first ?? '')?.[1];
  if (version === undefined)
    return fail(first, `${FORMAT_NAME} ${FORMAT_VERSION}: a file that snapshot -o wrote`);
  if (Number(version) !== FORMAT_VERSION)
    return fail(first, `${FORMAT_NAME} ${FORMAT_VERSION}; write the snapshot again with this version`);
  let line = next();
  let mask: readonly string[] = [];
  if (line?.startsWith('mask ') === true) {
    mask = line.slice('mask '.length).split(',');
    line = next();
  }

  function* packets(): Generator<SnapshotPacket, undefined> {
    while (line !== undefined) {
      const digits = PACKET.exec(line)?.[1];
      if (digits === undefined) return fail(line, 'packet NUMBER, or a layer two or more spaces in');
      let body = '';
      let count = 0;
      for (line = next(); line?.startsWith(' ') === true; line = next()) {
        if (++count > MOST_LINES) return fail(line, `no more than ${MOST_LINES} lines of a packet`);
        if (!LAYER.test(line)) return fail(line, 'a layer: its name, and KEY=VALUE for each of its fields');
        body += `${line}\n`;
      }
      if (count === 0) return fail(line, 'the packet’s layers');
      yield { number: Number(digits), body };
    }
    return undefined;
  }
  return { mask, packets: packets() };
}

/** A packet's lines with the values of masked fields left open, as {@link createSnapshotPrinter} writes them. */
export function maskBody(body: string, mask: Mask): string {
  return body.replace(/^.*$/gm, (line) => {
    const name = /[\w.-]+/.exec(line)?.[0];
    return line.replace(FIELD, (field, key: string) =>
      mask.has(`${name}.${key}`) || mask.has(key) ? ` ${key}=${MASKED}` : field,
    );
  });
}

/** The layers of a packet's lines, that hold to the format. */
export function parseLayers(body: string): SnapshotLayer[] {
  return body
    .trimEnd()
    .split('\n')
    .map((line) => {
      const name = /[\w.-]+/.exec(line) as RegExpExecArray;
      const fields = new Map<string, string>();
      const counts = new Map<string, number>();
      for (const [, key, value] of line.matchAll(FIELD) as IterableIterator<[string, string, string]>) {
        const count = (counts.get(key) ?? 0) + 1;
        counts.set(key, count);
        fields.set(count === 1 ? key : `${key}[${count}]`, value);
      }
      return { name: name[0], level: (name.index >> 1) - 1, fields };
    });
}
