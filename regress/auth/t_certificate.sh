# SPDX-License-Identifier: ISC
# flavours: asan amd64
# timeout: 120
# Users by the certificates that they show in TLS.

. "$LW_TOP/regress/net/hub.subr"

head()
{
	atf_set descr "$1"
	atf_set require.user root
}

# ca NAME: a CA in NAME.ca/, its certificate NAME.crt
ca()
{
	mkdir "$1.ca"
	: >"$1.ca/index"
	echo 01 >"$1.ca/serial"
	echo 01 >"$1.ca/crlnumber"
	cat >"$1.ca/conf" <<-EOT
		[ca]
		default_ca = it
		[it]
		database = $1.ca/index
		serial = $1.ca/serial
		crlnumber = $1.ca/crlnumber
		new_certs_dir = $1.ca
		certificate = $1.crt
		private_key = $1.key
		default_md = sha256
		default_days = 30
		default_crl_days = 30
		policy = any
		copy_extensions = copy
		unique_subject = no
		[any]
		commonName = optional
	EOT
	selfsigned "$1" "/CN=the CA $1"
}

# selfsigned NAME SUBJECT
selfsigned()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$1.key" -out "$1.crt" -days 30 -subj "$2" 2>>openssl.log ||
	    atf_fail "openssl req"
}

