#!/bin/bash
# A group of Linux's packet log that has a listener refuses the next one with EPERM, root too: tcpdump says "Operation not permitted".
#
# Version:   Debian 12, tcpdump 4.99.3-1, libpcap0.8 1.10.3-1, Linux 6.18
# Expected:  the second `tcpdump -i nflog:5` as root is told that the group is in use (EBUSY), as a bind is elsewhere
# Behaviour: the kernel answers EPERM, which is also its answer to whoever lacks CAP_NET_ADMIN: the message sends people after rights
# Seen:      tcpdump: Can't listen on group index: Operation not permitted
#
# needs root (a network namespace of its own), tcpdump, util-linux
set -euo pipefail

if [ "${1:-}" != inside ]; then
  dpkg-query -W tcpdump libpcap0.8
  exec unshare --net "$0" inside
fi
folder=$(mktemp -d)
first=
trap 'if [ -n "$first" ]; then kill "$first" 2>/dev/null || true; fi; rm -r "$folder"' EXIT
[ "$(id -u)" -eq 0 ]

tcpdump -Z root -i nflog:5 -w "$folder/first.pcap" 2>"$folder/first" &
first=$!
until grep -q 'listening on' "$folder/first"; do sleep 0.1; done
# Another group is free, so that nothing is wrong with rights.
timeout 1 tcpdump -Z root -i nflog:6 -w "$folder/other.pcap" 2>"$folder/other" || true
grep -q 'listening on' "$folder/other"

if timeout 5 tcpdump -Z root -i nflog:5 -w "$folder/second.pcap" 2>"$folder/second"; then
  echo 'the behaviour has changed: a group takes two listeners' >&2
  exit 1
fi
cat "$folder/second"
if ! grep -q 'Operation not permitted' "$folder/second"; then
  echo 'the behaviour has changed: another reason is given' >&2
  exit 1
fi
