#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# sh check.sh KOI MANIFEST
#
# For the tests: takes the group's file and policy out of a manifest, and makes keys for its players: koi must read the
# file, and every player must have its pod, its secret and its probes.
set -u
koi=$1
manifest=$2
folder=$(mktemp -d "${TMPDIR:-/tmp}/koi-manifest.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
fail() {
  echo "check.sh: $*" >&2
  cat "$folder"/*.log >&2
  exit 1
}
part() { sed -n "/^  $1: |\$/,/^[^ ]\|^  [^ ]/{/^    /s/^    //p}" "$manifest" >"$folder/$1"; }
part group.json
part policy.json
{ [ -s "$folder/group.json" ] && [ -s "$folder/policy.json" ]; } || fail "the manifest has no group.json and policy.json"
"$koi" keys --config "$folder/group.json" --add hospital clinic >"$folder/keys.log" 2>&1 || fail "no keys"
players=$(sed -n 's/^      app: koi, player: //p; s/^  labels: {app: koi, player: \(.*\)}$/\1/p' "$manifest" | sort -u)
[ "$(echo "$players" | wc -l)" = 3 ] || fail "other players than three: $players"
for player in $players; do
  [ -d "$folder/keys/$player" ] || fail "$player is no player of group.json"
  grep -q "secretName: koi-$player," "$manifest" || fail "$player has no secret"
  grep -Eq "command: \[koi, serve, --config, /etc/koi/group.json, --player, $player(, --data, /var/lib/koi)?\]" "$manifest" ||
    fail "no pod runs $player"
done
"$koi" health --config "$folder/group.json" --player server0 >"$folder/health.log" 2>&1 && fail "a server that does not run is well"
grep -q "server0 at 127.0.0.1:9440" "$folder/health.log" || fail "koi health asks elsewhere"
echo "all is well"
