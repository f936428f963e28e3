# Longwire boot script of U-Boot: counts the boot, then starts a slot; see
# sysupgrade(8). The boot state is as it is for GRUB, two sectors, see
# bootstate.h of sysupgrade. U-Boot has set devtype, devnum: the disk that this
# file is on.

setenv fit ${ramdisk_addr_r}
# a sector that was read, one to be written, and one as they all begin
setenv have ${kernel_addr_r}
setexpr want ${have} + 200
setexpr blank ${want} + 200
setexpr at_first ${want} + 19
setexpr at_last ${want} + 2c
mw.b ${blank} 23 200
setenv p ${blank}
@BLOCK@

${devtype} dev ${devnum}
part start ${devtype} ${devnum} state state
setexpr copy0 ${state} + 1
setexpr copy1 ${state} + 400

setenv slot b
while true; do
	# which copy is newer, in new, and the other one in old; from it slot,
	# what to start, and next, the state to write before
	setenv best
	for at in ${copy0} ${copy1}; do
		setenv word
		mw.b ${have} 0 200
		${devtype} read ${have} ${at} 1
		if cmp.b ${have} ${blank} 1e; then
			env import -t ${have} 2c word
		fi
@TABLE@
		if test -n "${seq}"; then
			if test -z "${best}" -o "${best}${seq}" = 01 -o "${best}${seq}" = 12 -o "${best}${seq}" = 20; then
				setenv best ${seq}
				setenv new ${at}
				setenv choice ${to}
				setenv next ${then}
			fi
		fi
	done

	if test -n "${best}"; then
		setenv slot ${choice}
		if test ${new} = ${copy0}; then
			setenv old ${copy1}
		else
			setenv old ${copy0}
		fi
		# into the older copy; into the newer one only if that cannot
		# be written
		cp.b ${blank} ${want} 200
		setenv word ${next}
		env export -t ${at_first} word
		mw.b ${at_last} 23
		setenv counted
		for at in ${old} ${new}; do
			if test -z "${counted}"; then
				${devtype} write ${want} ${at} 1
				mw.b ${have} 0 200
				${devtype} read ${have} ${at} 1
				if cmp.b ${have} ${want} 200; then
					setenv counted yes
				fi
			fi
		done
		if test -z "${counted}"; then
			echo "Longwire: THIS BOOT WAS NOT COUNTED"
		fi
	else
		echo "Longwire: no boot state"
		if test ${slot} = a; then
			setenv slot b
		else
			setenv slot a
		fi
	fi

	echo "Longwire, slot ${slot}"
	setenv bootargs longwire.slot=${slot} @CMDLINE@
	part number ${devtype} ${devnum} boot-${slot} number
@START@
	echo "Longwire: slot ${slot} cannot be started"
	sleep 2
done
