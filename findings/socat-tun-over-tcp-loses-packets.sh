#!/usr/bin/env bash
# socat carries a TUN device over TCP, and loses packets although TCP loses none.
#
# Software: Debian's socat 1.7.4.4-2, Linux 6.18.
# Expected: TCP delivers every byte in order, and packet information stands in front of each packet, so that the other end can tell packets apart:
#   30 pings sent at once through `TUN,iff-up TCP4:…` are all answered.
# Behaviour: socat writes what one read(2) of the connection returned to the device with one write(2), which is one packet to the device. Where several packets
#   came at once, the first is taken and the others are lost; with one packet at a time all are answered.
# Output seen:
#   one at a time: 5 packets transmitted, 5 received
#   30 at once: 30 packets transmitted, 3 received
set -euo pipefail

command -v socat >/dev/null || apt-get install -y --no-install-recommends socat >/dev/null
work=$(mktemp -d)
left=socat-tcp-left-$$ right=socat-tcp-right-$$
finish() {
  for ns in "$left" "$right"; do
    ip netns pids "$ns" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
    ip netns del "$ns" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap finish EXIT

for ns in "$left" "$right"; do ip netns add "$ns"; done
ip link add under netns "$left" type veth peer name under netns "$right"
ip -n "$left" addr add 10.0.0.1/24 dev under
ip -n "$right" addr add 10.0.0.2/24 dev under
for ns in "$left" "$right"; do ip -n "$ns" link set under up; done
ip netns exec "$right" socat TUN:172.16.0.2/24,iff-up,tun-name=t0 TCP4-LISTEN:9000 2>"$work/right" &
sleep 0.5
ip netns exec "$left" socat TUN:172.16.0.1/24,iff-up,tun-name=t0 TCP4:10.0.0.2:9000 2>"$work/left" &
for _ in $(seq 50); do ip -n "$left" -br addr show t0 2>/dev/null | grep -q 172 && break; sleep 0.1; done
sleep 0.5

said() { sed -n 's/^\([0-9]* packets transmitted, [0-9]* received\).*/\1/p'; }
single=$(ip netns exec "$left" ping -q -c 5 -i 0.2 -W 1 172.16.0.2 | said || true)
burst=$(ip netns exec "$left" ping -q -c 30 -l 30 -i 0.002 -s 300 -W 1 172.16.0.2 | said || true)
echo "one at a time: $single"
echo "30 at once: $burst"
[ "$single" = '5 packets transmitted, 5 received' ] || { echo 'not even one at a time: nothing is shown'; exit 1; }
received=${burst#*, }
[ "${received%% *}" -lt 30 ] || { echo 'all were answered: this has changed'; exit 1; }
