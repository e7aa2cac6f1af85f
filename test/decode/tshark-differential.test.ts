/** Every fixture as tshark reads it and as we do: times, lengths, layers, and every field that tshark knows by the same name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fieldIndex } from '../../src/decode/field-index.ts';
import { compareCapture, tsharkVocabulary } from '../support/agreement.ts';
import { generatedCaptures, labCaptures, linkCaptures } from '../support/captures.ts';
import { KNOWN_DIFFERENCES } from '../support/known-differences.ts';
import { putTogether, type Together } from '../support/together.ts';
import { hasTshark, tsharkVersion } from '../support/tshark.ts';
import { linkPackets } from './hand-read-links.ts';

/** Fields that tshark does not have, or has in another shape. */
const OUR_OWN: readonly string[] = [
  'tunpi.flags',
  'tunpi.proto',
  'ip.options',
  'ieee8021ad.len',
  'ipv6.hopopts.options',
  'ipv6.routing.data',
  'ipv6.dstopts.options',
  'gre.key.vsid',
  'gre.key.flow_id',
  'gre.route',
  'erspan.platform',
  'l2tp.cookie_and_sublayer',
  'gtp.extensions',
  'udpencap.marker',
  'gue.variant',
  'gue.control',
  'gue.hlen',
  'gue.proto',
  'gue.flags',
  'gue.extensions',
  'nflog.timestamp.seconds',
  'nflog.timestamp.microseconds',
  'lisp-data.next',
  'ayiya.epoch_seconds',
  'dsa.mode',
  'dsa.tagged',
  'dsa.device',
  'dsa.port',
  'dsa.cfi',
  'dsa.priority',
  'dsa.vid',
  'edsa.etype',
  'edsa.mode',
  'edsa.tagged',
  'edsa.device',
  'edsa.port',
  'edsa.cfi',
  'edsa.priority',
  'edsa.vid',
  'brcm-tag.opcode',
  'brcm-tag.dstmap',
  'brcm-tag.class',
  'brcm-tag.reason',
  'brcm-tag.priority',
  'brcm-tag.port',
  'brcm-tag-prepend.opcode',
  'brcm-tag-prepend.dstmap',
  'brcm-tag-prepend.class',
  'brcm-tag-prepend.reason',
  'brcm-tag-prepend.priority',
  'brcm-tag-prepend.port',
  'ppi.fields',
  'fastd.type',
  'vtun.flags',
  'vtun.length_field',
  'openvpn.header',
  'tinc.seq',
  'prefix.bytes',
];

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-hand-read-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Link types that no release of Wireshark reads: tcpdump alone does. */
const OF_TCPDUMP: readonly number[] = [281, 282, 284, 285];
/** tshark knows neither the magic number nor what a frame does in a record of the kernel's log. */
const NOT_FOR_TSHARK: readonly string[] = [
  'fixtures/links/netsniff-ng.pcap',
  'fixtures/links/nflog-egress.pcap',
];

/** The hand-read packets of links, those of a link type in a file. */
function handReadCaptures(): string[] {
  const linkTypes = [...new Set(linkPackets.map(({ linkType }) => linkType))];
  return linkTypes
    .filter((linkType) => !OF_TCPDUMP.includes(linkType))
    .map((linkType) => {
      const path = join(folder, `link-${linkType}.pcap`);
      const header = Uint32Array.of(0xa1b2c3d4, 0x00040002, 0, 0, 262144, linkType);
      // tshark reads the log of machines of its own byte order alone, and no frame in it.
      const packets = linkPackets.filter(
        (one) => one.linkType === linkType && !one.name.includes('big-endian'),
      );
      const records = packets.flatMap(({ bytes }) => [
        new Uint8Array(Uint32Array.of(1700000000, 250000, bytes.length, bytes.length).buffer),
        bytes,
      ]);
      writeFileSync(path, Buffer.concat([new Uint8Array(header.buffer), ...records]));
      return path;
    });
}

describe.skipIf(!hasTshark)('agreement with tshark (skipped where tshark is missing)', () => {
  const vocabulary = !hasTshark
    ? { protocols: new Set<string>(), fields: new Set<string>() }
    : tsharkVocabulary();
  const met = new Set<string>();

  it('covers all our fields but those that are ours alone', () => {
    // An option may be a protocol of its own to tshark.
    const names = [...fieldIndex.keys()].filter((name) => !vocabulary.protocols.has(name));
    expect(names.filter((name) => !vocabulary.fields.has(name))).toEqual(OUR_OWN);
  });

  const links = linkCaptures.filter((path) => !NOT_FOR_TSHARK.includes(path));
  const captures = [...labCaptures, ...generatedCaptures, ...links, ...handReadCaptures()];
  let together: Together;
  beforeAll(() => {
    together = putTogether(captures);
  });
  afterAll(() => together.remove());

  async function* answer(args: readonly string[]) {
    yield* together.linesOf(args);
  }

  it.each(captures)('%s', async (path) => {
    const differences: string[] = [];
    const { packets, values } = await compareCapture(path, {
      vocabulary,
      answer,
      decodeAs: [path === 'fixtures/socat-nopi.pcap' ? 'udp.port==9000,ip' : 'udp.port==8472,vxlan'],
      onDifference(difference) {
        const known = KNOWN_DIFFERENCES.find(({ is }) => is(difference));
        if (known !== undefined) met.add(known.reason);
        else {
          const { name, ours, theirs, packet } = difference;
          differences.push(`${packet.number} ${name}: ${ours} | ${theirs}`);
        }
      },
    });
    expect(differences).toEqual([]);
    // A comparison that read nothing would find nothing.
    expect(values).toBeGreaterThan(packets);
  });

  it('meets every known difference that the fixtures are said to show', () => {
    const shown = KNOWN_DIFFERENCES.filter(
      ({ elsewhere, versions }) => elsewhere !== true && versions?.includes(tsharkVersion) !== false,
    );
    expect(shown.map(({ reason }) => reason).filter((reason) => !met.has(reason))).toEqual([]);
  });
});
