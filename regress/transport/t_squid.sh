# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Through squid, with each way to log in; the topology is barrier.subr's.
# flavours: asan amd64
# timeout: 180

. "$LW_TOP/regress/transport/squid.subr"

head_of()
{
	atf_set descr "$1"
	atf_set require.user root
}

HELPERS=/usr/lib/squid

atf_test_case none cleanup
none_head()
{
	head_of "no log-in, extra headers, short time-outs, ordinary TLS"
}
none_body()
{
	need tcpdump
	barrier 3128
	# without a word for a few seconds squid cuts the tunnel
	squid_up "http_port 10.1.0.1:3128" "client_lifetime 1 day" \
	    "read_timeout 6 seconds" "client_idle_pconn_timeout 3 seconds" \
	    'logformat office %>a %Ss/%03>Hs %rm %ru %{X-Office}>h' \
	    "access_log stdio:$PWD/squid/office.log office"
	{
		echo 'proxy campus {'
		echo '	type http'
		echo '	server 10.1.0.1:3128'
		echo '	header "X-Office: Kyoto"'
		echo '	header "User-Agent: Mozilla/5.0"'
		echo '}'
	} | office_conf "proxy campus" "keepalive 6s"
	# room for every packet, however seldom tcpdump is given the processor
	netns_spawn dump campus tcpdump -B 65536 -i wan -s 0 -U -w wan.pcap \
	    tcp port 443
	wait_until 10 grep -q "listening on" dump.log || atf_fail "tcpdump"
	office_up
	traffic
	# silence for longer than squid's patience: keep-alive is a word
	before=$(fact attempts)
	sleep 9
	atf_check_equal open "$(fact state)"
	atf_check_equal "$before" "$(fact attempts)"
	netns_stop dump
	netns_stop office
	wait_until 10 grep -q Kyoto squid/office.log || atf_fail "no header"
	ordinary_tls wan.pcap
}
none_cleanup()
{
	netns_cleanup
}

# ordinary_tls FILE: the streams to port 443 in it are TLS 1.3, from the first
# octet on, and nothing else
ordinary_tls()
{
	cat >tls.py <<-'EOT'
		import struct, sys
		data = open(sys.argv[1], "rb").read()
		order = "<" if data[:4] == b"\xd4\xc3\xb2\xa1" else ">"
		at, streams = 24, {}
		while at < len(data):
		    n = struct.unpack(order + "I", data[at + 8:at + 12])[0]
		    p = data[at + 16:at + 16 + n]
		    at += 16 + n
		    ip = p[14:14 + struct.unpack(">H", p[16:18])[0]]
		    tcp = ip[(ip[0] & 15) * 4:]
		    ports = struct.unpack(">HH", tcp[:4])
		    seq = struct.unpack(">I", tcp[4:8])[0]
		    s = streams.setdefault(ports, {"data": {}})
		    if tcp[13] & 2:
		        s["start"] = seq + 1
		    payload = tcp[(tcp[12] >> 4) * 4:]
		    if payload:
		        s["data"][(seq - s["start"]) % 2**32] = payload
		assert len(streams) >= 2, streams.keys()
		for ports, s in streams.items():
		    whole, records = b"", []
		    for offset in sorted(s["data"]):
		        assert offset <= len(whole), "a hole"
		        whole += s["data"][offset][len(whole) - offset:]
		    while len(whole) >= 5:
		        kind, version, n = struct.unpack(">BHH", whole[:5])
		        assert kind in (20, 21, 22, 23), kind
		        assert version in (0x0301, 0x0303) and n <= 16640, (version, n)
		        records.append((kind, whole[5:5 + n]))
		        whole = whole[5 + n:]
		    hello = records[0]
		    assert hello[0] == 22, hello
		    assert hello[1][0] == (1 if ports[1] == 443 else 2), hello
		    # supported_versions has TLS 1.3
		    assert b"\x00\x2b" in hello[1] and b"\x03\x04" in hello[1]
		    assert all(k in (20, 23) for k, _ in records[1:]), "after hello"
		    print(ports, len(records), "records")
	EOT
	python3 tls.py "$1" >tls.out 2>&1 || {
		cat tls.out
		atf_fail "not ordinary TLS"
	}
	cat tls.out
}

