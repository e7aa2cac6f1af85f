/** Tunnels that can't be opened, for people: how many packets of which size went each way. */
import { tunnelLine } from '../exchange/tunnel-words.ts';
import type { EncryptedSize, VerdictEncrypted } from '../finding/encrypted-tunnel.ts';
import { counted, wrap } from '../text/words.ts';
import { MOST_ROWS, type Paint } from './report-words.ts';

const NUMBERS = [
  ['there', 9],
  ['back', 9],
] as const;
const FITS = 'fits';
/** As wide as the other tables' last columns. */
const RIGHT = 46;

export function encryptedLines(rows: readonly VerdictEncrypted[], width: number, paint: Paint): string[] {
  if (rows.length === 0) return [];
  const left = width - RIGHT;
  const numbers = (texts: readonly string[]) =>
    NUMBERS.map(([, columns], i) => (texts[i] ?? '').padStart(columns)).join('');
  const head = numbers(NUMBERS.map(([name]) => name));
  const lines = [paint('dim', `${'encrypted'.padEnd(left)}${head}  ${FITS}`)];
  for (const row of rows.slice(0, MOST_ROWS)) {
    const { handshakes, keepalives } = row;
    lines.push(...wrap(tunnelLine({ ...row, by: 'protocol' }), width, 4), ...spiLine(row));
    for (const size of row.sizes) {
      const { there, back, fits } = size;
      const what = fits === undefined ? '' : `  pings of ${fits} bytes`;
      const name = `  ${sizeName(size)}`;
      // The numbers go on a line of their own where their name leaves no room.
      if (name.length >= left) lines.push(name);
      const beside = name.length >= left ? '' : name;
      lines.push(`${beside.padEnd(left)}${numbers([`${there}`, `${back}`])}${what}`);
    }
    if (handshakes > 0) lines.push(`  ${counted(handshakes, 'handshake message')}`);
    if (keepalives > 0) lines.push(`  ${counted(keepalives, 'keepalive')}`);
  }
  return lines;
}

function sizeName({ bytes, inside }: EncryptedSize): string {
  if (inside === undefined) return `${bytes} bytes`;
  const [from, to] = inside;
  return `${bytes} bytes, ${from === to ? from : `${from}-${to}`} inside`;
}

function spiLine({ spi, backSpi }: VerdictEncrypted): string[] {
  const texts = [spi, backSpi].map((one) =>
    one === undefined ? '-' : `0x${one.toString(16).padStart(8, '0')}`,
  );
  return spi === undefined && backSpi === undefined ? [] : [`  spi ${texts[0]}, back ${texts[1]}`];
}
