#!/usr/bin/env bash
# tshark starts an extcap program once more for each of its interfaces, only to list interfaces.
#
# Version:   tshark 4.0.17-0+deb12u3 (Debian 12).
# Expected:  `tshark -D` asks a program for its interfaces once (--extcap-interfaces): the list has names and descriptions, and no settings.
# Behaviour: it also starts the program with --extcap-config for each interface, since settings are preferences and those are read at every start.
# Seen:      for a program with five interfaces, how often it was asked what:
#              5 --extcap-config
#              1 --extcap-interfaces
# What it means: a program that takes a tenth of a second to start and has a hundred interfaces delays each start of tshark and Wireshark by seconds,
# also where somebody captures elsewhere. And WIRESHARK_EXTCAP_DIR, which this script uses, counts for every user's tshark but root's.
set -euo pipefail

command -v tshark >/dev/null || { echo "needs tshark: apt-get install tshark"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 777 "$folder"
mkdir "$folder/extcap"
cat >"$folder/extcap/five" <<END
#!/bin/sh
echo "\$1" >>"$folder/asked"
[ "\$1" = --extcap-interfaces ] || exit 0
for number in 1 2 3 4 5; do echo "interface {value=five\$number}{display=number \$number}"; done
END
chmod 755 "$folder/extcap" "$folder/extcap/five"

tshark --version 2>/dev/null | head -n 1
as=()
if [ "$(id -u)" = 0 ]; then as=(setpriv --reuid=65534 --regid=65534 --clear-groups); fi
listed=$("${as[@]}" env HOME="$folder" WIRESHARK_EXTCAP_DIR="$folder/extcap" tshark -D 2>/dev/null | grep -c 'five[1-5] (number')
[ "$listed" = 5 ] || { echo "tshark lists $listed of 5 interfaces"; exit 1; }
seen=$(sort "$folder/asked" | uniq -c | sed 's/^ *//')
echo "$seen"
[ "$seen" = $'5 --extcap-config\n1 --extcap-interfaces' ] || { echo "the behaviour has changed"; exit 1; }
if [ "$(id -u)" = 0 ]; then
  rm "$folder/asked"
  WIRESHARK_EXTCAP_DIR="$folder/extcap" tshark -D >/dev/null 2>&1
  [ ! -e "$folder/asked" ] || { echo "the behaviour has changed: root's tshark looks into WIRESHARK_EXTCAP_DIR"; exit 1; }
fi
echo "as described: the program is started for each interface"
