# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What offices run crosses the segment unmodified: the real programs, one PC
# in each of two offices. For the topology see vnic.subr.
# flavours: asan
# timeout: 120

. "$LW_TOP/regress/net/vnic.subr"

about()
{
	atf_set descr "$1"
	atf_set require.user root
}

# sites [SETTING...]: two offices; "sparing": with all that the hub has to keep
# broadcasts and multicasts from crossing lines
sites()
{
	if [ -n "${sparing:-}" ]; then
		wan_hub "multicast-querier 192.168.77.250" \
		    "neighbour-requests owner"
	else
		wan_hub
	fi
	offices "$@"
}

# b_has ADDRESS: the PC of office b answers there
b_has()
{
	wait_until 10 pings pc-a "$1" || atf_fail "no ping"
}

# same_file A B
same_file()
{
	cmp "$1" "$2" || atf_fail "$2 is not what was sent"
}

atf_test_case samba cleanup
samba_head()
{
	about "Samba: a name is looked up by broadcast, a file copied by that name"
}
samba_body()
{
	need ip ping jq nmbd smbd nmblookup smbclient
	sites
	b_has 192.168.77.2
	samba_server
	wait_until 30 looked_up || atf_fail "the name is not found"
	wait_until 30 shares || atf_fail "no share"
	copied_by_name
}
samba_cleanup()
{
	netns_cleanup
}

# samba_conf NAME: smb.conf of a PC that keeps everything in NAME.smb/
samba_conf()
{
	mkdir -p "$1.smb"
	cat <<-EOT
		[global]
		netbios name = $1
		workgroup = OFFICES
		interfaces = eth0
		bind interfaces only = yes
		name resolve order = bcast
		disable spoolss = yes
		load printers = no
		map to guest = bad user
		log file = $PWD/$1.smb/log
		private dir = $PWD/$1.smb
		lock directory = $PWD/$1.smb
		state directory = $PWD/$1.smb
		cache directory = $PWD/$1.smb
		pid directory = $PWD/$1.smb
		ncalrpc dir = $PWD/$1.smb/rpc
	EOT
}

# FILER in office b, with a share of one file
samba_server()
{
	mkdir share
	head -c 3000000 /dev/urandom >share/plan.bin
	{
		samba_conf FILER
		cat <<-EOT
			[files]
			path = $PWD/share
			guest ok = yes
			force user = root
		EOT
	} >filer.conf
	samba_conf DESK >desk.conf
	for _d in nmbd smbd; do
		netns_spawn $_d pc-b $_d --foreground --no-process-group \
		    --configfile="$PWD/filer.conf"
	done
}

looked_up()
{
	netns_exec pc-a nmblookup --configfile="$PWD/desk.conf" FILER |
	    grep -q "^192.168.77.2 FILER<00>"
}

# what answers for the name is not what has the files
shares()
{
	netns_exec pc-b ss -Htln "sport = :445" | grep -q 192.168.77.2
}

copied_by_name()
{
	atf_check -o ignore -e ignore netns_exec pc-a smbclient \
	    --configfile="$PWD/desk.conf" -N //FILER/files \
	    -c "get plan.bin plan.got"
	same_file share/plan.bin plan.got
}

atf_test_case mdns cleanup
mdns_head()
{
	about "mDNS: a printer in one office is found in the other"
}
mdns_body()
{
	need ip ping jq dbus-daemon avahi-daemon avahi-browse
	sites
	b_has 192.168.77.2
	cat >printer.service <<-EOT
		<?xml version="1.0" standalone='no'?>
		<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
		<service-group>
		<name>Laser of office b</name>
		<service>
		<type>_ipp._tcp</type>
		<port>631</port>
		<txt-record>rp=printers/laser</txt-record>
		</service>
		</service-group>
	EOT
	avahi_up a
	avahi_up b printer.service
	wait_until 20 says avahi-b "successfully established" ||
	    atf_fail "the printer is not announced"
	wait_until 20 printer_found || atf_fail "the printer is not found"
}
mdns_cleanup()
{
	netns_cleanup
}

# avahi_up LETTER [SERVICE]: a D-Bus and avahi of that PC's own; their fixed
# places in /run and /etc are covered, which ip netns exec keeps apart
avahi_up()
{
	cat >"bus-$1.conf" <<-EOT
		<busconfig>
		<type>system</type>
		<listen>unix:path=$PWD/bus-$1</listen>
		<auth>EXTERNAL</auth>
		<policy context="default">
		<allow user="*"/>
		<allow own="*"/>
		<allow send_destination="*"/>
		<allow receive_sender="*"/>
		</policy>
		</busconfig>
	EOT
	cat >"avahi-$1.conf" <<-EOT
		[server]
		host-name=desk-$1
		use-ipv6=no
		allow-interfaces=eth0
	EOT
	netns_spawn "bus-$1" "pc-$1" dbus-daemon --nofork --nopidfile \
	    --config-file="bus-$1.conf"
	wait_until 10 test -S "bus-$1" || atf_fail "no D-Bus"
	# shellcheck disable=SC2016 # expanded by the inner shell
	netns_spawn "avahi-$1" "pc-$1" env \
	    DBUS_SYSTEM_BUS_ADDRESS="unix:path=$PWD/bus-$1" sh -c '
		mount -t tmpfs tmpfs /run &&
		    mount -t tmpfs tmpfs /etc/avahi/services || exit
		[ -z "$2" ] || cp "$2" /etc/avahi/services
		exec avahi-daemon --no-drop-root --no-chroot --no-rlimits \
		    --file="$1"' sh "$PWD/avahi-$1.conf" "${2:-}"
	wait_until 20 says "avahi-$1" "Server startup complete" ||
	    atf_fail "avahi does not start"
}

