/** What every capture of the repository decodes to, and tshark's word for what it can see of it. */
import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../src/decode/decoder.ts';
import { LayerStack } from '../../src/decode/layer-stack.ts';
import {
  generatedCaptures,
  labCaptures,
  linkCaptures,
  programCaptures,
  readCapture,
} from '../support/captures.ts';
import { layersText } from '../support/decoding.ts';

const TUN = 'eth:ip:udp guess> tunpi:ip:icmp:data';
const PING = 'eth:ip:icmp:data';
const GENEVE = 'eth:ip:udp port> geneve:eth:ip:icmp:data';
const VXLAN = 'eth:ip:udp port> vxlan:eth:ip:icmp:data';

const RAW = [
  [1, 'ip:icmp:data'],
  [1, 'ipv6:icmpv6:data'],
] as const;

function cooked(header: string): readonly (readonly [number, string])[] {
  return ['ip:icmp:data', 'ipv6:icmpv6:data', 'arp', 'llc:stp', 'ip:icmp:data', 'vlan:ip:icmp:data'].map(
    (rest) => [1, `${header}:${rest}`] as const,
  );
}

/** A capture's name in the tables below. */
function name(path: string): string {
  return path.replace(/^fixtures\//, '').replace(/\.pcap$/, '');
}

const BARE_FRAGMENTS: readonly (readonly [number, string])[] = [
  [1, 'eth:ip:icmp:data'],
  [2, 'eth:ip:data'],
  [1, 'eth:ipv6:ipv6.fraghdr:icmpv6:data'],
  [2, 'eth:ipv6:ipv6.fraghdr:data'],
  [2, 'eth:ip:data'],
  [1, 'eth:ip:icmp:data'],
  [2, 'eth:ipv6:ipv6.fraghdr:icmpv6:data'],
  [2, 'eth:ipv6:ipv6.fraghdr:data'],
];
const VXLAN_FRAGMENT = 'eth:ip:udp port> vxlan:eth:ip:data';
const TUNNELED_FRAGMENTS: readonly (readonly [number, string])[] = [
  [1, VXLAN],
  [2, VXLAN_FRAGMENT],
  [1, 'eth:ip protocol> ipv6:ipv6.fraghdr:icmpv6:data'],
  [2, 'eth:ip protocol> ipv6:ipv6.fraghdr:data'],
  [1, VXLAN],
  [2, 'eth:ip:data'],
  [1, 'eth:ip protocol> ip:icmp:data'],
  [2, 'eth:ip:data'],
  [1, 'eth:ipv6:ipv6.fraghdr:udp port> vxlan:eth:ipv6:icmpv6:data'],
  [2, 'eth:ipv6:ipv6.fraghdr:data'],
  [1, VXLAN],
  [2, 'eth:ip:data'],
  [1, VXLAN_FRAGMENT],
  [2, 'eth:ip:data'],
  [1, VXLAN_FRAGMENT],
  [1, 'eth:ip:data'],
];

/** Packets in a row that decode alike: how many, to what, as layersText has it, and with which issues. */
const expected: Readonly<Record<string, readonly (readonly [number, string])[]>> = {
  flannel: [[8, VXLAN]],
  // One end of the tunnel is missing: the request goes out, and the host behind answers that nobody listens.
  half: [
    [1, TUN],
    [1, 'eth:ip:icmp "ip:udp:tunpi:ip:icmp:data"'],
    [3, PING],
  ],
  ipip: [[8, 'eth:ip protocol> ip:icmp:data']],
  'path-1-c1-eth0': [[8, PING]],
  'path-10-c2-eth0': [[8, PING]],
  'path-2-h1-br0': [[8, PING]],
  'path-3-h1-tun0': [[8, 'ip:icmp:data']],
  'path-4-h1-eth0': [[8, TUN]],
  'path-5-rt-r1': [[8, TUN]],
  'path-6-rt-r2': [[8, TUN]],
  'path-7-h2-eth0': [[8, TUN]],
  'path-8-h2-tun0': [[8, 'ip:icmp:data']],
  'path-9-h2-br0': [[8, PING]],
  route: [[8, PING]],
  // The ends disagree on the packet information, and the far one’s kernel drops what it can’t read.
  'socat-mixed': [
    [2, TUN],
    [1, 'eth:ip:icmp "ip:udp:tunpi:ip:icmp:data"'],
    [2, PING],
  ],
  'socat-nopi': [
    [2, 'eth:arp'],
    [8, 'eth:ip:udp guess> ip:icmp:data'],
  ],
  'socat-tap': [[8, 'eth:ip:udp guess> eth:ip:icmp:data']],
  'socat-tun-raw': [[6, 'ip:icmp:data']],
  socat: [[8, TUN]],
  // Each ping is seen on the bridge, its ports, the tunnel and the wire.
  'vxlan-any-sll2': [
    [3, 'sll2:ip:icmp:data'],
    [2, 'sll2:ip:udp port> vxlan:eth:ip:icmp:data'],
    [6, 'sll2:ip:icmp:data'],
    [2, 'sll2:ip:udp port> vxlan:eth:ip:icmp:data'],
    [6, 'sll2:ip:icmp:data'],
    [2, 'sll2:ip:udp port> vxlan:eth:ip:icmp:data'],
    [3, 'sll2:ip:icmp:data'],
  ],
  'vxlan-device': [[6, PING]],
  // Two pings of 2,000 bytes each way: three fragments, and only the first has the ICMP header.
  'vxlan-fragmented': [0, 1, 2, 3].flatMap(() => [
    [1, VXLAN] as const,
    [2, 'eth:ip:udp port> vxlan:eth:ip:data'] as const,
  ]),
  'vxlan-nanoseconds': [[6, VXLAN]],
  'vxlan-snaplen-96': [[6, `${VXLAN} truncated`]],
  vxlan: [[8, VXLAN]],
  'generated/bare-in-udp': [
    [1, 'eth:ip:udp guess> ip:icmp:data'],
    [1, 'eth:ip:udp guess> tunpi:ip:icmp:data'],
    [1, 'eth:ipv6:udp guess> eth:ip:icmp:data'],
    [1, 'eth:ip:udp guess> ipv6:icmpv6:data'],
    [1, 'eth:ip:udp guess> tunpi:ipv6:icmpv6:data'],
    [1, 'eth:ipv6:udp guess> eth:ipv6:icmpv6:data'],
    [1, 'eth:ip:udp guess> eth:arp'],
    [1, 'eth:ip protocol> ipv6:icmpv6:data'],
  ],
  'generated/carriers': [
    [1, 'eth:mpls:ip:icmp:data'],
    [1, 'eth:mpls:mpls:mpls:ip:icmp:data'],
    [1, 'eth:mpls:mpls:ipv6:icmpv6:data'],
    [1, 'eth:mpls:ip:icmp:data'],
    [1, 'eth:mpls:mpls guess> pwethcw:eth:ip:icmp:data'],
    [1, 'eth:mpls:mpls guess> pwethcw:eth:ipv6:icmpv6:data'],
    [1, 'eth:mpls:mpls guess> pwethcw:eth:arp'],
    [1, 'eth:mpls:mpls guess> eth:ip:icmp:data'],
    [1, 'eth:mpls:mpls:pwach:ip:icmp:data'],
    [1, 'eth:mpls:data'],
    [1, 'eth:ip:udp port> mpls:ip:icmp:data'],
    [1, 'eth:ip protocol> mpls:mpls:ipv6:icmpv6:data'],
    [1, 'eth:ip protocol> gre:mpls:ip:icmp:data'],
    // The level is open already.
    [1, 'eth:ip protocol> gre:mpls:pwethcw:eth:ip:icmp:data'],
    [1, 'eth:pppoed:data'],
    [1, 'eth:pppoes:ppp:ip:icmp:data'],
    [1, 'eth:pppoes:ppp:ipv6:icmpv6:data'],
    [1, 'eth:pppoes:ppp:data'],
    [1, 'eth:data malformed'],
    [1, 'eth:ip protocol> etherip:eth:ip:icmp:data'],
    [1, 'eth:ip protocol> data malformed'],
    [2, 'eth:ip:udp port> l2tp:ppp:ip:icmp:data'],
    [1, 'eth:ip:udp port> l2tp'],
    [1, 'eth:ip:udp port> l2tp:eth:ip:icmp:data'],
    [1, 'eth:ip protocol> l2tp:eth:ip:icmp:data'],
    [1, 'eth:ip protocol> l2tp:eth:ipv6:icmpv6:data'],
    [1, 'eth:ip protocol> l2tp:eth:ip:icmp:data'],
    [1, 'eth:ip protocol> l2tp:data'],
    [1, 'eth:ip protocol> l2tp'],
  ],
  'generated/erspan': [
    // Type I is a layer without bytes, and the first of the five.
    [5, 'eth:ip protocol> gre:erspan:eth:ip:icmp:data'],
    [1, 'eth:ip protocol> gre:erspan:ip:icmp:data'],
    [1, 'eth:ip protocol> gre:data malformed'],
  ],
  'generated/gre': [
    [1, 'eth:ip protocol> gre:ip:icmp:data'],
    [1, 'eth:ip protocol> gre:ipv6:icmpv6:data'],
    [1, 'eth:ipv6 protocol> gre:ip:icmp:data'],
    [5, 'eth:ip protocol> gre:ip:icmp:data'],
    [2, 'eth:ip protocol> gre:eth:ip:icmp:data'],
    [1, 'eth:ip protocol> gre:ip:icmp:data'],
    [1, 'eth:ip protocol> gre:ppp:ip:icmp:data'],
    [1, 'eth:ip protocol> gre'],
    [1, 'eth:ip protocol> data malformed'],
    [1, 'eth:ip protocol> gre:data'],
    [1, 'eth:ip:udp port> gre:ip:icmp:data'],
    [1, 'eth:ip protocol> gre:ip protocol> gre:ip:icmp:data'],
  ],
  'generated/icmp-errors': [
    [7, 'eth:ip:icmp "ip:udp:data"'],
    [2, 'eth:ip:icmp "ip:udp"'],
    [2, 'eth:ip:icmp "ip"'],
    [1, 'eth:ip:icmp'],
    [1, 'eth:ip:icmp "ip:udp:vxlan:eth:ip:icmp:data"'],
    [1, 'eth:ip:icmp "ip:ip:icmp:data"'],
  ],
  'generated/icmpv6': [
    [3, 'eth:ipv6:icmpv6:data'],
    [2, 'eth:ipv6:icmpv6 "ipv6:udp:data"'],
    [1, 'eth:ipv6:icmpv6 "ipv6:udp"'],
    [1, 'eth:ipv6:icmpv6 "data"'],
    [5, 'eth:ipv6:icmpv6'],
    [2, 'eth:ipv6:ipv6.hopopts:icmpv6'],
  ],
  'generated/found-elsewhere': [
    [1, 'eth:llc:stp'],
    [1, 'eth:data'],
    [1, 'eth:ipv6 protocol> eth:ip:icmp:data'],
    [2, 'eth:ip:udp guess> wg:data'],
    [1, 'eth:ip:udp:data'],
  ],
  'generated/ppp': [
    [2, 'ppp:ip:icmp:data'],
    [1, 'ppp:ipv6:icmpv6:data'],
    [1, 'ppp:ip:icmp:data'],
  ],
  'generated/ppp-hdlc': [
    [1, 'ppp:ip:icmp:data'],
    [1, 'ppp:mpls:ip:icmp:data'],
    [1, 'chdlc:ip:icmp:data'],
  ],
  'generated/c-hdlc': [
    [1, 'chdlc:ip:icmp:data'],
    [1, 'chdlc:ipv6:icmpv6:data'],
    [1, 'chdlc:mpls:ip:icmp:data'],
    [1, 'chdlc:data'],
  ],
  'generated/frelay': [
    [1, 'fr:ip:icmp:data'],
    [1, 'fr:ipv6:icmpv6:data'],
    [3, 'fr:ip:icmp:data'],
  ],
  // tshark's frame.protocols, but for packet 10, a DNS header that breaks off.
  'generated/applications': [
    [8, 'eth:ip:udp:dns'],
    [1, 'eth:ip:udp:dns malformed'],
    [1, 'eth:ip:udp:data malformed'],
    [2, 'eth:ip:udp:mdns'],
    [3, 'eth:ip:udp:dhcp'],
    [1, 'eth:ip:udp:dhcp malformed'],
    [1, 'eth:ip:udp port> vxlan:eth:ip:udp:dhcp'],
    [1, 'eth:ip:udp port> vxlan:eth:ip:udp:dns'],
    [3, 'eth:ip:tcp:http'],
    [2, 'eth:ip:tcp:http:data'],
    [1, 'eth:ip:tcp:http'],
    [1, 'eth:ip:tcp:data'],
    [1, 'eth:ip:tcp'],
  ],
  'generated/atm-rfc1483': [
    [1, 'llc:ip:icmp:data'],
    [1, 'llc:ipv6:icmpv6:data'],
  ],
  'generated/ipv4-228': [[1, 'ip:icmp:data']],
  'generated/ipv4': [
    [1, PING],
    [1, 'eth:ip:udp:data'],
    [1, 'eth:ip:tcp:data'],
    // A datagram of 1,032 bytes in three fragments, an echo request in two, and four bytes of a UDP header.
    [1, 'eth:ip:udp:data'],
    [2, 'eth:ip:data'],
    [1, PING],
    [1, 'eth:ip:data'],
    [1, 'eth:ip:udp'],
    [1, 'eth:ip:tcp:data'],
    [2, PING],
    // A time stamp request is all header.
    [1, 'eth:ip:icmp'],
    [1, 'eth:ip:data'],
    [1, 'eth:ip:ah:tcp'],
    [1, 'eth:ip:esp:data'],
  ],
  'generated/ipv6-229': [[1, 'ipv6:icmpv6:data']],
  'generated/ipv6-extensions': [
    [1, 'eth:ipv6:ipv6.hopopts:icmpv6'],
    [1, 'eth:ipv6:ipv6.dstopts:tcp'],
    [4, 'eth:ipv6:ipv6.routing:udp:data'],
    [1, 'eth:ipv6:ipv6.hopopts:ipv6.dstopts:ipv6.fraghdr:ipv6.dstopts:udp:data'],
    [1, 'eth:ipv6:ipv6.fraghdr:udp:data'],
    [1, 'eth:ipv6:ipv6.fraghdr:data'],
    [1, 'eth:ipv6:ah:udp:data'],
    [1, 'eth:ipv6:esp:data'],
    [1, 'eth:ipv6:data'],
    [1, 'eth:ipv6'],
    [1, 'eth:ipv6:tcp:data'],
  ],
  'generated/link-layers': [
    [1, 'eth:vlan:ip:icmp:data'],
    [1, 'eth:ieee8021ad:vlan:ipv6:icmpv6:data'],
    [1, 'eth:vlan:vlan:ip:icmp:data'],
    [1, 'eth:vlan:vlan:vlan:ip:icmp:data'],
    [1, 'eth:llc:ip:icmp:data'],
    [1, 'eth:llc:data'],
    [1, 'eth:llc:stp'],
    [1, 'eth:llc'],
    // An LLC header that announces spanning tree, with nothing behind it.
    [1, 'eth:vlan:llc malformed'],
    [1, 'eth:ip:udp:data'],
    [4, 'eth:arp'],
    [1, 'eth:lldp'],
    [1, 'eth:data malformed'],
  ],
  'generated/loop': [
    [1, 'null:ip:icmp:data'],
    [1, 'null:ipv6:icmpv6:data'],
  ],
  'generated/neighbours': [
    [2, 'eth:lldp'],
    [2, 'eth:llc:stp'],
    [1, 'eth:slow:data'],
  ],
  'generated/null-big-endian': [
    [1, 'null:ip:icmp:data'],
    [3, 'null:ipv6:icmpv6:data'],
  ],
  'generated/null-little-endian': [
    [1, 'null:ip:icmp:data'],
    [3, 'null:ipv6:icmpv6:data'],
  ],
  'generated/overlays': [
    [1, GENEVE],
    [1, 'eth:ip:udp port> geneve:ip:icmp:data'],
    [1, 'eth:ip:udp port> geneve:ipv6:icmpv6:data'],
    [1, 'eth:ipv6:udp port> geneve:eth:ipv6:icmpv6:data'],
    [2, GENEVE],
    // A critical option that is not known; one that is not announced; one that is too long; another version.
    [1, `${GENEVE} unsupported`],
    [1, `${GENEVE} malformed unsupported`],
    [1, `${GENEVE} malformed`],
    [1, 'eth:ip:udp port> data malformed'],
    [1, 'eth:ip:udp port> geneve:eth:arp'],
    [1, 'eth:ip:udp port> geneve:data'],
    [2, VXLAN],
    [1, 'eth:ip:udp port> vxlan_gpe:ip:icmp:data'],
    [1, 'eth:ip:udp port> vxlan_gpe:ipv6:icmpv6:data'],
    [2, 'eth:ip:udp port> vxlan_gpe:eth:ip:icmp:data'],
    [1, 'eth:ip:udp port> vxlan_gpe:data unsupported'],
    [1, 'eth:ip:udp port> data malformed'],
    [1, 'eth:ip:udp port> gue:ip:icmp:data'],
    [1, 'eth:ip:udp port> gue:ipv6:icmpv6:data'],
    // One tunnel, with two headers of its own.
    [1, 'eth:ip:udp port> gue:gre:ip:icmp:data'],
    [1, 'eth:ip:udp port> gue:data'],
    [1, 'eth:ip:udp port> ip:icmp:data'],
    [1, 'eth:ip:udp port> ipv6:icmpv6:data'],
    [1, 'eth:ip:udp port> data malformed'],
  ],
  'generated/private': [
    [1, 'eth:ip:udp port> gtp:ip:icmp:data'],
    [1, 'eth:ip:udp port> gtp:ipv6:icmpv6:data'],
    [4, 'eth:ip:udp port> gtp:ip:icmp:data'],
    [1, 'eth:ip:udp port> data malformed'],
    [2, 'eth:ip:udp port> gtp'],
    [1, 'eth:ip:udp port> gtp:data'],
    [3, 'eth:ip:udp port> wg'],
    [2, 'eth:ip:udp port> wg:data'],
    [1, 'eth:ip:udp:esp:data'],
    [1, 'eth:ip:udp:udpencap:isakmp:data'],
    [1, 'eth:ip:udp:udpencap'],
    [1, 'eth:ip:udp:isakmp:data'],
  ],
  // One by one: reassembly.test.ts has them put together.
  'generated/fragments': [...BARE_FRAGMENTS, ...BARE_FRAGMENTS, ...TUNNELED_FRAGMENTS, ...TUNNELED_FRAGMENTS],
  'generated/fragments-odd': [
    [1, 'eth:ip:icmp:data'],
    [3, 'eth:ip:data'],
    [1, 'eth:ipv6:ipv6.fraghdr:icmpv6:data'],
    [3, 'eth:ipv6:ipv6.fraghdr:data'],
    [2, 'eth:ip:data'],
    [1, 'eth:ip:icmp:data'],
    [1, 'eth:ip:data'],
    [1, 'eth:ip:icmp:data'],
    [2, 'eth:ip:data'],
    [1, 'eth:ip'],
    [1, 'eth:ipv6:ipv6.fraghdr:icmpv6:data'],
  ],
  'generated/raw-101': RAW,
  'generated/raw-12': RAW,
  'generated/raw-14': RAW,
  'generated/sll': cooked('sll'),
  'generated/sll2': cooked('sll2'),
  'generated/messages': [
    [6, 'eth:ip:icmp "ip:udp:data"'],
    [13, 'eth:ip:icmp'],
    [1, 'eth:ip:icmp "ip:udp"'],
    [16, 'eth:ipv6:icmpv6'],
    [2, 'eth:ipv6:icmpv6 "ipv6:udp:data"'],
    [2, 'eth:ipv6:icmpv6'],
  ],
  'generated/ipv6-options': [
    [4, 'eth:ipv6:ipv6.hopopts:udp:data'],
    [2, 'eth:ipv6:ipv6.dstopts:udp:data'],
    [2, 'eth:ipv6:ipv6.hopopts:udp:data'],
    [1, 'eth:ipv6:ipv6.dstopts:udp:data'],
    [2, 'eth:ipv6:ipv6.hopopts:udp:data'],
    [1, 'eth:ipv6:ipv6.dstopts:udp:data'],
    [1, 'eth:ipv6:ipv6.hopopts:udp:data'],
  ],
  'generated/options': [
    [20, PING],
    [18, 'eth:ip:tcp'],
  ],
  'generated/transport': [
    [1, 'eth:ip:tcp'],
    [1, 'eth:ip:tcp:data'],
    [2, 'eth:ip:tcp'],
    [1, 'eth:ipv6:tcp'],
    [1, 'eth:ip:tcp:data'],
    [2, 'eth:ip:udp:data'],
    [2, 'eth:ipv6:udp:data'],
    [1, 'eth:ipv6:udp'],
    [1, 'eth:ip:udp:data'],
    [1, 'eth:ip:udp:data malformed'],
  ],
  'generated/tunnels-snaplen-80': [
    [1, 'eth:ip protocol> ip:icmp:data truncated'],
    [1, 'eth:ip protocol> ipv6:data truncated'],
    [1, 'eth:ipv6 protocol> ip:icmp truncated'],
    [1, 'eth:ipv6 protocol> data truncated'],
    [1, 'eth:ipv6:udp port> vxlan:data truncated'],
    [1, 'eth:ip:udp port> vxlan:eth:data truncated'],
    // Cut behind ARP's fixed header.
    [1, 'eth:ip:udp port> vxlan:eth:arp:data truncated'],
    [1, 'eth:ip:udp port> vxlan:eth:vlan:ip truncated'],
    [2, 'eth:ip:udp port> vxlan:eth:ip truncated'],
    [2, 'eth:ip:data truncated'],
    // Cut within the inner Ethernet header, and without a valid VNI.
    [1, 'eth:ip:udp port> vxlan:data truncated malformed'],
  ],
  'generated/tunnels': [
    [1, 'eth:ip protocol> ip:icmp:data'],
    [1, 'eth:ip protocol> ipv6:icmpv6:data'],
    [1, 'eth:ipv6 protocol> ip:icmp:data'],
    [1, 'eth:ipv6 protocol> ipv6:icmpv6:data'],
    [1, 'eth:ipv6:udp port> vxlan:eth:ip:icmp:data'],
    [1, 'eth:ip:udp port> vxlan:eth:ipv6:icmpv6:data'],
    [1, 'eth:ip:udp port> vxlan:eth:arp'],
    [1, 'eth:ip:udp port> vxlan:eth:vlan:ip protocol> ip:icmp:data'],
    [1, 'eth:ip:udp port> vxlan:eth:ip protocol> ip:udp port> vxlan:eth:ip:icmp:data'],
    // The outer packet in three fragments.
    [1, VXLAN],
    [2, 'eth:ip:data'],
    [1, 'eth:ip:udp port> vxlan:data malformed'],
  ],
  'links/cisco-metadata-gre': [[2, 'eth:vlan:ip protocol> gre:cmd:ip:icmp:data']],
  'links/cisco-metadata': [
    [1, 'eth:cmd:ip:tcp:data'],
    [1, 'eth:ip:tcp'],
  ],
  'links/netsniff-ng': [
    [2, 'eth:ip:udp port> vxlan:eth:arp'],
    [4, 'eth:ip:udp port> vxlan:eth:ip:icmp:data'],
    [2, 'eth:ip:udp guess> tunpi:ip:icmp:data'],
  ],
  'links/nflog-egress': [
    [1, 'nflog:eth:ip:icmp:data'],
    [1, 'nflog:ip:icmp:data'],
    [1, 'nflog:eth:ip:icmp:data'],
    [1, 'nflog:ip:icmp:data'],
    [1, 'nflog:eth:ip:icmp:data'],
    [1, 'nflog:ip:icmp:data'],
  ],
  'links/nflog-inet': [
    [2, 'nflog:ip:udp port> vxlan:eth:ip:icmp:data'],
    [1, 'nflog:ip:udp port> vxlan:eth:ipv6:icmpv6'],
    [2, 'nflog:ip:udp port> vxlan:eth:ip:icmp:data'],
    [4, 'nflog:ip:udp guess> tunpi:ip:icmp:data'],
    [2, 'nflog:ip:icmp:data'],
    [2, 'nflog:ipv6:icmpv6:data'],
    [1, 'nflog:ipv6:icmpv6:data truncated'],
    [1, 'nflog:ipv6:icmpv6:data'],
    [1, 'nflog:ip:icmp:data'],
    [1, 'nflog:ip:data'],
    [1, 'nflog:ip:icmp:data'],
    [1, 'nflog:ip:data'],
  ],
  'links/nflog-local': [[6, 'nflog:ip:icmp:data']],
  'links/nflog-netdev': [
    [2, 'nflog:ip:udp port> vxlan:eth:ip:icmp:data'],
    [2, 'nflog:ip:udp guess> tunpi:ip:icmp:data'],
    [1, 'nflog:ip:icmp:data'],
    [2, 'nflog:ipv6:icmpv6:data'],
    [1, 'nflog:ip:icmp:data'],
    [1, 'nflog:ip:data'],
  ],
  'links/pktap': [[4, 'pktap:eth:ip:udp port> vxlan:eth:ip:icmp:data']],
  'links/teredo': [[2, 'eth:ip:udp port> teredo:ipv6:icmpv6']],
  'programs/fastd-l2tp': [
    [8, 'eth:ip:udp:data'],
    [8, 'eth:ip:udp guess> l2tp:eth:ipv6:ipv6.hopopts:icmpv6'],
    [2, 'eth:ip:udp guess> l2tp:eth:arp'],
    [6, 'eth:ip:udp guess> l2tp:eth:ip:icmp:data'],
    [2, 'eth:ip:udp guess> l2tp:eth:ipv6:icmpv6'],
    [6, 'eth:ip:udp guess> l2tp:eth:ipv6:icmpv6:data'],
  ],
  'programs/fastd-tap-l2tp': [
    [8, 'eth:ip:udp:data'],
    [1, 'eth:ip:udp guess> l2tp:eth:arp'],
    [1, 'eth:ip:udp:data'],
    [1, 'eth:ip:udp guess> l2tp:eth:arp'],
    [1, 'eth:ip:udp:data'],
    [8, 'eth:ip:udp guess> l2tp:eth:ip:icmp:data'],
  ],
  'programs/fastd-tap-null': [
    [1, 'eth:ipv6:ipv6.hopopts:icmpv6'],
    [1, 'eth:ipv6:icmpv6'],
    [1, 'eth:ipv6:ipv6.hopopts:icmpv6'],
    [1, 'eth:ipv6:icmpv6'],
    [2, 'eth:ipv6:ipv6.hopopts:icmpv6'],
    [2, 'eth:arp'],
    [8, 'eth:ip:udp:data'],
    [1, 'eth:ip:udp guess> fastd:eth:arp'],
    [2, 'eth:ip:udp:data'],
    [1, 'eth:ip:udp guess> fastd:eth:arp'],
    [8, 'eth:ip:udp guess> fastd:eth:ip:icmp:data'],
    [1, 'eth:ipv6:icmpv6'],
  ],
  'programs/fastd-tap': [
    [8, 'eth:ip:udp:data'],
    [1, 'eth:ip:udp guess> fastd:eth:ipv6:ipv6.hopopts:icmpv6'],
    [2, 'eth:ip:udp:data'],
    [7, 'eth:ip:udp guess> fastd:eth:ipv6:ipv6.hopopts:icmpv6'],
    [2, 'eth:ip:udp guess> fastd:eth:arp'],
    [6, 'eth:ip:udp guess> fastd:eth:ip:icmp:data'],
    [2, 'eth:ip:udp guess> fastd:eth:ipv6:icmpv6'],
    [6, 'eth:ip:udp guess> fastd:eth:ipv6:icmpv6:data'],
  ],
  'programs/fastd-tun': [
    [8, 'eth:ip:udp:data'],
    [1, 'eth:ip:udp guess> fastd:ip:icmp:data'],
    [1, 'eth:ip:udp:data'],
    [1, 'eth:ip:udp guess> fastd:ip:icmp:data'],
    [1, 'eth:ip:udp:data'],
    [4, 'eth:ip:udp guess> fastd:ip:icmp:data'],
    [6, 'eth:ip:udp guess> fastd:ipv6:icmpv6:data'],
  ],
  'programs/geneve-9999': [
    [6, 'eth:ip:udp guess> geneve:eth:ip:icmp:data'],
    [2, 'eth:ip:udp guess> geneve:eth:ipv6:icmpv6'],
    [6, 'eth:ip:udp guess> geneve:eth:ipv6:icmpv6:data'],
  ],
  'programs/openvpn-comp': [[8, 'eth:ip:udp guess> openvpn:ip:icmp:data']],
  'programs/openvpn-fragment': [
    [6, 'eth:ip:udp guess> openvpn:ip:icmp:data'],
    [6, 'eth:ip:udp guess> openvpn:ipv6:icmpv6:data'],
  ],
  'programs/openvpn-keepalive': [
    [4, 'eth:ip:udp:data'],
    [8, 'eth:ip:udp guess> ip:icmp:data'],
    [10, 'eth:ip:udp:data'],
  ],
  'programs/openvpn-secret': [[8, 'eth:ip:udp guess> openvpn:ip:icmp:data']],
  'programs/openvpn-tap-all': [
    [2, 'eth:ip:udp guess> openvpn:eth:arp'],
    [6, 'eth:ip:udp guess> openvpn:eth:ip:icmp:data'],
    [2, 'eth:ip:udp guess> openvpn:eth:ipv6:icmpv6'],
    [6, 'eth:ip:udp guess> openvpn:eth:ipv6:icmpv6:data'],
  ],
  'programs/openvpn-tls-null': [
    [6, 'eth:ip:udp guess> openvpn:ip:icmp:data'],
    [6, 'eth:ip:udp guess> openvpn:ipv6:icmpv6:data'],
  ],
  'programs/quicktun-pi': [[8, 'eth:ip:udp guess> tunpi:ip:icmp:data']],
  'programs/socat-tap-ipip': [
    [3, 'eth:ip protocol> tunpi:eth:ipv6:ipv6.hopopts:icmpv6'],
    [2, 'eth:ip protocol> tunpi:eth:arp'],
    [2, 'eth:ip protocol> tunpi:eth:ip:icmp:data'],
    [1, 'eth:ip protocol> tunpi:eth:ipv6:ipv6.hopopts:icmpv6'],
    [4, 'eth:ip protocol> tunpi:eth:ip:icmp:data'],
    [2, 'eth:ip protocol> tunpi:eth:ipv6:icmpv6'],
    [6, 'eth:ip protocol> tunpi:eth:ipv6:icmpv6:data'],
  ],
  'programs/socat-tap': [
    [2, 'eth:ip:udp guess> tunpi:eth:arp'],
    [8, 'eth:ip:udp guess> tunpi:eth:ip:icmp:data'],
  ],
  'programs/socat-tun-ipip': [[8, 'eth:ip protocol> tunpi:ip:icmp:data']],
  'programs/tinc-router-ipv6': [
    [6, 'eth:ip:udp guess> tinc:eth:ip:icmp:data'],
    [6, 'eth:ip:udp guess> tinc:eth:ipv6:icmpv6:data'],
  ],
  'programs/tinc-router': [[8, 'eth:ip:udp guess> tinc:eth:ip:icmp:data']],
  'programs/tinc-switch': [
    [2, 'eth:ip:udp guess> tinc:eth:arp'],
    [6, 'eth:ip:udp guess> tinc:eth:ip:icmp:data'],
    [2, 'eth:ip:udp guess> tinc:eth:ipv6:icmpv6'],
    [6, 'eth:ip:udp guess> tinc:eth:ipv6:icmpv6:data'],
  ],
  'programs/vtun-ether': [
    [4, 'eth:ip:udp:data'],
    [10, 'eth:ip:udp guess> vtun:eth:ipv6:ipv6.hopopts:icmpv6'],
    [2, 'eth:ip:udp guess> vtun:eth:arp'],
    [6, 'eth:ip:udp guess> vtun:eth:ip:icmp:data'],
    [2, 'eth:ip:udp guess> vtun:eth:ipv6:icmpv6'],
    [6, 'eth:ip:udp guess> vtun:eth:ipv6:icmpv6:data'],
  ],
  'programs/vtun-tun': [
    [4, 'eth:ip:udp:data'],
    [8, 'eth:ip:udp guess> vtun:ip:icmp:data'],
  ],
  'programs/vxlan-9000': [
    [1, 'eth:ip:udp guess> vxlan:eth:ipv6:ipv6.hopopts:icmpv6'],
    [2, 'eth:ip:udp guess> vxlan:eth:ip:icmp:data'],
    [1, 'eth:ip:udp guess> vxlan:eth:ipv6:ipv6.hopopts:icmpv6'],
    [2, 'eth:ip:udp guess> vxlan:eth:ip:icmp:data'],
    [1, 'eth:ip:udp guess> vxlan:eth:ipv6:ipv6.hopopts:icmpv6'],
    [4, 'eth:ip:udp guess> vxlan:eth:ip:icmp:data'],
  ],
  'programs/vxlan-gbp-9999': [
    [3, 'eth:ip:udp guess> vxlan:eth:ipv6:ipv6.hopopts:icmpv6'],
    [2, 'eth:ip:udp guess> vxlan:eth:arp'],
    [4, 'eth:ip:udp guess> vxlan:eth:ip:icmp:data'],
    [1, 'eth:ip:udp guess> vxlan:eth:ipv6:ipv6.hopopts:icmpv6'],
    [2, 'eth:ip:udp guess> vxlan:eth:ip:icmp:data'],
    [2, 'eth:ip:udp guess> vxlan:eth:ipv6:icmpv6'],
    [6, 'eth:ip:udp guess> vxlan:eth:ipv6:icmpv6:data'],
  ],
  'programs/vxlan-gpe-9999': [
    [6, 'eth:ip:udp guess> vxlan_gpe:ip:icmp:data'],
    [6, 'eth:ip:udp guess> vxlan_gpe:ipv6:icmpv6:data'],
  ],
};

const decoder = createDecoder();
const stack = new LayerStack();

async function decodedRuns(path: string): Promise<[number, string][]> {
  const runs: [number, string][] = [];
  for (const { view, bytes, originalLength, linkType } of await readCapture(path)) {
    decoder.decode(view, 0, bytes.length, originalLength, linkType, stack);
    const codes = new Set(Array.from({ length: stack.issueCount }, (_, i) => stack.issueCode(i)));
    const text = [layersText(stack), ...codes].join(' ');
    const last = runs.at(-1);
    if (last?.[1] === text) last[0]++;
    else runs.push([1, text]);
  }
  return runs;
}

const captures = [...labCaptures, ...generatedCaptures, ...linkCaptures, ...programCaptures];

describe('every capture of the repository', () => {
  it('is in the table', () => {
    expect(captures.map(name).sort()).toEqual(Object.keys(expected).sort());
  });

  it.each(captures)('%s', async (path) => {
    expect(await decodedRuns(path)).toEqual(expected[name(path)]);
  });
});
