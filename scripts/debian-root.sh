# A clean root of another Debian release: sourced by debian.sh and debian-package.sh, which define usage().

# Reads `[--root FOLDER] 12|13` into root, number and release; further words go to the array rest.
parse_root() {
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
  rest=("$@")
}

# Makes the root, unless an earlier run left one; a temporary one is removed at the end.
make_root() {
  local name=${0##*/}
  if [ "$(id -u)" != 0 ]; then
    echo "$name: needs root, to make the other root and its namespaces: sudo scripts/$name $number" >&2
    exit 2
  fi
  if ! command -v debootstrap >/dev/null; then
    echo "$name: needs debootstrap: apt-get install debootstrap" >&2
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
}

# Runs a program in the root, with separate mounts and processes: none are left when this ends, however it ends.
# Labs' namespaces are named in /run. `/` has to be a mount point there, because `ip netns exec` changes its propagation.
in_root() {
  root="$root" unshare --mount --pid --fork --kill-child bash -c '
    set -euo pipefail
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/run"
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" \
      http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" no_proxy="${no_proxy:-}" \
      chroot "$root" "$@"
  ' bash "$@"
}

# Runs steps (functions called step_NAME) one after the other, each in its own shell, and prints the results.
run_steps() {
  local report=() failed=0 step started status
  for step in "$@"; do
    echo "===== $step"
    started=$SECONDS
    # Not in a condition, where bash would leave `set -e` out.
    (set -e; "step_$step")
    status=$?
    if [ $status = 0 ]; then
      report+=("PASS  $step  ($((SECONDS - started)) s)")
    else
      report+=("FAIL  $step  ($((SECONDS - started)) s)")
      failed=1
    fi
  done
  echo "===== Debian $(cat /etc/debian_version), $(uname -r)"
  dpkg-query -W -f '${db:Status-Abbrev}${Package} ${Version}\n' "${packages[@]}" 2>/dev/null | sed -n 's/^ii //p'
  printf '%s\n' "${report[@]}"
  return $failed
}
