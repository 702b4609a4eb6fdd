#!/bin/bash
# A container engine of its own for tests, with its state in one folder: as root, where dockerd or podman is installed.
#   engine.sh use FOLDER docker|podman    says which; Docker where nothing is said
#   engine.sh start FOLDER [OPTION...]    until it answers, at FOLDER/docker.sock; options are dockerd's, and Podman has none
#                                         (30 s at most, MARGAY_SLOW times as long on a slow machine)
#   engine.sh kill FOLDER                 ends the engine alone, with SIGKILL; its containers go on
#   engine.sh stop FOLDER                 ends it with all of its containers
set -euo pipefail

command=$1
folder=$(realpath -m "$2")
socket=$folder/docker.sock
kind=$(cat "$folder/kind" 2>/dev/null || echo docker)

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

start_docker() {
  rm -f "$folder/docker.pid"
  setsid dockerd --host "unix://$socket" --data-root "$folder/data" --exec-root "$folder/exec" \
    --pidfile "$folder/docker.pid" "$@" >>"$folder/log" 2>&1 </dev/null &
}

stop_docker() {
  # Where the engine was killed before, what it had started is still there.
  local containerd
  containerd=$(cat "$folder/exec/containerd/containerd.pid" 2>/dev/null || true)
  if [ -n "$containerd" ]; then
    kill -TERM "$containerd" 2>/dev/null || true
  fi
}

PODMAN=(podman --root "$folder/data" --runroot "$folder/exec" --tmpdir "$folder/exec/libpod" --cgroup-manager cgroupfs
  --network-backend netavark --runtime "$folder/runc")

# Its own choice of runtime does nothing where cgroups are of both versions, and it wants more open files and processes than a
# machine can give that is a container itself.
start_podman() {
  cat >"$folder/runc" <<'END'
#!/bin/sh
case " $* " in *" create "*)
  option=
  for word in "$@"; do
    if [ "$option" = --bundle ]; then
      sed -i -e 's/"rlimits":\[[^]]*\],//' -e 's/,"rlimits":\[[^]]*\]//' "$word/config.json"
    fi
    option=$word
  done
esac
exec runc "$@"
END
  chmod +x "$folder/runc"
  rm -f "$socket"
  cd "$folder" # where it leaves a file for each container that takes too much memory
  setsid "${PODMAN[@]}" system service --time=0 "unix://$socket" >>"$folder/log" 2>&1 </dev/null &
  echo $! >"$folder/podman.pid"
}

stop_podman() {
  "${PODMAN[@]}" rm --all --force >/dev/null
}

# What it leaves mounted, of the inner first: else nobody can remove the folder.
unmount() {
  awk -v below="$folder/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort --reverse | xargs --no-run-if-empty umount --lazy
}

case $command in
  use)
    mkdir -p "$folder"
    echo "$3" >"$folder/kind"
    ;;
  start)
    mkdir -p "$folder"
    "start_$kind" "${@:3}"
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
    end KILL "$kind"
    ;;
  stop)
    end TERM "$kind"
    "stop_$kind"
    unmount
    ;;
  *)
    echo "use, start, kill or stop, not $command" >&2
    exit 2
    ;;
esac
