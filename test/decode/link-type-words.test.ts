import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { linkTypeInWords, notDecodedText } from '../../src/decode/link-type-words.ts';

const hasTcpdump = spawnSync('tcpdump', ['--version']).status === 0;

/** What tcpdump calls the link type of a pcap file without packets. */
function tcpdumpName(linkType: number): string | undefined {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(linkType, 20);
  const { stderr } = spawnSync('tcpdump', ['-r', '-'], { input: header, encoding: 'utf8' });
  return /link-type (\w+)/.exec(stderr)?.[1];
}

describe('link types in words', () => {
  it.skipIf(!hasTcpdump).each([1, 100, 106, 189, 220, 239, 249, 253, 258, 289])(
    '%i: as tcpdump names it',
    (linkType) => {
      expect(linkTypeInWords(linkType)).toBe(`${tcpdumpName(linkType)} (${linkType})`);
    },
  );

  it('a number without a name', () => {
    expect(linkTypeInWords(147)).toBe('147');
    expect(notDecodedText(65_000)).toBe('link type 65000 is not decoded');
  });
});
