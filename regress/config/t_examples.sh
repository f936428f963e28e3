# SPDX-License-Identifier: ISC
# Every shipped example is accepted by the program that it is for, and what
# cfgctl makes of a box's settings by the daemons.

examples=$LW_TOP/etc/examples

atf_test_case daemons
daemons_head()
{
	atf_set descr "hubd -n and vnicd -n take the examples"
}
daemons_body()
{
	n=0
	for f in "$examples"/hubd*.conf; do
		atf_check -o ignore -e ignore "$LW_BIN/hubd" -n -f "$f"
		n=$((n + 1))
	done
	# the file of a password must be there
	echo secret >password
	chmod 600 password
	for f in "$examples"/vnicd*.conf; do
		sed "s|password-file .*|password-file $PWD/password|" "$f" \
		    >vnicd.conf
		atf_check -o ignore -e ignore "$LW_BIN/vnicd" -n -f vnicd.conf
		n=$((n + 1))
	done
	[ $n -ge 3 ] || atf_fail "only $n examples"
	echo 'listen *:443 *:80' >bad.conf
	atf_check -s exit:1 -o ignore -e match:"bad.conf:1:1: listen: " \
	    "$LW_BIN/hubd" -n -f bad.conf
	echo 'vnic {' >bad.conf
	atf_check -s exit:1 -o ignore -e match:"bad.conf:1:1: vnic: " \
	    "$LW_BIN/vnicd" -n -f bad.conf
}

atf_test_case boxes
boxes_head()
{
	atf_set descr "cfgctl imports the examples of boxes"
}
boxes_body()
{
	n=0
	mkdir cfg
	for f in "$examples"/longwire*.txt; do
		n=$((n + 1))
		atf_check -o inline:"$n\n" "$LW_BIN/cfgctl" -d cfg import "$f"
		for conf in cfg/gen/current/*.conf; do
			prog=$(basename "$conf" .conf)
			atf_check -o ignore -e ignore \
			    "$LW_BIN/$prog" -n -f "$conf"
		done
	done
	[ $n -ge 2 ] || atf_fail "only $n examples"
}

atf_init_test_cases()
{
	atf_add_test_case daemons
	atf_add_test_case boxes
}
