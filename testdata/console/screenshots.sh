#!/bin/bash
# Starts a server on a folder of its own, sends the demo's data, takes the pictures, and leaves nothing behind but them.
# usage: screenshots.sh PULSEHOUSE FOLDER
set -euo pipefail
data=$(mktemp -d) address=127.0.0.1:18990
export PULSEHOUSE_URL=http://$address PULSEHOUSE_DATA=$data
"$1" serve --listen $address --admin 127.0.0.1:18991 >"$data.log" 2>&1 &
server=$!
trap 'kill $server; wait $server || true; rm -rf "$data" "$data.log"' EXIT
for _ in $(seq 200); do curl -fs "http://$address/readyz" >/dev/null && break; sleep 0.3; done
"$1" demo --url "http://$address" --data "$data"
mkdir -p "$2"
node "$(dirname "$0")/screenshots.mjs" "http://$address/" "$(cat "$data/console.key")" "$(cat "$data/write.key")" "$2"
