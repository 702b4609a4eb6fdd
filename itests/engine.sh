#!/bin/bash
# A container engine of its own for tests, with its state in one folder: as root, where dockerd is installed.
#   engine.sh start FOLDER [OPTION...]    until it answers, at FOLDER/docker.sock; options are dockerd's
#                                         (30 s at most, MARGAY_SLOW times as long on a slow machine)
#   engine.sh kill FOLDER                 ends the engine alone, with SIGKILL; its containers go on
#   engine.sh stop FOLDER                 ends it with all of its containers
set -euo pipefail

command=$1
folder=$(realpath -m "$2")
socket=$folder/docker.sock

ask() {
  curl --silent --fail --max-time 5 --unix-socket "$socket" "http://engine$1" "${@:2}"
}

# Ends a process and waits until it is gone.
end() {
  local pid
  pid=$(cat "$folder/$2.pid" 2>/dev/null || true)
  if [ -n "$pid" ] && kill "-$1" "$pid" 2>/dev/null; then
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  fi
}

case $command in
  start)
    mkdir -p "$folder"
    rm -f "$folder/dockerd.pid"
    setsid dockerd --host "unix://$socket" --data-root "$folder/data" --exec-root "$folder/exec" \
      --pidfile "$folder/dockerd.pid" "${@:3}" >>"$folder/log" 2>&1 </dev/null &
    for _ in $(seq $((300 * ${MARGAY_SLOW:-1}))); do
      if ask /_ping >/dev/null; then
        exit 0
      fi
      sleep 0.1
    done
    tail -20 "$folder/log" >&2
    echo "The container engine does not answer." >&2
    exit 1
    ;;
  kill)
    end KILL dockerd
    ;;
  stop)
    end TERM dockerd
    # Where the engine was killed before, what it had started is still there.
    containerd=$(cat "$folder/exec/containerd/containerd.pid" 2>/dev/null || true)
    if [ -n "$containerd" ]; then
      kill -TERM "$containerd" 2>/dev/null || true
    fi
    ;;
  *)
    echo "start, kill or stop, not $command" >&2
    exit 2
    ;;
esac
