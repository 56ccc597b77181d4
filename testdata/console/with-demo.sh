#!/bin/bash
# Starts a server on a folder of its own, sends the demo's data, runs a script of this folder against it, and leaves nothing behind but what that makes.
# usage: with-demo.sh PULSEHOUSE SCRIPT.mjs [ARGUMENT…]
set -euo pipefail
pulsehouse=$1 script=$2
shift 2
data=$(mktemp -d) address=127.0.0.1:18990
export PULSEHOUSE_URL=http://$address PULSEHOUSE_DATA=$data
"$pulsehouse" serve --listen $address --admin 127.0.0.1:18991 >"$data.log" 2>&1 &
server=$!
trap 'kill $server; wait $server || true; rm -rf "$data" "$data.log"' EXIT
for _ in $(seq 200); do curl -fs "http://$address/readyz" >/dev/null && break; sleep 0.3; done
"$pulsehouse" demo --url "http://$address" --data "$data"
node "$(dirname "$0")/$script" "http://$address/" "$(cat "$data/console.key")" "$(cat "$data/write.key")" "$@"
