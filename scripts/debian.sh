#!/usr/bin/env bash
# Tries in a clean root of another Debian release what the README promises: both commands, a live capture under sudo, a lab, other
# versions of Node. It uses the committed files. Needs root, debootstrap, the network, 3 GB of disk; docs/platforms.md has the last result.
# usage: debian.sh [--root FOLDER] 12|13 [STEP...]
#   STEP           demo, sudo, lab, test, nodes; default: all of them
#   --root FOLDER  makes the root there and keeps it, so that the next run is faster; default: a temporary one
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  sed -n 's/^# \{0,1\}//; 2,7p' "$0" >&2
  exit 2
}
. scripts/debian-root.sh
parse_root "$@"
steps=("${rest[@]}")
[ ${#steps[@]} -gt 0 ] || steps=(demo sudo lab test nodes)
for step in "${steps[@]}"; do
  case $step in demo | sudo | lab | test | nodes) ;; *) usage ;; esac
done
make_root
rm -rf "$root/srv/tunnelscope"
git clone --quiet --no-hardlinks . "$root/srv/tunnelscope"
install -m 755 scripts/debian-steps.sh scripts/debian-root.sh "$root/srv/"

in_root /srv/debian-steps.sh "${steps[@]}"
