#!/usr/bin/env bash
# Software: Linux's net.ipv4.ip_forward; run on 6.18. Needs root, iproute2, procps.
# Expected: writing 1 to net.ipv4.ip_forward turns forwarding on for every device ("this variable is special, its change resets all
#   configuration parameters to their default state", ip-sysctl.rst), as tools do that write it to be sure.
# Behaviour: it is the change that does so, and not the writing: where ip_forward is 1 already, a device whose own forwarding is 0 stays so,
#   and what comes in there is dropped. Writing 0 and then 1 turns it on.
# Output seen: "device after writing 1 again: 0; after 0 and 1: 1"
set -euo pipefail

name="forward-$$"
cleanup() { ip netns del "$name" 2>/dev/null || true; }
trap cleanup EXIT
ip netns add "$name"
in_it() { ip netns exec "$name" sysctl "$@"; }
ip -n "$name" link add e0 type veth peer name e1

in_it -qw net.ipv4.ip_forward=1
in_it -qw net.ipv4.conf.e0.forwarding=0
in_it -qw net.ipv4.ip_forward=1
again=$(in_it -n net.ipv4.conf.e0.forwarding)
in_it -qw net.ipv4.ip_forward=0
in_it -qw net.ipv4.ip_forward=1
turned=$(in_it -n net.ipv4.conf.e0.forwarding)
echo "device after writing 1 again: $again; after 0 and 1: $turned"
[ "$again" = 0 ] && [ "$turned" = 1 ]
