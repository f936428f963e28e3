# SPDX-License-Identifier: ISC
# webconfd(8): two offices that both hand out addresses: the notice, the
# question, and the settings that an answer makes, on trial.
# flavours: asan
# timeout: 120

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"
. "$LW_TOP/regress/web/fake.subr"

QUESTION="From where shall this office"

# vnic_says FACTS: what the fake vnicd says, with "probe" known
vnic_says()
{
	cat >office.py <<-EOF
		{ "dump": [{ "name": "tokyo", "state": "open", $1 }],
		  "probe": "ok\n" }
	EOF
	[ ! -S office.sock ] || netns_stop office
	rm -f office.sock
	fake_daemon office
	web_get /status
	atf_check web_is 200
}

# side_box: one office, whose vnicd is a fake
side_box()
{
	need python3
	cat >box.txt <<-EOF
		network {
			bridge br0 {
				port eth0
			}
			interface br0 {
				address 10.0.0.1/24
			}
		}
		vnicd {
			socket $PWD/office.sock
			vnic tokyo {
				server hub.example.com
				user tokyo
				password password1
				pin sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
				bridge br0
				stay-local no
			}
		}
	EOF
	web_box box.txt
	web_setup
}

# asked TEXT / not_asked TEXT: page has it or not
asked()
{
	atf_check -o not-empty grep -F -- "$1" page
}
not_asked()
{
	atf_check -s exit:1 grep -F -- "$1" page
}

atf_test_case notice cleanup
notice_head()
{
	atf_set descr "asks when both serve; says what is left to do; quotes"
	atf_set require.user root
}
notice_body()
{
	side_box
	vnic_says '"stay-local": "no", "addresses-from": "both", "dhcp-lan": "192.168.1.1"'
	not_asked "$QUESTION"
	vnic_says '"stay-local": "no", "addresses-from": "both", "dhcp-tunnel": "192.168.9.1"'
	not_asked "$QUESTION"
	both='"dhcp-lan": "192.168.1.1", "dhcp-tunnel": "192.168.9.1 <b>"'
	vnic_says "\"stay-local\": \"no\", \"addresses-from\": \"both\", $both"
	asked "$QUESTION"
	asked 'role="alert">Both offices hand out addresses'
	asked "192.168.9.1 &lt;b&gt;"
	page_is_small
	# also where a set-up ends
	web_get /start/test
	asked "$QUESTION"
	web_get /language/ja
	web_get /status
	asked "どちらの拠点から受け取りますか"
	web_get /language/en
	# a router of the same address, IPv6 routers
	vnic_says '"stay-local": "no", "same-router": "192.168.1.1"'
	asked "$QUESTION"
	vnic_says '"stay-local": "no", "routers6-lan": "fe80::1", "routers6-tunnel": "fe80::2"'
	asked "$QUESTION"
	vnic_says '"stay-local": "no", "dhcp6-lan": "fe80::1"'
	not_asked "$QUESTION"
	vnic_says '"stay-local": "no", "dhcp6-lan": "fe80::1", "dhcp6-tunnel": "fe80::2 <b>"'
	asked "$QUESTION"
	asked "fe80::2 &lt;b&gt;"
	web_get /language/ja
	web_get /status
	asked "相手の拠点の DHCPv6 サーバー"
	asked "2 つの拠点が 1 つのネットワークになり"
	web_get /language/en
	# where it was answered: no alarm, but what is left to do
	vnic_says "\"stay-local\": \"yes\", \"addresses-from\": \"lan\", $both"
	asked "each office uses its own"
	not_asked 'role="alert"'
	vnic_says "\"stay-local\": \"no\", \"addresses-from\": \"lan\", $both"
	asked "This office does not use it"
	vnic_says '"stay-local": "no", "addresses-from": "tunnel", "dhcp-lan": "192.168.1.1"'
	asked 'role="alert">Addresses and Internet are to come from the other'
	vnic_says '"stay-local": "no", "addresses-from": "tunnel", "dhcp6-lan": "fe80::1"'
	asked "IPv6 router advertisements off"
	vnic_says '"stay-local": "no", "addresses-from": "tunnel", "dhcp-tunnel": "192.168.9.1"'
	not_asked "$QUESTION"
}
notice_cleanup()
{
	netns_cleanup
}

# choose FROM [VNIC]: that button
choose()
{
	web_get /status
	web_post /side "vnic=${2:-tokyo}" "from=$1"
}

# is_set STAY-LOCAL ADDRESSES-FROM: the current settings have these; "": not
is_set()
{
	_file=cfg/gen/current/longwire.txt
	atf_check -o not-empty grep "stay-local $1" $_file
	if [ -n "$2" ]; then
		atf_check -o not-empty grep "addresses-from $2" $_file
	else
		atf_check -s exit:1 grep addresses-from $_file
	fi
}

atf_test_case answer cleanup
answer_head()
{
	atf_set descr "each button makes its settings, on trial; hostile posts"
	atf_set require.user root
}
answer_body()
{
	side_box
	vnic_says '"stay-local": "no", "addresses-from": "both", "dhcp-lan": "192.168.1.1", "dhcp-tunnel": "192.168.9.1"'
	choose tunnel
	atf_check web_goes /status
	is_set no tunnel
	# it is undone unless kept
	web_get /status
	asked "undone in"
	web_keep
	choose lan
	is_set no lan
	web_get /status
	asked "undone in"
	web_keep
	choose local
	is_set yes ""
	web_keep
	# look again: asks, and changes nothing
	now=$(web_generation)
	choose ""
	atf_check web_goes /status
	wait_until 10 grep -qx probe office.sock.asked ||
	    atf_fail "nobody was asked"
	# none of ours
	choose both
	atf_check web_is 404
	choose lan osaka
	atf_check web_is 404
	choose "lan tunnel"
	atf_check web_is 404
	web_curl -o page -w '%{http_code}' --data "vnic=tokyo&from=lan" \
	    "$WEB_URL/side" >web.code
	atf_check web_is 403
	atf_check_equal "$now" "$(web_generation)"
	rm -f jar
	web_get /login
	web_post /side vnic=tokyo from=lan
	atf_check web_goes /login
	atf_check_equal "$now" "$(web_generation)"
}
answer_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case notice
	atf_add_test_case answer
}
