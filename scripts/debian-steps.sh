#!/usr/bin/env bash
# The inside of debian.sh: runs as root in the other release's clean root, and is of no use elsewhere.
# usage: debian-steps.sh STEP...
set -uo pipefail
. /srv/debian-root.sh
checkout=/home/dev/tunnelscope

prepare() {
  set -e
  export DEBIAN_FRONTEND=noninteractive
  update-ca-certificates >/dev/null 2>&1
  apt-get -q update >/dev/null
  # What the README requires, and sudo for its user; the scripts install everything else.
  apt-get -qy install --no-install-recommends git nodejs npm sudo >/dev/null
  grep -q "$(hostname)" /etc/hosts 2>/dev/null || echo "127.0.1.1 $(hostname)" >> /etc/hosts
  if ! id dev >/dev/null 2>&1; then useradd --create-home --shell /bin/bash dev; fi
  echo 'dev ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/dev
  # Certificates of this machine's own are Node's too.
  printf 'NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt\n' > /etc/environment
  echo 'Defaults env_keep += "NODE_EXTRA_CA_CERTS http_proxy https_proxy no_proxy"' >> /etc/sudoers.d/dev
  # A checkout as somebody has it who works on it: what npm installed before stays.
  mkdir -p "$checkout"
  find "$checkout" -mindepth 1 -maxdepth 1 ! -name node_modules -exec rm -rf {} +
  cp -a /srv/tunnelscope/. "$checkout"
  chown -R dev: "$checkout"
  # A home is its user's alone since Debian 13: the tests of other users' reading would be skipped.
  chmod 755 /home/dev
}

# The user with sudo, in the checkout.
as_dev() {
  (cd "$checkout" && sudo -u dev env HOME=/home/dev "$@")
}
tunnelscope() {
  as_dev sudo node dist/cli.js "$@"
}

step_demo() {
  as_dev scripts/demo.sh
}

# What a lab names as missing, and what pings and looks at processes.
tools() {
  apt-get -qy install --no-install-recommends iproute2 procps iputils-ping socat >/dev/null
  as_dev scripts/setup.sh run >/dev/null
}

# A capture that sudo started is dev's: every thread of it, and the file.
step_sudo() {
  set -e
  tools
  local file=/home/dev/pings.pcapng
  rm -f "$file"
  ip link set lo up
  tunnelscope -i lo -c 4 -w "$file" -P -T line icmp 2> /tmp/capture.log > /tmp/capture.lines &
  local capture=$!
  until grep -q 'capturing on' /tmp/capture.log; do
    kill -0 "$capture" 2>/dev/null || { cat /tmp/capture.log; return 1; }
    sleep 0.1
  done
  local pid
  pid=$(pgrep -n -f '^node dist/cli.js -i lo')
  local users
  users=$(sed -n 's/^Uid:\s*//p; s/^CapEff:\s*//p' /proc/"$pid"/task/*/status | sort -u)
  ping -c 2 -i 0.2 127.0.0.1 >/dev/null
  wait "$capture"
  cat /tmp/capture.lines /tmp/capture.log
  echo "users and capabilities of all threads: $users"
  [ "$(stat -c %U "$file")" = dev ]
  [ "$users" = "$(printf '0000000000000000\n%s\t%s\t%s\t%s' $(for _ in 1 2 3 4; do id -u dev; done))" ]
  [ "$(grep -c 'Echo' /tmp/capture.lines)" = 4 ]
  as_dev node dist/cli.js verify -r "$file"
}

# The socat tunnel, with this release's socat: up, pings that arrive, seen on their whole way, down.
step_lab() {
  set -e
  tools
  trap 'tunnelscope lab down >/dev/null 2>&1 || true' EXIT
  tunnelscope lab up socat
  tunnelscope lab status
  tunnelscope lab ping -c 3
  tunnelscope lab down
  trap - EXIT
}

step_test() {
  (cd "$checkout" && scripts/test.sh)
}

step_nodes() {
  (cd "$checkout" && npm run nodes)
}

# Not in a condition, where bash would leave `set -e` out.
(prepare)
if [ $? != 0 ]; then
  echo "debian.sh: could not prepare this root" >&2
  exit 2
fi
export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
packages=(nodejs npm libuv1t64 libuv1 tshark tcpdump libpcap0.8t64 libpcap0.8 socat iproute2)
run_steps "$@"
