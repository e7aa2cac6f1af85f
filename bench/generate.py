#!/usr/bin/python3
"""Makes DIR/{tun,vxlan,ipip,mix}.pcap of N packets each (2,000,000 by default), and cuts of 200k and 50k packets.

usage: generate.py DIR [N]      needs Debian's python3-scapy: run it with /usr/bin/python3
tun:   Ethernet/IPv4/UDP 9000/TUN packet information/IPv4/ICMP echo, 130 bytes, from a real socat capture
vxlan: Ethernet/IPv4/UDP 4789/VXLAN/Ethernet/IPv4/ICMP echo, 148 bytes
ipip:  Ethernet/IPv4/IPv4/ICMP echo, 118 bytes
mix:   64 to 1500 bytes: 40% TCP, 20% UDP, 20% TCP in VXLAN, 10% ICMP in IP-in-IP, 10% ICMP
Requests and replies alternate with one identifier and sequence number a pair; time runs on by 5 to 12 microseconds a packet."""
import struct, sys, random, os
import logging; logging.getLogger('scapy').setLevel(logging.ERROR)
from scapy.all import Ether, IP, UDP, TCP, ICMP, Raw
from scapy.layers.vxlan import VXLAN
random.seed(1)
OUT = sys.argv[1]; N = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000_000; os.makedirs(OUT, exist_ok=True)
MA, MB = '02:00:00:00:00:01', '02:00:00:00:00:02'
def pay(n): return bytes(i & 255 for i in range(n))
def ping(reply, n=56):
    return ICMP(type=0 if reply else 8, id=0, seq=0)/Raw(pay(n))
def inner(reply, ip=('172.16.0.2', '172.16.1.2'), n=56):
    s, d = ip if not reply else ip[::-1]
    return IP(src=s, dst=d, ttl=63, id=random.randrange(65536), flags='DF' if not reply else 0)/ping(reply, n)
# a template is (bytes, offset of ICMP header or -1)
def tpl(p, marker):
    b = bytes(p)
    return b, marker
def mk_tun():
    # the real socat packets, 8 of them -> 64 templates with patched id/seq
    d = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'fixtures', 'socat.pcap'), 'rb').read(); o = 24; out = []
    while o < len(d):
        _, _, c, _ = struct.unpack_from('<IIII', d, o); b = bytearray(d[o+16:o+16+c]); o += 16+c
        out.append((bytes(b), 14+20+8+4+20))
    reqs = [t for t in out if t[0][66] == 8]; reps = [t for t in out if t[0][66] == 0]
    r = []
    for i in range(32):
        r.append(reqs[i % len(reqs)]); r.append(reps[i % len(reps)])
    return r
def mk_vxlan():
    r = []
    for i in range(64):
        rep = i & 1; k = i >> 1
        p = Ether(src=MA, dst=MB)/IP(src='10.1.0.10', dst='10.2.0.10', id=i)/UDP(sport=49152+k*37, dport=4789, chksum=0)/VXLAN(vni=100+k % 4, flags='Instance') \
            / Ether(src='0a:00:00:00:00:%02x' % (k+1), dst='0a:00:00:00:01:%02x' % (k+1))/inner(rep, ('192.168.10.%d' % (k+1), '192.168.20.%d' % (k+1)))
        b = bytes(p); assert len(b) == 14+20+8+8+98, len(b)
        r.append((b, 14+20+8+8+14+20))
    return r
def mk_ipip():
    r = []
    for i in range(64):
        rep = i & 1; k = i >> 1
        a, c = ('10.1.0.10', '10.2.0.10') if not rep else ('10.2.0.10', '10.1.0.10')
        b = bytes(Ether(src=MA, dst=MB)/IP(src=a, dst=c, proto=4, id=i)/inner(rep, ('172.16.0.%d' % (k+1), '172.16.1.%d' % (k+1))))
        assert len(b) == 14+20+84
        r.append((b, 54))
    return r
