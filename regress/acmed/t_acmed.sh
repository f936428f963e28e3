# SPDX-License-Identifier: ISC
# flavours: asan
# timeout: 240
# acmed(8) with a real directory: both challenges, renewal, refusals.

. "$LW_TOP/regress/acmed/acme.subr"

# next_within LEAST MOST: seconds until the next attempt for the web form
next_within()
{
	next=$(($(acme_get web next) - $(date +%s)))
	if [ $next -lt "$1" ] || [ $next -gt "$2" ]; then
		atf_fail "the next attempt is in $next s"
	fi
}

atf_test_case http cleanup
http_head()
{
	atf_set descr "HTTP-01, a directory that refuses nonces; renewal"
	atf_set require.user root
}
http_body()
{
	acme_net
	acme_life=45
	acme_authority PEBBLE_WFE_NONCEREJECT=40
	acme_key web.db webconfd
	need socat
	# what a stranger sees meanwhile; a head as long as it may be that does
	# not end, and a longer one
	cat >hook.open <<-'EOF'
		cd "$(dirname "$0")"
		u=http://10.0.0.1
		for p in / /.well-known/acme-challenge/ \
		    /.well-known/acme-challenge/0123456789abcdefghijkl \
		    /.well-known/acme-challenge/../../etc/passwd; do
			curl -s -o body --path-as-is -w '%{http_code} ' $u$p
			wc -c <body
		done >>seen
		for n in 2048 5000; do
			head -c $n /dev/zero | tr '\0' x | timeout 10 \
			    socat -t 5 - TCP:10.0.0.1:80 >>flood.$n
		done 2>/dev/null
		:
	EOF
	acme_conf <<-EOF
		name box.example.com
		name www.box.example.com
		use web
		contact admin@example.com
	EOF
	atf_check acme_closed 80
	acme_start
	wait_until 60 acme_is web state good ||
	    atf_fail "$(acme_get web fault)"
	atf_check acme_closed 80
	cp web.db/webconfd.acme.crt first.crt
	atf_check -o match:'DNS:box.example.com, DNS:www.box.example.com' \
	    openssl x509 -in first.crt -noout -ext subjectAltName
	acme_pin web.db/webconfd.crt >pin
	atf_check -o file:pin acme_pin first.crt
	atf_check -o ignore grep -c '404 *0' seen
	atf_check -s exit:1 grep -v '404 *0' seen
	# of the longer one the rest, not read, may cost it the answer
	atf_check -o match:'^HTTP/1.1 431 ' cat flood.2048
	atf_check -s exit:1 grep -a 'HTTP/1.1 [^4]' flood.2048 flood.5000
	atf_check -o match:'^open' -o match:'^close' -o match:'^renewed webconfd' \
	    cat hook.log
	# at two thirds of its life there is another, of the same key
	wait_until 120 renewed || atf_fail "not renewed"
	atf_check -o file:pin acme_pin web.db/webconfd.acme.crt
	wait_until 10 acme_closed 80 || atf_fail "port 80 is open"
	atf_check netns_stop acmed
	atf_check acme_closed 80
	# one account for all
	atf_check -o inline:"1\n" sh -c \
	    "grep -c 'There are now 1 accounts in memory' pebble.log"
}
renewed()
{
	[ "$(acme_serial web.db/webconfd.acme.crt)" != \
	    "$(acme_serial first.crt)" ]
}
http_cleanup()
{
	netns_cleanup
}

atf_test_case alpn cleanup
alpn_head()
{
	atf_set descr "TLS-ALPN-01 through hubd, whose sessions and pin stay"
	atf_set require.user root
}
alpn_body()
{
	acme_net
	need python3
	acme_authority
	hub_conf hub <<-EOF
		hub default {
			$(hub_user officea secret)
			$(hub_user officeb secret)
		}
	EOF
	start_hubd hub h
	cat >hook.challenge <<-EOF
		sh "$LW_TOP/regress/lw.sh" hubctl -s "$PWD/hub.sock" "\$@"
	EOF
	cat >hook.renewed <<-EOF
		sh "$LW_TOP/regress/lw.sh" hubctl -s "$PWD/hub.sock" reload
	EOF
	hub_pin hub >pin
	acme_conf <<-EOF
		name hub.example.com
		use hub
		challenge tls-alpn-01
	EOF
	cat >office.py <<-'EOF'
		from peer import *
		a, b = join("officea", "secret"), join("officeb", "secret")
		print("joined", flush=True)
		until(lambda: os.path.exists("got"), limit=60, text="certificate")
		f = eth(mac(2), mac(1), b"still there")
		a.send(f)
		b.expect(f)
		print("alive", flush=True)
	EOF
	netns_spawn peers ca env PYTHONPATH="$LW_TOP/regress/net" \
	    PYTHONDONTWRITEBYTECODE=1 \
	    HUB_SOCKET="$PWD/hub.sock" LW_TOP="$LW_TOP" python3 office.py
	wait_until 15 grep -q joined peers.log || atf_fail "no peers"
	acme_start
	wait_until 60 acme_is hub state good ||
	    atf_fail "$(acme_get hub fault)"
	wait_until 10 grep -q 'a new certificate is shown' hub.log ||
	    atf_fail "hubd does not show it"
	netns_exec ca openssl s_client -connect 10.0.0.1:443 </dev/null \
	    2>/dev/null | openssl x509 -noout -ext subjectAltName >shown
	atf_check -o match:'DNS:hub.example.com' cat shown
	netns_exec ca openssl s_client -connect 10.0.0.1:443 \
	    -servername hub.example.com -alpn acme-tls/1 </dev/null >alpn \
	    2>&1
	atf_check -s exit:1 grep 'acme-tls' alpn
	touch got
	wait_until 15 grep -q alive peers.log || atf_fail "sessions ended"
	atf_check -o file:pin hub_pin hub
	atf_check acme_closed 80
}
alpn_cleanup()
{
	netns_cleanup
}

