#!/usr/bin/env bash
# promtool check metrics finds fault with correct OpenMetrics text, which is what Prometheus itself asks for when it scrapes.
#
# Version:   prometheus 2.42.0+ds-5+deb12u1 (Debian 12), which has promtool.
# Expected:  text in OpenMetrics 1.0, as it is served to Prometheus (its Accept header names that first), passes `promtool check metrics`, or is refused as
#            another format.
# Behaviour: it is read as the older text format 0.0.4, in which a counter's family is called as its samples are: HELP and TYPE of the family `a_packets` are taken for
#            another metric than `a_packets_total`. "# UNIT" and "# EOF" are comments there, so nothing tells of the format. Exit code 3.
# Seen:      a_packets_total no help text
#            With an exemplar it is an error: expected integer as timestamp, got "#"
# What it means: an exporter has to serve both formats and check the older one; a check of what was scraped (curl with Prometheus' Accept header) fails for no fault.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download prometheus 2>/dev/null
dpkg -x prometheus_*.deb .
promtool=$folder/usr/bin/promtool
"$promtool" --version 2>&1 | head -n 1

text='# HELP a_packets Packets.
# TYPE a_packets counter
a_packets_total 3
# EOF'
status=0
seen=$("$promtool" check metrics <<<"$text" 2>&1) || status=$?
echo "exit code $status: $seen"
[ "$status $seen" = "3 a_packets_total no help text" ] || { echo "the behaviour has changed"; exit 1; }

# The same numbers in the older format pass, so the fault is not theirs.
"$promtool" check metrics <<<"${text//a_packets /a_packets_total }" || { echo "the older format fails, too"; exit 1; }

seen=$("$promtool" check metrics <<<"${text/total 3/total 3 # \{trace=\"1\"\} 1}" 2>&1) && { echo "the behaviour has changed: exemplars pass"; exit 1; }
echo "$seen"
[[ $seen == *'expected integer as timestamp, got "#"'* ]] || { echo "the behaviour has changed"; exit 1; }
echo "as described: OpenMetrics is read as the older format"
