#!/usr/bin/env bash
# Software: Linux's neighbour tables; run on 6.18, with iproute2 6.1.0 of Debian 12. Needs root.
# Expected: a neighbour entry of state permanent stays until somebody removes it or its device ("valid forever and can be only be removed
#   administratively", ip-neighbour(8)), whatever happens to the device's own hardware address.
# Behaviour: `ip link set address` on a device that is up removes all of its neighbours, permanent ones too, while its forwarding entries and
#   routes stay: a VXLAN device that is set up as Flannel does it then has nobody to send to, and asks nobody.
# Output seen: "neighbours, forwarding entries, routes before: 1 1 1; after: 0 1 1"
set -euo pipefail

name="neighbours-$$"
cleanup() { ip netns del "$name" 2>/dev/null || true; }
trap cleanup EXIT
ip netns add "$name"
ip -n "$name" link add vx0 address 0e:00:00:00:00:01 type vxlan id 7 dstport 4789 nolearning
ip -n "$name" addr add 172.16.0.0/32 dev vx0
ip -n "$name" link set vx0 up
ip -n "$name" route add 172.16.1.0/24 via 172.16.1.0 dev vx0 onlink
ip -n "$name" neigh add 172.16.1.0 lladdr 0e:00:00:00:00:02 dev vx0 nud permanent
bridge -n "$name" fdb append 0e:00:00:00:00:02 dev vx0 dst 10.9.0.2

counts() {
  echo "$(ip -n "$name" neigh show nud permanent | grep -c lladdr) $(bridge -n "$name" fdb show dev vx0 | grep -c ' dst ') $(ip -n "$name" route show dev vx0 | grep -c via)"
}
before=$(counts)
ip -n "$name" link set vx0 address 0e:00:00:00:00:03
after=$(counts || true)
echo "neighbours, forwarding entries, routes before: $before; after: $after"
[ "$before" = "1 1 1" ] && [ "$after" = "0 1 1" ]
