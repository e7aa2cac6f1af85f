/** Numbers in few cells. */

/** Thousands apart, so that large counts can be read. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A figure in about four digits: 0.12, 1.34, 512, 9999, 13.4 k, 2.10 M. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return '-';
  for (const { from, unit, name } of UNITS) if (value >= from) return `${digits(value / unit)} ${name}`;
  return Number.isInteger(value) ? String(value) : digits(value);
}

/** Thousands up to ten of them are written out. */
const UNITS = [
  { from: 1e12, unit: 1e12, name: 'T' },
  { from: 1e9, unit: 1e9, name: 'G' },
  { from: 1e6, unit: 1e6, name: 'M' },
  { from: 1e4, unit: 1e3, name: 'k' },
] as const;

function digits(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
