/** No bytes crash the verdict, make it miscount, or reach the terminal as they are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReport } from '../../src/verdict/report.ts';
import {
  type CapturedPacket,
  generatedCaptures,
  labCaptures,
  programCaptures,
  readCapture,
  streamCaptures,
} from '../support/captures.ts';
import { judge, type TimedPacket } from '../support/pings.ts';

const SYN = 2;
const PRINTABLE = /^[ -~→\n]*$/;

function holds(packets: readonly TimedPacket[]): void {
  const verdict = judge(packets);
  expect(verdict.answered + verdict.unanswered).toBe(verdict.requests);
  expect(formatReport(verdict)).toMatch(PRINTABLE);
  expect(JSON.stringify(verdict)).toMatch(PRINTABLE);
}

it('a segment in a stream that is followed, with a header changed', async () => {
  const packets = await readCapture('fixtures/streams/socat-tun-tcp-flood.pcap');
  const [before, segment] = [packets[17], packets[29]].map((packet) =>
    (packet as CapturedPacket).bytes.slice(),
  );
  (segment as Uint8Array)[78] = 0;
  holds(
    [before, segment].map((bytes) => ({
      bytes: bytes as Uint8Array,
      time: 0,
      linkType: 1,
      interfaceIndex: 0,
    })),
  );
});

describe('mutated packets of every capture', () => {
  it.each([
    ...[...labCaptures, ...generatedCaptures, ...streamCaptures].map((path) => [path, [path]] as const),
    ['tunnel programs', programCaptures] as const,
  ])('%s', async (_what, paths) => {
    const packets = (await Promise.all(paths.map(readCapture))).flat();
    const linkTypes = [...new Set(packets.map(({ linkType }) => linkType))];
    const mutation = fc.record({
      packet: fc.constantFrom(...packets),
      at: fc.nat(200),
      value: fc.nat(255),
      length: fc.nat(300),
      time: fc.integer({ min: -5e9, max: 5e9 }),
    });
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 60 }), (mutations) => {
        holds(
          mutations.map(({ packet, at, value, length, time }) => {
            const bytes = packet.bytes.slice(0, length < 150 ? length : undefined);
            if (at < bytes.length) bytes[at] = value;
            return {
              bytes,
              time,
              linkType: packet.linkType,
              interfaceIndex: linkTypes.indexOf(packet.linkType),
            };
          }),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('a SYN with options, cut at every byte', async () => {
    const { bytes, linkType } = (await readCapture('fixtures/generated/options.pcap'))[24] as CapturedPacket;
    expect([bytes.length, bytes[47]]).toEqual([74, SYN]);
    for (let length = 1; length < bytes.length; length++)
      holds([{ bytes: bytes.slice(0, length), time: 0, linkType, interfaceIndex: 0 }]);
  });

  it('random bytes', () => {
    const packet = fc.record({ bytes: fc.uint8Array({ maxLength: 120 }), time: fc.nat(1e9) });
    fc.assert(fc.property(fc.array(packet, { maxLength: 40 }), holds));
  });
});
