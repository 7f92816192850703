#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# sh examples/mnist/pictures.sh [--binaries FOLDER] [--into FOLDER] [arguments for mnist...]
#
# Makes the pictures of the README from a run of this moment: what went between the players (pond.svg, securenn.svg) and
# the Graphs page of TensorBoard, coloured by player (tensorboard.png). Needs mnist, which sh cmake/mnist.sh builds,
# Python 3 with TensorBoard, which is installed into build/python where it is missing, and Chromium.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
root=$(cd "$here/../.." && pwd) || exit 1

into=$here/pictures
binaries=''
for build in mnist native release test; do
  [ -n "$binaries" ] || [ ! -x "$root/build/$build/examples/mnist/mnist" ] || binaries=$root/build/$build/examples/mnist
done
while [ $# -gt 1 ]; do
  case $1 in
    --binaries) binaries=$2 ;;
    --into) into=$2 ;;
    *) break ;;
  esac
  shift 2
done
if [ ! -x "$binaries/mnist" ]; then
  echo "pictures.sh: mnist is not built; sh cmake/mnist.sh --help builds it" >&2
  exit 1
fi
if ! command -v python3 >/dev/null; then
  echo "pictures.sh: no Python here; install python3 and python3-venv" >&2
  exit 1
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/koi-pictures.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' HUP INT TERM
mkdir -p "$into" || exit 1

for protocol in pond securenn; do
  "$binaries/mnist" --protocol "$protocol" --images 1024 --batch 128 --epochs 2 "$@" \
    --flow "$into/$protocol.svg" --tensorboard "$folder/$protocol" >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
  tail -n 12 "$folder/log" | grep -e accuracy -e 'milliseconds a batch'
done

python3 "$root/tests/trace/tensorboard_check.py" --logdir "$folder/pond" --venv "$root/build/python" \
  --players server0,server1,crypto-producer,model-owner,prediction-client \
  --picture "$into/tensorboard.png" --open relu_2,relu_2/truncate_relu || exit 1
ls -l "$into"
