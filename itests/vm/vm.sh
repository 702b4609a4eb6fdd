#!/bin/bash
# A virtual machine for tests that this machine's own kernel can't show: one whose kernel gives all controllers to cgroups of
# version 2 and takes no capability away. It sees this machine's files as its own; what it writes is gone with it. Needs
# qemu-system-x86, busybox-static, kmod and cpio, and no support of the processor: it is emulated, and slow.
#   vm.sh make FOLDER                 fetches Debian's kernel and makes all that a start needs
#   vm.sh run FOLDER COMMAND...       runs a command in it as root, in the same working folder, and ends as the command did
set -euo pipefail

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
command=$1
folder=$(realpath -m "$2")
shift 2

make_it() {
  local name kernel module
  rm -rf "$folder"
  mkdir -p "$folder/system" "$folder/start/modules" "$folder/start/bin"
  cd "$folder"
  # The newest, to which Debian's own name for it leads.
  apt-cache show linux-image-amd64 >/dev/null 2>&1 || apt-get -q -o Acquire::Retries=3 update
  name=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-.*\)$/\1/p' | head -1)
  apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User=root download "$name"
  dpkg-deb -x "$name"_*.deb system
  rm "$name"_*.deb
  kernel=$(basename system/boot/vmlinuz-*)
  kernel=${kernel#vmlinuz-}
  ln -s "system/boot/vmlinuz-$kernel" kernel
  depmod -b system "$kernel"
  for module in virtio_pci 9pnet_virtio 9p overlay; do
    modprobe -d system -S "$kernel" --show-depends "$module"
  done | awk '$1 == "insmod" && !seen[$2]++ {print $2}' | while read -r module; do
    cp "$module" start/modules
    basename "$module" >>start/order
  done
  cp "$(command -v busybox)" start/bin/busybox
  install -m 755 "$here/init" start/init
  (cd start && find . | cpio --quiet -o -H newc) | gzip >start.gz
}

run_it() {
  local work code
  work=$(mktemp -d "$folder/run.XXXXXX")
  printf '%q ' cd "$PWD" >"$work/command"
  printf '\n' >>"$work/command"
  printf '%q ' exec "$@" >>"$work/command"
  trap 'rm -rf "$work"' EXIT
  qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m "${MEMORY:-6144}" -nodefaults -display none -no-reboot \
    -kernel "$folder/kernel" -initrd "$folder/start.gz" \
    -append "console=ttyS0 quiet panic=-1 mitigations=off margay=$here/guest.sh,$work/command,$folder/system" \
    -fsdev local,id=files,path=/,security_model=none,readonly=on,multidevs=remap \
    -device virtio-9p-pci,fsdev=files,mount_tag=files \
    -chardev file,id=said,path="$work/code" -device virtio-serial-pci -device virtserialport,chardev=said,name=margay.code \
    -serial stdio </dev/null
  code=$(tr -d '[:space:]' <"$work/code")
  if [ -z "$code" ]; then
    echo "The virtual machine ended before the command did." >&2
    exit 1
  fi
  exit "$code"
}

case $command in
  make) make_it ;;
  run) run_it "$@" ;;
  *)
    echo "make or run, not $command" >&2
    exit 2
    ;;
esac
