#!/usr/bin/env bash
# Software: the Linux kernel; run with 6.18.44. Needs root, tracefs, and ping.
# Expected: the tracepoint skb:kfree_skb names why a packet is dropped; where a route says blackhole, unreachable or prohibit, as where there is none.
# Behaviour: a packet that has no route to go by is dropped with IP_INNOROUTES, and one that such a route forbids with NOT_SPECIFIED, in the same
#   function: only that (ip_error) tells that a route was it.
# Output seen: "none: IP_INNOROUTES; blackhole: NOT_SPECIFIED; unreachable: NOT_SPECIFIED; prohibit: NOT_SPECIFIED"
set -euo pipefail
[ "${1:-}" = --inside ] || exec unshare -m "$0" --inside

tracing=/sys/kernel/tracing
mount -t tracefs none "$tracing"
router="reason-router-$$" host="reason-host-$$"
instance="$tracing/instances/reason-$$"
finish() {
  ip netns del "$router" 2>/dev/null || true
  ip netns del "$host" 2>/dev/null || true
  [ ! -d "$instance" ] || rmdir "$instance"
}
trap finish EXIT

ip netns add "$router"
ip netns add "$host"
ip -n "$host" link add cable type veth peer name cable netns "$router"
ip -n "$host" addr add 198.51.100.1/30 dev cable
ip -n "$router" addr add 198.51.100.2/30 dev cable
for one in "$host" "$router"; do ip -n "$one" link set cable up; done
ip -n "$host" route add default via 198.51.100.2
ip netns exec "$router" sysctl -qw net.ipv4.ip_forward=1

mkdir "$instance"
# Other packets of this machine may be dropped meanwhile: only those of ip_error are of interest.
reason_with() {
  [ "$1" = none ] || ip -n "$router" route add "$1" 203.0.113.0/24
  echo > "$instance/trace"
  echo 1 > "$instance/events/skb/kfree_skb/enable"
  ip netns exec "$host" ping -c 1 -W 1 203.0.113.9 >/dev/null || true
  echo 0 > "$instance/events/skb/kfree_skb/enable"
  [ "$1" = none ] || ip -n "$router" route del "$1" 203.0.113.0/24
  grep -o 'location=ip_error.* reason: [A-Z_]*' "$instance/trace" | sed -E 's/.*reason: //' | sort -u | paste -sd,
}
none=$(reason_with none)
blackhole=$(reason_with blackhole)
unreachable=$(reason_with unreachable)
prohibit=$(reason_with prohibit)
echo "none: $none; blackhole: $blackhole; unreachable: $unreachable; prohibit: $prohibit"
[ "$none" = IP_INNOROUTES ] && [ "$blackhole" = NOT_SPECIFIED ] && [ "$unreachable" = NOT_SPECIFIED ] && [ "$prohibit" = NOT_SPECIFIED ]
