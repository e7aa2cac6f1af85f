#!/usr/bin/env bash
# Software: ip of iproute2; run with 6.1.0 of Debian 12. Needs root.
# Expected: lines of ip -batch do what the same lines do as commands of their own, one after the other.
# Behaviour: ip remembers a device's number by its name while a batch runs, and forgets it only where a line removes that very device.
#   Where the device goes with another one (the other end of a veth pair), a later line about a new device of that name fails.
# Output seen: "as commands: 10.9.0.1/24; as a batch: Error: ipv4: Device not found. Command failed -:4"
set -euo pipefail

name="batch-device-$$"
trap 'ip netns del "$name" 2>/dev/null || true' EXIT

LINES='addr add 10.9.0.1/24 dev vb
link del va
link add va type veth peer name vb
addr add 10.9.0.1/24 dev vb'

start() {
  ip netns del "$name" 2>/dev/null || true
  ip netns add "$name"
  ip -n "$name" link add va type veth peer name vb
}

start
# Not quoted: words.
while read -r line; do ip -n "$name" $line; done <<<"$LINES"
commands=$(ip -n "$name" -br addr show dev vb | grep -o '10\.9\.0\.1/24' || true)
start
batch=$(LC_ALL=C ip -n "$name" -batch - <<<"$LINES" 2>&1 | tr '\n' ' ' || true)
echo "as commands: $commands; as a batch: $batch"
[ "$commands" = 10.9.0.1/24 ] && [[ $batch == *'Command failed -:4'* ]]
