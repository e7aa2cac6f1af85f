/** Packets longer than IP's length fields can say: jumbograms (RFC 2675), and what Linux hands to a card as one ("BIG TCP"). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fold, pseudoHeaderSum, sumWords } from '../../src/decode/checksum.ts';
import { compareCapture, tsharkVocabulary } from '../support/agreement.ts';
import { ethernetFrame, ipv4Packet, ipv6Packet, join, patched, udpDatagram } from '../support/build.ts';
import { decodeBytes, fieldTexts, hex, issuesText, layersText, viewOf } from '../support/decoding.ts';
import { KNOWN_DIFFERENCES } from '../support/known-differences.ts';
import { hasTshark } from '../support/tshark.ts';

/** As much as a field of bytes shows. */
const BODY = Uint8Array.from({ length: 65_520 }, (_, i) => i & 0xff);
const JUMBO = 0xffff + 1;

function digits(value: number, bytes: number): string {
  return value.toString(16).padStart(bytes * 2, '0');
}

/** A TCP segment, with the checksum for the addresses of ipv6Packet. */
function segment(): Uint8Array {
  const bare = join('9c47 9c48 00000001 00000002 5010 2000 0000 0000', BODY);
  const addresses = viewOf(ipv6Packet(6, new Uint8Array()));
  const sum = pseudoHeaderSum(addresses, 8, 32, 6, bare.length) + sumWords(viewOf(bare), 0, bare.length);
  return patched(bare, 16, digits(0xffff - fold(sum), 2));
}

/** IPv6 that leaves its length open. */
function open6(nextHeader: number, payload: Uint8Array): Uint8Array {
  return patched(ipv6Packet(nextHeader, payload), 4, '0000');
}

/** IPv6 with a hop-by-hop header that has the jumbo payload option. */
function jumbo(length: number, payload: Uint8Array, next = 6): Uint8Array {
  return open6(0, join(digits(next, 1), '00 c2 04', digits(length, 4), payload));
}

const frame6 = (packet: Uint8Array) => ethernetFrame('86dd', packet);
const jumbogram = frame6(jumbo(8 + segment().length, segment()));
const openUdp = patched(
  udpDatagram(4789, join('08000000 00002a00', frame6(open6(6, segment())))),
  4,
  '0000 0000',
);
const tunneled = ethernetFrame('0800', patched(ipv4Packet(17, openUdp), 2, '0000'));

describe('a jumbogram', () => {
  it('is as long as its option says, and what is behind it is padding', () => {
    const decoded = decodeBytes(join(jumbogram, '000000000000'));
    expect(layersText(decoded.stack)).toBe('eth:ipv6:ipv6.hopopts:tcp:data');
    expect(issuesText(decoded.stack)).toEqual([]);
    expect(fieldTexts(decoded, 'ipv6.opt.jumbo')).toEqual(['65548']);
    expect(fieldTexts(decoded, 'data.len')).toEqual(['65520']);
    expect(fieldTexts(decoded, 'tcp.checksum.status')).toEqual(['good']);
  });

  it('finds the option behind others', () => {
    const rest = segment();
    const header = join('06 01 00 05020000 00 c204', digits(16 + rest.length, 4), '00 00');
    const decoded = decodeBytes(join(frame6(open6(0, join(header, rest))), '00'));
    expect([fieldTexts(decoded, 'data.len'), issuesText(decoded.stack)]).toEqual([['65520'], []]);
  });

  it.each([
    ['truncated', 'where the capture cut it', jumbogram.length, jumbogram.length + 100],
    ['malformed', 'where the packet is shorter', jumbogram.length, jumbogram.length],
  ])('is %s %s', (code, _where, length, originalLength) => {
    const longer = frame6(jumbo(8 + segment().length + 100, segment()));
    const { stack } = decodeBytes(longer.slice(0, length), { originalLength });
    expect(issuesText(stack)).toEqual([`${code} 58 IPv6 jumbo payload length 65648>65548`]);
    expect(layersText(stack)).toBe('eth:ipv6:ipv6.hopopts:tcp:data');
  });

  it('with a length that the plain field could say is malformed, and read to the end', () => {
    const decoded = decodeBytes(frame6(jumbo(JUMBO - 1, segment())));
    expect(issuesText(decoded.stack)).toEqual([
      'malformed 58 IPv6 jumbo payload length is below 65,536 65536>65535',
    ]);
    expect(fieldTexts(decoded, 'data.len')).toEqual(['65520']);
  });

  it('can be cut at every byte of its headers', () => {
    for (let length = 0; length < 90; length++) {
      const { stack } = decodeBytes(jumbogram.slice(0, length), { originalLength: jumbogram.length });
      const codes = Array.from({ length: stack.issueCount }, (_, i) => stack.issueCode(i));
      expect(new Set(codes), `cut at ${length}`).toEqual(new Set(['truncated']));
    }
  });
});

describe('a packet that leaves its length to the card', () => {
  it.each([
    ['TCP', frame6(open6(6, segment())), 'eth:ipv6:tcp:data'],
    ['TCP in VXLAN, with all lengths left open', tunneled, 'eth:ip:udp port> vxlan:eth:ipv6:tcp:data'],
  ])('goes on to the end of the frame: %s', (_title, bytes, layers) => {
    const decoded = decodeBytes(bytes);
    expect(layersText(decoded.stack)).toBe(layers);
    expect(issuesText(decoded.stack)).toEqual([]);
    expect(fieldTexts(decoded, 'data.len')).toEqual(['65520']);
    expect(fieldTexts(decoded, 'tcp.checksum.status')).toEqual(['good']);
  });
});

describe.skipIf(!hasTshark)('beside tshark (skipped where tshark is missing)', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(joinPath(tmpdir(), 'jumbograms-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reads jumbograms alike', async () => {
    const path = joinPath(folder, 'jumbograms.pcap');
    const record = (bytes: Uint8Array) =>
      join('00000001 00000000', digits(bytes.length, 4), digits(bytes.length, 4), bytes);
    writeFileSync(
      path,
      join(
        hex('a1b2c3d4 0002 0004 00000000 00000000 00040000 00000001'),
        record(jumbogram),
        record(join(jumbogram, '0000')),
      ),
    );
    const differences: string[] = [];
    const { values } = await compareCapture(path, {
      vocabulary: tsharkVocabulary(),
      onDifference(difference) {
        if (KNOWN_DIFFERENCES.some(({ is }) => is(difference))) return;
        const { name, packet, ours, theirs } = difference;
        differences.push(`${packet.number} ${name}: ${ours.slice(0, 40)} | ${theirs.slice(0, 40)}`);
      },
    });
    expect(differences).toEqual([]);
    expect(values).toBeGreaterThan(50);
  });
});
