# SPDX-License-Identifier: ISC
# flavours: asan amd64
# timeout: 120
# A hub's local port: a tap in a bridge of the hub's own machine.
#
#	p:eth0 10.8.0.1 ---- h:p0 [br0] h:lwoffice  hubd  h:eth0 ---- c:eth0

. "$LW_TOP/regress/net/hub.subr"

local_up()
{
	need ip jq python3 ping
	netns_add h c p
	netns_link h eth0 c eth0
	netns_link p eth0 h p0
	netns_addr h eth0 10.0.0.1/24
	netns_addr c eth0 10.0.0.2/24
	netns_addr p eth0 10.8.0.1/24
	netns_bridge h br0 p0
	hub_conf hub <<-EOF
		threads 2
		hub default {
			$(users)
			local-port office {
				bridge br0
			}
		}
	EOF
	start_hubd hub h
}

bridged()
{
	netns_exec h ip -d link show lwoffice | grep -q "master $1"
}

atf_test_case frames cleanup
frames_head()
{
	atf_set descr "frames go between sessions and a bridge of this machine"
	atf_set require.user root
}
frames_body()
{
	local_up
	bridged br0 || atf_fail "lwoffice is not in br0"
	# again and again: that there is nobody is known after 3 s
	netns_spawn ping p sh -c 'while ! ping -c 1 -W 5 10.8.0.99; do :; done'
	check_peer <<-'EOF'
		a = join("officea", "secret")
		asked = None
		# p looks for 10.8.0.99; answer as that host
		for n in range(50):
		    f = a.frame(0.5)
		    if f is None:
		        continue
		    if f[12:14] == b"\x08\x06" and f[38:42] == bytes([10, 8, 0, 99]):
		        asked = f
		        break
		check(asked, "no ARP request came")
		me, them = mac(99), asked[6:12]
		a.send(eth(them, me, asked[14:20] + b"\0\2" + me +
		           asked[38:42] + them + asked[28:32], 0x0806))
		for n in range(50):
		    f = a.frame(5)
		    if f and f[:6] == me and f[12:14] == b"\x08\x00":
		        break
		else:
		    raise Failed("no ping came")
		reply = bytearray(them + me + f[12:])
		reply[26:30], reply[30:34] = f[30:34], f[26:30]
		reply[34] = 0		# echo reply; its checksum grows by 8 << 8
		n = struct.unpack("!H", f[36:38])[0] + 0x800
		reply[36:38] = struct.pack("!H", (n & 0xffff) + (n >> 16))
		a.send(bytes(reply))
		s = [s for s in hubctl("show", "sessions") if s["state"] == "local"]
		same([(x["user"], x["from"]) for x in s], [("office", "lwoffice")],
		     "local ports")
		check(s[0]["in-frames"] > 0 and s[0]["out-frames"] > 0, "counters")
	EOF
	wait_until 20 grep -q " 1 received" ping.log || atf_fail "no echo"
}
frames_cleanup()
{
	netns_cleanup
}

atf_test_case reload cleanup
reload_head()
{
	atf_set descr "local ports come, move and go with the settings"
	atf_set require.user root
}
reload_body()
{
	local_up
	cp hub.conf with.conf
	sed '/local-port/,/}/d' with.conf >hub.conf
	atf_check hubctl hub reload
	gone()
	{
		! netns_exec h ip link show lwoffice
	}
	wait_until 10 gone
	sed 's/bridge br0/bridge br1/' with.conf >hub.conf
	atf_check hubctl hub reload
	wait_until 10 bridged br1
	pid=$(pgrep -P "$(netns_pid hub)" -f -- "-x data")
	kill -KILL "$pid"
	back()
	{
		hubctl hub -j show sessions | jq -e '.[0].state == "local"'
	}
	wait_until 10 back
	bridged br1 || atf_fail "lwoffice has left its bridge"
}
reload_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case frames
	atf_add_test_case reload
}