printer_found()
{
	netns_exec pc-a env DBUS_SYSTEM_BUS_ADDRESS="unix:path=$PWD/bus-a" \
	    avahi-browse --parsable --resolve --terminate _ipp._tcp >browsed
	grep '^=;eth0;IPv4;' browsed |
	    grep -q ';desk-b.local;192.168.77.2;631;"rp=printers/laser"'
}

atf_test_case sip cleanup
sip_head()
{
	about "SIP: a call from office to office, its RTP echoed"
}
sip_body()
{
	need ip ping jq sipp tcpdump
	voice=/usr/share/sip-tester/g711a.pcap
	[ -r $voice ] || unavailable "$voice is missing"
	sites
	b_has 192.168.77.2
	call
}
sip_cleanup()
{
	netns_cleanup
}

# one call with 2 s of voice: 66 packets of 30 ms, and as many back
call()
{
	sipp -sd uac_pcap 2>/dev/null | sed "s,pcap/g711a.pcap,$voice,
	    s,pcap/dtmf,${voice%/*}/dtmf,; s/\"8000\"/\"2000\"/" >call.xml
	netns_spawn phone pc-b sipp -sn uas -rtp_echo -m 1 -nostdin \
	    -i 192.168.77.2 -mi 192.168.77.2 -mp 6000
	rm -f rtp.log
	netns_spawn rtp pc-a timeout 120 tcpdump -n -l -B 16384 -i eth0 -c 40 \
	    udp and src 192.168.77.2 and src port 6000
	wait_until 10 says rtp "listening on" || atf_fail "no tcpdump"
	wait_until 10 phone_rings || atf_fail "the phone is not there"
	atf_check -o ignore -e ignore netns_exec pc-a sipp -sf call.xml -m 1 \
	    -nostdin -timeout 60 -timeout_error -i 192.168.77.1 \
	    -mi 192.168.77.1 192.168.77.2
	wait_until 5 says rtp "40 packets captured" || atf_fail "no RTP back"
}

phone_rings()
{
	netns_exec pc-b ss -Hlun "sport = :5060" | grep -q 192.168.77.2
}

atf_test_case wake_on_lan cleanup
wake_on_lan_head()
{
	about "Wake-on-LAN: magic frames reach a PC that sleeps"
}
wake_on_lan_body()
{
	need ip ping jq etherwake wakeonlan tcpdump
	sites
	b_has 192.168.77.2
	woken
}
wake_on_lan_cleanup()
{
	netns_cleanup
}

# by an Ethernet frame to the PC, one to all, and UDP to all
woken()
{
	rm -f wake.log
	netns_spawn wake pc-b timeout 120 tcpdump -n -U -i eth0 -c 3 \
	    -w wake.pcap ether proto 0x0842 or udp port 9
	wait_until 10 says wake "listening on" || atf_fail "no tcpdump"
	netns_exec pc-a etherwake -i eth0 02:00:00:00:be:d1
	netns_exec pc-a etherwake -b -i eth0 02:00:00:00:be:d1
	netns_exec pc-a wakeonlan -i 192.168.77.255 02:00:00:00:be:d1
	wait_until 10 says wake "3 packets captured" || atf_fail "still asleep"
	magic=ffffffffffff
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		magic=${magic}02000000bed1
	done
	od -An -v -tx1 wake.pcap | tr -d ' \n' | grep -o "$magic" >magic
	[ "$(wc -l <magic)" -eq 3 ] || atf_fail "no magic frames"
}

atf_test_case pxe cleanup
pxe_head()
{
	about "PXE: DHCP from the other office names a file, TFTP fetches it"
}
pxe_body()
{
	need ip ping jq dnsmasq busybox
	busybox --list | grep -qx tftp || unavailable "busybox has no tftp"
	sites "stay-local no"
	b_has 192.168.77.2
	mkdir tftp
	head -c 1000000 /dev/urandom >tftp/boot.img
	chmod -R a+rX tftp
	dhcp_server pxe pc-a eth0 192.168.77.100 192.168.77.120 \
	    --enable-tftp --tftp-root="$PWD/tftp" --dhcp-boot=boot.img
	booted
}
pxe_cleanup()
{
	netns_cleanup
}

# as firmware does it: a lease, and the file that it names
booted()
{
	cat >boot.sh <<-'EOT'
		#!/bin/sh
		[ "$1" != bound ] || echo "$ip $siaddr $boot_file" >boot.lease
	EOT
	chmod +x boot.sh
	atf_check -o ignore -e ignore netns_exec pc-b timeout 90 busybox \
	    udhcpc -i eth0 -n -q -f -t 20 -T 1 -A 0 -s "$PWD/boot.sh" \
	    -V PXEClient:Arch:00000:UNDI:002001
	atf_check -o match:"^192\.168\.77\.1[012]. 192\.168\.77\.1 boot\.img$" \
	    cat boot.lease
	atf_check -o ignore -e ignore netns_exec pc-b timeout 60 busybox tftp \
	    -g -r boot.img -l boot.got -b 1400 192.168.77.1
	same_file tftp/boot.img boot.got
}

# The same where the hub spares the lines.
for app in samba mdns sip wake_on_lan pxe; do
	eval "atf_test_case ${app}_sparing cleanup
	    ${app}_sparing_head() { about '$app, with the querier on, requests to owners'; }
	    ${app}_sparing_body() { sparing=yes; ${app}_body; }
	    ${app}_sparing_cleanup() { netns_cleanup; }"
done

atf_init_test_cases()
{
	for app in samba mdns sip wake_on_lan pxe; do
		atf_add_test_case ${app}_sparing
	done
	atf_add_test_case samba
	atf_add_test_case mdns
	atf_add_test_case sip
	atf_add_test_case wake_on_lan
	atf_add_test_case pxe
}
