#!/usr/bin/env bash
# Installs what is missing and verifies a bundled real capture: four pings between two containers on two hosts, through a
# socat tunnel over UDP port 9000. Needs no network interface.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh run
capture=fixtures/socat.pcap
echo
echo "\$ tunnelscope -r $capture -T line"
node dist/cli.js -r "$capture" -T line
echo
echo "\$ tunnelscope verify -r $capture"
node dist/cli.js verify -r "$capture"
echo
echo "Now look at it on the screen:  node dist/cli.js $capture"
