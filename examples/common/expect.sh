#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# sh expect.sh success|refusal WORDS COMMAND...
#
# For the tests: the command must say these words, and end with status 0 or, to refuse, with a status of its own: one
# that no signal gave.
ending=$1
words=$2
shift 2
said=$("$@" 2>&1)
status=$?
printf '%s\nstatus %s\n' "$said" "$status"
case $ending in
  success) [ "$status" -eq 0 ] || exit 1 ;;
  refusal) [ "$status" -ge 1 ] && [ "$status" -lt 126 ] || exit 1 ;;
  *) exit 2 ;;
esac
printf '%s' "$said" | grep -qF -e "$words"
