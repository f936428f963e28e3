# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What make run shows, step by step; sourced by run.sh. Each step ends the run
# when what it shows is not so.

FILE_SIZE=100000000

show_all()
{
	make_passwords
	accel=${RUN_ACCEL:-$(vm_accel)}
	say "starting: hub, office A, office B ($accel)"
	net_up
	show_hub
	show_offices
	for l in a b; do
		show_own_office "$l"
	done
	show_ping
	show_broadcast
	show_file
	show_one_office
	for m in hub office-a office-b; do
		console_log_out "$m"
		console_close "$m"
	done
}

make_passwords()
{
	admin_password=$(new_password)
	password_a=$(new_password)
	password_b=$(new_password)
}

new_password()
{
	printf 'lw-%s' "$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')"
}

# office LETTER: its name for people.
office()
{
	case $1 in
	a)	echo "office A" ;;
	b)	echo "office B" ;;
	esac
}

show_hub()
{
	hash_a=$(hash_password "$password_a")
	hash_b=$(hash_password "$password_b")
	hub_settings >hub.txt
	vm_disk hub
	vm_start hub inet hub
	vm_booted hub "$VM_BOOT"
	say "hub: booted at $HUB_ADDR, TCP port 443"
	console_log_in hub
	answer=$(console_run hub 'hubctl show pin') || :
	pin=$(echo "$answer" | grep -o 'sha256/[A-Za-z0-9+/=]*') ||
	    die "the hub does not tell its pin: $answer"
	say "hub: its key is $pin"
}

hub_settings()
{
	cat <<-END
	system {
		hostname hub
		admin-password "$admin_password"
	}
	network {
		interface eth0 {
			address $HUB_ADDR/24
			gateway 192.0.2.1
		}
	}
	hubd {
		listen 0.0.0.0:443
		hub demo {
			user office-a {
				password "$hash_a"
			}
			user office-b {
				password "$hash_b"
			}
		}
	}
	END
}

office_settings()
{
	eval "_password=\$password_$1"
	cat <<-END
	system {
		hostname office-$1
		admin-password "$admin_password"
	}
	network {
		bridge br0 {
			port eth0
		}
		interface br0 {
			address dhcp
		}
	}
	vnicd {
		vnic office {
			bridge br0
			server $HUB_NAME:443
			hub demo
			user office-$1
			password "$_password"
			pin $pin
			stay-local yes
		}
	}
	END
}

# hash_password TEXT: as hubd.conf wants it.
hash_password()
{
	printf '%s\n' "$1" | sh "$top/regress/with-sysroot.sh" \
	    "$top/obj/amd64/sbin/hubctl" passwd
}

show_offices()
{
	for l in a b; do
		office_settings "$l" >"office-$l.txt"
		vm_disk "office-$l"
		vm_start "office-$l" "lan-$l" box
	done
	for l in a b; do
		vm_booted "office-$l" $((VM_BOOT * 2))
		say "$(office $l): booted"
	done
	await 60 "both offices' sessions at the hub" hub.serial both_joined
	say "both offices are joined to the hub: $(sessions | tr '\n' ';')"
}

# Users that have a session.
sessions()
{
	console_run hub 'hubctl show sessions' |
	    grep -o 'office-[ab]' | sort -u
}

both_joined()
{
	[ "$(sessions | wc -l)" -eq 2 ]
}

