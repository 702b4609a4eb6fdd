#!/bin/sh
# Builds what the benchmarks need, `build.sh distribution` also the distribution, `build.sh gateway` that and Karaf,
# `build.sh functions` that and Node-RED. Says nothing when all goes well.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
modules=bench
case ${1:-} in
  distribution)
    modules=bench,distribution
    ;;
  gateway)
    modules=bench,distribution
    if [ ! -d "$root/bench/target/karaf" ]; then
      mvn -B -q -f "$root/bench/pom.xml" dependency:unpack \
        -Dartifact=org.apache.karaf:apache-karaf:4.4.8:tar.gz -DoutputDirectory="$root/bench/target/karaf" >&2
    fi
    ;;
  functions)
    modules=bench,distribution
    if [ ! -d "$root/bench/target/node-red/node_modules/node-red" ]; then
      npm install --prefix "$root/bench/target/node-red" --no-audit --no-fund --loglevel=error node-red@4.1.8 >&2
    fi
    ;;
esac
mvn -B -q -f "$root/pom.xml" -Pbench -pl "$modules" -am package -DskipTests -Dspotless.check.skip >&2
