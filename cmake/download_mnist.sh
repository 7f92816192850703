#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# sh cmake/download_mnist.sh [FOLDER]
#
# Fetches the four MNIST files into FOLDER (data/mnist in the checkout unless named). A file is kept only if its
# unpacked content has the hash below; files that are there already and have it are left alone.
set -u
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
folder=${1:-$root/data/mnist}

files='
train-images-idx3-ubyte ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db
train-labels-idx1-ubyte 65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
t10k-images-idx3-ubyte 0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7
t10k-labels-idx1-ubyte ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2
'
mirrors='
https://ossci-datasets.s3.amazonaws.com/mnist
https://storage.googleapis.com/cvdf-datasets/mnist
https://yann.lecun.com/exdb/mnist
'

fetch() { # URL FILE
  if command -v curl >/dev/null 2>&1; then
    curl --fail --silent --show-error --location --connect-timeout 10 --max-time 120 --output "$2" "$1"
  elif command -v wget >/dev/null 2>&1; then
    wget --quiet --tries=1 --timeout=20 --output-document="$2" "$1"
  else
    echo "download_mnist.sh: neither curl nor wget is here" >&2
    exit 1
  fi
}

right() { # FILE HASH
  [ -f "$1" ] || return 1
  [ "$(gzip -dc "$1" 2>/dev/null | sha256sum | cut -d ' ' -f 1)" = "$2" ]
}

mkdir -p "$folder" || exit 1
partial=$folder/.partial.$$
trap 'rm -f "$partial"' EXIT
trap 'exit 1' HUP INT TERM

dead=''
printf '%s\n' "$files" | while read -r name hash; do
  [ -n "$name" ] || continue
  right "$folder/$name.gz" "$hash" && continue
  for mirror in $mirrors; do
    case " $dead " in *" $mirror "*) continue ;; esac
    if ! fetch "$mirror/$name.gz" "$partial"; then
      dead="$dead $mirror"
    elif right "$partial" "$hash"; then
      mv "$partial" "$folder/$name.gz"
      echo "$folder/$name.gz"
      continue 2
    else
      echo "download_mnist.sh: $mirror/$name.gz is not the file it should be" >&2
    fi
  done
  echo "download_mnist.sh: no mirror gave $name.gz" >&2
  exit 1
done
