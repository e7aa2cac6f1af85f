import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/output/byte-writer.ts';
import { plainAscii, template } from '../../src/output/template.ts';
import { hex, viewOf } from '../support/decoding.ts';

/** What the parts write, one behind the other. */
function written(...parts: readonly ((out: ByteWriter) => void)[]): string {
  const out = new ByteWriter();
  for (const part of parts) part(out);
  return Buffer.from(out.take()).toString('latin1');
}

const POWERS = Array.from({ length: 16 }, (_, i) => 10 ** i);
const NUMBERS = [
  0,
  ...POWERS.flatMap((power) => [power - 1, power, power + 1, power * 9]),
  255,
  256,
  65535,
  65536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
].filter((value) => value <= Number.MAX_SAFE_INTEGER);

describe('numbers', () => {
  it.each(NUMBERS)('%d in decimal', (value) => {
    expect(written((out) => out.uint(value))).toBe(String(value));
  });

  it('each number up to 70,000 in decimal, one behind the other', () => {
    const expected = Array.from({ length: 70_000 }, (_, i) => String(i)).join(' ');
    const text = written((out) => {
      for (let i = 0; i < 70_000; i++) {
        if (i > 0) out.spaces(1);
        out.uint(i);
      }
    });
    expect(text).toBe(expected);
  });

  it.each(NUMBERS)('%d in hexadecimal', (value) => {
    for (const digits of [0, 1, 2, 4, 8, 14]) {
      expect(written((out) => out.hex(value, digits))).toBe(value.toString(16).padStart(digits, '0'));
    }
  });

  it.each([
    [0, 0, '0.000000000'],
    [1795367416, 230652000, '1795367416.230652000'],
    [-1, 999995000, '-0.000005000'],
    [-2, 0, '-2.000000000'],
    [2 ** 40, 1, '1099511627776.000000001'],
  ])('%d s and %d ns', (seconds, nanoseconds, expected) => {
    expect(written((out) => out.time(seconds, nanoseconds))).toBe(expected);
  });
});

