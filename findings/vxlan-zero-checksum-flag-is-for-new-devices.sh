#!/bin/bash
# The kernel sets learning, df and the remote of a VXLAN device that there is, but not udp6zerocsumrx: it must be made anew.
#
# Version:   Linux 6.18 (and 6.1); Debian 12: iproute2 6.1.0
# Expected:  ip-link(8) has udp6zerocsumrx among a device's flags, as it has learning, and says of none that it is for new devices alone. Since
#            4.20 the kernel changes a device's attributes (vxlan_changelink), so that "ip link set NAME type vxlan FLAG" takes it
# Behaviour: learning is changed; udp6zerocsumrx and udp6zerocsumtx are refused
# Seen:      Error: vxlan: cannot change UDP_ZERO_CSUM6_RX flag.
#
# needs root, network namespaces, iproute2
set -euo pipefail
namespace=finding-vxlan-$$
trap 'ip netns del "$namespace"' EXIT
ip netns add "$namespace"
near() { ip -n "$namespace" "$@"; }
near link add vxlan0 type vxlan id 42 local fd00:1::10 remote fd00:2::10 dstport 4789 nolearning
near link set vxlan0 type vxlan learning
[[ $(near -d link show vxlan0) != *nolearning* ]] || { echo "learning was not changed" >&2; exit 1; }
for flag in udp6zerocsumrx udp6zerocsumtx; do
  if said=$(near link set vxlan0 type vxlan "$flag" 2>&1); then
    echo "the behaviour has changed: $flag is taken" >&2
    exit 1
  fi
  echo "$said"
done
