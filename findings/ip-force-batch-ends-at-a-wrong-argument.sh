#!/usr/bin/env bash
# Software: ip of iproute2; run with 6.1.0 of Debian 12. Needs root.
# Expected: with -force, ip -batch goes on after a line that fails (ip(8): "Don't terminate ip on errors in batch mode"), and says
#   "Command failed FILE:LINE" of each.
# Behaviour: so it does where the kernel refuses a line. A line that ip itself does not understand ends it: what follows is not run,
#   and no line number is told.
# Output seen: "refused by the kernel: Command failed -:1, loopback UP; not understood by ip: no line number, loopback DOWN"
set -euo pipefail

name="force-batch-$$"
trap 'ip netns del "$name" 2>/dev/null || true' EXIT
ip netns add "$name"

# batch LINE: that line, and one behind it that sets the loopback device up; what was said.
batch() {
  ip -n "$name" link set lo down
  printf '%s\nlink set lo up\n' "$1" | LC_ALL=C ip -n "$name" -force -batch - 2>&1 || true
}
state() { if ip -n "$name" link show lo up | grep -q lo; then echo UP; else echo DOWN; fi; }

refused=$(batch 'link set nosuch up' | grep -o 'Command failed.*' || echo 'no line number')
after_refused=$(state)
unknown=$(batch 'link set lo mtu x' | grep -o 'Command failed.*' || echo 'no line number')
after_unknown=$(state)
echo "refused by the kernel: $refused, loopback $after_refused; not understood by ip: $unknown, loopback $after_unknown"
[ "$refused, $after_refused" = 'Command failed -:1, UP' ] && [ "$unknown, $after_unknown" = 'no line number, DOWN' ]