# The PC has its own office's address, router and Internet.
show_own_office()
{
	addr=$(host_dhcp "$1") || {
		tail -n 15 "host-$1.log" >&2
		die "the PC in $(office "$1") gets no address by DHCP"
	}
	[ "office $(whose_address "$addr")" = "$(office "$1")" ] ||
	    die "the PC in $(office "$1") got $addr, not from its own office"
	mac=$(host_router "$1")
	[ "$mac" = "$(router_mac "$1")" ] ||
	    die "in $(office "$1") 192.168.1.1 is '$mac', not its own router"
	outside=$(netns_exec "host-$1" curl -sS -m 10 \
	    http://192.0.2.1/cgi-bin/whoami) ||
		die "the PC in $(office "$1") does not reach the Internet"
	[ "$outside" = "$(outside_addr "$1")" ] ||
	    die "$(office "$1") is $outside on the Internet"
	say "$(office "$1"): PC got $addr from its own DHCP server; 192.168.1.1" \
	    "is its own router ($mac), by which it is $outside on the Internet"
}

show_ping()
{
	host_a=$(host_addr a)
	host_b=$(host_addr b)
	ping_out=$(netns_exec host-a busybox ping -c 5 -W 5 "$host_b") ||
	    die "no ping from A to B: $ping_out"
	say "PC in A pings PC in B ($host_b):" \
	    "$(echo "$ping_out" | sed -n 's/.*min/round trip min/p')"
}

show_broadcast()
{
	netns_spawn listener host-b socat -u UDP4-RECV:9009 \
	    OPEN:broadcast.txt,creat,append
	_n=0
	until grep -qs "hello from $host_a" broadcast.txt; do
		[ $_n -lt 20 ] || die "PC in B hears no broadcast from A"
		echo "hello from $host_a" | netns_exec host-a socat -u - \
		    UDP4-DATAGRAM:255.255.255.255:9009,broadcast
		sleep 0.5
		_n=$((_n + 1))
	done
	netns_stop listener
	say "PC in B hears a broadcast of the PC in A: $(tail -n 1 broadcast.txt)"
}

show_file()
{
	mkdir -p www
	head -c "$FILE_SIZE" /dev/urandom >www/file
	sum=$(sha256sum <www/file)
	netns_spawn http host-a busybox httpd -f -p 8000 -h "$PWD/www"
	# given up when it stalls, not when the machine is slow
	stats=$(netns_exec host-b curl -sS --retry 3 --retry-connrefused \
	    --speed-limit 20000 --speed-time 30 -m 600 -o www/copy \
	    -w '%{speed_download} %{time_total}' \
	    "http://$host_a:8000/file") ||
	    die "the file does not arrive: $(wc -c <www/copy) bytes of $FILE_SIZE"
	[ "$(sha256sum <www/copy)" = "$sum" ] ||
	    die "the file arrives with another checksum"
	netns_stop http
	rm -f www/file www/copy
	say "PC in B gets a file of 100 MB from PC in A over HTTP," \
	    "checksum right: $(echo "$stats" | awk '{
		printf "%.1f s, %.1f Mbit/s", $2, $1 * 8 / 1e6 }')"
}

# What an administrator types to turn "Internet and addresses stay local" off.
EDIT_STAY_LOCAL="sed 's/stay-local yes/stay-local no/' \
/cfg/gen/current/longwire.txt >/tmp/longwire.txt && \
cfgctl import /tmp/longwire.txt && /etc/rc reload"

# One office serves both: the setting is changed in both, on their consoles.
show_one_office()
{
	for l in a b; do
		console_log_in "office-$l"
		answer=$(console_run "office-$l" "$EDIT_STAY_LOCAL") ||
		    die "$(office $l) does not take the new setting: $answer"
	done
	say "both offices: stay-local no, reloaded"
	netns_stop dhcp-b
	say "office B: its own DHCP server is switched off"
	addr=$(host_dhcp b) || {
		tail -n 15 host-b.log >&2
		die "the PC in B gets no address through the tunnel"
	}
	[ "$(whose_address "$addr")" = A ] ||
	    die "the PC in B got $addr, not from office A's DHCP server"
	say "office B: PC got $addr from office A's DHCP server"
	both_joined || die "a session was lost: $(sessions)"
}

how_to_log_in()
{
	cat <<-END

	All of it stays up until Ctrl-C here, or from elsewhere:
	    sh $top/image/run.sh stop
	Consoles (press Enter; user root, password $admin_password; Ctrl-] leaves):
	END
	for m in hub office-a office-b; do
		echo "    socat STDIO,raw,echo=0,escape=0x1d UNIX-CONNECT:$run/$m.sock"
	done
	cat <<-END
	PCs in the offices:
	    ip netns exec $(netns_name host-a) sh
	    ip netns exec $(netns_name host-b) sh
	END
}
