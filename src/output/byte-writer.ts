import type { TextSink } from '../decode/protocol.ts';
import { HEX_PAIRS, OVERRUN, put } from './put.ts';
import { type Template, template } from './template.ts';

const INITIAL_CAPACITY = 1 << 18;
/** Room for any one number or address, and what is stored past its end. */
const SLACK = 64;
/** How many constants keep their templates; others are made again. */
const MOST_TEMPLATES = 4096;

const BACKSLASH = 92;
const QUOTE = 34;
const DOT = 46;

/** For packet text on a terminal and in JSON: 1 where the byte stands for itself. */
const PLAIN_TEXT = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x7f && byte !== BACKSLASH ? 1 : 0,
);
const PLAIN_JSON = PLAIN_TEXT.map((plain, byte) => (byte === QUOTE ? 0 : plain));

const templates = new Map<string, Template>();
/** The templates met last, by a constant's length and first character: a comparison costs a fraction of a map's look-up. */
const RECENT = 1024;
const recentTexts: string[] = new Array<string>(RECENT).fill('');
const recentTemplates: Template[] = new Array<Template>(RECENT).fill(template(''));

function findTemplate(constant: string): Template {
  let prepared = templates.get(constant);
  if (prepared === undefined) {
    prepared = template(constant);
    if (templates.size < MOST_TEMPLATES) templates.set(constant, prepared);
  }
  return prepared;
}

/**
 * A growing buffer that text is written to as bytes, kept from packet to packet: nothing is allocated for one, but where
 * the buffer must grow.
 *
 * Everything from a packet passes through a method that lets only printable ASCII through.
 *
 * An inner loop makes room once for many values, and keeps its place itself:
 *
 * ```ts
 * let at = out.reserve(100);
 * at = put.uint(out.view, at, 7);
 * out.length = at;
 * ```
 */
export class ByteWriter implements TextSink {
  /** Bytes written and not yet taken; where the next one goes. */
  length = 0;
  /** The memory, until the next write that must make room. */
  view: DataView;
  #bytes: Uint8Array;
  #capacity = INITIAL_CAPACITY;

