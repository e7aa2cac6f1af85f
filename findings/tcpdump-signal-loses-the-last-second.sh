#!/bin/bash
# tcpdump that is ended by a signal leaves what is in the block that the kernel still fills (TPACKET_V3, handed over once a second): packets of
# the last second are counted as received by the filter, not as dropped, and are not in the file. -U does not help.
#
# Version:   Debian 12, tcpdump 4.99.3-1, libpcap0.8 1.10.3-1, Linux 6.18
# Expected:  the ten packets that came before the signal are in the file, as the counts at the end tell of no drop
# Behaviour: none of them is; with --immediate-mode, or with two seconds' wait in front of the signal, all are
# Seen:      at once: 0 in the file, 20 received by filter, 0 dropped by kernel
#            after a pause: 10 in the file, 20 received by filter, 0 dropped by kernel
#            --immediate-mode: 10 in the file, 20 received by filter, 0 dropped by kernel
#            (on lo the filter sees each packet twice, and libpcap hands over one)
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
ip link set lo up

# $1: what it is called; $2: seconds between the last packet and the signal; $3…: tcpdump's flags. Sets `kept`.
try() {
  local name=$1 pause=$2
  shift 2
  tcpdump -n -U -i lo -w "$folder/out.pcap" "$@" 'udp dst port 9' 2>"$folder/said" &
  capture=$!
  until grep -q 'listening on' "$folder/said"; do sleep 0.1; done
  sleep 1.5
  for ((i = 0; i < 10; i++)); do printf x >/dev/udp/127.0.0.1/9; done
  sleep "$pause"
  kill -INT "$capture"
  wait "$capture" || true
  capture=
  kept=$(tcpdump -n -r "$folder/out.pcap" 2>/dev/null | wc -l)
  received=$(sed -n 's/^\([0-9]*\) packets received by filter/\1/p' "$folder/said")
  dropped=$(sed -n 's/^\([0-9]*\) packets dropped by kernel/\1/p' "$folder/said")
  echo "$name: $kept in the file, $received received by filter, $dropped dropped by kernel"
}

try 'at once' 0
[ "$kept" -lt 10 ]
[ "$dropped" = 0 ]
try 'after a pause' 2
[ "$kept" = 10 ]
try '--immediate-mode' 0.2 --immediate-mode
[ "$kept" = 10 ]
