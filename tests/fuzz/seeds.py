#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: tests/fuzz/seeds.py FOLDER
Makes what the fuzzers of the policy tool begin with, from the examples, the golden policies and an image built of good.policy:
FOLDER/NAME/ for each of them, and FOLDER/include/fuzz_good.h, that image and its policy as two arrays."""
import glob
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "unit")]
from test_explain_code import BULKHEAD, ROOT, make_guests
from test_inspect_verify import HEADER_TABLES, TABLES

GOLDEN = os.path.join(ROOT, "tests", "golden")
GOOD = os.path.join(GOLDEN, "good.policy")
SOURCES = ("policy/examples/**/*.policy", "policy/platforms/*.platform", "tests/golden/**/*.policy",
           "tests/guests/policies/*.policy")
MOST_TEXT = 64 << 10
TAKE_AS_IMAGE, TAKE_AS_PATCHES, REPAIR = b"\0", b"\1", b"\3"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def sections(root):
    """A policy in one piece: its root, then its other files, each behind "@@ NAME"."""
    whole, seen, wanted = b"", {root}, [root]
    for path in wanted:
        text = read(path)
        whole += (b"@@ " + os.path.basename(path).encode() + b"\n" if path != root else b"") + text.rstrip(b"\n") + b"\n"
        for name in re.findall(rb'^\s*(?:system .*)?(?:part|platform) "([^"\n]+)"', text, re.MULTILINE):
            other = os.path.normpath(os.path.join(os.path.dirname(path), os.fsdecode(name)))
            if other not in seen and os.path.isfile(other):
                seen.add(other)
                wanted.append(other)
    return whole


def good_image():
    with tempfile.TemporaryDirectory() as folder:
        image = os.path.join(folder, "good.img")
        make_guests(folder)
        subprocess.run([BULKHEAD, "build", GOOD, "-o", image, "--images", folder], check=True, stdout=subprocess.DEVNULL)
        return read(image)


def patches(image):
    """Each word of each table's first entry, one larger: patches.h."""
    for table, (name, size) in enumerate(TABLES):
        at, count = struct.unpack_from("<II", image, HEADER_TABLES + 8 * table)
        for word in range(at // 4, (at + (size if count > 0 else 0)) // 4):
            yield f"{name}-{word}", struct.pack("<HBBI", word, 1, 0, 1)


def array(name, data):
    lines = (", ".join(str(byte) for byte in data[at:at + 32]) for at in range(0, len(data), 32))
    return f"static const _Alignas(8) unsigned char {name}[] = {{\n" + ",\n".join(lines) + "\n};\n"


def main():
    folder = sys.argv[1]
    shutil.rmtree(folder, ignore_errors=True)
    for path in sorted(path for pattern in SOURCES for path in glob.glob(os.path.join(ROOT, pattern), recursive=True)):
        name, text = os.path.relpath(path, ROOT).replace(os.sep, "-"), read(path)
        if len(text) > MOST_TEXT:
            continue
        for fuzzer in ("fuzz_lexer", "fuzz_parser", "fuzz_format"):
            write(os.path.join(folder, fuzzer, name), text)
        if re.search(rb"^system ", text, re.MULTILINE):
            for fuzzer in ("fuzz_check", "fuzz_policy"):
                write(os.path.join(folder, fuzzer, name), sections(path))
    image, policy = good_image(), sections(GOOD)
    for fuzzer in ("fuzz_inspect", "fuzz_verify"):
        write(os.path.join(folder, fuzzer, "good.img"), TAKE_AS_IMAGE + image)
        for name, patch in patches(image):
            write(os.path.join(folder, fuzzer, name), (REPAIR if fuzzer == "fuzz_verify" else TAKE_AS_PATCHES) + patch)
    header = "/* Made by tests/fuzz/seeds.py: an image, and the policy that it is of. */\n"
    write(os.path.join(folder, "include", "fuzz_good.h"),
          (header + array("good_image", image) + array("good_policy", policy)).encode())


if __name__ == "__main__":
    main()
