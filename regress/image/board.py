# SPDX-License-Identifier: ISC
"""What is on a board's disk, as its ROM, U-Boot and the kernel see it.

usage: board.py gpt DISK            partitions: name, first and last
                                    sector, whether it is the ESP
       board.py idblock DISK        sectors of a Rockchip boot ROM's image
       board.py fit FILE SECTOR [DIR]
                                    images of a FIT, and its sectors
       board.py uimage FILE [OUT]   header of a legacy image; its data
       board.py kernel FILE         bytes that it wants
       board.py drivers DTB ALIASES NODE...
                                    modules that drive devices of these names

Ends with an error for what is not as the format says.
"""
import fnmatch
import hashlib
import re
import struct
import sys
import uuid
import zlib

SECTOR = 512
HASHES = {
    "crc32": lambda data: struct.pack(">I", zlib.crc32(data)),
    "sha256": lambda data: hashlib.sha256(data).digest(),
}


def sectors(disk, first, count):
    """Some sectors of a disk."""
    with open(disk, "rb") as f:
        f.seek(first * SECTOR)
        data = f.read(count * SECTOR)
    assert len(data) == count * SECTOR, f"{disk} ends before sector {first}"
    return data


def gpt_header(disk, at):
    """The GPT header in a sector, its checksum right."""
    raw = sectors(disk, at, 1)
    magic, _, size, crc, _, here, other, first, last = struct.unpack(
        "<8sIIIIQQQQ", raw[:56])
    assert magic == b"EFI PART", f"no GPT in sector {at}"
    assert crc == zlib.crc32(raw[:16] + bytes(4) + raw[20:size])
    assert here == at
    table, entries, length, table_crc = struct.unpack("<QIII", raw[72:92])
    return other, first, last, table, entries, length, table_crc


def gpt_table(disk, at):
    """The partitions of a GPT header, and where the other one is."""
    other, first, last, table, entries, length, crc = gpt_header(disk, at)
    raw = sectors(disk, table, entries * length // SECTOR)
    assert crc == zlib.crc32(raw)
    found = []
    for i in range(entries):
        e = raw[i * length:(i + 1) * length]
        if uuid.UUID(bytes_le=e[:16]).int == 0:
            continue
        a, b = struct.unpack("<QQ", e[32:48])
        assert first <= a <= b <= last
        assert not found or found[-1][2] < a, "partitions overlap"
        esp = str(uuid.UUID(bytes_le=e[:16])).startswith("c12a7328-f81f-")
        found.append((e[56:128].decode("utf-16-le").rstrip("\0"), a, b, esp))
    return found, other


def gpt(disk):
    """Both copies say the same."""
    mbr = sectors(disk, 0, 1)
    assert mbr[510:] == b"\x55\xaa" and mbr[450] == 0xee
    parts, backup = gpt_table(disk, 1)
    assert gpt_table(disk, backup) == (parts, 1)
    for name, first, last, esp in parts:
        print(name, first, last, "ESP" if esp else "-")


def rc4(key, data):
    """Rockchip's boot ROM wants its header in this."""
    s, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + s[i] + key[i % len(key)]) & 255
        s[i], s[j] = s[j], s[i]
    i = j = 0
    for b in data:
        i = (i + 1) & 255
        j = (j + s[i]) & 255
        s[i], s[j] = s[j], s[i]
        out.append(b ^ s[(s[i] + s[j]) & 255])
    return bytes(out)


def idblock(disk):
    """The header in sector 64, and the code that it announces."""
    key = bytes([124, 78, 3, 4, 85, 5, 9, 7, 45, 44, 123, 56, 23, 13, 23, 17])
    head = rc4(key, sectors(disk, 64, 1))
    magic, plain, offset = struct.unpack("<I4xIH", head[:14])
    first, both = struct.unpack("<HH", head[506:510])
    assert magic == 0x0ff0aa55, f"magic {magic:08x}"
    assert plain == 1, "the code is encrypted, too"
    assert 0 < first < both
    code = sectors(disk, 64 + offset, both)
    print(code[:4].decode(), 64, 64 + offset + both - 1)


