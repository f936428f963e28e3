# SPDX-License-Identifier: ISC
# flavours: asan tsan
# timeout: 120
# A certificate of the same key is taken over without an end to any session;
# the TLS-ALPN-01 challenge goes to who asks for it and to nobody else.

. "$LW_TOP/regress/net/hub.subr"

# Of a certificate's subject, as peers see it.
shown_script()
{
	cat <<-'EOF'
		def shown(alpn="http/1.1", name="hub.example.com"):
		    out = subprocess.run(
		        ["openssl", "s_client", "-connect", HUB + ":443",
		         "-servername", name, "-alpn", alpn],
		        input=b"", stdout=subprocess.PIPE,
		        stderr=subprocess.STDOUT).stdout.decode()
		    return out
	EOF
	cat
}

# new_cert SUBJECT: of the hub's key, as acmed(8) leaves it
new_cert()
{
	openssl req -x509 -new -key hub.db/hubd.key -subj "/CN=$1" -days 9 \
	    -out hub.db/hubd.acme.crt 2>openssl.err ||
	    atf_fail "$(cat openssl.err)"
}

atf_test_case renew cleanup
renew_head()
{
	atf_set descr "another certificate of the same key; sessions stay"
	atf_set require.user root
}
renew_body()
{
	need openssl
	hub_up <<-EOF
		hub default {
			$(users)
		}
	EOF
	hub_pin hub >pin.before
	new_cert renewed.example.com
	shown_script <<-'EOF' | check_peer
		a, b = join("officea", "secret"), join("officeb", "secret")
		check("renewed" not in shown(), "too early")
		subprocess.run(["sh", os.environ["LW_TOP"] + "/regress/lw.sh",
		    "hubctl", "-s", os.environ["HUB_SOCKET"], "reload"], check=True)
		until(lambda: "CN = renewed.example.com" in shown(), text="renewed")
		f = eth(mac(2), mac(1), b"still there")
		a.send(f)
		b.expect(f)
	EOF
	atf_check grep -q 'a new certificate is shown' hub.log
	hub_pin hub >pin.after
	atf_check cmp pin.before pin.after
	# one of another key is not shown
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout other.key -subj /CN=foreign.example.com \
	    -out hub.db/hubd.acme.crt 2>openssl.err ||
	    atf_fail "$(cat openssl.err)"
	atf_check -o ignore -e ignore hubctl hub reload
	atf_check grep -q 'hubd.acme.crt: not of this key' hub.log
	shown_script <<-'EOF' | check_peer
		check("foreign" not in shown(), "a foreign certificate")
	EOF
	hub_pin hub >pin.after
	atf_check cmp pin.before pin.after
	# nor a chain that TLS refuses, which would keep the hub from starting
	new_cert weak.example.com
	openssl req -x509 -newkey rsa:512 -nodes -keyout weak.key -days 9 \
	    -subj /CN=ca.example.com 2>openssl.err >>hub.db/hubd.acme.crt ||
	    atf_fail "$(cat openssl.err)"
	atf_check -o ignore -e ignore hubctl hub reload
	atf_check grep -q 'hubd.acme.crt: .*the own one is shown' hub.log
	netns_stop hub
	start_hubd hub h
	hub_pin hub >pin.after
	atf_check cmp pin.before pin.after
	shown_script <<-'EOF' | check_peer
		check("weak" not in shown(), "a chain that TLS refuses")
	EOF
}
renew_cleanup()
{
	netns_cleanup
}

atf_test_case challenge cleanup
challenge_head()
{
	atf_set descr "who offers acme-tls/1 for the name gets the challenge"
	atf_set require.user root
}
challenge_body()
{
	need openssl
	hub_up <<-EOF
		hub default {
			$(users)
		}
	EOF
	digest=pKWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU
	atf_check hubctl hub challenge hub.example.com "$digest"
	shown_script <<-'EOF' | check_peer
		text = shown("acme-tls/1")
		check("CN = ACME challenge" in text, text)
		check("ALPN protocol: acme-tls/1" in text, text)
		for other in shown(), shown("acme-tls/1,http/1.1"), \
		    shown("acme-tls/1", "other.example.com"):
		    check("ACME" not in other, other)
		a, b = join("officea", "secret"), join("officeb", "secret")
		f = eth(mac(2), mac(1), b"as ever")
		a.send(f)
		b.expect(f)
	EOF
	atf_check -s exit:1 -e match:'43 characters' \
	    hubctl hub challenge hub.example.com AAAA
	atf_check -s exit:1 -e match:'no DNS name' \
	    hubctl hub challenge 'a,DNS:b' "$digest"
	atf_check hubctl hub challenge
	shown_script <<-'EOF' | check_peer
		text = shown("acme-tls/1")
		check("ACME" not in text, text)
	EOF
}
challenge_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case renew
	atf_add_test_case challenge
}
