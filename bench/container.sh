#!/bin/bash
# Functions in containers beside plain `docker run` and `docker unpause`: cold starts, wakes, warm calls, what they cost the
# gateway, and the gap of a swap. As root, as the engine is. `container.sh quick` is for a look only; of `cold`, `start`, `wake`,
# `warm`, `running` and `gap` those that are given are done alone. ENGINE=/path/docker.sock takes an engine that runs already.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
"$here/build.sh" distribution
engine=${ENGINE:-}
if [ -z "$engine" ]; then
  folder=$(mktemp -d /tmp/mbengXXX)
  # The JVM of the run must not take this one's place: its engine has to be ended.
  trap '"$root/itests/engine.sh" stop "$folder"; rm -rf "$folder"' EXIT
  "$root/itests/engine.sh" start "$folder"
  engine=$folder/docker.sock
fi
java -XX:+UseSerialGC -cp "$here/target/classes:$here/target/lib/*" \
  io.margay.bench.InContainers "$root" "$engine" "$@"
