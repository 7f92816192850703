#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# sh bench/run.sh [--quick] [--json FILE] [--players threads|tcp|processes] [--threads N]
#
# Installs what is missing (Debian, as root or with sudo), builds the benchmarks for this machine's processor and runs
# all of them: one table, as bench/README.md explains it. --quick: few and short runs. --json: the rows also as a list
# of objects in a file. --players: where the players of the online operations live; processes if not said.
# --threads: of each player, for large matrix products, on machines with more cores than players.
set -u
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
# shellcheck source=cmake/install.sh
. "$root/cmake/install.sh"

usage() { sed -n '5,10s/^# \{0,1\}//p' "$0"; }

quick=''
json=''
players=processes
threads=1
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=--quick ;;
    --json | --players | --threads)
      [ $# -gt 1 ] || { usage >&2 && exit 2; }
      case $1 in
        --json) json=$2 ;;
        --players) players=$2 ;;
        --threads) threads=$2 ;;
      esac
      shift
      ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
case $players in
  threads | tcp | processes) ;;
  *) usage >&2 && exit 2 ;;
esac
if [ -n "$json" ] && ! : >>"$json"; then exit 2; fi

install_packages "$build_packages$bench_packages" || exit 1

folder=$root/build/bench
jobs=$(job_count)
say "building in $folder, $jobs at a time"
configure "$folder" -DCMAKE_BUILD_TYPE=Release -DKOI_NATIVE=ON -DKOI_BUILD_BENCH=ON -DKOI_BUILD_TESTS=OFF \
  -DKOI_BUILD_EXAMPLES=OFF -DKOI_BUILD_KERNELS=OFF -DKOI_INSTALL=OFF || exit 1
if ! cmake --build "$folder" --parallel "$jobs" >"$folder/build.log" 2>&1; then
  cat "$folder/build.log" >&2
  exit 1
fi

rows=$folder/rows
: >"$rows" || exit 1
status=0
heading=''
for kind in local online; do
  set -- --rows "$rows" --players "$players" --threads "$threads"
  [ -z "$quick" ] || set -- "$@" "$quick"
  # the machine first: its program begins the table
  for source in "$root/bench/$kind/"machine_bench.cpp "$root/bench/$kind/"*_bench.cpp; do
    name=$(basename "$source" .cpp)
    if [ ! -f "$source" ] || { [ "$name" = machine_bench ] && [ -n "$heading" ]; }; then continue; fi
    "$folder/bench/$name" "$@" $heading || status=1
    heading=--no-heading
  done
done

if [ -n "$json" ]; then
  { echo '['; sed '$!s/$/,/; s/^/  /' "$rows"; echo ']'; } >"$json" || status=1
fi
exit "$status"
