#!/bin/sh
# Calls and reports in the JVM, on one core. `jmh.sh quick` is for a look only.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/build.sh"
# The last core: interrupts tend to be on the first.
core=$(($(nproc) - 1))
exec taskset -c "$core" java -cp "$here/target/classes:$here/target/lib/*" io.margay.bench.OneCore "$@"
