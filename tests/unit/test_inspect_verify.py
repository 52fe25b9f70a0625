#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead inspect`: the text of an image, whole and stable; `--verify` passes what the compiler built and finds each of 100
seeded corruptions of an image's tables that the kernel's check of structure takes, and all those that it does not; digests are
repaired, so that only the meaning is wrong. The second reader shares no header with the compiler."""
import glob
import hashlib
import itertools
import os
import random
import re
import shutil
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]
from tap import Tap, expect, expect_equal, in_folder
from test_compiler import BUILD, GATEWAY, GOOD, ROOT, ROOTS, build, bulkhead, elf, make_guests, read

EXPECTED = os.path.join(ROOT, "tests", "golden", "good.inspect")
VERIFY = os.path.join(ROOT, "policy", "compiler", "verify")
EXAMPLES = ("diode", "pipeline", "chain", "workstation", "document")
CORRUPTIONS = 100
DIRECT = os.path.join(ROOT, "tests", "guests", "policies", "direct.policy")
GIVES = os.path.join(ROOT, "tests", "guests", "policies", "gives.policy")
COLOURS = os.path.join(ROOT, "tests", "guests", "policies", "colours.policy")
COLOURED = os.path.join(BUILD, "test-colours.img")
HEADER_COLOURS, SUBJECTS, REGIONS, COLOUR_OF_SUBJECT, COLOUR_OF_REGION, ROW = 136, 3, 4, 98, 30, 64 * 4096
WATCHED = os.path.join(ROOT, "tests", "golden", "stages-monitors.policy")
SEED = 20250101
MOST_TRIES = 50
HEADER_TABLES = 144
FIRST_COMPONENT = 328
TABLES = (("cpus", 16), ("plans", 24), ("windows", 16), ("subjects", 120), ("regions", 32), ("mappings", 16), ("loads", 32),
          ("ports", 8), ("cpuids", 24), ("types", 24), ("fields", 40), ("atoms", 24), ("channels", 48), ("rules", 64),
          ("protocols", 24), ("steps", 12), ("timeouts", 16), ("resets", 4), ("operations", 8), ("directs", 28),
          ("digests", 32))


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def verify(image, policy=GOOD, images=None):
    return bulkhead("inspect", image, "--verify", policy, *(("--images", images) if images else ()))


# ---- the text ----
def inspect_text(folder):
    make_guests(folder)
    done, image, _ = build(folder)
    expect_equal(done.returncode, 0, done.stderr)
    done = bulkhead("inspect", image)
    expect_equal(done.returncode, 0, done.stderr)
    return done.stdout


def check_text(folder):
    wanted = read(EXPECTED).decode()
    seen = inspect_text(folder)
    for seen_line, wanted_line in zip(seen.splitlines(), wanted.splitlines()):
        expect_equal(seen_line, wanted_line, "line")
    expect_equal(seen, wanted, "text (tests/unit/test_inspect_verify.py --write makes it the expected one)")


# ---- labels ----
LATTICE = os.path.join(ROOT, "tests", "golden", "lattice-good.policy")
LABELS = (
    "subject 1 filter cpu 0 label U .. S { CRYPTO } integrity RAW .. CHECKED entry",
    "subject 0 desk cpu 0 label S { CRYPTO, NUKE } integrity RAW entry",
    "Value label U integrity RAW released S CRYPTO rate", "Other label S { CRYPTO } integrity CHECKED released RAW rate",
)
ENTRY, CATALOGUE_HEADER = 128, 16
LEVEL, INTEGRITY, CATEGORY = 6, 7, 8


def catalogue_entries(data):
    """Where the catalogue's component stands, and each entry of it: place, kind, index, name."""
    count, = struct.unpack_from("<I", data, 140)
    for component in range(FIRST_COMPONENT, FIRST_COMPONENT + 88 * count, 88):
        offset, size = struct.unpack_from("<QQ", data, component)
        if data[offset:offset + 8] == b"BHCATLG1":
            entries = range(offset + CATALOGUE_HEADER, offset + size - ENTRY + 1, ENTRY)
            return component, [(at, *struct.unpack_from("<II8x64s", data, at)) for at in entries]
    raise AssertionError("no catalogue")


