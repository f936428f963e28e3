# SPDX-License-Identifier: ISC
# Names of the box's ports, by rc's own script and BusyBox's shell, of machines
# that are folders like those of the kernel.

# port NAME PLACE DEV_PORT: a port there; its MAC is its first name
port()
{
	mkdir -p "devices/$2" "net/$1"
	ln -s "../../devices/$2" "net/$1/device"
	echo "$3" >"net/$1/dev_port"
	echo "$1" >"net/$1/address"
	echo "INTERFACE=$1" >"net/$1/uevent"
}

# switch_port NAME PLACE NUMBER
switch_port()
{
	port "$1" "$2" 0
	echo "p$3" >"net/$1/phys_port_name"
	echo DEVTYPE=dsa >>"net/$1/uevent"
}

# named: names and first names, after rc's script
named()
{
	need busybox
	cat >run.sh <<-END
		set -eu
		# ip link set OLD name NEW, as the kernel does it: never over another
		ip()
		{
			[ "\$1 \$2 \$4 \$#" = "link set name 5" ] && [ ! -e "net/\$5" ]
			mv "net/\$3" "net/\$5"
		}
		. "$LW_TOP/etc/libexec/ports.subr"
		ports_net=\$PWD/net
		ports_tree=\$PWD/tree
		ports_name
		for i in net/*; do
			echo "\${i#net/} \$(cat \$i/address)"
		done
	END
	busybox sh run.sh
}

atf_test_case pc
pc_head()
{
	atf_set descr "by place, whatever their drivers' order; USB last"
}
pc_body()
{
	port eth0 pci0000:00/usb1/1-1 0
	port eth1 pci0000:00/0000:00:04.0 0
	port eth2 pci0000:00/0000:00:03.0 1
	port eth3 pci0000:00/0000:00:03.0 0
	atf_check -o inline:'eth0 eth3\neth1 eth2\neth2 eth1\neth3 eth0\n' named
}

atf_test_case one
one_head()
{
	atf_set descr "a single port stays as it is"
}
one_body()
{
	port eth0 virtio0 0
	atf_check -o inline:'eth0 eth0\n' named
}

# ESPRESSObin: eth0 leads to a switch, whose ports have names of their own.
atf_test_case switch
switch_head()
{
	atf_set descr "a switch's ports, and not what leads to it"
}
switch_body()
{
	mkdir -p tree/soc/mdio@32004/ethernet-switch@1
	port eth0 soc/d0030000.ethernet 0
	mkdir net/eth0/dsa
	for p in wan:1 lan0:2 lan1:3; do
		switch_port ${p%:*} soc/d0032004.mdio/mdio_bus ${p#*:}
	done
	atf_check -o inline:'eth0 wan\neth1 lan0\neth2 lan1\nswitch0 eth0\n' \
	    named
}

# The switch is there later than the drivers that were asked for.
atf_test_case late
late_head()
{
	atf_set descr "a switch that takes its time is waited for"
}
late_body()
{
	mkdir -p tree/ethernet-switch@1
	port eth0 soc/d0030000.ethernet 0
	(
		sleep 1
		switch_port lan1 soc/mdio 3
		switch_port wan soc/mdio 1
		mkdir net/eth0/dsa
	) &
	atf_check -o inline:'eth0 wan\neth1 lan1\nswitch0 eth0\n' named
}

atf_init_test_cases()
{
	atf_add_test_case pc
	atf_add_test_case one
	atf_add_test_case switch
	atf_add_test_case late
}
