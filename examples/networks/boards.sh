#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# sh boards.sh FOLDER PROGRAM ARGUMENTS...
#
# For the tests: runs the program with --tensorboard FOLDER and lists what it wrote there.
folder=$1
shift
rm -rf "$folder"
"$@" --tensorboard "$folder" || exit 1
find "$folder" -type f
