#!/usr/bin/env bash
# Records what goes wrong on overlays, one capture a finding, at h1's eth0 (or where it is seen) into DIR.
# usage: record-findings.sh DIR        needs root, tcpdump, ping, and what overlay.sh needs
set -euo pipefail
DIR=${1:?usage: record-findings.sh DIR}; HERE=$(cd "$(dirname "$0")" && pwd); P=${PREFIX:-tf-}; mkdir -p "$DIR"; rm -f "$DIR"/*.pcap
lab() { PREFIX=$P "$HERE/overlay.sh" "$@"; }
on() { local n=$1; shift; ip netns exec "$P$n" "$@"; }
PID=; trap 'kill $PID 2>/dev/null || true; lab down' EXIT
record() { # FILE INTERFACE [ping options]: three pings from c1 to c2
  local file=$DIR/$1.pcap interface=$2; shift 2
  ip netns exec "${P}h1" tcpdump -Z root --immediate-mode -U -n -i "$interface" -w "$file" 2>/dev/null & PID=$!
  until [ -s "$file" ]; do sleep 0.1; done; sleep 0.3
  on c1 ping -n -c 3 -i 0.2 -W 1 "$@" 172.16.1.2 >/dev/null || true
  sleep 0.5; kill $PID; wait $PID 2>/dev/null || true
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
