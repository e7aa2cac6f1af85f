/**
 * Time stamps of pcapng (draft-ietf-opsawg-pcapng, section 4.2, if_tsresol and if_tsoffset): 64-bit counts of a unit that
 * each interface chooses, a power of ten or of two of a second.
 */

/** How an interface counts time. */
export interface TimeUnit {
  /** Units in a second; 0 if that needs more than a double holds with ease, and `exact` says it. */
  readonly perSecond: number;
  /** Nanoseconds are the rest of the units times `multiply`, divided by `divide`. */
  readonly multiply: number;
  readonly divide: number;
  readonly exact: bigint;
  /** Seconds to add to every time. */
  readonly offset: number;
}

/** @param resolution if_tsresol's byte: the top bit chooses powers of two, the others are the negative exponent */
export function timeUnit(resolution: number, offset: bigint): TimeUnit {
  const exponent = resolution & 0x7f;
  const isBinary = (resolution & 0x80) !== 0;
  const exact = (isBinary ? 2n : 10n) ** BigInt(exponent);
  // A rest below 2^23 times 10^9 is exact in a double; so is one below 10^9 with powers of ten that end there.
  const fits = isBinary ? exponent <= 23 : exponent <= 9;
  return {
    perSecond: fits ? Number(exact) : 0,
    multiply: isBinary ? 1e9 : 10 ** (9 - exponent),
    divide: isBinary ? Number(exact) : 1,
    exact,
    offset: Number(offset),
  };
}

/** Writes a time to `seconds[at]` and `nanoseconds[at]`, whole nanoseconds, never rounded up. */
export function writeTime(
  unit: TimeUnit,
  high: number,
  low: number,
  seconds: Float64Array,
  nanoseconds: Int32Array,
  at: number,
): void {
  const { perSecond } = unit;
  if (perSecond === 0) {
    const units = (BigInt(high) << 32n) | BigInt(low);
    seconds[at] = Number(units / unit.exact) + unit.offset;
    nanoseconds[at] = Number(((units % unit.exact) * 1_000_000_000n) / unit.exact);
    return;
  }
  // Long division, 16 bits at a time: no intermediate value passes 2^46.
  let quotient = Math.floor(high / perSecond);
  let rest = high - quotient * perSecond;
  let part = rest * 65536 + (low >>> 16);
  let digit = Math.floor(part / perSecond);
  rest = part - digit * perSecond;
  quotient = quotient * 65536 + digit;
  part = rest * 65536 + (low & 0xffff);
  digit = Math.floor(part / perSecond);
  rest = part - digit * perSecond;
  seconds[at] = quotient * 65536 + digit + unit.offset;
  nanoseconds[at] = Math.floor((rest * unit.multiply) / unit.divide);
}
