# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# The disk and what is in its partitions but for the root; sourced by build.sh.

# ext_image FILE KIB TYPE LABEL DIR [mke2fs options]: files owned by root
ext_image()
{
	img=$1 kib=$2 type=$3 label=$4 dir=$5
	shift 5
	rm -f "$img"
	E2FSPROGS_FAKE_TIME=$EPOCH mke2fs -q -F -t "$type" -L "$label" \
	    -U "$(uuid "fs $label")" -m 0 -b 1024 \
	    -E "root_owner=0:0,hash_seed=$(uuid hash)" \
	    -d "$dir" "$@" "$img" "${kib}k"
	(cd "$dir" && find . -mindepth 1 | sed 's/^\.//') | while read -r f; do
		echo "sif $f uid 0"
		echo "sif $f gid 0"
		echo "sif $f ctime @$EPOCH"
	done | E2FSPROGS_FAKE_TIME=$EPOCH debugfs -w -f - "$img" >/dev/null
}

part_size()
{
	layout | awk -v c="$1" '$6 == c { print $5; exit }'
}

part_number()
{
	layout | awk -v n="$1" '$2 == n { print $1 }'
}

step_boot()
{
	rm -rf "$W/boot.d"
	mkdir -p "$W/boot.d"
	cp "$PKGS/boot/$IMAGE_KERNEL-$KVER" "$W/kernel"
	echo "boot/$IMAGE_KERNEL-$KVER" >> "$W/taken"
	"${IMAGE_LOADER}_boot"
	touch -d "@$EPOCH" "$W/boot.d"/*
	# not larger than need be: it is what an upgrade downloads; a block in
	# 256 says where the others are
	kib=$(du -sk --apparent-size "$W/boot.d" | cut -f 1)
	ext_image "$W/boot.img" $((kib + kib / 256 + 64)) ext2 boot \
	    "$W/boot.d" -I 128 -N 32 -O '^resize_inode'
}

# Both copies of the boot state, 512 KiB apart: tar(1) puts a header of 512
# bytes before each member.
step_state()
{
	rm -rf "$W/state" "$W/state.d"
	mkdir -p "$W/state.d"
	truncate -s 512 "$W/state.d/copy0" "$W/state.d/copy1"
	truncate -s $((512 * 1024 - 4 * 512)) "$W/state.d/space"
	tar -C "$W/state.d" -c -f "$W/state" --format=ustar --owner=0 \
	    --group=0 --numeric-owner --mode=600 --mtime="@$EPOCH" \
	    copy0 space copy1
	truncate -s "$(part_size state)M" "$W/state"
	upgrade -d "$W" -s a format "$W/header"
	mv "$W/state" "$W/state.img"
}

# The superblock is longer than a sector of many disks. One of which a power cut
# left half old and half new is good, but its checksum is not.
step_cfg()
{
	mkdir -p "$W/cfg.d"
	ext_image "$W/cfg.img" $(($(part_size cfg) * 1024)) ext4 cfg "$W/cfg.d" \
	    -J size=1 -O '^metadata_csum'
}

step_loader()
{
	rm -f "$W/loader.img"
	truncate -s "$(part_size fat)M" "$W/loader.img"
	mformat -i "$W/loader.img" -v LONGWIRE -N 4c570001 ::
	"${IMAGE_LOADER}_loader"
	# Windows' editor wants its line ends; the parser takes both
	mcopy -i "$W/loader.img" "$TOP/image/longwire.txt" ::/longwire.txt
}

# put FILE NAME: a partition's contents
put()
{
	set -- "$1" "$(layout | awk -v n="$2" '$2 == n { print $4, $5 }')"
	[ "$(stat -c %s "$1")" -le "$((${2#* } * 1048576))" ] ||
	    die "${1##*/} is larger than its partition"
	dd if="$1" of="$W/disk.img" bs=512 seek="${2% *}" \
	    conv=notrunc,sparse status=none
}

step_disk()
{
	mib=$(layout | awk '{ n += $5 } END { print n + 2 }')
	rm -f "$W/disk.img"
	truncate -s "${mib}M" "$W/disk.img"
	set -- -o -U "$(uuid disk)"
	while read -r n name type start size _; do
		case $type in
		BIOS-BOOT)	type=ef02 ;;
		ESP)		type=ef00 ;;
		LINUX)		type=8300 ;;
		esac
		set -- "$@" -n "$n:$start:+${size}M" -t "$n:$type" \
		    -c "$n:$name" -u "$n:$(uuid "$name")"
	done <<-EOF
	$(layout)
	EOF
	sgdisk -a 2048 "$@" "$W/disk.img"
	"${IMAGE_LOADER}_disk"
	put "$W/loader.img" loader
	put "$W/state.img" state
	for s in a b; do
		put "$W/boot.img" "boot-$s"
		put "$W/root.img" "root-$s"
	done
	put "$W/cfg.img" cfg
	slot=$(($(stat -c %s "$W/boot.img") + $(stat -c %s "$W/root.img")))
	[ $slot -le $((IMAGE_SLOT_GOAL * 1048576)) ] ||
	    die "a slot of $slot bytes is more than $IMAGE_SLOT_GOAL MiB"
	[ "$mib" -le "$IMAGE_GOAL" ] || die "$mib MiB are more than $IMAGE_GOAL"
}
