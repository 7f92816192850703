# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # lists for the scripts that source this; root, from them
#
# Sourced by test.sh and mnist.sh, which set `root` to the checkout. POSIX sh, no other program of koi needed.

# The Debian packages that koi is built from, and what each is: for those whose system calls it something else.
build_packages='
g++                 C++20 compiler, GCC 12 or newer
cmake               CMake 3.25 or newer
make                make, or Ninja
libxtensor-dev      xtensor 0.24
libxsimd-dev        xsimd 8.1
libboost-dev        Boost 1.74 headers
libfmt-dev          fmt 9.1
libssl-dev          OpenSSL 3
nlohmann-json3-dev  nlohmann-json 3.11
zlib1g-dev          zlib
libprotozero-dev    protozero 1.7
libcli11-dev        CLI11 2.1
libopenblas-dev     OpenBLAS
libxtensor-blas-dev xtensor-blas 0.20
'
test_packages='
doctest-dev         doctest 2.4
'
bench_packages='
libbenchmark-dev    Google Benchmark 1.7
'
long_test_packages='
haproxy             HAProxy, in front of two groups of the service
'
fuzz_packages='
clang-16            clang 16 or newer, for what fuzzes
libclang-rt-16-dev  its sanitizers and libFuzzer
'
download_packages='
curl                curl, or wget
ca-certificates     certificates for https
'

say() { printf '%s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

# as_root COMMAND...: as root, or through sudo.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

# names_of LIST: the first word of each line.
names_of() { printf '%s\n' "$1" | while read -r name _; do [ -z "$name" ] || printf '%s\n' "$name"; done; }

# missing_of LIST: those of its packages that dpkg does not have, on one line.
missing_of() {
  for name in $(names_of "$1"); do
    # shellcheck disable=SC2016  # dpkg-query's variable, not the shell's
    dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || printf '%s ' "$name"
  done
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 --no-install-recommends install "$@" </dev/null
}

# install_packages LIST: installs what is missing, where apt-get and the right to use it are there; elsewhere only
# looks for a compiler and CMake, and says what to install where there is none. Status 1: something stays missing.
install_packages() {
  if have apt-get && have dpkg-query; then
    missing=$(missing_of "$1")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ] && ! have sudo; then
      say "not installed: $missing" "and neither root nor sudo is here to change that. As root:" \
        "  apt-get install $missing" >&2
      return 1
    fi
    say "installing: $missing"
    # shellcheck disable=SC2086  # a list of words
    apt_install $missing || { say "once more" && sleep 5 && apt_install $missing; } || {
      say "apt-get could not install: $missing" >&2
      return 1
    }
    return 0
  fi
  have g++ && have cmake && return 0
  say "koi needs the packages below; this machine has no apt-get to install them with, and lacks g++ or cmake." \
    "On the left Debian's name, on the right what it is:" "$1" >&2
  return 1
}

# job_count: one per processor, but no more than memory holds compilers (1.5 GB each).
job_count() {
  processors=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
  kilobytes=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo 2>/dev/null)
  [ -n "$kilobytes" ] || kilobytes=2000000
  fitting=$((kilobytes / 1500000))
  [ "$fitting" -ge 1 ] || fitting=1
  if [ "$processors" -lt "$fitting" ]; then echo "$processors"; else echo "$fitting"; fi
}

# configure FOLDER OPTIONS...: with Ninja and ccache where they are there. A folder that another generator or a
# checkout elsewhere has left behind is started anew.
configure() {
  folder=$1
  shift
  if have ninja; then set -- -G Ninja "$@"; else set -- -G 'Unix Makefiles' "$@"; fi
  if have ccache; then set -- "$@" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
  mkdir -p "$folder"
  if cmake -S "$root" -B "$folder" "$@" >"$folder/configure.log" 2>&1; then return 0; fi
  rm -f "$folder/CMakeCache.txt"
  rm -rf "$folder/CMakeFiles"
  if cmake -S "$root" -B "$folder" "$@" >"$folder/configure.log" 2>&1; then return 0; fi
  cat "$folder/configure.log" >&2
  if ! have apt-get; then
    say "What koi is built from: on the left Debian's name, on the right what it is:" "$build_packages$test_packages" >&2
  fi
  return 1
}
