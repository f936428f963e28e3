# SPDX-License-Identifier: ISC
# webconfd(8): an Internet connection by PPPoE and VLAN, in the settings form
# and step by step.
# flavours: asan
# timeout: 150

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"

conf=cfg/gen/current/longwire.txt

# save FIELD=VALUE...: a hub with these besides
save()
{
	web_save role=hub hub-name=main "listen=*:443" port=eth0 \
	    address=10.0.0.1/24 hostname=box "$@"
}

atf_test_case form cleanup
form_head()
{
	atf_set descr "PPPoE, then with a VLAN, then the VLAN alone, then none"
	atf_set require.user root
}
form_body()
{
	web_box
	web_setup
	save uplink-port= uplink-vlan= pppoe-user=
	atf_check web_goes /status
	atf_check -s not-exit:0 grep -E 'pppoe|vlan' $conf
	save uplink-port=eth1 uplink-vlan= pppoe-user=tokyo@isp.example \
	    "pppoe-password=pass \"word\\"
	atf_check web_goes /status
	atf_check -o inline:"eth1\n" get network.pppoe.ppp0.port
	atf_check -o inline:'pass "word\\\n' get network.pppoe.ppp0.password
	# nowhere on a page; empty leaves it
	web_get /settings
	atf_check -s exit:1 grep 'pass .*word' page
	atf_check -o match:'value="tokyo@isp.example"' web_field pppoe-user
	save uplink-port=eth1 uplink-vlan=35 pppoe-user=tokyo@isp.example \
	    pppoe-password=
	atf_check web_goes /status
	atf_check -o inline:"wan\n" get network.pppoe.ppp0.port
	atf_check -o inline:"eth1\n" get network.vlan.wan.port
	atf_check -o inline:"35\n" get network.vlan.wan.tag
	atf_check -o inline:'pass "word\\\n' get network.pppoe.ppp0.password
	web_get /settings
	atf_check -o match:'value="eth1"' web_field uplink-port
	atf_check -o match:'value="35"' web_field uplink-vlan
	save uplink-port=eth1 uplink-vlan=36 pppoe-user=
	atf_check web_goes /status
	atf_check -s exit:1 -e ignore get network.pppoe.ppp0.port
	atf_check -o inline:"36\n" get network.vlan.wan.tag
	atf_check -o inline:"dhcp\n" get network.interface.wan.address
	# a form without these fields leaves them
	save timezone=JST-9
	atf_check -o inline:"36\n" get network.vlan.wan.tag
	save uplink-port= uplink-vlan= pppoe-user=
	atf_check web_goes /status
	atf_check -s exit:1 grep -E 'pppoe|vlan|wan' $conf
	# what changed is told without the secret
	for n in $(seq "$(web_generation)"); do
		web_get "/history/$n"
		atf_check -s exit:1 grep 'pass .*word' page
	done
}
form_cleanup()
{
	netns_cleanup
}

get()
{
	sh "$LW_TOP/regress/lw.sh" cfgctl -d "$PWD/cfg" get "$@"
}

atf_test_case wrong cleanup
wrong_head()
{
	atf_set descr "what does not go together is named at its field"
	atf_set require.user root
}
wrong_body()
{
	web_box
	web_setup
	n=$(web_generation)
	save uplink-port= uplink-vlan=35 pppoe-user=
	atf_check -o match:"must be filled in" web_field uplink-port
	save uplink-port=eth1 uplink-vlan= pppoe-user=
	atf_check -o match:"a user name or a VLAN" web_field uplink-port
	save uplink-port=eth0 uplink-vlan= pppoe-user=a pppoe-password=b
	atf_check -o match:"one of the LAN" web_field uplink-port
	save uplink-port=eth1 uplink-vlan= pppoe-user=a pppoe-password=
	atf_check -o match:"must be filled in" web_field pppoe-password
	save uplink-port=eth1 uplink-vlan=4095 pppoe-user=a pppoe-password=b
	atf_check -o match:"out of range" web_field uplink-vlan
	save "uplink-port=a/../b" uplink-vlan=1 pppoe-user=a pppoe-password=b
	atf_check -o match:'class="error"' web_field uplink-port
	save uplink-port=wan uplink-vlan=1 pppoe-user=a pppoe-password=b
	atf_check -o match:'a VLAN cannot be on wan' cat page
	save uplink-port=eth1 uplink-vlan= \
	    "pppoe-user=$(printf '%0200d' 0)" pppoe-password=b
	atf_check -o match:'class="error"' web_field pppoe-user
	atf_check_equal "$n" "$(web_generation)"
}
wrong_cleanup()
{
	netns_cleanup
}

