#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is taken for the emulator's defect, and what is not: a denial at any other address is the system's own."""
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "qemu")]
from emulator import has_slipped
from tap import Tap, expect_equal

CONSOLE = "start-up code erased and unmapped: 73728 bytes; page tables sealed, root at 7b9c000\n"
DENIED = '<108>1 - - bulkhead - denied [bulkhead@32473 event="denied" subject="low" rule="%s" count="1" value="%d" other="0"]\n'


def judged(console, audit):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("console.log", console), ("audit.log", audit)):
            if text is None:
                continue
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        return has_slipped(folder)


def check_found():
    expect_equal(judged(CONSOLE, DENIED % ("memory", 0x7b9c000)), True, "a subject on the kernel's page tables")


def check_others():
    expect_equal(judged(CONSOLE, DENIED % ("memory", 0x40000000)), False, "another address")
    expect_equal(judged(CONSOLE, DENIED % ("port", 0x7b9c000)), False, "another rule")
    expect_equal(judged(CONSOLE, ""), False, "nothing denied")
    expect_equal(judged("", DENIED % ("memory", 0)), False, "a kernel that did not start")
    expect_equal(judged(None, None), False, "no logs")


def main():
    tap = Tap()
    tap.run("emulator: a subject that ran on the kernel's page tables is found", check_found)
    tap.run("emulator: no other denial is", check_others)
    tap.finish()


if __name__ == "__main__":
    main()
