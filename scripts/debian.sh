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
root=
if [ "${1:-}" = --root ]; then
  root=${2:-}
  [ -n "$root" ] || usage
  shift 2
fi
case "${1:-}" in
  12) release=bookworm ;;
  13) release=trixie ;;
  *) usage ;;
esac
number=$1
shift
steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(demo sudo lab test nodes)
for step in "${steps[@]}"; do
  case $step in demo | sudo | lab | test | nodes) ;; *) usage ;; esac
done
if [ "$(id -u)" != 0 ]; then
  echo "debian.sh: needs root, to make the other root and its namespaces: sudo scripts/debian.sh $number" >&2
  exit 2
fi
if ! command -v debootstrap >/dev/null; then
  echo "debian.sh: needs debootstrap: apt-get install debootstrap" >&2
  exit 2
fi

if [ -z "$root" ]; then
  root=$(mktemp -d "${TMPDIR:-/tmp}/tunnelscope-debian-XXXXXX")
  trap 'rm -rf --one-file-system "$root"' EXIT
fi
mkdir -p "$root"
root=$(realpath "$root")
if [ ! -e "$root/etc/debian_version" ]; then
  debootstrap --variant=minbase --include=ca-certificates "$release" "$root" >&2
fi

# Uses this machine's name servers and trusted certificates.
cp --dereference /etc/resolv.conf "$root/etc/resolv.conf"
if [ -d /usr/local/share/ca-certificates ]; then
  cp --dereference --recursive /usr/local/share/ca-certificates "$root/usr/local/share/"
fi
rm -rf "$root/srv/tunnelscope"
git clone --quiet --no-hardlinks . "$root/srv/tunnelscope"
install -m 755 scripts/debian-steps.sh "$root/srv/debian-steps.sh"

# Separate mounts and processes: none are left when this ends, however it ends. Labs' namespaces are named in /run.
# `/` has to be a mount point there, because `ip netns exec` changes its propagation.
export root
unshare --mount --pid --fork --kill-child bash -c '
  set -euo pipefail
  mount --make-rprivate /
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs tmpfs "$root/run"
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" \
    http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" no_proxy="${no_proxy:-}" \
    chroot "$root" /srv/debian-steps.sh "$@"
' bash "${steps[@]}"
