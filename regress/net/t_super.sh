# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Super-frames: from the kernel of one office to that of the other, whole; and
# segmented at the last moment for those who take none.  For the topology see
# vnic.subr.
# flavours: asan amd64
# timeout: 180

. "$LW_TOP/regress/net/vnic.subr"
. "$LW_TOP/regress/bench/emu.subr"

head()
{
	atf_set descr "$1"
	atf_set require.user root
}

# The receiver says how many bytes it got, and whether they are right.
transfer_scripts()
{
	cat >pattern.py <<-'EOT'
		import hashlib, socket, sys
		SIZE = 8 << 20
		DATA = bytes(range(251)) * (SIZE // 251 + 1)
		DATA = DATA[:SIZE]
		def family(addr):
		    return socket.AF_INET6 if ":" in addr else socket.AF_INET
	EOT
	cat >receive.py <<-'EOT'
		from pattern import *
		s = socket.create_server((sys.argv[1], 5000),
		                         family=family(sys.argv[1]))
		print("ready", flush=True)
		while True:
		    c, _ = s.accept()
		    h, n = hashlib.sha256(), 0
		    while True:
		        data = c.recv(1 << 20)
		        if not data:
		            break
		        h.update(data)
		        n += len(data)
		    ok = h.digest() == hashlib.sha256(DATA).digest()
		    c.close()
		    print("got", n, "right" if ok else "wrong", flush=True)
	EOT
	cat >send.py <<-'EOT'
		from pattern import *
		c = socket.create_connection((sys.argv[1], 5000), 60)
		c.sendall(DATA)
		c.shutdown(socket.SHUT_WR)
		c.recv(1)
	EOT
}

# receiver NAME NS ADDRESS
receiver()
{
	netns_spawn "$1" "$2" env PYTHONDONTWRITEBYTECODE=1 \
	    python3 "$PWD/receive.py" "$3"
	wait_until 10 grep -q ready "$1.log" || atf_fail "no receiver"
}

# transfer FROM ADDRESS NAME COUNT: 8 MiB; NAME has then got COUNT of them
transfer()
{
	atf_check netns_exec "$1" env PYTHONDONTWRITEBYTECODE=1 \
	    timeout 60 python3 send.py "$2"
	wait_until 20 got "$3" "$4" || atf_fail "not all has arrived"
}

got()
{
	[ "$(grep -c "^got 8388608 right" "$1.log")" -eq "$2" ]
}

# fact LETTER KEY
fact()
{
	vnic_fact "box-$1" office "$2"
}

# bad_sums NS: segments with a wrong checksum that NS's kernel has seen
bad_sums()
{
	netns_exec "$1" awk '
		/^(Tcp|Udp):/ {
			if ($1 in seen) {
				for (i = 2; i <= NF; i++)
					if (name[$1, i] == "InCsumErrors")
						n += $i
			} else {
				seen[$1] = 1
				for (i = 2; i <= NF; i++)
					name[$1, i] = $i
			}
		}
		END { print n + 0 }' /proc/net/snmp
}

# at_least WHAT NUMBER LIMIT
at_least()
{
	[ "$2" -ge "$3" ] || atf_fail "$1: $2, not $3 or more"
}

need_super()
{
	need ip ping jq python3 ethtool
	transfer_scripts
}

# offload_off NS: the PC takes and sends ordinary frames only
offload_off()
{
	_netns_do netns_exec "$1" ethtool -K eth0 tso off gso off gro off \
	    rx-udp-gro-forwarding off tx off sg off >/dev/null
	# its cable's other end segments what the bridge hands to it
	_netns_do netns_exec "box-${1#pc-}" ethtool -K p0 tso off gso off \
	    tx off sg off >/dev/null
}

atf_test_case whole cleanup
whole_head()
{
	head "TCP crosses from LAN to LAN as super-frames, both ways"
}
whole_body()
{
	need_super
	two_offices
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	receiver rb pc-b 192.168.77.2
	receiver ra pc-a 192.168.77.1
	transfer pc-a 192.168.77.2 rb 1
	transfer pc-b 192.168.77.1 ra 1
	# 8 MiB are 5794 frames of 1514, or 129 of the greatest super-frames
	for x in a b; do
		echo "box $x: tx $(fact $x tx-frames)" \
		    "$(fact $x tx-super-frames) rx $(fact $x rx-frames)" \
		    "$(fact $x rx-super-frames)"
		at_least "super-frames out of $x" "$(fact $x tx-super-frames)" 64
		at_least "super-frames into $x" "$(fact $x rx-super-frames)" 64
		at_least "bytes a frame into $x" \
		    $(($(fact $x rx-bytes) / $(fact $x rx-frames))) 3000
		[ "$(fact $x drop-interface)" -eq 0 ] ||
		    atf_fail "the interface of box $x refused frames"
		[ "$(bad_sums pc-$x)" -eq 0 ] || atf_fail "bad checksums at pc-$x"
	done
	at_least "bytes a frame" \
	    $(($(fact a tx-bytes) / $(fact a tx-frames))) 3000
	at_least "super-frames into the hub" "$(hub_stat hub in-super-frames)" 128
	# in more pieces where the line to a box seems slow, on a busy machine
	at_least "super-frames out of the hub" \
	    "$(hub_stat hub out-super-frames)" \
	    "$(hub_stat hub in-super-frames)"
	atf_check_equal 0 "$(hub_stat hub capsule-bad-offload)"
}
whole_cleanup()
{
	netns_cleanup
}

atf_test_case far cleanup
far_head()
{
	head "on a long line that loses, headers are compressed, and right"
}
far_body()
{
	need_super
	box_far both:delay=5ms,loss=1%
	two_offices
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	receiver rb pc-b 192.168.77.2
	receiver ra pc-a 192.168.77.1
	for n in 1 2 3; do
		transfer pc-a 192.168.77.2 rb $n
		transfer pc-b 192.168.77.1 ra $n
	done
	for x in a b; do
		atf_check_equal 0 "$(bad_sums pc-$x)"
	done
	# data and acknowledgements of box a
	at_least "compressed" "$(hub_stat hub capsule-compressed)" 300
	atf_check_equal 0 "$(hub_stat hub capsule-bad-headers)"
	atf_check_equal 0 "$(hub_stat hub capsule-bad-offload)"
	# and not where they are not offered
	vnic_stop_a
	before=$(hub_stat hub capsule-compressed)
	office_conf a "offload no"
	box_up a
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	transfer pc-a 192.168.77.2 rb 4
	atf_check_equal "$before" "$(hub_stat hub capsule-compressed)"
}
far_cleanup()
{
	netns_cleanup
}

vnic_stop_a()
{
	netns_stop box-a || atf_fail "vnicd of box a did not end"
}

atf_test_case far_without cleanup
far_without_head()
{
	head "a far host without offload gets frames of 1514, sums right"
}
far_without_body()
{
	need_super
	need tcpdump
	two_offices
	offload_off pc-b
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	receiver rb pc-b 192.168.77.2
	netns_spawn dump pc-b timeout 60 tcpdump -c 600 -n -vv -i eth0 \
	    -s 1600 tcp and src 192.168.77.1
	wait_until 10 grep -q "listening on" dump.log ||
	    atf_fail "tcpdump does not start"
	transfer pc-a 192.168.77.2 rb 1
	wait_until 30 grep -q "packets captured" dump.log ||
	    atf_fail "tcpdump does not end"
	at_least "super-frames into b" "$(fact b rx-super-frames)" 64
	at_least "full frames" "$(grep -c "length 1448" dump.log)" 400
	atf_check -s exit:1 grep -E "incorrect|bad cksum|length [2-9][0-9]{3}" \
	    dump.log
	atf_check_equal 0 "$(bad_sums pc-b)"
	# and what it sends goes out all the same
	receiver ra pc-a 192.168.77.1
	transfer pc-b 192.168.77.1 ra 1
	atf_check_equal 0 "$(bad_sums pc-a)"
}
far_without_cleanup()
{
	netns_cleanup
}

atf_test_case ipv6 cleanup
ipv6_head()
{
	head "TCP over IPv6 as super-frames, and in frames of 1514"
}
ipv6_body()
{
	need_super
	two_offices
	for x in a b; do
		netns_ipv6 "pc-$x"
	done
	netns_addr pc-a eth0 fd77::1/64
	netns_addr pc-b eth0 fd77::2/64
	wait_until 10 pings pc-a fd77::2 || atf_fail "no ping"
	receiver rb pc-b fd77::2
	transfer pc-a fd77::2 rb 1
	at_least "super-frames into b" "$(fact b rx-super-frames)" 64
	offload_off pc-b
	transfer pc-a fd77::2 rb 2
	atf_check_equal 0 "$(fact b drop-interface)"
	atf_check_equal 0 "$(netns_exec pc-b awk \
	    '$1 == "Tcp6InCsumErrors" { n += $2 } END { print n + 0 }' \
	    /proc/net/snmp6)"
}
ipv6_cleanup()
{
	netns_cleanup
}

atf_test_case ecn cleanup
ecn_head()
{
	head "TCP with ECN crosses, marked frames and CWR among it"
}
ecn_body()
{
	need_super
	two_offices
	for x in a b; do
		_netns_do netns_exec "pc-$x" sh -c \
		    'echo 1 >/proc/sys/net/ipv4/tcp_ecn'
	done
	offload_off pc-b
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	receiver rb pc-b 192.168.77.2
	transfer pc-a 192.168.77.2 rb 1
	at_least "super-frames into b" "$(fact b rx-super-frames)" 64
	at_least "ECN-capable packets at pc-b" "$(netns_exec pc-b awk '
		/^IpExt:/ {
			if (seen++)
				for (i = 2; i <= NF; i++) {
					if (name[i] == "InECT0Pkts")
						n += $i
				}
			else
				for (i = 2; i <= NF; i++)
					name[i] = $i
		}
		END { print n + 0 }' /proc/net/netstat)" 4000
	atf_check_equal 0 "$(bad_sums pc-b)"
}
ecn_cleanup()
{
	netns_cleanup
}

atf_test_case unable cleanup
unable_head()
{
	head "an end whose offload is off gets and sends ordinary frames"
}
unable_body()
{
	need_super
	wan_hub
	office a 2
	office b 3
	netns_addr pc-a eth0 192.168.77.1/24
	netns_addr pc-b eth0 192.168.77.2/24
	office_conf a
	office_conf b "offload no"
	box_up a
	box_up b
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	receiver rb pc-b 192.168.77.2
	receiver ra pc-a 192.168.77.1
	transfer pc-a 192.168.77.2 rb 1
	transfer pc-b 192.168.77.1 ra 1
	at_least "super-frames out of a" "$(fact a tx-super-frames)" 64
	atf_check_equal 0 "$(fact b rx-super-frames)"
	atf_check_equal 0 "$(fact b tx-super-frames)"
	at_least "frames into b" "$(fact b rx-frames)" 5794
	at_least "frames out of b" "$(fact b tx-frames)" 5794
	for x in a b; do
		atf_check_equal 0 "$(bad_sums pc-$x)"
		atf_check_equal 0 "$(fact $x drop-interface)"
	done
}
unable_cleanup()
{
	netns_cleanup
}

# frames.py: frames of several flows that can be joined, and their sender
# and receiver
frame_scripts()
{
	cat >frames.py <<-'EOT'
		import os, socket, struct, sys
		sys.path.insert(0, os.environ["LW_TOP"] + "/regress/net")
		from peer import checksum, mac, tcp_data, udp, vlan
		def udp6(payload):
		    src, dst = b"\xfd" + b"\1" * 15, b"\xfd" + b"\2" * 15
		    size = 8 + len(payload)
		    u = struct.pack("!HHHH", 7, 8, size, 0) + payload
		    c = checksum(src + dst + struct.pack("!II", size, 17) + u)
		    return (b"\xff" * 6 + mac(1) + b"\x86\xdd\x60\0\0\0" +
		            struct.pack("!HBB", size, 17, 64) + src + dst +
		            u[:6] + struct.pack("!H", c) + u[8:])
		def text(n, size):
		    return bytes((n * 7 + i) % 256 for i in range(size))
		flows = [
		    [udp(text(n, 18), 100 + n) for n in range(60)],
		    [vlan(7, udp(text(n, 900), n)) for n in range(50)],
		    [vlan(9, tcp_data(text(n, 1000), 1000 * n, ident=n))
		     for n in range(50)],
		    [vlan(9, vlan(11, udp(text(n, 40), n))) for n in range(30)],
		    [udp6(text(n, 500)) for n in range(40)],
		    # these may not be joined: one flow, wrong checksums
		    [udp(text(n, 300), n)[:-1] + b"!" for n in range(20)],
		]
	EOT
	cat >put.py <<-'EOT'
		from frames import *
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("eth0", 0))
		for flow in flows:
		    for f in flow:
		        s.send(f)
	EOT
	cat >take.py <<-'EOT'
		from frames import *
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
		s.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)
		s.setsockopt(263, 8, 1)  # PACKET_AUXDATA: tags are kept apart
		s.bind(("eth0", 0))
		print("ready", flush=True)
		left, cut = [list(f) for f in flows], 0
		while any(left):
		    data, aux, _, _ = s.recvmsg(70000, 100)
		    if data[6:12] != mac(1):
		        continue
		    for level, kind, value in aux:
		        status, _, _, _, _, tci, tpid = struct.unpack("=IIIHHHH", value)
		        if status & 0x10:
		            data = data[:12] + struct.pack("!HH", tpid, tci) + data[12:]
		    if not any(flow and flow[0] == data and flow.pop(0)
		               for flow in left):
		        print("not expected:", data[:80].hex(), flush=True)
		print("all is here", flush=True)
	EOT
}