atf_test_case steps cleanup
steps_head()
{
	atf_set descr "step by step: the password is asked for last, and kept out"
	atf_set require.user root
}
# the last step's hidden inputs, as a browser sends them
step()
{
	sed 's/<input/\n<input/g' page | grep -v 'name="token"' | sed -n \
	    's/.*type="hidden" name="\([^"]*\)" value="\([^"]*\)".*/\1=\2/p' |
	    while IFS= read -r _f; do
		case " $* " in
		*" ${_f%%=*}="*) ;;
		*) echo "$_f" ;;
		esac
	done >old
	while IFS= read -r _f; do
		set -- "$@" "$_f"
	done <old
	web_post /start "$@"
}
steps_body()
{
	web_box
	web_setup
	web_get /start
	step go=on role=hub hostname=tokyo
	step go=on port=eth0 address=10.0.0.1/24 uplink-port=eth1 \
	    uplink-vlan=35 pppoe-user=tokyo@isp.example
	atf_check -o match:'<legend>Time</legend>' cat page
	atf_check -s exit:1 grep 'name="pppoe-password"' page
	step go=on timezone=UTC
	atf_check -o match:'type="password"' web_field pppoe-password
	step go=on hub-name=main "listen=*:443" hub-lan=yes pppoe-password=
	atf_check -o match:"must be filled in" web_field pppoe-password
	step go=on hub-name=main "listen=*:443" hub-lan=yes \
	    pppoe-password=secret-word
	atf_check web_goes /start/test
	atf_check -o inline:"wan\n" get network.pppoe.ppp0.port
	atf_check -o inline:"secret-word\n" get network.pppoe.ppp0.password
}
steps_cleanup()
{
	netns_cleanup
}

# at_network: page.network is the step about the network
at_network()
{
	web_get /start
	step go=on role=hub hostname=tokyo
	cp page page.network
}

# fault FIELD: what the step says beside it
fault()
{
	web_field "$1" | sed -n 's/.*class="error"[^>]*>\([^<]*\)<.*/\1/p'
}

