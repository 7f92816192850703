#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# sh help.sh KOI
#
# For the tests: the --help of koi and of every sub-command ends with an example of that very command.
set -u
koi=$1
seen=0

# ends_well COMMAND...: looks at this command, and at those below it
ends_well() {
  text=$("$koi" "$@" --help) || { echo "help.sh: no help of 'koi $*'" >&2 && exit 1; }
  last=$(printf '%s\n' "$text" | awk '/^$/ { block = ""; next } { block = block $0 "\n" } END { printf "%s", block }')
  case $last in
    Example*"koi $*"*) ;;
    *) echo "help.sh: the help of 'koi $*' ends with no example of it, but with '$last'" >&2 && exit 1 ;;
  esac
  seen=$((seen + 1))
  for below in $(printf '%s\n' "$text" | awk '/^Subcommands:/ { on = 1; next } /^[^ ]/ { on = 0 } on && NF { print $1 }'); do
    ends_well "$@" "$below"
  done
}
ends_well
[ "$seen" -ge 11 ] || { echo "help.sh: $seen commands were found" >&2 && exit 1; }
echo "all is well"
