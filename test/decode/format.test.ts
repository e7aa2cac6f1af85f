/** Values as text: held against inet_ntop's own words where there is one, and against Wireshark's. */
import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldIndex } from '../../src/decode/field-index.ts';
import { span } from '../../src/decode/fields.ts';
import {
  escapePacketText,
  etherText,
  fieldText,
  hexText,
  ipv4Text,
  ipv6Text,
} from '../../src/decode/format.ts';
import { LayerStack } from '../../src/decode/layer-stack.ts';
import type { Field } from '../../src/decode/protocol.ts';
import { protocols } from '../../src/decode/registry.ts';
import { hex, viewOf } from '../support/decoding.ts';

describe('addresses', () => {
  it('IPv4', () => {
    expect(ipv4Text(viewOf(hex('00 0a0100ff')), 1)).toBe('10.1.0.255');
  });

  it('Ethernet', () => {
    expect(etherText(viewOf(hex('00 0a0100ff0203')), 1)).toBe('0a:01:00:ff:02:03');
  });

  // RFC 5952, sections 4 and 5, and inet_ntop for addresses that hold an IPv4 address.
  it.each([
    ['0000 0000 0000 0000 0000 0000 0000 0000', '::'],
    ['0000 0000 0000 0000 0000 0000 0000 0001', '::1'],
    ['2001 0db8 0000 0000 0000 0000 0000 0001', '2001:db8::1'],
    ['2001 0db8 0000 0001 0001 0001 0001 0001', '2001:db8:0:1:1:1:1:1'],
    ['2001 0000 0000 0001 0000 0000 0000 0001', '2001:0:0:1::1'],
    ['2001 0db8 0000 0000 0001 0000 0000 0001', '2001:db8::1:0:0:1'],
    ['fe80 0000 0000 0000 0000 0000 0000 0000', 'fe80::'],
    ['0000 0000 0000 0000 0000 ffff c000 0201', '::ffff:192.0.2.1'],
    ['0000 0000 0000 0000 0000 0000 c000 0201', '::192.0.2.1'],
    ['0000 0000 0000 0000 ffff 0000 c000 0201', '::ffff:0:c000:201'],
    ['0001 0002 0003 0004 0005 0006 0007 0008', '1:2:3:4:5:6:7:8'],
    ['0000 0002 0003 0004 0005 0006 0007 0000', '0:2:3:4:5:6:7:0'],
  ])('IPv6 %s is %s', (bytes, text) => {
    expect(ipv6Text(viewOf(hex(bytes)), 0)).toBe(text);
  });

  it('any IPv6 address reads back as the same bytes', () => {
    const group = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const view = new DataView(new ArrayBuffer(16));
        for (const [i, value] of groups.entries()) view.setUint16(i * 2, value);
        const text = ipv6Text(view, 0);
        expect(isIPv6(text)).toBe(true);
        // The URL parser of Node reads and writes addresses on its own account, without dotted quads.
        const written = groups.map((value) => value.toString(16)).join(':');
        expect(new URL(`http://[${text}]`).host).toBe(new URL(`http://[${written}]`).host);
      }),
    );
  });
});

describe('text from packets', () => {
  it.each([
    ['plain ASCII', 'plain ASCII'],
    ['a\nb\tc\0', 'a\\x0ab\\x09c\\x00'],
    ['\u001b[31mred\u0007', '\\x1b[31mred\\x07'],
    ['back\\slash', 'back\\\\slash'],
    ['\u007f', '\\x7f'],
    ['é', '\\xc3\\xa9'],
    ['\u009b31m', '\\xc2\\x9b31m'],
  ])('%j is written %s', (text, escaped) => {
    const bytes = new TextEncoder().encode(text);
    expect(escapePacketText(viewOf(bytes), 0, bytes.length)).toBe(escaped);
  });
});

describe('numbers', () => {
  it.each([
    [0x40, 8, '0x40'],
    [0x7d, 16, '0x007d'],
    [2, 3, '0x2'],
    [2, 12, '0x002'],
    [0xabcde, 20, '0xabcde'],
  ])('%i in %i bits is %s', (value, width, text) => {
    expect(hexText(value, width)).toBe(text);
  });

  const stack = new LayerStack();
  const text = (filter: string, bytes: string) =>
    fieldText(fieldIndex.get(filter)?.[0]?.field as Field, viewOf(hex(bytes)), 0, stack, 0);
  const ipv4 = '45 00 0054 7548 4000 3f 11 6d3c ac100002 ac100102';

  // As Wireshark's tree has them for the same bytes.
  it.each([
    ['ip.ttl', ipv4, '63'],
    ['ip.proto', ipv4, 'UDP (17)'],
    ['ip.proto', ipv4.replace('3f 11', '3f fc'), '252'],
    ['ip.checksum', ipv4, '0x6d3c'],
    ['ip.flags', ipv4, '0x2'],
    ['ip.flags.df', ipv4, 'Set'],
    ['ip.flags.mf', ipv4, 'Not set'],
    ['ip.hdr_len', ipv4, '20'],
    ['ip.src', ipv4, '172.16.0.2'],
    ['eth.type', '020000000002 020000000001 86dd', 'IPv6 (0x86dd)'],
    ['eth.dst', '020000000002 020000000001 86dd', '02:00:00:00:00:02'],
  ])('%s', (filter, bytes, expected) => {
    expect(text(filter, bytes)).toBe(expected);
  });
});

describe('bytes', () => {
  const field = (kind: 'bytes' | 'text'): Field => ({
    key: 'value',
    label: '',
    about: '',
    kind,
    bit: 0,
    width: 0,
    span: (view) => span(0, view.byteLength),
  });
  const shown = (kind: 'bytes' | 'text', bytes: Uint8Array) =>
    fieldText(field(kind), viewOf(bytes), 0, new LayerStack(), 0);

  it('are all shown where they are few', () => {
    expect(shown('bytes', new Uint8Array(36).fill(0xab))).toBe('ab'.repeat(36));
  });

  it('end in an ellipsis where they are many', () => {
    expect(shown('bytes', new Uint8Array(37).fill(0xab))).toBe(`${'ab'.repeat(36)}…`);
    expect(shown('text', new Uint8Array(500).fill(0x41))).toBe(`${'A'.repeat(240)}…`);
  });
});

describe('field index', () => {
  /** `protocol.key` of the fields with a name; of a header that broke off apart, as those are the same fields. */
  const fieldsOf = (name: string, isPartial: boolean): string[] =>
    (fieldIndex.get(name) ?? [])
      .filter(({ protocol }) => (protocols[protocol]?.isPartial === true) === isPartial)
      .map(({ protocol, field }) => `${protocols[protocol]?.name}.${field.key}`);

  it.each([
    ['ip.addr', ['ip.src', 'ip.dst'], ['ip.src', 'ip.dst']],
    ['ip.version', ['ip.version', 'ipv6.version'], ['ip.version']],
    ['sll.etype', ['sll.etype', 'sll2.etype'], []],
  ])('has under %s every field of that name', (name, whole, partial) => {
    expect(fieldsOf(name, false).sort()).toEqual([...whole].sort());
    expect(fieldsOf(name, true)).toEqual(partial);
  });

  it('tells something about every field, in whole sentences', () => {
    for (const [name, entries] of fieldIndex) {
      for (const { field } of entries) {
        expect(field.label, name).not.toBe('');
        expect(field.about, name).toMatch(/^[A-Z0-9].*\.$/s);
      }
    }
  });
});
