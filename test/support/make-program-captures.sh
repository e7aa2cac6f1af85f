#!/bin/bash
# Makes the captures of fixtures/programs/ with Debian's tunnel programs in two namespaces, and prints what ping said.
# usage: make-program-captures.sh FOLDER [NAME…]      as root; needs socat fastd vtun tinc openvpn openvswitch-switch tcpdump
set -euo pipefail
out=$(realpath "$1"); shift
work=$(mktemp -d)
A=programs-a B=programs-b
started=()
finish() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  started=()
  for ns in $A $B; do
    ip netns pids $ns 2>/dev/null | xargs -r kill -9 2>/dev/null || true
    ip netns del $ns 2>/dev/null || true
  done
}
trap 'finish; rm -rf "$work"' EXIT
a() { ip netns exec $A "$@"; }
b() { ip netns exec $B "$@"; }
start() { "$@" >>"$work/log" 2>&1 & started+=($!); }
hosts() {
  for ns in $A $B; do ip netns add $ns; ip -n $ns link set lo up; done
  ip link add under-a netns $A type veth peer name under-b netns $B
  for ns in $A $B; do ip netns exec $ns sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.router_solicitations=0; done
  a sysctl -qw net.ipv6.conf.under-a.disable_ipv6=1; b sysctl -qw net.ipv6.conf.under-b.disable_ipv6=1
  ip -n $A addr add 10.0.0.1/24 dev under-a; ip -n $B addr add 10.0.0.2/24 dev under-b
  ip -n $A link set under-a up; ip -n $B link set under-b up
}
# Addresses on a device that a program has made.
inner() { # namespace device last
  for _ in $(seq 50); do ip -n "$1" link show "$2" >/dev/null 2>&1 && break; sleep .1; done
  ip -n "$1" addr replace 172.16.0."$3"/24 dev "$2"; ip -n "$1" addr replace fd16::"$3"/64 dev "$2" nodad; ip -n "$1" link set "$2" up
}
record() { # name filter
  ip netns exec $A tcpdump --immediate-mode -i under-a -U -w "$out/$1.pcap" "$2" >/dev/null 2>&1 & dump=$!
  sleep .7
}
pings() {
  a ping -c 3 -i .2 -W 1 "${@}" 172.16.0.2 | grep transmitted || true
  a ping -c 3 -i .2 -W 1 "${@}" fd16::2 | grep transmitted || true
}
stop() { sleep .4; kill $dump; wait $dump 2>/dev/null || true; finish; }

