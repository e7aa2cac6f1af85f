#!/usr/bin/env bash
# Captures that lessons come with (fixtures/lessons/given), for what no lab makes: needs root, tcpdump, iproute2, wireguard-go, wg.
#
# geneve.pcapng is not made here: Open vSwitch 3.1 in user space with a GENEVE port and two options, 0x0102/0x80 and 0xffff/0x01.
#
#   cilium        the kernel's VXLAN with a VNI per route, as Cilium sets it per packet: 12345 there, 6789 back; seen on the cable
#   wireguard     VXLAN through wireguard-go: the same pings on the cable (eth0), in WireGuard's device (wg0) and in VXLAN's (vxlan0)
set -euo pipefail
cd "$(dirname "$0")/../../fixtures/lessons/given"
own="tlc$$"
folder=$(mktemp -d)
clean() {
  for host in a b; do
    ip netns pids "$own-$host" 2>/dev/null | xargs -r kill 2>/dev/null || true
    ip netns del "$own-$host" 2>/dev/null || true
  done
  rm -rf "$folder"
}
trap clean EXIT
on() { local host=$1; shift; ip netns exec "$own-$host" "$@"; }
for host in a b; do ip netns add "$own-$host"; done
ip link add eth0 netns "$own-a" type veth peer name eth0 netns "$own-b"
number=0
for host in a b; do
  number=$((number + 1))
  on $host sysctl -qw net.ipv6.conf.all.disable_ipv6=1
  on $host ip link set lo up
  on $host ip addr add 10.0.0.$number/24 dev eth0
  on $host ip link set eth0 up
done
# capture NAME INTERFACE...: pings from a to b's 172.16.0.2, captured on a
capture() {
  local name=$1; shift
  local pids=() files=() interface
  for interface in "$@"; do
    # Not by on(): the process to be ended is tcpdump, not a shell around it.
    ip netns exec "$own-a" tcpdump -q -U -i "$interface" -w "$folder/$interface.pcap" not arp 2>"$folder/$interface.log" &
    pids+=($!)
    files+=("$folder/$interface.pcap")
    until grep -q listening "$folder/$interface.log"; do sleep 0.1; done
  done
  on a ping -q -c 3 -i 0.3 172.16.0.2
  sleep 1
  kill "${pids[@]}"
  wait "${pids[@]}" || true
  node ../../../dist/cli.js -r "${files[0]}" ${files[1]:+-r "${files[1]}"} ${files[2]:+-r "${files[2]}"} -w "$name.pcapng"
}

for host in a b; do on $host ip link add vxlan0 address 0e:00:00:00:00:0$([ $host = a ] && echo 1 || echo 2) type vxlan external dstport 8472; done
on a ip addr add 172.16.0.1/32 dev vxlan0
on b ip addr add 172.16.0.2/32 dev vxlan0
for host in a b; do on $host ip link set vxlan0 up; done
on a ip route add 172.16.0.2 dev vxlan0 src 172.16.0.1 encap ip id 12345 dst 10.0.0.2 ttl 64
on b ip route add 172.16.0.1 dev vxlan0 src 172.16.0.2 encap ip id 6789 dst 10.0.0.1 ttl 64
on a ip neigh add 172.16.0.2 lladdr 0e:00:00:00:00:02 dev vxlan0
on b ip neigh add 172.16.0.1 lladdr 0e:00:00:00:00:01 dev vxlan0
capture cilium eth0
for host in a b; do on $host ip link del vxlan0; done

for host in a b; do wg genkey >"$folder/$host.key"; done
for host in a b; do
  other=$([ $host = a ] && echo b || echo a)
  number=$([ $host = a ] && echo 1 || echo 2)
  # Its socket is a file, named like the device: each host sees a folder of its own.
  mkdir -p /run/wireguard "$folder/$host.run"
  on $host unshare -m bash -c "
    mount --bind '$folder/$host.run' /run/wireguard
    wireguard-go wg0 >/dev/null 2>&1
    wg set wg0 listen-port 51820 private-key '$folder/$host.key' \
      peer '$(wg pubkey <"$folder/$other.key")' allowed-ips 10.9.0.0/24 endpoint 10.0.0.$((3 - number)):51820"
  on $host ip addr add 10.9.0.$number/24 dev wg0
  on $host ip link set wg0 up
  on $host ip link add vxlan0 type vxlan id 42 local 10.9.0.$number remote 10.9.0.$((3 - number)) dstport 8472
  on $host ip addr add 172.16.0.$number/24 dev vxlan0
  on $host ip link set vxlan0 mtu 1370 up
done
on a ping -q -c 1 -W 3 172.16.0.2 >/dev/null
capture wireguard eth0 wg0 vxlan0
