/** Every field that tshark knows by the same name, over every fixture: the same values in the same order. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../src/decode/decoder.ts';
import { fieldIndex } from '../../src/decode/field-index.ts';
import { fieldText, hexDigits } from '../../src/decode/format.ts';
import { LayerStack } from '../../src/decode/layer-stack.ts';
import { type Field, readNumber } from '../../src/decode/protocol.ts';
import { type CapturedPacket, generatedCaptures, labCaptures, readCapture } from '../support/captures.ts';
import { layersText } from '../support/decoding.ts';

const hasTshark = spawnSync('tshark', ['--version']).status === 0;

/** What tshark does on its own account, switched off: it reassembles, and leaves checksums unread. */
const TSHARK_OPTIONS = [
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'ip.check_checksum:TRUE',
  'udp.check_checksum:TRUE',
  'tcp.check_checksum:TRUE',
  'tcp.relative_sequence_numbers:FALSE',
].flatMap((option) => ['-o', option]);

function tshark(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`tshark ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const decoder = createDecoder();

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

/** A field's value as `-T fields` prints it: numbers plain, hexadecimal as wide as Wireshark's type. */
function rawText(field: Field, view: DataView, start: number, stack: LayerStack, layer: number): string {
  switch (field.kind) {
    case 'uint':
    case 'boolean':
    case 'status':
      return String(readNumber(field, view, start, stack, layer));
    case 'hex': {
      const digits = field.digits ?? Math.ceil(field.width / 8) * 2;
      return `0x${readNumber(field, view, start, stack, layer).toString(16).padStart(digits, '0')}`;
    }
    case 'bytes': {
      const place = field.span?.(view, start, stack, layer) ?? 0;
      const from = start + (place >>> 16);
      return hexDigits(view, from, from + (place & 0xffff));
    }
    default:
      return fieldText(field, view, start, stack, layer);
  }
}

/** The values of a field in a packet's first `layers` layers. */
function valuesOf(name: string, packet: CapturedPacket, stack: LayerStack, layers: number): string[] {
  const values: string[] = [];
  for (let layer = 0; layer < layers; layer++) {
    for (const { protocol, field } of fieldIndex.get(name) ?? []) {
      if (protocol !== stack.protocol(layer)) continue;
      const start = stack.start(layer);
      const add = (at: number): void => {
        if (field.when?.(packet.view, at, stack, layer) === false) return;
        values.push(rawText(field, packet.view, at, stack, layer));
      };
      if (field.each === undefined) add(start);
      else field.each(packet.view, start, stack, layer, add);
    }
  }
  return values;
}

/** Layers that tshark sees too: what goes straight into UDP without a port that tells is data to it. */
function visibleLayers(stack: LayerStack, decodedAs: string | undefined): number {
  for (let layer = 1; layer < stack.count; layer++) {
    const name = stack.describe(layer).name;
    if (
      stack.describe(layer - 1).name === 'udp' &&
      ['tunpi', 'eth', 'ip', 'ipv6', 'gue'].includes(name) &&
      name !== decodedAs
    ) {
      return layer;
    }
  }
  return stack.count;
}

function layerNames(stack: LayerStack): string[] {
  return Array.from({ length: stack.count }, (_, layer) => stack.describe(layer).name);
}

interface Difference {
  readonly name: string;
  readonly ours: string;
  readonly theirs: string;
  readonly packet: CapturedPacket;
  readonly stack: LayerStack;
}

/** Where we differ on purpose. Each is met in the fixtures: one that no longer is has to go. */
const DISAGREEMENTS: readonly { readonly reason: string; readonly is: (d: Difference) => boolean }[] = [
  {
    reason: 'what offload leaves in a checksum field is "partial" here (4), and bad to tshark (0)',
    is: ({ name, ours, theirs }) =>
      /^(udp|tcp)\.checksum\.status$/.test(name) && ours.replaceAll('4', '0') === theirs,
  },
  {
    reason:
      'UDP over IPv6 without a checksum is illegal to tshark (4); RFC 6935 allows it for tunnels, so it is absent here (3)',
    is: ({ name, ours, theirs, stack }) =>
      name === 'udp.checksum.status' &&
      layerNames(stack).includes('ipv6') &&
      ours.replaceAll('3', '4') === theirs,
  },
  {
    reason: 'tshark takes the time stamp that ping puts in front of its payload out of the data',
    is: ({ name, ours, theirs, stack }) =>
      layerNames(stack).some((layer) => layer.startsWith('icmp')) &&
      ((name === 'data.data' && ours.endsWith(theirs) && [16, 32].includes(ours.length - theirs.length)) ||
        (name === 'data.len' && [8, 16].includes(Number(ours) - Number(theirs)))),
  },
  {
    reason: 'tshark reads the first fields of a header that is cut off; here it is data',
    is: ({ ours, theirs, stack }) =>
      Array.from({ length: stack.count }, (_, layer) => stack.isIncomplete(layer)).includes(true) &&
      (ours === '' || theirs.startsWith(`${ours},`)),
  },
  {
    reason: 'bytes of a header that is cut off are data here, and of no field to tshark',
    is: ({ name, theirs, stack }) =>
      name.startsWith('data.') && theirs === '' && stack.isIncomplete(stack.count - 1),
  },
  {
    reason: 'payload that is a protocol to tshark, and none of those known here',
    is: ({ name, theirs, stack, packet }) =>
      name.startsWith('data.') &&
      theirs === '' &&
      // OSPF, ESP, spanning tree and LLDP.
      ((stack.describe(stack.count - 2).name === 'ip' &&
        packet.view.getUint8(stack.start(stack.count - 2) + 9) === 89) ||
        ['esp', 'llc', 'eth', 'tcp', 'ppp', 'pppoed', 'gtp', 'wg', 'isakmp', 'slow'].includes(
          stack.describe(stack.count - 2).name,
        )),
  },
  {
    reason: 'what a redirect quotes, tshark leaves unnamed',
    is: ({ name, theirs, packet, stack }) =>
      name.startsWith('data.') &&
      theirs === '' &&
      stack.describe(2).name === 'icmp' &&
      packet.view.getUint8(stack.start(2)) === 5,
  },
  {
    reason: 'what an error quotes has a checksum like anything else; tshark leaves some of them unread',
    is: ({ name, ours, theirs, stack }) =>
      name.endsWith('.checksum.status') &&
      stack.isQuoted(stack.count - 1) &&
      ours.replace(/1$/, '2') === theirs,
  },
  {
    reason: 'a checksum over what a fragment has of a message proves nothing; tshark calls it bad',
    is: ({ name, ours, theirs, stack }) =>
      name === 'icmp.checksum.status' &&
      stack.isIncomplete(stack.count - 1) &&
      ours === '2' &&
      theirs === '0',
  },
  {
    reason:
      'a total length of zero, as offload leaves it, is shown as it stands; tshark shows what it should be',
    is: ({ name, ours }) => name === 'ip.len' && ours === '0',
  },
  {
    reason:
      'an IPv6 payload length of zero, as offload leaves it, means up to the end; tshark reads nothing behind it',
    is: ({ ours, theirs, packet, stack }) =>
      stack.describe(1).name === 'ipv6' && packet.view.getUint16(stack.start(1) + 4) === 0 && ours !== theirs,
  },
  {
    reason:
      'without its I flag the VNI is not valid, and receivers drop the packet: what follows is data here, a frame to tshark',
    is: ({ stack }) => stack.hasIssue('malformed') && stack.describe(stack.count - 2).name === 'vxlan',
  },
  {
    reason:
      'a tunnel header of a version that nobody has defined, or that can’t be, is data here; tshark reads it as the one it knows',
    is: ({ stack }) =>
      stack.hasIssue('malformed') && /version is n|length is zero/.test(stack.issue(0).message),
  },
  {
    reason: 'a GENEVE option without data has none; tshark prints that it is missing',
    is: ({ name, ours, theirs }) =>
      name === 'geneve.option.unknown.data' &&
      ours ===
        theirs
          .split(',')
          .filter((value) => value !== '<MISSING>')
          .join(','),
  },
  {
    reason:
      'L2TP version 3 does not say what it carries: a frame is read where its bytes prove it, and data to tshark',
    is: ({ stack }) => / l2tp:eth:/.test(layersText(stack)),
  },
  {
    reason: 'VXLAN-GPE without its P bit carries an Ethernet frame, as VXLAN does; tshark leaves it as data',
    is: ({ packet, stack }) =>
      / vxlan_gpe:eth/.test(layersText(stack)) && (packet.view.getUint8(stack.start(3)) & 4) === 0,
  },
  {
    reason: 'an IP packet that ERSPAN III says it carries (frame type 2) is data to tshark',
    is: ({ packet, stack }) =>
      stack.count > 3 &&
      stack.describe(3).name === 'erspan' &&
      stack.describe(4).name === 'ip' &&
      (packet.view.getUint8(stack.start(3) + 10) & 0x7c) === 8,
  },
];

interface Case {
  readonly path: string;
  /** Told to tshark, so that it sees more. */
  readonly decodeAs?: string;
  readonly decodedAs?: string;
}

const cases: readonly Case[] = [...labCaptures, ...generatedCaptures].map((path) =>
  path === 'fixtures/socat-nopi.pcap'
    ? { path, decodeAs: 'udp.port==9000,ip', decodedAs: 'ip' }
    : { path, decodeAs: 'udp.port==8472,vxlan' },
);

describe.skipIf(!hasTshark)('every field that tshark knows too (skipped where tshark is missing)', () => {
  const known = hasTshark
    ? new Set(
        tshark('-G', 'fields')
          .split('\n')
          .map((line) => line.split('\t'))
          .filter(([kind]) => kind === 'F')
          .map(([, , name]) => name),
      )
    : new Set();
  const names = [...fieldIndex.keys()].filter((name) => known.has(name));
  const met = new Set<string>();

  it('covers all our fields but those that are ours alone', () => {
    expect([...fieldIndex.keys()].filter((name) => !known.has(name))).toEqual(OUR_OWN);
  });

  it.each(cases)('$path', async ({ path, decodeAs, decodedAs }) => {
    const packets = await readCapture(path);
    const lines = tshark(
      ...['-r', path, ...TSHARK_OPTIONS, '-T', 'fields', '-E', 'occurrence=a', '-d', decodeAs as string],
      ...names.flatMap((name) => ['-e', name]),
    ).split('\n');
    const stack = new LayerStack();
    const differences: string[] = [];
    for (const [i, packet] of packets.entries()) {
      decoder.decode(packet.view, 0, packet.bytes.length, packet.originalLength, packet.linkType, stack);
      const theirs = (lines[i] as string).split('\t');
      const layers = visibleLayers(stack, decodedAs);
      for (const [column, name] of names.entries()) {
        // tshark has data where we have layers that it doesn't see.
        if (layers < stack.count && name.startsWith('data.')) continue;
        const difference = {
          name,
          ours: valuesOf(name, packet, stack, layers).join(','),
          theirs: theirs[column] as string,
          packet,
          stack,
        };
        if (difference.ours === difference.theirs) continue;
        const known = DISAGREEMENTS.find((disagreement) => disagreement.is(difference));
        if (known !== undefined) met.add(known.reason);
        else differences.push(`${packet.number} ${name}: ${difference.ours} | ${difference.theirs}`);
      }
    }
    expect(differences).toEqual([]);
  });

  it('meets every disagreement that is listed', () => {
    expect(DISAGREEMENTS.map(({ reason }) => reason).filter((reason) => !met.has(reason))).toEqual([]);
  });
});
