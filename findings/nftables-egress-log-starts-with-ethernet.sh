#!/bin/bash
# Linux's netdev egress hook logs (NFLOG) a frame from its Ethernet header on, and names it IPv4: tshark reads nothing of it.
#
# Version:   Debian 12, nftables 1.0.6-2+deb12u2, tcpdump 4.99.3-1, libpcap0.8 1.10.3-1, tshark 4.0.17-0+deb12u3, Linux 6.18
# Expected:  `log group 7` in a chain of `hook egress` logs what the same rule in `hook ingress` does: the packet from its IP header on,
#            as the record's protocol (0x0800, in NFULA_PACKET_HDR) says
# Behaviour: ingress does; egress logs the frame, 14 bytes of Ethernet header in front, with the same protocol. tshark takes the
#            header for IPv4 with a bogus version
# Seen:      hook, protocol, layers and IP version as tshark reads them:
#            1  0x0800  nflog:ip            15   (on its way out: the version is half a byte of an Ethernet address)
#            0  0x0800  nflog:ip:icmp:data  4    (on its way in)
#
# needs root (network namespaces of its own), nftables, tcpdump, tshark, iputils-ping, util-linux
set -euo pipefail

if [ "${1:-}" != inside ]; then
  dpkg-query -W nftables tcpdump libpcap0.8 tshark
  exec unshare --net --mount "$0" inside
fi
folder=$(mktemp -d)
name=finding-$$
trap 'ip netns del "$name" 2>/dev/null || true; rm -r "$folder"' EXIT
ip netns add "$name"
ip link add v0 type veth peer name v0 netns "$name"
ip addr add 10.99.0.1/24 dev v0
ip link set v0 up
ip -n "$name" addr add 10.99.0.2/24 dev v0
ip -n "$name" link set v0 up
nft -f - <<'RULES'
table netdev watch {
  chain in { type filter hook ingress device v0 priority 0; ip protocol icmp log group 7
  }
  chain out { type filter hook egress device v0 priority 0; ip protocol icmp log group 7
  }
}
RULES

tcpdump -Z root -i nflog:7 -c 2 -w "$folder/log.pcap" 2>"$folder/said" &
capture=$!
until grep -q 'listening on' "$folder/said"; do sleep 0.1; done
ping -q -n -c 1 10.99.0.2 >"$folder/ping"
grep -q '1 received' "$folder/ping"
wait "$capture"

tshark -r "$folder/log.pcap" -T fields -e nflog.hook -e nflog.protocol -e frame.protocols -e ip.version 2>/dev/null | tee "$folder/read"
# The first is the request, on its way out (hook 1); the second the reply, on its way in (hook 0).
grep -qP '^0\t0x0800\tnflog:ip:icmp:data\t4$' "$folder/read"
if grep -qP '^1\t0x0800\tnflog:ip:icmp' "$folder/read"; then
  echo 'the behaviour has changed: the frame on its way out is read' >&2
  exit 1
fi
grep -qP '^1\t0x0800\t' "$folder/read"