def change_entry(data, name, at, value):
    """The image with one place of a name's entry changed, and the digest repaired."""
    data = bytearray(data)
    component, entries = catalogue_entries(data)
    entry, = [place for place, kind, _, text in entries if kind >= LEVEL and text.rstrip(b"\0") == name]
    data[entry + at:entry + at + len(value)] = value
    offset, size = struct.unpack_from("<QQ", data, component)
    data[component + 24:component + 56] = hashlib.sha256(data[offset:offset + size]).digest()
    return data


def check_labels(folder):
    """Labels by their names, as far as the catalogue has them; one that says other names is found, and breaks nothing."""
    for name in ("raw", "filter", "plant", "desk", "log"):
        write(os.path.join(folder, name + ".elf"), elf(name.encode()))
    done, image, _ = build(folder, policy=LATTICE)
    expect_equal(done.returncode, 0, done.stderr)
    text = bulkhead("inspect", image).stdout
    for part in LABELS:
        expect(part in text, f"no `{part}` in\n{text}")
    expect_equal(verify(image, LATTICE, folder).returncode, 0, "what was built")
    data = read(image)
    named = [(kind, index, name.rstrip(b"\0").decode()) for _, kind, index, name in catalogue_entries(data)[1] if kind >= LEVEL]
    expect_equal(named, [(LEVEL, 0, "U"), (LEVEL, 1, "S"), (INTEGRITY, 0, "RAW"), (INTEGRITY, 1, "CHECKED"),
                         (INTEGRITY, 2, "VITAL"), (CATEGORY, 3, "CRYPTO"), (CATEGORY, 4, "NUKE")], "the catalogue's labels")
    for name, at, value, seen in (
            (b"CRYPTO", 16, b"FLOWER", "label U .. S { FLOWER } integrity RAW .. CHECKED"),
            (b"CRYPTO", 4, struct.pack("<I", 5), "label 0x4..0xf entry"),
            (b"CRYPTO", 4, struct.pack("<I", 64), "label 0x4..0xf entry"),
            (b"S", 4, struct.pack("<I", 7), "label 0x"), (b"VITAL", 0, struct.pack("<I", 5), "label 0x"),
            (b"RAW", 16, b"x" * 64, "label 0x"), (b"CHECKED", 8, b"\x63", LABELS[0])):
        write(image, change_entry(data, name, at, value))
        done = bulkhead("inspect", image)
        expect_equal(done.returncode, 0, done.stderr)
        expect(seen in done.stdout, f"{name}: no `{seen}` in\n{done.stdout}")
        done = verify(image, LATTICE)
        expect_equal(done.returncode, 1, f"{name} at {at}")
        expect("differs: catalogue" in done.stdout, done.stdout)


def check_escapes(folder):
    """Whatever the catalogue calls a thing of any kind, no control character of it reaches the terminal."""
    make_guests(folder)
    done, image, _ = build(folder)
    expect_equal(done.returncode, 0, done.stderr)
    data = read(image)
    component, entries = catalogue_entries(data)
    offset, size = struct.unpack_from("<QQ", data, component)
    last = {kind: place for place, kind, _, _ in entries}
    expect(len(last) >= LEVEL, f"kinds of names: {sorted(last)}")
    for kind, place in last.items():
        for at, length in ((16, 64), (80, 48)):
            changed = bytearray(data)
            changed[place + at:place + at + length] = b"\x1b[2K\x1b[1A\x07x".ljust(length, b"\0")
            changed[component + 24:component + 56] = hashlib.sha256(changed[offset:offset + size]).digest()
            write(image, changed)
            for done in (bulkhead("inspect", image), verify(image)):
                for character in "\x1b\x07":
                    expect(character not in done.stdout + done.stderr, f"kind {kind}, {at}: {done.args[1:]} {done.stdout!r}")
            expect_equal(done.returncode, 1, done.stdout)
            expect(at != 16 or "differs: catalogue" in done.stdout, done.stdout)


