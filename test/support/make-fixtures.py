#!/usr/bin/env python3
"""Makes the captures in fixtures/generated/: headers that the lab's own captures lack.

usage: make-fixtures.py DIR        needs scapy, which also computes the lengths and checksums that are not given

The results are kept in the repository, so that tests need no scapy. Every packet is stamped with its number in seconds.
"""
import struct
import sys
from pathlib import Path

from scapy.all import (
    ARP, Dot1AD, Dot1Q, Dot3, Ether, ICMP, IP, IPv6, LLC, SNAP, TCP, UDP, Raw, checksum, fragment, raw,
)
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import IPOption_RR, IPOption_Router_Alert, IPOption_Timestamp
from scapy.layers.inet6 import (
    ICMPv6DestUnreach, ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6MLQuery, ICMPv6MLReport2, ICMPv6ND_NA,
    ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_Redirect, ICMPv6ND_RS, ICMPv6NDOptDstLLAddr, ICMPv6NDOptMTU,
    ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr, ICMPv6PacketTooBig, ICMPv6ParamProblem, ICMPv6TimeExceeded, ICMPv6Unknown,
    IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, IPv6ExtHdrSegmentRouting,
    PadN, RouterAlert, fragment6,
)
from scapy.contrib.geneve import GENEVE, GeneveOptions
from scapy.layers.ipsec import AH, ESP
from scapy.layers.l2 import STP
from scapy.layers.vxlan import VXLAN

MAC1, MAC2 = "02:00:00:00:00:01", "02:00:00:00:00:02"
V4 = dict(src="192.0.2.1", dst="198.51.100.2")
V4_INNER = dict(src="172.16.0.2", dst="172.16.1.2")
V6 = dict(src="2001:db8::1", dst="2001:db8:0:1::2")
V6_INNER = dict(src="fd00::2", dst="fd00:0:0:1::2")
BODY = bytes(range(0x10, 0x38))

ETHERNET, NULL, RAW_12, RAW_14, RAW_101, LOOP, SLL, IPV4, IPV6, SLL2 = 1, 0, 12, 14, 101, 108, 113, 228, 229, 276


def eth():
    return Ether(src=MAC1, dst=MAC2)


def write(name, link_type, packets, snap_length=262144, byte_order="<"):
    out = bytearray(struct.pack(byte_order + "IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap_length, link_type))
    for number, packet in enumerate(packets):
        data = raw(packet)
        kept = data[:snap_length]
        out += struct.pack(byte_order + "IIII", number, 0, len(kept), len(data)) + kept
    (Path(sys.argv[1]) / name).write_bytes(out)


def changed(packet, offset, *values):
    """The packet's bytes with some of them replaced, and no checksum made anew."""
    data = bytearray(raw(packet))
    data[offset:offset + len(values)] = bytes(values)
    return bytes(data)


def ping(**addresses):
    return IP(ttl=63, id=0x1234, flags="DF", **addresses) / ICMP(id=0x4567, seq=1) / BODY


def ping6(**addresses):
    return IPv6(hlim=63, **addresses) / ICMPv6EchoRequest(id=0x4567, seq=1, data=BODY)


def link_layers():
    yield eth() / Dot1Q(vlan=20, prio=3, id=1) / ping(**V4)
    yield eth() / Dot1AD(vlan=10) / Dot1Q(vlan=20) / ping6(**V6)
    yield Ether(src=MAC1, dst=MAC2, type=0x9100) / Dot1Q(vlan=11) / Dot1Q(vlan=20) / ping(**V4)
    yield eth() / Dot1Q(vlan=1) / Dot1Q(vlan=2) / Dot1Q(vlan=3) / ping(**V4)
    yield Dot3(src=MAC1, dst=MAC2) / LLC() / SNAP(OUI=0, code=0x0800) / ping(**V4)
    yield Dot3(src=MAC1, dst=MAC2) / LLC() / SNAP(OUI=0x00AABB, code=0x2000) / Raw(bytes(20))
    # A spanning tree frame, padded to 60 bytes.
    yield raw(Dot3(src=MAC1, dst="01:80:c2:00:00:00", len=38) / LLC(dsap=0x42, ssap=0x42, ctrl=3) / STP()) + bytes(8)
    yield Dot3(src=MAC1, dst=MAC2) / LLC(dsap=0xF0, ssap=0xF0, ctrl=1) / Raw(b"\x00")
    # An 802.3 length behind a VLAN tag, with padding behind it.
    yield raw(Ether(src=MAC1, dst=MAC2, type=0x8100)) + bytes.fromhex("0014 0003 424203") + bytes(39)
    # Padded by the card to 60 bytes, at either end of a tunnel.
    yield raw(eth() / IP(**V4) / UDP(sport=40007, dport=40008) / b"hi") + bytes(16)
    yield eth() / ARP(op=1, hwsrc=MAC1, psrc="192.0.2.1", pdst="192.0.2.2")
    yield raw(eth() / ARP(op=2, hwsrc=MAC2, psrc="192.0.2.2", hwdst=MAC1, pdst="192.0.2.1")) + bytes(18)
    yield eth() / ARP(op=1, hwsrc=MAC1, psrc="192.0.2.1", pdst="192.0.2.1")
    yield Ether(src=MAC1, dst=MAC2, type=0x8035) / ARP(op=3, hwsrc=MAC1, hwdst=MAC1, psrc="0.0.0.0", pdst="0.0.0.0")
    # A type that nothing here knows, and one that is neither a type nor a length.
    yield Ether(src=MAC1, dst=MAC2, type=0x88CC) / Raw(bytes(46))
    yield Ether(src=MAC1, dst=MAC2, type=0x0600 - 1) / Raw(bytes(46))


def ipv4():
    yield eth() / IP(options=[IPOption_RR(routers=["192.0.2.9", "0.0.0.0"])], **V4) / ICMP(id=1, seq=2) / BODY
    yield eth() / IP(options=[IPOption_Router_Alert()], **V4) / UDP(sport=40007, dport=40008) / b"abc"
    yield eth() / IP(options=[IPOption_Timestamp()], **V4) / TCP(sport=40007, dport=40008, flags="A") / b"abc"
    whole = IP(id=0x77, **V4) / UDP(sport=40007, dport=40008) / (bytes(range(256)) * 4)
    for piece in fragment(whole, fragsize=512):
        yield eth() / piece
    for piece in fragment(IP(id=0x78, **V4) / ICMP(id=3, seq=4) / (BODY * 25), fragsize=600):
        yield eth() / piece
    # A first fragment that ends within the transport header.
    yield eth() / IP(id=0x79, flags="MF", proto=17, **V4) / Raw(bytes.fromhex("0fa00fa1"))
    # Segmentation offload leaves the total length at zero.
    yield eth() / IP(len=0, chksum=0, **V4) / TCP(sport=40007, dport=40008, flags="PA") / BODY
    yield changed(eth() / ping(**V4), 24, 0xDE, 0xAD)
    yield changed(eth() / ping(**V4), 36, 0xDE, 0xAD)
    yield eth() / IP(tos=0xB9, flags="evil", **V4) / ICMP(type=13, id=1, seq=2, ts_ori=1, ts_rx=2, ts_tx=3)
    yield eth() / IP(proto=89, **V4) / Raw(bytes(24))
    yield eth() / IP(proto=51, **V4) / AH(nh=6, payloadlen=4, spi=0x105, seq=6, icv=bytes(12)) / TCP(sport=40007, dport=40008)
    yield eth() / IP(proto=50, **V4) / ESP(spi=0x105, seq=6, data=BODY)


def transport():
    options = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 0)), ("NOP", None), ("WScale", 7)]
    yield eth() / IP(**V4) / TCP(sport=51000, dport=443, seq=1000, flags="S", options=options)
    yield eth() / IP(**V4) / TCP(sport=51000, dport=7777, seq=0xFFFFFFFE, ack=7, flags="FPA", window=1) / b"hello"
    yield eth() / IP(**V4) / TCP(sport=51000, dport=7777, flags="RUEC", urgptr=9)
    yield eth() / IP(**V4) / TCP(sport=51000, dport=7777, flags=0x1FF, reserved=7)
    yield eth() / IPv6(**V6) / TCP(sport=51000, dport=7777, flags="SA", options=options)
    yield eth() / IP(**V4) / TCP(sport=40007, dport=40008, chksum=0x1234) / b"bad"
    yield eth() / IP(**V4) / UDP(sport=40007, dport=40008, chksum=0x1234) / b"bad"
    yield eth() / IP(**V4) / UDP(sport=40007, dport=40008, chksum=0) / b"none"
    yield eth() / IPv6(**V6) / UDP(sport=40007, dport=40008, chksum=0x1234) / b"bad"
    yield eth() / IPv6(**V6) / UDP(sport=40007, dport=40008) / b"odd"
    yield eth() / IPv6(**V6) / UDP(sport=40007, dport=40008)
    # More behind the datagram than its length says, and less.
    yield eth() / IP(**V4) / UDP(sport=40007, dport=40008, len=11) / b"abcdef"
    yield eth() / IP(**V4) / UDP(sport=40007, dport=40008, len=100) / b"abcdef"