def mk_mix():
    # simple IMIX 7:4:1 of 64/594/1518-ish frames (capped 1500) over 5 kinds: TCP 40%, UDP 20%, VXLAN/TCP 20%, IPIP 10%, ICMP 10%
    kinds = ['tcp']*4+['udp']*2+['vxl']*2+['ipip']+['icmp']
    sizes = [64]*7+[594]*4+[1500]*1
    r = []; want = 120
    for i in range(want):
        kind = kinds[i % 10]; size = sizes[(i*5+i//10) % 12]; k = i % 30; icmp_off = -1
        e = Ether(src=MA, dst=MB); s, d = '10.1.%d.10' % k, '10.2.%d.10' % k
        if kind == 'tcp':
            h = e/IP(src=s, dst=d, id=i)/TCP(sport=40000+k, dport=443 if k & 1 else 80, seq=i*1000, ack=i*7, flags='A', window=501, options=[('NOP', None), ('NOP', None), ('Timestamp', (i, i))])
        elif kind == 'udp':
            h = e/IP(src=s, dst=d, id=i)/UDP(sport=30000+k, dport=20000+k)
        elif kind == 'vxl':
            h = e/IP(src='10.1.0.10', dst='10.2.0.10', id=i)/UDP(sport=50000+k, dport=4789, chksum=0)/VXLAN(vni=100+k % 4, flags='Instance')/Ether(src='0a:00:00:00:00:01', dst='0a:00:00:00:00:02')/IP(src=s, dst=d, id=i)/TCP(sport=41000+k, dport=443, seq=i*999, flags='A', window=501)
        elif kind == 'ipip':
            h = e/IP(src='10.1.0.10', dst='10.2.0.10', proto=4, id=i)/IP(src=s, dst=d, id=i)/ICMP(type=8 if k & 1 else 0); icmp_off = 54
        else:
            h = e/IP(src=s, dst=d, id=i)/ICMP(type=8 if k & 1 else 0); icmp_off = 34
        n = max(0, size-len(bytes(h)))
        r.append((bytes(h/Raw(pay(n))), icmp_off))
    return r
def csum(b):
    if len(b) & 1: b += b'\0'
    s = sum(struct.unpack('!%dH' % (len(b)//2), b))
    while s >> 16: s = (s & 0xffff)+(s >> 16)
    return ~s & 0xffff
def write(name, tpls, n):
    path = '%s/%s' % (OUT, name)
    # normalise: id=seq=0, remember the one's-complement sum so the checksum can be patched cheaply
    prep = []
    for b, off in tpls:
        b = bytearray(b); base = 0
        if off >= 0:
            b[off+2:off+8] = bytes(6); base = ~csum(bytes(b[off:])) & 0xffff
        prep.append((bytes(b), off, base))
    T = len(prep); ts = 1_700_000_000_000_000
    with open(path, 'wb', buffering=1 << 22) as f:
        f.write(struct.pack('<IHHIIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        rec = struct.Struct('<IIII'); pk = struct.Struct('!HHH')
        for i in range(n):
            b, off, base = prep[i % T]; ts += 5 + (i & 7)
            f.write(rec.pack(ts//1000000, ts % 1000000, len(b), len(b)))
            if off >= 0:
                k = i >> 1; ident = (0x1000 + (k >> 16)) & 0xffff; seq = k & 0xffff
                s = base+ident+seq
                s = (s & 0xffff)+(s >> 16); s = (s & 0xffff)+(s >> 16)
                f.write(b[:off+2]+pk.pack(~s & 0xffff, ident, seq)+b[off+8:])
            else: f.write(b)
    print(name, n, os.path.getsize(path))
T = {'tun': mk_tun, 'vxlan': mk_vxlan, 'ipip': mk_ipip, 'mix': mk_mix}
for name, mk in T.items():
    t = mk()
    for n, suf in ((N, ''), (200_000, '-200k'), (50_000, '-50k')):
        write(name+suf+'.pcap', t, n)
