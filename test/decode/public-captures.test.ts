/** Single packets out of public captures that were once misread, each with what the RFC, tshark or a sum by hand says. */
import { describe, expect, it } from 'vitest';
import { createJsonPrinter } from '../../src/output/json.ts';
import { createTreePrinter } from '../../src/output/tree.ts';
import { readCapture } from '../support/captures.ts';
import { type Decoded, decodeBytes, fieldTexts, issuesText, layersText } from '../support/decoding.ts';
import { printCapture } from '../support/printing.ts';

const pathOf = (name: string) => `fixtures/public/${name}.pcap`;

async function first(name: string): Promise<Decoded> {
  const [packet] = await readCapture(pathOf(name));
  if (packet === undefined) throw new Error(`${name} has no packet`);
  const { bytes, linkType, originalLength } = packet;
  return decodeBytes(bytes, { linkType, originalLength });
}

describe('checksums count who really sends and receives', () => {
  it.each([
    // RFC 6275, 11.3.1.
    ['ip6-home-address-tcp-good-checksum', 'tcp.checksum.status'],
    ['ip6-home-address-udp-good-checksum', 'udp.checksum.status'],
    // RFC 791, 3.1; tshark says good.
    ['ip-loose-source-route-tcp-good-checksum', 'tcp.checksum.status'],
  ])('%s', async (name, field) => {
    expect(fieldTexts(await first(name), field)).toEqual(['good']);
  });

  it('a route that is used up, or another home address, counts no more', async () => {
    const [route] = await readCapture(pathOf('ip-loose-source-route-tcp-good-checksum'));
    const { bytes, linkType } = route as { bytes: Uint8Array; linkType: number };
    // The pointer: behind the last address.
    bytes[22] = 12;
    expect(fieldTexts(decodeBytes(bytes, { linkType }), 'tcp.checksum.status')).toEqual(['bad']);
    // A strict route is the same with another number.
    bytes.set([0x89], 20);
    bytes[22] = 4;
    expect(fieldTexts(decodeBytes(bytes, { linkType }), 'tcp.checksum.status')).toEqual(['good']);
  });
});

describe('lengths of 32 bits have no sign', () => {
  it('in JSON, and in words', async () => {
    const path = pathOf('jumbo-length-2g-invalid-json');
    // RFC 2675: 0xe5fefec2 is the option's value; 436 bytes are behind the IPv6 header.
    expect(JSON.parse(await printCapture(path, createJsonPrinter())).issues).toEqual([
      {
        code: 'malformed',
        layer: 1,
        offset: 360,
        needed: 3858694210,
        available: 436,
        message: 'IPv6 jumbo payload length',
      },
    ]);
    expect(await printCapture(path, createTreePrinter())).toContain(
      '[malformed: IPv6 jumbo payload length: 3858694210 bytes needed, 436 there, at 360]',
    );
  });
});

describe('what breaks off, or is not what was announced, is said', () => {
  it('a report of multicast listeners: what is there of its record, as tshark shows it', async () => {
    const decoded = await first('mldv2-record-cut');
    expect(issuesText(decoded.stack)).toEqual(['malformed 48 MLDv2 record 68>52']);
    expect(fieldTexts(decoded, 'icmpv6.mldr.mar.multicast_address')).toEqual(['ff02::9b64:84e6']);
    expect(fieldTexts(decoded, 'icmpv6.mldr.mar.source_address')).toEqual([
      'fe80::f16d:891:6486',
      'fe80::794d:737e:8532',
    ]);
  });

  it('version 4 behind next header 41 opens no tunnel (RFC 2473)', async () => {
    const { stack } = await first('next-header-41-version-4');
    expect(layersText(stack)).toBe('eth:ipv6:data');
    expect(stack.level(2)).toBe(0);
    expect(issuesText(stack)).toEqual(['malformed 54 IPv6 version is not 6']);
  });
});

describe('fields', () => {
  it('a query that asks for authentic data says so (RFC 6840, 5.7)', async () => {
    expect(fieldTexts(await first('dns-query-ad-bit'), 'dns.flags.authenticated')).toEqual(['Set']);
  });

  it('an interface’s name ends where its padding begins (RFC 8335, 2.1)', async () => {
    expect(fieldTexts(await first('icmp-interface-name-padding'), 'icmp.int_ident.name')).toEqual(['fxp0.0']);
  });

  it('behind TCP’s end of the options is padding (RFC 9293, 3.1)', async () => {
    const decoded = await first('tcp-options-after-end-of-list');
    expect(fieldTexts(decoded, 'tcp.option_kind')).toEqual(['End of Option List (0)']);
    expect(fieldTexts(decoded, 'tcp.options.timestamp.tsval')).toEqual([]);
    expect(fieldTexts(decoded, 'tcp.options.sack_le')).toEqual([]);
  });
});