# paused NAME COMMAND...: while NAME's processes stand still, so that what
# COMMAND does is one batch for them
paused()
{
	_name=$1
	shift
	_pids="$(pgrep -P "$(netns_pid "$_name")")"
	# shellcheck disable=SC2086 # several
	kill -STOP $_pids
	"$@" || atf_fail "could not: $*"
	# shellcheck disable=SC2086
	kill -CONT $_pids
}

atf_test_case joined cleanup
joined_head()
{
	head "frames of one flow cross as super-frames and come out as they were"
}
joined_body()
{
	need_super
	need pgrep
	two_offices
	offload_off pc-b
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	frame_scripts
	netns_spawn take pc-b timeout 60 env PYTHONDONTWRITEBYTECODE=1 \
	    python3 "$PWD/take.py"
	wait_until 10 grep -q ready take.log || atf_fail "no receiver"
	before=$(fact a tx-frames)
	paused box-a netns_exec pc-a env PYTHONDONTWRITEBYTECODE=1 \
	    python3 put.py
	wait_until 20 grep -q "all is here" take.log ||
	    atf_fail "not all frames arrive as they were"
	atf_check -s exit:1 grep "not expected" take.log
	echo "joined $(fact a tx-joined), frames $(($(fact a tx-frames) - before))"
	# 250 frames, 230 of which can be joined, read 64 at a time
	at_least "joined" "$(fact a tx-joined)" 200
	at_least "super-frames into b" "$(fact b rx-super-frames)" 5
	atf_check_equal 0 "$(fact b drop-interface)"
}
joined_cleanup()
{
	netns_cleanup
}

