/**
 * Where packets are, and what stood beside them: 16 bytes a packet, in blocks that grow without copying.
 *
 *   word 0   bytes from the epoch's offset
 *   word 1   nanoseconds from the epoch's seconds, the lower 32 bits
 *   word 2   their upper 15 bits; bit 16: the lengths or the interface did not fit, and stand in a map; interface, 8 bits;
 *            of a reply, how many packets before it its request stands, 8 bits: 0 where it has none, 255 where it stands in a
 *            map; of a request, 253 where no reply came so far, and 254 where one did
 *   word 3   captured length, 16 bits; bytes that the capture cut off, 16 bits
 *
 * An epoch is a point of reference; a new one begins where a packet is out of the last one's reach (4 GiB, 39 hours).
 */
const WORDS = 4;
const BLOCK_ROWS = 1 << 16;
const BLOCK_BITS = 16;
const MOST_SECONDS = Math.floor(2 ** 47 / 1e9) - 1;
const MOST_OFFSET = 2 ** 32 - 1;
/** Packets of several interfaces come a little out of order: an epoch reaches back too. */
const SECONDS_BACK = 3600;
const EXCEPTION = 1 << 16;
const FAR = 255;
const ANSWERED = 254;
const UNANSWERED = 253;
/** Links past 252 packets that are kept: the newest. */
const MOST_FAR = 1 << 16;

interface Epoch {
  readonly first: number;
  readonly offset: number;
  readonly seconds: number;
}

interface Exception {
  readonly captured: number;
  readonly cut: number;
  readonly interfaceIndex: number;
}

export class PacketIndex {
  /** Packets appended so far; numbers run from 0 to here. */
  count = 0;
  readonly #blocks: (Uint32Array | undefined)[] = [];
  #dropped = 0;
  readonly #epochs: Epoch[] = [];
  /** The last block, and of the last epoch: none reaches to the first packet. */
  #block = new Uint32Array(0);
  #epochOffset = Number.NEGATIVE_INFINITY;
  #epochSeconds = 0;
  readonly #exceptions = new Map<number, Exception>();
  readonly #far = new Map<number, number>();

  /**
   * @param offset bytes from the start of a file or stream; never less than that of the packet before of the same file
   * @param seconds whole seconds since 1970; may be negative
   */
  append(
    offset: number,
    capturedLength: number,
    originalLength: number,
    seconds: number,
    nanoseconds: number,
    interfaceIndex: number,
  ): void {
    const index = this.count++;
    if (
      offset < this.#epochOffset ||
      offset - this.#epochOffset > MOST_OFFSET ||
      seconds < this.#epochSeconds ||
      seconds - this.#epochSeconds > MOST_SECONDS
    )
      this.#beginEpoch(index, offset, seconds - SECONDS_BACK);
    const cut = originalLength - capturedLength;
    const isException = capturedLength > 0xffff || cut > 0xffff || interfaceIndex > 0xff;
    if (isException) this.#exceptions.set(index, { captured: capturedLength, cut, interfaceIndex });
    const row = index & (BLOCK_ROWS - 1);
    if (row === 0) {
      this.#block = new Uint32Array(BLOCK_ROWS * WORDS);
      this.#blocks.push(this.#block);
    }
    const block = this.#block;
    const at = row * WORDS;
    block[at] = offset - this.#epochOffset;
    const time = (seconds - this.#epochSeconds) * 1e9 + nanoseconds;
    // An element takes the lower 32 bits of a number that has more.
    block[at + 1] = time;
    block[at + 2] =
      (Math.floor(time / 2 ** 32) << 17) | (isException ? EXCEPTION : 0) | ((interfaceIndex & 0xff) << 8);
    block[at + 3] = ((capturedLength & 0xffff) << 16) | (cut & 0xffff);
  }

  #beginEpoch(first: number, offset: number, seconds: number): void {
    this.#epochs.push({ first, offset, seconds });
    this.#epochOffset = offset;
    this.#epochSeconds = seconds;
  }

