#!/bin/sh
# A small driver bundle from its file to active, beside Karaf's deploy folder. `install.sh quick` is for a look only.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/build.sh" gateway
exec java -XX:+UseSerialGC -cp "$here/target/classes:$here/target/lib/*" \
  io.margay.bench.Install "$(dirname "$here")" "$@"
