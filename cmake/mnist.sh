#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# sh cmake/mnist.sh [arguments for mnist...]
#
# Installs what is missing (Debian, as root or with sudo), builds the example for this machine and runs private MNIST
# predictions with both protocols, or with the one that --protocol names. The data: --data DIR, $KOI_MNIST_DIR,
# data/mnist, ../shared/data/mnist, a download, or digits that the program draws itself.
set -u
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
# shellcheck source=cmake/install.sh
. "$root/cmake/install.sh"

protocols='pond securenn'
data_named=false
asks_only=false
report=''
previous=''
for argument in "$@"; do
  [ "$previous" != --report ] || report=$argument
  previous=$argument
  case $argument in
    --report=*) report=${argument#--report=} ;;
    --protocol | --protocol=*) protocols='' ;;
    --data | --data=*) data_named=true ;;
    -h | --help) asks_only=true ;;
  esac
done

install_packages "$build_packages" || exit 1

folder=$root/build/mnist
jobs=$(job_count)
say "building in $folder, $jobs at a time"
configure "$folder" -DCMAKE_BUILD_TYPE=Release -DKOI_NATIVE=ON -DKOI_BUILD_TESTS=OFF -DKOI_BUILD_KERNELS=OFF || exit 1
cmake --build "$folder" --parallel "$jobs" --target quickstart mnist mnist_free_ports mnist_merge_traces || exit 1

has_mnist() { [ -f "$1/t10k-images-idx3-ubyte.gz" ] || [ -f "$1/t10k-images-idx3-ubyte" ]; }

if ! $data_named && ! $asks_only && [ -z "${KOI_MNIST_DIR-}" ]; then
  for place in "$root/data/mnist" "$root/../shared/data/mnist"; do
    if has_mnist "$place"; then
      KOI_MNIST_DIR=$place
      break
    fi
  done
  if [ -z "${KOI_MNIST_DIR-}" ]; then
    have curl || have wget || install_packages "$download_packages" || :
    say "fetching MNIST into $root/data/mnist"
    if sh "$root/cmake/download_mnist.sh" "$root/data/mnist"; then
      KOI_MNIST_DIR=$root/data/mnist
    else
      say "no MNIST here, and no way to fetch it: the program draws its own digits"
    fi
  fi
  [ -z "${KOI_MNIST_DIR-}" ] || export KOI_MNIST_DIR
fi

mnist=$folder/examples/mnist/mnist
if $asks_only || [ -z "$protocols" ]; then
  exec "$mnist" "$@"
fi
status=0
for protocol in $protocols; do
  say "" "mnist --protocol $protocol $*"
  "$mnist" --protocol "$protocol" "$@" || status=1
  # both write to one --report FILE: it keeps the last one, FILE.PROTOCOL each
  [ -z "$report" ] || [ ! -f "$report" ] || cp "$report" "$report.$protocol"
done
exit "$status"
