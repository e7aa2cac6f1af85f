/**
 * Numbers and addresses as ASCII, put into memory at a place: each function returns the place behind what it wrote, so
 * that a printer's inner loop keeps its place in a register. All take their digits from tables, and may store up to
 * {@link OVERRUN} bytes past the end of what they write: whoever calls has made room, and writes on from the place returned.
 */
import { type Template, template } from './template.ts';

/** How many bytes past their end the functions here may store. */
export const OVERRUN = 8;

const COLON = 58;
const DOT = 46;

const hexDigit = (nibble: number) => nibble + (nibble < 10 ? 48 : 87);

/** 00 to ff: two characters. */
export const HEX_PAIRS = new Uint16Array(256);
for (let byte = 0; byte < 256; byte++) HEX_PAIRS[byte] = hexDigit(byte >> 4) | (hexDigit(byte & 15) << 8);

/** A closure with tables of its own, which V8 takes for constants; those of a bundled module it would load again each time. */
function createPut() {
  /** 0 to 999 in decimal: up to three digits in the low bytes, how many in the top one. */
  const SHORT = new Int32Array(1000);
  /** 000 to 999, always three digits. */
  const THREE = new Int32Array(1000);
  /** 0 to 255 and a dot, and the length of that. */
  const DOTTED = new Int32Array(256);
  const DOTTED_LENGTH = new Uint8Array(256);
  const HEX = HEX_PAIRS;
  /** 00: to ff: */
  const HEX_COLON = new Int32Array(256);
  // Every run makes these: by shifts, which take a tenth of what strings take.
  for (let i = 0; i < 1000; i++) {
    const hundreds = (i / 100) | 0;
    const tens = ((i / 10) | 0) % 10;
    const word = 0x303030 | hundreds | (tens << 8) | ((i % 10) << 16);
    const zeros = hundreds > 0 ? 0 : tens > 0 ? 1 : 2;
    const digits = word >>> (8 * zeros);
    THREE[i] = word;
    SHORT[i] = digits | ((3 - zeros) << 24);
    if (i < 256) {
      DOTTED[i] = digits | (DOT << (8 * (3 - zeros)));
      DOTTED_LENGTH[i] = 4 - zeros;
      HEX_COLON[i] = HEX[i] | (COLON << 16);
    }
  }
  const SPACES = template(' '.repeat(8)).words[0];
  const COLON_CODE = COLON;

  function text(out: DataView, at: number, prepared: Template): number {
    const { words, length } = prepared;
    const end = (at + length) | 0;
    let place = at | 0;
    for (let i = 0; i < words.length; i++) {
      out.setFloat64(place, words[i], true);
      place = (place + 8) | 0;
    }
    return end;
  }

  function spaces(out: DataView, at: number, count: number): number {
    const end = (at + count) | 0;
    for (let place = at | 0; place < end; place = (place + 8) | 0) out.setFloat64(place, SPACES, true);
    return count > 0 ? end : at;
  }

  /** 0 to 999,999. */
  function uintToMillion(out: DataView, at: number, value: number): number {
    if (value < 1000) {
      const word = SHORT[value];
      out.setInt32(at, word, true);
      return (at + (word >>> 24)) | 0;
    }
    const thousands = (value / 1000) | 0;
    const word = SHORT[thousands];
    const next = (at + (word >>> 24)) | 0;
    out.setInt32(at, word, true);
    out.setInt32(next, THREE[(value - thousands * 1000) | 0], true);
    return (next + 3) | 0;
  }

  /** 0 to 2^53. */
  function uint(out: DataView, at: number, value: number): number {
    if (value < 1_000_000) return uintToMillion(out, at, value | 0);
    const millions = Math.floor(value / 1_000_000);
    return sixDigits(out, uint(out, at, millions), (value - millions * 1_000_000) | 0);
  }

  /** 0 to 999,999 with leading zeros. */
  function sixDigits(out: DataView, at: number, value: number): number {
    const thousands = (value / 1000) | 0;
    out.setInt32(at, THREE[thousands], true);
    out.setInt32(at + 3, THREE[(value - thousands * 1000) | 0], true);
    return (at + 6) | 0;
  }

  /** 0 to 999,999,999 with leading zeros: nanoseconds. */
  function nineDigits(out: DataView, at: number, value: number): number {
    const millions = (value / 1_000_000) | 0;
    out.setInt32(at, THREE[millions], true);
    return sixDigits(out, (at + 3) | 0, (value - millions * 1_000_000) | 0);
  }

  /** In decimal, right-aligned in `width` (8 at most) characters: wider where it must. */
  function uintRight(out: DataView, at: number, value: number, width: number): number {
    out.setFloat64(at, SPACES, true);
    if (value < 1000) {
      const word = SHORT[value | 0];
      const digits = word >>> 24;
      const end = (at + Math.max(digits, width)) | 0;
      out.setInt32(end - digits, word, true);
      return end;
    }
    if (value < 1_000_000) {
      const integer = value | 0;
      const thousands = (integer / 1000) | 0;
      const word = SHORT[thousands];
      const digits = (word >>> 24) + 3;
      const end = (at + Math.max(digits, width)) | 0;
      out.setInt32(end - digits, word, true);
      out.setInt32(end - 3, THREE[(integer - thousands * 1000) | 0], true);
      return end;
    }
    // The digits above the last six are aligned by the same tables, in what is left of the width.
    const millions = Math.floor(value / 1_000_000);
    const end = uintRight(out, at, millions, Math.max(width - 6, 1));
    return sixDigits(out, end, (value - millions * 1_000_000) | 0);
  }

  /** 0 to 65,535 as four digits of hexadecimal. */
  function hex4(out: DataView, at: number, value: number): number {
    out.setInt32(at, HEX[value >> 8] | (HEX[value & 255] << 16), true);
    return (at + 4) | 0;
  }

  /** Up to 2^53 in hexadecimal, with leading zeros up to `digits`. */
  function hex(out: DataView, at: number, value: number, digits: number): number {
    if (digits === 4 && value < 0x10000) return hex4(out, at, value | 0);
    let count = 1;
    for (let rest = value; rest >= 16; rest = Math.floor(rest / 16)) count++;
    if (count < digits) count = digits;
    let rest = value;
    for (let place = at + count - 1; place >= at; place--) {
      const upper = Math.floor(rest / 16);
      out.setUint8(place, HEX[rest - upper * 16] >> 8);
      rest = upper;
    }
    return at + count;
  }

  /** A colon and a port number. */
  function port(out: DataView, at: number, value: number): number {
    out.setUint8(at, COLON_CODE);
    return uintToMillion(out, (at + 1) | 0, value);
  }

  /** The four bytes at `from` as a dotted quad. */
  function ipv4(out: DataView, at: number, view: DataView, from: number): number {
    const address = view.getInt32(from);
    const first = address >>> 24;
    const second = (address >>> 16) & 255;
    const third = (address >>> 8) & 255;
    const last = SHORT[address & 255];
    let place = at | 0;
    out.setInt32(place, DOTTED[first], true);
    place = (place + DOTTED_LENGTH[first]) | 0;
    out.setInt32(place, DOTTED[second], true);
    place = (place + DOTTED_LENGTH[second]) | 0;
    out.setInt32(place, DOTTED[third], true);
    place = (place + DOTTED_LENGTH[third]) | 0;
    out.setInt32(place, last, true);
    return (place + (last >>> 24)) | 0;
  }

  /** The six bytes at `from`, separated by colons. */
  function ether(out: DataView, at: number, view: DataView, from: number): number {
    const high = view.getInt32(from);
    const low = view.getUint16(from + 4);
    out.setInt32(at, HEX_COLON[high >>> 24], true);
    out.setInt32(at + 3, HEX_COLON[(high >>> 16) & 255], true);
    out.setInt32(at + 6, HEX_COLON[(high >>> 8) & 255], true);
    out.setInt32(at + 9, HEX_COLON[high & 255], true);
    out.setInt32(at + 12, HEX_COLON[low >>> 8], true);
    out.setUint16(at + 15, HEX[low & 255], true);
    return (at + 17) | 0;
  }

  /** 16 bits in hexadecimal without leading zeros. */
  function group(out: DataView, at: number, value: number): number {
    if (value >= 0x1000) return hex4(out, at, value);
    if (value >= 0x100) {
      out.setUint8(at, HEX[value >> 8] >> 8);
      out.setUint16(at + 1, HEX[value & 255], true);
      return at + 3;
    }
    if (value >= 0x10) {
      out.setUint16(at, HEX[value], true);
      return at + 2;
    }
    out.setUint8(at, HEX[value] >> 8);
    return at + 1;
  }

  /** The sixteen bytes at `from` in RFC 5952's form. */
  function ipv6(out: DataView, at: number, view: DataView, from: number): number {
    // "the longest run of consecutive 16-bit 0 fields" is shortened, the first of equals, and never a single field (4.2).
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
    // An address that holds an IPv4 one is shown as such (5), the form of old too, as inet_ntop does.
    const dotted =
      bestStart === 0 && (bestLength === 6 || (bestLength === 5 && view.getUint16(from + 10) === 0xffff));
    const groups = dotted ? 6 : 8;
    let place = at;
    for (let i = 0; i < groups; i++) {
      if (i === bestStart) {
        out.setUint8(place++, COLON_CODE);
        i += bestLength - 1;
        if (i === 7) out.setUint8(place++, COLON_CODE);
        continue;
      }
      if (i > 0) out.setUint8(place++, COLON_CODE);
      place = group(out, place, view.getUint16(from + i * 2));
    }
    if (!dotted) return place;
    out.setUint8(place++, COLON_CODE);
    return ipv4(out, place, view, from + 12);
  }

  /** Seconds since 1970 or some other point, a dot, and nine digits of nanoseconds. */
  function time(out: DataView, at: number, seconds: number, nanoseconds: number): number {
    let place = at;
    let whole = seconds;
    let fraction = nanoseconds;
    if (seconds < 0) {
      // The nanoseconds count upwards from the second before.
      out.setUint8(place++, 45);
      whole = -seconds;
      if (fraction > 0) {
        whole--;
        fraction = 1_000_000_000 - fraction;
      }
    }
    place = uint(out, place, whole);
    out.setUint8(place, DOT);
    return nineDigits(out, place + 1, fraction);
  }

  return { text, spaces, uint, sixDigits, nineDigits, uintRight, hex4, hex, port, ipv4, ether, ipv6, time };
}

export const put = createPut();