socat_tap_pi_tcp() {
  start b socat TUN,iff-up,tun-type=tap,tun-name=t0 TCP4-LISTEN:9000,nodelay; sleep .3
  record socat-tap-tcp 'port 9000'
  start a socat TUN,iff-up,tun-type=tap,tun-name=t0 TCP4:10.0.0.2:9000,nodelay
  inner $B t0 2; inner $A t0 1; sleep .5; pings; stop
}
socat_tun_tcp_flood() {
  start b socat TUN,iff-up,tun-name=t0 TCP4-LISTEN:9000; sleep .3
  # Little room for what waits, so that segments end inside of packets, and without TCP_NODELAY several share one.
  record socat-tun-tcp-flood 'port 9000'
  start a socat TUN,iff-up,tun-name=t0 TCP4:10.0.0.2:9000,mss=700
  inner $B t0 2; inner $A t0 1; sleep .5
  a ping -q -c 30 -l 30 -i .002 -s 300 172.16.0.2 | grep transmitted || true
  a ping -q -c 6 -l 6 -s 1000 fd16::2 | grep transmitted || true
  stop
}
socat_tap_pi_ipip() {
  start b socat TUN,iff-up,tun-type=tap,tun-name=t0 IP4-DATAGRAM:10.0.0.1:4
  start a socat TUN,iff-up,tun-type=tap,tun-name=t0 IP4-DATAGRAM:10.0.0.2:4
  inner $B t0 2; inner $A t0 1; record socat-tap-ipip 'ip proto 4'; pings; stop
}
vtun_ether() {
  for end in server client; do cat >"$work/$end.conf" <<X
options { port 5000; timeout 10; ifconfig /sbin/ifconfig; }
tun { passwd x; type ether; device t0; proto udp; encrypt no; compress no; keepalive no; persist no; up { program /sbin/ip "link set %% up" wait; }; }
X
  done
  start b vtund -n -s -f "$work/server.conf" -P 5000; sleep .5
  record vtun-ether 'udp'
  start a vtund -n -p -f "$work/client.conf" -P 5000 tun 10.0.0.2
  inner $B t0 2; inner $A t0 1; sleep 1; pings; stop
}
fastd_() { # name mode method
  for ns in a b; do fastd --machine-readable --generate-key > "$work/key-$ns"; done
  sa=$(sed -n 1p "$work/key-a"); sb=$(sed -n 1p "$work/key-b")
  pa=$(echo "secret \"$sa\";" > "$work/x"; fastd -c "$work/x" --machine-readable --show-key); pb=$(echo "secret \"$sb\";" > "$work/x"; fastd -c "$work/x" --machine-readable --show-key)
  conf() { echo "log level info; mode $2; interface \"t0\"; method \"$3\"; bind 10.0.0.$4:10000; secret \"$5\"; mtu 1400; peer \"p\" { key \"$6\"; remote 10.0.0.$7:10000; }" >"$work/$1"; }
  conf fa "$2" "$3" 1 "$sa" "$pb" 2; conf fb "$2" "$3" 2 "$sb" "$pa" 1
  record "$1" 'udp'
  start b fastd -c "$work/fb"; start a fastd -c "$work/fa"
  inner $B t0 2; inner $A t0 1; sleep 2; pings; stop
}
fastd_tap() { fastd_ fastd-tap tap null; }
fastd_tun() { fastd_ fastd-tun tun null; }
fastd_l2tp() { fastd_ fastd-l2tp tap 'null@l2tp'; }
tinc_() { # name mode
  for n in a b; do
    mkdir -p "$work/$n/hosts"; echo "Name = $n
Mode = $2
Interface = t0
PingInterval = 60
DeviceType = $3
$( [ $n = a ] && echo 'ConnectTo = b')" > "$work/$n/tinc.conf"
    yes '' | tincd -c "$work/$n" -K 2048 >/dev/null 2>&1
  done
  for n in a b; do
    i=$([ $n = a ] && echo 1 || echo 2)
    { echo "Address = 10.0.0.$i
Cipher = none
Digest = none
Compression = 0
PMTUDiscovery = no
PMTU = 1400
Subnet = 172.16.0.$i/32
Subnet = fd16::$i/128"; cat "$work/$n/hosts/$n" 2>/dev/null || true; } > "$work/h-$n"
    grep -q 'BEGIN RSA PUBLIC' "$work/h-$n" || openssl rsa -in "$work/$n/rsa_key.priv" -RSAPublicKey_out >> "$work/h-$n" 2>/dev/null
  done
  for n in a b; do cp "$work/h-a" "$work/$n/hosts/a"; cp "$work/h-b" "$work/$n/hosts/b"; printf '#!/bin/sh\n' > "$work/$n/tinc-up"; chmod +x "$work/$n/tinc-up"; done
  start b tincd -D -c "$work/b" --pidfile="$work/b.pid"; start a tincd -D -c "$work/a" --pidfile="$work/a.pid"
  inner $B t0 2; inner $A t0 1; sleep 6
  record "$1" 'udp'; pings; stop
}
tinc_switch() { tinc_ tinc-switch switch tap; }
tinc_router() { tinc_ tinc-router-ipv6 router tun; }
openvpn_() { # name device-type extra…
  name=$1 type=$2; shift 2
  start b openvpn --dev t0 --dev-type $type --proto udp --local 10.0.0.2 --remote 10.0.0.1 --port 1194 --verb 3 "$@"
  start a openvpn --dev t0 --dev-type $type --proto udp --local 10.0.0.1 --remote 10.0.0.2 --port 1194 --verb 3 "$@"
  inner $B t0 2; inner $A t0 1; sleep 1
  record "$name" 'udp'; pings; stop
}
openvpn_fragment() { openvpn_ openvpn-fragment tun --fragment 1200; }
openvpn_tap_all() { openvpn --genkey secret "$work/key"; openvpn_ openvpn-tap-all tap --secret "$work/key" --cipher none --auth none --fragment 1200 --comp-lzo no --allow-compression yes; }
openvpn_tls() {
  for n in a b; do openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$work/$n.key" -out "$work/$n.crt" -subj /CN=$n -days 1000 2>/dev/null; done
  mkdir -p "$work/ccd"; echo 'ifconfig-push 172.16.0.1 255.255.255.0
ifconfig-ipv6-push fd16::1/64 fd16::2' > "$work/ccd/a"
  fp() { openssl x509 -in "$work/$1.crt" -noout -fingerprint -sha256 | cut -d= -f2; }
  tls() { echo --dev t0 --dev-type tun --proto udp --cert "$work/$1.crt" --key "$work/$1.key" --data-ciphers none --auth none; }
  start b openvpn $(tls b) --local 10.0.0.2 --port 1194 --peer-fingerprint "$(fp a)" --dh none --ifconfig 172.16.0.2 255.255.255.0 --topology subnet --push 'topology subnet' --ifconfig-ipv6 fd16::2/64 fd16::1 --mode server --tls-server --client-config-dir "$work/ccd" --ccd-exclusive
  start a openvpn $(tls a) --remote 10.0.0.2 --port 1194 --nobind --peer-fingerprint "$(fp b)" --client
  sleep 3; inner $A t0 1; inner $B t0 2
  record openvpn-tls-null 'udp'; pings; stop
}
gpe_port() {
  for ns in $A $B; do
    i=$([ $ns = $A ] && echo 1 || echo 2); o=$((3 - i))
    ip -n $ns link add t0 type vxlan external gpe dstport 9999 udpcsum
    inner $ns t0 $i
    ip -n $ns addr del fd16::$i/64 dev t0; ip -n $ns addr del 172.16.0.$i/24 dev t0
    ip -n $ns addr add 172.16.0.$i/32 dev lo; ip -n $ns addr add fd16::$i/128 dev lo nodad
    ip -n $ns route add 172.16.0.$o/32 encap ip id 77 dst 10.0.0.$o dev t0 src 172.16.0.$i
    ip -n $ns route add fd16::$o/128 encap ip id 77 dst 10.0.0.$o dev t0 src fd16::$i
  done
  record vxlan-gpe-9999 'udp'; pings; stop
}
gbp_port() {
  for ns in $A $B; do
    i=$([ $ns = $A ] && echo 1 || echo 2); o=$((3 - i))
    ip -n $ns link add t0 address 02:00:00:00:00:0$i type vxlan id 42 local 10.0.0.$i remote 10.0.0.$o dstport 9999 gbp
    inner $ns t0 $i
  done
  record vxlan-gbp-9999 'udp'; pings -m 4660; stop
}
geneve_port() {
  for ns in $A $B; do
    i=$([ $ns = $A ] && echo 1 || echo 2); o=$((3 - i)); d=$work/ovs-$i; mkdir -p "$d"
    export OVS_RUNDIR=$d OVS_LOGDIR=$d OVS_DBDIR=$d
    ovsdb-tool create "$d/conf.db" /usr/share/openvswitch/vswitch.ovsschema
    start ip netns exec $ns ovsdb-server "$d/conf.db" --remote=punix:"$d/db.sock" --unixctl="$d/db.ctl"
    sleep .5; start ip netns exec $ns ovs-vswitchd unix:"$d/db.sock" --unixctl="$d/sw.ctl"
    v() { ip netns exec $ns ovs-vsctl --db=unix:"$d/db.sock" --timeout=10 "$@"; }
    v add-br br0 -- set bridge br0 datapath_type=netdev
    v add-br brx -- set bridge brx datapath_type=netdev
    v add-port brx "$( [ $i = 1 ] && echo under-a || echo under-b )"
    v add-port br0 g0 -- set interface g0 type=geneve options:remote_ip=10.0.0.$o options:key=5 options:dst_port=9999
    dev=$( [ $i = 1 ] && echo under-a || echo under-b )
    ip -n $ns addr del 10.0.0.$i/24 dev $dev; ip -n $ns addr add 10.0.0.$i/24 dev brx; ip -n $ns link set brx up
    inner $ns br0 $i
  done
  sleep 2; a ping -c 1 -W 1 172.16.0.2 >/dev/null || true
  record geneve-9999 'udp'; pings; stop
}
[ $# -gt 0 ] || set -- socat_tap_pi_tcp socat_tun_tcp_flood socat_tap_pi_ipip vtun_ether fastd_tap fastd_tun fastd_l2tp tinc_switch tinc_router openvpn_fragment openvpn_tap_all gpe_port gbp_port geneve_port
for one; do
  echo "$one"; : >"$work/log"; hosts; $one || { echo "failed: $one"; tail -5 "$work/log"; finish; }
done
