#!/bin/bash
# editcap, mergecap and tshark make no pcapng (and no pcap) of a K12 text file or an nettl trace, though all its packets are Ethernet: it takes -T ether.
#
# Version:   Debian 12, wireshark-common 4.0.17-0+deb12u3
# Expected:  `editcap FILE OUT.pcapng` works for every format that Wireshark reads: pcapng has a link type for each interface, and so
#            holds packets of several
# Behaviour: formats that have a link type for each packet are refused ("can't be written as a pcapng file"), whatever is in them.
#            `editcap -T ether` says what it is, and all packets are there
# Seen:      k12text: editcap 2, with -T ether 0 and 8 packets; nettl: the same; netmon2: editcap 0 and 8 packets
#
# needs wireshark-common (editcap, capinfos, text2pcap)
set -euo pipefail

dpkg-query -W wireshark-common
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cd "$folder"

# Eight Ethernet frames with an IPv4 header each.
for ((i = 0; i < 8; i++)); do
  echo '0000 02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00 00 14 00 01 00 00 40 fd 21 d0 ac 10 00 02 ac 10 01 02'
done >frames.txt
text2pcap -q frames.txt frames.pcap

# $1: a format. Prints the exit code without and with -T ether.
convert() {
  editcap -F "$1" frames.pcap "frames.$1"
  plain=0
  editcap "frames.$1" "plain.$1.pcapng" 2>said || plain=$?
  editcap -T ether "frames.$1" "ether.$1.pcapng"
  packets=$(capinfos -Mcr "ether.$1.pcapng" | grep -o '[0-9]*$')
  echo "$1: editcap $plain, with -T ether $packets packets"
  [ "$packets" -eq 8 ]
}

convert netmon2
[ "$plain" -eq 0 ]
for format in k12text nettl; do
  convert "$format"
  if [ "$plain" -eq 0 ]; then
    echo "the behaviour has changed: $format is converted" >&2
    exit 1
  fi
  grep -q "can't be written as a \"pcapng\" file" said
done
