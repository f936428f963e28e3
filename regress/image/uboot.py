# SPDX-License-Identifier: ISC
"""
usage: uboot.py SCRIPT STATE [BOOTS]
       uboot.py SCRIPT < STEPS

What U-Boot's script (image/boot.cmd, as image/uboot.sh makes it) would start,
without a board: it is run here, line by line, with as much of U-Boot's shell and
commands as it uses, on a disk of which there is the partition "state" alone.

STATE, a file, is that partition: prints the slots of so many boots (8), one
after the other, none of which comes up; as "baaab". Otherwise each line of the
standard input is one boot: the words of the two copies of the boot state, the
slot that must be started, and both words after that, "-" for no state at all;
see h_boots. In some of them a copy cannot be written, which is no reason not to
start; or a slot cannot be started, and is left for the other one.
"""
import re
import shlex
import sys

SECTOR = 512
COPIES = (1, 1024)          # sectors of the partition, see slots.h
AT = 0x2000                 # where on the disk it begins
HEAD = b"# GRUB Environment Block\nword="
WORD = 13
NONE = "-"
FAULTS = 7                  # every so many boots something fails


class Started(Exception):
    pass


def words(line):
    """Its words, as they are written, with quotes; and each ; between them."""
    lex = shlex.shlex(line, posix=False, punctuation_chars=";")
    lex.whitespace_split = True
    lex.commenters = ""
    return list(lex)


def commands(text):
    """Simple commands, and the keywords before them as ones of their own."""
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            continue
        now = []
        for word in words(line) + [";"]:
            if not now and word in ("if", "then", "elif", "else", "while",
                                    "do"):
                yield [word]
            elif word == ";":
                if now:
                    yield now
                now = []
            else:
                now.append(word)


def block(cmds, *ends):
    """Commands up to one of these keywords, which is returned, too."""
    got = []
    while True:
        cmd = next(cmds, ["end"])
        if cmd[0] in ends:
            return got, cmd[0]
        if cmd[0] == "if":
            got.append(parse_if(cmds))
        elif cmd[0] == "while":
            cond, _ = block(cmds, "do")
            got.append(("while", cond, block(cmds, "done")[0]))
        elif cmd[0] == "for":
            assert cmd[2] == "in" and next(cmds) == ["do"], cmd
            got.append(("for", cmd[1], cmd[3:], block(cmds, "done")[0]))
        else:
            got.append(("run", [compiled(w) for w in cmd]))


def parse_if(cmds):
    ways, end = [], "elif"
    while end == "elif":
        cond, _ = block(cmds, "then")
        body, end = block(cmds, "elif", "else", "fi")
        ways.append((cond, body))
    other = block(cmds, "fi")[0] if end == "else" else []
    return ("if", ways, other)


def compiled(word):
    """Text and names of variables in turn, and whether it was quoted."""
    quoted = word.startswith('"')
    parts = re.split(r"\$\{(\w+)\}", word.strip('"') if quoted else word)
    return parts, quoted


