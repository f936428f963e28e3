# SPDX-License-Identifier: ISC
# What becomes of the administrator's password at the console: rc.d/password, run
# by BusyBox's shell on this machine.

# shadow PASSWORD: root's entry in it, by settings with that
shadow()
{
	sed "s,/etc/shadow,$PWD/shadow,g" "$LW_TOP/etc/rc.d/password" >script
	echo 'root:*:1::::::' >shadow
	echo 'nobody:*:1::::::' >>shadow
	# (where rc.subr is not, what the script takes from it)
	busybox sh -euc '
		rc_notices=$PWD
		mkpasswd() { busybox mkpasswd "$@"; }
		rc_get() { echo "$password"; }
		rc_say() { echo "$*" >>said; }
		rc_notice() { printf "%s\n%s\n" "$2" "$3" >"$1"; }
		password=$1
		. ./script
		start' sh "$1" || atf_fail "rc.d/password"
	grep -qx 'nobody:\*:1::::::' shadow || atf_fail "nobody is gone"
	sed -n 's/^root:\([^:]*\):.*/\1/p' shadow
}

# known HASH: by itself, and nothing is said
known()
{
	atf_check -o inline:"$1\n" shadow "$1"
	atf_check test ! -e said -a ! -e password
}

# foreign HASH: there is a password, which nobody can tell; and that is said
foreign()
{
	rm -f said
	atf_check -o inline:"$1\n" shadow "$1"
	atf_check -o match:'set it anew' cat said
	atf_check_equal 2 "$(wc -l <password)"
}

atf_test_case kinds
kinds_head()
{
	atf_set descr "text is hashed, hashes are not, whoever knows them"
}
kinds_body()
{
	need busybox
	atf_check -o inline:'!\n' shadow ''
	atf_check -o match:'^\$6\$.{80}' shadow 'correct horse'
	atf_check -o match:'^\$6\$.{80}' shadow '$abc$ is text'
	atf_check -o match:'^\$6\$.{80}' shadow '$5 and $6'
	known '$6$saltsalt$hash'
	known '$5$saltsalt$hash'
	foreign '$y$j9T$salt$hash'
	foreign '$2b$05$saltandhash'
	# set anew
	rm said
	known '$6$saltsalt$hash'
}

atf_init_test_cases()
{
	atf_add_test_case kinds
}
