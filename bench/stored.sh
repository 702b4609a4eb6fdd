#!/bin/sh
# Messages on stored routes beside a table that one writes oneself. `stored.sh quick` is for a look only. The disk is that of
# the temporary folder: TMPDIR=/somewhere chooses another.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/build.sh"
exec java -XX:+UseSerialGC ${TMPDIR:+-Djava.io.tmpdir="$TMPDIR"} -cp "$here/target/classes:$here/target/lib/*" \
  io.margay.bench.StoredRoutes "$@"
