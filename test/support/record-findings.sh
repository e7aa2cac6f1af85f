#!/usr/bin/env bash
# Records what goes wrong on overlays, one capture a finding, at h1's eth0 (or where it is seen) into DIR.
# usage: record-findings.sh DIR        needs root, tcpdump, ping, nft, and what overlay.sh needs
set -euo pipefail
DIR=${1:?usage: record-findings.sh DIR}; HERE=$(cd "$(dirname "$0")" && pwd); P=${PREFIX:-tf-}; mkdir -p "$DIR"; rm -f "$DIR"/*.pcap
lab() { PREFIX=$P "$HERE/overlay.sh" "$@"; }
on() { local n=$1; shift; ip netns exec "$P$n" "$@"; }
PID=; trap 'kill $PID 2>/dev/null || true; lab down' EXIT
begin() { # FILE NODE INTERFACE [tcpdump options]
  FILE=$DIR/$1.pcap; local node=$2 interface=$3; shift 3
  ip netns exec "${P}$node" tcpdump -Z root --immediate-mode -U -n -i "$interface" -w "$FILE" "$@" 2>/dev/null & PID=$!
  until [ -s "$FILE" ]; do sleep 0.1; done; sleep 0.3
}
finish() { sleep 0.5; kill $PID; wait $PID 2>/dev/null || true; PID=; }
pings() { on c1 ping -n -c 3 -i 0.2 -W 1 "$@" 172.16.1.2 >/dev/null || true; }
record() { # FILE INTERFACE [ping options]: three pings from c1 to c2, seen on h1
  begin "$1" h1 "$2"; shift 2; pings "$@"; finish
}
fresh() { lab tunnel vxlan; on c1 ping -n -c 1 -W 2 172.16.1.2 >/dev/null; }
lab down; lab up
fresh; ip -n "${P}h1" link set vxlan0 type vxlan ttl 1; record outer-ttl-exceeded eth0
fresh; on rt ip route add unreachable 10.2.0.10; record outer-host-unreachable eth0; on rt ip route del unreachable 10.2.0.10
on rt ip route add prohibit 10.2.0.10; record outer-prohibited eth0; on rt ip route del prohibit 10.2.0.10
fresh; ip -n "${P}h1" link set vxlan0 type vxlan df set; on rt ip link set r2 mtu 1400
record outer-fragmentation-needed eth0 -s 1372; on rt ip link set r2 mtu 1500
fresh; record inner-fragmentation-needed br0 -M do -s 1452
record inner-ttl-exceeded eth0 -t 2
on h2 ip route add unreachable 172.16.1.2; record inner-host-unreachable eth0; on h2 ip route del unreachable 172.16.1.2
# Replies come back through the routers, or with the VNI of another tunnel.
fresh; on h2 ip route replace 172.16.0.0/24 via 10.2.0.1; on rt ip route replace 172.16.0.0/24 via 10.1.0.10; record reply-outside-tunnel eth0
on rt ip route del 172.16.0.0/24
fresh; on h2 ip link add vxlan1 type vxlan id 43 local 10.2.0.10 remote 10.1.0.10 dstport 4789 dev eth0
on h2 ip addr add 172.31.1.2/24 dev vxlan1; on h2 ip link set vxlan1 up; on h2 ip neigh add 172.31.1.1 lladdr 02:00:00:00:00:99 dev vxlan1
on h2 ip route replace 172.16.0.0/24 via 172.31.1.1; record other-vni eth0; on h2 ip link del vxlan1
fresh; on h2 ip addr del 172.31.0.2/24 dev vxlan0; on h1 ip neigh flush dev vxlan0; record arp-unanswered eth0
# Large packets vanish on the way: the link's MTU is smaller, and ICMP errors about that are dropped.
fresh; on h1 ip link set vxlan0 type vxlan df set; on rt ip link set r2 mtu 1400; on rt ip rule add pref 1 ipproto icmp blackhole
on h1 ip route flush cache
begin mtu-black-hole h1 eth0; pings; pings -s 1372; finish; on rt ip rule del pref 1; on rt ip link set r2 mtu 1500
# Replies come from another address of the other host.
fresh; on h2 ip addr add 10.2.0.11/24 dev eth0; on h1 ip link set vxlan0 type vxlan nolearning
on h2 ip link set vxlan0 type vxlan local 10.2.0.11; record asymmetric-outer-path eth0; on h2 ip addr del 10.2.0.11/24 dev eth0
# The router sends each packet of the tunnel twice.
fresh; on rt nft 'table ip twice { chain c { type filter hook postrouting priority 0; oifname r2 udp dport 4789 dup to 10.2.0.10 device r2; }; }'
record duplicate-replies eth0; begin repeated-requests h2 eth0; pings; finish; on rt nft delete table ip twice
# One run of pings, by its identifier, with another TTL from the middle on: the containers' own, and the tunnel's.
fresh; begin inner-ttl-differs h1 eth0; pings -e 77; pings -e 77 -t 60; finish
begin outer-ttl-differs h1 eth0; pings -e 78; ip -n "${P}h1" link set vxlan0 type vxlan ttl 30; pings -e 78; finish
# A third end of the tunnel, on the router, claims the second's address; then its hardware address.
third() { # ADDRESS [HARDWARE ADDRESS]
  on rt ip link add vxlan0 ${2:+address "$2"} type vxlan id 42 local 10.1.0.1 remote 10.1.0.10 dstport 4789 dev r1
  on rt ip addr add "$1/24" dev vxlan0; on rt ip link set vxlan0 up; on h1 bridge fdb append 00:00:00:00:00:00 dev vxlan0 dst 10.1.0.1
}
fresh; third 172.31.0.2; on h1 ip neigh flush dev vxlan0; record duplicate-address eth0; on rt ip link del vxlan0
fresh; third 172.31.0.3 "$(on h2 cat /sys/class/net/vxlan0/address)"
begin duplicate-mac h1 eth0; pings; on rt ping -n -c 1 -W 1 172.31.0.1 >/dev/null || true; finish; on rt ip link del vxlan0
# No end of an IP-in-IP tunnel on the other host; the reply by another kind of tunnel than the request.
lab tunnel ipip; on c1 ping -n -c 1 -W 2 172.16.1.2 >/dev/null; kill "$(cat "${TMPDIR:-/tmp}/${P}lab/${P}h2.pid")"; sleep 0.3; record outer-protocol-unreachable eth0
lab tunnel ipip
for i in 1 2; do on h$i ip link add vxlan0 type vxlan id 42 local 10.$i.0.10 remote 10.$((3-i)).0.10 dstport 4789 dev eth0
  on h$i ip addr add 172.31.0.$i/24 dev vxlan0; on h$i ip link set vxlan0 up; done
on h1 ip route replace 172.16.1.0/24 via 172.31.0.2; pings; record other-tunnel eth0
# The second container has no address for a second: its host holds the packet until ARP is answered.
slow() { on c2 ip addr del 172.16.1.2/24 dev eth0; on h2 ip neigh flush dev br0; (sleep 1.2; on c2 ip addr add 172.16.1.2/24 dev eth0; on c2 ip route add default via 172.16.1.1) & }
fresh; begin late-replies h1 eth0; slow; on c1 ping -n -c 1 -W 4 172.16.1.2 >/dev/null || true; pings; finish
slow; on c1 ping -n -c 1 -W 4 172.16.1.2 >/dev/null & LATE=$!; sleep 0.3; begin capture-began-late h1 eth0; wait $LATE || true; pings; finish
begin reply-without-request h1 eth0 -Q in; pings; finish
# Later fragments of what is inside don't pass the router; two bytes inside change there. @ih is VXLAN's header, in bits.
on rt nft 'table ip cut { chain c { type filter hook forward priority 0; udp dport 4789 @ih,224,16 & 0x1fff != 0 drop; }; }'
begin fragments h2 eth0; pings -s 2000; finish; on rt nft delete table ip cut
on rt nft 'table ip harm { chain c { type filter hook forward priority 0; udp dport 4789 @ih,560,16 set 0xdead; }; }'
begin bad-checksum h2 eth0; pings; finish; on rt nft delete table ip harm
# One end marks packets with a group policy, and the other's device was not made for that.
lab tunnel vxlan; on h1 ip link del vxlan0; on h1 ip link add vxlan0 type vxlan id 42 local 10.1.0.10 remote 10.2.0.10 dstport 4789 dev eth0 gbp
on h1 ip addr add 172.31.0.1/24 dev vxlan0; on h1 ip link set vxlan0 up; on h1 ip route add 172.16.1.0/24 via 172.31.0.2; pings
begin vxlan-group-policy h1 eth0; on h1 ping -n -c 3 -i 0.2 -W 1 -m 7 -I 172.16.0.1 172.16.1.2 >/dev/null || true; finish
# Packet information on one side only, with packets of both: the second's first, since it ends at the first one that it can't read.
lab tunnel socat-mixed; begin tun-packet-information h1 eth0
on c2 ping -n -c 2 -i 0.2 -W 1 172.16.0.2 >/dev/null || true; pings; finish
