#!/bin/sh
# clean-room.sh DIR [COMMAND...] -- a bare Debian 12 in DIR (debootstrap), a clone of this commit in
# it, and in that the two commands: proof that nothing is relied on that was installed by hand.
# Run as root. DIR may be kept: the bare system is made once, and copied for each run.
set -eu
dir=${1:?usage: clean-room.sh DIR [COMMAND...]}; shift
[ $# != 0 ] || set -- ./demo.sh ./check.sh
top=$(git rev-parse --show-toplevel)
base=$dir/base room=$dir/room

leave() { for at in proc dev/shm dev; do umount -l "$room/$at" 2>/dev/null || true; done; }

mkdir -p "$dir"
[ -e "$base/etc/debian_version" ] || debootstrap --variant=minbase bookworm "$base"
leave
rm -rf "$room"
cp -a "$base" "$room"
cp /etc/resolv.conf "$room/etc/resolv.conf"
# what this machine's apt needs to reach its archive
cp -a /etc/apt/apt.conf.d/. "$room/etc/apt/apt.conf.d/" 2>/dev/null || true
git clone -q "$top" "$room/deputy"
trap leave EXIT
mount -t proc proc "$room/proc"
mount --rbind /dev "$room/dev"
for command in "$@"; do
	echo "== clean room: $command"
	started=$(date +%s)
	chroot "$room" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		sh -c "cd /deputy && $command </dev/null"
	echo "== clean room: $command took $(($(date +%s) - started)) s"
done
