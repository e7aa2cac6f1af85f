#!/usr/bin/env bash
# Brings up an overlay of two hosts in network namespaces (socat over UDP with TUN devices), pings through it, captures, and lets
# tunnelscope verify that every ping was answered, and inside the tunnel. Keeps the report and the capture.
# usage: overlay-check.sh [FOLDER]     FOLDER: for junit.xml and overlay.pcapng; default: overlay-report
#   needs root, iproute2, socat, ping.  TUNNELSCOPE: the command, default `tunnelscope`.  COUNT: number of pings.  PING: the ping program.
set -euo pipefail
folder=${1:-overlay-report}
count=${COUNT:-5}
read -ra tunnelscope <<< "${TUNNELSCOPE:-tunnelscope}"
a=oc$$-a b=oc$$-b
processes=()
mkdir -p "$folder"
# tunnelscope becomes the user who called sudo, and writes the files as that user.
[ -z "${SUDO_UID:-}" ] || chown "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$folder"

down() {
  [ ${#processes[@]} -eq 0 ] || kill "${processes[@]}" 2>/dev/null || true
  ip netns del "$a" 2>/dev/null || true
  ip netns del "$b" 2>/dev/null || true
}
trap down EXIT

# until_true SECONDS COMMAND…
until_true() {
  local end=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { echo "overlay-check: gave up waiting for: $*" >&2; return 1; }
    sleep 0.1
  done
}

# Two hosts on one wire.
ip netns add "$a"; ip netns add "$b"
# IPv6's own packets would go through the tunnel before the other end listens, and socat exits on a port unreachable.
for host in "$a" "$b"; do ip netns exec "$host" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; done
ip link add eth0 netns "$a" type veth peer name eth0 netns "$b"
ip -n "$a" addr add 10.1.0.10/24 dev eth0; ip -n "$a" link set eth0 up; ip -n "$a" link set lo up
ip -n "$b" addr add 10.1.0.20/24 dev eth0; ip -n "$b" link set eth0 up; ip -n "$b" link set lo up

# The tunnel between them.
ip netns exec "$a" socat UDP:10.1.0.20:9000,bind=10.1.0.10:9000 TUN:172.16.0.1/24,tun-name=tun0,up & processes+=($!)
ip netns exec "$b" socat UDP:10.1.0.10:9000,bind=10.1.0.20:9000 TUN:172.16.0.2/24,tun-name=tun0,up & processes+=($!)
until_true 10 ip -n "$a" link show tun0 up
until_true 10 ip -n "$b" link show tun0 up
until_true 10 ip netns exec "$a" ping -n -c 1 -W 1 172.16.0.2

# Capture on the wire: two packets per ping.
"${tunnelscope[@]}" -i "$a:eth0" -w "$folder/overlay.pcapng" -c $((2 * count)) -a duration:60 udp port 9000 2> "$folder/capture.log" &
capture=$!
processes+=("$capture")
until_true 30 grep -q 'capturing on' "$folder/capture.log"
ip netns exec "$a" "${PING:-ping}" -n -c "$count" -i 0.2 -W 2 172.16.0.2 || true
# If pings were lost, fewer packets arrive than the count.
end=$((SECONDS + 3))
while kill -0 "$capture" 2>/dev/null && [ $SECONDS -lt $end ]; do sleep 0.1; done
kill -INT "$capture" 2>/dev/null || true
wait "$capture" || true

# The verdict is this script's exit code.
"${tunnelscope[@]}" verify -r "$folder/overlay.pcapng" --expect tunnel=tunpi,port=9000 --inner 172.16.0.1,172.16.0.2 \
  --outer 10.1.0.10,10.1.0.20 --min-answered "$count" --max-loss 0% --no-findings error --junit "$folder/junit.xml"
