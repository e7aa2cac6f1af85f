#!/usr/bin/env bash
# tshark takes an ICMP echo reply that goes the same way as its request for the answer.
#
# Version:   tshark 4.0.17-0+deb12u3 (Debian 12); the same with 4.4.19 (Debian 13) and 4.6.9.
# Expected:  a request from 192.0.2.1 to 198.51.100.2 is answered from 198.51.100.2 to 192.0.2.1. A reply that 192.0.2.1 itself sends
#            to 198.51.100.2, with the same identifier and sequence number, answers nothing: the request has icmp.no_resp.
# Behaviour: the key of a transaction is the conversation, which is the same both ways, the checksum, identifier and sequence
#            number; who sent which is not looked at. The reply has icmp.resp_to and icmp.resptime, the request icmp.resp_in.
# Seen:      frame, type, source, resp_in, resp_to, no_resp:
#              1 8 192.0.2.1 2 - -
#              2 0 192.0.2.1 - 1 -
# What it means: "resp_in" proves that a message with the reply's content was seen, not that it came back. On a link where a host
# reflects requests, or whose replies are routed out again, tshark's response times look healthy.
set -euo pipefail

command -v tshark >/dev/null || { echo "needs tshark: apt-get install tshark"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

bytes() { printf '%b' "$(sed 's/ //g; s/../\\x&/g' <<<"$1")"; }
# IPv4 without a link layer (LINKTYPE_RAW): both from 192.0.2.1 to 198.51.100.2, a request and a reply without data.
request='4500001c 00010000 4001 8ea9 c0000201 c6336402 0800 e5ca 1234 0001'
reply='4500001c 00020000 4001 8ea8 c0000201 c6336402 0000 edca 1234 0001'
{
  bytes 'd4c3b2a1 0200 0400 00000000 00000000 ffff0000 65000000'
  for packet in "$request" "$reply"; do
    bytes '00000000 00000000 1c000000 1c000000'
    bytes "$packet"
  done
} >"$folder/pings.pcap"

tshark --version 2>/dev/null | head -n 1
seen=$(tshark -2 -r "$folder/pings.pcap" -T fields -E separator=/s -e frame.number -e icmp.type -e ip.src \
  -e icmp.resp_in -e icmp.resp_to -e icmp.no_resp 2>/dev/null | sed 's/ *$//')
echo "$seen"
[ "$seen" = $'1 8 192.0.2.1 2\n2 0 192.0.2.1  1' ] || { echo "the behaviour has changed"; exit 1; }
echo "as described: the reply that goes the wrong way is told as the answer"
