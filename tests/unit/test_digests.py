#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Digests of verified memory: they are those of what the image loads and of zeros between, by a reader of images of its own;
of programs larger than one load too; and the second reader of the compiler finds any other."""
import hashlib
import os
import re
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE, os.path.join(os.path.dirname(HERE), "mutation")]
from image_tables import Image
from tap import Tap, expect, expect_equal
from test_compiler import BUILD, ROOT, bulkhead, elf, in_folder, read
from test_inspect_verify import FIRST_COMPONENT, HEADER_TABLES, TABLES, repair, verify, write

POLICY = os.path.join(ROOT, "tests", "guests", "policies", "digests.policy")
IMAGE = os.path.join(BUILD, "test-digests.img")
NAMES = [name for name, _ in TABLES]
DIGEST_OF_SUBJECT = 116
MOST = 65536                              # bytes of one load
SYSTEM = """system digests version 1 {}
platform "PLATFORM";
measure none;
always audit none;
labels U;
label a U;
label log U;
subject a { image "a.elf"; verified memory 2 MiB; on fault restart 3 per 60 s then stop; }
subject m monitors a { image "m.elf"; verified memory 4 MiB; }
subject log { image "log.elf"; memory 2 MiB; reads audit; on fault stop; }
plan normal major 10 ms { cpu 0 { a 5 ms; log 5 ms; } cpu 1 { idle 10 ms; } }
audit ring 1 MiB for log {
    class security reserve 4 KiB per subject on full drop and count;
    class flow reserve 4 KiB per subject on full drop and count;
    kernel reserve 4 KiB;
}
"""


def memory(image, subject):
    """All bytes of a subject's memory before its first instruction."""
    region = image.subjects[subject]["ram_region"]
    whole = bytearray(image.regions[region]["size"])
    for load in (l for l in image.loads if l["region"] == region):
        expect(load["size"] <= MOST, f"a load of {load['size']} bytes")
        data = image.data[load["image_offset"]:load["image_offset"] + load["size"]]
        whole[load["region_offset"]:load["region_offset"] + load["size"]] = data
    return whole


def check_digests(path, names):
    """Of the subjects of these names and no others, as the tables have them and `inspect` shows them."""
    image = Image(read(path))
    verified = [i for i, s in enumerate(image.subjects) if s["digest"]]
    expect_equal([image.subjects[i]["name"].rstrip(b"\0").decode() for i in verified], names, "subjects with a digest")
    expect_equal([image.subjects[i]["digest"] for i in verified], list(range(1, len(names) + 1)), "their entries")
    wanted = [hashlib.sha256(memory(image, i)).hexdigest() for i in verified]
    expect_equal([d["sha256"].hex() for d in image.digests], wanted, "digests")
    shown = re.findall(r"^subject \d+ (\S+) [^\n]*\n  memory sha256 (\w+)$", bulkhead("inspect", path).stdout, re.MULTILINE)
    expect_equal(shown, list(zip(names, wanted)), "what inspect shows")


def check_small(folder):
    del folder
    check_digests(IMAGE, ["heir", "spare"])


def check_large(folder):
    """Programs of several loads, one of which ends with a load, and a monitor's memory."""
    policy, path = os.path.join(folder, "large.policy"), os.path.join(folder, "large.img")
    platform = os.path.join(ROOT, "policy", "platforms", "qemu-q35-svm.platform")
    write(policy, SYSTEM.replace("PLATFORM", platform).encode())
    for name, size in (("a", 3 * MOST + 5), ("m", 2 * MOST), ("log", 7)):
        code = hashlib.shake_128(name.encode()).digest(size)
        write(os.path.join(folder, name + ".elf"), elf(code, memory=size + 100))
    done = bulkhead("build", policy, "-o", path, "--images", folder)
    expect_equal(done.returncode, 0, done.stderr)
    check_digests(path, ["a", "m"])
    for images in (folder, None):
        done = verify(path, policy, images)
        expect(done.returncode == 0 and "digest 2;" in done.stdout, done.stdout)


def table_at(data, name):
    return struct.unpack_from("<II", data, HEADER_TABLES + 8 * NAMES.index(name))


def expect_found(folder, data, what, wanted=""):
    path = os.path.join(folder, "other.img")
    repair(data)
    write(path, data)
    done = verify(path, POLICY, None)
    expect(done.returncode == 1 and "differs: " in done.stdout and wanted in done.stdout, f"{what}: {done.stdout}")


def check_other_digests(folder):
    source = read(IMAGE)
    at, count = table_at(source, "digests")
    expect_equal(count, 2, "digests")
    for byte in (*range(32), 63):
        data = bytearray(source)
        data[at + byte] ^= 1
        expect_found(folder, data, f"byte {byte} of the digests", f"digest {byte // 32}: ")
    data = bytearray(source)
    data[at:at + 64] = data[at + 32:at + 64] + data[at:at + 32]
    expect_found(folder, data, "each other's")


def check_no_digest(folder):
    """The kernel would take a subject that is not checked: only the policy says that it must be."""
    data = bytearray(read(IMAGE))
    subjects, _ = table_at(data, "subjects")
    _, count = table_at(data, "digests")
    struct.pack_into("<I", data, subjects + TABLES[NAMES.index("subjects")][1] * 2 + DIGEST_OF_SUBJECT, 0)
    struct.pack_into("<I", data, HEADER_TABLES + 8 * NAMES.index("digests") + 4, count - 1)
    expect_found(folder, data, "one less", "digest")
    expect_equal(bulkhead("inspect", os.path.join(folder, "other.img")).returncode, 0, "what the kernel's check says")


def check_other_program(folder):
    """Another byte of the program, its component's digest repaired: that of the memory tells, without the program's file."""
    data = bytearray(read(IMAGE))
    image = Image(bytes(data))
    load = next(l for l in image.loads if l["region"] == image.subjects[1]["ram_region"])
    data[load["image_offset"] + load["size"] - 1] ^= 1
    component = FIRST_COMPONENT + 88 * load["component"]
    offset, size = struct.unpack_from("<QQ", data, component)
    data[component + 24:component + 56] = hashlib.sha256(data[offset:offset + size]).digest()
    expect_found(folder, data, "another program", "digest 0: ")


def main():
    tap = Tap()
    tap.run("digests are those of memory as it is before its first instruction", in_folder, check_small)
    tap.run("programs of several loads, and a monitor's", in_folder, check_large)
    tap.run("the second reader finds another digest", in_folder, check_other_digests)
    tap.run("and that one is missing", in_folder, check_no_digest)
    tap.run("and a program that is not the one of the digest", in_folder, check_other_program)
    tap.finish()


if __name__ == "__main__":
    main()
