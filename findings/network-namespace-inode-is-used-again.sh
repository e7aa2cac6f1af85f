#!/usr/bin/env bash
# Software: Linux's network namespaces; run on 6.18, with iproute2 6.1.0 of Debian 12. Needs root and python3.
# Expected: the inode of a namespace (/run/netns/NAME, /proc/PID/ns/net) tells it from all others until the machine starts again,
#   as device and inode do for whoever compares two that exist.
# Behaviour: the number of a namespace that was removed is free, and mostly goes to the next one that is made: whoever remembers a
#   name and an inode takes the new one for the old. The cookie (getsockopt SO_NETNS_COOKIE, Linux 5.14) of each is another.
# Output seen: "5 of 5 have the inode of the one before; 5 cookies"
set -euo pipefail

name="inode-again-$$"
made=0
cleanup() { [ "$made" = 0 ] || ip netns del "$name" 2>/dev/null || true; }
trap cleanup EXIT

inodes=()
cookies=()
for _ in 1 2 3 4 5 6; do
  ip netns add "$name"
  made=1
  inodes+=("$(stat -Lc %i "/run/netns/$name")")
  # SOL_SOCKET 1, SO_NETNS_COOKIE 71 (asm-generic/socket.h)
  cookies+=("$(ip netns exec "$name" python3 -c 'import socket; print(int.from_bytes(socket.socket().getsockopt(1, 71, 8), "little"))')")
  ip netns del "$name"
  made=0
  # The kernel removes it a moment later, on a work queue: the next one would be made before.
  sleep 0.3
done

same=0
for i in 1 2 3 4 5; do
  [ "${inodes[i]}" != "${inodes[i - 1]}" ] || same=$((same + 1))
done
different=$(printf '%s\n' "${cookies[@]:1}" | sort -u | wc -l)
echo "$same of 5 have the inode of the one before; $different cookies"
# Others may make namespaces meanwhile.
[ "$same" -ge 1 ] && [ "$different" = 5 ]
