import type { TextSink } from '../decode/protocol.ts';
import { type Template, template } from './template.ts';

const INITIAL_CAPACITY = 1 << 18;
/** Bytes that a single write of bounded size may take, stores past its end included. */
const SLACK = 64;
/** How many constants keep their templates; text past that is written character by character. */
const MOST_TEMPLATES = 4096;

/** 0 to 999 in decimal: up to three digits in the low bytes, how many in the top one. */
const SHORT = new Int32Array(1000);
/** 000 to 999, always three digits. */
const THREE = new Int32Array(1000);
/** 0 to 255 and a dot, as in an IPv4 address, and the length of that. */
const DOTTED = new Int32Array(256);
const DOTTED_LENGTH = new Uint8Array(256);
/** 00 to ff: two characters. */
const HEX = new Uint16Array(256);
/** 00: to ff: */
const HEX_COLON = new Int32Array(256);
/** For packet text on a terminal and in JSON: 1 where the byte stands for itself. */
const PLAIN_TEXT = new Uint8Array(256);
const PLAIN_JSON = new Uint8Array(256);

const COLON = 58;
const BACKSLASH = 92;
const SPACES = template(' '.repeat(8)).words[0];

function pack(text: string): number {
  let word = 0;
  for (let i = 0; i < text.length; i++) word |= text.charCodeAt(i) << (8 * i);
  return word;
}

for (let i = 0; i < 1000; i++) {
  const digits = String(i);
  SHORT[i] = pack(digits) | (digits.length << 24);
  THREE[i] = pack(digits.padStart(3, '0'));
}
for (let i = 0; i < 256; i++) {
  const digits = i.toString(16).padStart(2, '0');
  DOTTED[i] = pack(`${i}.`);
  DOTTED_LENGTH[i] = String(i).length + 1;
  HEX[i] = pack(digits);
  HEX_COLON[i] = pack(`${digits}:`);
  PLAIN_TEXT[i] = i >= 0x20 && i < 0x7f && i !== BACKSLASH ? 1 : 0;
  PLAIN_JSON[i] = PLAIN_TEXT[i] !== 0 && i !== 0x22 ? 1 : 0;
}

const templates = new Map<string, Template>();

/**
 * A growing buffer that text is written to as bytes, kept from packet to packet: nothing is allocated for one, but where
 * the buffer must grow. Numbers and addresses come out of tables; stores may go past the end of what they write, into
 * room that the next write takes.
 *
 * Everything from a packet passes through a method that lets only printable ASCII through.
 */
export class ByteWriter implements TextSink {
  #bytes = new Uint8Array(INITIAL_CAPACITY);
  #view = new DataView(this.#bytes.buffer);
  /** Up to where a bounded write may start. */
  #limit = INITIAL_CAPACITY - SLACK;
  #at = 0;

  /** Bytes written and not yet taken. */
  get length(): number {
    return this.#at;
  }

  /**
   * What was written, borrowed until the next write. The writer is empty afterwards, and keeps its memory.
   */
  take(): Uint8Array {
    const written = this.#bytes.subarray(0, this.#at);
    this.#at = 0;
    return written;
  }

  /** Forgets what was written. */
  clear(): void {
    this.#at = 0;
  }

