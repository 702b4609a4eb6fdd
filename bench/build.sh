#!/bin/sh
# Builds what the benchmarks need, `build.sh gateway` also the distribution and Karaf. Says nothing when all goes well.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
modules=bench
if [ "${1:-}" = gateway ]; then
  modules=bench,distribution
  if [ ! -d "$root/bench/target/karaf" ]; then
    mvn -B -q -f "$root/bench/pom.xml" dependency:unpack \
      -Dartifact=org.apache.karaf:apache-karaf:4.4.8:tar.gz -DoutputDirectory="$root/bench/target/karaf" >&2
  fi
fi
mvn -B -q -f "$root/pom.xml" -Pbench -pl "$modules" -am package -DskipTests -Dspotless.check.skip >&2
