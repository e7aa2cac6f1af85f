#!/usr/bin/env bash
# Installs what the project needs on Debian, and builds it. Needs root (or sudo) only if something is missing.
# usage: setup.sh run|test      run: what the command needs; test: also what the tests need
set -euo pipefail
cd "$(dirname "$0")/.."

# Package name, and a file that shows that it is installed; for live capture: libpcap, and what npm builds `cap` with.
wanted=(libpcap-dev:/usr/include/pcap/pcap.h g++:/usr/bin/g++ make:/usr/bin/make python3:/usr/bin/python3)
if [ "${1:-run}" = test ]; then
  wanted+=(tshark:/usr/bin/tshark tcpdump:/usr/bin/tcpdump socat:/usr/bin/socat iproute2:/usr/bin/ip
    iputils-ping:/usr/bin/ping nftables:/usr/sbin/nft tmux:/usr/bin/tmux procps:/usr/bin/ps ethtool:/usr/sbin/ethtool
    dnsmasq-base:/usr/sbin/dnsmasq bind9-dnsutils:/usr/bin/dig zstd:/usr/bin/zstd xxd:/usr/bin/xxd tcpreplay:/usr/bin/tcpreplay
    python3-jsonschema:/usr/lib/python3/dist-packages/jsonschema/__init__.py
    chromium:/usr/bin/chromium graphviz:/usr/bin/dot openssh-server:/usr/sbin/sshd openssh-client:/usr/bin/ssh
    kubernetes-client:/usr/bin/kubectl openvswitch-switch:/usr/bin/ovs-vsctl wireguard-go:/usr/bin/wireguard-go
    wireguard-tools:/usr/bin/wg openvpn:/usr/sbin/openvpn fastd:/usr/bin/fastd
    containernetworking-plugins:/usr/lib/cni/bridge conmon:/usr/bin/conmon crun:/usr/bin/crun)
fi
as_root=()
if [ "$(id -u)" != 0 ] && command -v sudo >/dev/null; then as_root=(sudo); fi
missing=()
for entry in "${wanted[@]}"; do
  [ -e "${entry#*:}" ] || missing+=("${entry%%:*}")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing with apt-get: ${missing[*]}" >&2
  # Switches and tunnels bring services, which nobody asked for: none is started, now or when the machine starts.
  install() {
    "${as_root[@]}" bash -c '
      policy=/usr/sbin/policy-rc.d
      if [ ! -e "$policy" ]; then
        printf "#!/bin/sh\nexit 101\n" > "$policy"
        chmod 755 "$policy"
        trap "rm -f $policy" EXIT
      fi
      export DEBIAN_FRONTEND=noninteractive
      apt-get -q update && apt-get -qy install --no-install-recommends "$@" || exit
      for service in openvswitch-switch openvpn; do
        if [[ " $* " == *" $service "* ]] && command -v systemctl >/dev/null; then systemctl --quiet disable "$service"; fi
      done
    ' install "${missing[@]}"
  }
  if ! install >&2; then
    if [ "${1:-run}" = test ]; then
      echo "setup: could not install ${missing[*]}, which the tests need. Run as root, or with sudo" >&2
      exit 1
    fi
    # Reading files works without it.
    echo "setup: could not install ${missing[*]}. Reading files works; live capture may not" >&2
  fi
fi

# Prometheus is only unpacked: installed, it would be a service of this machine.
if [ "${1:-run}" = test ] && ! command -v promtool >/dev/null && [ ! -e .cache/prometheus/usr/bin/promtool ]; then
  download() { (cd "$1" && apt-get -q download prometheus); }
  unpack() {
    { download "$1" || { "${as_root[@]}" apt-get -q update && download "$1"; }; } && dpkg -x "$1"/prometheus_*.deb "$1" && rm "$1"/*.deb &&
      mkdir -p .cache && rm -rf .cache/prometheus && mv "$1" .cache/prometheus
  }
  if ! unpack "$(mktemp -d)" >&2; then
    echo "setup: could not download Debian's package prometheus; the tests beside it are skipped" >&2
  fi
fi

# node-gyp builds `cap` with the headers that came with this Node, if there are any; otherwise it would download them.
node_prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
for prefix in "$node_prefix" /usr /usr/local; do
  if [ -e "$prefix/include/node/node.h" ]; then
    export npm_config_nodedir=${npm_config_nodedir:-$prefix}
    break
  fi
done

# Skipped if it was done for this lock file and this Node.
stamp=node_modules/.installed
key="$(node --version) $(cksum < package-lock.json)"
if [ ! -e "$stamp" ] || [ "$(cat "$stamp")" != "$key" ]; then
  # `cap` needs a compiler, which may be missing; everything else works without it.
  npm ci --no-audit --no-fund --loglevel=error --ignore-scripts >&2
  npm rebuild --loglevel=error esbuild koffi >&2
  npm rebuild --loglevel=silent cap >&2 || true
  # Without these, the tests of live captures are skipped.
  left_out=()
  for package in cap koffi; do
    node -e "require('$package')" 2>/dev/null || left_out+=("$package")
  done
  if [ ${#left_out[@]} = 0 ]; then
    echo "$key" > "$stamp"
  else
    echo "setup: npm could not build ${left_out[*]}, needed for live capture. To see why: npm rebuild --foreground-scripts" >&2
  fi
fi
npm run --silent build >&2
