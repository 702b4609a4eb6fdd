#!/bin/sh
# Warm and cold calls of functions in each language, and their memory, beside a Jetty servlet, Node-RED and bare
# interpreters. `invoke.sh quick` is for a look only.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/build.sh" functions
exec java -XX:+UseSerialGC -cp "$here/target/classes:$here/target/lib/*" \
  io.margay.bench.Invocations "$(dirname "$here")" "$@"
