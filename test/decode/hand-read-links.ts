/** Headers that stand in place of, or between, those of a link, read by hand: the part of hand-read.ts that is about them. */
import { ETHERNET, hex } from '../support/decoding.ts';
import type { HandRead } from './hand-read.ts';
import { ECHO_REQUEST, IPV4_ETHERNET } from './hand-read-tunnels.ts';

/** 32 bytes. */
const PING = `
  45 00 0020 0001 0000 40 01 21b8 ac100002 ac100102   # IPv4, 172.16.0.2 to 172.16.1.2
  ${ECHO_REQUEST}`;
/** 46 bytes. */
const FRAME = `${IPV4_ETHERNET} ${PING}`;
const ADDRESSES = `
  020000000002 020000000001        # Ethernet: destination, source
`;
/** 40 bytes. */
const BUBBLE = `
  60000000 0000 3b 40              # IPv6: nothing in it, next header 59 (none), hop limit 64
  20010000000000000000000000000001 20010000000000000000000000000002`;

export const linkPackets: readonly HandRead[] = [
  {
    name: 'NFLOG of a rule that forwards',
    linkType: 239,
    bytes: hex(`
      02 00 0005                   # IPv4, version 0, group 5
      0800 0100 0800 02 00         # 8 bytes, NFULA_PACKET_HDR: EtherType IPv4, hook 2
      0a00 0a00 6677643a2000 0000  # 10 bytes, NFULA_PREFIX: "fwd: ", padding
      0800 0400 00000002           # NFULA_IFINDEX_INDEV
      0800 0500 00000003           # NFULA_IFINDEX_OUTDEV
      0800 0b00 000003e8           # NFULA_UID
      0800 0e00 00000064           # NFULA_GID
      1400 0300 000000006553f100 000000000003d090   # NFULA_TIMESTAMP
      0600 0f00 0001 0000          # NFULA_HWTYPE, padding
      2400 0900 ${PING}`),
    layers: 'nflog:ip:icmp:data',
    fields: {
      'nflog.family': ['IPv4 (2)'],
      'nflog.version': ['0'],
      'nflog.res_id': ['5'],
      'nflog.tlv_length': ['8', '10', '8', '8', '8', '8', '20', '6', '36'],
      'nflog.protocol': ['IPv4 (0x0800)'],
      'nflog.hook': ['Forward (2)'],
      'nflog.prefix': ['fwd: '],
      'nflog.ifindex_indev': ['2'],
      'nflog.ifindex_outdev': ['3'],
      'nflog.ifindex_physindev': [],
      'nflog.uid': ['1000'],
      'nflog.gid': ['100'],
      'nflog.timestamp.seconds': ['1700000000'],
      'nflog.timestamp.microseconds': ['250000'],
      'nflog.tlv_value': ['0001'],
    },
    summaries: { nflog: 'Group 5' },
  },
  {
    name: 'NFLOG of a big-endian machine, on the way out of a device',
    linkType: 239,
    bytes: hex(`
      05 00 0007                   # a table for devices, group 7
      0008 0001 0800 01 00         # NFULA_PACKET_HDR: EtherType IPv4, hook 1, and yet a frame
      0032 0009 ${FRAME}`),
    layers: 'nflog:eth:ip:icmp:data',
    fields: {
      'nflog.family': ['Netdev (5)'],
      'nflog.tlv_type': ['NFULA_PACKET_HDR (1)', 'NFULA_PAYLOAD (9)'],
    },
  },
  {
    name: 'PKTAP',
    linkType: 258,
    bytes: hex(`
      6c000000 01000000 01000000   # 108 bytes of header, a packet, Ethernet
      656e3000 0000000000000000000000000000000000000000   # "en0"
      02000000 02000000            # flags: out; IPv4
      0e000000 00000000 d2040000   # 14 bytes of link header, none behind; process 1234
      70696e67 00000000000000000000000000000000   # "ping"
      00000000 0600 0000           # service class, Ethernet, unit 0
      ffffffff 0000000000000000000000000000000000000000
      ${FRAME}`),
    layers: 'pktap:eth:ip:icmp:data',
    fields: {
      'pktap.hdrlen': ['108'],
      'pktap.rectype': ['1'],
      'pktap.dlt': ['1'],
      'pktap.ifname': ['en0'],
      'pktap.flags': ['0x00000002'],
      'pktap.pfamily': ['2'],
      'pktap.llhdrlen': ['14'],
      'pktap.pid': ['1234'],
      'pktap.cmdname': ['ping'],
      'pktap.iftype': ['6'],
      'pktap.epid': ['4294967295'],
      'pktap.ecmdname': [''],
    },
    summaries: { pktap: 'On en0' },
  },
  {
    name: 'Cisco MetaData in Ethernet',
    linkType: ETHERNET,
    bytes: hex(`${ADDRESSES} 8909
      01 01 0001 0064              # version 1, one option: the tag, 100
      0800 ${PING}`),
    layers: 'eth:cmd:ip:icmp:data',
    fields: {
      'eth.type': ['Cisco MetaData (0x8909)'],
      'cmd.version': ['1'],
      'cmd.length': ['1'],
      'cmd.options': ['0x0001'],
      'cmd.sgt': ['100'],
      'cmd.type': ['IPv4 (0x0800)'],
    },
    summaries: { cmd: 'SGT 100' },
  },
  {
    name: 'Cisco MetaData in GRE, its type in front',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0040 0001 0000 40 2f 8e57 c0000201 c6336402
      0000 8909                    # GRE
      0800 01 01 0001 0064         # IPv4; version 1, one option: the tag, 100
      ${PING}`),
    layers: 'eth:ip protocol> gre:cmd:ip:icmp:data',
    fields: { 'cmd.version': ['1'], 'cmd.sgt': ['100'], 'cmd.type': ['IPv4 (0x0800)'] },
    summaries: { cmd: 'SGT 100' },
  },
  {
    name: 'Teredo with authentication and origin indication',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0059 0001 0000 40 11 8e5c c0000201 c6336402
      c000 0dd8 0045 0000          # UDP: 49152 to 3544, length 69
      0001 00 00 0102030405060708 00   # authentication: no identifier, no value, nonce, confirmed
      0000 63bf 3ffffdfe           # origin 40000, 192.0.2.1, inverted
      ${BUBBLE}`),
    layers: 'eth:ip:udp port> teredo:ipv6',
    fields: {
      'teredo.auth.idlen': ['0'],
      'teredo.auth.aulen': ['0'],
      'teredo.auth.id': [],
      'teredo.auth.value': [],
      'teredo.auth.nonce': ['0102030405060708'],
      'teredo.auth.conf': ['00'],
      'teredo.orig.port': ['40000'],
      'teredo.orig.addr': ['192.0.2.1'],
    },
    summaries: { teredo: 'Authentication, origin indication' },
  },
  {
    name: 'LISP with nonce and instance',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0044 0001 0000 40 11 8e71 c0000201 c6336402
      c000 10f5 0030 0000          # UDP: 49152 to 4341, length 48
      88 0abcde 00002a 00          # N and I: nonce 703710, instance 42
      ${PING}`),
    layers: 'eth:ip:udp port> lisp-data:ip:icmp:data',
    fields: {
      'lisp-data.flags': ['0x88'],
      'lisp-data.flags.nonce': ['Set'],
      'lisp-data.flags.lsb': ['Not set'],
      'lisp-data.flags.iid': ['Set'],
      'lisp-data.nonce': ['703710'],
      'lisp-data.srcmapver': [],
      'lisp-data.iid': ['42'],
      'lisp-data.lsb': [],
      'lisp-data.lsb8': [],
    },
    summaries: { 'lisp-data': 'Instance 42' },
  },
  {
    name: 'LISP with versions and an Ethernet frame',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0052 0001 0000 40 11 8e63 c0000201 c6336402
      c000 10f5 003e 0000          # UDP: 49152 to 4341, length 62
      54 001 003 00000001          # L, V and P: versions 1 and 0 with next protocol 3 in their last byte; locator 0
      ${FRAME}`),
    layers: 'eth:ip:udp port> lisp-data:eth:ip:icmp:data',
    fields: {
      'lisp-data.srcmapver': ['1'],
      'lisp-data.dstmapver': ['3'],
      'lisp-data.next': ['3'],
      'lisp-data.lsb': ['0x00000001'],
    },
    summaries: { 'lisp-data': 'No instance' },
  },
  {
    name: 'AYIYA',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0070 0001 0000 40 11 8e45 c0000201 c6336402
      c000 13d0 005c 0000          # UDP: 49152 to 5072, length 92
      41 52 11 29                  # identity of 2^4 bytes, a number; 5 words of SHA1; shared secret, forward; IPv6
      6553f100                     # 1700000000
      20010db8000000000000000000000001
      00112233445566778899aabbccddeeff00112233
      ${BUBBLE}`),
    layers: 'eth:ip:udp port> ayiya:ipv6',
    fields: {
      'ayiya.idlen': ['0x4'],
      'ayiya.idtype': ['0x1'],
      'ayiya.siglen': ['0x5'],
      'ayiya.hashmethod': ['0x2'],
      'ayiya.authmethod': ['0x1'],
      'ayiya.opcode': ['Forward (0x1)'],
      'ayiya.nextheader': ['IPv6 (0x29)'],
      'ayiya.epoch_seconds': ['1700000000'],
      'ayiya.identity': ['20010db8000000000000000000000001'],
      'ayiya.signature': ['00112233445566778899aabbccddeeff00112233'],
    },
    summaries: { ayiya: 'Forward' },
  },
  {
    name: 'PIM Register',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 003c 0001 0000 40 67 8e23 c0000201 c6336402
      21 00 deff 00000000          # version 2, Register, checksum of these eight bytes
      ${PING}`),
    layers: 'eth:ip:pim protocol> ip:icmp:data',
    fields: {
      'ip.proto': ['PIM (103)', 'ICMP (1)'],
      'pim.version': ['2'],
      'pim.type': ['Register (1)'],
      'pim.cksum': ['0xdeff'],
      'pim.register_flag.border': ['Not set'],
      'pim.register_flag.null_register': ['Not set'],
    },
    summaries: { pim: 'Register' },
  },
  {
    name: 'MACsec, encrypted',
    linkType: ETHERNET,
    bytes: hex(`${ADDRESSES} 88e5
      2d 00 0000002a               # channel, encrypted, changed, association 1; packet 42
      020000000001 0001            # channel: whose, and port 1
      0011223344556677             # eight bytes of secret
      000102030405060708090a0b0c0d0e0f`),
    layers: 'eth:macsec:data',
    fields: {
      'eth.type': ['802.1AE (MACsec) (0x88e5)'],
      'macsec.TCI.V': ['0x0'],
      'macsec.TCI.SC': ['Set'],
      'macsec.TCI.E': ['Set'],
      'macsec.TCI.C': ['Set'],
      'macsec.AN': ['0x1'],
      'macsec.SL': ['0'],
      'macsec.PN': ['42'],
      'macsec.SCI.system_identifier': ['02:00:00:00:00:01'],
      'macsec.SCI.port_identifier': ['1'],
      'macsec.etype': [],
      'data.data': ['0011223344556677'],
    },
    summaries: { macsec: 'Encrypted, packet number 42' },
  },
  {
    name: 'MACsec that proves and hides nothing',
    linkType: ETHERNET,
    bytes: hex(`${ADDRESSES} 88e5
      00 22 00000001 0800          # no channel, not encrypted; 34 bytes of it; packet 1; IPv4
      ${PING}
      000102030405060708090a0b0c0d0e0f`),
    layers: 'eth:macsec:ip:icmp:data',
    fields: { 'macsec.SL': ['34'], 'macsec.etype': ['IPv4 (0x0800)'], 'macsec.SCI.port_identifier': [] },
    summaries: { macsec: 'Not encrypted, packet number 1' },
  },
  {
    name: 'IP over InfiniBand, to one receiver',
    linkType: 242,
    bytes: hex(`
      0000000000000000000000000000000000000000
      00 000123 fe800000000000000000000000000001   # queue pair, address
      0800 0000 ${PING}`),
    layers: 'ipoib:ip:icmp:data',
    fields: {
      'ipoib.daddr.qpn': ['0x000123'],
      'ipoib.grh.sqpn': [],
      'ipoib.dgid': ['fe80::1'],
      'ipoib.type': ['IPv4 (0x0800)'],
    },
    summaries: { ipoib: 'EtherType 0x0800' },
  },
  {
    name: 'IP over InfiniBand, to a group',
    linkType: 242,
    bytes: hex(`
      60000000 00 000456 fe800000000000000000000000000002   # IPv6’s version; sender’s queue pair, and address
      ff12401bffff00000000000000000001
      0806 0000
      0020 0800 14 04 0001         # ARP for InfiniBand, whose addresses have 20 bytes
      0000045600000000000000000000000000000002 ac100002
      0000000000000000000000000000000000000000 ac100102`),
    layers: 'ipoib:arp',
    fields: {
      'ipoib.daddr.qpn': [],
      'ipoib.grh.sqpn': ['0x000456'],
      'ipoib.grh.sgid': ['fe80::2'],
      'ipoib.type': ['ARP (0x0806)'],
    },
  },
  {
    name: 'Marvell’s tag',
    linkType: 284,
    bytes: hex(`${ADDRESSES}
      c1 10 05 39                  # forwarded, untagged; device 1, port 2; priority 0, VLAN 1337
      0800 ${PING}`),
    layers: 'dsa:ip:icmp:data',
    fields: {
      'eth.dst': ['02:00:00:00:00:02'],
      'eth.src': ['02:00:00:00:00:01'],
      'eth.type': ['IPv4 (0x0800)'],
      'dsa.mode': ['Forward (3)'],
      'dsa.tagged': ['Not set'],
      'dsa.device': ['1'],
      'dsa.port': ['2'],
      'dsa.vid': ['1337'],
    },
    summaries: { dsa: 'Forward, port 1.2' },
  },
  {
    name: 'Marvell’s tag with an EtherType',
    linkType: 285,
    bytes: hex(`${ADDRESSES}
      dada 0000 60 10 a0 64        # from the processor, tagged; device 0, port 2; priority 5, VLAN 100
      0800 ${PING}`),
    layers: 'edsa:ip:icmp:data',
    fields: {
      'eth.addr': ['02:00:00:00:00:02', '02:00:00:00:00:01'],
      'edsa.etype': ['0xdada'],
      'edsa.mode': ['From CPU (1)'],
      'edsa.tagged': ['Set'],
      'edsa.port': ['2'],
      'edsa.priority': ['5'],
      'edsa.vid': ['100'],
    },
    summaries: { edsa: 'From CPU, port 0.2' },
  },
  {
    name: 'Broadcom’s tag, from the switch',
    linkType: 281,
    bytes: hex(`${ADDRESSES}
      00 00 20 45                  # reason 0x20, priority 2, port 5
      0800 ${PING}`),
    layers: 'brcm-tag:ip:icmp:data',
    fields: {
      'eth.src': ['02:00:00:00:00:01'],
      'brcm-tag.opcode': ['0'],
      'brcm-tag.dstmap': [],
      'brcm-tag.reason': ['0x20'],
      'brcm-tag.priority': ['2'],
      'brcm-tag.port': ['5'],
    },
    summaries: { 'brcm-tag': 'From port 5' },
  },
  {
    name: 'Broadcom’s tag in front, to the switch',
    linkType: 282,
    bytes: hex(`20 00 00 a0 ${FRAME}    # to ports 5 and 7`),
    layers: 'brcm-tag-prepend:eth:ip:icmp:data',
    fields: {
      'brcm-tag-prepend.opcode': ['1'],
      'brcm-tag-prepend.dstmap': ['160'],
      'brcm-tag-prepend.port': [],
    },
    summaries: { 'brcm-tag-prepend': 'To ports 0x0a0' },
  },
  {
    name: 'Radiotap, Wi-Fi with a priority and padding',
    linkType: 127,
    bytes: hex(`
      00 00 0a00 06000000 20 0c    # 10 bytes: flags, with padding; rate
      88 01 2c00                   # data with priority, to the access point; 44 µs
      020000000009 020000000001 020000000002 1000   # network, sender, receiver, number 1
      0500 0000                    # priority 5; padding
      aaaa03 000000 0800 ${PING}`),
    layers: 'radiotap:wlan:llc:ip:icmp:data',
    fields: {
      'radiotap.version': ['0'],
      'radiotap.length': ['10'],
      'radiotap.flags': ['0x20'],
      'radiotap.flags.fcs': ['Not set'],
      'radiotap.flags.datapad': ['Set'],
      'wlan.fc.version': ['0'],
      'wlan.fc.type': ['Data frame (2)'],
      'wlan.fc.subtype': ['8'],
      'wlan.fc.tods': ['Set'],
      'wlan.fc.fromds': ['Not set'],
      'wlan.fc.protected': ['Not set'],
      'wlan.duration': ['44'],
      'wlan.ra': ['02:00:00:00:00:09'],
      'wlan.ta': ['02:00:00:00:00:01'],
      'wlan.da': ['02:00:00:00:00:02'],
      'wlan.sa': ['02:00:00:00:00:01'],
      'wlan.bssid': ['02:00:00:00:00:09'],
      'wlan.frag': ['0'],
      'wlan.seq': ['1'],
      'wlan.qos.tid': ['5'],
      'wlan.qos.amsdupresent': ['Not set'],
    },
    summaries: { radiotap: '10 bytes', wlan: 'Data frame, subtype 8' },
  },
  {
    name: 'Wi-Fi in Aruba’s GRE',
    linkType: ETHERNET,
    bytes: hex(`${IPV4_ETHERNET}
      45 00 0058 0001 0000 40 2f 8e3f c0000201 c6336402
      0000 8200                    # GRE
      08 02 0000 020000000001 020000000009 020000000002 0000   # data from the access point
      aaaa03 000000 0800 ${PING}`),
    layers: 'eth:ip protocol> gre:wlan:llc:ip:icmp:data',
    fields: {
      'wlan.da': ['02:00:00:00:00:01'],
      'wlan.bssid': ['02:00:00:00:00:09'],
      'wlan.sa': ['02:00:00:00:00:02'],
      'wlan.qos.tid': [],
    },
  },
  {
    name: 'PPI',
    linkType: 192,
    bytes: hex(`
      00 00 1000 01000000          # version 0, 16 bytes, Ethernet
      0500 0400 00112233           # a field of four bytes
      ${FRAME}`),
    layers: 'ppi:eth:ip:icmp:data',
    fields: {
      'ppi.version': ['0'],
      'ppi.flags': ['0x00'],
      'ppi.length': ['16'],
      'ppi.dlt': ['1'],
      'ppi.fields': ['0500040000112233'],
    },
    summaries: { ppi: 'Link type 1' },
  },
  {
    name: 'an exported PDU',
    linkType: 252,
    bytes: hex(`
      000c 0004 6970 0000          # dissector "ip", padded
      0014 0004 c0000201           # source
      0019 0004 00000035           # source port 53
      0000 0000 ${PING}`),
    layers: 'exported_pdu:ip:icmp:data',
    fields: {
      'exported_pdu.tag': [
        'PDU content dissector name (12)',
        'IPv4 Source Address (20)',
        'Source Port (25)',
        'End-of-options (0)',
      ],
      'exported_pdu.tag_len': ['4', '4', '4', '0'],
      'exported_pdu.prot_name': ['ip'],
      'exported_pdu.ipv4_src': ['192.0.2.1'],
      'exported_pdu.ipv4_dst': [],
      'exported_pdu.src_port': ['53'],
    },
    summaries: { exported_pdu: 'Exported ip' },
  },
];
