#!/bin/bash
# Open vSwitch in user space sends a tunnel's envelopes by a route of exactly the tunnel's egress_pkt_mark: routes from the kernel have mark 0, and are no use to it.
#
# Version:   Debian 12: openvswitch-switch 3.1.0-2+deb12u1
# Expected:  egress_pkt_mark sets the mark of the envelopes, as ip-link's fwmark does: rules for that mark apply, and without one the main table,
#            which Open vSwitch has copied from the kernel (ovs/route/show)
# Behaviour: only a route added with the same pkt_mark is looked at. Without one all is dropped, and the columns error and status are empty
# Seen:      without: error, status: [] {}; envelopes: 0
#            with (ovs/route/add 10.1.0.0/24 br-phy pkt_mark=5): envelopes: 3
#
# needs root, network namespaces, openvswitch-switch, tcpdump, iputils-ping (Debian's packages)
set -euo pipefail
folder=$(mktemp -d)
namespace=finding-ovs-$$
export OVS_RUNDIR=$folder
end() {
  for pid in $(ip netns pids "$namespace" 2>/dev/null); do kill "$pid" 2>/dev/null || true; done
  for name in "$namespace" "$namespace-far"; do ip netns del "$name" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap end EXIT
near() { ip netns exec "$namespace" "$@"; }
await() { for _ in $(seq 250); do "$@" >/dev/null 2>&1 && return; sleep 0.02; done; return 1; }

ip netns add "$namespace"
ip netns add "$namespace-far"
ip link add eth0 netns "$namespace" type veth peer name eth0 netns "$namespace-far"
ip -n "$namespace" link set eth0 up
ip -n "$namespace-far" addr add 10.1.0.2/24 dev eth0
ip -n "$namespace-far" link set eth0 up

ovsdb-tool create "$folder/conf.db"
near ovsdb-server "$folder/conf.db" "--remote=punix:$folder/db.sock" >/dev/null 2>&1 &
await test -S "$folder/db.sock"
near ovs-vswitchd --disable-system --pidfile >/dev/null 2>&1 &
near ovs-vsctl --timeout=10 add-br br-phy -- set bridge br-phy datapath_type=netdev -- add-port br-phy eth0 \
  -- add-br br-tun -- set bridge br-tun datapath_type=netdev \
  -- add-port br-tun tun1 -- set interface tun1 type=geneve options:remote_ip=10.1.0.2 options:key=42 options:egress_pkt_mark=5
ip -n "$namespace" addr add 10.1.0.1/24 dev br-phy
ip -n "$namespace" link set br-phy up
ip -n "$namespace" addr add 172.31.0.1/24 dev br-tun
ip -n "$namespace" link set br-tun up
# The answer tells the switch the other end's hardware address.
near ping -q -c 1 -w 5 10.1.0.2 >/dev/null

# envelopes FILE: what leaves while ARP requests go into the tunnel, with what the database says of the port.
envelopes() {
  ip netns exec "$namespace-far" tcpdump -Z root --immediate-mode -U -n -i eth0 -w "$folder/$1.pcap" src host 10.1.0.1 and ip and not icmp 2>"$folder/said" &
  local tcpdump=$!
  await grep -q listening "$folder/said"
  near ping -q -c 3 -i 0.3 -W 1 172.31.0.2 >/dev/null 2>&1 || true
  sleep 0.5
  kill "$tcpdump"
  wait "$tcpdump" || true
  count=$(tcpdump -n -r "$folder/$1.pcap" 2>/dev/null | wc -l)
  state=$(ovs-vsctl --timeout=10 get interface tun1 error status | xargs)
  echo "$1: error, status: $state; envelopes: $count"
}
changed() { echo "the behaviour has changed" >&2; exit 1; }
near ovs-appctl ovs/route/show | grep -F 10.1.0.0/24
envelopes without
[[ $count == 0 && $state == "[] {}" ]] || changed
near ovs-appctl ovs/route/add 10.1.0.0/24 br-phy pkt_mark=5 >/dev/null
envelopes with
[ "$count" != 0 ] || changed
