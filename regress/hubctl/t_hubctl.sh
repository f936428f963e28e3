# SPDX-License-Identifier: ISC
# What hubctl does without a hub.

. "$LW_TOP/regress/longwire.subr"

atf_test_case passwd
passwd_head()
{
	atf_set descr "passwd prints strings that hubd.conf takes, each with its salt"
}
passwd_body()
{
	printf 'correct horse\n' | lw hubctl passwd >one || atf_fail "passwd"
	printf 'correct horse' | lw hubctl passwd >two || atf_fail "passwd"
	grep -qE '^\$scrypt\$ln=15,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$' one ||
	    atf_fail "not a password string: $(cat one)"
	cmp -s one two && atf_fail "the same salt twice"
	{
		echo "listen *"
		echo "hub default {"
		echo "user a {"
		echo "password \"$(cat one)\""
		echo "}"
		echo "}"
	} >hub.conf
	atf_check lw hubd -n -f hub.conf
	printf '\n' >empty
	atf_check -s exit:1 -e match:"empty" sh -c \
	    'sh "$LW_TOP/regress/lw.sh" hubctl passwd <empty'
}

atf_test_case faults
faults_head()
{
	atf_set descr "no command, no hub: a sentence and status 1"
}
faults_body()
{
	atf_check -s exit:1 -e match:"^usage:" lw hubctl
	atf_check -s exit:1 -e match:"none.sock" \
	    lw hubctl -s "$PWD/none.sock" show hubs
}

atf_init_test_cases()
{
	atf_add_test_case passwd
	atf_add_test_case faults
}
