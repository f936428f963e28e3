# SPDX-License-Identifier: ISC
# flavours: asan tsan amd64
# timeout: 180
# hubctl capture, read by tshark and tcpdump.

. "$LW_TOP/regress/net/hub.subr"

capture_up()
{
	need tshark tcpdump
	hub_up <<-EOF
		threads 2
		hub default {
			storm-broadcast 0
			$(users)
			$(hub_user strict secret "policy no6")
			policy no6 {
				ipv6 no
			}
		}
		hub other {
			$(users)
		}
	EOF
}

# capture NAME ARGUMENT...: into NAME.pcapng, in the background
capture()
{
	_n=$1
	shift
	sh "$LW_TOP/regress/lw.sh" hubctl -s "$PWD/hub.sock" capture \
	    -w "$_n.pcapng" "$@" >"$_n.out" 2>&1 &
	echo $! >"$_n.pid"
	eval "_pid_$_n=$!"
	# the section header is written when hubd has begun
	wait_until 20 test -s "$_n.pcapng" || {
		cat "$_n.out"
		atf_fail "capture $_n does not begin"
	}
}

# ended NAME: with success
ended()
{
	wait_until 20 sh -c "! kill -0 $(cat "$1.pid") 2>/dev/null" ||
	    atf_fail "capture $1 does not end"
	eval "wait \$_pid_$1" || {
		cat "$1.out"
		atf_fail "capture $1 failed"
	}
}

stop()
{
	kill -INT "$(cat "$1.pid")"
	ended "$1"
}

# fields NAME FIELD...: of each frame, by tshark
fields()
{
	_n=$1
	shift
	for _f in "$@"; do
		set -- "$@" -e "$_f"
		shift
	done
	tshark -r "$_n.pcapng" -T fields "$@" 2>tshark.err ||
	    atf_fail "tshark: $(cat tshark.err)"
}

atf_test_case frames cleanup
frames_head()
{
	atf_set descr "frames, interfaces and directions of a hub and of a session"
	atf_set require.user root
}
frames_body()
{
	capture_up
	cat >script <<-'EOF'
		from packets import *
		import signal
		a = join("officea", "secret")
		b = join("officeb", "secret")
		s = join("strict", "secret")
		o = join("officea", "secret", hub="other")
		open("joined", "w").close()
		until(lambda: os.path.exists("go"), 60, "go")
		f = eth(BROADCAST, mac(1), b"to all of them")
		a.send(f)
		b.expect(f)
		s.expect(f)
		g = udp4(mac(2), "10.1.0.2", "10.1.0.1", 5, 53, dst=mac(1))
		b.send(g)
		a.expect(g)
		# dropped, and seen: of the hub and of who sent it
		bad = nd(mac(3), 135, "fe80::1", "fe80::2")
		s.send(bad, eth(mac(1), mac(3), b"behind it"))
		a.expect(eth(mac(1), mac(3), b"behind it"))
		o.send(eth(BROADCAST, mac(9), b"elsewhere"))
		fence(a, b, s)
	EOF
	(check_peer <script) &
	peers=$!
	wait_until 60 test -e joined || atf_fail "nobody joined"
	capture hub hub default
	capture dns hub default udp port 53
	capture sess session officeb
	capture snap -s 20 -c 3 hub default not ether proto 0x88b5
	touch go
	wait $peers || atf_fail "peers: $(tail -n 1 peer.out)"
	ended snap
	stop hub
	stop dns
	stop sess
	# loop probes, which the hub takes itself, aside
	others='eth.type != 0x88b5'
	tshark -r hub.pcapng -Y "$others" -T fields -e frame.interface_name \
	    -e frame.packet_flags_direction -e eth.src >hub.frames
	atf_check -o match:"user officea, session [0-9]+	0x0*1	02:00:00:00:00:01" \
	    head -n 1 hub.frames
	atf_check -o match:"user officeb, session [0-9]+	0x0*1	02:00:00:00:00:02" \
	    sed -n 2p hub.frames
	atf_check -o match:"user strict, session [0-9]+	0x0*1	02:00:00:00:00:03" \
	    sed -n 3p hub.frames
	# all but the other hub's: 4 and the fence
	atf_check_equal 5 "$(wc -l <hub.frames)"
	atf_check_equal 1 "$(fields dns udp.dstport | grep -c '^53$')"
	atf_check_equal 1 "$(fields dns udp.dstport | wc -l)"
	# the session: what it got (broadcast, fence) and what it sent
	tshark -r sess.pcapng -Y "$others" -T fields \
	    -e frame.packet_flags_direction -e eth.src >sess.frames
	cat sess.frames
	atf_check_equal 2 "$(grep -c '^0x0*2	' sess.frames)"
	atf_check_equal 1 "$(grep -c '^0x0*1	02:00:00:00:00:02$' sess.frames)"
	atf_check_equal 3 "$(wc -l <sess.frames)"
	# cut short, but with its length
	atf_check_equal 3 "$(fields snap frame.cap_len | grep -c '^20$')"
	atf_check -o match:"^60	20$" sh -c \
	    'tshark -r snap.pcapng -T fields -e frame.len -e frame.cap_len \
	    -Y "frame.len == 60" 2>/dev/null | head -n 1'
	# another reader takes it, too
	atf_check -o match:"domain" -e ignore tcpdump -nr dns.pcapng
	atf_check -o inline:"600\n" stat -c %a hub.pcapng
}
frames_cleanup()
{
	netns_cleanup
}

