/** Every fixture as tshark reads it and as we do: times, lengths, layers, and every field that tshark knows by the same name. */
import { describe, expect, it } from 'vitest';
import { fieldIndex } from '../../src/decode/field-index.ts';
import { compareCapture, tsharkVersion, tsharkVocabulary } from '../support/agreement.ts';
import { generatedCaptures, labCaptures, linkCaptures } from '../support/captures.ts';
import { KNOWN_DIFFERENCES } from '../support/known-differences.ts';

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
];

describe.skipIf(tsharkVersion === undefined)(
  'agreement with tshark (skipped where tshark is missing)',
  () => {
    const vocabulary =
      tsharkVersion === undefined
        ? { protocols: new Set<string>(), fields: new Set<string>() }
        : tsharkVocabulary();
    const met = new Set<string>();

    it('covers all our fields but those that are ours alone', () => {
      expect([...fieldIndex.keys()].filter((name) => !vocabulary.fields.has(name))).toEqual(OUR_OWN);
    });

    it.each([...labCaptures, ...generatedCaptures])('%s', async (path) => {
      const differences: string[] = [];
      const { packets, values } = await compareCapture(path, {
        vocabulary,
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
      const shown = KNOWN_DIFFERENCES.filter(({ elsewhere }) => elsewhere !== true);
      expect(shown.map(({ reason }) => reason).filter((reason) => !met.has(reason))).toEqual([]);
    });
  },
);