atf_test_case refused cleanup
refused_head()
{
	atf_set descr "a name that is elsewhere: the reason, the former stays, patience"
	atf_set require.user root
}
refused_body()
{
	acme_net
	acme_box=10.0.0.2
	acme_authority
	acme_key web.db webconfd
	openssl req -x509 -new -key web.db/webconfd.key -subj /CN=former \
	    -out web.db/webconfd.acme.crt -days 9 2>openssl.err ||
	    atf_fail "$(cat openssl.err)"
	cp web.db/webconfd.acme.crt former.crt
	acme_conf <<-EOF
		name box.example.com
		use web
	EOF
	acme_start
	wait_until 60 acme_is web state failed || atf_fail "not refused"
	acme_get web fault >fault
	atf_check -o match:'^http-01 at 10.0.0.2: .*box.example.com' cat fault
	atf_check cmp former.crt web.db/webconfd.acme.crt
	atf_check acme_closed 80
	next_within 20 60
	atf_check -s exit:1 -o ignore -e match:'less than a minute' acme_ctl now
	# without use the daemon's own certificate is back
	sed 's/^use web/use hub/' acmed.conf >new.conf
	mv new.conf acmed.conf
	netns_signal acmed HUP
	wait_until 10 test ! -e web.db/webconfd.acme.crt ||
	    atf_fail "it is still there"
	wait_until 10 grep -q '^renewed webconfd' hook.log ||
	    atf_fail "webconfd is not told"
	wait_until 10 acme_is hub state failed || atf_fail "a key from nowhere"
	atf_check -o match:'hubd has no key' acme_get hub fault
	# a directory that nobody has signed for
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout x.key -out ca.crt -subj /CN=other -days 9 2>/dev/null
	sed 's/^use hub/use web/' acmed.conf >new.conf
	mv new.conf acmed.conf
	netns_signal acmed HUP
	wait_until 10 acme_is web state failed || atf_fail "not refused"
	atf_check -o match:'^directory at 10.0.0.2: .*certif' acme_get web fault
}
refused_cleanup()
{
	netns_cleanup
}

# Chains of the right key: weak.chain with an authority's certificate whose key
# is too short, old.chain to be renewed already.
chains()
{
	cat >ca.cnf <<-EOF
		[ca]
		default_ca = d
		[d]
		database = index
		new_certs_dir = .
		rand_serial = yes
		default_md = sha256
		policy = p
		copy_extensions = copy
		[p]
		commonName = optional
	EOF
	: >index
	{
		openssl req -x509 -newkey rsa:512 -nodes -keyout weak.key \
		    -out weak.crt -subj /CN=weak -days 9 &&
		    openssl req -new -key web.db/webconfd.key -out leaf.csr \
			-subj /CN=box.example.com \
			-addext subjectAltName=DNS:box.example.com &&
		    openssl ca -config ca.cnf -selfsign -batch -notext \
			-keyfile web.db/webconfd.key -in leaf.csr -out old.chain \
			-startdate 20200101000000Z \
			-enddate "$(date -u -d +2days +%Y%m%d%H%M%SZ)" &&
		    openssl req -x509 -new -key web.db/webconfd.key -days 9 \
			-subj /CN=box.example.com -out leaf.crt \
			-addext subjectAltName=DNS:box.example.com
	} 2>openssl.err || atf_fail "$(cat openssl.err)"
	cat leaf.crt weak.crt >weak.chain
}

# hostile WAY PATTERN: what acmed says of a directory like that
hostile()
{
	sed "s,^directory .*,directory https://10.0.0.2:14443/$1/dir," \
	    acmed.conf >new.conf
	mv new.conf acmed.conf
	netns_signal acmed HUP
	wait_until 20 tried "$1" || atf_fail "$1: no fault"
	acme_get web fault >fault
	atf_check -o match:"$2" cat fault
	atf_check acme_closed 80
	netns_alive acmed || atf_fail "$1: acmed has ended"
}
fake_listens()
{
	netns_exec ca ss -Hltn "sport = :14443" | grep -q .
}
tried()
{
	grep -q "asking https://10.0.0.2:14443/$1/" acmed.log &&
	    acme_is web state failed
}

