#!/bin/sh
# Start to the first authenticated 200, and memory when idle, beside Apache Karaf. `start.sh quick` is for a look only.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/build.sh" gateway
exec java -XX:+UseSerialGC -cp "$here/target/classes:$here/target/lib/*" \
  io.margay.bench.StartAndMemory "$(dirname "$here")" "$@"
