# SPDX-License-Identifier: ISC
# flavours: toy
# timeout: 90
# One more authentication method and one more transport, each a folder and a
# line in a table, work in the real daemons without another change.
#
#	h (hubd, method motto) 10.0.0.1 --- br --- 10.0.0.2 a (vnicd, knock)

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"

atf_test_case toy_modules cleanup
toy_modules_head()
{
	atf_set descr "a toy method and a toy transport carry a ping"
	atf_set require.user root
}
toy_modules_body()
{
	need ip jq python3 ping
	netns_add h a
	netns_link h h0 a a0
	netns_addr h h0 10.0.0.1/24
	netns_addr a a0 10.0.0.2/24
	hub_conf hub <<-EOF2
		hub default {
			auth motto
			$(hub_user anna "not this one")
			local-port lan {
				interface hub0
			}
		}
	EOF2
	start_hubd hub h
	netns_addr h hub0 192.168.9.1/24

	# the doorkeeper of port 8443, who lets in whoever knocks
	cat >door.py <<-EOF2
		import socket, threading
		def pump(a, b):
		    while data := a.recv(65536):
		        b.sendall(data)
		    b.shutdown(socket.SHUT_WR)
		def door(c):
		    if c.recv(6, socket.MSG_WAITALL) != b"knock\n":
		        return c.close()
		    c.sendall(b"come\n")
		    s = socket.create_connection(("10.0.0.1", 443))
		    threading.Thread(target=pump, args=(c, s), daemon=True).start()
		    pump(s, c)
		l = socket.create_server(("10.0.0.1", 8443))
		while True:
		    threading.Thread(target=door, args=(l.accept()[0],), daemon=True).start()
	EOF2
	netns_spawn door h python3 door.py

	vnic_conf a <<-EOF2
		vnic office {
			interface vnic0
			server 10.0.0.1:8443
			transport knock
			user anna
			password "anna and out"
			pin $(hub_pin hub)
		}
	EOF2
	start_vnicd a a
	wait_until 15 vnic_up a office || atf_fail "not connected: $(tail -n 1 a.log)"
	netns_addr a vnic0 192.168.9.2/24
	netns_pings a 3 0.2 192.168.9.1 || atf_fail "pings are lost"

	# the method asks for its own password, the transport for its door
	hubctl hub kick user anna
	sed -i 's/anna and out/anna and in/' a.conf
	vnicctl a reload
	wait_until 10 grep -qi "password\|refused" a.log
	atf_check_equal 0 "$(hub_sessions hub)"
}
toy_modules_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case toy_modules
}
