#!/bin/sh
# Builds what the benchmarks need; sourced or run by the other scripts. Prints nothing when all goes well.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
modules=bench
if [ "${1:-}" = gateway ]; then
  modules=bench,distribution
fi
mvn -B -q -f "$root/pom.xml" -Pbench -pl "$modules" -am package -DskipTests -Dspotless.check.skip >&2
