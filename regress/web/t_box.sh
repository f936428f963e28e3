# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 900
# exclusive: yes
# The web form of a booted box, and those who mean it harm, over a tap:
#
#	[box] br0 10.0.0.1 --- lan --- admin:eth0 10.0.0.2, all in 10.0.0.0/8
#			        +--- crowd:eth0 10.1.1.0 and on

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/image/vm.subr"
. "$LW_TOP/regress/web/web.subr"
. "$LW_TOP/regress/web/hostile.subr"

# settings [LINE]: with one more about the system
settings()
{
	cat <<-END
	system {
		hostname box
		${1:-}
	}
	network {
		bridge br0 {
			port eth0
		}
		interface br0 {
			address 10.0.0.1/8
		}
	}
	END
}

# boot [LINE]: until the form answers
boot()
{
	need qemu-system-x86_64 sgdisk mcopy socat curl openssl ip
	[ -f "$VM_IMG" ] || unavailable "no image; run make image"
	netns_add lan admin
	ip -n "$(netns_name lan)" tuntap add box mode tap
	ip -n "$(netns_name lan)" link set box up
	netns_link admin eth0 lan admin
	netns_bridge lan br0 box admin
	netns_addr admin eth0 10.0.0.2/8
	settings "${1:-}" >box.txt
	vm_disk box.txt
	# as little memory as an office may have
	VM_HW="-m 128 $(vm_disk_on virtio) $(vm_card virtio-net-pci 0)"
	vm_start "$(netns_name lan)" box
	vm_expect "$VM_BOOT" 'https://10\.0\.0\.1:8443'
	wait_until 60 web_answers || atf_fail "the form does not answer"
}

# Its form says when they are in force.
web_applied()
{
	wait_until 60 web_in_force || atf_fail "not in force"
}

atf_test_case hostile cleanup
hostile_head()
{
	atf_set descr "hostile requests and posts, at a booted box"
	atf_set require.user root
}
hostile_body()
{
	boot
	vm_expect 60 'set-up code  *[A-HJKMNP-Z2-9]\{8\}$'
	tr -d '\r' <serial.log | sed -n \
	    's/^ *set-up code  *\([A-Z0-9]*\)$/\1/p' | tail -n 1 >setup-code
	web_malformed
	web_forged
	# over-long values of the settings, by one who may
	web_save role=office server=hub.example.com vnic-user=tokyo \
	    vnic-password=12345678 "hostname=$(printf '%0300d' 1)" port=eth0
	atf_check web_is 200
	atf_check -o match:'class="error"' web_field hostname
	head -c 5000 /dev/zero | tr '\0' a >long
	web_save role=office "server=$(cat long)"
	atf_check web_is 413
	atf_check_equal 2 "$(web_settings_of)"
	# nothing of it went past the form
	vm_log_in "$WEB_PASSWORD" 'box#'
	vm_run 'ls /cfg/gen | tr "\n" ,' '1,2,'
	vm_run 'service webconfd status' 'restarts 0'
}
hostile_cleanup()
{
	vm_stop
	netns_cleanup
}

# box_memory WHEN: into the file WHEN, in kB, the most that the processes of
# webconfd have had together, and what the box has left
box_memory()
{
	# shellcheck disable=SC2016 # there, not here
	vm_run 'for p in $(pidof webconfd); do cat /proc/$p/status; done |
	    awk "/^VmHWM:/ { n += \$2 } END { print \"most\", n, \"kB\" }"
	    awk "/^MemAvailable:/ { print \"left\", \$2, \"kB\" }" \
	    /proc/meminfo' 'left [0-9]* kB'
	tail -c "+$((vm_seen + 1))" serial.log | tr -d '\r' |
	    grep -E '^(most|left) [0-9]+ kB$' >"$1"
	cat "$1"
}

# box_grew FIELD: kB between before and during
box_grew()
{
	cat before during | awk -v f="$1" '
	    $1 == f { n[i++] = $2 } END { print n[1] - n[0] }'
}

atf_test_case crowd cleanup
crowd_head()
{
	atf_set descr "log-in among 10,000 slow connections, at a booted box"
	atf_set require.user root
}
crowd_body()
{
	boot "admin-password \"$WEB_PASSWORD\""
	netns_add crowd
	netns_link crowd eth0 lan crowd
	ip -n "$(netns_name lan)" link set crowd master br0
	netns_exec crowd ip route add 10.0.0.0/8 dev eth0
	vm_log_in "$WEB_PASSWORD" 'box#'
	web_login_timed
	idle=$WEB_TOOK
	box_memory before
	# emulated, on a busy machine, all takes its time
	limit=$((idle * 3))
	[ $limit -gt 5000 ] || limit=5000
	# from where nobody has logged in yet
	netns_exec admin ip addr del 10.0.0.2/8 dev eth0
	netns_addr admin eth0 10.0.0.3/8
	# of more addresses than a kernel looks up by default
	web_crowd 10.0.0.1 2000 1800 $limit
	box_memory during
	netns_alive slow || atf_fail "the crowd had gone before"
	{
		echo "log-in at a booted box: $idle ms; among 10,000 slow" \
		    "connections at most $WEB_WORST ms,"
		echo "$(box_grew most) kB more for webconfd," \
		    "$((-$(box_grew left))) kB in all"
	} | tee "${LW_FIGURES:-.}/crowd"
	[ "$(box_grew most)" -lt 16384 ] || atf_fail "webconfd takes too much"
	[ "$(box_grew left)" -gt -32768 ] || atf_fail "the box has too little left"
	vm_run 'service webconfd status' 'restarts 0'
}
crowd_cleanup()
{
	vm_stop
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case hostile
	atf_add_test_case crowd
}
