#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is taken for the emulator's defects, and what is not: a denial at any other address is the system's own, and so is a CPU
that sleeps while nothing waits, or is held back."""
import os
import struct
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "qemu")]
from emulator import LOOKS, PAGE, Look, has_overslept, has_slipped, has_slipped_in, next_instruction
from tap import Tap, expect, expect_equal

CONSOLE = "start-up code erased and unmapped: 73728 bytes; page tables sealed, root at 7b9c000\n"
DENIED = '<108>1 - - bulkhead - denied [bulkhead@32473 event="denied" subject="low" rule="%s" count="1" value="%d" other="0"]\n'

# A VMCB (AMD64 APM volume 2, appendix B) of a subject that faulted at the root of the kernel's page tables, which it ran on.
ROOT = 0x7b9c000
SLIPPED = ((0x70, 0x400), (0x80, ROOT), (0x550, ROOT))

# What QEMU 7.2 says of a CPU that sleeps, by `info registers` (segments, XMM and x87 left out), `info lapic` and `x/5xb`.
REGISTERS = """
CPU#1
RAX=0000000000000000 RBX=0000000000000003 RCX=000000003ad9676a RDX=000000003ada0b8a
RSI=0000000004ce3eb8 RDI=ffffffffffffffff RBP=0000000000000001 RSP=0000000004ce3f80
R8 =0000000000000001 R9 =0000000000000002 R10=0000000000000000 R11=0000000000000003
R12=0000000000226c04 R13=0000000000000000 R14=00000000018c9672 R15=0000000000000003
RIP=0000000000217490 RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1
EFER=0000000000001d00
"""
LAPIC = """dumping local APIC state for CPU 1\x20

LVT0\t 0x00010000 active-hi edge  masked                      Fixed  (vec 0)
LVT1\t 0x00010000 active-hi edge  masked                      Fixed  (vec 0)
LVTPC\t 0x00010000 active-hi edge  masked                      Fixed  (vec 0)
LVTERR\t 0x00010000 active-hi edge  masked                      Fixed  (vec 0)
LVTTHMR\t 0x00010000 active-hi edge  masked                      Fixed  (vec 0)
LVTT\t 0x000000f0 active-hi edge                 one-shot     Fixed  (vec 240)
Timer\t DCR=0xb (divide by 1) initial_count = 675436 current_count = 0
SPIV\t 0x000001ff APIC enabled, focus=off, spurious vec 255
ICR\t 0x00000000 physical edge de-assert no-shorthand
ICR2\t 0x00000000 cpu 0 (APIC ID)
ESR\t 0x00000000
ISR\t (none)
IRR\t 240\x20

APR 0x00 TPR 0x00 DFR 0x0f LDR 0x00 PPR 0x00
"""
CODE = "000000000021748b: 0x0f 0x01 0xdc 0xfb 0xf4\r\n"
OVERSLEPT = Look(REGISTERS, LAPIC, CODE)
AWAKE = [                                 # what differs: the text, what it says there, what it would say otherwise
    ("registers", "HLT=1", "HLT=0"), ("registers", "RFL=00000246", "RFL=00000046"), ("lapic", "IRR\t 240 ", "IRR\t (none)"),
    ("lapic", "ISR\t (none)", "ISR\t 241 "), ("lapic", "TPR 0x00", "TPR 0xf0"),
    ("lapic", "240 \n\nAPR 0x00 TPR 0x00", "33 241 \n\nAPR 0x00 TPR 0xf0"), ("lapic", "0x000001ff", "0x000000ff"),
    ("code", "0xdc 0xfb 0xf4", "0xdd 0xfb 0xf4"), ("code", CODE, "Cannot access memory\r\n")]
WAITING = [                               # still overslept
    ("lapic", "IRR\t 240 ", "IRR\t 33 97(level) 240 241 "), ("lapic", "ISR\t (none)", "ISR\t 64 80 "),
    ("lapic", "240 \n\nAPR 0x00 TPR 0x00", "33 240 \n\nAPR 0x00 TPR 0xe0"),
    ("registers", "RIP=0000000000217490 RFL", "EIP=00217490 EFL")]


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


def judged_dump(*words, pages=5, page=3):
    """What is said of memory with `words` (offset, value) in one of its pages."""
    memory = bytearray(pages * PAGE)
    for offset, value in words:
        struct.pack_into("<Q", memory, page * PAGE + offset, value)
    with tempfile.NamedTemporaryFile() as dump:
        dump.write(memory)
        dump.flush()
        return has_slipped_in(dump.name, ROOT)


def check_dump():
    for page in range(5):
        expect(judged_dump(*SLIPPED, page=page), f"a subject's state in page {page}")
    expect(not judged_dump(), "empty memory")
    for number, (offset, _) in enumerate(SLIPPED):
        others = SLIPPED[:number] + SLIPPED[number + 1:]
        for other in 0, ROOT + PAGE, 0x401:
            expect(not judged_dump(*others, (offset, other)), f"{other:#x} at {offset:#x}")


def has_overslept_once(*looks):
    """Whether it is said of a CPU that looks so, one time after the other, and that is looked at no more often."""
    left = list(looks)
    return has_overslept(lambda: left.pop(0))


def changed(part, old, new):
    text = getattr(OVERSLEPT, part)
    expect_equal(text.count(old), 1, f"{old!r} in the text")
    return OVERSLEPT._replace(**{part: text.replace(old, new)})


def check_overslept():
    expect_equal(has_overslept_once(*[OVERSLEPT] * LOOKS), True, "a CPU that sleeps on")
    for change in WAITING:
        expect_equal(has_overslept_once(*[changed(*change)] * LOOKS), True, f"{change}")
    expect_equal(next_instruction(REGISTERS), 0x217490, "the instruction after HLT")


def check_awake():
    for change in AWAKE:
        for before in range(LOOKS):
            looks = [OVERSLEPT] * before + [changed(*change)]
            expect_equal(has_overslept_once(*looks), False, f"{change} after {before} other looks")


def check_passing():
    """One that woke and sleeps again, with the next interrupt about to come, is no standstill."""
    again = changed("registers", "RCX=000000003ad9676a", "RCX=000000003ad9676b"), changed("lapic", "= 675436", "= 3520819")
    for later in again:
        expect(not has_overslept_once(OVERSLEPT, later), "something has changed")


def main():
    tap = Tap()
    tap.run("emulator: a subject that ran on the kernel's page tables is found", check_found)
    tap.run("emulator: no other denial is", check_others)
    tap.run("emulator: one whose registers alone show it is found in memory, and no other", check_dump)
    tap.run("emulator: a CPU that sleeps on over its interrupt is found", check_overslept)
    tap.run("emulator: one that sleeps for another reason is not", check_awake)
    tap.run("emulator: nor one that is about to wake", check_passing)
    tap.finish()


if __name__ == "__main__":
    main()