def icmp_errors():
    cause = IP(id=5, **V4) / UDP(sport=9000, dport=9000) / BODY
    for type_, code in ((3, 0), (3, 1), (3, 3), (11, 0), (12, 0)):
        yield eth() / IP(src="203.0.113.1", dst=V4["src"]) / ICMP(type=type_, code=code) / cause
    yield eth() / IP(src="203.0.113.1", dst=V4["src"]) / ICMP(type=3, code=4, nexthopmtu=1400) / cause
    yield eth() / IP(src="203.0.113.1", dst=V4["src"]) / ICMP(type=5, code=1, gw="203.0.113.9") / cause
    # Eight bytes behind the quoted header, as RFC 792 asks for; then none, and half a header.
    for quoted in (28, 24, 20, 10, 0):
        yield eth() / IP(src="203.0.113.1", dst=V4["src"]) / ICMP(type=3, code=3) / raw(cause)[:quoted]
    # What went through a tunnel, quoted on the outer side: a quotation, and no tunnel.
    inside = IP(id=6, **V4) / UDP(sport=5000, dport=4789) / VXLAN(vni=42, flags=8) / eth() / ping(**V4_INNER)
    yield eth() / IP(src="203.0.113.1", dst=V4["src"]) / ICMP(type=3, code=3) / inside
    yield eth() / IP(src="203.0.113.1", dst=V4["src"]) / ICMP(type=11) / IP(id=6, **V4) / ping(**V4_INNER)


def icmpv6():
    yield eth() / ping6(**V6)
    yield eth() / IPv6(**V6) / ICMPv6EchoReply(id=0x4567, seq=0xFFFF, data=b"odd")
    yield eth() / IPv6(**V6) / ICMPv6EchoRequest(id=1, seq=1, cksum=0x1234, data=b"bad")
    cause = IPv6(**V6) / UDP(sport=9000, dport=9000) / BODY
    yield eth() / IPv6(**V6) / ICMPv6DestUnreach(code=4) / cause
    yield eth() / IPv6(**V6) / ICMPv6PacketTooBig(mtu=1280) / cause
    yield eth() / IPv6(**V6) / ICMPv6TimeExceeded() / raw(cause)[:44]
    yield eth() / IPv6(**V6) / ICMPv6ParamProblem(ptr=40) / raw(cause)[:30]
    link_local = dict(src="fe80::1", dst="ff02::1")
    yield eth() / IPv6(hlim=255, **link_local) / ICMPv6ND_NS(tgt="fe80::2") / ICMPv6NDOptSrcLLAddr(lladdr=MAC1)
    yield eth() / IPv6(hlim=255, **link_local) / ICMPv6ND_NA(tgt="fe80::2", R=1, S=1, O=0) / ICMPv6NDOptDstLLAddr(lladdr=MAC2)
    yield eth() / IPv6(hlim=255, **link_local) / ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr=MAC1)
    yield eth() / IPv6(hlim=255, **link_local) / ICMPv6ND_RA(chlim=64, routerlifetime=1800) / ICMPv6NDOptMTU(mtu=1450) / ICMPv6NDOptPrefixInfo(prefix="2001:db8::") / ICMPv6NDOptSrcLLAddr(lladdr=MAC1)
    yield eth() / IPv6(hlim=255, **link_local) / ICMPv6ND_Redirect(tgt="fe80::9", dst="2001:db8::9")
    yield eth() / IPv6(hlim=1, **link_local) / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / ICMPv6MLQuery()
    yield eth() / IPv6(hlim=1, **link_local) / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / ICMPv6MLReport2()


def ipv6_extensions():
    yield eth() / IPv6(tc=0xB9, fl=0xABCDE, **V6) / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / ICMPv6EchoRequest(id=7, seq=9)
    yield eth() / IPv6(**V6) / IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(12))]) / TCP(sport=40007, dport=40008)
    yield eth() / IPv6(**V6) / IPv6ExtHdrRouting(type=0, addresses=["2001:db8::3", "2001:db8::4"], segleft=2) / UDP(sport=40007, dport=40008) / b"xyz"
    yield eth() / IPv6(**V6) / IPv6ExtHdrRouting(type=2, addresses=["2001:db8::3"], segleft=1) / UDP(sport=40007, dport=40008) / b"xyz"
    yield eth() / IPv6(**V6) / IPv6ExtHdrRouting(type=0, addresses=["2001:db8::3"], segleft=0) / UDP(sport=40007, dport=40008) / b"xyz"
    yield eth() / IPv6(**V6) / IPv6ExtHdrSegmentRouting(addresses=["2001:db8::3", "2001:db8::4"], segleft=1, lastentry=1) / UDP(sport=40007, dport=40008) / b"xyz"
    yield eth() / IPv6(**V6) / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / IPv6ExtHdrFragment(id=5) / IPv6ExtHdrDestOpt() / UDP(sport=40007, dport=40008) / b"atomic"
    for piece in fragment6(IPv6(**V6) / IPv6ExtHdrFragment(id=0x12345) / UDP(sport=40007, dport=40008) / bytes(1000), 600):
        yield eth() / piece
    yield eth() / IPv6(**V6) / AH(nh=17, payloadlen=4, spi=5, seq=6, icv=bytes(12)) / UDP(sport=40007, dport=40008) / b"abcd"
    yield eth() / IPv6(nh=50, **V6) / ESP(spi=5, seq=6, data=BODY)
    yield eth() / IPv6(nh=59, **V6) / b"ignored"
    yield raw(eth() / IPv6(nh=59, **V6)) + bytes(6)
    yield eth() / IPv6(plen=0, **V6) / TCP(sport=40007, dport=40008) / BODY


