#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# sh formats.sh KOI FREE_PORTS MODELS OWNER_FILES
#
# For the tests: a model that its owner has as ONNX, as npz or as share files predicts the same. What does not fit
# together is refused with its own words, while nobody is there who could be called. The
# group's file has players alone, so that all else has its default.
set -u
koi=$1
free_ports=$2
models=$3
owner_files=$4
folder=$(mktemp -d "${TMPDIR:-/tmp}/koi-formats.XXXXXX") || exit 1
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
  echo "formats.sh: $*" >&2
  for log in "$folder"/*.log; do
    echo "--- $log" >&2
    tail -20 "$log" >&2
  done
  exit 1
}

ports=$("$free_ports" 1000) || fail "no free ports"
# shellcheck disable=SC2086  # a list of numbers
set -- $ports
config=$folder/players.json
cat >"$config" <<END
{"server0": "127.0.0.1:$1", "server1": "127.0.0.1:$2", "server2": "127.0.0.1:$3"}
END
echo '{"models": {"*": {"use": ["*"], "upload": ["*"], "reveal": {"*": "scores"}}}}' >"$folder/policy.json"
onnx=$models/torch_lenet.onnx
other=$models/torch_mlp.onnx
mkdir "$folder/own" "$folder/again" "$folder/mlp" || exit 1
"$owner_files" "$onnx" "$folder/own" lenet || fail "no files of the owner"
"$owner_files" "$onnx" "$folder/again" lenet || fail "no files of a second save"
"$owner_files" "$other" "$folder/mlp" lenet || fail "no files of another model"
graph=$folder/own/graph.onnx

upload() { "$koi" upload --config "$config" --model "$@" >"$folder/upload.log" 2>&1; }

# Nobody listens yet: what says so has read the files and found nothing wrong.
refused() {
  words=$1
  shift
  upload "$@" && fail "taken: $*"
  grep -qF -e "$words" "$folder/upload.log" || fail "other words than '$words' for $*"
}
shares() { echo "$1/lenet.server0.share $1/lenet.server1.share"; }
absent="server0 at 127.0.0.1:$(($1 + 1000))"
refused "$absent" lenet --patience 0 --weights "$folder/own/named.npz" "$graph"
# shellcheck disable=SC2046  # two files
refused "$absent" lenet --patience 0 --shares $(shares "$folder/own") "$graph"
refused "this file has no weights" lenet "$graph"
refused "does not fit" lenet --weights "$folder/mlp/named.npz" "$graph"
refused "is missing; the graph has shape" lenet --weights "$folder/mlp/named.npz" "$graph"
refused "is no weight of the graph" lenet --weights "$folder/mlp/named.npz" "$graph"
refused "has shape" lenet --weights "$folder/mlp/placed.npz" "$graph"
refused "the files are swapped" lenet --shares "$folder/own/lenet.server1.share" "$folder/own/lenet.server0.share" "$graph"
refused "the older one is stale" lenet --shares "$folder/own/lenet.server0.share" "$folder/again/lenet.server1.share" "$graph"
# shellcheck disable=SC2046
refused "is the model 'lenet', not 'other'" other --shares $(shares "$folder/own") "$graph"
# shellcheck disable=SC2046
refused "holds tensors of other shapes" lenet --shares $(shares "$folder/mlp") "$graph"

# damaged WORDS FILTER...: a copy of server 1's file that went through a filter
damaged() {
  words=$1
  shift
  (umask 077 && LC_ALL=C "$@" <"$folder/own/lenet.server1.share" >"$folder/damaged") || fail "no damaged file"
  refused "$words" lenet --shares "$folder/own/lenet.server0.share" "$folder/damaged" "$graph"
}
damaged "is cut or damaged" head -c 1000
damaged "holds numbers of 32 bits" sed 's/^ring 64$/ring 32/'
damaged "has version 2" sed '1s/1$/2/'
damaged "its checksum is wrong" sed 's/^saved ./saved 9/'
chmod 644 "$folder/damaged"
refused "others than its owner may use it" lenet --shares "$folder/own/lenet.server0.share" "$folder/damaged" "$graph"
chmod 600 "$folder/damaged"

for player in server2 server1 server0; do
  "$koi" serve --config "$config" --player "$player" --policy "$folder/policy.json" >"$folder/$player.log" 2>&1 &
  pids="$pids $!"
done
tries=0
until "$koi" status --config "$config" >"$folder/status.log" 2>&1; do
  tries=$((tries + 1))
  [ "$tries" -lt 300 ] || fail "the players do not meet"
  sleep 0.1
done
grep -q "; securenn<" "$folder/status.log" || fail "a group with server2 computes otherwise than securenn"
upload lenet "$onnx" || fail "no upload of ONNX"
upload lenet --weights "$folder/own/named.npz" "$graph" || fail "no upload of npz"
upload lenet --weights "$folder/own/placed.npz" "$onnx" || fail "no upload of npz by place"
# shellcheck disable=SC2046
upload lenet --shares $(shares "$folder/own") "$graph" || fail "no upload of share files"
for version in 1 2 3 4; do
  "$koi" predict --config "$config" --model "lenet:$version" --patience 60 --expect "$models/torch_lenet.output.npy" \
    "$models/torch_lenet.input.npy" >"$folder/predict.log" 2>&1 || fail "another prediction by lenet:$version"
done
echo "all is well"