atf_test_case uso cleanup
uso_head()
{
	head "UDP with segmentation offload crosses whole"
}
uso_body()
{
	need_super
	two_offices
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	cat >count.py <<-'EOT'
		import socket
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)
		s.bind(("", 5001))
		print("ready", flush=True)
		n = 0
		while True:
		    data = s.recv(65536)
		    if data == bytes((n + i) % 251 for i in range(len(data))):
		        n += len(data)
		    else:
		        print("wrong", n, len(data), flush=True)
		    if len(data) != 1000:
		        print("end", n, flush=True)
	EOT
	cat >uso.py <<-'EOT'
		import socket
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.setsockopt(17, 103, 1000)  # UDP_SEGMENT
		s.connect(("192.168.77.2", 5001))
		n = 0
		for size in (40000, 40000, 40000, 30500):
		    s.send(bytes((n + i) % 251 for i in range(size)))
		    n += size
	EOT
	for round in whole cut; do
		[ $round = whole ] || offload_off pc-b
		netns_spawn count$round pc-b python3 "$PWD/count.py"
		wait_until 10 grep -q ready count$round.log ||
		    atf_fail "no receiver"
		atf_check netns_exec pc-a python3 uso.py
		wait_until 20 grep -q "end 150500" count$round.log ||
		    atf_fail "not all datagrams arrive"
		atf_check -s exit:1 grep wrong count$round.log
		netns_stop count$round
	done
	at_least "super-frames out of a" "$(fact a tx-super-frames)" 8
	at_least "super-frames into b" "$(fact b rx-super-frames)" 8
	atf_check_equal 0 "$(bad_sums pc-b)"
	atf_check_equal 0 "$(fact b drop-interface)"
}
uso_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case whole
	atf_add_test_case far
	atf_add_test_case far_without
	atf_add_test_case ipv6
	atf_add_test_case ecn
	atf_add_test_case unable
	atf_add_test_case joined
	atf_add_test_case uso
}
