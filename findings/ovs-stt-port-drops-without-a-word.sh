#!/bin/bash
# Open vSwitch in user space takes tunnel ports of type stt and lisp, calls them up, with carrier and without an error, and drops all that goes into them.
#
# Version:   Debian 12: openvswitch-switch 3.1.0-2+deb12u1
# Expected:  stt and lisp need the kernel module that Open vSwitch once had. A bridge with datapath_type=netdev refuses such a port, or
#            names the reason in the columns error or status of Interface, as it does for a device that does not exist
# Behaviour: link_state is up, error is empty, the route's carrier is up, statistics count nothing, neither sent nor dropped. No envelope
#            leaves. The same port as geneve sends
# Seen:      stt: link_state, error, carrier, statistics: up [] up {rx_bytes=0, rx_packets=0, tx_bytes=0, tx_packets=0}; envelopes: 0
#            lisp: the same
#            geneve: link_state, error, carrier, statistics: up [] up {…}; envelopes: 1
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
  -- add-port br-tun tun1 -- set interface tun1 type=stt options:remote_ip=10.1.0.2 options:key=42
ip -n "$namespace" addr add 10.1.0.1/24 dev br-phy
ip -n "$namespace" link set br-phy up
ip -n "$namespace" addr add 172.31.0.1/24 dev br-tun
ip -n "$namespace" link set br-tun up
# The answer tells the switch the other end's hardware address.
near ping -q -c 1 -w 5 10.1.0.2 >/dev/null

# envelopes TYPE: what leaves while ARP requests go into the tunnel, with what the database says of the port.
envelopes() {
  near ovs-vsctl --timeout=10 set interface tun1 "type=$1"
  await sh -c "ovs-vsctl --timeout=10 get interface tun1 status | grep -q carrier=up"
  ip netns exec "$namespace-far" tcpdump -Z root --immediate-mode -U -n -i eth0 -w "$folder/$1.pcap" src host 10.1.0.1 and ip and not icmp 2>"$folder/said" &
  local tcpdump=$!
  await grep -q listening "$folder/said"
  near ping -q -c 3 -i 0.3 -W 1 172.31.0.2 >/dev/null 2>&1 || true
  sleep 0.5
  kill "$tcpdump"
  wait "$tcpdump" || true
  count=$(tcpdump -n -r "$folder/$1.pcap" 2>/dev/null | wc -l)
  state=$(ovs-vsctl --timeout=10 get interface tun1 link_state error status:tunnel_egress_iface_carrier statistics | xargs)
  echo "$1: link_state, error, carrier, statistics: $state; envelopes: $count"
}
for type in stt lisp; do
  envelopes "$type"
  if [ "$count" != 0 ] || [[ $state != "up [] up"* ]]; then
    echo "the behaviour has changed" >&2
    exit 1
  fi
done
envelopes geneve
[ "$count" != 0 ] || { echo "geneve sends nothing either: the set-up is wrong" >&2; exit 1; }