  constructor() {
    this.#bytes = new Uint8Array(INITIAL_CAPACITY);
    this.view = new DataView(this.#bytes.buffer);
  }

  /**
   * What was written, borrowed until the next write. The writer is empty afterwards, and keeps its memory.
   */
  take(): Uint8Array {
    const written = this.#bytes.subarray(0, this.length);
    this.length = 0;
    return written;
  }

  /**
   * Goes on in other memory, from whose start on all is copied that was written and not yet taken. Where that is full, the writer makes memory of its own.
   *
   * @returns whether there is room in it
   */
  writeTo(bytes: Uint8Array): boolean {
    if (this.#bytes === bytes) return true;
    if (this.length + OVERRUN > bytes.length) return false;
    bytes.set(this.#bytes.subarray(0, this.length));
    this.#bytes = bytes;
    this.#capacity = bytes.length;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return true;
  }

  /** Forgets what was written. */
  clear(): void {
    this.length = 0;
  }

  /** What was written from byte `start` on, as a string: for a screen's cells. It stays. */
  toString(start = 0): string {
    const { buffer, byteOffset } = this.#bytes;
    return Buffer.from(buffer, byteOffset + start, this.length - start).toString('latin1');
  }

  /** Makes room for `more` bytes, and what is stored past them. Returns the place to write to. */
  reserve(more: number): number {
    if (this.length + more + OVERRUN > this.#capacity) this.#grow(more);
    return this.length;
  }

  #grow(more: number): void {
    const needed = this.length + more + OVERRUN;
    while (this.#capacity < needed) this.#capacity *= 2;
    const grown = new Uint8Array(this.#capacity);
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  text(constant: string): void {
    const slot = ((constant.length << 5) ^ constant.charCodeAt(0)) & (RECENT - 1);
    if (recentTexts[slot] !== constant) {
      recentTemplates[slot] = findTemplate(constant);
      recentTexts[slot] = constant;
    }
    this.template(recentTemplates[slot]);
  }

  /** Text of our own that is not constant: a label and a value in words. For what is printed for a person, not for millions of packets. */
  words(composed: string): void {
    const start = this.reserve(composed.length);
    const { view } = this;
    for (let i = 0; i < composed.length; i++) {
      const code = composed.charCodeAt(i);
      // Typographic characters of our labels need their plain forms.
      if (code > 0x7e || (code < 0x20 && code !== 0x0a && code !== 0x09)) {
        this.template(template(composed));
        return;
      }
      view.setUint8(start + i, code);
    }
    this.length = start + composed.length;
  }

  /** Constant text made ready before. */
  template(prepared: Template): void {
    const at = this.reserve(prepared.length);
    this.length = put.text(this.view, at, prepared);
  }

  /** One character of our own, by its ASCII code. */
  character(code: number): void {
    const at = this.reserve(1);
    this.view.setUint8(at, code);
    this.length = at + 1;
  }

  /** Puts a mark before each of a character in what stands from `start` to `end`. */
  escape(code: number, mark: number, start: number, end: number): void {
    let found = 0;
    for (let at = start; at < end; at++) if (this.view.getUint8(at) === code) found++;
    if (found === 0) return;
    this.reserve(found);
    let to = this.length + found;
    for (let at = this.length - 1; at >= start; at--) {
      const byte = this.view.getUint8(at);
      this.view.setUint8(--to, byte);
      if (byte === code && at < end) this.view.setUint8(--to, mark);
    }
    this.length += found;
  }

  newline(): void {
    this.character(10);
  }

  spaces(count: number): void {
    const at = this.reserve(count);
    this.length = put.spaces(this.view, at, count);
  }

  /** Spaces, until `width` bytes stand behind place `start`; none where they do already. */
  padTo(start: number, width: number): void {
    this.spaces(start + width - this.length);
  }

  uint(value: number): void {
    const at = this.reserve(SLACK);
    this.length = put.uint(this.view, at, value);
  }

  hex(value: number, digits: number): void {
    const at = this.reserve(SLACK);
    this.length = put.hex(this.view, at, value, digits);
  }

  ipv4(view: DataView, from: number): void {
    const at = this.reserve(SLACK);
    this.length = put.ipv4(this.view, at, view, from);
  }

  /** An IPv4 address out of its number. */
  ipv4Number(address: number): void {
    for (let shift = 24; shift >= 0; shift -= 8) {
      this.uint((address >>> shift) & 255);
      if (shift > 0) this.character(DOT);
    }
  }

  ipv6(view: DataView, from: number): void {
    const at = this.reserve(SLACK);
    this.length = put.ipv6(this.view, at, view, from);
  }

  ether(view: DataView, from: number): void {
    const at = this.reserve(SLACK);
    this.length = put.ether(this.view, at, view, from);
  }

  /** Seconds since some point in time and nanoseconds beside them, as `1763828594.123456789`. */
  time(seconds: number, nanoseconds: number): void {
    const at = this.reserve(SLACK);
    this.length = put.time(this.view, at, seconds, nanoseconds);
  }

  /** The bytes in [start, end) as pairs of hexadecimal digits, without separators. */
  hexBytes(view: DataView, start: number, end: number): void {
    if (end <= start) return;
    let at = this.reserve((end - start) * 2);
    const out = this.view;
    for (let i = start; i < end; i++) {
      out.setUint16(at, HEX_PAIRS[view.getUint8(i)], true);
      at += 2;
    }
    this.length = at;
  }

  /** As {@link TextSink.packetText}: other bytes become `\x1b`, a backslash `\\`. */
  packetText(view: DataView, start: number, end: number): void {
    if (end <= start) return;
    let at = this.reserve((end - start) * 4);
    const out = this.view;
    for (let i = start; i < end; i++) {
      const byte = view.getUint8(i);
      if (PLAIN_TEXT[byte] !== 0) {
        out.setUint8(at++, byte);
      } else if (byte === BACKSLASH) {
        out.setUint16(at, 0x5c5c);
        at += 2;
      } else {
        out.setUint16(at, 0x5c78);
        out.setUint16(at + 2, HEX_PAIRS[byte], true);
        at += 4;
      }
    }
    this.length = at;
  }

  /** Characters from a packet for the inside of a JSON string: each byte is the character of its number. */
  jsonText(view: DataView, start: number, end: number): void {
    if (end <= start) return;
    this.reserve((end - start) * 6);
    for (let i = start; i < end; i++) this.#jsonUnit(view.getUint8(i));
  }

  /** A string from outside (an interface's name in a file), escaped like {@link packetText}. */
  foreign(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.packetText(new DataView(bytes.buffer), 0, bytes.length);
  }

  /** A string from outside as a JSON string, quotes included. */
  jsonString(value: string): void {
    this.reserve(value.length * 6 + 2);
    this.character(QUOTE);
    for (let i = 0; i < value.length; i++) this.#jsonUnit(value.charCodeAt(i));
    this.character(QUOTE);
  }

  /** One UTF-16 unit of a JSON string, into room that has been made. */
  #jsonUnit(unit: number): void {
    const out = this.view;
    const at = this.length;
    if (unit < 256 && PLAIN_JSON[unit] !== 0) {
      out.setUint8(at, unit);
      this.length = at + 1;
    } else if (unit === BACKSLASH || unit === QUOTE) {
      out.setUint8(at, BACKSLASH);
      out.setUint8(at + 1, unit);
      this.length = at + 2;
    } else {
      out.setUint16(at, 0x5c75);
      out.setUint16(at + 2, HEX_PAIRS[unit >> 8], true);
      out.setUint16(at + 4, HEX_PAIRS[unit & 255], true);
      this.length = at + 6;
    }
  }
}