atf_test_case limits cleanup
limits_head()
{
	atf_set descr "limits; a reader that sleeps; hubctl killed; wrong requests"
	atf_set require.user root
}
limits_body()
{
	capture_up
	# hubctl that is killed leaves no capture behind, nor does its end
	for n in 1 2 3 4 5 6 7 8 9; do
		capture "k$n" hub default
		kill -KILL "$(cat "k$n.pid")"
	done
	for n in a b c d; do
		wait_until 10 begun "$n" || atf_fail "captures are left"
	done
	atf_check -s exit:1 -o empty -e match:"4 captures run already" \
	    hubctl hub capture -w e.pcapng hub default
	for n in a b c d; do
		stop $n
	done
	atf_check -s exit:1 -e match:"no hub is called that" \
	    hubctl hub capture -w e.pcapng hub nowhere
	atf_check -s exit:1 -e match:"no session or user" \
	    hubctl hub capture -w e.pcapng session nobody
	atf_check -s exit:1 -e match:"capture what" \
	    hubctl hub capture -w e.pcapng pub default
	atf_check -s exit:1 -e match:"the filter \"udp prt 5\": .*syntax error" \
	    hubctl hub capture -w e.pcapng hub default udp prt 5
	atf_check -s exit:1 -e match:"no room" \
	    hubctl hub capture -C 100 -w e.pcapng hub default
	atf_check -s exit:1 -e match:"-c: x is invalid" \
	    hubctl hub capture -c x -w e.pcapng hub default
	atf_check -s exit:1 -e match:"too long" \
	    hubctl hub capture -w e.pcapng hub default "$(seq 1000 3000 |
	    sed 's/.*/port & or/' | tr '\n' ' ') port 1"
	capture size -C 20000 hub default
	# a reader that takes nothing: the hub goes on, drops are counted
	mkfifo slow
	sh "$LW_TOP/regress/lw.sh" hubctl -s "$PWD/hub.sock" capture -C 0 \
	    hub default >slow 2>slow.out &
	echo $! >slow.pid
	_pid_slow=$!
	exec 8<slow
	check_peer <<-'EOF'
		from packets import *
		a = join("officea", "secret")
		b = join("officeb", "secret")
		a.send(eth(BROADCAST, mac(1)))
		b.frame()
		b.send(eth(mac(1), mac(2)))
		a.frame()
		big = eth(mac(2), mac(1), b"x" * 1400)
		for n in range(200):
		    a.send(*[big] * 40)
		    for i in range(40):
		        b.expect(big)
		fence(a, b)
	EOF
	ended size
	size=$(stat -c %s size.pcapng)
	if [ "$size" -gt 20000 ] || [ "$size" -le 17000 ]; then
		atf_fail "$size bytes"
	fi
	kill -INT "$(cat slow.pid)"
	timeout 60 cat <&8 >slow.pcapng || atf_fail "no end"
	ended slow
	got=$(tshark -r slow.pcapng -Y 'frame.len == 1414' 2>/dev/null | wc -l)
	if [ "$got" -le 100 ] || [ "$got" -ge 8000 ]; then
		atf_fail "$got frames"
	fi
	# the statistics block's counter of drops (option 5) and what came
	python3 - "$got" <<-'EOF' || atf_fail "statistics"
		import struct, sys
		data, at, got, dropped, frames = open("slow.pcapng", "rb").read(), 0, 0, 0, 0
		while at < len(data):
		    kind, size = struct.unpack_from("=II", data, at)
		    assert struct.unpack_from("=I", data, at + size - 4)[0] == size
		    frames += kind == 6
		    if kind == 5:
		        o = at + 20
		        while o < at + size - 4:
		            code, n = struct.unpack_from("=HH", data, o)
		            if code == 4:
		                got += struct.unpack_from("=Q", data, o + 4)[0]
		            if code == 5:
		                dropped += struct.unpack_from("=Q", data, o + 4)[0]
		            if code == 0:
		                break
		            o += 4 + (n + 3 & ~3)
		    at += size
		print(frames, "written", dropped, "dropped")
		assert dropped > 0 and got == frames + dropped, (got, frames, dropped)
		assert got >= 8000
	EOF
}
begun()
{
	capture "$1" hub default
}
limits_cleanup()
{
	netns_cleanup
}

