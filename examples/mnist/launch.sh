#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# sh examples/mnist/launch.sh [--binaries FOLDER] [--program FILE] [arguments for mnist...]
#
# Runs the five players as five processes on this machine, started in any order, on free loopback ports. Shows what
# the client says and, at the end, its report; of a player that fails, its log. Ctrl-C ends them all. Another program
# with the same players and options, examples/networks, takes the place of mnist with --program.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
root=$here/../..

binaries=''
if [ "${1-}" = --binaries ]; then
  binaries=${2:?a folder after --binaries}
  shift 2
else
  for build in mnist native release test; do
    if [ -x "$root/build/$build/examples/mnist/mnist" ]; then
      binaries=$root/build/$build/examples/mnist
      break
    fi
  done
fi
program=$binaries/mnist
if [ "${1-}" = --program ]; then
  program=${2:?a file after --program}
  shift 2
fi
if [ ! -x "$program" ] || [ ! -x "$binaries/mnist_free_ports" ]; then
  echo "launch.sh: ${program##*/} is not built; sh cmake/mnist.sh --help builds it" >&2
  exit 1
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/koi-mnist.XXXXXX") || exit 1
pids=''
# shellcheck disable=SC2317  # the trap calls it
stop_all() {
  trap '' HUP INT TERM
  # shellcheck disable=SC2086  # a list of numbers
  [ -z "$pids" ] || kill $pids 2>/dev/null
  wait
  rm -rf "$folder"
}
trap stop_all EXIT
trap 'exit 130' HUP INT TERM

# The report is the client's, and FILE.PLAYER that of each other player, who sees other links. Likewise each player
# writes its own FILE.PLAYER with --trace, which become one FILE at the end, and with --flow; with --tensorboard, a
# folder DIR/PLAYER. What else stands on the command line goes to every player.
report=$folder/report.json
trace=''
flow=''
board=''
helper=crypto-producer
previous=''
count=$#
while [ "$count" -gt 0 ]; do
  argument=$1
  shift
  count=$((count - 1))
  case $previous in
    --report) report=$argument previous='' && continue ;;
    --trace) trace=$argument previous='' && continue ;;
    --flow) flow=$argument previous='' && continue ;;
    --tensorboard) board=$argument previous='' && continue ;;
    --protocol) [ "$argument" != securenn ] || helper=server2 ;;
  esac
  case $argument in
    --report=*) report=${argument#--report=} && continue ;;
    --trace=*) trace=${argument#--trace=} && continue ;;
    --flow=*) flow=${argument#--flow=} && continue ;;
    --tensorboard=*) board=${argument#--tensorboard=} && continue ;;
    --protocol=securenn) helper=server2 ;;
  esac
  previous=$argument
  case $argument in
    --report | --trace | --flow | --tensorboard) ;;
    *) set -- "$@" "$argument" ;;
  esac
done

players="server0 server1 $helper model-owner prediction-client"
"$binaries/mnist_free_ports" >"$folder/ports" || exit 1
{
  separator='{'
  for player in $players; do
    read -r port
    printf '%s\n  "%s": "127.0.0.1:%s"' "$separator" "$player" "$port"
    separator=','
  done <"$folder/ports"
  printf '\n}\n'
} >"$folder/config.json"

start() { # PLAYER ARGUMENTS...
  player=$1
  shift
  set -- "$@" --config "$folder/config.json" --player "$player" --plain-logits "$folder/plain_logits"
  [ -z "$trace" ] || set -- "$@" --trace "$trace.$player"
  [ -z "$flow" ] || set -- "$@" --flow "$flow.$player"
  [ -z "$board" ] || set -- "$@" --tensorboard "$board/$player"
  if [ "$player" = prediction-client ]; then
    "$program" "$@" --report "$report" &
  else
    "$program" "$@" --report "$report.$player" >"$folder/$player.log" 2>&1 &
  fi
  pids="$pids $!"
  echo "$! $player" >>"$folder/pids"
}

# shellcheck disable=SC2086  # a list of names
for player in $(printf '%s\n' $players | shuf); do
  start "$player" "$@"
done

worst=0
while read -r pid player; do
  wait "$pid"
  status=$?
  if [ "$status" -ne 0 ]; then
    echo "launch.sh: $player ended with status $status" >&2
    [ ! -f "$folder/$player.log" ] || sed "s/^/  $player: /" "$folder/$player.log" >&2
  fi
  [ "$status" -le "$worst" ] || worst=$status
done <"$folder/pids"

if [ "$worst" -eq 0 ] && [ -n "$trace" ]; then
  set --
  for player in $players; do set -- "$@" "$trace.$player"; done
  "$binaries/mnist_merge_traces" "$trace" "$@" || worst=1
fi
[ "$worst" -ne 0 ] || cat "$report"
exit "$worst"
