#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""The kernel takes the system image as hostile input: what is truncated, overlaps or lies out of range is refused, and the
console names the check, as `bulkhead inspect` of the same image does. (Each check by itself: tests/unit/test_image_check.c.)"""
import os
import re
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from host_tools import run_tool
from machine import Machine
from runs import components, read_image, run_folder, write_image
from tap import Tap, expect, expect_equal

REFUSAL_LIMIT_S = 20
HALT_S = 0.2
TABLES_OFFSET, TABLE = 144, struct.Struct("<II")              # policy/image.h: image_header.tables, struct image_table
SUBJECTS, REGIONS, MAPPINGS = 3, 4, 5                         # enum image_table_id
SUBJECT_SIZE, SUBJECT_ENTRY, REGION_SIZE, MAPPING_SIZE, MAPPING_REGION = 120, 16, 32, 16, 8
IO_APIC_AT, NO_IO_APIC, LOCAL_APIC = 312, 0xfec10000, 0xfee00000          # image_header.io_apic
U32, U64 = struct.Struct("<I"), struct.Struct("<Q")


def table(image, number):
    return TABLE.unpack_from(image, TABLES_OFFSET + TABLE.size * number)


def truncate(image):
    del image[-4096:]


def cut_header(image):
    del image[100:]


def spoil_magic(image):
    image[0] ^= 1


def overlap_regions(image):
    first, _ = table(image, REGIONS)
    image[first + REGION_SIZE:first + REGION_SIZE + 8] = image[first:first + 8]


def move_region_out(image):
    first, count = table(image, REGIONS)
    U64.pack_into(image, first + REGION_SIZE * (count - 1), 0x7ffff000)


def move_table_out(image):
    TABLE.pack_into(image, TABLES_OFFSET + TABLE.size * MAPPINGS, len(image) & ~7, 1)


def map_missing_region(image):
    first, _ = table(image, MAPPINGS)
    U32.pack_into(image, first + MAPPING_REGION, 0xfffffff0)


def overlap_components(image):
    second = components(image)[1]
    header_size, = U32.unpack_from(image, 12)
    where = header_size - 88 * (len(components(image)) - 1)
    U64.pack_into(image, where, second.offset - 16)       # components begin at multiples of 16


def name_local_apic(image):
    U64.pack_into(image, IO_APIC_AT, LOCAL_APIC)


def move_io_apic(image):
    U64.pack_into(image, IO_APIC_AT, NO_IO_APIC)


CASES = (                                 # what is done to the image, how the kernel must call it
    ("a truncated image", truncate, "TRUNCATED"),
    ("a part of a header", cut_header, "TRUNCATED"),
    ("another file", spoil_magic, "MAGIC"),
    ("overlapping components", overlap_components, "COMPONENT_ORDER"),
    ("overlapping regions", overlap_regions, "REGION_ORDER"),
    ("a region outside memory", move_region_out, "REGION_BOUNDS"),
    ("a table outside the image", move_table_out, "TABLE_BOUNDS"),
    ("the local APIC for the I/O APIC", name_local_apic, "HEADER_IO_APIC"),
    ("a mapping of nothing", map_missing_region, "MAPPING_REGION"),
)


def inspected(path):
    """What `bulkhead inspect` says of an image that fails a check, up to what that means."""
    tool = run_tool("bulkhead", "inspect", path)
    expect(not tool.good, "inspect takes it")
    return tool.text.removeprefix(f"bulkhead: {path}: ").partition(": ")[0]


def check_refusal(spoil, text, refuser="image refused: "):
    folder, image = run_folder("image-" + spoil.__name__), read_image()
    spoil(image)
    path = write_image(os.path.join(folder, "system.img"), image)
    with Machine(folder, image=path) as machine:
        refusal = machine.console.wait_for(rb"^(start-up refused: .*|\d+ CPUs, .*)$", REFUSAL_LIMIT_S)[1].decode()
        time.sleep(HALT_S)
        expect_equal(machine.quit(), "host-qmp-quit", "the kernel must halt; the machine ended by")
    expect(refusal.startswith("start-up refused"), f"the kernel starts it: {refusal}")
    expect(f"{refuser}{text} " in machine.console.text(), machine.console.text())
    said = re.search(r"^image refused: (.*?)\r?$", machine.console.text(), re.MULTILINE)
    if said:                                              # what the platform decides the image alone does not tell
        expect_equal(inspected(path), said[1], "what `bulkhead inspect` says")


def main():
    tap = Tap()
    for name, spoil, text in CASES:
        tap.run("refused: " + name, check_refusal, spoil, text)
    tap.run("refused: an I/O APIC where there is none", check_refusal, move_io_apic, "refused: no version that is known",
            f"I/O APIC at {NO_IO_APIC:x} ")
    tap.finish()


if __name__ == "__main__":
    main()