def ipv6_options():
    """Every option of IPv6's extension headers that has fields, by hand."""
    rest = raw(UDP(sport=40007, dport=40008, chksum=0) / BODY)
    for protocol, text in (
        (0, "05020000 0100"), (0, "05020001 0100"), (0, "05020002 00 00"), (0, "00 05020000 00"), (60, "040104 010100"),
        (60, "0102 0000 c910" + "20010db8000000000000000000000009"), (0, "3004 05dc 0579"),
        (0, "2606 0512 12345678 01020000"), (60, "0f0a 0102 0003 0004 0005 0006"),
        (0, "6304 a01e0100"), (0, "1e04 01020304"),
        (60, "8b04 01020304"), (0, "c204 00000040"),
    ):
        value = bytes.fromhex(text.replace(" ", ""))
        value += bytes(-(2 + len(value)) % 8)
        header = bytes([17, (2 + len(value)) // 8 - 1]) + value
        yield eth() / IPv6(nh=protocol, **V6) / Raw(header + rest)


def tunnels():
    yield eth() / IP(**V4) / ping(**V4_INNER)
    yield eth() / IP(**V4) / ping6(**V6_INNER)
    yield eth() / IPv6(**V6) / ping(**V4_INNER)
    yield eth() / IPv6(**V6) / ping6(**V6_INNER)
    yield eth() / IPv6(**V6) / UDP(sport=5000, dport=4789, chksum=0) / VXLAN(vni=42, flags=8) / eth() / ping(**V4_INNER)
    yield eth() / IP(**V4) / UDP(sport=5000, dport=8472) / VXLAN(vni=0xFFFFFF, flags=8) / eth() / ping6(**V6_INNER)
    # An ARP packet in VXLAN, padded within the inner frame and behind the outer packet.
    arp = raw(eth() / ARP(op=1, hwsrc=MAC1, psrc="172.16.0.2", pdst="172.16.0.3")) + bytes(18)
    yield raw(eth() / IP(**V4) / UDP(sport=5000, dport=4789) / VXLAN(vni=42, flags=8) / Raw(arp)) + bytes(3)
    yield eth() / IP(**V4) / UDP(sport=5000, dport=4789) / VXLAN(vni=42, flags=8) / eth() / Dot1Q(vlan=5) / IP(**V4_INNER) / ping(**V4_INNER)
    # VXLAN in IP-in-IP in VXLAN, as happens to clusters on rented networks.
    deep = IP(**V4_INNER) / UDP(sport=5000, dport=4789) / VXLAN(vni=2, flags=8) / eth() / ping(**V4_INNER)
    yield eth() / IP(**V4) / UDP(sport=5000, dport=4789) / VXLAN(vni=1, flags=8) / eth() / IP(**V4_INNER) / deep
    # A first fragment of the outer packet, with a UDP length that goes beyond it.
    whole = IP(id=0x99, **V4) / UDP(sport=5000, dport=4789) / VXLAN(vni=42, flags=8) / eth() / IP(**V4_INNER) / ICMP(id=1, seq=1) / (BODY * 15)
    for piece in fragment(whole, fragsize=304):
        yield eth() / piece
    # The VNI is not valid.
    yield eth() / IP(**V4) / UDP(sport=5000, dport=4789) / VXLAN(vni=42, flags=0) / eth() / ping(**V4_INNER)


def overlays():
    """GENEVE, with all that its header may hold."""
    def geneve(payload, dport=6081, **fields):
        return eth() / IP(**V4) / UDP(sport=50000, dport=dport) / GENEVE(**fields) / payload

    frame = eth() / ping(**V4_INNER)
    yield geneve(frame, vni=42)
    yield geneve(ping(**V4_INNER), vni=0xFFFFFF, proto=0x0800)
    yield geneve(ping6(**V6_INNER), vni=1, proto=0x86DD, oam=1)
    yield eth() / IPv6(**V6) / UDP(sport=50000, dport=6081, chksum=0) / GENEVE(vni=7) / eth() / ping6(**V6_INNER)
    # OVN's logical ports, a critical option; one without data behind it; one that nobody knows.
    ovn = GeneveOptions(classid=0x0102, type=0x80, data=bytes.fromhex("00010002"))
    empty = GeneveOptions(classid=0x0101, type=1)
    unknown = GeneveOptions(classid=0xFFF1, type=0x81, data=bytes(range(8)))
    yield geneve(frame, vni=42, critical=1, options=[ovn])
    yield geneve(frame, vni=42, critical=1, options=[ovn, empty])
    yield geneve(frame, vni=42, critical=1, options=[empty, unknown])
    yield geneve(frame, vni=42, critical=0, options=[unknown])
    # An option that goes beyond the options; a version that nobody has made.
    yield geneve(frame, vni=42, options=[GeneveOptions(classid=0x0101, type=1, length=9, data=bytes(4))])
    yield geneve(frame, vni=42, version=1)
    # An ARP packet, and a protocol that nothing here claims.
    yield geneve(eth() / ARP(op=1, hwsrc=MAC1, psrc="172.16.0.2", pdst="172.16.0.3"), vni=42)
    yield geneve(Raw(bytes(20)), vni=42, proto=0x7777)


    # VXLAN with a group policy, learned and applied; VXLAN-GPE with each thing that it may carry.
    def in_udp(dport, header, payload):
        return eth() / IP(**V4) / UDP(sport=50000, dport=dport) / Raw(bytes.fromhex(header)) / payload

    yield in_udp(4789, "88000064 00002a00", frame)
    yield in_udp(4789, "88480064 00002a00", frame)
    yield in_udp(4790, "0c000001 00002a00", ping(**V4_INNER))
    yield in_udp(4790, "0c000002 00002a00", ping6(**V6_INNER))
    yield in_udp(4790, "0c000003 00002a00", frame)
    yield in_udp(4790, "08000000 00002a00", frame)
    yield in_udp(4790, "0c000077 00002a00", Raw(bytes(20)))
    yield in_udp(4790, "1c000001 00002a00", ping(**V4_INNER))
    # GUE: IPv4, IPv6 with an extension, GRE, a control message, and the variant without a header.
    yield in_udp(6080, "00040000", ping(**V4_INNER))
    yield in_udp(6080, "01290000 00000000", ping6(**V6_INNER))
    yield in_udp(6080, "002f0000 00000800", ping(**V4_INNER))
    yield in_udp(6080, "20010000", Raw(bytes(8)))
    yield in_udp(6080, "", ping(**V4_INNER))
    yield in_udp(6080, "", ping6(**V6_INNER))
    yield in_udp(6080, "80040000", ping(**V4_INNER))


def private():
    """Mobile networks' tunnels, and what is encrypted."""
    inner, inner6 = raw(ping(**V4_INNER)), raw(ping6(**V6_INNER))

    def in_udp(dport, *parts):
        return eth() / IP(**V4) / UDP(sport=dport, dport=dport) / Raw(b"".join(parts))

    def gtp(flags, message, *parts):
        body = b"".join(parts)
        return in_udp(2152, struct.pack(">BBHI", flags, message, len(body), 0x12345678), body)

    yield gtp(0x30, 255, inner)
    yield gtp(0x30, 255, inner6)
    yield gtp(0x32, 255, bytes.fromhex("0007 00 00"), inner)
    # A 5G session's container: to the phone, QoS flow 9; then two extension headers.
    yield gtp(0x34, 255, bytes.fromhex("0000 00 85 01 00 09 00"), inner)
    yield gtp(0x34, 255, bytes.fromhex("0000 00 85 01 10 05 40 01 0868 00"), inner)
    yield gtp(0x34, 255, bytes.fromhex("0000 00 c0 01 0007 00"), inner)
    yield gtp(0x34, 255, bytes.fromhex("0000 00 85 00 00 09 00"), inner)
    yield gtp(0x32, 1, bytes.fromhex("0001 00 00"))
    yield gtp(0x30, 254)
    yield gtp(0x30, 255, bytes(20))
    # WireGuard: each of its messages, and a keepalive.
    yield in_udp(51820, bytes.fromhex("01000000 11223344"), bytes(range(140)))
    yield in_udp(51820, bytes.fromhex("02000000 55667788 11223344"), bytes(range(80)))
    yield in_udp(51820, bytes.fromhex("03000000 11223344"), bytes(range(56)))
    yield in_udp(51820, bytes.fromhex("04000000 55667788 0500000000000000"), bytes(range(96)))
    yield in_udp(51820, bytes.fromhex("04000000 55667788 0600000000000000"), bytes(range(16)))
    # IPsec on port 4500: ESP, IKE behind its marker, a keepalive; IKE on port 500.
    ike = bytes.fromhex("1122334455667788 0000000000000000 2b 20 22 08 00000000 00000024 00000008 00000000")
    yield in_udp(4500, bytes.fromhex("00000105 00000006"), BODY)
    yield in_udp(4500, bytes(4), ike)
    yield in_udp(4500, b"\xff")
    yield in_udp(500, ike)


def neighbours():
    """What switches and hosts tell the neighbour on the cable."""
    def element(kind, value):
        return struct.pack(">H", kind << 9 | len(value)) + value

    def announcement(*elements, padding=b""):
        body = element(1, b"\x04" + bytes.fromhex("020000000001")) + element(2, b"\x05eth0") + element(3, b"\0\x78")
        return Ether(src=MAC1, dst="01:80:c2:00:00:0e", type=0x88CC) / Raw(body + b"".join(elements) + bytes(2) + padding)

    yield announcement(element(5, b"leaf-1"), element(6, b"a switch"), element(4, b"uplink"), padding=bytes(9))
    yield announcement(padding=bytes(24))
    yield Dot3(src=MAC1, dst="01:80:c2:00:00:00") / LLC(dsap=0x42, ssap=0x42, ctrl=3) / Raw(bytes.fromhex("00000080"))
    yield Dot3(src=MAC1, dst="01:80:c2:00:00:00") / LLC(dsap=0x42, ssap=0x42, ctrl=3) / STP(version=2, bpdutype=2, bpduflags=0x7C, rootid=0x8001, rootmac=MAC1, pathcost=4, bridgeid=0x8001, bridgemac=MAC2, portid=0x8002)
    yield Ether(src=MAC1, dst="01:80:c2:00:00:02", type=0x8809) / Raw(b"\x01\x01" + bytes(108))


def gre_packet(payload, flags, protocol, optional=b"", **addresses):
    """GRE by hand: scapy knows neither RFC 1701's route nor ERSPAN's kinds."""
    header = struct.pack(">HH", flags, protocol) + optional
    body = bytearray(header + raw(payload))
    if flags & 0x8000:
        struct.pack_into(">H", body, 4, checksum(bytes(body)))
    return eth() / IP(proto=47, **(addresses or V4)) / Raw(bytes(body))


def gre_tunnels():
    inner, inner6, frame = ping(**V4_INNER), ping6(**V6_INNER), eth() / ping(**V4_INNER)
    key, sequence = bytes.fromhex("0000002a"), bytes.fromhex("00000007")
    yield gre_packet(inner, 0, 0x0800)
    yield gre_packet(inner6, 0, 0x86DD)
    yield eth() / IPv6(nh=47, **V6) / Raw(struct.pack(">HH", 0, 0x0800)) / inner
    yield gre_packet(inner, 0x2000, 0x0800, key)
    yield gre_packet(inner, 0x3000, 0x0800, key + sequence)
    yield gre_packet(inner, 0xB000, 0x0800, bytes(4) + key + sequence)
    yield changed(gre_packet(inner, 0x8000, 0x0800, bytes(4)), 38, 0xDE, 0xAD)
    yield gre_packet(inner, 0x1000, 0x0800, sequence)
    # Ethernet in GRE: Linux's gretap, and NVGRE with its virtual subnet and flow.
    yield gre_packet(frame, 0, 0x6558)
    yield gre_packet(frame, 0x2000, 0x6558, bytes.fromhex("0018641f"))
    # RFC 1701's source route: one entry of 8 bytes, and the empty one that ends it.
    route = bytes.fromhex("0800 0008 0a000001 0a000002 0000 0000")
    yield gre_packet(inner, 0x4000, 0x0800, bytes(4) + route)
    # PPTP: version 1, with sequence and acknowledgment; then an acknowledgment alone.
    yield gre_packet(b"\xff\x03\x00\x21" + raw(inner), 0x3081, 0x880B, struct.pack(">HHII", len(inner) + 4, 9, 1, 2))
    yield gre_packet(b"", 0x2081, 0x880B, struct.pack(">HHI", 0, 9, 2))
    yield gre_packet(inner, 0x0002, 0x0800)
    yield gre_packet(Raw(bytes(20)), 0, 0x7777)
    # GRE in UDP (RFC 8086), and GRE in GRE.
    yield eth() / IP(**V4) / UDP(sport=50000, dport=4754) / Raw(struct.pack(">HH", 0, 0x0800)) / inner
    yield gre_packet(raw(gre_packet(inner, 0, 0x0800, **V4_INNER))[14:], 0, 0x0800)


def erspan():
    frame = eth() / ping(**V4_INNER)
    sequence = bytes.fromhex("00000007")
    yield gre_packet(frame, 0, 0x88BE)
    yield gre_packet(frame, 0x1000, 0x88BE, sequence + bytes.fromhex("1014b801 00000123"))
    yield gre_packet(frame, 0x1000, 0x22EB, sequence + bytes.fromhex("2014 0801 00112233 0005 0008"))
    yield gre_packet(frame, 0x1000, 0x22EB, sequence + bytes.fromhex("2014 0801 00112233 0005 0009 14000001 00000002"))
    # The switch has cut the copy; the copy is an IP packet; a version that nobody has made.
    yield gre_packet(raw(frame)[:60], 0x1000, 0x88BE, sequence + bytes.fromhex("1014bc01 00000123"))
    yield gre_packet(ping(**V4_INNER), 0x1000, 0x22EB, sequence + bytes.fromhex("2014 0801 00112233 0005 0808"))
    yield gre_packet(frame, 0x1000, 0x88BE, sequence + bytes.fromhex("7014b801 00000123"))


def labels(*values):
    """MPLS label stack: the last value is at the bottom."""
    return b"".join(struct.pack(">I", value << 12 | 5 << 9 | (i == len(values) - 1) << 8 | 64)
                    for i, value in enumerate(values))


def carriers():
    """What carries packets and frames below IP, or beside it: MPLS, pseudowires, PPPoE, EtherIP, L2TP."""
    inner, inner6 = raw(ping(**V4_INNER)), raw(ping6(**V6_INNER))
    # tshark believes in a pseudowire's frame only where it knows who made the cards.
    known = Ether(src="00:00:0c:00:00:01", dst="00:00:0c:00:00:02")
    frame, frame6 = raw(known / ping(**V4_INNER)), raw(known / ping6(**V6_INNER))
    arp = raw(known / ARP(op=1, hwsrc=known.src, psrc="172.16.0.2", pdst="172.16.0.3")) + bytes(18)

    def frames(ethertype, *parts):
        return Ether(src=MAC1, dst=MAC2, type=ethertype) / Raw(b"".join(parts))

    yield frames(0x8847, labels(100), raw(ping(**V4_INNER)))
    yield frames(0x8847, labels(100, 200, 300), inner)
    yield frames(0x8847, labels(100, 2), inner6)
    yield frames(0x8848, labels(16), inner)
    yield frames(0x8847, labels(100, 200), bytes(4), frame)
    yield frames(0x8847, labels(100, 200), bytes.fromhex("00000007"), frame6)
    yield frames(0x8847, labels(100, 200), bytes.fromhex("00000000"), arp)
    yield frames(0x8847, labels(100, 200), frame)
    yield frames(0x8847, labels(100, 13), bytes.fromhex("10000021"), inner)
    yield frames(0x8847, labels(100), bytes.fromhex("ffffffff") * 8)
    yield eth() / IP(**V4) / UDP(sport=50000, dport=6635) / Raw(labels(100) + inner)
    yield eth() / IP(proto=137, **V4) / Raw(labels(100, 200) + inner6)
    yield gre_packet(Raw(labels(100) + inner), 0, 0x8847)
    yield gre_packet(Raw(labels(100) + bytes(4) + frame), 0, 0x8847)
    # PPPoE: discovery, IPv4, IPv6, setting up the line; padded.
    yield frames(0x8863, bytes.fromhex("11090000 000c 0101 0000 0103 0004 deadbeef"), bytes(20))
    yield frames(0x8864, struct.pack(">BBHHH", 0x11, 0, 7, len(inner) + 2, 0x0021), inner)
    yield frames(0x8864, struct.pack(">BBHHH", 0x11, 0, 7, len(inner6) + 2, 0x0057), inner6)
    yield frames(0x8864, struct.pack(">BBHHH", 0x11, 0, 7, 12, 0xC021), bytes.fromhex("0901000a 00000000 0000"), bytes(20))
    yield frames(0x8864, struct.pack(">BBHHH", 0x21, 0, 7, len(inner) + 2, 0x0021), inner)
    yield eth() / IP(proto=97, **V4) / Raw(b"\x30\x00" + frame)
    yield eth() / IP(proto=97, **V4) / Raw(b"\x40\x00" + frame)
    # L2TP version 2: data, with length and offset, and a control message.
    ppp = bytes.fromhex("ff030021") + inner
    in_l2tp = lambda data: eth() / IP(**V4) / UDP(sport=1701, dport=1701) / Raw(data)
    yield in_l2tp(struct.pack(">HHH", 0x0002, 5, 6) + ppp)
    yield in_l2tp(struct.pack(">HHHHHHH", 0x4A02, 18 + len(ppp), 5, 6, 1, 2, 4) + bytes(4) + ppp)
    yield in_l2tp(struct.pack(">HHHHHH", 0xC802, 12, 5, 0, 3, 4))
    # Version 3: in UDP, then in IP with nothing, a cookie, and a cookie and a sublayer before the frame; a control message.
    yield in_l2tp(struct.pack(">HHI", 0x0003, 0, 0x1234) + frame)
    in_ip = lambda data: eth() / IP(proto=115, **V4) / Raw(data)
    yield in_ip(struct.pack(">I", 0x1234) + frame)
    yield in_ip(struct.pack(">IQ", 0x1234, 0x1122334455667788) + frame6)
    yield in_ip(struct.pack(">IQI", 0x1234, 0x1122334455667788, 0x40000001) + frame)
    yield in_ip(struct.pack(">I", 0x1234) + bytes.fromhex("5a") * 40)
    yield in_ip(struct.pack(">IHHIHH", 0, 0xC803, 12, 9, 1, 2))


def bare_in_udp():
    """What only guesses recognise: other tools see UDP with data."""
    for inner in (ping(**V4_INNER), ping6(**V6_INNER)):
        ethertype = 0x0800 if inner.version == 4 else 0x86DD
        yield eth() / IP(**V4) / UDP(sport=9000, dport=9000) / inner
        yield eth() / IP(**V4) / UDP(sport=9000, dport=9000) / Raw(struct.pack(">HH", 0, ethertype)) / inner
        yield eth() / IPv6(**V6) / UDP(sport=9000, dport=9000) / eth() / inner
    yield eth() / IP(**V4) / UDP(sport=9000, dport=9000) / eth() / ARP(op=1, hwsrc=MAC1, psrc="172.16.0.2", pdst="172.16.0.3")
    # Protocol 4 announces IPv4, and IPv6 is there.
    yield eth() / IP(proto=4, **V4) / ping6(**V6_INNER)


def cooked(version, packet, ethertype, packet_type=0, hardware=1, address=bytes.fromhex("020000000001")):
    padded = address.ljust(8, b"\0")
    if version == 1:
        return struct.pack(">HHH8sH", packet_type, hardware, len(address), padded, ethertype) + raw(packet)
    return struct.pack(">HHIHBB8s", ethertype, 0, 7, hardware, packet_type, len(address), padded) + raw(packet)


def cooked_capture(version):
    yield cooked(version, ping(**V4), 0x0800)
    yield cooked(version, ping6(**V6), 0x86DD, packet_type=4, hardware=65534, address=b"")
    yield cooked(version, ARP(op=1, hwsrc=MAC1, psrc="192.0.2.1", pdst="192.0.2.2"), 0x0806, packet_type=1)
    yield cooked(version, LLC(dsap=0x42, ssap=0x42, ctrl=3) / STP(), 4, packet_type=2)
    yield cooked(version, ping(**V4), 0x0800, packet_type=3, hardware=772)
    yield cooked(version, Dot1Q(vlan=9) / ping(**V4), 0x8100)


def long_ping(family=4, kind="request", **addresses):
    """An echo of 600 bytes, to be cut up."""
    body = Raw(bytes(i & 0xFF for i in range(600)))
    if family == 4:
        return IP(id=0x4242, **addresses) / ICMP(type=8 if kind == "request" else 0, id=7, seq=1) / body
    echo = ICMPv6EchoRequest if kind == "request" else ICMPv6EchoReply
    return IPv6(**addresses) / echo(id=7, seq=1) / body


def pieces(packet, size=256):
    """An IP packet in fragments, each parsed anew from its bytes so that every length stands."""
    if packet.version == 4:
        return [IP(raw(piece)) for piece in fragment(packet, fragsize=size)]
    whole = IPv6(raw(packet))
    extended = IPv6(src=whole.src, dst=whole.dst) / IPv6ExtHdrFragment(id=0x42424242) / whole.payload
    return [IPv6(raw(piece)) for piece in fragment6(extended, size + 54)]


def back(addresses):
    return dict(src=addresses["dst"], dst=addresses["src"])


def vxlan_outer(inner, addresses, identification, layer=IP):
    named = dict(id=identification) if layer is IP else {}
    return layer(**named, **addresses) / UDP(sport=50000, dport=4789) / VXLAN(vni=42, flags=8) / eth() / inner


def fragments():
    """Pings in pieces, whole when the last has come. Requests and replies, so that each is a round trip."""
    for kind, v4, v6 in (("request", V4, V6), ("reply", back(V4), back(V6))):
        for piece in pieces(long_ping(kind=kind, **v4)):
            yield eth() / piece
        for piece in pieces(long_ping(6, kind, **v6)):
            yield eth() / piece
        # The last piece first, and one that comes twice.
        for piece in reversed(pieces(long_ping(kind=kind, **v4))):
            yield eth() / piece
        first, *others = pieces(long_ping(6, kind, **v6))
        for piece in (first, first, *others):
            yield eth() / piece
    for kind, inner, inner6, outer, outer6 in (
        ("request", V4_INNER, V6_INNER, V4, V6), ("reply", back(V4_INNER), back(V6_INNER), back(V4), back(V6)),
    ):
        # Cut up before the tunnel: each piece is in a tunneled packet of its own.
        for number, piece in enumerate(pieces(long_ping(kind=kind, **inner))):
            yield eth() / vxlan_outer(piece, outer, 0x100 + number)
        for number, piece in enumerate(pieces(long_ping(6, kind, **inner6))):
            yield eth() / IP(id=0x200 + number, **outer) / piece
        # Cut up on the way: the tunnel's own packet is in pieces.
        for piece in pieces(vxlan_outer(long_ping(kind=kind, **inner), outer, 0x300)):
            yield eth() / piece
        for piece in pieces(IP(id=0x301, **outer) / long_ping(kind=kind, **inner)):
            yield eth() / piece
        for piece in pieces(vxlan_outer(long_ping(6, kind, **inner6), outer6, 0, IPv6)):
            yield eth() / piece
        # Both: inner pieces in outer pieces.
        for number, piece in enumerate(pieces(long_ping(kind=kind, **inner))):
            for part in pieces(vxlan_outer(piece, outer, 0x400 + number), 128):
                yield eth() / part


def odd_fragments():
    """Pieces that don't fit together: overlapping, contradicting, too long, alone."""
    first, second, third = pieces(long_ping(**V4))
    # The second once more eight bytes later, with bytes of its own, and then the last.
    shifted = second.copy()
    shifted.frag += 1
    shifted.payload = Raw(bytes(len(second.payload)))
    for piece in (first, second, shifted, third):
        del piece.len, piece.chksum
        yield eth() / piece
    first, second, third = pieces(long_ping(6, **V6))
    shifted = IPv6(raw(second))
    shifted[IPv6ExtHdrFragment].offset += 1
    for piece in (first, shifted, second, third):
        yield eth() / piece
    # Two last pieces that end elsewhere; the first one counts.
    first, second, third = pieces(long_ping(**back(V4)))
    longer = IP(src=third.src, dst=third.dst, id=third.id, proto=1, frag=third.frag + 2) / Raw(bytes(100))
    for piece in (third, longer, first, second):
        yield eth() / piece
    # Alone: a first, and a last; and a last that would reach beyond 65,535 bytes.
    yield eth() / IP(id=1, proto=1, flags="MF", **V4) / Raw(raw(ICMP(id=7, seq=9) / bytes(64)))
    yield eth() / IP(id=2, proto=1, frag=100, **V4) / Raw(bytes(64))
    yield eth() / IP(id=3, proto=1, frag=8189, **V4) / Raw(bytes(64))
    # Nothing in it, and an odd length in the middle of an IPv6 packet.
    yield eth() / IP(id=4, proto=1, flags="MF", **V4)
    yield eth() / IPv6(**V6) / IPv6ExtHdrFragment(id=5, nh=58, m=1) / Raw(bytes(33))


def with_options(options, protocol, rest):
    """An IPv4 packet with options as they are given, filled up to whole words."""
    options = bytes.fromhex(options)
    options += bytes(-len(options) % 4)
    header = bytearray(raw(IP(ihl=5 + len(options) // 4, len=20 + len(options) + len(rest), proto=protocol, id=1, **V4))[:20])
    header += options
    header[10:12] = bytes(2)
    header[10:12] = struct.pack("!H", checksum(bytes(header)))
    return Ether(src=MAC1, dst=MAC2, type=0x0800) / Raw(bytes(header) + rest)


def options():
    """Every option of IPv4 and TCP that has fields, by hand: scapy knows few."""
    rest = raw(ICMP(id=1, seq=2) / BODY)
    for text in (
        "070b08 c0000209 00000000", "070b0c c0000209 c000020a",
        "830b0c c0000209 c000020a", "890b0c c0000209 c000020a",
        "94040000", "01 01 94040001", "88041234",
        "440c0d10 00000001 00000002", "44141521 c0000209 00000001 c000020a 00000002",
        "44240503 c0000209 00000000 c000020a 00000000 00000000 00000000 00000000 00000000",
        "82043de0", "8203ab", "850305", "520c1234 00010002 c0000209", "0b0405dc", "0c0405dc", "1908074012345678",
        "950ac0000209c000020a",
    ):
        yield with_options(text.replace(" ", ""), 1, rest)
    # A length that goes beyond the options, and one that can't be.
    yield with_options("9404000007200400", 1, rest)
    yield with_options("940400000701ffff", 1, rest)
    for text in (
        "020405b4 0402 080a 00000001 00000002 01 030307", "020405b4 03030f",
        "0101 050a 0000000a 00000014", "0101 0512 0000000a 00000014 0000001e 00000028",
        "1312 000102030405060708090a0b0c0d0e0f", "2208 aabbccddeeff", "2202", "fe04f989", "fe08f989aabbccdd",
        "fd08e2d4c3d90000", "1c048005", "1d100102 000102030405060708090a0b", "060600000001", "070600000001",
        "1b080a0512345678", "1e0c0081 0001020304050607", "420601020304", "0103030200",
    ):
        value = bytes.fromhex(text.replace(" ", ""))
        value += bytes(-len(value) % 4)
        segment = struct.pack("!HHIIBBHHH", 51000, 7777, 1, 0, (5 + len(value) // 4) << 4, 2, 8192, 0, 0) + value
        yield eth() / IP(id=2, **V4) / TCP(segment)


def extensions(*objects):
    """What RFC 4884 puts behind a quoted packet: objects of a class, a C-Type and a payload in hexadecimal digits."""
    data = bytearray(bytes.fromhex("20000000"))
    for class_number, c_type, payload in objects:
        payload = bytes.fromhex(payload)
        data += struct.pack("!HBB", 4 + len(payload), class_number, c_type) + payload
    data[2:4] = struct.pack("!H", checksum(bytes(data)))
    return bytes(data)


def messages():
    """ICMP's and ICMPv6's messages by hand: scapy knows few."""
    def icmp(header, body=b""):
        data = bytearray(bytes.fromhex(header) + body)
        data[2:4] = struct.pack("!H", checksum(bytes(data)))
        return Ether(src=MAC1, dst=MAC2, type=0x0800) / IP(src="203.0.113.1", dst=V4["src"], id=3, proto=1) / Raw(bytes(data))

    def icmp6(text, body=b""):
        data = bytes.fromhex(text) + body
        return eth() / IPv6(src="fe80::1", dst="ff02::1", hlim=255) / ICMPv6Unknown(type=data[0], code=data[1], msgbody=data[4:])

    quoted = raw(IP(id=5, **V4) / UDP(sport=9000, dport=9000) / BODY).ljust(128, b"\0")
    quoted6 = raw(IPv6(**V6) / UDP(sport=9000, dport=9000) / BODY).ljust(128, b"\0")
    labels = (1, 1, "0064000100c80105")
    interface = (2, 0x0f, "00000007 00010000c0000209 0865746830000000 000005dc".replace(" ", ""))
    interface6 = (2, 0x4c, "00000009 00020000 20010db8000000000000000000000009".replace(" ", ""))
    yield icmp("0b00000000200000", quoted + extensions(labels))
    yield icmp("0303000000200000", quoted + extensions(interface, interface6, (9, 3, "aabbccdd")))
    yield icmp("0c00000014200000", quoted + extensions(labels, interface))
    yield icmp("0304000000200578", quoted + bytes.fromhex("20000000") + extensions(labels)[4:])
    # Without saying where: behind 128 bytes, as routers did before there was a standard.
    yield icmp("0b00000000000000", quoted + extensions(labels))
    # The quoted packet, and nothing behind it.
    yield icmp("0301000000200000", quoted)
    # Extended echo, about an interface by its name, index and address.
    yield icmp("2a00000012340101", extensions((3, 1, "65746830")))
    yield icmp("2a00000012340101", extensions((3, 2, "00000007")))
    yield icmp("2a00000012340200", extensions((3, 3, "00010400c0000209")))
    yield icmp("2b00000012340146")
    yield icmp("2b02000012340200")
    yield icmp("0900000002020708", bytes.fromhex("c000020100000001c000020200000002"))
    yield icmp("0a00000000000000")
    yield icmp("0d00000000010002", struct.pack("!III", 1, 2, 3))
    yield icmp("0e00000000010002", struct.pack("!III", 1, 2, 3))
    yield icmp("1100000000010002", bytes(4))
    yield icmp("1200000000010002", bytes.fromhex("ffffff00"))
    for text in ("0600000000000000", "2802000000000004", "0b01000000000000"):
        yield icmp(text, quoted[:28] if text[:2] == "0b" else b"")

    address, other = "20010db8000000000000000000000001", "20010db8000000000000000000000002"
    advertisement = "86000000 40c80708 00001000 00002000"
    options = "0101020000000001 05010000000005dc 030440c0000010000000080000000000" + "20010db8000000000000000000000000"
    options += "1803400800000e10" + "20010db8000000000000000000000000" + "1905000000000e10" + address + other
    yield icmp6(advertisement.replace(" ", "") + options.replace(" ", ""))
    yield icmp6("86000000400000000000000000000000" + "0e01010203040506" + "1f02000000000e100161016200000000" + "0701000000001388" + "0801000000010708" + "26020e110064ff9b0000000000000000")
    yield icmp6("8500000000000000" + "0101020000000001")
    yield icmp6("8700000000000000" + address + "0101020000000001")
    yield icmp6("88000000e0000000" + address + "0201020000000001")
    yield icmp6("8900000000000000" + address + other + "0201020000000001")
    yield icmp6("8d00000000000000" + "0101020000000001" + "0201020000000002")
    yield icmp6("8200000003e80000" + address)
    yield icmp6("8200000003e80000" + address + "0a7d0002" + address + other)
    yield icmp6("8300000000000000" + address)
    yield icmp6("8f00000000000002" + "04000001" + address + other + "01010000" + address + "deadbeef")
    yield icmp6("8b000000000300 3e".replace(" ", "") + "0102030405060708" + address)
    yield icmp6("8c01000000030002" + "0102030405060708")
    yield icmp6("97000000007d0002")
    yield icmp6("98000000")
    yield icmp6("9b01000001f08800" + "00000000" + address)
    yield icmp6("0300000010000000", quoted6 + extensions(labels))
    yield icmp6("0104000010000000", quoted6 + extensions(interface6))
    yield icmp6("a000000012340101", extensions((3, 1, "65746830")))
    yield icmp6("a102000012340147")


# Link type, file, and headers, each with the version that it says follows: 0 for IPv4, 1 for IPv6.
SERIAL_LINES = (
    (9, "ppp", (("0021", 0), ("21", 0), ("0057", 1), ("ff030021", 0))),
    # The last is Cisco HDLC, which the link type may be, too.
    (50, "ppp-hdlc", (("ff030021", 0), ("ff030281" + "00010140", 0), ("0f000800", 0))),
    # The last is Cisco's address resolution, under the number that RARP has elsewhere.
    (104, "c-hdlc", (("0f000800", 0), ("8f0086dd", 1), ("0f008847" + "00010140", 0), ("8f008035", 0))),
    # Frame Relay: NLPID (also with an address of four bytes), SNAP behind padding, and Cisco's EtherType.
    (107, "frelay", (("184103cc", 0), ("1841038e", 1), ("1840060503cc", 0), ("1841030080" + "0000000800", 0), ("18410800", 0))),
    (100, "atm-rfc1483", (("aaaa03" + "0000000800", 0), ("aaaa03" + "00000086dd", 1))),
)


def found_elsewhere():
    """What we read otherwise than tshark once, in the captures of other projects."""
    # Cisco's spanning tree, one a VLAN, in SNAP; an EtherType of zero is no length.
    bpdu = bytes.fromhex("0000000000" "8001020000000001" "00000000" "8001020000000001" "8002" "0000140002000f00")
    snap = bytes.fromhex("aaaa03" "00000c" "010b")
    yield Ether(dst="01:00:0c:cc:cc:cd", src="02:00:00:00:00:01", type=len(snap + bpdu)) / Raw(snap + bpdu)
    yield Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01", type=0) / Raw(bytes(range(46)))
    # SRv6: a frame in IPv6 is protocol 143 (RFC 8986, 4.9).
    yield eth() / IPv6(nh=143, **V6) / Raw(raw(eth() / ping(**V4)))
    # WireGuard's answers, and its peers on any port: a keepalive, and one whose length is not a transport message's.
    keepalive = bytes.fromhex("04000000" "78563412" "0500000000000000") + bytes(range(16))
    yield eth() / IP(id=1, **V4) / UDP(sport=51820, dport=40000) / Raw(keepalive)
    yield eth() / IP(id=2, **V4) / UDP(sport=443, dport=40000) / Raw(keepalive)
    yield eth() / IP(id=3, **V4) / UDP(sport=443, dport=40000) / Raw(keepalive + b"x")


def applications():
    """DNS, DHCP and HTTP, by their ports."""
    def udp(sport, dport, message):
        return eth() / IP(id=1, **V4) / UDP(sport=sport, dport=dport) / message

    question = DNSQR(qname="example.org")
    addresses = DNSRR(rrname="example.org", rdata="192.0.2.80") / DNSRR(rrname="example.org", type="AAAA", rdata="2001:db8::80")
    alias = DNSRR(rrname="a.test", type="CNAME", rdata="b.test")
    yield udp(40000, 53, DNS(id=0x1234, rd=1, qd=question))
    yield udp(53, 40000, DNS(id=0x1234, qr=1, aa=1, rd=1, ra=1, qd=question, an=addresses))
    yield udp(53, 40001, DNS(id=0x1235, qr=1, rcode=3, qd=DNSQR(qname="nowhere.example.org", qtype="AAAA")))
    yield udp(53, 40002, DNS(id=0x1236, qr=1, ad=1, cd=1, qd=DNSQR(qname="a.test", qtype="MX"), an=alias))
    yield udp(40003, 53, DNS(id=5, opcode=2, qd=DNSQR(qname=".", qclass=255)))
    yield udp(40004, 53, DNS(id=6, opcode=5, qd=DNSQR(qname="zone.test", qtype="SOA")))
    # Two questions, of which the second one's name ends with a pointer to the first one's.
    yield udp(40005, 53, Raw(bytes.fromhex("0007 0100 0002 0000 0000 0000 0161 00 0001 0001 0162 c00c 001c 0001")))
    # A name that points to itself.
    yield udp(40006, 53, Raw(bytes.fromhex("0008 0100 0001 0000 0000 0000 0161 c00c 0001 0001")))
    # More questions than there are, and a header that is none.
    yield udp(40007, 53, Raw(bytes.fromhex("0009 0100 0002 0000 0000 0000 0161 00 0001 0001")))
    yield udp(40008, 53, Raw(bytes.fromhex("000a 0100 0002")))
    services = DNSQR(qname="_ipp._tcp.local", qtype="PTR", qclass=0x8001) / DNSQR(qname="a b\x01.local", qtype="PTR")
    yield udp(5353, 5353, DNS(id=0, rd=0, qd=services))
    yield udp(5353, 5353, DNS(id=0, rd=0, qr=1, aa=1, qd=None, an=DNSRR(rrname="h.local", rdata="192.0.2.7")))

    client = dict(chaddr=bytes.fromhex("020000000001"), xid=0x12345678)
    server = dict(op=2, yiaddr="192.0.2.9", siaddr="192.0.2.1", giaddr="192.0.2.2", hops=1, secs=3, flags=0x8000)
    yield udp(68, 67, BOOTP(**client) / DHCP(options=[("message-type", "discover"), "end"]))
    yield udp(67, 68, BOOTP(**client, **server) / DHCP(options=["pad", ("subnet_mask", "255.255.255.0"), ("message-type", "ack"), "end"]))
    # A card that is not Ethernet's, and an option that is longer than the message.
    yield udp(68, 67, BOOTP(htype=32, hlen=0, **client) / DHCP(options=[("message-type", "request"), "end"]))
    yield udp(68, 67, Raw(raw(BOOTP(**client) / DHCP(options=[("message-type", "inform")])) + b"\x0c\x20ab"))
    # BOOTP without options, in a tunnel.
    yield udp(40000, 4789, VXLAN(vni=42, flags=8) / udp(68, 67, BOOTP(**client, options=b"") / Raw(bytes(64))))
    yield udp(40000, 4789, VXLAN(vni=42, flags=8) / udp(40000, 53, DNS(id=0x1234, rd=1, qd=question)))

    messages = (
        (80, b"GET /x?y=z HTTP/1.1\r\nHost: example.org\r\n\r\n"),
        (8080, b"CONNECT example.org:443 HTTP/1.0\n\n"),
        (80, b"OPTIONS * HTTP/1.1\r\n\r\n"),
        (80, b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"),
    )
    answers = (
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.0 204 No Content\r\n\r\n",
    )
    for number, (port, message) in enumerate(messages):
        yield eth() / IP(id=2, **V4) / TCP(sport=41000 + number, dport=port, flags="PA") / Raw(message)
    for number, message in enumerate(answers):
        yield eth() / IP(id=2, **V4) / TCP(sport=80, dport=42000 + number, flags="PA") / Raw(message)
    # Neither a request nor a status: from the middle of a message.
    yield eth() / IP(id=2, **V4) / TCP(sport=80, dport=43000, flags="PA") / Raw(b"more of the body")
    yield eth() / IP(id=2, **V4) / TCP(sport=43001, dport=80, flags="S")


def main():
    write("link-layers.pcap", ETHERNET, link_layers())
    write("ipv4.pcap", ETHERNET, ipv4())
    write("options.pcap", ETHERNET, options())
    write("messages.pcap", ETHERNET, messages())
    write("transport.pcap", ETHERNET, transport())
    write("icmp-errors.pcap", ETHERNET, icmp_errors())
    write("icmpv6.pcap", ETHERNET, icmpv6())
    write("ipv6-extensions.pcap", ETHERNET, ipv6_extensions())
    write("ipv6-options.pcap", ETHERNET, ipv6_options())
    write("tunnels.pcap", ETHERNET, tunnels())
    write("tunnels-snaplen-80.pcap", ETHERNET, tunnels(), snap_length=80)
    write("overlays.pcap", ETHERNET, overlays())
    write("private.pcap", ETHERNET, private())
    write("neighbours.pcap", ETHERNET, neighbours())
    write("gre.pcap", ETHERNET, gre_tunnels())
    write("erspan.pcap", ETHERNET, erspan())
    write("carriers.pcap", ETHERNET, carriers())
    write("fragments.pcap", ETHERNET, fragments())
    write("fragments-odd.pcap", ETHERNET, odd_fragments())
    write("bare-in-udp.pcap", ETHERNET, bare_in_udp())
    write("sll.pcap", SLL, cooked_capture(1))
    write("sll2.pcap", SLL2, cooked_capture(2))
    both = [ping(**V4), ping6(**V6)]
    for family_order, name in (("<", "null-little-endian"), (">", "null-big-endian")):
        packets = [struct.pack(family_order + "I", family) + raw(packet)
                   for family, packet in ((2, both[0]), (24, both[1]), (28, both[1]), (30, both[1]))]
        write(f"{name}.pcap", NULL, packets, byte_order=family_order)
    write("loop.pcap", LOOP, [struct.pack(">I", 2) + raw(both[0]), struct.pack(">I", 24) + raw(both[1])])
    for link_type in (RAW_12, RAW_14, RAW_101):
        write(f"raw-{link_type}.pcap", link_type, both)
    write("ipv4-228.pcap", IPV4, both[:1])
    write("ipv6-229.pcap", IPV6, both[1:])
    for link_type, name, headers in SERIAL_LINES:
        write(f"{name}.pcap", link_type, [bytes.fromhex(header) + raw(both[of]) for header, of in headers])
    write("found-elsewhere.pcap", ETHERNET, found_elsewhere())
    write("applications.pcap", ETHERNET, applications())


if __name__ == "__main__":
    main()
