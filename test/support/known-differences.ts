/** Where we differ from tshark on purpose, each with its reason: what is listed here is not counted as a disagreement. */
import type { LayerStack } from '../../src/decode/layer-stack.ts';
import type { TsharkVersion } from '../../src/output/tshark-versions.ts';
import type { Difference } from './agreement.ts';

export interface KnownDifference {
  readonly reason: string;
  /** True where no fixture shows it: met in the captures of others. */
  readonly elsewhere?: boolean;
  /** The versions of tshark that differ so; all, where not given. */
  readonly versions?: readonly TsharkVersion[];
  readonly is: (difference: Difference) => boolean;
}

function isIncomplete({ packet: { stack } }: Difference): boolean {
  return stack.count > 0 && stack.isIncomplete(stack.count - 1);
}

/** `ip:data` where tshark has `ip:udp` and nothing behind it. */
function isOneHeaderMore(ours: string, theirs: string): boolean {
  const before = ours.slice(0, ours.lastIndexOf(':') + 1);
  return theirs.startsWith(before) && !theirs.slice(before.length).includes(':');
}

/** Whether the last layer's bytes are a transport message of WireGuard's: type, padded length, and a counter below 2^48. */
function isWholeTransport({ view, stack }: Difference['packet']): boolean {
  const start = stack.start(stack.count - 1);
  const length = stack.layerEnd(stack.count - 1) - start;
  return (
    length >= 32 && length % 16 === 0 && view.getUint32(start, true) === 4 && view.getUint16(start + 14) === 0
  );
}

/** Whether what is malformed is what ends the stack: the bytes that became data, or the header in front of them. */
function isFaultAtEnd(stack: LayerStack): boolean {
  return Array.from({ length: stack.issueCount }, (_, index) => stack.issue(index)).some(
    ({ code, layer }) => code === 'malformed' && layer >= stack.count - 2,
  );
}

const LINKTYPE_NFLOG = 239;
const LINKTYPE_EXPORTED_PDU = 252;
const PCAP_RECORD_HEADER = 16;
const MILLION = 1_000_000;

/** Whether the packet's record in a pcap file counts a million microseconds and more. */
function hasOverfullSecond({ ours, packet: { view, start } }: Difference): boolean {
  if (start < PCAP_RECORD_HEADER) return false;
  const at = start - PCAP_RECORD_HEADER + 4;
  // In whichever byte order gives the microseconds that were carried over.
  return [view.getUint32(at), view.getUint32(at, true)].some(
    (value) => value >= MILLION && ours.endsWith(`.${String(value % MILLION).padStart(6, '0')}000`),
  );
}

