# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# vnicd -n: what it takes, what it says about what it does not take.

. "$LW_TOP/regress/longwire.subr"

PIN=sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

# good LINE...: a whole vnic block with more lines
vnic()
{
	echo "vnic office {"
	echo "	server hub.example.com"
	echo "	user officea"
	for _l in "$@"; do
		echo "	$_l"
	done
	echo "}"
}

check()
{
	lw vnicd -n -f vnicd.conf
}

atf_test_case good
good_head()
{
	atf_set descr "settings that are fine are passed in silence"
}
good_body()
{
	vnic "password x" "pin $PIN" >vnicd.conf
	atf_check check
	echo secret >pw
	echo pem >ca
	vnic "password-file $PWD/pw" "ca $PWD/ca" "bridge br0" \
	    "stay-local no" "addresses-from tunnel" "gateway 192.168.1.1" \
	    "connections 4" >vnicd.conf
	atf_check check
}

atf_test_case bad
bad_head()
{
	atf_set descr "errors name file, line and column and what is allowed"
}
bad_body()
{
	vnic "password x" >vnicd.conf
	atf_check -s exit:1 -e match:"vnicd.conf:1:1: .*verified" check
	vnic "password x" "pin $PIN" "mtu 70000" >vnicd.conf
	atf_check -s exit:1 -e match:"vnicd.conf:6:[0-9]+: .*9216" check
	vnic "password x" "pin $PIN" "addresses-from hub" >vnicd.conf
	atf_check -s exit:1 -e match:"vnicd.conf:6:[0-9]+: .*both lan tunnel" check
	vnic "password x" "pin $PIN" "addresses-from tunnel" >vnicd.conf
	atf_check -s exit:1 -e match:"vnicd.conf:6:9: .*stay-local no" check
	vnic "pin $PIN" >vnicd.conf
	atf_check -s exit:1 -e match:"password-file" check
	vnic "pin $PIN" "password-file $PWD/none" >vnicd.conf
	atf_check -s exit:1 -e match:"vnicd.conf:5:[0-9]+: .*none" check
	: >empty
	vnic "pin $PIN" "password-file $PWD/empty" >vnicd.conf
	atf_check -s exit:1 -e match:"first line of .*empty" check
	vnic "password x" "ca $PWD/none" >vnicd.conf
	atf_check -s exit:1 -e match:"vnicd.conf:5:[0-9]+: .*none" check
	rm vnicd.conf
	atf_check -s exit:1 -e match:"vnicd.conf" check
}

atf_test_case quiet
quiet_head()
{
	atf_set descr "no message shows a password"
}
quiet_body()
{
	vnic "password hunter2 hunter3" "pin $PIN" >vnicd.conf
	atf_check -s exit:1 -e not-match:"hunter" check
	echo hunter2 >pw
	vnic "password-file $PWD/pw" "pin $PIN" "mtu 1" >vnicd.conf
	atf_check -s exit:1 -e not-match:"hunter" check
}

atf_init_test_cases()
{
	atf_add_test_case good
	atf_add_test_case bad
	atf_add_test_case quiet
}
