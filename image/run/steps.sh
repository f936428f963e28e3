# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What make run shows, step by step; sourced by run.sh. Each step ends the run
# when what it shows is not so.

FILE_SIZE=100000000

show_all()
{
	make_passwords
	accel=${RUN_ACCEL:-$(vm_accel)}
	say "starting: hub, office A, office B ($accel; $hardware)"
	net_up
	vm_start hub inet hub
	vm_start office-a lan-a box
	vm_start office-b lan-b box
	for l in a b; do
		host_dhcp "$l" >/dev/null || die "no DHCP in $(office "$l")"
	done
	if [ "$setup" = manual ]; then
		show_manual
		return
	fi
	show_hub
	show_offices
	show_own_office a
	show_own_office b
	show_ping
	if [ -z "${RUN_SHORT:-}" ]; then
		show_broadcast
		show_file
	fi
	show_status
	if [ -n "${RUN_SHORT:-}" ]; then
		show_reset
	else
		show_one_office
	fi
	console_log_out hub
	for m in hub office-a office-b; do
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
	form_open hub
	say "hub: booted as it ships, form at $(cat hub.url)," \
	    "set-up code $(form_code hub)"
	form_first hub role=hub hub-name=demo 'listen=*:443' hub-lan= \
	    new.0.name=office-a "new.0.password=$password_a" \
	    new.1.name=office-b "new.1.password=$password_b" \
	    port=eth0 "address=$HUB_ADDR/24" gateway=192.0.2.1 hostname=hub
	await 60 "the hub's pin on its status page" hub.page has_hub_pin
	pin=$(form_hub_pin)
	say "hub: set up by its form; its key is $pin"
	console_log_in hub
	form_verify hub
	answer=$(console_run hub 'hubctl show pin') || :
	case $answer in
	*"$pin"*)	;;
	*)		die "the status page says $pin, the hub: $answer" ;;
	esac
}

has_hub_pin()
{
	form_hub_pin | grep -q .
}

# office_form FUNCTION LETTER STAY-LOCAL PASSWORD: what is filled in; a password
# that is left empty stays.
office_form()
{
	"$1" "office-$2" role=office "server=$HUB_NAME:443" vnic-hub=demo \
	    "vnic-user=office-$2" "vnic-password=$4" "pin=$pin" \
	    "stay-local=$3" port=eth0 address=dhcp "hostname=office-$2"
}

show_offices()
{
	for l in a b; do
		form_open "office-$l"
		say "$(office $l): booted, form at $(cat "office-$l.url")," \
		    "set-up code $(form_code "office-$l")"
		eval "_password=\$password_$l"
		office_form form_first "$l" yes "$_password"
		say "$(office $l): set up by its form"
	done
	await 60 "both offices' sessions at the hub" hub.serial both_joined
	say "both offices are joined to the hub: $(sessions | paste -s -d ' ')"
}

# The status pages agree.
show_status()
{
	form_look office-a connected
	form_look office-b connected
	form_look hub office-a office-b connected
	say "status pages: both offices connected"
}

# Nothing is set up here: a person does it. Then the ping crosses.
show_manual()
{
	for m in hub office-a office-b; do
		form_open "$m"
	done
	say "three boxes as they ship"
	cat <<-END

	Set them up with a browser, the hub first. At each: the set-up code, a
	password of your choice, then the form. (The certificates are their own:
	the browser warns.)

	hub       $(cat hub.url)   set-up code $(form_code hub)
	          Hub; users office-a and office-b with passwords that you
	          choose; "This LAN joins the hub" off. Its status page shows
	          the pin that the offices need.
	office A  $(cat office-a.url)   set-up code $(form_code office-a)
	office B  $(cat office-b.url)   set-up code $(form_code office-b)
	          Office; hub address $HUB_NAME:443, user office-a or office-b.

	END
	form_pins
	host_b=$(host_addr b)
	until netns_exec host-a busybox ping -c 1 -W 2 "$host_b" \
	    >>ping.log 2>&1; do
		sleep 1
	done
	say "PC in A pings PC in B ($host_b): the offices are one LAN"
	for m in hub office-a office-b; do
		console_close "$m"
	done
}

form_pins()
{
	echo "Pins of the forms' keys (SHA-256 of the public key):"
	for m in hub office-a office-b; do
		printf '    %-9s %s\n' "$m" "$(cat "$m.pin")"
	done
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
	outside=$(netns_exec "host-$1" curl -sS -m 60 \
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

# One office serves both: the setting is changed in both, in their forms.
show_one_office()
{
	for l in a b; do
		office_form form_change "$l" "" ""
	done
	say "both offices: \"Internet and addresses stay local\" is off"
	netns_stop dhcp-router-b
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

# The box of office B forgets all, and is set up anew.
show_reset()
{
	console_reset office-b
	form_close office-b
	vm_boot office-b lan-b box
	form_open office-b
	form_is_new office-b
	say "$(office b): reset at its console; its form asks for set-up code" \
	    "$(form_code office-b)"
}

how_to_log_in()
{
	cat <<-END

	All of it stays up until Ctrl-C here, or from elsewhere:
	    sh $top/image/run.sh stop
	Web forms (the browser warns: the certificates are their own):
	END
	for m in hub office-a office-b; do
		printf '    %-9s %s\n' "$m" "$(cat "$m.url")"
	done
	[ "$setup" = manual ] ||
		echo "The administrator's password of each: $admin_password"
	[ "$setup" = manual ] || form_pins
	echo "Consoles (press Enter; user root, the same password; Ctrl-] leaves):"
	for m in hub office-a office-b; do
		echo "    socat STDIO,raw,echo=0,escape=0x1d UNIX-CONNECT:$run/$m.sock"
	done
	cat <<-END
	PCs in the offices:
	    ip netns exec $(netns_name host-a) sh
	    ip netns exec $(netns_name host-b) sh
	END
}
