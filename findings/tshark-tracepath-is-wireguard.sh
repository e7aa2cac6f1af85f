#!/usr/bin/env bash
# tshark takes tracepath's probes of the fourth hop for a WireGuard tunnel.
#
# Version:   tshark 4.0.17-0+deb12u3, iputils-tracepath 3:20221126-1+deb12u1 (Debian 12).
# Expected:  tracepath's probes are UDP datagrams to ports 44444 and up, one like the other but for TTL, port and time: tshark shows all as UDP.
# Behaviour: a probe begins with its TTL as a little-endian word, then the time, then zeros. With TTL 4 that is the first word of a WireGuard transport
#            message, and tshark's heuristic, which is on by default, looks no further than the length: a multiple of 16, as that of 1,472 is which
#            tracepath sends without options, and of 192 as here. The all-zero receiver and tag, which no session has, are no reason against it.
# Seen:      of each TTL, as what tshark shows its probes:
#              1 UDP
#              2 UDP
#              3 UDP
#              4 WireGuard
# What it means: who counts tunnels by tshark's protocols (-Y wg, -z io,phs) finds one wherever somebody ran tracepath over four hops.
set -euo pipefail

[ "$(id -u)" = 0 ] || { echo "needs root, for a network namespace"; exit 2; }
for program in tshark tracepath tcpdump; do
  command -v "$program" >/dev/null || { echo "needs $program: apt-get install tshark iputils-tracepath tcpdump"; exit 2; }
done
folder=$(mktemp -d)
space=tracepath-$$
trap 'kill "${capture:-}" 2>/dev/null || true; ip netns del "$space" 2>/dev/null || true; rm -rf "$folder"' EXIT

# Nobody answers behind the other end of this cable, so tracepath tries each hop three times and goes on.
ip netns add "$space"
ip -n "$space" link add near type veth peer name far
ip -n "$space" addr add 10.9.1.1/24 dev near
ip -n "$space" link set near up
ip -n "$space" link set far up
ip -n "$space" neigh add 10.9.1.2 lladdr 02:00:00:00:00:02 dev near
ip -n "$space" route add default via 10.9.1.2
ip netns exec "$space" tcpdump -n --immediate-mode -U -i near -w "$folder/probes.pcap" udp 2>"$folder/said" &
capture=$!
for _ in $(seq 100); do grep -q listening "$folder/said" && break; sleep 0.1; done
timeout 60 ip netns exec "$space" tracepath -n -m 4 -l 220 192.0.2.1 >"$folder/told" 2>&1 || true
kill "$capture"
wait "$capture" 2>/dev/null || true
capture=

tshark --version 2>/dev/null | head -n 1
seen=$(tshark -r "$folder/probes.pcap" -T fields -e ip.ttl -e _ws.col.Protocol 2>/dev/null | tr '\t' ' ' | sort -u)
echo "$seen"
[ "$seen" = $'1 UDP\n2 UDP\n3 UDP\n4 WireGuard' ] || { echo "the behaviour has changed"; exit 1; }
echo "as described: the probes of the fourth hop are WireGuard for tshark"