# faults LANGUAGE: each of the files wrong, step by step, and together, in the
# form, one a line: the field at which it is to be named, and values; what was
# said goes to the file said.LANGUAGE
faults()
{
	web_get "/language/$1"
	at_network
	: >"said.$1"
	while IFS= read -r _line; do
		_at=${_line%% *}
		cp page.network page
		# shellcheck disable=SC2086 # several values
		step go=on port=eth0 address=10.0.0.1/24 ${_line#* } \
		    </dev/null
		_said=$(fault "$_at")
		[ -n "$_said" ] || atf_fail "$1: nothing beside $_line"
		echo "$_line: $_said" >>"said.$1"
	done <wrong
	while IFS= read -r _line; do
		_at=${_line%% *}
		# shellcheck disable=SC2086 # several values
		save ${_line#* } </dev/null
		_said=$(fault "$_at")
		[ -n "$_said" ] || atf_fail "$1: nothing beside $_line"
		echo "$_line: $_said" >>"said.$1"
	done <together
}

atf_test_case each_kind cleanup
each_kind_head()
{
	atf_set descr "DHCP, static, PPPoE, VLAN: a wrong value, both languages"
	atf_set require.user root
}
each_kind_body()
{
	web_box
	web_setup
	cat >wrong <<-'EOF'
		address address=dhcp6
		address address=10.0.0.1
		address address=10.0.0.300/24
		address address=10.0.0.1/33
		address address=2001:db8::1
		address address=2001:db8::g/64
		address address=2001:db8::1/129
		gateway gateway=10.0.0
		gateway gateway=10.0.0.254/24
		gateway gateway=2001:db8:::1
		uplink-vlan uplink-port=eth1 uplink-vlan=0 pppoe-user=
		uplink-vlan uplink-port=eth1 uplink-vlan=4095 pppoe-user=
		uplink-vlan uplink-port=eth1 uplink-vlan=3x pppoe-user=
		uplink-port uplink-port=eth1/2 uplink-vlan= pppoe-user=a
	EOF
	# what does not go together is named by the form, see wrong
	cat >together <<-'EOF'
		uplink-port uplink-port=eth1 uplink-vlan= pppoe-user=
		uplink-port uplink-port= uplink-vlan=35 pppoe-user=
		uplink-port uplink-port= uplink-vlan= pppoe-user=a
		uplink-port uplink-port=eth0 uplink-vlan= pppoe-user=a
		pppoe-password uplink-port=eth1 uplink-vlan= pppoe-user=a
	EOF
	faults en
	faults ja
	cat said.en said.ja
	# none of it in the other's words
	atf_check -s exit:1 env LC_ALL=C.UTF-8 grep -P '[^\x00-\x7f]' said.en
	atf_check_equal "$(cat wrong together | wc -l)" \
	    "$(LC_ALL=C.UTF-8 grep -cP '[ぁ-んァ-ヶ一-龠]' said.ja)"
	atf_check_equal 2 "$(web_generation)"
}
each_kind_cleanup()
{
	netns_cleanup
}

# line FILE CONTENT...: what rc knows of the line; then the status page
line()
{
	rm -f run/net/ppp0.*
	while [ $# -gt 1 ]; do
		echo "$2" >"run/net/ppp0.$1"
		shift 2
	done
	web_get /status
	atf_check web_is 200
}

# says TEXT / says_not TEXT: on page
says()
{
	atf_check -o not-empty grep -F -- "$1" page
}
says_not()
{
	atf_check -s exit:1 grep -F -- "$1" page
}

# lasts PATTERN: behind it stands for how long it is so, which is about $began
lasts()
{
	_s=$(sed -n "s/.*$1\([0-9]*\) s.*/\1/p" page | head -n 1)
	[ "${_s:-0}" -ge 5 ] && [ "$_s" -le 110 ] || atf_fail "$1$_s"
}

atf_test_case state cleanup
state_head()
{
	atf_set descr "the status page says how the line is, and why not"
	atf_set require.user root
}
state_body()
{
	mkdir -p run/net
	WEB_OPTIONS="-R $PWD/run"
	web_box
	web_setup
	line up "192.0.2.7 192.0.2.1 1"
	says_not PPPoE
	save uplink-port=eth1 uplink-vlan= pppoe-user=a pppoe-password=b
	atf_check web_goes /status
	line
	says "Internet by PPPoE ppp0"
	says ">connecting<"
	began=$(($(cut -d . -f 1 /proc/uptime) - 5))
	line up "192.0.2.7 192.0.2.1 $began"
	says ">connected<"
	says "<dt>Address</dt><dd>192.0.2.7<"
	says "s end</dt><dd>192.0.2.1<"
	lasts '<dt>For<.dt><dd>'
	says_not "Last problem"
	# what was is still told
	line up "192.0.2.7 192.0.2.1 $began" trouble "lost $began"
	says ">connected<"
	lasts 'the line broke off, '
	line trouble "refused $began"
	says ">not connected<"
	lasts 'refused the user name or the password, '
	line trouble "silent $began"
	says "no provider answers"
	web_get /language/ja
	line trouble "refused $began"
	says "ユーザー名またはパスワードがプロバイダーに拒否されました"
	line trouble "silent $began"
	says "プロバイダーから応答がありません"
	line trouble "lost $began"
	says "回線が切断されました"
	web_get /language/en
	# what rc did not write
	for bad in "" "<b> <b> 1" "192.0.2.7" "- -" \
	    "192.0.2.7 $(printf '%0300d' 1) 1"; do
		line up "$bad" trouble "$bad"
		says ">connecting<"
		says_not "<b>"
	done
	line up "192.0.2.7 192.0.2.1 99999999999999" trouble "lost -5"
	says "<dt>For</dt><dd>0 s"
}
state_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case each_kind
	atf_add_test_case state
	atf_add_test_case form
	atf_add_test_case wrong
	atf_add_test_case steps
}
