#!/bin/sh
# First and warm calls of a Python function. `worker.sh quick` is for a look only.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/build.sh"
exec java -XX:+UseSerialGC -Xmx96m -Xmn12m -Xss512k -cp "$here/target/classes:$here/target/lib/*" \
  io.margay.bench.PythonCalls "$(dirname "$here")" "$@"