describe('addresses', () => {
  it.each([
    ['00000000', '0.0.0.0'],
    ['0a01000a', '10.1.0.10'],
    ['c0a80a63', '192.168.10.99'],
    ['ffffffff', '255.255.255.255'],
    ['096364c7', '9.99.100.199'],
  ])('%s as a dotted quad', (digits, expected) => {
    expect(written((out) => out.ipv4(viewOf(hex(digits)), 0))).toBe(expected);
    expect(written((out) => out.ipv4Number(Number.parseInt(digits, 16)))).toBe(expected);
  });

  // The examples of RFC 5952, sections 1 to 5, and RFC 4291, 2.2.
  it.each([
    ['20010db8000000000000000000020001', '2001:db8::2:1'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['20010000000000010000000000000001', '2001:0:0:1::1'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['20010db8aaaabbbbccccddddeeeeaaaa', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['ff020000000000000000000000000001', 'ff02::1'],
    ['20010db8000000000000000000000000', '2001:db8::'],
    ['00010002000300040005000600070000', '1:2:3:4:5:6:7:0'],
    ['00000001000200030004000500060007', '0:1:2:3:4:5:6:7'],
    ['00000000000000000000ffffc0000280', '::ffff:192.0.2.128'],
    ['0064ff9b0000000000000000c0000221', '64:ff9b::c000:221'],
  ])('%s as an IPv6 address', (digits, expected) => {
    expect(written((out) => out.ipv6(viewOf(hex(digits)), 0))).toBe(expected);
  });

  it('an Ethernet address', () => {
    expect(written((out) => out.ether(viewOf(hex('00 ff f6 3b 83 ef 2b af')), 2))).toBe('f6:3b:83:ef:2b:af');
  });
});

describe('text', () => {
  it.each(['', 'a', '1234567', '12345678', '123456789', 'x'.repeat(1000)])(
    'constants of any length: %s',
    (text) => {
      expect(written((out) => out.text(text))).toBe(text);
      expect(written((out) => out.template(template(text)))).toBe(text);
      // Once more, out of what is kept, and with something behind it.
      expect(written(...[text, text, '!'].map((part) => (out: ByteWriter) => out.text(part)))).toBe(
        `${text}${text}!`,
      );
    },
  );

  it('different constants of one length and first letter', () => {
    expect(written((out) => ['abc', 'abd', 'abc', 'axy'].map((text) => out.text(text)))).toBe('abcabdabcaxy');
  });

  it('labels with typographic characters become plain', () => {
    expect(plainAscii('Don’t “guess” – ever… → ü')).toBe('Don\'t "guess" - ever... > ?');
    expect(plainAscii('\u001b[31m\u0007\r')).toBe('?[31m??');
  });

  it.each([0, 1, 7, 8, 9, 100])('%d spaces', (count) => {
    expect(
      written(
        (out) => out.spaces(count),
        (out) => out.text('|'),
      ),
    ).toBe(`${' '.repeat(count)}|`);
  });

  it('pads up to a column and never cuts', () => {
    expect(
      written(
        (out) => out.text('abc'),
        (out) => out.padTo(0, 5),
        (out) => out.text('|'),
      ),
    ).toBe('abc  |');
    expect(
      written(
        (out) => out.text('abcdef'),
        (out) => out.padTo(0, 5),
        (out) => out.text('|'),
      ),
    ).toBe('abcdef|');
  });
});

describe('what comes from packets', () => {
  const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);

  it('is escaped for a terminal', () => {
    const text = written((out) => out.packetText(viewOf(everyByte), 0, 256));
    expect(text).toMatch(/^[ -~]*$/);
    // Read back by its own rule, it is what it was.
    const bytes = text.replace(/\\(\\|x(..))/g, (_, kind: string, digits: string) =>
      kind === '\\' ? '\\' : String.fromCharCode(Number.parseInt(digits, 16)),
    );
    expect(bytes).toBe(String.fromCharCode(...everyByte));
    expect(text).toContain('\\x1b');
  });

  it('is escaped for JSON', () => {
    const text = written((out) => out.jsonText(viewOf(everyByte), 0, 256));
    expect(text).toMatch(/^[ -~]*$/);
    expect(JSON.parse(`"${text}"`)).toBe(String.fromCharCode(...everyByte));
  });

  it.each(['eth0', '', '"\\', 'wlan\u001b[2J', 'ü→\u{1f980}', '\ud800'])('names from files: %j', (name) => {
    const json = written((out) => out.jsonString(name));
    expect(json).toMatch(/^[ -~]*$/);
    expect(JSON.parse(json)).toBe(name);
    expect(written((out) => out.foreign(name))).toMatch(/^[ -~]*$/);
  });

  it('bytes in hexadecimal', () => {
    expect(written((out) => out.hexBytes(viewOf(everyByte), 0, 256))).toBe(
      Buffer.from(everyByte).toString('hex'),
    );
    expect(written((out) => out.hexBytes(viewOf(everyByte), 5, 5))).toBe('');
    expect(written((out) => out.hexBytes(viewOf(everyByte), 5, 4))).toBe('');
  });
});

describe('the buffer', () => {
  it('grows in the middle of anything, and keeps what was there', () => {
    const bytes = new Uint8Array(65535).fill(7);
    const parts: ((out: ByteWriter) => void)[] = [
      (out) => out.text('some text'),
      (out) => out.uint(123456789),
      (out) => out.hexBytes(viewOf(bytes), 0, bytes.length),
      (out) => out.packetText(viewOf(bytes), 0, 999),
      (out) => out.spaces(333),
      (out) => out.ipv6(viewOf(bytes), 0),
      (out) => out.jsonString('\n'.repeat(5000)),
    ];
    let expected = '';
    const text = written((out) => {
      for (let i = 0; i < 70; i++) {
        const part = parts[i % parts.length] as (typeof parts)[number];
        expected += written(part);
        part(out);
      }
    });
    expect(text.length).toBeGreaterThan(1 << 20);
    expect(text === expected).toBe(true);
  });

  it('is empty and usable again after take and clear', () => {
    const out = new ByteWriter();
    out.text('first');
    expect(Buffer.from(out.take()).toString()).toBe('first');
    expect(out.length).toBe(0);
    out.text('lost');
    out.clear();
    out.text('second');
    expect(out.toString()).toBe('second');
    expect(out.toString(3)).toBe('ond');
    expect(Buffer.from(out.take()).toString()).toBe('second');
  });
});
