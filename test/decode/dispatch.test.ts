import { describe, expect, it } from 'vitest';
import { compileTables } from '../../src/decode/dispatch.ts';
import type { Attachment, Protocol } from '../../src/decode/protocol.ts';
import { BY, BY_SHIFT, STOP } from '../../src/decode/protocol.ts';
import { protocols } from '../../src/decode/registry.ts';

function protocol(name: string, ...attach: Attachment[]): Protocol {
  return { name, title: name, short: name, reference: '', about: '', attach, fields: [], decode: () => STOP };
}
const nothing = protocol('data');

describe('dispatch tables', () => {
  it('answer data (0) for what nobody claims', () => {
    const { etherType, ipProtocol, udpPort, link } = compileTables([nothing]);
    expect([etherType[0x800], ipProtocol[17], udpPort[9000], link[1]]).toEqual([0, 0, 0, 0]);
  });

  it('hold the protocol’s number, and how a tunnel is recognised', () => {
    const { udpPort } = compileTables([
      nothing,
      protocol('a', { table: 'udp.port', values: [4789], tunnel: 'port' }),
    ]);
    expect(udpPort[4789]).toBe(1 | (BY.port << BY_SHIFT));
  });

  it.each([
    [
      'two protocols claim one value',
      { table: 'ethertype', values: [5, 5] },
      'a: ethertype 5 is already taken or out of range',
    ],
    [
      'a value is out of range',
      { table: 'ip.proto', values: [256] },
      'a: ip.proto 256 is already taken or out of range',
    ],
  ] as const)('refuse to be made where %s', (_title, attachment, message) => {
    expect(() => compileTables([nothing, protocol('a', attachment)])).toThrow(message);
  });

  it('ask only guesses that a payload’s first byte leaves open', () => {
    const prove = () => true;
    const { udpGuesses } = compileTables([
      nothing,
      protocol('a', { table: 'udp.guess', firstByte: [0x45, 0x4f], prove }),
      protocol('b', { table: 'udp.guess', prove }),
    ]);
    const asked = (first: number) => udpGuesses[first]?.map(({ entry }) => entry & 0xff);
    expect([0x44, 0x45, 0x4f, 0x50, 0, 255].map(asked)).toEqual([[2], [1, 2], [1, 2], [2], [2], [2]]);
  });
});

describe('the registry', () => {
  it('has data at 0, and every name once, but for headers that break off', () => {
    expect(protocols[0]?.name).toBe('data');
    const whole = protocols.filter(({ isPartial }) => isPartial !== true);
    expect(new Set(whole.map(({ name }) => name)).size).toBe(whole.length);
  });

  it('gives every field of a protocol a key of its own, but for aliases', () => {
    for (const { name, fields } of protocols) {
      const keys = fields
        .filter(({ hidden, each }) => hidden !== true && each === undefined)
        .map(({ key }) => key);
      expect(new Set(keys).size, name).toBe(keys.length);
      // JSON has these of every layer.
      for (const taken of ['protocol', 'offset', 'length', 'level', 'by', 'quoted']) {
        expect(keys, name).not.toContain(taken);
      }
    }
  });
});