# cert NAME CA SUBJECT [EXTENSION [OPTION...]]: NAME.crt and .key by the CA
cert()
{
	_name=$1
	_ca=$2
	_subject=$3
	_ext=${4:-extendedKeyUsage=clientAuth}
	shift 3
	[ $# -eq 0 ] || shift
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$_name.key" -out "$_name.csr" -subj "$_subject" \
	    -addext "$_ext" 2>>openssl.log || atf_fail "openssl req"
	openssl ca -batch -config "$_ca.ca/conf" -in "$_name.csr" \
	    -out "$_name.crt" -notext "$@" 2>>openssl.log ||
	    atf_fail "openssl ca"
}

# crl CA: CA.crl as of now
crl()
{
	openssl ca -config "$1.ca/conf" -gencrl -out "$1.crl" 2>>openssl.log ||
	    atf_fail "openssl ca -gencrl"
}

# says TEXT: the hub's log
says()
{
	wait_until 10 grep -q "$1" hub.log || {
		grep certificate hub.log
		atf_fail "not said: $1"
	}
}

atf_test_case pinned cleanup
pinned_head()
{
	head "a user is known by the key of a certificate, whoever made it"
}
pinned_body()
{
	need openssl
	selfsigned anna "/CN=whatever"
	selfsigned bert "/CN=anna"
	hub_up <<-EOF
		guess-delay 0s
		hub default {
			auth certificate
			auth password
			user anna {
				pin $(lw hubctl pin anna.crt)
			}
			$(users)
		}
		hub other {
			$(hub_user anna secret)
		}
	EOF
	check_peer <<-'EOF'
		def status(cert, user=None, password="", hub=""):
		    p = Peer(cert=cert)
		    s = p.request(hub, user, password)
		    return s, p
		s, p = status("anna")
		same(s, 101, "without a name")
		same([x["user"] for x in sessions()], ["anna"], "who it is")
		same(sessions()[0]["auth"], "certificate", "how")
		a = join("officea", "secret")
		fence(a, p)
		fence(p, a)
		same(status("anna", "anna")[0], 101, "by name")
		same(status("anna", "officea")[0], 401, "as somebody else")
		same(status("bert")[0], 401, "another key")
		same(status("bert", "anna")[0], 401, "another key by name")
		same(status(None, "anna")[0], 401, "no certificate")
		same(status(None)[0], 401, "nothing")
		# the next method is asked: a password does as well
		same(status("bert", "officeb", "secret")[0], 101, "a password")
		same(status("bert", "officeb", "wrong")[0], 401, "a wrong one")
		# where certificates are not asked for they are worth nothing
		same(status("anna", hub="other")[0], 401, "another hub")
		same(status("anna", "anna", hub="other")[0], 401, "by name")
	EOF
	says "no user has its key"
}
pinned_cleanup()
{
	netns_cleanup
}

atf_test_case by_ca cleanup
by_ca_head()
{
	head "a CA names users; expired, revoked, strange certificates are refused"
}
by_ca_body()
{
	need openssl
	ca good
	ca evil
	cert anna good /CN=anna
	cert guest good /CN=guest-7
	cert old good /CN=anna extendedKeyUsage=clientAuth \
	    -startdate 20200101000000Z -enddate 20200201000000Z
	cert gone good /CN=anna
	cert server good /CN=anna extendedKeyUsage=serverAuth
	cert stranger evil /CN=anna
	cert odd good "/CN=anna bert"
	cert long good "/CN=$(printf '%033d' 0)"
	cert two good /CN=anna/CN=officea
	cert none good /
	openssl ca -config good.ca/conf -revoke gone.crt 2>>openssl.log ||
	    atf_fail "openssl ca -revoke"
	crl good
	hub_up <<-EOF
		guess-delay 0s
		guess-limit 1000
		hub default {
			auth certificate
			client-ca $PWD/good.crt
			client-crl $PWD/good.crl
			policy few {
				max-macs 1
			}
			default-policy few
			user anna {
				max-sessions 2
			}
			user off {
				enabled no
			}
		}
	EOF
	cert off good /CN=off
	check_peer <<-'EOF'
		def status(cert, user=None):
		    p = Peer(cert=cert)
		    s = p.request("", user, "")
		    p.close()
		    return s
		same(status("anna"), 101, "anna")
		same(status("anna", "anna"), 101, "anna by name")
		# one that no block is about
		same(status("guest"), 101, "guest-7")
		p = Peer(cert="guest")
		same(p.request("", None), 101, "guest-7")
		until(lambda: [s for s in sessions() if s["user"] == "guest-7"
		               and s["policy"] == "few"], 10, "its policy")
		for bad in ("old", "gone", "server", "stranger", "odd", "long",
		            "two", "none", "off"):
		    same(status(bad), 401, bad)
		same(status("guest", "anna"), 401, "as somebody else")
	EOF
	says "refused: certificate has expired"
	says "refused: certificate revoked"
	says "refused: unable to get local issuer certificate"
	says "refused: unsuitable certificate purpose\|refused: unsupported certificate purpose"
	says "it has no name of a user where certificate-name says"
	says "it is another user's"
	# who is revoked later is refused after a reload
	openssl ca -config good.ca/conf -revoke guest.crt 2>>openssl.log ||
	    atf_fail "openssl ca -revoke"
	crl good
	hubctl hub reload
	check_peer <<-'EOF'
		p = Peer(cert="guest")
		same(p.request("", None), 401, "revoked")
	EOF
}
by_ca_cleanup()
{
	netns_cleanup
}

atf_test_case sessions cleanup
sessions_head()
{
	head "sessions that run end when their certificate is revoked or its pin taken out"
}
sessions_body()
{
	need openssl
	ca good
	cert anna good /CN=anna
	cert guest good /CN=guest
	cert bob good /CN=other
	crl good
	hub_up <<-EOF
		hub default {
			auth certificate
			auth password
			client-ca $PWD/good.crt
			client-crl $PWD/good.crl
			user bob {
				pin $(lw hubctl pin bob.crt)
			}
			$(users)
		}
	EOF
	grep -v "^[[:blank:]]*pin " hub.conf >hub.conf.nopin
	cat >live.py <<-'EOF'
		from peer import *
		new = [("Longwire-Session", "new")]
		def up(cert):
		    p = Peer(cert=cert)
		    same(p.request("", None, None, new), 101, cert)
		    return p
		anna, guest, bob = up("anna"), up("guest"), up("bob")
		own = join("officea", "secret")
		keep(guest)
		def reloaded(step):
		    open(step, "w").close()
		    until(lambda: os.path.exists(step + ".done"), 60, step)
		def stay(*peers):
		    for p in peers:
		        check(not p.closed(0.3), "one too many is gone")
		reloaded("nothing")
		stay(anna, guest, bob, own)
		reloaded("revoke")
		check(guest.closed(), "revoked, and still there")
		stay(anna, bob, own)
		p = Peer()
		same(p.request("", None, None, [kept()]), 401, "its token")
		reloaded("nopin")
		check(bob.closed(), "without pin, and still there")
		stay(anna, own)
		same(sorted(s["user"] for s in sessions()), ["anna", "officea"], "who")
		open("end", "w").close()
	EOF
	netns_spawn live c env PYTHONPATH="$LW_TOP/regress/net" \
	    PYTHONDONTWRITEBYTECODE=1 HUB_ADDR=10.0.0.1 python3 live.py
	step nothing
	hubctl hub reload
	: >nothing.done
	step revoke
	openssl ca -config good.ca/conf -revoke guest.crt 2>>openssl.log ||
	    atf_fail "openssl ca -revoke"
	crl good
	hubctl hub reload
	: >revoke.done
	step nopin
	cp hub.conf.nopin hub.conf
	hubctl hub reload
	: >nopin.done
	step end
	says "is over: its certificate is taken no more"
}
# the peers have come to that point
step()
{
	wait_until 60 test -e "$1" && return
	cat live.log
	atf_fail "not as far as $1"
}
sessions_cleanup()
{
	netns_cleanup
}

atf_test_case names cleanup
names_head()
{
	head "the user's name from an alternative name, by a chain of two CAs"
}
names_body()
{
	need openssl
	ca root
	ca middle
	cert middle root "/CN=middle" basicConstraints=critical,CA:TRUE
	cert mail middle /CN=no-one \
	    "subjectAltName=email:anna@example.com,DNS:bert"
	cat middle.crt >>mail.crt
	cert bare middle /CN=no-one \
	    "subjectAltName=email:anna@example.com,DNS:bert"
	hub_up <<-EOF
		guess-delay 0s
		hub default {
			auth certificate
			client-ca $PWD/root.crt
			certificate-name email
		}
		hub second {
			auth certificate
			client-ca $PWD/root.crt
			certificate-name dns
		}
	EOF
	check_peer <<-'EOF'
		def user(cert, hub=""):
		    p = Peer(cert=cert)
		    if p.request(hub, None) != 101:
		        return None
		    return until(sessions, 10, "a session")[0]["user"], p.bye()
		same(user("mail")[0], "anna", "by e-mail")
		until(lambda: not sessions(), 10, "gone")
		same(user("mail", "second")[0], "bert", "by DNS name")
		same(user("bare"), None, "without the CA between")
	EOF
	# settings that could let nobody in, or somebody by mistake
	bad()
	{
		sed "$2" hub.conf >bad.conf
		atf_check -s exit:1 -e match:"$1" lw hubd -n -f bad.conf
	}
	bad "needs client-ca, or a user with pin" "/client-ca/d"
	bad "No such file" "s/root.crt/nothing.crt/"
	bad "no certificate in PEM" "s/root.crt/root.key/"
	bad "certificate-name" "s/name dns/name phone/"
	bad "without client-ca" "s/client-ca/client-crl/"
}
names_cleanup()
{
	netns_cleanup
}

atf_test_case vnic cleanup
vnic_head()
{
	head "vnicd logs in by certificate, whoever does the TLS records"
}
vnic_body()
{
	need openssl
	selfsigned office "/CN=office"
	hub_up <<-EOF
		hub default {
			auth certificate
			user officea {
				pin $(lw hubctl pin office.crt)
			}
		}
	EOF
	settings()
	{
		vnic_conf box <<-EOT
			vnic office {
				interface lw0
				server 10.0.0.1:443
				user officea
				pin $(hub_pin hub)
				tls $1
				$2
			}
		EOT
	}
	both="certificate $PWD/office.crt
	key $PWD/office.key"
	settings record "$both"
	start_vnicd box c
	wait_until 20 vnic_up box office || atf_fail "record: not up"
	settings openssl "$both"
	vnicctl box reload
	wait_until 20 vnic_up box office || atf_fail "openssl: not up"
	# by token, too
	vnicctl box reconnect
	resumed()
	{
		vnic_up box office && [ "$(vnic_fact box office resumed)" = 1 ]
	}
	wait_until 20 resumed || atf_fail "not resumed"
	atf_check_equal 1 "$(hub_sessions hub)"
	# faults of the settings
	bad()
	{
		settings record "$2"
		atf_check -s exit:1 -e match:"$1" lw vnicd -n -f box.conf
	}
	bad "belong together" "certificate $PWD/office.crt"
	bad "give one of password" ""
	bad "No such file" "certificate $PWD/none.crt
	key $PWD/office.key"
	# a key that does not fit is said, and nothing is tried
	selfsigned other "/CN=other"
	settings record "certificate $PWD/office.crt
	key $PWD/other.key"
	vnicctl box reload
	wait_until 10 grep "certificate and key do not fit" box.log ||
	    atf_fail "not said"
	# another certificate is refused
	settings record "certificate $PWD/other.crt
	key $PWD/other.key"
	vnicctl box reload
	wait_until 20 grep "no user has its key" hub.log || atf_fail "not said"
	! vnic_up box office || atf_fail "let in"
}
vnic_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case pinned
	atf_add_test_case by_ca
	atf_add_test_case sessions
	atf_add_test_case names
	atf_add_test_case vnic
}
