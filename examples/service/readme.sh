#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# sh readme.sh KOI FREE_PORTS MODELS
#
# For the tests: runs the commands at the beginning of README.md, which the first README has too, as they stand there, with
# group.json on free ports and a koi that is built. At most five commands lead from nothing to a prediction.
set -u
koi=$1
free_ports=$2
models=$3
here=$(cd "$(dirname "$0")" && pwd) || exit 1
folder=$(mktemp -d "${TMPDIR:-/tmp}/koi-readme.XXXXXX") || exit 1
# shellcheck disable=SC2317  # the trap calls it
end() {
  trap '' HUP INT TERM
  for log in "$folder"/bin/*.pid; do kill -9 "$(cat "$log")" 2>/dev/null; done
  rm -rf "$folder"
}
trap end EXIT
trap 'exit 130' HUP INT TERM
fail() {
  echo "readme.sh: $*" >&2
  cat "$folder/log" >&2
  exit 1
}

# koi as the commands find it; servers are noted, so that they end with this script.
mkdir "$folder/bin"
cat >"$folder/bin/koi" <<END
#!/bin/sh
[ "\$1" != serve ] || echo \$\$ >"$folder/bin/\$\$.pid"
exec "$koi" "\$@"
END
chmod 755 "$folder/bin/koi"

ports=$("$free_ports" && "$free_ports") || fail "no free ports"
# shellcheck disable=SC2086  # a list of numbers
set -- $ports
# A checkout with the files that the commands name; what would build koi has been done.
mkdir -p "$folder/cmake" "$folder/examples/service" "$folder/tests/data"
echo 'exit 0' >"$folder/cmake/service.sh"
ln -s "$models" "$folder/tests/data/onnx"
sed -e "s/:4440/:$1/; s/:4441/:$2/; s/:4442/:$3/; s/:5440/:$4/; s/:5441/:$5/; s/:9440/:$6/; s/:9441/:$7/; s/:9442/:$8/" \
  "$here/group.json" >"$folder/examples/service/group.json"

awk '/^    / { print substr($0, 5); seen = 1; next } seen { exit }' "$here/README.md" >"$folder/commands"
count=$(wc -l <"$folder/commands")
{ [ "$count" -ge 3 ] && [ "$count" -le 5 ]; } || fail "README.md begins with $count commands"
while read -r command; do
  grep -qxF "    $command" "$here/../../README.md" || fail "the first README.md has no '$command'"
done <"$folder/commands"
: >"$folder/log"
(cd "$folder" && PATH=$folder/bin:$PATH sh -eu commands >out 2>log) || fail "a command of README.md fails"
labels=$(tail -n 2 "$folder/out" | grep -c '^[0-9]$')
[ "$labels" = 2 ] || fail "$labels labels for 2 samples: $(cat "$folder/out")"
# The keys of the first command are in use: who has none is not heard.
mkdir "$folder/stranger" && cp "$folder/examples/service/group.json" "$folder/stranger/"
if "$koi" status --config "$folder/stranger/group.json" >>"$folder/log" 2>&1; then fail "links are plain"; fi
grep -q TLS "$folder/log" || fail "a stranger is not told that links are TLS"
echo "all is well"
