# Ends what runs in the namespaces, and removes them and the programs' files. Nothing else was made.
down() {
  local namespace pid
  for namespace in "${namespaces[@]}"; do
    [ -e "/run/netns/$namespace" ] || continue
    for pid in $(ip netns pids "$namespace"); do kill "$pid" 2>/dev/null || true; done
  done
  for namespace in "${namespaces[@]}"; do
    [ -e "/run/netns/$namespace" ] || continue
    for _ in $(seq 100); do
      [ -n "$(ip netns pids "$namespace")" ] || break
      sleep 0.02
    done
    for pid in $(ip netns pids "$namespace"); do kill -9 "$pid" 2>/dev/null || true; done
    ip netns del "$namespace"
  done
  rm -rf "$files"
}

# wait_for COMMAND…: until it prints something, for 5 seconds at most.
wait_for() {
  for _ in $(seq 250); do
    if [ -n "$("$@" 2>/dev/null)" ]; then return; fi
    sleep 0.02
  done
  echo "nothing after 5 seconds of: $*" >&2
  return 1
}

# needs PROGRAM…: ends where one is not installed.
needs() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || { echo "$program is not installed" >&2; exit 2; }
  done
}

# knows KIND [WORDS…]: whether this kernel has such devices, tried in a namespace for this alone.
knows() {
  local found=1 probe=probe-$$
  ip netns add "$probe"
  ip -n "$probe" link add probe type "$@" 2>/dev/null && found=0
  ip netns del "$probe"
  return "$found"
}

if [ "$(id -u)" != 0 ]; then
  echo "network namespaces need root: sudo bash $0" >&2
  exit 2
fi
if [ "${1:-up}" = down ]; then
  down
  exit
fi
needs "${programs[@]}"
for namespace in "${namespaces[@]}"; do
  if [ -e "/run/netns/$namespace" ]; then
    echo "there is a network namespace $namespace already" >&2
    exit 2
  fi
done
# Where a step fails, or Ctrl-C is pressed, what was made by then is taken down.
trap down EXIT
trap 'exit 130' INT TERM HUP
