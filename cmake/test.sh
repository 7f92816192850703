#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# sh cmake/test.sh [--long] [arguments for ctest...]
#
# Installs what is missing (Debian, as root or with sudo), builds and runs all tests. --long adds the tests with the
# label long, fuzzing among them; the ordinary ones under AddressSanitizer with UBSan, and under ThreadSanitizer; and the
# faults of the service as processes under the first of these. They want MNIST, which is fetched where it is not there.
set -u
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
# shellcheck source=cmake/install.sh
. "$root/cmake/install.sh"

case ${1-} in
  -h | --help)
    sed -n '5,9s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac
long=false
if [ "${1-}" = --long ]; then
  long=true
  shift
fi

packages=$build_packages$test_packages$bench_packages  # benchmarks are compiled, not run
clang=false  # any that tests/fuzz knows
for version in 16 17 18 19 20; do if have clang++-$version; then clang=true; fi; done
if $long; then
  packages=$packages$long_test_packages$download_packages
  $clang || packages=$packages$fuzz_packages
fi
install_packages "$packages" || exit 1
jobs=$(job_count)
status=0

# build FOLDER OPTIONS...
build() {
  folder=$1
  say "building in $folder, $jobs at a time"
  configure "$@" && cmake --build "$folder" --parallel "$jobs"
}

# test_in FOLDER ARGUMENTS...: ctest's closing lines are the last that it prints.
test_in() {
  folder=$1
  shift
  say "testing in $folder"
  (cd "$folder" && $around ctest --output-on-failure --no-tests=error "$@") || status=1
}
around=''

# The optimiser costs more time than it saves in most tests, and asserts stay on.
more=OFF
if $long; then more=ON; fi
build "$root/build/test" -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS=-O1 -DKOI_QUICK_TESTS=ON \
  -DKOI_LONG_TESTS=$more -DKOI_NETWORKS_WIDE=$more || exit 1

if $long; then
  if [ -z "${KOI_MNIST_DIR-}" ] && [ ! -d "$root/data/mnist" ] && [ ! -d "$root/../shared/data/mnist" ]; then
    sh "$root/cmake/download_mnist.sh" || say "no MNIST here: tests with it are left out"
  fi
  sanitizers='-O1 -g1 -fno-omit-frame-pointer -fno-sanitize-recover=all'
  for kind in address,undefined thread; do
    folder=$root/build/test-$(printf %s "$kind" | tr , -)
    trials=ON
    [ "$kind" != thread ] || trials=OFF
    # Without precompiled headers: each file names what it needs.
    if build "$folder" -DCMAKE_BUILD_TYPE=None -DKOI_BUILD_EXAMPLES=$trials -DKOI_TRIALS=$trials -DKOI_TEST_TIMEOUT=1800 \
      -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON "-DCMAKE_CXX_FLAGS=$sanitizers -fsanitize=$kind"; then
      # ThreadSanitizer does not know every layout of addresses that newer kernels draw.
      if [ "$kind" = thread ] && setarch "$(uname -m)" -R true 2>/dev/null; then
        around="setarch $(uname -m) -R"
      fi
      test_in "$folder" -LE 'long|build' "$@"
      around=''
      # Not what looks through a process's memory, of which a sanitizer makes terabytes, nor what only measures or listens.
      [ $trials = OFF ] || test_in "$folder" -L trial -E 'load|secrets|wire' "$@"
    else
      status=1
    fi
  done
  test_in "$root/build/test" "$@"
else
  test_in "$root/build/test" -LE long --parallel "$jobs" "$@"
fi
exit "$status"
