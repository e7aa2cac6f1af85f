/** Tunnels whose every byte has been read by hand: the part of hand-read.ts that is about them. */
import { ETHERNET, hex } from '../support/decoding.ts';
import type { HandRead } from './hand-read.ts';

export const IPV4_ETHERNET = `
  020000000002 020000000001 0800   # Ethernet: destination, source, EtherType IPv4`;
export const ECHO_REQUEST = `
  08 00 d3c6                       # ICMP: echo request, code 0, checksum
  4567 0001                        # identifier 17767, sequence number 1
  70696e67                         # "ping"`;
/** 32 bytes. */
const INNER_PING = `
  45 00 0020 0001 0000 40 01 21b8 ac100002 ac100102   # IPv4, 172.16.0.2 to 172.16.1.2
  ${ECHO_REQUEST}`;
/** 46 bytes. */
const INNER_FRAME = `${IPV4_ETHERNET} ${INNER_PING}`;

export const tunnelPackets: readonly HandRead[] = [
  {
    name: 'GENEVE with options',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0062 0001 0000 40 11 8e53 c0000201 c6336402
      c350 17c1 004e 0000          # UDP: 50000 to 6081, length 78, no checksum
      04 40 6558 00002a 00         # GENEVE: 4 words of options, C; Ethernet; VNI 42
      0102 80 01 00010002          # option of OVN's, critical, one word of data
      0101 01 01 000000ff          # option of Open vSwitch's
      ${INNER_FRAME}`),
    layers: 'eth:ip:udp port> geneve:eth:ip:icmp:data',
    fields: {
      'geneve.version': ['0'],
      'geneve.flags': ['0x40'],
      'geneve.flags.oam': ['Not set'],
      'geneve.flags.critical': ['Set'],
      'geneve.proto_type': ['Transparent Ethernet bridging (0x6558)'],
      'geneve.vni': ['0x00002a'],
      'geneve.options': ['010280010001000201010101000000ff'],
      'geneve.option.class': ['Open Virtual Networking (OVN) (0x0102)', 'Open vSwitch (0x0101)'],
      'geneve.option.type': ['0x80', '0x01'],
      'geneve.option.type.critical': ['Set', 'Not set'],
      // Of all options first, as tshark has it.
      'geneve.option.length': ['16', '8', '8'],
      'geneve.option.unknown.data': ['00010002', '000000ff'],
    },
    summaries: { geneve: 'VNI 42' },
  },
  {
    name: 'fastd without encryption',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 004b 0001 0000 40 11 8e6a c0000201 c6336402
      2710 2710 0037 0000          # UDP: 10000 to 10000, length 55, no checksum
      00   # data
      ${INNER_FRAME}`),
    layers: 'eth:ip:udp guess> fastd:eth:ip:icmp:data',
    fields: {
      'fastd.type': ['Data (0x00)'],
    },
    summaries: { fastd: 'fastd' },
  },
  {
    name: 'vtun',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 003e 0001 0000 40 11 8e77 c0000201 c6336402
      2710 2710 002a 0000          # UDP: 10000 to 10000, length 42, no checksum
      0020   # no flags, 32 bytes
      ${INNER_PING}`),
    layers: 'eth:ip:udp guess> vtun:ip:icmp:data',
    fields: {
      'vtun.flags': ['Data (0x0000)'],
      'vtun.length_field': ['32'],
    },
    summaries: { vtun: 'VTun' },
  },
  {
    name: 'openvpn with a secret, a fragment’s header and compression switched off',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0049 0001 0000 40 11 8e6c c0000201 c6336402
      2710 2710 0035 0000          # UDP: 10000 to 10000, length 53, no checksum
      00000001 6b0b9046 00000000 fa   # packet ID 1, 2026-11-29; a whole packet; not compressed
      ${INNER_PING}`),
    layers: 'eth:ip:udp guess> openvpn:ip:icmp:data',
    fields: {
      'openvpn.header': ['000000016b0b904600000000fa'],
    },
    summaries: { openvpn: 'OpenVPN' },
  },
  {
    name: 'tinc without encryption',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 004e 0001 0000 40 11 8e67 c0000201 c6336402
      2710 2710 003a 0000          # UDP: 10000 to 10000, length 58, no checksum
      00000016   # sequence number 22
      ${INNER_FRAME}`),
    layers: 'eth:ip:udp guess> tinc:eth:ip:icmp:data',
    fields: {
      'tinc.seq': ['22'],
    },
    summaries: { tinc: 'tinc' },
  },
  {
    name: 'three bytes that nobody is known to send',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 003f 0001 0000 40 11 8e76 c0000201 c6336402
      2710 2710 002b 0000          # UDP: 10000 to 10000, length 43, no checksum
      010203   # anything
      ${INNER_PING}`),
    layers: 'eth:ip:udp guess> prefix:ip:icmp:data',
    fields: {
      'prefix.bytes': ['010203'],
    },
    summaries: { prefix: '3 bytes in front' },
  },
  {
    name: 'GRE with checksum, key and sequence number',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0044 0001 0000 40 2f 8e53 c0000201 c6336402
      b000 0800                    # GRE: C, K, S, version 0; IPv4
      47ce 0000                    # checksum, offset
      0000002a 00000007            # key 42, sequence number 7
      ${INNER_PING}`),
    layers: 'eth:ip protocol> gre:ip:icmp:data',
    fields: {
      'gre.flags_and_version': ['0xb000'],
      'gre.flags.checksum': ['Set'],
      'gre.flags.routing': ['Not set'],
      'gre.flags.key': ['Set'],
      'gre.flags.sequence_number': ['Set'],
      'gre.flags.version': ['0'],
      'gre.proto': ['IPv4 (0x0800)'],
      'gre.checksum.status': ['good'],
      'gre.offset': ['0'],
      'gre.key': ['0x0000002a'],
      'gre.key.vsid': [],
      'gre.sequence_number': ['7'],
    },
    summaries: { gre: 'IPv4 key=0x0000002a seq=7' },
  },
  {
    name: 'NVGRE',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 004a 0001 0000 40 2f 8e4d c0000201 c6336402
      2000 6558                    # GRE: K, version 0; Ethernet
      001864 1f                    # virtual subnet 6244, flow 31
      ${INNER_FRAME}`),
    layers: 'eth:ip protocol> gre:eth:ip:icmp:data',
    fields: {
      'gre.key': ['0x0018641f'],
      'gre.key.vsid': ['6244'],
      'gre.key.flow_id': ['31'],
      'gre.checksum.status': [],
    },
  },
  {
    name: 'ERSPAN type I',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0046 0001 0000 40 2f 8e51 c0000201 c6336402
      0000 88be                    # GRE: nothing but the type; ERSPAN, without bytes of its own
      ${INNER_FRAME}`),
    layers: 'eth:ip protocol> gre:erspan:eth:ip:icmp:data',
    fields: { 'erspan.version': [], 'erspan.spanid': [] },
    summaries: { erspan: 'Type I' },
  },
  {
    name: 'ERSPAN type II',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0052 0001 0000 40 2f 8e45 c0000201 c6336402
      1000 88be 00000007           # GRE: S, version 0; ERSPAN; sequence number 7
      1014 b801                    # version 1, VLAN 20; class 5, encapsulation 3, session 1
      000 00123                    # reserved, index 0x123
      ${INNER_FRAME}`),
    layers: 'eth:ip protocol> gre:erspan:eth:ip:icmp:data',
    fields: {
      'erspan.version': ['1'],
      'erspan.vlan': ['20'],
      'erspan.cos': ['5'],
      'erspan.encap': ['3'],
      'erspan.truncated': ['0'],
      'erspan.spanid': ['1'],
      'erspan.index': ['291'],
      'erspan.timestamp': [],
    },
    summaries: { erspan: 'Session 1' },
  },
  {
    name: 'ERSPAN type III with a platform header',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 005e 0001 0000 40 2f 8e39 c0000201 c6336402
      1000 22eb 00000007           # GRE: S; ERSPAN III
      2014 0801 00112233           # version 2, VLAN 20; short, session 1; timestamp
      0005 0039                    # tag 5; no P, Ethernet, hardware 3, direction out, 100 microseconds, O
      14000001 00000002            # platform 5
      ${INNER_FRAME}`),
    layers: 'eth:ip protocol> gre:erspan:eth:ip:icmp:data',
    fields: {
      'erspan.version': ['2'],
      'erspan.bso': ['1'],
      'erspan.timestamp': ['1122867'],
      'erspan.sgt': ['5'],
      'erspan.ft': ['0'],
      'erspan.hw': ['3'],
      'erspan.direction': ['Set'],
      'erspan.gra': ['0'],
      'erspan.o': ['1'],
      'erspan.platid': ['5'],
      'erspan.index': [],
    },
  },
  {
    name: 'PPTP: GRE version 1, PPP',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0048 0001 0000 40 2f 8e4f c0000201 c6336402
      3081 880b                    # GRE: K, S, A, version 1; PPP
      0024 0009                    # payload length 36, call 9
      00000001 00000002            # sequence, acknowledgment
      ff 03 0021                   # PPP: address, control, IPv4
      ${INNER_PING}`),
    layers: 'eth:ip protocol> gre:ppp:ip:icmp:data',
    fields: {
      'gre.flags.ack': ['Set'],
      'gre.flags.version': ['1'],
      'gre.key': [],
      'gre.key.payload_length': ['36'],
      'gre.key.call_id': ['9'],
      'gre.sequence_number': ['1'],
      'gre.ack_number': ['2'],
      'ppp.address': ['0xff'],
      'ppp.control': ['0x03'],
      'ppp.protocol': ['Internet Protocol version 4 (0x0021)'],
    },
  },
  {
    name: 'PPPoE session, with the protocol in one byte',
    linkType: ETHERNET,
    bytes: hex(`
      020000000002 020000000001 8864
      11 00 0007 0021              # PPPoE: version 1, type 1; session 7, length 33
      21                           # PPP: IPv4
      ${INNER_PING}
      0000`),
    layers: 'eth:pppoes:ppp:ip:icmp:data',
    fields: {
      'pppoe.version': ['1'],
      'pppoe.type': ['1'],
      'pppoe.code': ['Session Data (0x00)'],
      'pppoe.session_id': ['0x0007'],
      'pppoe.payload_length': ['33'],
      'ppp.address': [],
      'ppp.protocol': ['Internet Protocol version 4 (0x0021)'],
    },
    summaries: { pppoes: 'Session 0x0007', ppp: 'Internet Protocol version 4' },
  },
  {
    name: 'PPPoE discovery',
    linkType: ETHERNET,
    bytes: hex(`
      ffffffffffff 020000000001 8863
      11 09 0000 0004              # initiation, no session, length 4
      0101 0000                    # any service`),
    layers: 'eth:pppoed:data',
    fields: { 'pppoe.code': ['Active Discovery Initiation (PADI) (0x09)'], 'pppoe.session_id': ['0x0000'] },
    summaries: { pppoed: 'Active Discovery Initiation (PADI)' },
  },
  {
    name: 'MPLS, two labels',
    linkType: ETHERNET,
    bytes: hex(`
      020000000002 020000000001 8847
      00064 a 40                   # label 100, class 5, not the bottom, TTL 64
      00000 1 3f                   # label 0: explicit null; bottom, TTL 63
      ${INNER_PING}`),
    layers: 'eth:mpls:mpls:ip:icmp:data',
    fields: {
      'mpls.label': ['100', 'IPv4 Explicit-Null (0)'],
      'mpls.exp': ['5', '0'],
      'mpls.bottom': ['0', '1'],
      'mpls.ttl': ['64', '63'],
    },
    summaries: { mpls: 'Label 100' },
  },
  {
    name: 'Ethernet pseudowire in MPLS, with control word',
    linkType: ETHERNET,
    bytes: hex(`
      020000000002 020000000001 8847
      00064 1 40                   # label 100, bottom
      0 000 0007                   # control word: sequence number 7
      ${INNER_FRAME}`),
    layers: 'eth:mpls guess> pwethcw:eth:ip:icmp:data',
    fields: { 'pweth.cw.sequence_number': ['7'] },
    summaries: { pwethcw: 'seq=7' },
  },
  {
    name: 'associated channel',
    linkType: ETHERNET,
    bytes: hex(`
      020000000002 020000000001 8847
      0000d 1 01                   # label 13, bottom, TTL 1
      10 00 0007                   # version 0, reserved, BFD
      20c80318`),
    layers: 'eth:mpls:pwach:data',
    fields: {
      'pwach.ver': ['0'],
      'pwach.res': ['0x00'],
      'pwach.channel_type': ['BFD Control without IP/UDP Headers (0x0007)'],
    },
    summaries: { pwach: 'Channel 0x0007' },
  },
  {
    name: 'EtherIP',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0044 0001 0000 40 61 8e21 c0000201 c6336402
      3 000                        # version 3
      ${INNER_FRAME}`),
    layers: 'eth:ip protocol> etherip:eth:ip:icmp:data',
    fields: { 'etherip.ver': ['3'], 'etherip.reserved': ['0x000'] },
    summaries: { etherip: 'Version 3' },
  },
  {
    name: 'L2TP version 2, with length and sequence numbers',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 004c 0001 0000 40 11 8e69 c0000201 c6336402
      06a5 06a5 0038 0000          # UDP: 1701 to 1701, length 56
      4802 0030                    # data, L, S, version 2; length 48
      0005 0006 0001 0002          # tunnel 5, session 6, Ns 1, Nr 2
      ff03 0021                    # PPP: IPv4
      ${INNER_PING}`),
    layers: 'eth:ip:udp port> l2tp:ppp:ip:icmp:data',
    fields: {
      'l2tp.flags': ['0x4802'],
      'l2tp.type': ['0'],
      'l2tp.length_bit': ['Set'],
      'l2tp.seq_bit': ['Set'],
      'l2tp.offset_bit': ['Not set'],
      'l2tp.version': ['2'],
      'l2tp.length': ['48'],
      'l2tp.tunnel': ['5'],
      'l2tp.session': ['6'],
      'l2tp.Ns': ['1'],
      'l2tp.Nr': ['2'],
      'l2tp.sid': [],
    },
    summaries: { l2tp: 'Tunnel 5 session 6' },
  },
  {
    name: 'L2TP version 3 in IP, with a cookie of 8 bytes and a sublayer',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0052 0001 0000 40 73 8e01 c0000201 c6336402
      00001234                     # session
      1122334455667788 40000001    # cookie; sublayer: sequence number 1
      ${INNER_FRAME}`),
    layers: 'eth:ip protocol> l2tp:eth:ip:icmp:data',
    fields: {
      'l2tp.sid': ['0x00001234'],
      'l2tp.cookie_and_sublayer': ['112233445566778840000001'],
      'l2tp.version': [],
    },
    summaries: { l2tp: 'Session 0x00001234' },
  },
  {
    name: 'VXLAN with a group policy',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0052 0001 0000 40 11 8e63 c0000201 c6336402
      1388 12b5 003e 0000
      88 48 0064 00002a 00         # VXLAN: G, I; D, A; group 100; VNI 42
      ${INNER_FRAME}`),
    layers: 'eth:ip:udp port> vxlan:eth:ip:icmp:data',
    fields: {
      'vxlan.flags': ['0x8848'],
      'vxlan.flag_g': ['Set'],
      'vxlan.flag_d': ['Set'],
      'vxlan.flag_a': ['Set'],
      'vxlan.flags_reserved': ['0x0000'],
      'vxlan.gbp': ['100'],
      'vxlan.vni': ['42'],
    },
    summaries: { vxlan: 'VNI 42 group 100' },
  },
  {
    name: 'VXLAN-GPE',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0044 0001 0000 40 11 8e71 c0000201 c6336402
      c350 12b6 0030 0000          # UDP: 50000 to 4790, length 48
      0c 0000 01 00002a 00         # version 0, I, P; IPv4; VNI 42
      ${INNER_PING}`),
    layers: 'eth:ip:udp port> vxlan_gpe:ip:icmp:data',
    fields: {
      'vxlan.flags': ['0x0c'],
      'vxlan.ver': ['0'],
      'vxlan.i_bit': ['1'],
      'vxlan.p_bit': ['1'],
      'vxlan.o_bit': ['0'],
      'vxlan.next_proto': ['IPv4 (1)'],
      'vxlan.vni': ['42'],
    },
    summaries: { vxlan_gpe: 'VNI 42' },
  },
  {
    name: 'GTP-U with the container of a 5G session',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 004c 0001 0000 40 11 8e69 c0000201 c6336402
      0868 0868 0038 0000          # UDP: 2152 to 2152, length 56
      34 ff 0028 12345678          # GTP-U: version 1, E; T-PDU; length 40; TEID
      0000 00 85                   # sequence and N-PDU number that don't hold; PDU session container
      01 00 09 00                  # 4 bytes: to the phone, QoS flow 9; no more
      ${INNER_PING}`),
    layers: 'eth:ip:udp port> gtp:ip:icmp:data',
    fields: {
      'gtp.flags': ['0x34'],
      'gtp.flags.version': ['1'],
      'gtp.flags.e': ['Set'],
      'gtp.message': ['T-PDU (0xff)'],
      'gtp.length': ['40'],
      'gtp.teid': ['0x12345678'],
      'gtp.seq_number': [],
      'gtp.ext_hdr.next': ['PDU Session container (0x85)', 'No more extension headers (0x00)'],
      'gtp.ext_hdr.pdu_ses_con.pdu_type': ['0'],
      'gtp.ext_hdr.pdu_ses_con.qos_flow_id': ['9'],
    },
    summaries: { gtp: 'T-PDU TEID=0x12345678' },
  },
  {
    name: 'WireGuard',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 003c 0001 0000 40 11 8e79 c0000201 c6336402
      ca6c ca6c 0028 0000          # UDP: 51820 to 51820, length 40
      04 000000 78563412           # transport data; receiver, low byte first
      0500000000000000             # counter 5
      000102030405060708090a0b0c0d0e0f`),
    layers: 'eth:ip:udp port> wg:data',
    fields: {
      'wg.type': ['Transport Data (4)'],
      'wg.reserved': ['000000'],
      'wg.receiver': ['0x12345678'],
      'wg.counter': ['5'],
      'wg.sender': [],
    },
    summaries: { wg: 'Transport Data receiver=0x12345678, keepalive' },
  },
  {
    name: 'IKE on port 4500, behind the non-ESP marker',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 003c 0001 0000 40 11 8e79 c0000201 c6336402
      1194 1194 0028 0000          # UDP: 4500 to 4500, length 40
      00000000                     # non-ESP marker
      1122334455667788 0000000000000000   # initiator's and responder's SPI
      2b 20 22 08                  # next payload; version 2.0; IKE_SA_INIT; initiator
      00000000 0000001c`),
    layers: 'eth:ip:udp:udpencap:isakmp',
    fields: {
      'udpencap.marker': ['00000000'],
      'isakmp.ispi': ['1122334455667788'],
      'isakmp.rspi': ['0000000000000000'],
      'isakmp.version': ['0x20'],
      'isakmp.exchangetype': ['IKE_SA_INIT (34)'],
      'isakmp.flags': ['0x08'],
      'isakmp.messageid': ['0x00000000'],
      'isakmp.length': ['28'],
    },
    summaries: { udpencap: 'Non-ESP marker', isakmp: 'IKE_SA_INIT' },
  },
  {
    name: 'GUE',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0044 0001 0000 40 11 8e71 c0000201 c6336402
      c350 17c0 0030 0000          # UDP: 50000 to 6080, length 48
      0 1 04 0010                  # variant 0, one word of extensions; IPv4; flags
      00000000
      ${INNER_PING}`),
    layers: 'eth:ip:udp port> gue:ip:icmp:data',
    fields: {
      'gue.variant': ['0'],
      'gue.control': ['Not set'],
      'gue.hlen': ['4'],
      'gue.proto': ['IPIP (4)'],
      'gue.flags': ['0x0010'],
      'gue.extensions': ['00000000'],
    },
    summaries: { gue: 'Protocol 4' },
  },
  {
    name: 'LLDP',
    linkType: ETHERNET,
    bytes: hex(`
      0180c200000e 020000000001 88cc
      0207 04 020000000001         # chassis, 7 bytes: the address
      0405 05 65746830             # port, 5 bytes: "eth0"
      0602 0078                    # time to live: 120 seconds
      0a04 6c656166                # system name: "leaf"
      0000                         # end
      000000`),
    layers: 'eth:lldp',
    fields: { 'lldp.time_to_live': ['120'], 'lldp.tlv.system.name': ['leaf'], 'lldp.port.desc': [] },
    summaries: { lldp: 'leaf' },
  },
  {
    name: 'spanning tree',
    linkType: ETHERNET,
    bytes: hex(`
      0180c2000000 020000000001 0026   # length 38
      42 42 03                     # LLC
      0000 00 00 01                # configuration; topology change
      8001 020000000009 00000004   # root: priority 32768, VLAN 1; cost 4
      8001 020000000001 8002       # bridge; port
      0100 1400 0200 0f00          # ages and times`),
    layers: 'eth:llc:stp',
    fields: {
      'stp.protocol': ['0x0000'],
      'stp.version': ['0'],
      'stp.type': ['Configuration (0x00)'],
      'stp.flags.tc': ['Set'],
      'stp.root.prio': ['32768'],
      'stp.root.ext': ['1'],
      'stp.root.hw': ['02:00:00:00:00:09'],
      'stp.root.cost': ['4'],
      'stp.bridge.hw': ['02:00:00:00:00:01'],
      'stp.port': ['0x8002'],
    },
    summaries: { stp: 'Configuration root=02:00:00:00:00:09 cost=4' },
  },
  {
    name: 'LACP, by name',
    linkType: ETHERNET,
    bytes: hex('0180c2000002 020000000001 8809 01 0114'),
    layers: 'eth:slow:data',
    fields: { 'slow.subtype': ['LACP (0x01)'] },
    summaries: { slow: 'LACP' },
  },
];
