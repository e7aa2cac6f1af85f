#!/usr/bin/env bash
# The part of debian-package.sh that runs inside the clean root, as root; of no use elsewhere.
# usage: debian-package-steps.sh STEP...
set -uo pipefail
. /srv/debian-root.sh
export DEBIAN_FRONTEND=noninteractive
capture=/srv/socat.pcap

get() {
  apt-get -qy install --no-install-recommends "$@" >/dev/null
}

# Fails, and prints its input, if no line matches.
expect() {
  local what=$1 text
  text=$(cat)
  if ! grep -qE -- "$what" <<< "$text"; then
    printf 'expected %s in:\n%s\n' "$what" "$text"
    return 1
  fi
  grep -E -m 1 -- "$what" <<< "$text"
}

# Two namespaces connected by a veth pair; a pings b until the step ends.
pinging() {
  get iproute2 iputils-ping
  ip netns add a
  ip netns add b
  trap 'kill $pings 2>/dev/null || true; ip netns del a; ip netns del b' EXIT
  ip -n a link add e0 type veth peer name e0 netns b
  ip -n a addr add 10.99.0.1/24 dev e0
  ip -n b addr add 10.99.0.2/24 dev e0
  ip -n a link set lo up
  ip -n a link set e0 up
  ip -n b link set e0 up
  ip netns exec a ping -n -i 0.2 10.99.0.2 >/dev/null &
  pings=$!
}

# The file alone, with what docs/install.md says it needs.
step_executable() {
  get libatomic1
  /srv/tunnelscope-linux-x64 verify "$capture" | expect '^PASS +4 of 4 requests answered'
  /srv/tunnelscope-linux-x64 -r "$capture" -T json | head -1 | expect '"protocol":"tunpi"'
}

step_install() {
  # With the packages that it recommends.
  apt-get -qy install /srv/tunnelscope.deb >/dev/null
  dpkg --verify tunnelscope
  [ "$(tunnelscope --version)" = "$(dpkg-query -W -f '${Version}' tunnelscope)" ]
  tunnelscope verify "$capture" | expect '^PASS +4 of 4 requests answered'
  # A capture filter, with this release's libpcap.
  [ "$(tunnelscope -r "$capture" -T line udp and src host 10.1.0.10 | wc -l)" = 4 ]
}

step_live() {
  pinging
  tunnelscope interfaces | expect '^ +e0 .*veth to b:e0'
  tunnelscope -i a:e0 -i b:e0 -c 8 -T line icmp 2>/tmp/live.log >/tmp/live
  cat /tmp/live /tmp/live.log
  [ "$(grep -cE 'ICMP Echo (request|reply) .* on [ab]:e0$' /tmp/live)" = 8 ]
  expect '^8 packets captured' < /tmp/live.log
  tunnelscope verify -i a:e0 -a duration:2 --user nobody icmp | expect '^PASS'
}

step_lab() {
  get iproute2 iputils-ping socat procps
  trap 'tunnelscope lab down >/dev/null 2>&1 || true' EXIT
  tunnelscope lab up socat >/dev/null
  tunnelscope lab ping -c 3 | expect '3 received'
}

step_screen() {
  get tmux
  trap 'tmux -L package kill-server' EXIT
  tmux -L package new-session -d -x 100 -y 24 "tunnelscope $capture; sleep 1000"
  for _ in $(seq 100); do
    tmux -L package capture-pane -p > /tmp/screen
    grep -q 'pings answered 4 of 4' /tmp/screen && break
    sleep 0.1
  done
  cat /tmp/screen
  expect OUTER < /tmp/screen
  expect INNER < /tmp/screen
  expect '172\.16\.0\.2' < /tmp/screen
  tmux -L package send-keys q
  for _ in $(seq 100); do
    tmux -L package capture-pane -p > /tmp/screen
    grep -q OUTER /tmp/screen || return 0
    sleep 0.1
  done
  return 1
}

step_man() {
  get man-db
  man -P cat tunnelscope | expect '^SYNOPSIS'
  man -P cat tunnelscope-verify | expect '--max-rtt'
  MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$(man -w tunnelscope-lab)" 2>&1 >/dev/null | tee /tmp/man-warnings
  [ ! -s /tmp/man-warnings ]
}

step_completion() {
  get bash-completion zsh fish
  bash -c '
    source /usr/share/bash-completion/bash_completion
    source /usr/share/bash-completion/completions/tunnelscope
    function=$(complete -p tunnelscope | sed "s/.*-F \([^ ]*\) .*/\1/")
    COMP_WORDS=(tunnelscope veri) COMP_CWORD=1 COMP_LINE="tunnelscope veri" COMP_POINT=16
    "$function" tunnelscope veri tunnelscope
    printf "%s\n" "${COMPREPLY[@]}"
  ' | expect '^verify ?$'
  fish -c 'complete -C "tunnelscope verify --jun"' | expect '^--junit'
  zsh -c 'autoload -Uz compinit; compinit -u; print $_comps[tunnelscope]' | expect '^_tunnelscope$'
}

# As root, and as a user through sudo.
step_extcap() {
  get tshark sudo
  pinging
  tunnelscope extcap install
  tshark -D 2>/dev/null | expect 'tunnelscope:a:e0 \(.*veth to b:e0'
  tshark -i tunnelscope:a:e0 -f icmp -c 4 2>/tmp/tshark.log | tee /tmp/tshark
  [ "$(grep -c 'Echo (ping)' /tmp/tshark)" = 4 ]
  if grep 'extcap pipe' /tmp/tshark.log; then return 1; fi
  tunnelscope extcap uninstall

  id dev >/dev/null 2>&1 || useradd --create-home dev
  echo "127.0.1.1 $(hostname)" >> /etc/hosts
  tunnelscope extcap install --sudo | sed -n 's/^  %wireshark /dev /p' > /etc/sudoers.d/tunnelscope
  chmod 440 /etc/sudoers.d/tunnelscope
  visudo --check --quiet
  as_dev() { sudo -u dev env HOME=/home/dev "$@"; }
  as_dev tshark -D 2>/dev/null | expect 'tunnelscope:a:e0 \(.*veth to b:e0'
  as_dev tshark -i tunnelscope:a:e0 -f icmp -c 4 2>/tmp/tshark.log | tee /tmp/tshark
  [ "$(grep -c 'Echo (ping)' /tmp/tshark)" = 4 ]
  # Wireshark's signals don't get through sudo: the capture must notice that nobody reads its pipe, without a packet.
  as_dev timeout -s INT 5 tshark -i tunnelscope:a:lo 2>/dev/null || true
  for _ in $(seq 50); do
    pgrep -f -- '--for-caller' >/dev/null || break
    sleep 0.1
  done
  if pgrep -fa -- '--for-caller'; then return 1; fi
  if as_dev sudo -n tunnelscope extcap install 2>/dev/null; then
    echo 'sudo allows more than captures'
    return 1
  fi
  tunnelscope extcap uninstall
}

apt-get -q update >/dev/null
packages=(tunnelscope libpcap0.8t64 libpcap0.8 libatomic1 iproute2 socat tmux man-db bash-completion zsh fish tshark sudo)
run_steps "$@"
