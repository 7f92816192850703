#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# sh check.sh KOI FREE_PORTS MODELS
#
# For the tests: two groups as six processes, and HAProxy with haproxy.cfg in front. Predictions go on while a server of
# one group is killed, while a whole group is away, and, with `koi predict --or`, without HAProxy.
set -u
koi=$1
free_ports=$2
models=$3
here=$(cd "$(dirname "$0")" && pwd) || exit 1
haproxy=$(command -v haproxy || ls /usr/sbin/haproxy 2>/dev/null) || {
  echo "skipped: there is no haproxy here"
  exit 0
}

folder=$(mktemp -d "${TMPDIR:-/tmp}/koi-haproxy.XXXXXX") || exit 1
# shellcheck disable=SC2317  # the trap calls it
end() {
  trap '' HUP INT TERM
  for file in "$folder"/*.pid; do kill -9 "$(cat "$file")" 2>/dev/null; done
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

ports=$("$free_ports" && "$free_ports" && "$free_ports") || fail "no free ports"
# shellcheck disable=SC2086  # a list of numbers
set -- $ports
front0=${11}
front1=${12}
# group NAME PORTS... CLIENTS' PORTS, and the file of those who ask through CLIENTS' PORTS
group() {
  cat >"$folder/$1.json" <<END
{
  "players": {"players": {"server0": "127.0.0.1:$2", "server1": "127.0.0.1:$3", "crypto-producer": "127.0.0.1:$4"}, "transport": "tls"},
  "clients": {"server0": "127.0.0.1:$5", "server1": "127.0.0.1:$6"},
  "data": "models.$1",
  "policy": {"models": {"*": {"use": ["clinic"], "upload": ["hospital"], "reveal": "scores"}}}
}
END
}
group a "$1" "$2" "$3" "$4" "$5"
group b "$6" "$7" "$8" "$9" "${10}"
group front "$1" "$2" "$3" "$front0" "$front1"
a0=$4 a1=$5 b0=$9 b1=${10}
sed -e "s|/usr/local/bin/koi|$koi|; s|/etc/koi|$folder|" "$here/check_group.sh" >"$folder/check_group.sh"
chmod 755 "$folder/check_group.sh"
sed -e "s|/etc/koi|$folder|; s|bind :5440|bind 127.0.0.1:$front0|; s|bind :5441|bind 127.0.0.1:$front1|" \
  -e "s|a-server0.example:5440|127.0.0.1:$a0|; s|a-server1.example:5441|127.0.0.1:$a1|" \
  -e "s|b-server0.example:5440|127.0.0.1:$b0|; s|b-server1.example:5441|127.0.0.1:$b1|" "$here/haproxy.cfg" >"$folder/haproxy.cfg"
"$haproxy" -c -f "$folder/haproxy.cfg" >"$folder/haproxy.log" 2>&1 || fail "haproxy does not take its configuration"

"$koi" keys --config "$folder/a.json" --add hospital clinic balancer >"$folder/keys.log" 2>&1 || fail "no keys"
start() {  # start GROUP PLAYER
  "$koi" serve --config "$folder/$1.json" --player "$2" >>"$folder/$1.$2.log" 2>&1 &
  echo $! >"$folder/$1.$2.pid"
}
kill_it() {
  kill -9 "$(cat "$folder/$1.$2.pid")"
  wait "$(cat "$folder/$1.$2.pid")" 2>/dev/null
}
start_group() { for player in server0 server1 crypto-producer; do start "$1" "$player"; done; }
meets() {
  tries=0
  until "$koi" status --config "$folder/$1.json" --as clinic >"$folder/status.log" 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || fail "$1: the players do not meet"
    sleep 0.1
  done
}
predict() {  # predict FILE OPTIONS...
  file=$folder/$1.json
  shift
  "$koi" predict --config "$file" --as clinic --model lenet --patience 60 --expect "$models/torch_lenet.output.npy" "$@" \
    "$models/torch_lenet.input.npy" >"$folder/predict.log" 2>&1
}
for each in a b; do
  start_group "$each"
  meets "$each"
  "$koi" upload --config "$folder/$each.json" --as hospital --model lenet "$models/torch_lenet.onnx" >"$folder/upload.log" 2>&1 ||
    fail "$each: no upload"
done
"$haproxy" -db -f "$folder/haproxy.cfg" >>"$folder/haproxy.log" 2>&1 &
echo $! >"$folder/haproxy.pid"
meets front
predict front || fail "no prediction through haproxy"

for each in a b; do
  kill_it "$each" server1
  predict front || fail "no prediction when server1 of group $each was killed"
  predict front || fail "no second prediction when server1 of group $each was killed"
  start "$each" server1
  meets "$each"
  predict front || fail "no prediction when server1 of group $each is back"
done
for player in server0 server1 crypto-producer; do kill_it a "$player"; done
predict front || fail "no prediction without group a"
predict a --or "$folder/b.json" || fail "no prediction of group b where group a is asked first"
start_group a
meets a
for player in server0 server1 crypto-producer; do kill_it b "$player"; done
predict front || fail "no prediction without group b"
predict b --or "$folder/a.json" || fail "no prediction of group a where group b is asked first"
echo "all is well"