/** Headers whose bytes are fields to tshark, or nothing at all, and data here where we read no further. */
const TO_THEIR_END: ReadonlySet<string> = new Set([
  ...[
    'eth',
    'esp',
    'llc',
    'tcp',
    'ppp',
    'pppoed',
    'gtp',
    'wg',
    'isakmp',
    'slow',
    'l2tp',
    'icmp',
    'icmpv6',
    'stp',
    'lldp',
    'pim',
    'wlan',
    'exported_pdu',
  ],
]);

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    reason: 'what follows the headers of PIM and Wi-Fi is not decoded here, and so not found malformed',
    elsewhere: true,
    is: ({ name, ours, theirs, layers }) =>
      name === 'fault' &&
      ours === '' &&
      ((theirs === 'PIM' && layers.includes('pim')) ||
        (theirs === 'IEEE 802.11' && (layers.includes('wlan') || layers.includes('radiotap')))),
  },
  {
    reason: 'tshark counts the addresses in an exported PDU’s tags among the packet’s own',
    is: ({ name, ours, theirs, packet: { stack } }) =>
      stack.linkType === LINKTYPE_EXPORTED_PDU &&
      /^ipv?6?\.(src|dst|addr)$/.test(name) &&
      theirs.endsWith(ours),
  },
  {
    reason: 'tshark does not know LISP’s next protocol (RFC 9305)',
    is: ({ name, ours, theirs }) =>
      name === 'layers' && theirs.endsWith('lisp-data') && ours.startsWith(theirs),
  },
  {
    reason:
      'Wi-Fi frames of a version other than 0 have another layout: data here; tshark decodes them alike',
    elsewhere: true,
    is: ({ ours, theirs }) =>
      ours.endsWith('radiotap:data') && theirs.startsWith(ours.replace('data', 'wlan')),
  },
  {
    reason:
      'a packet of the kernel’s log has the time at which it met the rule; tshark shows when the log was handed over',
    is: ({ name, packet: { stack } }) => name === 'frame.time_epoch' && stack.linkType === LINKTYPE_NFLOG,
  },
  {
    reason:
      'what offload leaves in a checksum field is "partial" here (4), and bad to tshark 4.0 (0), good to later ones (1)',
    is: ({ name, ours, theirs }) =>
      /^(udp|tcp|icmpv6)\.checksum\.status$/.test(name) &&
      ours.includes('4') &&
      [0, 1].some((state) => ours.replaceAll('4', String(state)) === theirs),
  },
  {
    reason: 'IP after MPLS is in frame.protocols; tshark leaves it out since 4.4',
    versions: ['4.4', '4.6'],
    is: ({ name, ours, theirs }) =>
      name === 'layers' && ours.startsWith('mpls:ip') && ours.replace(/^mpls:ip(v6)?:/, 'mpls:') === theirs,
  },
  {
    reason: 'on Linux’s old port for VXLAN, 8472, Aruba’s port 5000 decides since tshark 4.4',
    versions: ['4.4', '4.6'],
    is: ({ name, ours, theirs }) =>
      name === 'layers' && ours.startsWith('udp:vxlan:') && theirs === 'udp:tapa',
  },
  {
    reason: 'tshark 4.6 calls IPv6 after GTP ip, and an extension header’s option ilnp',
    versions: ['4.6'],
    is: ({ name, ours, theirs }) =>
      name === 'layers' &&
      (theirs.replace(':ilnp:', ':') === ours || theirs.replace('gtp:ip:', 'gtp:ipv6:') === ours),
  },
  {
    reason:
      'a DNS name whose compression loops is shown as far as it goes, and unprintable bytes in hexadecimal',
    is: ({ name, ours }) => name === 'dns.qry.name' && /<broken name>|\\x/.test(ours),
  },
  {
    reason: 'a UDP length that is too short leaves no payload; tshark takes all that IP carries',
    is: ({ name, ours, theirs }) => name === 'udp.payload' && theirs.startsWith(ours),
  },
  {
    reason:
      'UDP over IPv6 without a checksum is illegal to tshark (4); RFC 6935 allows it for tunnels, so it is absent here (3)',
    is: ({ name, ours, theirs, layers }) =>
      name === 'udp.checksum.status' && layers.includes('ipv6') && ours.replaceAll('3', '4') === theirs,
  },
  {
    reason: 'tshark removes the time stamp at the start of ping’s payload from the data',
    is: ({ name, ours, theirs, layers }) =>
      layers.some((layer) => layer.startsWith('icmp')) &&
      ((name === 'data.data' && ours.endsWith(theirs) && [16, 32].includes(ours.length - theirs.length)) ||
        (name === 'data.len' && [8, 16].includes(Number(ours) - Number(theirs)))),
  },
  {
    reason: 'bytes that belong to no field in tshark, or to fields that are not decoded here, are data here',
    is: ({ name, theirs, layers, packet: { stack } }) =>
      name.startsWith('data.') &&
      theirs === '' &&
      (TO_THEIR_END.has(layers.at(-2) as string) || stack.isQuoted(stack.count - 1)),
  },
  {
    reason: 'the checksums of what an error quotes are verified too; tshark skips some of them',
    is: ({ name, ours, theirs, packet: { stack } }) =>
      name.endsWith('.checksum.status') &&
      stack.isQuoted(stack.count - 1) &&
      ours.replace(/[014]$/, '2') === theirs,
  },
  {
    reason: 'a checksum over incomplete data proves nothing; tshark calls it good or bad',
    is: (difference) =>
      difference.name.endsWith('.checksum.status') &&
      difference.ours.endsWith('2') &&
      /[01]$/.test(difference.theirs) &&
      isIncomplete(difference),
  },
  {
    reason: 'contradictions are malformed here; tshark adds expert information',
    is: ({ name, ours, theirs }) => name === 'fault' && ours !== '' && theirs === '',
  },
  {
    reason: 'a header with an impossible version, flag or length is data here; tshark decodes it anyway',
    is: ({ name, ours, theirs, packet: { stack } }) =>
      name === 'layers' &&
      ours.endsWith('data') &&
      theirs.startsWith(ours.slice(0, -'data'.length)) &&
      isFaultAtEnd(stack),
  },
  {
    reason: 'tshark decodes the first fields of a header that is cut off; here it is data',
    is: (difference) =>
      difference.name === 'layers' &&
      difference.ours.endsWith('data') &&
      isOneHeaderMore(difference.ours, difference.theirs) &&
      isIncomplete(difference),
  },
  {
    reason: 'a length of zero, as left by offload, is shown unchanged; tshark shows what it should be',
    is: ({ name, ours }) => name === 'ip.len' && /(^|,)0(,|$)/.test(ours),
  },
  {
    reason:
      'an IPv6 payload length of zero, as left by offload, means up to the end; tshark decodes nothing after it',
    is: ({ name, ours, theirs, layers, packet: { stack, view } }) => {
      const ipv6 = layers.indexOf('ipv6');
      return (
        ipv6 >= 0 &&
        stack.describe(ipv6).name === 'ipv6' &&
        view.getUint16(stack.start(ipv6) + 4) === 0 &&
        (name === 'fault' ? theirs !== '' : ours !== '' && theirs === '')
      );
    },
  },
  {
    reason: 'IPv6 that was announced as IPv4 has no IPv4 layer here; tshark shows one with only a version',
    is: ({ name, ours, theirs, packet: { view, start, stack } }) =>
      (name === 'layers' && theirs.replace('ip:ipv6', 'ipv6').startsWith(ours.split(':', 2).join(':'))) ||
      (name === 'ip.version' && ours === '' && view.getUint8(start) >> 4 === 6 && stack.count > 0),
  },
  {
    reason: 'a TCP checksum of 0xffff is what RFC 1624 warns of, but correct: receivers accept it',
    elsewhere: true,
    is: ({ name, ours, theirs, packet: { stack, view } }) => {
      const layer =
        stack.count - (stack.count > 0 && stack.describe(stack.count - 1).name === 'data' ? 2 : 1);
      return (
        name === 'tcp.checksum.status' &&
        ours === '1' &&
        theirs === '0' &&
        view.getUint16(stack.start(layer) + 16) === 0xffff
      );
    },
  },
  {
    reason: 'what an error quotes is decoded as far as its bytes go; tshark leaves some of its fields out',
    elsewhere: true,
    is: ({ ours, theirs, packet: { stack } }) =>
      stack.count > 0 && stack.isQuoted(stack.count - 1) && theirs === '' && ours !== '',
  },
  {
    reason: 'GTP is decoded only in the user plane, on port 2152',
    elsewhere: true,
    is: ({ name, theirs }) =>
      (name === 'layers' && theirs.startsWith('udp:gtp')) || (name === 'fault' && theirs === 'GTP'),
  },
  {
    reason: 'what tshark calls Teredo is IPv6 in UDP here',
    elsewhere: true,
    is: ({ name, theirs }) => name === 'guess' && theirs === 'teredo',
  },
  {
    reason: 'rapid spanning tree has one more byte than is decoded here; tshark reports it if it is missing',
    is: ({ name, theirs }) => name === 'fault' && theirs === 'STP',
  },
  {
    reason: 'a Cisco header before the frame (FabricPath, ISL), which is not decoded here',
    elsewhere: true,
    is: ({ theirLayers, name }) =>
      (theirLayers[0] !== 'eth' && theirLayers[1] === 'eth' && name.startsWith('eth.')) ||
      (theirLayers[0] === 'eth' && theirLayers[1] === 'eth'),
  },
  {
    reason: 'Cisco HDLC under the link type of PPP has no PPP layer here; tshark shows one without bytes',
    is: ({ name, ours, theirs }) =>
      name === 'layers' && theirs.startsWith(`ppp:${ours.split(':', 2).join(':')}`),
  },
  {
    reason: 'tshark shows the padding before Frame Relay’s NLPID as an NLPID',
    is: ({ name, ours, theirs }) => name === 'fr.nlpid' && theirs === `0x00,${ours}`,
  },
  {
    reason:
      'WireGuard on another port is decoded if its length and counter fit; tshark accepts any length, and the rest of the flow',
    is: ({ name, ours, theirs, packet }) =>
      name === 'layers' && ours === 'udp:data' && theirs.startsWith('udp:wg') && !isWholeTransport(packet),
  },
  {
    reason: 'empty padding is not shown; tshark prints that there is none',
    is: ({ name, ours, theirs }) =>
      name === 'ipv6.opt.padn' &&
      ours ===
        theirs
          .split(',')
          .filter((value) => value !== '<none>')
          .join(','),
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
      'L2TP version 3 does not say what it carries: a frame is decoded if its bytes prove it; data in tshark',
    is: ({ name, ours }) => name === 'layers' && ours.startsWith('l2tp:eth'),
  },
  {
    reason: 'an IP packet in ERSPAN III (frame type 2) is data in tshark',
    is: ({ name, ours, theirs }) =>
      name === 'layers' && ours.startsWith('erspan:ip') && theirs === 'erspan:data',
  },
  {
    reason: 'VXLAN-GPE without its P bit carries an Ethernet frame, as VXLAN does; tshark leaves it as data',
    is: ({ name, theirs, packet: { stack } }) =>
      name === 'layers' &&
      theirs === 'udp:data' &&
      Array.from({ length: stack.count }, (_, layer) => stack.describe(layer).name).includes('vxlan_gpe'),
  },
  {
    reason:
      'HTTP in the middle of a message or on other ports than 80 and 8080, and DNS over TCP, are data here',
    elsewhere: true,
    is: ({ name, ours, theirs }) =>
      name === 'layers' && ours === 'tcp:data' && /^tcp:(http|dns)\b/.test(theirs),
  },
  {
    reason:
      'a record with more microseconds than a second has: carried over here, printed unchanged by tshark',
    elsewhere: true,
    is: (difference) => difference.name === 'frame.time_epoch' && hasOverfullSecond(difference),
  },
  {
    reason:
      'a record that claims to hold more than was on the wire: what it holds was there, so its length is at least that',
    elsewhere: true,
    is: ({ name, ours, theirs }) => name === 'frame.len' && Number(ours) > Number(theirs),
  },
  {
    reason:
      'the flags of a multiple spanning tree’s instances are not decoded here; tshark calls their Master flag an acknowledgment',
    elsewhere: true,
    is: ({ name, ours, theirs }) => /^stp\.flags\.tc(ack)?$/.test(name) && theirs.startsWith(`${ours},`),
  },
  {
    reason: 'a Cisco HDLC header with nothing after it is complete here, and cut short in tshark',
    elsewhere: true,
    is: ({ name, ours, theirs, layers }) =>
      name === 'fault' && ours === '' && theirs === 'CHDLC' && layers.join() === 'chdlc',
  },
  {
    reason: 'a line feed in a text is \\x0a here, like any other control character; \\n in tshark',
    elsewhere: true,
    is: ({ name, ours, theirs }) =>
      name.startsWith('lldp.') && ours !== '' && ours.replaceAll('\\x0a', '\\n') === theirs,
  },
  {
    reason: 'only the header of IKE is decoded: contradictions in its payloads are not seen here',
    elsewhere: true,
    is: ({ name, ours, theirs, layers }) =>
      name === 'fault' && ours === '' && theirs === 'ISAKMP' && layers.includes('isakmp'),
  },
];
