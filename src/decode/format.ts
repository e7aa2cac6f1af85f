/** Values as text, the way Wireshark's tree words them: for the tree, the terminal UI's panes and the lessons. */
import { CHECKSUM_TEXTS } from './checksum.ts';
import { readBits, readNumber } from './field-reading.ts';
import type { LayerStack } from './layer-stack.ts';
import type { Field, TextSink } from './protocol.ts';

/** The most bytes of a byte string that are shown before an ellipsis: Wireshark's limit too. */
export const SHOWN_BYTES = 36;
/** Bits past that are not drawn: Wireshark draws words of 32 at most. */
const MOST_DRAWN_BITS = 32;
/** Seconds that a Date can hold, either side of 1970. */
const MOST_SECONDS = 8.64e12;
/** The most characters of a text from a packet that are shown before an ellipsis. */
const SHOWN_CHARACTERS = 240;

const BYTE_HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);

/** Dotted quad of the four bytes at `at`. */
export function ipv4Text(view: DataView, at: number): string {
  return `${view.getUint8(at)}.${view.getUint8(at + 1)}.${view.getUint8(at + 2)}.${view.getUint8(at + 3)}`;
}

/**
 * The sixteen bytes at `at` in RFC 5952's form: lower case, the first of the longest runs of two or more zero groups
 * as `::`, and the last four bytes as a dotted quad in IPv4-mapped (section 5) and IPv4-compatible addresses, as
 * inet_ntop has it.
 */
export function ipv6Text(view: DataView, at: number): string {
  let runStart = -1;
  let runLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && view.getUint16(at + (i + length) * 2) === 0) length++;
    if (length > runLength) {
      runStart = i;
      runLength = length;
    }
    i += length;
  }
  const embedsIpv4 =
    runStart === 0 && (runLength === 6 || (runLength === 5 && view.getUint16(at + 10) === 0xffff));
  let text = '';
  for (let i = 0; i < 8; i++) {
    if (i === runStart) {
      text += '::';
      i += runLength - 1;
      continue;
    }
    if (i > 0 && !text.endsWith(':')) text += ':';
    if (i === 6 && embedsIpv4) return text + ipv4Text(view, at + 12);
    text += view.getUint16(at + i * 2).toString(16);
  }
  return text;
}

/** The six bytes at `at`, separated by colons. */
export function etherText(view: DataView, at: number): string {
  let text = BYTE_HEX[view.getUint8(at)] as string;
  for (let i = 1; i < 6; i++) text += `:${BYTE_HEX[view.getUint8(at + i)]}`;
  return text;
}

/** The bytes in [start, end) as hex digits without separators. */
export function hexDigits(view: DataView, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) text += BYTE_HEX[view.getUint8(at)];
  return text;
}

/**
 * The bytes in [start, end) as characters, safe for a terminal: printable ASCII stands for itself, the backslash is doubled,
 * and every other byte is written as `\xNN`.
 */
