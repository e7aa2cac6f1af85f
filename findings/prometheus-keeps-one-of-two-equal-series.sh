#!/usr/bin/env bash
# Two samples of one series in a scrape: promtool check metrics, Prometheus' log and its counter of duplicates have nothing to say; the first value is kept.
#
# Version:   prometheus 2.42.0+ds-5+deb12u1 (Debian 12).
# Expected:  an exposition with the same name and labels twice, and different values (two interfaces that an exporter cuts to one name), is refused by
#            `promtool check metrics`; the server drops one, warns, and counts it in prometheus_target_scrapes_sample_duplicate_timestamp_total.
# Behaviour: the check exits with 0. The server stores the first value of each scrape and says the target is up (`up` 1). Nothing in its log, and that counter stays 0.
# Seen:      promtool: exit code 0
#            dropped_packets_total{interface="eth0"} 5, up 1, scrapes 3, duplicates counted 0
# What it means: labels made of cut or escaped names lose counts, and nobody is told. An exporter's test has to compare names and labels itself.
set -euo pipefail

command -v python3 >/dev/null || { echo "needs python3"; exit 2; }
folder=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait; rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download prometheus 2>/dev/null
dpkg -x prometheus_*.deb .

mkdir served
cat >served/metrics <<'END'
# HELP dropped_packets_total Packets.
# TYPE dropped_packets_total counter
dropped_packets_total{interface="eth0"} 5
dropped_packets_total{interface="eth0"} 7
END
usr/bin/promtool check metrics <served/metrics || { echo "the behaviour has changed: promtool fails"; exit 1; }
echo "promtool: exit code 0"

python3 - >port <<'END' &
import http.server, functools, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory='served')
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
print(server.server_port, flush=True)
sys.stderr = open('/dev/null', 'w')
server.serve_forever()
END
pids+=($!)
until [ -s port ]; do read -rt 0.1 <> <(:) || true; done
free=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >config.yml <<END
scrape_configs: [{ job_name: a, scrape_interval: 1s, static_configs: [{ targets: ['127.0.0.1:$(cat port)'] }] }]
END
usr/bin/prometheus --config.file=config.yml --storage.tsdb.path=data "--web.listen-address=127.0.0.1:$free" >log 2>&1 &
pids+=($!)
value() {
  python3 - "$free" "$1" <<'END'
import json, sys, urllib.parse, urllib.request
url = f'http://127.0.0.1:{sys.argv[1]}/api/v1/query?' + urllib.parse.urlencode({'query': sys.argv[2]})
try: result = json.load(urllib.request.urlopen(url))['data']['result']
except OSError: result = []
print(' '.join(one['value'][1] for one in result))
END
}
seen=
for _ in $(seq 100); do
  seen=$(value dropped_packets_total)
  [ -z "$seen" ] || break
  read -rt 0.3 <> <(:) || true
done
# The value is of the first scrape; what is counted and logged is looked at after the third.
scrapes=0
for _ in $(seq 100); do
  scrapes=$(value 'count_over_time(up[1h])')
  [ "${scrapes:-0}" -lt 3 ] || break
  read -rt 0.3 <> <(:) || true
done
counted=$(python3 -c "import urllib.request
print(urllib.request.urlopen('http://127.0.0.1:$free/metrics').read().decode().split('\nprometheus_target_scrapes_sample_duplicate_timestamp_total ')[1].split()[0])")
seen="$(value dropped_packets_total), up $(value up), scrapes $scrapes, duplicates counted $counted"
echo "dropped_packets_total{interface=\"eth0\"} $seen"
[ "$seen" = "5, up 1, scrapes 3, duplicates counted 0" ] || { echo "the behaviour has changed"; exit 1; }
! grep -E 'level=(warn|error)' log || { echo "the behaviour has changed: it is logged"; exit 1; }
echo "as described: the first is kept, and nobody is told"
