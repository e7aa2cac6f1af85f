#!/usr/bin/env bash
# Software: Linux's VXLAN devices; run on 6.18, with iproute2 6.1.0 of Debian 12. Needs root.
# Expected: `bridge fdb append MAC dev VXLAN dst ADDRESS` adds a destination to the entry of a hardware address (bridge(8)), or is refused.
# Behaviour: it does so for the address of all zeros and for multicast ones. For any other address that has an entry it says nothing, ends with 0,
#   and changes nothing: a node whose address has moved keeps its old destination. `add` is refused ("File exists"), `replace` does it.
# Output seen: "append: exit code 0, destinations 10.9.0.1; zeros: 10.9.0.1 10.9.0.2; replace: 10.9.0.2"
set -euo pipefail

name="fdb-append-$$"
cleanup() { ip netns del "$name" 2>/dev/null || true; }
trap cleanup EXIT
ip netns add "$name"
ip -n "$name" link add vx0 type vxlan id 7 dstport 4789 nolearning

destinations() { bridge -n "$name" fdb show dev vx0 | sed -n "s/^$1 dst \([^ ]*\).*/\1/p" | sort | paste -sd' '; }
mac=0e:00:00:00:00:02
zeros=00:00:00:00:00:00

bridge -n "$name" fdb append "$mac" dev vx0 dst 10.9.0.1
code=0
bridge -n "$name" fdb append "$mac" dev vx0 dst 10.9.0.2 || code=$?
after=$(destinations "$mac")
for end in 1 2; do bridge -n "$name" fdb append "$zeros" dev vx0 dst "10.9.0.$end"; done
flooded=$(destinations "$zeros")
bridge -n "$name" fdb replace "$mac" dev vx0 dst 10.9.0.2
replaced=$(destinations "$mac")

echo "append: exit code $code, destinations $after; zeros: $flooded; replace: $replaced"
[ "$code" = 0 ] && [ "$after" = 10.9.0.1 ] && [ "$flooded" = "10.9.0.1 10.9.0.2" ] && [ "$replaced" = 10.9.0.2 ]