export function escapePacketText(view: DataView, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) {
    const byte = view.getUint8(at);
    if (byte === 0x5c) text += '\\\\';
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\x${BYTE_HEX[byte]}`;
  }
  return text;
}

/** Seconds since 1970 with nine decimals; before 1970, `seconds` is negative and `nanoseconds` count up from it. */
export function timeText(seconds: number, nanoseconds: number): string {
  if (seconds >= 0) return `${seconds}.${String(nanoseconds).padStart(9, '0')}`;
  if (nanoseconds === 0) return `${seconds}.000000000`;
  return `-${-seconds - 1}.${String(1e9 - nanoseconds).padStart(9, '0')}`;
}

/** Day and time in UTC: "2025-11-22 15:29:54.123456789 UTC"; seconds since 1970 where a calendar has no such day. */
export function dateText(seconds: number, nanoseconds: number): string {
  if (Math.abs(seconds) > MOST_SECONDS) return `${timeText(seconds, nanoseconds)} seconds since 1970`;
  const [day, time] = new Date(seconds * 1000).toISOString().split('T') as [string, string];
  return `${day} ${time.slice(0, 8)}.${String(nanoseconds).padStart(9, '0')} UTC`;
}

/** A number in Wireshark's hexadecimal: 0x, and as many digits as a field of `width` bits has. */
export function hexText(value: number, width: number): string {
  return `0x${value.toString(16).padStart(Math.ceil(width / 4), '0')}`;
}

/**
 * A field's value as Wireshark's tree shows it: "64", "UDP (17)", "0x407d", "IPv4 (0x0800)", "Set", "10.1.0.10", "good",
 * bytes as hex digits. Contains no byte of the packet unescaped. Call it where the field's `when` holds.
 *
 * @param start where the layer starts in `view`
 */
export function fieldText(
  field: Field,
  view: DataView,
  start: number,
  stack: LayerStack,
  layer: number,
): string {
  switch (field.kind) {
    case 'uint':
    case 'hex': {
      const value = readNumber(field, view, start, stack, layer);
      const digits = field.kind === 'hex' ? hexText(value, field.width) : String(value);
      const name = field.values?.[value];
      return name === undefined ? digits : `${name} (${digits})`;
    }
    case 'boolean':
      return readNumber(field, view, start, stack, layer) === 0 ? 'Not set' : 'Set';
    case 'status': {
      const value = readNumber(field, view, start, stack, layer);
      const word = field.values?.[value] ?? String(value);
      return CHECKSUM_TEXTS[word] ?? word;
    }
    case 'ipv4': {
      if (field.read === undefined) return ipv4Text(view, addressPlace(field, view, start, stack, layer));
      const address = field.read(view, start, stack, layer);
      return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
    }
    case 'ipv6':
      return ipv6Text(view, addressPlace(field, view, start, stack, layer));
    case 'ether':
      return etherText(view, addressPlace(field, view, start, stack, layer));
    case 'bytes':
    case 'text': {
      const place = field.span === undefined ? 0 : field.span(view, start, stack, layer);
      const from = start + (place >>> 16);
      const length = place & 0xffff;
      const isText = field.kind === 'text';
      const shown = Math.min(length, isText ? SHOWN_CHARACTERS : SHOWN_BYTES);
      const text = isText ? escapePacketText(view, from, from + shown) : hexDigits(view, from, from + shown);
      return shown < length ? `${text}…` : text;
    }
  }
}

/**
 * The bytes that hold a field of odd bits, with a dot for each bit that is not the field's, as Wireshark draws them:
 * ".1.. ....". Empty for a field of whole bytes, a computed one, and one past 32 bits.
 *
 * @param start where the layer starts in `view`
 */
export function bitsText({ bit, width, span }: Field, view: DataView, start: number): string {
  if (width === 0 || span !== undefined || (bit % 8 === 0 && width % 8 === 0)) return '';
  const first = bit - (bit % 8);
  const end = (bit + width + 7) & ~7;
  if (end - first > MOST_DRAWN_BITS) return '';
  let text = '';
  for (let at = first; at < end; at++) {
    if (at > first && at % 4 === 0) text += ' ';
    text += at < bit || at >= bit + width ? '.' : readBits(view, start, at, 1);
  }
  return text;
}

/** Where an address stands in `view`: in its bits, or where the field's `span` says. */
function addressPlace(field: Field, view: DataView, start: number, stack: LayerStack, layer: number): number {
  return start + (field.span === undefined ? field.bit >> 3 : field.span(view, start, stack, layer) >>> 16);
}

/** What a layer's summary says, as a string; empty if its protocol has none. */
export function summaryText(view: DataView, stack: LayerStack, layer: number): string {
  const sink = new StringSink();
  stack.describe(layer).summary?.(sink, view, stack.start(layer), stack, layer);
  return sink.value;
}

class StringSink implements TextSink {
  value = '';

  text(constant: string): void {
    this.value += constant;
  }
  uint(value: number): void {
    this.value += String(value);
  }
  hex(value: number, digits: number): void {
    this.value += value.toString(16).padStart(digits, '0');
  }
  ipv4(view: DataView, at: number): void {
    this.value += ipv4Text(view, at);
  }
  ipv6(view: DataView, at: number): void {
    this.value += ipv6Text(view, at);
  }
  ether(view: DataView, at: number): void {
    this.value += etherText(view, at);
  }
  packetText(view: DataView, start: number, end: number): void {
    this.value += escapePacketText(view, start, end);
  }
}
