#!/bin/sh
# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
#
# sh readme.sh KOI FREE_PORTS MODELS
#
# For the tests: runs the commands at the beginning of README.md as they stand there, with group.json on free ports, a
# small model as lenet.onnx, and images that are zero. At most five commands lead from nothing to a prediction.
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
sed -e "s/:4440/:$1/; s/:4441/:$2/; s/:4442/:$3/; s/:5440/:$4/; s/:5441/:$5/; s/:9440/:$6/; s/:9441/:$7/; s/:9442/:$8/" \
  "$here/group.json" >"$folder/group.json"
cp "$models/lenet.onnx" "$folder/lenet.onnx"
images=5
side=16
{
  printf '\000\000\010\003\000\000\000\005\000\000\000\020\000\000\000\020'
  head -c $((images * side * side)) /dev/zero
} | gzip >"$folder/t10k-images-idx3-ubyte.gz"

awk '/^    / { print substr($0, 5); seen = 1; next } seen { exit }' "$here/README.md" >"$folder/commands"
count=$(wc -l <"$folder/commands")
{ [ "$count" -ge 3 ] && [ "$count" -le 5 ]; } || fail "README.md begins with $count commands"
: >"$folder/log"
(cd "$folder" && PATH=$folder/bin:$PATH sh -eu commands >out 2>log) || fail "a command of README.md fails"
labels=$(tail -n $images "$folder/out" | grep -c '^[0-9]$')
[ "$labels" = $images ] || fail "$labels labels for $images images: $(cat "$folder/out")"
# The keys of the first command are in use: who has none is not heard.
mkdir "$folder/stranger" && cp "$folder/group.json" "$folder/stranger/"
if "$koi" status --config "$folder/stranger/group.json" >>"$folder/log" 2>&1; then fail "links are plain"; fi
grep -q TLS "$folder/log" || fail "a stranger is not told that links are TLS"
echo "all is well"
