#!/bin/bash
# dumpcap's (libpcap's) kernel buffer of 2 MiB is used up by time, not by bytes: eight blocks of 256 KiB (TPACKET_V3), each handed over
# 250 ms after it was begun, however empty it is.
#
# Version:   Debian 12, wireshark-common 4.0.17-0+deb12u3, libpcap0.8 1.10.3-1, Linux 6.18
# Expected:  a dumpcap that is stopped for 4 s while 150 small packets come (some 20 kB) has them all: its buffer is 2 MiB
# Behaviour: it has those of the first two seconds, and reports the rest as dropped
# Seen:      running: 150 of 150 packets captured
#            stopped: 61 of 150 packets captured
#
# needs root (a network namespace of its own), util-linux and wireshark-common
set -euo pipefail

if [ "${1:-}" != inside ]; then
  dpkg-query -W wireshark-common libpcap0.8
  exec unshare --net "$0" inside
fi
folder=$(mktemp -d)
capture=
trap 'if [ -n "$capture" ]; then kill -KILL "$capture" 2>/dev/null || true; fi; rm -r "$folder"' EXIT
ip link set lo up
sent=150

# Captures what is sent in 4 s. $1: "stopped", or "running" for the same without a pause. Prints how many it captured.
capture() {
  dumpcap -q -i lo -f 'udp dst port 9' -w "$folder/out.pcapng" 2>"$folder/said" &
  capture=$!
  until grep -q '^File: ' "$folder/said"; do sleep 0.1; done
  if [ "$1" = stopped ]; then kill -STOP "$capture"; fi
  for ((i = 0; i < sent; i++)); do
    printf x >/dev/udp/127.0.0.1/9
    sleep 0.026
  done
  kill -CONT "$capture"
  sleep 1
  kill -INT "$capture"
  wait "$capture" || true
  capture=
  captured=$(sed -n "s/.*received\/dropped on interface .*: \([0-9]*\)\/.*/\1/p" "$folder/said")
  echo "$1: $captured of $sent packets captured"
}

capture running
[ "$captured" -eq "$sent" ]
capture stopped
if [ "$captured" -ge "$sent" ]; then
  echo 'the behaviour has changed: none was lost' >&2
  exit 1
fi
