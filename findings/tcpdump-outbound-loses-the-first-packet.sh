#!/bin/bash
# A filter that asks for a direction, `outbound` or `inbound`, loses the first packet after tcpdump has started. libpcap filters what is in
# its ring's first block itself, since it may be from before the kernel had the filter, and there has no direction to answer with.
# tcpdump -Q out, which is not part of the filter, loses nothing.
#
# Version:   Debian 12, tcpdump 4.99.3-1, libpcap0.8 1.10.3-1, Linux 6.18
# Expected:  three packets that go out after "listening on" are three lines, as with -Q out
# Behaviour: they are two lines: the first is missing, and "3 packets received by filter" says that the kernel let it pass
# Seen:      -Q out udp: 3 of 3 printed; 3 packets received by filter
#            outbound and udp: 2 of 3 printed; 3 packets received by filter
#
# needs root (a network namespace of its own), util-linux, iproute2 and tcpdump
set -euo pipefail

if [ "${1:-}" != inside ]; then
  dpkg-query -W tcpdump libpcap0.8
  exec unshare --net "$0" inside
fi
folder=$(mktemp -d)
capture=
trap 'if [ -n "$capture" ]; then kill -KILL "$capture" 2>/dev/null || true; fi; rm -r "$folder"' EXIT
sysctl -qw net.ipv6.conf.default.disable_ipv6=1
ip link add out0 type veth peer name peer0
ip link set peer0 up
ip addr add 192.0.2.1/24 dev out0
ip link set out0 up
ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev out0
sent=3

# Captures what is sent; the words are tcpdump's. Prints and leaves in `printed` how many lines came.
capture() {
  tcpdump -i out0 -n -l "$@" >"$folder/lines" 2>"$folder/said" &
  capture=$!
  until grep -q 'listening on' "$folder/said"; do sleep 0.1; done
  sleep 1
  for ((i = 0; i < sent; i++)); do
    printf x >/dev/udp/192.0.2.2/9
    sleep 0.5
  done
  sleep 1
  kill -INT "$capture"
  wait "$capture" || true
  capture=
  printed=$(grep -c '192.0.2.2.9' "$folder/lines" || true)
  echo "$*: $printed of $sent printed; $(grep 'received by filter' "$folder/said")"
}

capture -Q out udp
[ "$printed" -eq "$sent" ]
capture 'outbound and udp'
if [ "$printed" -ge "$sent" ]; then
  echo 'the behaviour has changed: none was lost' >&2
  exit 1
fi
