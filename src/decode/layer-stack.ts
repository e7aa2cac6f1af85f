import { type DispatchTables, EMPTY_TABLES } from './dispatch-tables.ts';
import { BY_NAMES, DATA, type Decoding, type Protocol, STOP } from './protocol.ts';

/** The most layers that one packet may have; the decoder reports `depth` past that. */
export const MAX_LAYERS = 48;
/** The deepest level of nesting that is followed; a tunnel that would open one more is reported as `depth`. */
export const MAX_LEVEL = 15;
/** The most issues kept for one packet. */
export const MAX_ISSUES = 8;

/** Words per layer in {@link LayerStack.words}: meta, start, end. */
export const LAYER_WORDS = 3;
/** A layer's meta word: protocol number in bits 0 to 7, level in 8 to 11, how recognised in 12 to 14, two flags, header length in 17 to 31. */
export const LEVEL_SHIFT = 8;
export const LAYER_BY_SHIFT = 12;
/** In a layer's meta word: the layer is quoted by an ICMP error. */
export const LAYER_QUOTED = 1 << 15;
/** In a layer's meta word: the layer's own length field promises more bytes than are here (cut off, or a fragment). */
export const LAYER_INCOMPLETE = 1 << 16;
export const LAYER_HEADER_SHIFT = 17;

/** Why bytes that a length field promises are not here. */
export const INCOMPLETE = { no: 0, capture: 1, fragment: 2, quote: 3, contradiction: 4 } as const;

/** A problem found while decoding, and where. */
export type IssueCode = 'truncated' | 'malformed' | 'unsupported' | 'depth';
const ISSUE_CODES: readonly IssueCode[] = ['truncated', 'malformed', 'unsupported', 'depth'];
const TRUNCATED = 0;
const MALFORMED = 1;
const UNSUPPORTED = 2;
const DEPTH = 3;

export interface Issue {
  /** The kind of problem. */
  readonly code: IssueCode;
  /** The layer that it is about; the number of layers if none could be recorded for it. */
  readonly layer: number;
  /** In bytes from the packet's start; in a layer of reassembled bytes, from theirs. */
  readonly offset: number;
  /** Bytes that were needed; 0, like `available`, if it is not about lengths. */
  readonly needed: number;
  /** Bytes that were available. */
  readonly available: number;
  /** The problem in words, one line. */
  readonly message: string;
}

/**
 * One packet's layers, outermost first: the decoder's reusable result. Decoding the next packet overwrites it.
 *
 * A layer is three 32-bit words side by side, so that a packet's layers share a few cache lines: meta (protocol number,
 * level, how recognised, quoted, incomplete, header length), start of the header, end. Places are in bytes from the
 * start of the batch's view, like `packetStart`.
 */
export class LayerStack implements Decoding {
  // What has no comment here has it in protocol.ts, where protocols look.
  readonly words = new Int32Array(MAX_LAYERS * LAYER_WORDS);
  count = 0;
  /** How many issues there are. */
  issueCount = 0;

  /** The registry that the layers' protocol numbers point into. */
  protocols: readonly Protocol[] = [];

  packetStart = 0;
  packetEnd = 0;
  originalLength = 0;
  linkType = 0;

  tables: DispatchTables = EMPTY_TABLES;
  end = 0;
  quotedEnd = 0;
  incomplete = 0;
  /**
   * The first layer that makes the packet a fragment: an IPv4 header, IPv6's fragment header, or TCP's, where it carries packets; -1 if
   * it is not one. What follows is a fragment, until a {@link Reassembler} reassembles the whole.
   */
  fragment = -1;

  /** Doubles: lengths of 32 bits have no sign. */
  readonly #issues = new Float64Array(MAX_ISSUES * 5);
  readonly #issueTexts: string[] = new Array<string>(MAX_ISSUES).fill('');

  /** Ties the stack to a decoder's tables and protocols; the decoder does so when it first sees it. */
  bind(tables: DispatchTables, protocols: readonly Protocol[]): void {
    this.tables = tables;
    this.protocols = protocols;
  }

  protocol(layer: number): number {
    return this.words[layer * LAYER_WORDS] & 0xff;
  }

  level(layer: number): number {
    return (this.words[layer * LAYER_WORDS] >> LEVEL_SHIFT) & 15;
  }

  /** How the tunnel that opens with this layer was recognised: `port`, `protocol`, `user`, `guess`; empty if none opens. */
  by(layer: number): string {
    return BY_NAMES[(this.words[layer * LAYER_WORDS] >> LAYER_BY_SHIFT) & 7];
  }

  isQuoted(layer: number): boolean {
    return (this.words[layer * LAYER_WORDS] & LAYER_QUOTED) !== 0;
  }

  isIncomplete(layer: number): boolean {
    return (this.words[layer * LAYER_WORDS] & LAYER_INCOMPLETE) !== 0;
  }

  start(layer: number): number {
    return this.words[layer * LAYER_WORDS + 1];
  }

  payload(layer: number): number {
    return this.start(layer) + this.headerLength(layer);
  }

  layerEnd(layer: number): number {
    return this.words[layer * LAYER_WORDS + 2];
  }

  headerLength(layer: number): number {
    const meta = this.words[layer * LAYER_WORDS];
    if ((meta & 0xff) === DATA) return this.layerEnd(layer) - this.start(layer);
    return meta >>> LAYER_HEADER_SHIFT;
  }

