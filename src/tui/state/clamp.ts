/** The nearest number to `value` from `low` to `high`; `low` where that is empty. */
export function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