def fdt(data):
    """A flattened device tree, as {name: {property or node}}, and its size."""
    magic, size, struct_at, strings_at = struct.unpack(">4I", data[:16])
    assert magic == 0xd00dfeed, f"magic {magic:08x}"
    root, stack, at = {}, [], struct_at
    while True:
        token, = struct.unpack(">I", data[at:at + 4])
        at += 4
        if token == 1:
            name = data[at:data.index(b"\0", at)]
            at += (len(name) + 4) & ~3
            node = {}
            (stack[-1] if stack else root)[name.decode()] = node
            stack.append(node)
        elif token == 2:
            stack.pop()
        elif token == 3:
            length, name = struct.unpack(">II", data[at:at + 8])
            name = data[strings_at + name:
                        data.index(b"\0", strings_at + name)].decode()
            stack[-1][name] = data[at + 8:at + 8 + length]
            at += 8 + ((length + 3) & ~3)
        elif token == 9:
            assert not stack
            return root[""], size
        else:
            assert token == 4, f"token {token} in the device tree"


def words(value):
    """The strings of a property."""
    return value.rstrip(b"\0").decode().split("\0")


def fit_data(node, raw, size):
    """The data of an image, inside of the tree or behind it, and its end."""
    if "data" in node:
        return node["data"], size
    at, = struct.unpack(">I", node["data-offset"])
    length, = struct.unpack(">I", node["data-size"])
    at += (size + 3) & ~3
    data = raw[at:at + length]
    assert len(data) == length > 0, "less data than it says"
    return data, at + length


def fit(path, first, out=None):
    """What the default configuration wants of a FIT."""
    with open(path, "rb") as f:
        f.seek(int(first) * SECTOR)
        raw = f.read(32 << 20)
    tree, size = fdt(raw)
    end = 0
    conf = tree["configurations"][words(tree["configurations"]["default"])[0]]
    for name in (w for key in ("firmware", "loadables", "kernel", "ramdisk",
                               "fdt") if key in conf for w in words(conf[key])):
        node = tree["images"][name]
        data, at = fit_data(node, raw, size)
        end = max(end, at)
        if "hash" in node:
            assert node["hash"]["value"] == HASHES[
                words(node["hash"]["algo"])[0]](data), f"{name} is damaged"
        load = node["load"].hex() if "load" in node else "-"
        mark = ["BL31"] if b"BL31" in data else []
        print(name, words(node["type"])[0], load, *mark)
        if out:
            with open(f"{out}/{name}", "wb") as f:
                f.write(data)
    print("sectors", first, int(first) + (end + SECTOR - 1) // SECTOR - 1)


def kernel(path):
    """Of arm64: the size that is in its header, with what it clears."""
    with open(path, "rb") as f:
        head = f.read(64)
    assert head[56:60] == b"ARMd", "no kernel"
    print(struct.unpack("<Q", head[16:24])[0])


def uimage(path, out=None):
    """A legacy image, both checksums right."""
    with open(path, "rb") as f:
        raw = f.read()
    magic, crc, _, size, load, entry, data_crc = struct.unpack(
        ">7I", raw[:28])
    system, arch, kind, comp = raw[28:32]
    data = raw[64:]
    assert magic == 0x27051956, f"magic {magic:08x}"
    assert crc == zlib.crc32(raw[:4] + bytes(4) + raw[8:64])
    assert len(data) == size and data_crc == zlib.crc32(data)
    assert load == entry
    print(f"os {system} arch {arch} type {kind} comp {comp} load {load:08x}",
          raw[32:64].rstrip(b"\0").decode())
    if out:
        # a script comes behind a list of lengths, which ends with 0
        with open(out, "wb") as f:
            f.write(data[8:] if kind == 6 else data)


def used_nodes(node, path=""):
    """All of a tree that are not switched off: path, properties."""
    if words(node.get("status", b"okay"))[0] in ("disabled", "fail"):
        return
    yield path or "/", node
    for name, child in node.items():
        if isinstance(child, dict):
            yield from used_nodes(child, f"{path}/{name}")


def driver(node, aliases):
    """The modules that drive it, or "nobody"."""
    for compatible in words(node["compatible"]):
        found = {m for pattern, m in aliases
                 if fnmatch.fnmatchcase("C" + compatible, pattern)}
        if found:
            return " ".join(sorted(found))
    return "nobody"


def drivers(dtb, alias_file, *names):
    """A line a device whose node is called NAME@..., or NAME."""
    with open(dtb, "rb") as f:
        tree, _ = fdt(f.read())
    with open(alias_file, encoding="ascii") as f:
        aliases = re.findall(r"^alias of:N\S*?T\S*?(C\S+) (\S+)$", f.read(),
                             re.M)
    for path, node in used_nodes(tree):
        last = path.rsplit("/", 1)[1]
        if "compatible" in node and any(
                fnmatch.fnmatchcase(last.split("@")[0], n) for n in names):
            print(last, driver(node, aliases))


if __name__ == "__main__":
    {f.__name__: f for f in (gpt, idblock, fit, uimage, kernel, drivers)}[
        sys.argv[1]](*sys.argv[2:])
