import { describe, expect, it } from 'vitest';
import {
  compareLevels,
  comparisonOf,
  costText,
  encapsulationCost,
  linkedRow,
  shareText,
} from '../../src/explain/comparison.ts';
import { findRow } from '../../src/output/outline.ts';
import { type CapturedPacket, readCapture } from '../support/captures.ts';
import { lessonFrom, lessonOf } from '../support/lessons.ts';

// Header bytes counted by hand: IPv4 20, UDP 8, TUN packet information 4, VXLAN 8, inner Ethernet 14.
const costs: readonly (readonly [string, string, number, number, number])[] = [
  ['fixtures/socat.pcap', 'UDP and packet information', 116, 84, 20 + 8 + 4],
  ['fixtures/socat-nopi.pcap', 'UDP', 112, 84, 20 + 8],
  ['fixtures/socat-tap.pcap', 'UDP and Ethernet', 126, 84, 20 + 8 + 14],
  ['fixtures/vxlan.pcap', 'VXLAN', 134, 84, 20 + 8 + 8 + 14],
  ['fixtures/ipip.pcap', 'IP-in-IP', 104, 84, 20],
];

describe('what encapsulation costs', () => {
  it.each(costs)('%s: %s', async (path, _tunnel, outer, inner, overhead) => {
    const echo = await firstEcho(path);
    expect(encapsulationCost(echo.outline, 0)).toEqual({ outer, inner, overhead });
    expect(costText({ outer, inner, overhead })).toContain(
      `an inner packet can have at most ${1500 - overhead} bytes`,
    );
  });

  it('is not told of a packet in no tunnel', async () => {
    const { outline } = await lessonFrom('fixtures/route.pcap', 1);
    expect(encapsulationCost(outline, 0)).toBeUndefined();
    expect(compareLevels(outline, 0)).toEqual([]);
  });
});

describe('outer and inner side by side', () => {
  it('links the fields that mean the same', async () => {
    const { outline } = await firstEcho('fixtures/vxlan.pcap');
    const rows = compareLevels(outline, 0).map(({ label, outer, inner }) => [
      label,
      outer?.value,
      inner?.value,
    ]);
    expect(rows).toContainEqual(['Source', '10.1.0.10', '172.16.0.2']);
    expect(rows).toContainEqual(['Destination', '10.2.0.10', '172.16.1.2']);
    expect(rows).toContainEqual(['Time to live', '64', '63']);
    expect(rows).toContainEqual(['Length', '134', '84']);
  });

  it.each([
    ['the same', 0x00, 0x00, /^The same/],
    ['not copied', 0x00, 0xb8, /^Not copied/],
  ])('judges DSCP: %s', async (_name, outer, inner, says) => {
    const [packet] = await readCapture('fixtures/ipip.pcap');
    const bytes = (packet as CapturedPacket).bytes.slice();
    // The second byte of either IPv4 header (RFC 791, section 3.1), behind 14 of Ethernet.
    bytes[14 + 1] = outer;
    bytes[14 + 20 + 1] = inner;
    const rows = compareLevels(lessonOf(bytes).outline, 0);
    expect(rows.find(({ label }) => label === 'DSCP')?.says).toMatch(says);
  });
});

/** The first packet of a capture that is a ping. */
async function firstEcho(path: string) {
  for (let number = 1; ; number++) {
    const lesson = await lessonFrom(path, number);
    if (lesson.steps.some(({ layer }) => layer.protocol === 'icmp' && !layer.isQuoted)) return lesson;
  }
}

describe('the field to compare with', () => {
  const ttl = { level: 0, protocol: 'ip', occurrence: 0, key: 'ttl' };

  // Packets of make-fixtures.py: 1 IPv4 in IPv4, 2 IPv6 in IPv4, 3 IPv4 in IPv6; TTL and hop limit 64 outside, 63 inside.
  it.each([
    [1, 'ip', 'ttl', 'ip', 'ttl'],
    [2, 'ip', 'ttl', 'ipv6', 'hlim'],
    [2, 'ip', 'len', 'ipv6', 'plen'],
    [3, 'ipv6', 'hlim', 'ip', 'ttl'],
    [3, 'ipv6', 'tclass.dscp', 'ip', 'dsfield.dscp'],
  ])('in packet %d: %s %s and %s %s', async (number, outer, outerKey, inner, innerKey) => {
    const { outline } = await lessonFrom('fixtures/generated/tunnels.pcap', number);
    const [outside, inside] = [
      findRow(outline, { level: 0, protocol: outer, occurrence: 0, key: outerKey }),
      findRow(outline, { level: 1, protocol: inner, occurrence: 0, key: innerKey }),
    ];
    expect([outside, inside]).not.toContain(undefined);
    expect(linkedRow(outline, outside)).toBe(inside);
    expect(linkedRow(outline, inside)).toBe(outside);
  });

  it('is on the pair of levels that the field is the outer one of, else of the one that it is the inner one of', async () => {
    const { outline } = await lessonFrom('fixtures/generated/tunnels.pcap', 9);
    expect([0, 1, 2, 3].map((level) => comparisonOf(outline, { ...ttl, level })?.pair)).toEqual([0, 1, 2, 2]);
  });

  it('is none where nothing links them', async () => {
    const { outline } = await lessonFrom('fixtures/generated/tunnels.pcap', 2);
    expect(comparisonOf(outline, { ...ttl, key: 'proto' })).toBeUndefined();
    expect(linkedRow(outline, findRow(outline, { ...ttl, key: 'proto' }))).toBeUndefined();
    expect(linkedRow(outline, undefined)).toBeUndefined();
  });
});

it('tells the share for a title', () => {
  expect(shareText({ inner: 84, outer: 116, overhead: 32 })).toBe('32 of 116 bytes (28 %)');
});
