# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# exclusive: yes
# timeout: 1500
# A box's life, by a real browser, on the booted image: every page, a backup, a
# change that locks the administrator out, factory reset, restore, upgrade.
# Pictures are left in obj/screenshots/life.
#
#	[box] br0 10.0.0.1, after the reset 192.168.77.1 --- lan --- admin:eth0

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/image/vm.subr"
. "$LW_TOP/regress/image/upgrade.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/walk.subr"

BUNDLE=${VM_IMG%.img}.bundle
PIN=sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

# all that has a page: a hub, and an office that does not get through
settings()
{
	cat <<-EOF
	system {
		hostname tokyo
		admin-password "correct horse"
	}
	network {
		bridge br0 {
			port eth0
		}
		interface br0 {
			address 10.0.0.1/24
		}
	}
	hubd {
		listen *:443
		hub main {
			$(hub_user osaka "change me")
		}
	}
	vnicd {
		vnic office {
			server 10.0.0.2:443
			hub main
			user tokyo
			password "change me"
			pin $PIN
		}
	}
	EOF
}

# walk VISIT URL ARGUMENT...: see regress/web/life.js
walk()
{
	_visit=$1
	_url=$2
	shift 2
	netns_exec admin env HOME="$PWD" TMPDIR=/tmp CODE="${CODE:-}" \
	    PASSWORD="correct horse" timeout 2400 \
	    node "$LW_TOP/regress/web/life.js" "$_visit" "$_url" \
	    "$LW_TOP/obj/screenshots/life/$_visit" "$PWD/backup.cms" \
	    "battery staple" "$@" >"$_visit.out" 2>&1 || {
		cat serial.log "$_visit.out"
		atf_fail "the walk: $_visit"
	}
	cat "$_visit.out"
}

# form_at ADDRESS: the newest that the console shows, before long
form_at()
{
	wait_until 60 _form_at "$1" ||
	    atf_fail "the console does not show $1 last"
}

_form_at()
{
	[ "$(grep -o 'https://[0-9.]*:8443' serial.log | tail -n 1)" = \
	    "https://$1:8443" ]
}

atf_test_case life cleanup
life_head()
{
	atf_set descr "pages, backup, lock-out, reset, restore, upgrade"
	atf_set require.user root
}
life_body()
{
	needs
	walk_tools
	netns_add lan admin
	ip -n "$(netns_name lan)" tuntap add box mode tap
	ip -n "$(netns_name lan)" link set box up
	netns_link admin eth0 lan admin
	netns_bridge lan br0 box admin
	netns_addr admin eth0 10.0.0.2/24 192.168.77.2/24
	settings >box.txt
	vm_disk box.txt
	vm_start "$(netns_name lan)" box
	vm_expect "$UP" 'healthy after'

	walk tour https://10.0.0.1:8443 172.16.0.1/24
	openssl cms -decrypt -inform PEM -in backup.cms \
	    -pwri_password "battery staple" >opened || atf_fail "not opened"
	atf_check -o match:"hostname tokyo" cat opened
	vm_expect 10 'https://172\.16\.0\.1:8443'
	form_at 10.0.0.1

	vm_type 4
	vm_expect "$VM_LOGIN" 'Type RESET'
	vm_type RESET
	vm_expect "$UP" 'https://192\.168\.77\.1:8443'
	vm_setup_code 60 >code
	CODE=$(cat code)
	walk return https://192.168.77.1:8443 https://10.0.0.1:8443 \
	    "$BUNDLE" "$(sed -n '/^version /{s///p;q;}' "$BUNDLE")"
	form_at 10.0.0.1
	vm_shows 'Longwire, slot b' || atf_fail "slot b was not booted"
}
life_cleanup()
{
	vm_stop
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case life
}
