#!/usr/bin/env bash
# Does in a clean root of another Debian release what README asks for: both commands, a live capture under sudo, a lab, other
# versions of Node. What is committed is tried. Needs root, debootstrap, the network, 3 GB of disk; docs/platforms.md has the last result.
# usage: debian.sh [--root FOLDER] 12|13 [STEP...]
#   STEP           demo, sudo, lab, test, nodes; all of them where none is given
#   --root FOLDER  where the root is made, and kept: the second run takes what the first installed. A new one otherwise, and removed.
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
