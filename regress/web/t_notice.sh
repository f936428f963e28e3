# SPDX-License-Identifier: ISC
# webconfd(8): what rc has to say is on every page, for who has logged in.
# flavours: asan
# timeout: 150

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"

atf_test_case pages cleanup
pages_head()
{
	atf_set descr "both languages, quoted; not before a log-in; hostile files"
	atf_set require.user root
}
pages_body()
{
	mkdir notice
	# shellcheck disable=SC2034 # of web.subr
	WEB_OPTIONS="-N $PWD/notice"
	printf 'Failsafe <b>start\nセーフ<b>モード\n' >notice/failsafe
	web_box
	web_get /setup
	atf_check -s exit:1 grep Failsafe page
	web_setup
	for p in /status /settings /all /history /start; do
		web_get $p
		atf_check -o match:'role="alert">Failsafe &lt;b&gt;start<' \
		    cat page
	done
	web_get /language/ja
	web_get /status
	atf_check -o match:'セーフ&lt;b&gt;モード<' cat page
	web_get /language/en
	# one language only, no end of line, too long, nothing, being written
	printf 'Only <English' >notice/a
	head -c 100000 /dev/zero | tr '\0' x >notice/b
	head -c 3000 /dev/urandom >notice/c
	: >notice/d
	echo "half a sentence" >notice/e.new
	mkdir notice/f
	for n in 1 2 3 4 5 6 7 8 9; do
		echo "number $n" >"notice/g$n"
	done
	web_get /status
	atf_check web_is 200
	atf_check -o match:'Only &lt;English' -o match:'number 2' cat page
	atf_check -s exit:1 grep 'half a sentence\|number 3\|x\{1000\}' page
	rm -r notice
	web_get /status
	atf_check web_is 200
	atf_check -s exit:1 grep Failsafe page
}
pages_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case pages
}