atf_test_case hostile cleanup
hostile_head()
{
	atf_set descr "programs and requests that hubctl would not send"
	atf_set require.user root
}
hostile_body()
{
	capture_up
	check_peer <<-'EOF'
		from packets import *
		import random
		random.seed(7)
		def ask(line):
		    s = socket.socket(socket.AF_UNIX)
		    s.connect(os.environ["HUB_SOCKET"])
		    s.settimeout(20)
		    s.sendall(line.encode("latin-1") + b"\n")
		    s.shutdown(socket.SHUT_WR)
		    got = b""
		    try:
		        while True:
		            d = s.recv(65536)
		            if not d:
		                break
		            got += d
		    except ConnectionResetError:
		        pass
		    s.close()
		    return got.split(b"\n")[0].decode("latin-1")
		def insn(code, jt=0, jf=0, k=0):
		    return "%04x%02x%02x%08x" % (code, jt, jf, k)
		def program(*insns):
		    return ask("capture hub default 0 0 0 " + "".join(insns))
		a = join("officea", "secret")
		b = join("officeb", "secret")
		ret = insn(6, k=65535)
		same(program(ret), "ok", "all")
		bad = [
		    "", "0", "xyz", ret[:15], ret + "0", "zz" + ret[2:],
		    insn(0x28, k=12),                       # no return
		    insn(5, k=0xffffffff) + ret,            # jumps backwards
		    insn(5, k=7) + ret,                     # jumps out
		    insn(0x15, 200, 0, 1) + ret,            # the same
		    insn(0x15, 0, 255, 1) + ret,
		    insn(0x60, k=16) + ret,                 # memory beyond its end
		    insn(2, k=0xffffffff) + ret,
		    insn(0x34, k=0) + ret,                  # divides by nought
		    insn(0x94, k=0) + ret,
		    insn(0xffff) + ret, insn(0x1007) + ret, # no such instruction
		    insn(0) * 513,
		]
		for p in bad:
		    said = ask("capture hub default 0 0 0 " + p)
		    check(said.startswith("error "), "%r: %r" % (p[:40], said))
		for line in ("capture", "capture hub", "capture hub default",
		             "capture hub default 0 0 0", "capture hub default -1 0 0 -",
		             "capture hub default 0 0 99999999999999999999 -",
		             "capture session 0 0 0 0 -", "capture session -5 0 0 0 -",
		             "capture hub default 0 0 0 - -"):
		    said = ask(line)
		    check(said.startswith("error "), "%r: %r" % (line, said))
		# valid ones that look far beyond the frame, divide by X = 0...
		f = eth(mac(2), mac(1), b"y" * 40)
		codes = [0, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0xb1, 0x80, 1, 0x81,
		         0x60, 0x61, 2, 3, 4, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c,
		         0x94, 0x9c, 0x44, 0x4c, 0x54, 0x5c, 0x64, 0x6c, 0x74, 0x7c,
		         0x84, 0xa4, 0xac, 5, 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45,
		         0x4d, 6, 0x16, 7, 0x87]
		ks = [0, 1, 13, 14, 53, 54, 0x7fffffff, 0x80000000, 0xfffff000,
		      0xffffffff]
		ok = 0
		for n in range(150):
		    p = "".join(insn(random.choice(codes), random.randrange(4),
		                     random.randrange(4), random.choice(ks))
		                for i in range(random.randrange(1, 12))) + ret * 5
		    s = socket.socket(socket.AF_UNIX)
		    s.connect(os.environ["HUB_SOCKET"])
		    s.settimeout(20)
		    s.sendall(("capture hub default 0 0 0 " + p + "\n").encode())
		    if s.recv(3) == b"ok\n":
		        ok += 1
		        a.send(f)
		        b.expect(f)
		    s.close()
		    # it is let go
		    until(lambda: ask("capture hub default 0 1 0 -") == "ok", 10)
		check(ok > 20, "only %d valid programs" % ok)
	EOF
}
hostile_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case frames
	atf_add_test_case limits
	atf_add_test_case hostile
}
