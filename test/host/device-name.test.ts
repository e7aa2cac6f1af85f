/** Names of devices as bytes, beside UTF-8's own rules (RFC 3629, section 4) read by hand. */
import { describe, expect, it } from 'vitest';
import { bytesOfName, deviceMeant, nameOfBytes } from '../../src/host/device-name.ts';
import { printable } from '../../src/text/printable.ts';

describe.each([
  ['ASCII', [0x65, 0x74, 0x68, 0x30], 'eth0', 'eth0'],
  ['UTF-8', [0xc3, 0xbc, 0x30], 'ü0', '\\xfc0'],
  ['no UTF-8 at all', [0xff, 0xfe], '\udcff\udcfe', '\\xff\\xfe'],
  ['a character that breaks off', [0x61, 0xe2, 0x82], 'a\udce2\udc82', 'a\\xe2\\x82'],
  ['between characters', [0xe2, 0x82, 0xac, 0x80, 0x61], '€\udc80a', '\\u{20ac}\\x80a'],
  ['longer than it needs to be', [0xc0, 0xaf], '\udcc0\udcaf', '\\xc0\\xaf'],
])('%s', (_what, bytes, name, printed) => {
  it('is a string from which the bytes come back', () => {
    expect(nameOfBytes(Uint8Array.from(bytes))).toBe(name);
    expect([...bytesOfName(name)]).toEqual(bytes);
    expect(printable(name)).toBe(printed);
  });
});

describe('the device that is meant', () => {
  const names = ['eth0', '\udcff\udcfe', '\udcff', '\udcfe', '\\xfe', 'constructor'];
  it.each([
    ['eth0', 'eth0'],
    ['\\xff\\xfe', '\udcff\udcfe'],
    ['\\xfe', '\\xfe'],
    ['\ufffd\ufffd', '\udcff\udcfe'],
    // Two could be meant.
    ['\ufffd', undefined],
    ['constructor', 'constructor'],
    ['__proto__', undefined],
  ])('%s', (wanted, meant) => {
    expect(deviceMeant(wanted, names)).toBe(meant);
  });
});
