#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# sh check.sh KOI FREE_PORTS MODELS pond|securenn plain|tls
#
# For the tests: a group of servers as three processes on free loopback ports. A model is uploaded and asked, each server
# is killed and started again, all restart from disk, and all stop in good order. Over TLS the hospital owns the model
# and the clinic asks, and nobody else may.
set -u
koi=$1
free_ports=$2
models=$3
protocol=$4
links=$5
owner=''
client=''
if [ "$links" = tls ]; then
  owner=hospital
  client=clinic
fi
helper=crypto-producer
[ "$protocol" = pond ] || helper=server2

folder=$(mktemp -d "${TMPDIR:-/tmp}/koi-service.XXXXXX") || exit 1
pids=''
# shellcheck disable=SC2317  # the trap calls it
end() {
  trap '' HUP INT TERM
  # shellcheck disable=SC2086  # a list of numbers
  [ -z "$pids" ] || kill -9 $pids 2>/dev/null
  wait
  rm -rf "$folder"
}
trap end EXIT
trap 'exit 130' HUP INT TERM

fail() {
  echo "check.sh: $*" >&2
  for log in "$folder"/*.log; do
    echo "--- $log" >&2
    tail -20 "$log" >&2
  done
  exit 1
}

rules='"use": ["*"], "upload": ["*"], "remove": ["*"]'
[ "$links" = plain ] || rules='"use": ["clinic"], "upload": ["hospital"], "remove": ["hospital", "clinic"]'
ports=$("$free_ports" && "$free_ports") || fail "no free ports"
# shellcheck disable=SC2086  # a list of numbers
set -- $ports
cat >"$folder/group.json" <<END
{
  "protocol": "$protocol",
  "players": {"server0": "127.0.0.1:$1", "server1": "127.0.0.1:$2", "$helper": "127.0.0.1:$3"},
  "clients": {"server0": "127.0.0.1:$4", "server1": "127.0.0.1:$5"},
  "status": {"server0": "127.0.0.1:$6"},
  "policy": {"models": {"*": {$rules, "reveal": "scores"}}}
}
END
config=$folder/group.json

start() {
  "$koi" serve --config "$config" --player "$1" >>"$folder/$1.log" 2>&1 &
  eval "pid_$(echo "$1" | tr - _)=$!"
  pids="$pids $!"
}
pid_of() { eval "echo \$pid_$(echo "$1" | tr - _)"; }
predict() {
  "$koi" predict --config "$config" ${client:+--as "$client"} --model lenet --patience 60 --expect "$models/torch_lenet.output.npy" \
    "$models/torch_lenet.input.npy" "$@" >"$folder/predict.log" 2>&1
}

if [ "$links" = tls ]; then
  "$koi" keys --config "$config" --add hospital clinic >"$folder/keys.log" 2>&1 || fail "no keys"
fi
for player in "$helper" server1 server0; do start "$player"; done
tries=0
until "$koi" status --config "$config" ${client:+--as "$client"} >"$folder/status.log" 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 300 ] || fail "the players do not meet"
  sleep 0.1
done
if [ "$links" = tls ]; then
  "$koi" upload --config "$config" --as clinic --model lenet "$models/torch_lenet.onnx" >"$folder/upload.log" 2>&1 &&
    fail "the clinic has uploaded a model"
  "$koi" status --config "$config" >"$folder/nobody.log" 2>&1 && fail "a caller without keys was heard"
fi
"$koi" upload --config "$config" ${owner:+--as "$owner"} --model lenet "$models/torch_lenet.onnx" >"$folder/upload.log" 2>&1 || fail "no upload"
predict || fail "no prediction"
for player in server0 server1 "$helper"; do
  "$koi" doctor --config "$config" --player "$player" >"$folder/doctor.log" 2>&1 || fail "koi doctor finds something at $player"
  for found in 'versions: both speak' 'settings: both have the same' 'clocks: the clock of'; do
    grep -q "^ok .*$found" "$folder/doctor.log" || fail "koi doctor at $player does not say '$found'"
  done
  case $links$player in
  tlsserver[01]) grep -q '^ok .*models: both have the same 1$' "$folder/doctor.log" || fail "koi doctor at $player does not compare all models" ;;
  tls*) grep -q '^ok .*models: none that .* may see$' "$folder/doctor.log" || fail "the helper hears of models" ;;
  esac
done
"$koi" predict --config "$config" ${client:+--as "$client"} --model lenet:1 --label-only "$models/torch_lenet.input.npy" >"$folder/labels.log" 2>&1 ||
  fail "no labels"
[ "$(cat "$folder/labels.log")" = "1
1" ] || fail "other labels than 1 and 1"

for player in server0 server1 "$helper"; do
  kill -9 "$(pid_of "$player")"
  wait "$(pid_of "$player")" 2>/dev/null
  start "$player"
  predict || fail "no prediction after $player was killed and started again"
done

for player in server0 server1 "$helper"; do kill -TERM "$(pid_of "$player")"; done
for player in server0 server1 "$helper"; do
  wait "$(pid_of "$player")" || fail "$player did not end in good order"
done
pids=''
for player in server0 server1 "$helper"; do start "$player"; done
predict || fail "no prediction after a restart from disk"
"$koi" models list --config "$config" ${client:+--as "$client"} >"$folder/models.log" 2>&1 || fail "no list"
grep -q "^lenet:1 \[1,16,16\] -> \[10\]$" "$folder/models.log" || fail "another list of models"
"$koi" models remove --config "$config" ${owner:+--as "$owner"} lenet:1 >"$folder/remove.log" 2>&1 || fail "not removed"
"$koi" predict --config "$config" ${client:+--as "$client"} --model lenet --patience 0 "$models/torch_lenet.input.npy" >"$folder/predict.log" 2>&1 &&
  fail "a model that is removed still predicts"
grep -q "there is no such model" "$folder/predict.log" || fail "another reason"
[ -z "$(find "$folder/models" -type f)" ] || fail "files of a removed model are left"
echo "all is well"
