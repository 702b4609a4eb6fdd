#!/bin/bash
# In the virtual machine: what a system does as it starts, then the command, then the end.
IFS=, read -r _ command system <<<"$1"
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs memory /dev/shm
mount -t tmpfs memory /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo '+memory +pids +cpu +cpuset +io' >/sys/fs/cgroup/cgroup.subtree_control
mkdir -p /lib/modules
mount --bind "$system/lib/modules" /lib/modules
modprobe -a virtio_console tun fuse
chmod 666 /dev/net/tun /dev/fuse # as udev does
ip link set lo up

bash "$command"
code=$?
for port in /sys/class/virtio-ports/*; do
  if [ "$(cat "$port/name")" = margay.code ]; then
    echo "$code" >"/dev/$(basename "$port")"
  fi
done
sync
echo b >/proc/sysrq-trigger
sleep 60