atf_test_case basic cleanup
basic_head()
{
	head_of "Basic, by basic_ncsa_auth"
}
basic_body()
{
	need openssl
	barrier 3128
	echo "karl:$(openssl passwd -apr1 geheim)" >passwd
	chmod 644 passwd
	squid_up "http_port 10.1.0.1:3128" \
	    "auth_param basic program $HELPERS/basic_ncsa_auth $PWD/passwd" \
	    "auth_param basic realm campus"
	office_proxy "user karl" "password falsch"
	office_starts
	problem_is 'proxy 10.1.0.1:3128 refuses user "karl" \(by Basic\): wrong user or password'
	netns_stop office
	office_proxy "user karl" "password geheim"
	office_up
	traffic
	wait_until 5 grep -q "wants the password by Basic" office.log ||
	    atf_fail "no warning"
}
basic_cleanup()
{
	netns_cleanup
}

atf_test_case digest cleanup
digest_head()
{
	head_of "Digest, stronger than the Basic beside it"
}
digest_body()
{
	barrier 3128
	printf 'karl:geheim\n' >digest.pw
	chmod 644 digest.pw
	echo "karl:no-password-is-this" >passwd
	chmod 644 passwd
	squid_up "http_port 10.1.0.1:3128" \
	    "auth_param basic program $HELPERS/basic_ncsa_auth $PWD/passwd" \
	    "auth_param digest program $HELPERS/digest_file_auth $PWD/digest.pw" \
	    "auth_param digest realm campus" \
	    "auth_param digest nonce_max_duration 30 minutes"
	office_proxy "user karl" "password falsch"
	office_starts
	problem_is 'proxy 10.1.0.1:3128 refuses user "karl" \(by Digest'
	netns_stop office
	office_proxy "user karl" "password geheim"
	office_up
	traffic
	atf_check -s exit:1 grep -q "by Basic and without TLS" office.log
}
digest_cleanup()
{
	netns_cleanup
}

# samba: a server of its own with the user karl, for ntlm_auth
samba()
{
	need winbindd ntlm_auth smbpasswd
	for d in private state cache lock run nc log priv; do
		mkdir -p "samba/$d"
	done
	cat >smb.conf <<-EOT
		[global]
		workgroup = CAMPUS
		netbios name = DC
		server role = standalone server
		security = user
		passdb backend = tdbsam:$PWD/samba/private/passdb.tdb
		private dir = $PWD/samba/private
		state directory = $PWD/samba/state
		cache directory = $PWD/samba/cache
		lock directory = $PWD/samba/lock
		pid directory = $PWD/samba/run
		ncalrpc dir = $PWD/samba/nc
		log file = $PWD/samba/log/log.%m
		ntlm auth = ntlmv2-only
		idmap config * : backend = tdb
		idmap config * : range = 10000-19999
		bind interfaces only = yes
		interfaces = lo
	EOT
	printf 'geheim\ngeheim\n' | netns_exec campus smbpasswd \
	    -c "$PWD/smb.conf" -a -s nobody >smbpasswd.log 2>&1 || {
		cat smbpasswd.log
		atf_fail "smbpasswd"
	}
	# the place of winbindd's socket is compiled in
	mkdir -p /run/samba
	own "mount --bind $PWD/samba/run /run/samba"
	netns_spawn winbindd campus unshare -m "$PWD/own.sh" winbindd -F \
	    --no-process-group --configfile="$PWD/smb.conf"
	wait_until 30 netns_exec campus unshare -m "$PWD/own.sh" ntlm_auth \
	    --configfile="$PWD/smb.conf" --domain=DC --username=nobody --password=geheim ||
	    atf_fail "winbindd does not know the user"
	chgrp proxy samba/state/winbindd_privileged ||
	    atf_fail "no privileged pipe"
}

