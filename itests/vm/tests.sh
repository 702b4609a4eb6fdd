#!/bin/bash
# In the virtual machine: runs test classes with a container engine, and gateways in a group of their own that is given to
# them, as systemd does with Delegate=yes.
#   tests.sh ENGINE INSTALLATION JAVA ARGUMENT...      the engine is docker or podman
set -euo pipefail
engine=$1
install=$2
shift 2

margay=$install/bin/margay
mv "$margay" "$margay.given"
cat >"$margay" <<END
#!/bin/bash
if [ "\${1:-}" = start ]; then
  group=/sys/fs/cgroup/margay-\$\$
  mkdir "\$group"
  python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.delegate", b"1")' "\$group"
  echo \$\$ >"\$group/cgroup.procs"
  set -- "\$@" --set margay.java.options=-XX:TieredStopAtLevel=1
fi
exec "$margay.given" "\$@"
END
chmod +x "$margay"

# What an image of Python takes longest with, and no test needs.
mount -t tmpfs memory /usr/lib/python3/dist-packages
options=()
if [ "$engine" = docker ]; then
  # By itself: dockerd waits 15 s for one that it starts, which is not enough here.
  containerd --address /run/containerd.sock --root /run/containerd/root --state /run/containerd/state >/run/containerd.log 2>&1 &
  until [ -S /run/containerd.sock ]; do sleep 0.2; done
  options=(--containerd /run/containerd.sock)
fi
bash engine.sh use /run/engine "$engine"
MARGAY_SLOW=10 bash engine.sh start /run/engine "${options[@]}"
curl --silent --fail --unix-socket /run/engine/docker.sock http://engine/info |
  python3 -c 'import json, sys; i = json.load(sys.stdin); print("engine %s, cgroup version %s" % (i["ServerVersion"], i["CgroupVersion"]))'
"$@"