atf_test_case hostile cleanup
hostile_head()
{
	atf_set descr "directories that lie, flood, loop, stay silent"
	atf_set require.user root
}
hostile_body()
{
	acme_net
	need python3
	netns_spawn fake ca python3 "$LW_TOP/regress/acmed/fake.py" ca.crt \
	    ca.key 10.0.0.2 14443
	wait_until 30 fake_listens || atf_fail "no fake"
	acme_key web.db webconfd
	chains
	acme_conf <<-EOF
		name box.example.com
		use web
	EOF
	sed -i "s,^directory .*,directory https://10.0.0.2:14443/slow/dir," \
	    acmed.conf
	# one that goes on and on, which takes half a minute; others meanwhile
	cp acmed.conf slow.conf
	acme=slow
	acme_start
	acme=acmed
	acme_start
	hostile json '^directory at 10.0.0.2: no JSON object'
	hostile array 'no JSON object'
	hostile deep 'no JSON object'
	hostile empty 'the directory has no newAccount'
	hostile redirect 'sends to another place, https://10.0.0.2:14443/red'
	hostile silent 'hangs up|cut off'
	hostile plain 'not an https URL: http://10.0.0.2/'
	hostile huge 'too long'
	hostile head 'bad head|too'
	hostile nonces '^account at 10.0.0.2: badNonce'
	hostile many 'an order with 500 authorizations'
	hostile token 'a malformed token'
	hostile longest 'a malformed token'
	hostile stranger 'it asks for another name'
	hostile none 'offers no challenge http-01'
	hostile types 'offers no challenge http-01'
	hostile cert '^certificate: the certificate is of another key'
	hostile weak '^certificate: bad certificate chain: .*key too small'
	atf_check test ! -e web.db/webconfd.acme.crt
	# one that comes is taken, but not asked for again and again
	hostile old 'to be renewed already; is the clock right'
	next_within 1 60
	atf_check -o inline:"1\n" grep -c 'asking .*/old/' acmed.log
	hostile escape 'control character in a field'
	atf_check -s exit:1 grep -a "$(printf '\033')" acmed.log
	hostile problem '^directory at 10.0.0.2: rateLimited: later'
	next_within 7000 7200
	acme=slow
	wait_until 60 acme_is web state failed || atf_fail "slow: no fault"
	atf_check -o match:'does not answer in time' acme_get web fault
	if grep -E 'has died|Sanitizer|runtime error' acmed.log slow.log; then
		atf_fail "a process of acmed has died"
	fi
}
hostile_cleanup()
{
	netns_cleanup
}

atf_test_case settings
settings_head()
{
	atf_set descr "acmed -n: what it takes, what it says of the rest"
}
settings_body()
{
	PIN=sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
	: >ca
	good <<-EOF
		accept-terms yes
		name a-1.example.com
		name b.example
		use web
		use hub
		contact admin@example.com
		directory https://[fd00::1]:14000/dir?x=1
		ca $PWD/ca
	EOF
	good <<-EOF
		accept-terms yes
		name box.example.com
		use web
		pin $PIN
	EOF
	fault 'accept-terms: without yes' accept-terms no
	for name in localbox 10.0.0.1 '*.example.com' -a.example.com a..example \
	    .example.com example.com. "a_b.example.com" 'a,DNS.example' \
	    a-.example.com fd00::1; do
		fault "acmed.conf:1:.*is no DNS name" name "\"$name\""
	done
	for to in admin admin@ @example.com 'a b@example.com' \
	    'a@example.com,b@example.com' 'a@example.com?cc=b@example.com'; do
		fault "is no e-mail address" contact "\"$to\""
	done
	for url in http://example.com/ https:///x 'https://u@example.com/' \
	    'https://example.com/a b'; do
		fault "is no https URL" directory "\"$url\""
	done
	fault 'not one of: hub web' use mail
	fault 'cannot be read' ca /nowhere
	fault 'no use beside pin' ca "$PWD/ca" pin $PIN
}
good()
{
	cat >acmed.conf
	atf_check lw acmed -n -f acmed.conf
}
# fault PATTERN KEY VALUE...: instead of what is good
fault()
{
	_re=$1
	_key=$2
	shift
	{
		echo "$1 $2"
		for _l in "accept-terms yes" "name box.example.com" "use web"; do
			[ "${_l%% *}" = "$_key" ] || echo "$_l"
		done
		[ $# -lt 4 ] || echo "$3 $4"
	} >acmed.conf
	atf_check -s exit:1 -e match:"$_re" lw acmed -n -f acmed.conf
}

atf_init_test_cases()
{
	atf_add_test_case settings
	atf_add_test_case hostile
	atf_add_test_case http
	atf_add_test_case alpn
	atf_add_test_case refused
}