atf_test_case ntlm cleanup
ntlm_head()
{
	head_of "NTLMv2, checked by Samba's ntlm_auth"
}
ntlm_body()
{
	barrier 3128
	samba
	cat >ntlm.sh <<-EOT
		#!/bin/sh
		exec ntlm_auth --configfile=$PWD/smb.conf \
		    --helper-protocol=squid-2.5-ntlmssp
	EOT
	chmod 755 ntlm.sh
	squid_up "http_port 10.1.0.1:3128" \
	    "auth_param ntlm program $PWD/ntlm.sh" \
	    "auth_param ntlm children 2 startup=1 idle=1" \
	    "auth_param ntlm keep_alive on"
	office_proxy 'user "DC\\nobody"' "password falsch"
	office_starts
	problem_is 'proxy 10.1.0.1:3128 refuses user "DC.nobody" \(by NTLM\)'
	netns_stop office
	office_proxy 'user "DC\\nobody"' "password geheim"
	office_up
	traffic
	netns_stop office
	wait_until 10 logged "CONNECT 10.9.0.1:443 .*nobody" ||
	    atf_fail "squid does not know the user"
	# the proxy that ends the stream with the first 407
	sed -i 's/keep_alive on/keep_alive off/' squid.conf
	netns_stop squid
	squid_starts
	office_up
	traffic
}
ntlm_cleanup()
{
	netns_cleanup
}

atf_test_case tls cleanup
tls_head()
{
	head_of "TLS to the proxy: by pin and by CA; refused by another pin"
}
tls_body()
{
	need openssl
	barrier 3129
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout proxy.key -out proxy.pem -days 30 -subj /CN=campus \
	    -addext subjectAltName=DNS:campus,IP:10.1.0.1 2>/dev/null ||
	    atf_fail "openssl"
	chmod 644 proxy.key proxy.pem
	squid_up "http_port 10.1.0.1:3128" \
	    "https_port 10.1.0.1:3129 tls-cert=$PWD/proxy.pem tls-key=$PWD/proxy.key"
	pin=sha256/$(openssl x509 -in proxy.pem -noout -pubkey |
	    openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary |
	    base64)
	tls_proxy "ca $PWD/proxy.pem"
	office_up
	atf_check_equal "direct, proxy 10.1.0.1:3129 (http in TLS)" "$(fact way)"
	atf_check_equal eth0 "$(fact uplink)"
	traffic
	# the proxy ends while the tunnel is up
	netns_stop squid KILL
	problem_is "proxy 10.1.0.1:3129"
	squid_starts
	wait_until 10 vnic_up office laptop || atf_fail "not back"
	netns_stop office
	tls_proxy "pin $pin"
	office_up
	netns_exec office ping -c 1 -W 5 192.168.77.1 || atf_fail "no ping"
	netns_stop office
	tls_proxy "pin sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	office_starts
	problem_is "proxy 10.1.0.1:3129: TLS: server key $(echo "$pin" | sed 's/[+]/[+]/g') is not the pinned one"
}
tls_cleanup()
{
	netns_cleanup
}

# tls_proxy LINE: how it is known
tls_proxy()
{
	office_proxy "tls yes" "$1"
	sed -i 's/10.1.0.1:3128/10.1.0.1:3129/' office.conf
}

atf_test_case restart cleanup
restart_head()
{
	head_of "the proxy is restarted: the session resumes within 5 s"
}
restart_body()
{
	barrier 3128
	squid_up "http_port 10.1.0.1:3128"
	office_proxy
	office_up
	traffic
	# (again where the machine was busy)
	for n in 1 2 3; do
		wait_until 10 lasted || atf_fail "no lasting session"
		netns_stop squid KILL
		wait_until 10 down || atf_fail "the loss is not seen"
		sleep 12
		squid_starts
		begin=$(_uptime_cs)
		wait_until 20 vnic_up office laptop || atf_fail "not back"
		took=$(($(_uptime_cs) - begin))
		echo "back after $took cs"
		atf_check_equal "$n" "$(fact resumed)"
		[ $took -gt 500 ] || break
	done
	[ $took -le 500 ] || atf_fail "back after $took cs"
	traffic
}
restart_cleanup()
{
	netns_cleanup
}

lasted()
{
	[ "$(fact state)" = open ] && [ "$(fact since)" -ge 2 ]
}

down()
{
	! vnic_up office laptop
}

atf_init_test_cases()
{
	atf_add_test_case none
	atf_add_test_case basic
	atf_add_test_case digest
	atf_add_test_case ntlm
	atf_add_test_case tls
	atf_add_test_case restart
}