  describe(layer: number): Protocol {
    return this.protocols[this.protocol(layer)] as Protocol;
  }

  networkBefore(layer: number): number {
    for (let i = layer - 1; i >= 0; i--) if (this.describe(i).addresses !== undefined) return i;
    return -1;
  }

  isReassembled(layer: number): boolean {
    return this.start(layer) >= this.packetEnd;
  }

  /** The first layer in reassembled bytes; `count` if there is none. */
  firstReassembled(): number {
    let layer = this.count;
    while (layer > 0 && this.isReassembled(layer - 1)) layer--;
    return layer;
  }

  /** What the layer's offset counts from: the start of the packet, or of the reassembled payload that the layer is in. */
  base(layer: number): number {
    if (!this.isReassembled(layer)) return this.packetStart;
    let first = layer;
    // Layers follow each other without a gap, but for the step into other bytes.
    while (first > 0 && this.start(first) === this.payload(first - 1)) first--;
    return this.start(first);
  }

  /** Whether the layer's payload was reassembled from fragments, of which this packet was the last to come. */
  carriesReassembled(layer: number): boolean {
    const next = layer + 1;
    return next < this.count && this.isReassembled(next) && this.start(next) !== this.payload(layer);
  }

  /** Issue `index`, as an object: for output, off the hot path. */
  issue(index: number): Issue {
    const at = index * 5;
    const a = this.#issues;
    // Where no layer could be recorded for it, it is about bytes behind the last one.
    const base = this.count === 0 ? this.packetStart : this.base(Math.min(a[at + 1], this.count - 1));
    return {
      code: ISSUE_CODES[a[at]],
      layer: a[at + 1],
      offset: a[at + 2] - base,
      needed: a[at + 3],
      available: a[at + 4],
      message: this.#issueTexts[index],
    };
  }

  issueCode(index: number): IssueCode {
    return ISSUE_CODES[this.#issues[index * 5]];
  }

  /** Whether there is an issue of this kind. */
  hasIssue(code: IssueCode): boolean {
    for (let i = 0; i < this.issueCount; i++) if (this.issueCode(i) === code) return true;
    return false;
  }

  tooShort(offset: number, needed: number, available: number, what: string): number {
    if (this.incomplete === INCOMPLETE.no || this.incomplete === INCOMPLETE.contradiction) {
      const cut = this.originalLength > this.packetEnd - this.packetStart;
      this.#add(cut ? TRUNCATED : MALFORMED, offset, needed, available, what);
    } else if (this.incomplete === INCOMPLETE.capture) {
      this.#add(TRUNCATED, offset, needed, available, what);
    }
    return STOP;
  }

  lengthBeyond(offset: number, needed: number, available: number, what: string): void {
    if (this.incomplete !== INCOMPLETE.no) return;
    if (this.originalLength > this.packetEnd - this.packetStart) {
      this.incomplete = INCOMPLETE.capture;
      this.#add(TRUNCATED, offset, needed, available, what);
    } else {
      this.incomplete = INCOMPLETE.contradiction;
      this.#add(MALFORMED, offset, needed, available, what);
    }
  }

  cutEarlier(offset: number, needed: number, available: number, what: string): void {
    if (this.incomplete !== INCOMPLETE.no) return;
    this.incomplete = INCOMPLETE.capture;
    this.#add(TRUNCATED, offset, needed, available, what);
  }

  malformed(offset: number, message: string, needed = 0, available = 0): number {
    this.#add(MALFORMED, offset, needed, available, message);
    return STOP;
  }

  markFragment(): void {
    this.incomplete = INCOMPLETE.fragment;
    if (this.fragment < 0) this.fragment = this.count;
  }

  markStream(): void {
    if (this.fragment < 0) this.fragment = this.count;
  }

  /** Leaves the first `count` layers, and what is said of them. */
  cutTo(count: number): void {
    while (this.issueCount > 0 && this.#issues[(this.issueCount - 1) * 5 + 1] >= count) this.issueCount--;
    this.count = count;
  }

  /** The packet's bytes have been copied, its start to `start` in another view: moves all places along. */
  moveTo(start: number): void {
    const distance = start - this.packetStart;
    for (let word = 0; word < this.count * LAYER_WORDS; word += LAYER_WORDS) {
      this.words[word + 1] += distance;
      this.words[word + 2] += distance;
    }
    for (let issue = 0; issue < this.issueCount; issue++) this.#issues[issue * 5 + 2] += distance;
    this.packetStart = start;
    this.packetEnd += distance;
  }

  unsupported(offset: number, message: string): void {
    this.#add(UNSUPPORTED, offset, 0, 0, message);
  }

  /** More nesting than is followed. */
  tooDeep(offset: number, message: string): void {
    this.#add(DEPTH, offset, 0, 0, message);
  }

  #add(code: number, offset: number, needed: number, available: number, message: string): void {
    const index = this.issueCount;
    if (index >= MAX_ISSUES) return;
    const at = index * 5;
    const a = this.#issues;
    a[at] = code;
    a[at + 1] = this.count;
    a[at + 2] = offset;
    a[at + 3] = needed;
    a[at + 4] = available;
    this.#issueTexts[index] = message;
    this.issueCount = index + 1;
  }
}