# ---- digests ----
def check_digests(folder):
    """Each component's digest, and bytes of one that no other check looks at: named as the kernel does
    (tests/qemu/test_measure.py holds both against each other), and no other one."""
    make_guests(folder)
    _, image, _ = build(folder)
    data = read(image)
    count, = struct.unpack_from("<I", data, 140)
    whole = bulkhead("inspect", image).stdout
    components = [struct.unpack_from("<QQ", data, FIRST_COMPONENT + 88 * i) for i in range(count)]
    names = re.findall(r"^component (\S+)", whole, re.MULTILINE)
    expect_equal(len(names), count, whole)
    places = [(name, FIRST_COMPONENT + 88 * i + 24 + i % 32) for i, name in enumerate(names)]
    places += [(name, offset + size // 2) for name, (offset, size) in zip(names, components) if name in ("a", "b", "c")]
    expect(len(places) > count, f"no guest's program among {names}")
    for name, place in places:
        changed = bytearray(data)
        changed[place] ^= 1
        write(image, changed)
        done = bulkhead("inspect", image)
        expect_equal(done.stderr, f"bulkhead: {image}: component {name}: digest differs from the header's\n", f"byte {place}")
        expect_equal(done.returncode, 2, f"byte {place}")
        expect_equal(len(done.stdout.splitlines()), len(whole.splitlines()), "lines of the text")


# ---- what is right ----
def check_same(folder):
    make_guests(folder)
    _, image, _ = build(folder)
    for images in (None, folder):
        done = verify(image, images=images)
        expect_equal((done.returncode, done.stderr), (0, ""), done.stdout)
        expect(done.stdout.startswith("same: cpu 2, plan 1,"), done.stdout)
    for root in ROOTS:
        image = os.path.join(BUILD, {"hostile/ais-hostile.policy": "ais-gateway-hostile"}.get(root, root[:-7]) + ".img")
        done = verify(image, os.path.join(GATEWAY, root), BUILD)
        expect_equal((done.returncode, done.stderr), (0, ""), done.stdout)
    for name in EXAMPLES:
        policy = os.path.join(ROOT, "policy", "examples", name, name + ".policy")
        done = verify(os.path.join(BUILD, f"example-{name}.img"), policy, BUILD)
        expect_equal((done.returncode, done.stderr), (0, ""), done.stdout)


def check_margin_of_many_windows(folder):
    """The way over a large table of windows to the next one fits into the margin."""
    count, each = 2047, 12                # turns of two windows; ticks for each window of the table
    text = read(os.path.join(ROOT, "policy", "examples", "diode", "diode.policy")).decode()
    text, plans = re.subn(r"plan normal major 5 ms \{\n    cpu 0 \{.*\}", "plan normal major 410 ms {\n    cpu 0 {"
                          + " low 100 us; audit 100 us;" * count + " idle 600 us; }", text)
    expect_equal(plans, 1, "plans with many windows")
    shutil.copytree(os.path.join(ROOT, "policy", "platforms"), os.path.join(folder, "platforms"))
    os.makedirs(os.path.join(folder, "systems", "many"))
    policy, image = os.path.join(folder, "systems", "many", "many.policy"), os.path.join(folder, "many.img")
    write(policy, text.encode())
    done = bulkhead("build", policy, "-o", image, "--images", BUILD, "--lock", os.path.join(folder, "many.lock"))
    expect_equal(done.returncode, 0, done.stderr)
    least = re.search(r"^margin ahead of windows' ends: (\d+) ticks", bulkhead("inspect", image).stdout, re.MULTILINE)
    expect(int(least[1]) > 2 * count * each, least[0])
    done = verify(image, policy, BUILD)
    expect_equal((done.returncode, done.stderr), (0, ""), done.stdout)


def check_other_policies(folder):
    """Another policy, another guest, a broken file, no policy at all."""
    make_guests(folder)
    _, image, _ = build(folder)
    done = verify(image, os.path.join(GATEWAY, ROOTS[0]))
    expect_equal(done.returncode, 1, done.stdout)
    expect("differs: header: the policy's hash" in done.stdout, done.stdout)
    make_guests(folder, b=elf(b"other"))
    expect_equal(verify(image).returncode, 0, "without the programs")
    done = verify(image, images=folder)
    expect_equal(done.returncode, 1, done.stdout)
    expect("subject 1" in done.stdout, done.stdout)
    os.unlink(os.path.join(folder, "b.elf"))
    expect_equal(verify(image, images=folder).returncode, 1, "a missing program")
    data = read(image)
    for size in (0, 8, 295, 383, 384, 1000, len(data) // 2, len(data) - 1):
        write(image, data[:size])
        expect_equal(verify(image).returncode, 1, f"{size} bytes of an image")
    expect_equal(verify(image, os.path.join(ROOT, "tests", "golden", "types.policy")).returncode, 1, "a policy with errors")
    expect_equal(verify(image, os.path.join(folder, "none")).returncode, 2, "no policy")
    expect_equal(bulkhead("inspect", image, "--images", folder).returncode, 2, "--images alone")


# ---- corruptions ----
def repair(data):
    """The tables' digest is that of their bytes again."""
    offset, size = struct.unpack_from("<QQ", data, FIRST_COMPONENT)
    data[FIRST_COMPONENT + 24:FIRST_COMPONENT + 56] = hashlib.sha256(data[offset:offset + size]).digest()


def corrupt(source, rng, table):
    """The image with one entry of a table changed: a bit, a byte, a value by one, or two entries swapped."""
    data = bytearray(source)
    _, size = TABLES[table]
    at, count = struct.unpack_from("<II", data, HEADER_TABLES + 8 * table)
    while data == source:
        entry = at + size * rng.randrange(count)
        byte = entry + rng.randrange(size)
        kind = rng.choice(("bit", "byte", "one", "swap"))
        if kind == "bit":
            data[byte] ^= 1 << rng.randrange(8)
        elif kind == "byte":
            data[byte] = rng.randrange(256)
        elif kind == "one":
            data[byte] = (data[byte] + rng.choice((1, 255))) % 256
        else:
            other = at + size * rng.randrange(count)
            data[entry:entry + size], data[other:other + size] = data[other:other + size], data[entry:entry + size]
            if data[entry:entry + size] == data[other:other + size]:
                data = bytearray(source)
    repair(data)
    return data, f"{TABLES[table][0]}: {kind} at {byte - at}"


def corruptions(source, seed):
    """Without end, each table in its turn."""
    rng = random.Random(seed)
    there = [i for i in range(len(TABLES)) if struct.unpack_from("<I", source, HEADER_TABLES + 8 * i + 4)[0] > 0]
    for i in itertools.count():
        yield corrupt(source, rng, there[i % len(there)])


def check_corruptions(folder, policy, image, images, number=CORRUPTIONS, seed=SEED):
    source, path, missed, sound, made = read(image), os.path.join(folder, "corrupt.img"), [], 0, 0
    for data, what in corruptions(source, seed):
        write(path, data)
        made += 1
        sound += bulkhead("inspect", path).returncode == 0
        done = verify(path, policy, images)
        if done.returncode != 1 or "differs: " not in done.stdout:
            missed.append(what)
        if sound == number:
            break
        expect(made < MOST_TRIES * number, f"of {made} the kernel's check takes {sound}: is this the image's layout?")
    print(f"# {made - len(missed)} of {made} corruptions found, among them {number} that the kernel's check of structure takes")
    expect_equal(missed, [], "corruptions that are not found")


def check_corruptions_good(folder):
    make_guests(folder)
    _, image, _ = build(folder)
    check_corruptions(folder, GOOD, image, folder)


def check_corruptions_gateway(folder):
    check_corruptions(folder, os.path.join(GATEWAY, ROOTS[0]), os.path.join(BUILD, "ais-gateway.img"), BUILD)


def check_corruptions_direct(folder):
    check_corruptions(folder, DIRECT, os.path.join(BUILD, "test-direct.img"), BUILD)


def check_corruptions_acknowledged(folder):
    check_corruptions(folder, GIVES, os.path.join(BUILD, "test-gives.img"), BUILD)


def check_corruptions_colours(folder):
    check_corruptions(folder, COLOURS, COLOURED, BUILD)


# ---- colours ----
def coloured_pages(text):
    """Of each region of `inspect`: its kind and owner, its colours, and the pages between its ends that have one of them."""
    colours = int(re.search(r"^colours 0\.\.(\d+): ", text, re.MULTILINE)[1]) + 1
    for start, end, what, size, first, last in re.findall(
            r"^region +\d+ 0x(\w+)\.\.0x(\w+) ([^,]*), (\d+) bytes of it in colours (\d+)\.\.(\d+)", text, re.MULTILINE):
        pages = range(int(start, 16) // 4096, int(end, 16) // 4096)
        mine = [page for page in pages if int(first) <= page % colours <= int(last)]
        yield what, (int(first), int(last)), mine[:int(size) // 4096], int(size) // 4096


def check_colours(folder):
    """By page addresses alone: each region has all its pages, no page is of two, and other colours are other sets."""
    del folder
    done = bulkhead("inspect", COLOURED)
    expect_equal(done.returncode, 0, done.stderr)
    colours, owners = {}, {}
    for what, of, pages, size in coloured_pages(done.stdout):
        expect_equal(len(pages), size, f"pages of {what}")
        for page in pages:
            expect(page not in owners, f"{what} has a page of {owners.get(page)}")
            owners[page] = what
        colours.setdefault(of, set()).update(page % 64 for page in pages)
    expect_equal(sorted(colours), [(0, 3), (4, 11), (16, 31), (32, 38)], "colours")
    for one, other in itertools.combinations(colours, 2):
        expect(not colours[one] & colours[other], f"{one} and {other} have sets in common")
    plain = re.findall(r"^region +\d+ \S+ ([a-z ]+?)(?: \d+)?$", done.stdout, re.MULTILINE)
    expect_equal(plain, ["image home", "kernel pool"], "regions without colours")


def change(source, table, index, at, data):
    """The image with `data` at byte `at` of an entry."""
    changed = bytearray(source)
    first, = struct.unpack_from("<I", changed, HEADER_TABLES + 8 * table)
    at += first + TABLES[table][1] * index
    changed[at:at + len(data)] = data
    repair(changed)
    return changed


def check_broken_colours(folder):
    """What no image may say of colours, and, last, what it may and the policy does not."""
    source, path = read(COLOURED), os.path.join(folder, "broken.img")
    rows, = struct.unpack_from("<I", source, HEADER_TABLES + 8 * REGIONS)
    walker, info = (struct.unpack_from("<Q", source, rows + 32 * i)[0] for i in (4, 9))
    first_kva = source[rows + 16:rows + 24]
    fewer = bytearray(source)
    struct.pack_into("<I", fewer, HEADER_COLOURS, 32)
    cases = (
        ("two subjects have a colour in common", change(source, SUBJECTS, 1, COLOUR_OF_SUBJECT, b"\x1f"), "in common"),
        ("a subject has none", change(source, SUBJECTS, 1, COLOUR_OF_SUBJECT, b"\0\0"), "has none"),
        ("the cache has fewer", fewer, "in common"),
        ("memory in another's colours", change(source, REGIONS, 1, COLOUR_OF_REGION, b"\x10"), "outside the colours"),
        ("memory without colours", change(source, REGIONS, 1, COLOUR_OF_REGION, b"\0\0"), "outside the colours"),
        ("an info page of another's", change(source, REGIONS, 6, COLOUR_OF_REGION, b"\0\4"), "outside the colours"),
        ("memory in the rows of another's", change(source, REGIONS, 3, 0, struct.pack("<Q", walker)), "overlaps"),
        ("memory from within a row on", change(source, REGIONS, 4, 0, struct.pack("<Q", walker + 4096)), "whole pages"),
        ("memory that the kernel sees twice", change(source, REGIONS, 1, 16, first_kva), "not seen"))
    for name, data, message in cases:
        write(path, data)
        done = bulkhead("inspect", path)
        expect(done.returncode == 2 and message in done.stderr, f"{name}: {done.returncode} {done.stderr}")
        expect_equal(verify(path, COLOURS, BUILD).returncode, 1, name)
    write(path, change(source, REGIONS, 9, 0, struct.pack("<Q", info + ROW)))
    expect_equal(bulkhead("inspect", path).returncode, 0, "a page farther on")
    done = verify(path, COLOURS, BUILD)
    expect(done.returncode == 1 and "region 9 HPA" in done.stdout, done.stdout)


def check_other_places(folder):
    """The header's values, the catalogue, page tables and info pages, with their digests repaired too."""
    make_guests(folder)
    _, image, _ = build(folder)
    source, rng, missed = read(image), random.Random(SEED), []
    count, = struct.unpack_from("<I", source, 140)
    for i in range(CORRUPTIONS):
        data = bytearray(source)
        component = FIRST_COMPONENT + 88 * (i % count)
        offset, size = struct.unpack_from("<QQ", data, component)
        at = rng.randrange(FIRST_COMPONENT) if i % 4 == 0 else offset + rng.randrange(size)
        data[at] ^= 1 << rng.randrange(8)
        data[component + 24:component + 56] = hashlib.sha256(data[offset:offset + size]).digest()
        write(image, data)
        if verify(image, images=folder).returncode != 1:
            missed.append(at)
    expect_equal(missed, [], "places that may be changed unseen")


def check_between_pieces(folder):
    """What a component holds and no load takes, between two of its pieces."""
    make_guests(folder)
    _, image, _ = build(folder)
    data, found = bytearray(read(image)), 0
    first, loads = struct.unpack_from("<II", data, HEADER_TABLES + 8 * 6)
    for load in range(loads):
        _, at, size, _, component = struct.unpack_from("<QQQII", data, first + 32 * load)
        component = FIRST_COMPONENT + 88 * component
        offset, whole = struct.unpack_from("<QQ", data, component)
        if (at + size) % 16 == 0 or at + size >= offset + whole:
            continue
        changed = data[:]
        changed[at + size] = 1
        changed[component + 24:component + 56] = hashlib.sha256(changed[offset:offset + whole]).digest()
        write(image, changed)
        done = verify(image, images=folder)
        expect_equal(done.returncode, 1, done.stdout)
        expect(f"load {load}: bytes behind it are not zero" in done.stdout, done.stdout)
        found += 1
    expect(found > 0, "no load ends beside a multiple of 16")


def replace_program(image, old, new):
    """An image in which another program stands in place of one, its digest repaired."""
    data = bytearray(read(image))
    count, = struct.unpack_from("<I", data, 140)
    expect(data.count(old) > 0, "no such program")
    data = data.replace(old, new)
    for component in range(FIRST_COMPONENT, FIRST_COMPONENT + 88 * count, 88):
        offset, size = struct.unpack_from("<QQ", data, component)
        data[component + 24:component + 56] = hashlib.sha256(data[offset:offset + size]).digest()
    write(image, data)


def check_stages(folder):
    """An image in which another stage's program stands in place of a stage's own; no program's file tells."""
    make_guests(folder)
    _, image, _ = build(folder)
    replace_program(image, b"a" * 8, b"b" * 8)
    done = verify(image)
    expect_equal(done.returncode, 1, done.stdout)
    expect_equal(re.findall("differs: .*", done.stdout), ["differs: pipeline upward: its stages a and b run the same code"], "")


def check_stages_monitors(folder):
    """The same with a monitor's program: another monitor's, another stage's, and its own stage's, which is no other stage's."""
    make_guests(folder)
    for name in ("m", "n"):
        write(os.path.join(folder, name + ".elf"), elf(name.encode() * 8))
    for old, new, found in ((b"m" * 8, b"m" * 8, False), (b"m" * 8, b"n" * 8, True), (b"m" * 8, b"b" * 8, True),
                            (b"n" * 8, b"a" * 8, True), (b"m" * 8, b"a" * 8, False)):
        done, image, _ = build(folder, policy=WATCHED)
        expect_equal(done.returncode, 0, done.stderr)
        replace_program(image, old, new)
        expect_equal(re.findall("differs: pipeline .*", verify(image, WATCHED).stdout),
                     ["differs: pipeline upward: its stages a and b run the same code"] * found, f"{old} as {new}")


# ---- that it is a second reader ----
def check_apart(folder):
    del folder
    files = glob.glob(os.path.join(VERIFY, "*.[ch]"))
    expect(len(files) > 8, "no files")
    for path in files:
        for include in re.findall(r'#include "([^"]+)"', read(path).decode()):
            expect(include.startswith(("language/", "compiler/verify/")), f"{path} includes {include}")
    objects = glob.glob(os.path.join(BUILD, "host", "policy", "compiler", "verify", "*.d"))
    expect_equal(len(objects), len(glob.glob(os.path.join(VERIFY, "*.c"))), "dependency files")
    for path in objects:
        expect("policy/include" not in read(path).decode(), f"{path}: a wire header is included")
    symbols = subprocess.run(["nm", "-u", *(path[:-2] + ".o" for path in objects)], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, timeout=60, check=True, text=True).stdout
    for name in ("image_", "build_", "cnf_", "conditions_", "hash_", "policy_tables", "predict_", "layout_", "guest_"):
        expect(f" U {name}" not in symbols, f"it calls {name}...")


def main():
    if sys.argv[1:] == ["--write"]:
        in_folder(lambda folder: write(EXPECTED, inspect_text(folder).encode()))()
        return
    tap = Tap()
    for name, test in (("the whole text is as expected", check_text), ("labels by their names", check_labels),
                       ("no escape of a name", check_escapes),
                       ("a component that is not what its digest says", check_digests),
                       ("what was built is the same", check_same),
                       ("many windows lie on the way to the next one", check_margin_of_many_windows),
                       ("other policies, guests and broken files differ", check_other_policies),
                       (f"{CORRUPTIONS} corruptions of tables are found", check_corruptions_good),
                       (f"{CORRUPTIONS} corruptions of the gateway's tables are found", check_corruptions_gateway),
                       (f"{CORRUPTIONS} corruptions of a direct channel's tables are found", check_corruptions_direct),
                       (f"{CORRUPTIONS} corruptions where one is acknowledged are found", check_corruptions_acknowledged),
                       (f"{CORRUPTIONS} corruptions of coloured tables are found", check_corruptions_colours),
                       ("colours have no page and no set in common", check_colours),
                       ("colours that no image may have, or none of this policy", check_broken_colours),
                       ("other places", check_other_places), ("bytes between pieces", check_between_pieces),
                       ("stages of one code", check_stages), ("monitors of stages of one code", check_stages_monitors),
                       ("the second reader stands apart", check_apart)):
        tap.run("inspect: " + name, in_folder(test))
    tap.finish()


if __name__ == "__main__":
    main()