  offset(index: number): number {
    return this.#epoch(index).offset + this.#word(index, 0);
  }

  seconds(index: number): number {
    return this.#epoch(index).seconds + Math.floor(this.#time(index) / 1e9);
  }

  nanoseconds(index: number): number {
    return this.#time(index) % 1e9;
  }

  capturedLength(index: number): number {
    return this.#exception(index)?.captured ?? this.#word(index, 3) >>> 16;
  }

  originalLength(index: number): number {
    const exception = this.#exception(index);
    if (exception !== undefined) return exception.captured + exception.cut;
    const word = this.#word(index, 3);
    return (word >>> 16) + (word & 0xffff);
  }

  interfaceIndex(index: number): number {
    return this.#exception(index)?.interfaceIndex ?? (this.#word(index, 2) >>> 8) & 0xff;
  }

  /** Notes that a reply, the packet that was appended last, answers a request. */
  link(request: number): void {
    const reply = this.count - 1;
    const distance = reply - request;
    if (distance <= 0) return;
    if (distance >= UNANSWERED) {
      this.#far.set(reply, request);
      const [oldest] = this.#far.keys();
      if (this.#far.size > MOST_FAR && oldest !== undefined) this.#far.delete(oldest);
    }
    this.#setLink(reply, distance >= UNANSWERED ? FAR : distance);
  }

  /** Notes that the packet that was appended last is a request. */
  noteRequest(isAnswered: boolean): void {
    this.#setLink(this.count - 1, isAnswered ? ANSWERED : UNANSWERED);
  }

  /** Notes that a reply came to a request that was noted. */
  noteAnswered(request: number): void {
    this.#setLink(request, ANSWERED);
  }

  /** Whether it was noted as a request, and no reply since. */
  isUnanswered(request: number): boolean {
    return (this.#word(request, 2) & 0xff) === UNANSWERED;
  }

  #setLink(index: number, link: number): void {
    const block = this.#blocks[index >>> BLOCK_BITS] as Uint32Array;
    const at = (index & (BLOCK_ROWS - 1)) * WORDS + 2;
    block[at] = (block[at] & ~0xff) | link;
  }

  /** The request that a reply answers; undefined of a packet that is no reply, or whose request is not known. */
  request(reply: number): number | undefined {
    const distance = this.#word(reply, 2) & 0xff;
    if (distance === 0 || distance === UNANSWERED || distance === ANSWERED) return undefined;
    const request = distance === FAR ? this.#far.get(reply) : reply - distance;
    return request === undefined || request >>> BLOCK_BITS < this.#dropped ? undefined : request;
  }

  /** Frees what packets before `index` took; they must not be asked for again. */
  dropBefore(index: number): void {
    for (; this.#dropped < index >>> BLOCK_BITS; this.#dropped++) this.#blocks[this.#dropped] = undefined;
    while (this.#epochs.length > 1 && (this.#epochs[1] as Epoch).first <= index) this.#epochs.shift();
    for (const key of this.#exceptions.keys()) {
      if (key >= index) break;
      this.#exceptions.delete(key);
    }
  }

  #word(index: number, word: number): number {
    const block = this.#blocks[index >>> BLOCK_BITS] as Uint32Array;
    return block[(index & (BLOCK_ROWS - 1)) * WORDS + word];
  }

  /** In nanoseconds since the epoch's seconds. */
  #time(index: number): number {
    return (this.#word(index, 2) >>> 17) * 2 ** 32 + this.#word(index, 1);
  }

  #exception(index: number): Exception | undefined {
    if ((this.#word(index, 2) & EXCEPTION) === 0) return undefined;
    return this.#exceptions.get(index);
  }

  #epoch(index: number): Epoch {
    const epochs = this.#epochs;
    let low = 0;
    let high = epochs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((epochs[middle] as Epoch).first <= index) low = middle;
      else high = middle - 1;
    }
    return epochs[low] as Epoch;
  }
}
