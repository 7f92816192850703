#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# sh cmake/service.sh [PREFIX]
#
# Installs what is missing (Debian, as root or with sudo), builds the program `koi` of examples/service and installs it as
# PREFIX/bin/koi, with /usr/local as PREFIX if none is named. It runs on any x86-64 processor, and chooses its kernels when
# it starts: other machines need the file alone, and the packages libfmt9, libssl3 and zlib1g.
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
prefix=${1:-/usr/local}

install_packages "$build_packages" || exit 1

folder=$root/build/service
jobs=$(job_count)
say "building in $folder, $jobs at a time"
configure "$folder" -DCMAKE_BUILD_TYPE=Release -DKOI_BUILD_TESTS=OFF || exit 1
cmake --build "$folder" --parallel "$jobs" --target koi_program || exit 1

place=$prefix/bin
if mkdir -p "$place" 2>/dev/null && [ -w "$place" ]; then
  install -m 755 "$folder/examples/service/koi" "$place/koi" || exit 1
else
  as_root install -D -m 755 "$folder/examples/service/koi" "$place/koi" || exit 1
fi
say "installed: $place/koi"