  /** Forgets what was written past the first `length` bytes. */
  truncate(length: number): void {
    if (length < this.#at) this.#at = length;
  }

  /** What was written, as a string, from byte `start`: for a screen's cells. It stays. */
  toString(start = 0): string {
    return Buffer.from(this.#bytes.buffer, start, this.#at - start).toString('latin1');
  }

  #reserve(more: number): void {
    const needed = this.#at + more + SLACK;
    if (needed <= this.#bytes.length) return;
    let capacity = this.#bytes.length;
    while (capacity < needed) capacity *= 2;
    const grown = new Uint8Array(capacity);
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
    this.#limit = capacity - SLACK;
  }

  text(constant: string): void {
    let prepared = templates.get(constant);
    if (prepared === undefined) {
      prepared = template(constant);
      if (templates.size < MOST_TEMPLATES) templates.set(constant, prepared);
    }
    this.template(prepared);
  }

  /** Constant text made ready before: what the printers' inner loops use. */
  template(prepared: Template): void {
    const { words, length } = prepared;
    let at = this.#at;
    if (at + length > this.#limit) this.#reserve(length);
    const view = this.#view;
    this.#at = at + length;
    for (let i = 0; i < words.length; i++) {
      view.setFloat64(at, words[i], true);
      at += 8;
    }
  }

  /** One character of our own, by its ASCII code. */
  character(code: number): void {
    if (this.#at > this.#limit) this.#reserve(1);
    this.#view.setUint8(this.#at++, code);
  }

  newline(): void {
    this.character(10);
  }

  spaces(count: number): void {
    if (count <= 0) return;
    let at = this.#at;
    if (at + count > this.#limit) this.#reserve(count);
    const view = this.#view;
    this.#at = at + count;
    for (let left = count; left > 0; left -= 8) {
      view.setFloat64(at, SPACES, true);
      at += 8;
    }
  }

  /** Spaces, until `width` bytes stand behind place `start`; none where they do already. */
  padTo(start: number, width: number): void {
    this.spaces(start + width - this.#at);
  }

  uint(value: number): void {
    if (this.#at > this.#limit) this.#reserve(SLACK);
    if (value < 1000) {
      const word = SHORT[value | 0];
      this.#view.setInt32(this.#at, word, true);
      this.#at += word >>> 24;
    } else if (value < 1_000_000) {
      const integer = value | 0;
      const thousands = (integer / 1000) | 0;
      const word = SHORT[thousands];
      const view = this.#view;
      const at = this.#at;
      const next = at + (word >>> 24);
      view.setInt32(at, word, true);
      view.setInt32(next, THREE[integer - thousands * 1000], true);
      this.#at = next + 3;
    } else {
      const millions = Math.floor(value / 1_000_000);
      this.uint(millions);
      this.sixDigits(value - millions * 1_000_000);
    }
  }

  /** In decimal, right-aligned in `width` characters: wider where it must. The sign is apart, as there is a -0.000005. */
  uintRight(value: number, width: number, isNegative = false): void {
    let digits = isNegative ? 2 : 1;
    for (let bound = 10; value >= bound; bound *= 10) digits++;
    this.spaces(width - digits);
    if (isNegative) this.character(45);
    this.uint(value);
  }

  /** 0 to 999,999 with leading zeros. */
  sixDigits(value: number): void {
    if (this.#at > this.#limit) this.#reserve(SLACK);
    const integer = value | 0;
    const thousands = (integer / 1000) | 0;
    const view = this.#view;
    const at = this.#at;
    view.setInt32(at, THREE[thousands], true);
    view.setInt32(at + 3, THREE[integer - thousands * 1000], true);
    this.#at = at + 6;
  }

  /** 0 to 999,999,999 with leading zeros: nanoseconds. */
  nineDigits(value: number): void {
    const millions = (value / 1_000_000) | 0;
    if (this.#at > this.#limit) this.#reserve(SLACK);
    this.#view.setInt32(this.#at, THREE[millions], true);
    this.#at += 3;
    this.sixDigits(value - millions * 1_000_000);
  }

  hex(value: number, digits: number): void {
    if (this.#at > this.#limit) this.#reserve(SLACK);
    const view = this.#view;
    let at = this.#at;
    if (digits === 4 && value < 0x10000) {
      view.setUint16(at, HEX[value >> 8], true);
      view.setUint16(at + 2, HEX[value & 255], true);
      this.#at = at + 4;
      return;
    }
    let count = 1;
    for (let rest = value; rest >= 16; rest = Math.floor(rest / 16)) count++;
    if (count < digits) count = digits;
    this.#at = at + count;
    let rest = value;
    for (at += count - 1; count > 0; count--) {
      const upper = Math.floor(rest / 16);
      view.setUint8(at--, HEX[rest - upper * 16] >> 8);
      rest = upper;
    }
  }

  ipv4(view: DataView, from: number): void {
    if (this.#at > this.#limit) this.#reserve(SLACK);
    const out = this.#view;
    let at = this.#at;
    const address = view.getInt32(from);
    const first = address >>> 24;
    const second = (address >>> 16) & 255;
    const third = (address >>> 8) & 255;
    out.setInt32(at, DOTTED[first], true);
    at += DOTTED_LENGTH[first];
    out.setInt32(at, DOTTED[second], true);
    at += DOTTED_LENGTH[second];
    out.setInt32(at, DOTTED[third], true);
    at += DOTTED_LENGTH[third];
    const word = SHORT[address & 255];
    out.setInt32(at, word, true);
    this.#at = at + (word >>> 24);
  }

  ipv6(view: DataView, from: number): void {
    // "the longest run of consecutive 16-bit 0 fields" is shortened, the first of equals, and never a single field (RFC 5952, 4.2).
    let bestStart = -1;
    let bestLength = 1;
    let run = 0;
    for (let i = 0; i < 8; i++) {
      run = view.getUint16(from + i * 2) === 0 ? run + 1 : 0;
      if (run > bestLength) {
        bestLength = run;
        bestStart = i - run + 1;
      }
    }
    if (this.#at > this.#limit) this.#reserve(SLACK);
    // An address that holds an IPv4 one is shown as such (RFC 5952, 5), the forms of old too, as inet_ntop does.
    const dotted =
      bestStart === 0 && (bestLength === 6 || (bestLength === 5 && view.getUint16(from + 10) === 0xffff));
    const groups = dotted ? 6 : 8;
    for (let i = 0; i < groups; i++) {
      if (i === bestStart) {
        this.character(COLON);
        i += bestLength - 1;
        if (i === 7) this.character(COLON);
        continue;
      }
      if (i > 0) this.character(COLON);
      this.#shortHex(view.getUint16(from + i * 2));
    }
    if (dotted) {
      this.character(COLON);
      this.ipv4(view, from + 12);
    }
  }

  /** 16 bits in hexadecimal without leading zeros. */
  #shortHex(value: number): void {
    const out = this.#view;
    let at = this.#at;
    if (value >= 0x1000) {
      out.setUint16(at, HEX[value >> 8], true);
      at += 2;
      out.setUint16(at, HEX[value & 255], true);
      at += 2;
    } else if (value >= 0x100) {
      out.setUint8(at++, HEX[value >> 8] >> 8);
      out.setUint16(at, HEX[value & 255], true);
      at += 2;
    } else if (value >= 0x10) {
      out.setUint16(at, HEX[value], true);
      at += 2;
    } else {
      out.setUint8(at++, HEX[value] >> 8);
    }
    this.#at = at;
  }

  ether(view: DataView, from: number): void {
    if (this.#at > this.#limit) this.#reserve(SLACK);
    const out = this.#view;
    const at = this.#at;
    const high = view.getInt32(from);
    const low = view.getUint16(from + 4);
    out.setInt32(at, HEX_COLON[high >>> 24], true);
    out.setInt32(at + 3, HEX_COLON[(high >>> 16) & 255], true);
    out.setInt32(at + 6, HEX_COLON[(high >>> 8) & 255], true);
    out.setInt32(at + 9, HEX_COLON[high & 255], true);
    out.setInt32(at + 12, HEX_COLON[low >>> 8], true);
    out.setUint16(at + 15, HEX[low & 255], true);
    this.#at = at + 17;
  }

  /** The bytes in [start, end) as pairs of hexadecimal digits, without separators. */
  hexBytes(view: DataView, start: number, end: number): void {
    if (end <= start) return;
    this.#reserve((end - start) * 2);
    const out = this.#view;
    let at = this.#at;
    for (let i = start; i < end; i++) {
      out.setUint16(at, HEX[view.getUint8(i)], true);
      at += 2;
    }
    this.#at = at;
  }

  /** As {@link TextSink.packetText}: other bytes become `\x1b`, a backslash `\\`. */
  packetText(view: DataView, start: number, end: number): void {
    if (end <= start) return;
    this.#reserve((end - start) * 4);
    for (let i = start; i < end; i++) this.#escaped(view.getUint8(i), PLAIN_TEXT);
  }

  /** Characters from a packet for the inside of a JSON string: each byte is the character of its number. */
  jsonText(view: DataView, start: number, end: number): void {
    if (end <= start) return;
    this.#reserve((end - start) * 6);
    for (let i = start; i < end; i++) this.#jsonUnit(view.getUint8(i));
  }

  /** A string from outside (an interface's name in a file) for a terminal; escaped like {@link packetText}. */
  foreign(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.packetText(new DataView(bytes.buffer), 0, bytes.length);
  }

  /** A string from outside as a JSON string, quotes included. */
  jsonString(value: string): void {
    this.#reserve(value.length * 6 + 2);
    this.character(34);
    for (let i = 0; i < value.length; i++) this.#jsonUnit(value.charCodeAt(i));
    this.character(34);
  }

  /** Bytes that are fit to be shown already: what another writer wrote. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #escaped(byte: number, plain: Uint8Array): void {
    const out = this.#view;
    const at = this.#at;
    if (plain[byte] !== 0) {
      out.setUint8(at, byte);
      this.#at = at + 1;
    } else if (byte === BACKSLASH) {
      out.setUint16(at, 0x5c5c);
      this.#at = at + 2;
    } else {
      out.setUint16(at, 0x5c78);
      out.setUint16(at + 2, HEX[byte], true);
      this.#at = at + 4;
    }
  }

  #jsonUnit(unit: number): void {
    const out = this.#view;
    const at = this.#at;
    if (unit < 256 && PLAIN_JSON[unit] !== 0) {
      out.setUint8(at, unit);
      this.#at = at + 1;
    } else if (unit === BACKSLASH || unit === 34) {
      out.setUint8(at, BACKSLASH);
      out.setUint8(at + 1, unit);
      this.#at = at + 2;
    } else {
      out.setUint16(at, 0x5c75);
      out.setUint16(at + 2, HEX[unit >> 8], true);
      out.setUint16(at + 4, HEX[unit & 255], true);
      this.#at = at + 6;
    }
  }
}
