#!/usr/bin/env bash
# Tries the Debian package built by scripts/deb.sh, and its executable, in a clean root of a Debian release. Needs root,
# debootstrap, the network, 1 GB of disk; docs/platforms.md has the last result.
# usage: debian-package.sh [--root FOLDER] 12|13 [STEP...]
#   STEP           executable, install, live, lab, screen, man, completion, extcap; default: all of them
#   --root FOLDER  where to make the root, and keep it (default: a temporary one, removed afterwards)
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  sed -n 's/^# \{0,1\}//; 2,6p' "$0" >&2
  exit 2
}
. scripts/debian-root.sh
parse_root "$@"
all=(executable install live lab screen man completion extcap)
steps=("${rest[@]}")
[ ${#steps[@]} -gt 0 ] || steps=("${all[@]}")
for step in "${steps[@]}"; do
  case " ${all[*]} " in *" $step "*) ;; *) usage ;; esac
done
deb=$(ls dist-executable/tunnelscope_*_amd64.deb 2>/dev/null | tail -1)
if [ -z "$deb" ]; then
  echo "debian-package.sh: there is no Debian package; run: scripts/deb.sh x64" >&2
  exit 2
fi
make_root
install -m 755 scripts/debian-package-steps.sh scripts/debian-root.sh dist-executable/tunnelscope-linux-x64 "$root/srv/"
install -m 644 "$deb" "$root/srv/tunnelscope.deb"
install -m 644 fixtures/socat.pcap "$root/srv/socat.pcap"
in_root /srv/debian-package-steps.sh "${steps[@]}"
