/** Packets whose every byte has been read by hand: what they are made of, and what must be read in them. */
import { ETHERNET, hex } from '../support/decoding.ts';
import { applicationPackets } from './hand-read-applications.ts';
import { linkPackets } from './hand-read-links.ts';
import { ECHO_REQUEST, IPV4_ETHERNET, tunnelPackets } from './hand-read-tunnels.ts';

export interface HandRead {
  readonly name: string;
  readonly linkType: number;
  readonly bytes: Uint8Array;
  /** As layersText has it. */
  readonly layers: string;
  /** Filter name → values in all layers, as the tree shows them. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** Protocol → its summary. */
  readonly summaries?: Readonly<Record<string, string>>;
}

const IPV6_ETHERNET = `
  020000000002 020000000001 86dd   # Ethernet: destination, source, EtherType IPv6`;
export const handRead: readonly HandRead[] = [
  {
    name: 'Ethernet, IPv4, ICMP echo',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0020                   # IPv4: version 4, 5 words; total length 32
      1234 4000                    # identification; Don't Fragment
      3f 01 3d72                   # TTL 63, protocol 1, header checksum
      c0000201 c6336402            # 192.0.2.1 to 198.51.100.2
      ${ECHO_REQUEST}`),
    layers: 'eth:ip:icmp:data',
    fields: {
      'eth.dst': ['02:00:00:00:00:02'],
      'eth.addr': ['02:00:00:00:00:02', '02:00:00:00:00:01'],
      'eth.type': ['IPv4 (0x0800)'],
      'ip.version': ['4'],
      'ip.hdr_len': ['20'],
      'ip.len': ['32'],
      'ip.id': ['0x1234'],
      'ip.flags': ['0x2'],
      'ip.flags.df': ['Set'],
      'ip.flags.mf': ['Not set'],
      'ip.ttl': ['63'],
      'ip.proto': ['ICMP (1)'],
      'ip.checksum': ['0x3d72'],
      'ip.checksum.status': ['good'],
      'ip.addr': ['192.0.2.1', '198.51.100.2'],
      'ip.options': [],
      'icmp.type': ['Echo (ping) request (8)'],
      'icmp.checksum.status': ['good'],
      'icmp.ident': ['17767'],
      'icmp.ident_le': ['26437'],
      'icmp.seq': ['1'],
      'data.data': ['70696e67'],
      'data.len': ['4'],
    },
    summaries: { icmp: 'Echo request id=17767 seq=1', ip: 'Protocol 1 (ICMP)' },
  },
  {
    name: 'IPv4 options, UDP',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      47 00 0026 0001 0000         # 7 words; total length 38
      40 11 77c6                   # TTL 64, protocol 17
      c0000201 c6336402
      07 07 04 c0000209 00         # record route, 7 bytes, pointer 4, 192.0.2.9; end of list
      9c47 9c48 000a 72a9 6869     # UDP: 40007 to 40008, length 10, checksum; "hi"`),
    layers: 'eth:ip:udp:data',
    fields: {
      'ip.hdr_len': ['28'],
      'ip.options': ['070704c000020900'],
      'ip.opt.type': ['Record Route (7)', 'End of Options List (0)'],
      'ip.opt.len': ['7'],
      'ip.opt.ptr': ['4'],
      'ip.rec_rt': [],
      'ip.empty_rt': ['192.0.2.9'],
      'udp.port': ['40007', '40008'],
      'udp.length': ['10'],
      'udp.checksum': ['0x72a9'],
      'udp.checksum.status': ['good'],
    },
    summaries: { udp: '40007 > 40008 len=2' },
  },
  {
    name: 'a source route, and an option that goes beyond the options',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      4a 00 0030 0001 0000         # 10 words; total length 48
      40 11 ce19                   # TTL 64, protocol 17
      c0000201 c6336402
      83 0b 08 c0000209 c000020a   # loose source route, 11 bytes, pointer 8: 192.0.2.9 passed, 192.0.2.10 to come
      94 04 0000                   # router alert
      44 06 05 10 ff               # time stamps: 6 bytes, and 5 left
      9c47 9c48 0008 0000          # UDP without a checksum`),
    layers: 'eth:ip:udp',
    fields: {
      'ip.dst': ['198.51.100.2'],
      'ip.opt.type': ['Loose Source Route (131)', 'Router Alert (148)'],
      'ip.opt.type.copy': ['Set', 'Set'],
      'ip.rec_rt': ['192.0.2.9'],
      'ip.src_rt': ['192.0.2.10'],
      'ip.opt.ra': ['0'],
      'ip.opt.time_stamp': [],
      'ip.checksum.status': ['good'],
    },
  },
  {
    name: 'TCP options, one after the other',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0050 0001 0000 40 06 8e70 c0000201 c6336402   # total length 80
      c738 01bb 00000001 00000002
      f010 2000 0000 0000          # 15 words; ACK
      01 01 05 12                  # no operation, twice; SACK, 18 bytes
      00000005 00000009 0000000b 0000000d
      08 0a 00000064 00000065      # time stamps
      22 06 0a0b0c0d               # Fast Open, with a cookie
      00 00 00 00`),
    layers: 'eth:ip:tcp',
    fields: {
      'tcp.option_kind': [
        'No-Operation (1)',
        'No-Operation (1)',
        'SACK (5)',
        'Time Stamp Option (8)',
        'TCP Fast Open Cookie (34)',
        'End of Option List (0)',
        'End of Option List (0)',
        'End of Option List (0)',
        'End of Option List (0)',
      ],
      'tcp.option_len': ['18', '10', '6'],
      'tcp.options.sack.count': ['2'],
      'tcp.options.sack_le': ['5', '11'],
      'tcp.options.sack_re': ['9', '13'],
      'tcp.options.timestamp.tsval': ['100'],
      'tcp.options.timestamp.tsecr': ['101'],
      'tcp.options.tfo.cookie': ['0a0b0c0d'],
    },
  },
  {
    name: 'ICMP time exceeded with extensions, behind a quotation of 128 bytes',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      4500 00a8 0001 0000 40 01 7c51 cb007101 c0000201   # total length 168; from 203.0.113.1
      0b 00 ae07 00 20 0000           # time exceeded; 32 words quoted
      4500 009c 0005 0000 40 11 8e15 c0000201 c6336402   # quoted: total length 156, of which 128 bytes are here
      2328 2328 0088 0000          # UDP: 9000 to 9000, length 136
      ${'00'.repeat(100)}
      2000 9deb                    # extensions: version 2, checksum
      0008 01 01                   # 8 bytes of class 1, C-Type 1: a label stack
      00064 1 05                   # label 100, bottom of the stack, TTL 5`),
    layers: 'eth:ip:icmp "ip:udp:data"',
    fields: {
      'icmp.type': ['Time-to-live exceeded (11)'],
      'icmp.checksum.status': ['good'],
      'icmp.length.original_datagram': ['128'],
      'icmp.ext.version': ['2'],
      'icmp.ext.checksum.status': ['good'],
      'icmp.ext.class': ['MPLS Label Stack Class (1)'],
      'icmp.mpls.label': ['100'],
      'icmp.mpls.s': ['Set'],
      'icmp.mpls.ttl': ['5'],
      'data.len': ['100'],
    },
    summaries: { icmp: 'Time-to-live exceeded: Time to live exceeded in transit' },
  },
  {
    name: 'the same from before RFC 4884: no length, and 128 bytes quoted',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      4500 00a8 0001 0000 40 01 7c51 cb007101 c0000201   # total length 168; from 203.0.113.1
      0b 00 ae27 00000000             # time exceeded
      4500 009c 0005 0000 40 11 8e15 c0000201 c6336402   # quoted: total length 156, of which 128 bytes are here
      2328 2328 0088 0000          # UDP: 9000 to 9000, length 136
      ${'00'.repeat(100)}
      2000 9deb                    # extensions: version 2, checksum
      0008 01 01                   # 8 bytes of class 1, C-Type 1: a label stack
      00064 1 05                   # label 100, bottom of the stack, TTL 5`),
    layers: 'eth:ip:icmp "ip:udp:data"',
    fields: {
      'icmp.type': ['Time-to-live exceeded (11)'],
      'icmp.checksum.status': ['good'],
      'icmp.length.original_datagram': [],
      'icmp.ext.version': ['2'],
      'icmp.ext.checksum.status': ['good'],
      'icmp.ext.class': ['MPLS Label Stack Class (1)'],
      'icmp.mpls.label': ['100'],
      'icmp.mpls.s': ['Set'],
      'icmp.mpls.ttl': ['5'],
      'data.len': ['100'],
    },
    summaries: { icmp: 'Time-to-live exceeded: Time to live exceeded in transit' },
  },
  {
    name: '802.1ad, 802.1Q, TCP with an option',
    linkType: ETHERNET,
    bytes: hex(`
      020000000002 020000000001
      88a8 000a                    # 802.1ad: VLAN 10
      8100 b014 0800               # 802.1Q: priority 5, drop eligible, VLAN 20; EtherType IPv4
      45 b9 002d 0001 0000         # DSCP 46, ECN 1; total length 45
      40 06 8dda c0000201 c6336402
      c738 01bb                    # TCP: 51000 to 443
      fffffffe 00000007            # sequence, acknowledgment
      60c2 2000 4a34 0000          # 6 words; CWR, ECE, SYN; window 8192, checksum, urgent pointer
      0204 05b4                    # maximum segment size 1460
      78                           # "x"`),
    layers: 'eth:ieee8021ad:vlan:ip:tcp:data',
    fields: {
      'ieee8021ad.id': ['10'],
      'vlan.priority': ['5'],
      'vlan.dei': ['Set'],
      'vlan.id': ['20'],
      'ip.dsfield': ['0xb9'],
      'ip.dsfield.dscp': ['Expedited Forwarding (46)'],
      'tcp.seq_raw': ['4294967294'],
      'tcp.ack_raw': ['7'],
      'tcp.hdr_len': ['24'],
      'tcp.flags': ['0x0c2'],
      'tcp.flags.syn': ['Set'],
      'tcp.flags.ack': ['Not set'],
      'tcp.window_size_value': ['8192'],
      'tcp.checksum.status': ['good'],
      'tcp.options': ['020405b4'],
      'tcp.option_kind': ['Maximum Segment Size (2)'],
      'tcp.option_len': ['4'],
      'tcp.options.mss_val': ['1460'],
      'tcp.options.wscale.shift': [],
      'tcp.seq': ['4294967294'],
      'tcp.len': ['1'],
    },
    summaries: { tcp: '51000 > 443 [SYN, ECE, CWR] seq=4294967294 len=1', vlan: 'VLAN 20' },
  },
  {
    name: 'ARP request, padded to 60 bytes',
    linkType: ETHERNET,
    bytes: hex(`
      ffffffffffff 020000000001 0806
      0001 0800 06 04 0001         # Ethernet, IPv4, sizes 6 and 4, request
      020000000001 c0000201        # sender: address, 192.0.2.1
      000000000000 c0000202        # target: not known, 192.0.2.2
      000000000000000000000000000000000000   # padding`),
    layers: 'eth:arp',
    fields: {
      'arp.opcode': ['request (1)'],
      'arp.src.hw_mac': ['02:00:00:00:00:01'],
      'arp.src.proto_ipv4': ['192.0.2.1'],
      'arp.dst.proto_ipv4': ['192.0.2.2'],
      'arp.isgratuitous': [],
    },
    summaries: { arp: 'Who has 192.0.2.2? Tell 192.0.2.1' },
  },
  {
    name: 'ARP that tells its own address, on a link with addresses of 7 bytes',
    linkType: ETHERNET,
    bytes: hex(`
      ffffffffffff 020000000001 0806
      0001 0800 07 04 0001         # Ethernet, IPv4, sizes 7 and 4, request
      02000000000102 c0000201      # sender: address, 192.0.2.1
      00000000000000 c0000201      # target: not known, the same`),
    layers: 'eth:arp',
    fields: {
      'arp.src.hw': ['02000000000102'],
      'arp.src.proto_ipv4': ['192.0.2.1'],
      'arp.dst.proto_ipv4': ['192.0.2.1'],
      'arp.isgratuitous': ['Set'],
    },
    summaries: { arp: 'Opcode 1' },
  },
  {
    name: '6in4, ICMPv6 echo',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0048 0001 0000 40 29   # total length 72; TTL 64, protocol 41
      8e55 c0000201 c6336402
      6b9abcde                     # IPv6: traffic class 0xb9, flow label 0xabcde
      000c 3a 3f                   # payload length 12, next header 58, hop limit 63
      fd000000000000000000000000000002
      fd000000000000010000000000000002
      80 00 6179 4567 0001         # ICMPv6: echo request, checksum, identifier, sequence number
      70696e67`),
    layers: 'eth:ip protocol> ipv6:icmpv6:data',
    fields: {
      'ipv6.tclass': ['0xb9'],
      'ipv6.tclass.dscp': ['Expedited Forwarding (46)'],
      'ipv6.flow': ['0xabcde'],
      'ipv6.plen': ['12'],
      'ipv6.nxt': ['ICMPv6 (58)'],
      'ipv6.hlim': ['63'],
      'ipv6.addr': ['fd00::2', 'fd00:0:0:1::2'],
      'icmpv6.checksum.status': ['good'],
      'icmpv6.echo.identifier': ['0x4567'],
      'icmpv6.echo.sequence_number': ['1'],
    },
    summaries: { icmpv6: 'Echo request id=17767 seq=1', ipv6: 'Next header 58 (ICMPv6)' },
  },
  {
    name: 'IPv6 extension headers, one after the other',
    linkType: ETHERNET,
    bytes: hex(`${IPV6_ETHERNET}
      60000000 003a 00 40          # payload length 58, next header 0
      20010db8000000000000000000000001
      20010db8000000010000000000000002
      2b 00 050200000100           # hop-by-hop: next 43, 8 bytes; router alert, padding
      2c 02 00 01 00000000         # routing: next 44, 24 bytes, type 0, one segment left
      20010db8000000000000000000000003
      3c 00 0000 00012345          # fragment: next 60, offset 0, no more: whole after all
      11 00 010400000000           # destination options: next 17, 8 bytes; padding
      9c47 9c48 000a 036b 6869     # UDP, its checksum over the last station's address`),
    layers: 'eth:ipv6:ipv6.hopopts:ipv6.routing:ipv6.fraghdr:ipv6.dstopts:udp:data',
    fields: {
      'ipv6.hopopts.len_oct': ['8'],
      'ipv6.hopopts.options': ['050200000100'],
      'ipv6.routing.type': ['Source Route (0)'],
      'ipv6.routing.segleft': ['1'],
      'ipv6.fraghdr.offset': ['0'],
      'ipv6.fraghdr.more': ['Not set'],
      'ipv6.fraghdr.ident': ['0x00012345'],
      'ipv6.dstopts.nxt': ['UDP (17)'],
      'udp.checksum.status': ['good'],
    },
    summaries: { 'ipv6.fraghdr': 'id=0x00012345 offset=0 last' },
  },
  {
    name: 'authentication header, ESP',
    linkType: ETHERNET,
    bytes: hex(`${IPV6_ETHERNET}
      60000000 0026 33 40          # payload length 38, next header 51
      20010db8000000000000000000000001
      20010db8000000010000000000000002
      32 04 0000 00000105 00000006 # AH: next 50, 6 words less 2, SPI, sequence number
      000102030405060708090a0b     # integrity check value
      00000205 00000007            # ESP: SPI, sequence number
      736563726574                 # encrypted`),
    layers: 'eth:ipv6:ah:esp:data',
    fields: {
      'ah.length': ['4'],
      'ah.spi': ['0x00000105'],
      'ah.sequence': ['6'],
      'ah.icv': ['000102030405060708090a0b'],
      'esp.spi': ['0x00000205'],
      'esp.sequence': ['7'],
    },
    summaries: { ah: 'SPI=0x00000105', esp: 'SPI=0x00000205 seq=7' },
  },
  {
    name: 'neighbor solicitation',
    linkType: ETHERNET,
    bytes: hex(`${IPV6_ETHERNET}
      60000000 0020 3a ff
      fe800000000000000000000000000001
      ff020000000000000000000000000001
      87 00 799a 00000000          # type 135, code, checksum, reserved
      fe800000000000000000000000000002   # target
      01 01 020000000001           # option: source link-layer address, 8 bytes`),
    layers: 'eth:ipv6:icmpv6',
    fields: {
      'icmpv6.type': ['Neighbor Solicitation (135)'],
      'icmpv6.checksum.status': ['good'],
      'icmpv6.nd.ns.target_address': ['fe80::2'],
      'icmpv6.opt.src_linkaddr': ['02:00:00:00:00:01'],
      'icmpv6.opt.target_linkaddr': [],
    },
    summaries: { icmpv6: 'Neighbor Solicitation for fe80::2' },
  },
  {
    name: 'VXLAN',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0052 0001 0000 40 11 8e63 c0000201 c6336402
      1388 12b5 003e 0000          # UDP: 5000 to 4789, length 62, no checksum
      08 000000 00002a 00          # VXLAN: I flag, VNI 42
      020000000002 020000000001 0800
      45 00 0020 0001 0000 40 01 21b8 ac100002 ac100102
      ${ECHO_REQUEST}`),
    layers: 'eth:ip:udp port> vxlan:eth:ip:icmp:data',
    fields: {
      'udp.checksum.status': ['absent'],
      'vxlan.flags': ['0x0800'],
      'vxlan.flag_i': ['Set'],
      'vxlan.vni': ['42'],
      'ip.src': ['192.0.2.1', '172.16.0.2'],
      'ip.dst': ['198.51.100.2', '172.16.1.2'],
    },
    summaries: { vxlan: 'VNI 42' },
  },
  {
    name: '802.3, LLC with SNAP',
    linkType: ETHERNET,
    bytes: hex(`
      020000000002 020000000001 0024     # length 36
      aa aa 03 000000 0800         # DSAP, SSAP, control, organization code, EtherType
      45 00 001c 0001 0000 40 01 8ea9 c0000201 c6336402
      08 00 b297 4567 0001
      0000                         # padding`),
    layers: 'eth:llc:ip:icmp',
    fields: {
      'eth.len': ['36'],
      'llc.dsap': ['SNAP (0xaa)'],
      'llc.control': ['0x0003'],
      'llc.type': ['IPv4 (0x0800)'],
      'icmp.checksum.status': ['good'],
    },
    summaries: { llc: 'DSAP 0xaa (SNAP)' },
  },
  {
    name: 'port unreachable, with the packet that it quotes',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 003a 0001 0000 40 01 7cbf cb007101 c0000201
      03 03 e94f 00000000          # destination unreachable, port unreachable
      45 00 001e 0005 0000 40 11 8e93 c0000201 c6336402
      2328 2328 000a 64e9 6869     # UDP: 9000 to 9000; "hi"`),
    layers: 'eth:ip:icmp "ip:udp:data"',
    fields: {
      'icmp.type': ['Destination unreachable (3)'],
      'icmp.code': ['3'],
      'icmp.ident': [],
      'ip.src': ['203.0.113.1', '192.0.2.1'],
      'udp.checksum.status': ['good'],
    },
    summaries: { icmp: 'Destination unreachable: Port unreachable' },
  },
  {
    name: 'IP in IP, the inner one a first fragment that ends within its datagram',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0032 0001 0000 40 04 8e90 c0000201 c6336402
      45 00 001e 0077 2000 40 11 0134 ac100002 ac100102   # More Fragments
      9c47 9c48 0064 1234 6869     # UDP: length 100`),
    layers: 'eth:ip protocol> ip:udp:data',
    fields: {
      'ip.flags.mf': ['Not set', 'Set'],
      'udp.length': ['100'],
      'udp.checksum.status': ['unverifiable'],
    },
  },
  {
    name: 'TUN packet information in UDP',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0040 0001 0000 40 11 8e75 c0000201 c6336402
      2328 2328 002c c50e          # UDP: 9000 to 9000, length 44
      0000 0800                    # flags, EtherType
      45 00 0020 1234 4000 3f 01 d084 ac100002 ac100102
      ${ECHO_REQUEST}`),
    layers: 'eth:ip:udp guess> tunpi:ip:icmp:data',
    fields: { 'tunpi.flags': ['0x0000'], 'tunpi.proto': ['IPv4 (0x0800)'], 'udp.checksum.status': ['good'] },
  },
  ...[
    {
      name: 'Linux cooked, version 1',
      linkType: 113,
      header: '0000 0001 0006 020000000001 0000 0800',
      of: 'sll',
    },
    {
      name: 'Linux cooked, version 2',
      linkType: 276,
      header: '0800 0000 00000007 0001 00 06 020000000001 0000',
      of: 'sll2',
    },
    { name: 'BSD loopback, little-endian', linkType: 0, header: '02000000', of: 'null' },
    { name: 'BSD loopback, big-endian', linkType: 0, header: '00000002', of: 'null' },
    { name: 'OpenBSD loopback', linkType: 108, header: '00000002', of: 'null' },
    { name: 'raw IP, link type 12', linkType: 12, header: '', of: '' },
    { name: 'raw IP, link type 14', linkType: 14, header: '', of: '' },
    { name: 'raw IP, link type 101', linkType: 101, header: '', of: '' },
    { name: 'IPv4, link type 228', linkType: 228, header: '', of: '' },
    { name: 'PPP', linkType: 9, header: '0021', of: 'ppp' },
    { name: 'PPP in HDLC-like framing', linkType: 50, header: 'ff03 0021', of: 'ppp' },
    { name: 'Cisco HDLC under the link type of PPP', linkType: 50, header: '0f00 0800', of: 'chdlc' },
    { name: 'Cisco HDLC', linkType: 104, header: '0f00 0800', of: 'chdlc' },
    { name: 'PPPoE, link type 51', linkType: 51, header: '1100 0001 001e 0021', of: 'pppoes:ppp' },
    { name: 'LLC, link type 100', linkType: 100, header: 'aaaa03 000000 0800', of: 'llc' },
    // DLCI 100: 000110 in the first byte, 0100 in the second.
    { name: 'Frame Relay, NLPID', linkType: 107, header: '1841 03 cc', of: 'fr' },
    { name: 'Frame Relay, padded SNAP', linkType: 107, header: '1841 03 00 80 000000 0800', of: 'fr' },
    { name: 'Frame Relay, Cisco', linkType: 107, header: '1841 0800', of: 'fr' },
    // In 16 bits: 1100100 in front of 000001 is 100 * 64 + 1; here with three address bytes, and with four.
    { name: 'Frame Relay, 16 bits', linkType: 107, header: '1840 05 03 cc', of: 'fr16' },
    { name: 'Frame Relay, 23 bits', linkType: 107, header: '1840 06 05 03 cc', of: 'fr23' },
  ].map(({ name, linkType, header, of }) => ({
    name,
    linkType,
    bytes: hex(`${header} 45 00 001c 0001 0000 40 01 8ea9 c0000201 c6336402 08 00 b297 4567 0001`),
    layers: of === '' ? 'ip:icmp' : `${of.replace(/\d+$/, of === 'sll2' ? '2' : '')}:ip:icmp`,
    fields: {
      'ip.src': ['192.0.2.1'],
      'icmp.ident': ['17767'],
      ...(of.startsWith('sll') && {
        'sll.pkttype': ['Unicast to us (0)'],
        'sll.hatype': ['Ethernet (1)'],
        'sll.halen': ['6'],
        'sll.src.eth': ['02:00:00:00:00:01'],
        'sll.etype': ['IPv4 (0x0800)'],
        'sll.ifindex': of === 'sll2' ? ['7'] : [],
      }),
      ...(of === 'ppp' && { 'ppp.protocol': ['Internet Protocol version 4 (0x0021)'] }),
      ...(of === 'chdlc' && {
        'chdlc.address': ['Unicast (0x0f)'],
        'chdlc.control': ['0x00'],
        'chdlc.protocol': ['IPv4 (0x0800)'],
      }),
      ...(of === 'fr' && { 'fr.dlci': ['100'] }),
      ...(of === 'fr16' && { 'fr.dlci': ['6401'] }),
      // 0001100100, 0000011, 000001.
      ...(of === 'fr23' && { 'fr.dlci': ['819393'], 'fr.nlpid': ['IP (0xcc)'] }),
      ...(of === 'null' && { 'null.family': ['IP (2)'] }),
    },
  })),
  ...tunnelPackets,
  ...applicationPackets,
  ...linkPackets,
];
