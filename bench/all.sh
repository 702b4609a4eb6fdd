#!/bin/sh
# All benchmarks, one after the other, so that none disturbs another. `all.sh quick` is for a look only.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
for bench in jmh stored worker start install invoke; do
  "$here/$bench.sh" "$@"
done