class Board:
    def __init__(self, script, state):
        self.script = script
        self.state = state          # sector of the partition: its contents
        self.bad = set()            # sectors that cannot be written
        self.broken = set()         # slots of which nothing can be loaded
        self.said = []

    def boot(self):
        """The slot that is started."""
        self.var = {"devtype": "virtio", "devnum": "0"}
        for n, name in enumerate(("kernel_addr_r", "ramdisk_addr_r",
                                  "fdt_addr_r", "fdt_addr")):
            self.var[name] = "%x" % (0x1000 * (n + 1))
        self.mem = bytearray(b"\xa5" * 0x8000)
        self.tries = []
        try:
            self.run(self.script)
        except Started as slot:
            return str(slot)
        raise AssertionError("the script ends")

    def run(self, cmds):
        rc = 0
        for cmd in cmds:
            rc = getattr(self, "do_" + cmd[0])(*cmd[1:])
        return rc

    def do_if(self, ways, other):
        for cond, body in ways:
            if self.run(cond) == 0:
                return self.run(body)
        return self.run(other)

    def do_while(self, cond, body):
        while self.run(cond) == 0:
            self.run(body)
        return 0

    def do_for(self, name, items, body):
        for value in self.expand([compiled(w) for w in items]):
            self.var[name] = value
            self.run(body)
        return 0

    def expand(self, cmd):
        args = []
        for parts, quoted in cmd:
            if len(parts) == 1:
                args.append(parts[0])
                continue
            value = "".join(self.var.get(p, "") if n % 2 else p
                            for n, p in enumerate(parts))
            if value or quoted:
                args.append(value)
        return args

    def do_run(self, cmd):
        args = self.expand(cmd)
        name = "virtio" if args[0] == self.var["devtype"] else args[0]
        return getattr(self, "cmd_" + name.replace(".", "_"))(*args[1:]) or 0

    # U-Boot's commands; numbers are hexadecimal

    def cmd_true(self):
        return 0

    def cmd_test(self, *args):
        args = list(args)
        if "-o" in args:
            at = args.index("-o")
            return (self.cmd_test(*args[:at]) and
                    self.cmd_test(*args[at + 1:]))
        if args[0] in ("-n", "-z"):
            assert len(args) == 2, args
            return int((args[0] == "-n") != bool(args[1]))
        assert len(args) == 3 and args[1] == "=", args
        return int(args[0] != args[2])

    def cmd_echo(self, *args):
        self.said.append(" ".join(args))

    def cmd_sleep(self, *args):
        pass

    def cmd_setenv(self, name, *values):
        self.var[name] = " ".join(values)
        # (with values that do not matter here)
        if name == "bootargs":
            self.tries.append(self.var["slot"])
            assert "longwire.slot=" + self.var["slot"] in values, values

    def cmd_setexpr(self, name, a, op, b):
        assert op == "+", op
        self.var[name] = "%x" % (int(a, 16) + int(b, 16))

    def at(self, where, count):
        where = int(where, 16)
        assert 0 < where < where + count <= len(self.mem)
        return slice(where, where + count)

    def cmd_mw_b(self, where, value, count="1"):
        n = int(count, 16)
        self.mem[self.at(where, n)] = bytes([int(value, 16)]) * n

    def cmd_mw_l(self, where, value):
        self.mem[self.at(where, 4)] = int(value, 16).to_bytes(4, "little")

    def cmd_cp_b(self, source, to, count):
        n = int(count, 16)
        self.mem[self.at(to, n)] = self.mem[self.at(source, n)]

    def cmd_cmp_b(self, a, b, count):
        n = int(count, 16)
        return int(self.mem[self.at(a, n)] != self.mem[self.at(b, n)])

    def cmd_part(self, what, devtype, devnum, name, var):
        if what == "start":
            assert name == "state"
            self.var[var] = "%x" % AT
        else:
            self.var[var] = name[-1]

    def cmd_virtio(self, what, *args):
        if what == "dev":
            return 0
        assert args[2] == "1", args
        sector = int(args[1], 16) - AT
        assert sector in COPIES, sector
        memory = self.at(args[0], SECTOR)
        if what == "read":
            self.mem[memory] = self.state[sector]
        elif sector in self.bad:
            return 1
        else:
            self.state[sector] = bytes(self.mem[memory])
        return 0

    def cmd_env(self, what, flag, where, *args):
        assert flag == "-t"
        if what == "import":
            text = bytes(self.mem[self.at(where, int(args[0], 16))])
            for line in re.split(rb"[\n\0]", text):
                name, _, value = line.partition(b"=")
                if name == args[1].encode():
                    self.var[args[1]] = value.decode("latin-1")
        else:
            text = ("%s=%s\n\0" % (args[0], self.var[args[0]])).encode()
            self.mem[self.at(where, len(text))] = text

    def cmd_load(self, device, where, *args):
        return int(self.var["number"] in self.broken)

    def cmd_iminfo(self, where):
        return 0

    def cmd_bootm(self, *args):
        raise Started(self.var["slot"])


def sector(word):
    head = HEAD + word.encode() + b"\n" if word != NONE else b""
    return head + b"#" * (SECTOR - len(head))


def word(data):
    if data == sector(NONE):
        return NONE
    got = data[len(HEAD):len(HEAD) + WORD].decode()
    assert data == sector(got), data
    return got


def board(script, *state):
    return Board(script, dict(zip(COPIES, state)))


def step(script, copies, slot, after):
    """One boot."""
    b = board(script, *map(sector, copies))
    got = b.boot()
    is_after = [word(b.state[c]) for c in COPIES]
    assert (got, is_after) == (slot, after), \
        f"{copies}: slot {got} and {is_after}, not {slot} and {after}"
    assert ("Longwire: no boot state" in b.said) == (copies == [NONE, NONE])


def unwritten(script, copies, slot, after):
    """The same, if neither copy can be written, or the older one cannot."""
    b = board(script, *map(sector, copies))
    b.bad = set(COPIES)
    assert b.boot() == slot and list(map(word, b.state.values())) == copies
    assert "Longwire: THIS BOOT WAS NOT COUNTED" in b.said
    b = board(script, *map(sector, copies))
    older = int(after[0] == copies[0])
    b.bad = {COPIES[older]}
    assert b.boot() == slot
    assert word(b.state[COPIES[1 - older]]) == after[older], copies


def unstarted(script, copies, slot):
    """The same, if nothing of that slot can be loaded: the other one is."""
    b = board(script, *map(sector, copies))
    b.broken = {slot}
    other = "b" if slot == "a" else "a"
    assert b.boot() == other and b.tries.count(slot) <= 3, copies


def main(argv):
    with open(argv[1], encoding="ascii") as f:
        script = block(commands(f.read()), "end")[0]
    if len(argv) > 2:
        with open(argv[2], "rb") as f:
            data = f.read()
        b = board(script, *(data[c * SECTOR:][:SECTOR] for c in COPIES))
        print("".join(b.boot() for _ in range(int((argv[3:] or [8])[0]))))
        return
    count = 0
    for line in sys.stdin:
        a, b, slot, *after = line.split()
        step(script, [a, b], slot, after)
        count += 1
        if count % FAULTS == 0 and (a, b) != (NONE, NONE):
            unwritten(script, [a, b], slot, after)
            # (an empty slot is never another one)
            if "e" not in a[4:5] + b[4:5]:
                unstarted(script, [a, b], slot)
    print(count, "boots")


main(sys.argv)
