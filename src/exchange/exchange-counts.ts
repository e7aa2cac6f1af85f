/** Exchanges as they are counted: by tunnels, kind, pair of addresses and the port asked. */
import { randomFactors } from '../decode/hash.ts';
import { storedAddress } from './ping/path-table.ts';
import { RoundTripTimes } from './round-trip-times.ts';
import { Tally } from './tally.ts';
import { TcpCounts } from './tcp/tcp-counts.ts';

/** The most rows that are told apart; what is on others counts in their sum alone. */
export const MOST_ROWS = 1024;
/** RCODE is four bits (RFC 1035, section 4.1.1). */
const RCODES = 16;

export type ExchangeKind = 'tcp' | 'dns' | 'udp';
export const KINDS: readonly ExchangeKind[] = ['tcp', 'dns', 'udp'];

export class ExchangeCounts {
  /** Connections and queries whose beginning was seen; answered, refused and unanswered add up to it. */
  readonly begun = new Tally();
  answered = 0;
  /** Of the answered: the answer is not in the capture, and later packets prove it. */
  readonly proven = new Tally();
  /** By a RST, or by an ICMP error; the packets that refused. */
  readonly reset = new Tally();
  readonly stopped = new Tally();
  readonly unanswered = new Tally();
  /** Of the unanswered: begun shortly before the capture's end; left before an answer could come; answered in vain, as the answer's checksum is wrong. */
  readonly waiting = new Tally();
  readonly forgotten = new Tally();
  readonly damaged = new Tally();
  /** How often SYNs and queries were sent again. */
  readonly again = new Tally();
  /** Connections whose beginning the capture does not have, and answers to no query that it has. */
  readonly middle = new Tally();
  /** Answers by RCODE: DNS alone. */
  readonly codes: readonly Tally[] = Array.from({ length: RCODES }, () => new Tally());
  readonly times = new RoundTripTimes();
  /** How connections went on: TCP alone, and there once one did. */
  tcp: TcpCounts | undefined;
  /** UDP flows whose packets back took no tunnel, or one of another kind; and which tunnels. */
  readonly astray = new Tally();
  astrayTunnels = 0;

  get refused(): number {
    return this.reset.count + this.stopped.count;
  }

  /** `tcp`, made where it is not there yet. */
  course(): TcpCounts {
    this.tcp ??= new TcpCounts();
    return this.tcp;
  }

  merge(other: ExchangeCounts): void {
    this.begun.merge(other.begun);
    this.answered += other.answered;
    this.proven.merge(other.proven);
    this.reset.merge(other.reset);
    this.stopped.merge(other.stopped);
    this.unanswered.merge(other.unanswered);
    this.waiting.merge(other.waiting);
    this.forgotten.merge(other.forgotten);
    this.damaged.merge(other.damaged);
    this.again.merge(other.again);
    this.middle.merge(other.middle);
    for (const [code, tally] of this.codes.entries()) tally.merge(other.codes[code] as Tally);
    this.times.merge(other.times);
    if (other.tcp !== undefined) this.course().merge(other.tcp);
    if (this.astray.count === 0) this.astrayTunnels = other.astrayTunnels;
    this.astray.merge(other.astray);
  }
}

export interface ExchangeRow {
  readonly kind: ExchangeKind;
  /** The number of the tunnels, in the direction of whoever asks. */
  readonly tunnels: number;
  /** Who asks, and whom; the innermost addresses. */
  readonly src: string;
  readonly dst: string;
  /** The port that is asked. */
  readonly port: number;
  readonly counts: ExchangeCounts;
}

/** Words of a row: tunnels, kind, port, IP version, two addresses of four words each. */
const WORDS = 12;
const BUCKET_BITS = 11;

export class ExchangeTable {
  readonly rows: ExchangeRow[] = [];
  /** Of what is on rows past {@link MOST_ROWS}. */
  readonly rest = new ExchangeCounts();
  /** Apart, until it is known whether they are a traceroute's: what was sent with few hops left. */
  #fewHops: ExchangeTable | undefined;
  readonly #words = new Int32Array(MOST_ROWS * WORDS);
  readonly #next = new Int32Array(MOST_ROWS);
  readonly #buckets = new Int32Array(1 << BUCKET_BITS).fill(-1);
  readonly #factors = randomFactors(WORDS);

  /**
   * The counts of a row, which is new where it was not seen before.
   *
   * @param row its words
   */
  find(row: Int32Array): ExchangeCounts {
    let hash = 0;
    for (let i = 0; i < WORDS; i++) hash = (hash + Math.imul(row[i], this.#factors[i])) | 0;
    hash >>>= 32 - BUCKET_BITS;
    for (let index = this.#buckets[hash]; index >= 0; index = this.#next[index]) {
      let i = 0;
      while (i < WORDS && this.#words[index * WORDS + i] === row[i]) i++;
      if (i === WORDS) return (this.rows[index] as ExchangeRow).counts;
    }
    const index = this.rows.length;
    if (index === MOST_ROWS) return this.rest;
    this.#words.set(row, index * WORDS);
    this.#next[index] = this.#buckets[hash];
    this.#buckets[hash] = index;
    const counts = new ExchangeCounts();
    const isIpv6 = row[3] !== 0;
    const [src, dst] = [storedAddress(row, 4, isIpv6), storedAddress(row, 8, isIpv6)];
    this.rows.push({ kind: KINDS[row[1]] as ExchangeKind, tunnels: row[0], src, dst, port: row[2], counts });
    return counts;
  }

  /** The table of what was sent with few hops left. */
  fewHops(): ExchangeTable {
    this.#fewHops ??= new ExchangeTable();
    return this.#fewHops;
  }

  /** Adds the counts of another. */
  merge(other: ExchangeTable): void {
    this.#add(other);
    if (other.#fewHops !== undefined) this.fewHops().#add(other.#fewHops);
  }

  /** Once all is counted: what was sent with few hops left counts like everything else, except for what is reported elsewhere. */
  settleFewHops(isTold: (row: ExchangeRow) => boolean): void {
    if (this.#fewHops !== undefined) this.#add(this.#fewHops, isTold);
    this.#fewHops = undefined;
  }

  #add(other: ExchangeTable, isLeftOut?: (row: ExchangeRow) => boolean): void {
    for (const [index, row] of other.rows.entries()) {
      if (isLeftOut?.(row) === true) continue;
      this.find(other.#words.subarray(index * WORDS, (index + 1) * WORDS)).merge(row.counts);
    }
    this.rest.merge(other.rest);
  }
}
