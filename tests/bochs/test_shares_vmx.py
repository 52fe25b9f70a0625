#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
# time limit: 900 s
"""Intel VMX in Bochs: what a subject sees of its windows does not depend on another of its CPU that fills its share of the
audit, while the reader on the other CPU frees slots; nor on whatever long work of the kernel's a window before ends in:
sealing, restarts, those of a subject with a monitor, hashing. Bochs' clock is slow, and with two CPUs counts instructions in
steps of 5."""
import os
import re
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
from bochs import Bochs, OnBochs
from machine import BUILD
from runs import run_folder
from tap import Tap, expect, expect_equal

LIMIT_S = 400
SEEN = re.compile(rb"^seer starts=[1-9]\d* held=(\d+) longest=\d+ early=(\d+) late=(\d+) khz=\d+\r?$", re.MULTILINE)
BOOT_WINDOW = 0x6000b                     # boot.h: enum boot_status
STEPS = 15                                # ticks: what Bochs and the way out of the wait leave open


def look(name, cpus=2):
    """(how often `seer` was held up within a window; ticks that one began early, late; denials of `loud` that were read)."""
    image = os.path.join(BUILD, f"test-{name}.img")
    with Bochs(run_folder(name), image, OnBochs.model, cpus=cpus) as machine:
        machine.high.wait_for(SEEN.pattern, LIMIT_S)
        held, early, late = map(int, SEEN.search(machine.high.text().encode()).groups())
        return held, early, late, machine.audit.text().count('event="denied" subject="loud"')


def check(name, floods, cpus=2):
    held, early, late, denied = look(name, cpus)
    expect((denied > 1) == floods, f"{denied} denials on record")
    expect_equal(held, 0, "interruptions")
    expect(early <= STEPS and late <= STEPS, f"windows began up to {early} ticks early, {late} late")


def check_refused():
    """Windows of 100 us have fewer ticks than the kernel keeps of each."""
    with Bochs(run_folder("short"), os.path.join(BUILD, "test-starts.img"), OnBochs.model, cpus=1) as machine:
        machine.console.wait_for(rb"^start-up refused: status %x\r?$" % BOOT_WINDOW, LIMIT_S)


def main():
    tap = Tap()
    tap.run("beside one that is quiet", check, "share-quiet", False)
    tap.run("beside one whose share of the audit is full", check, "share-loud", True)
    tap.run("behind long work of the kernel's", check, "ends", True, 1)
    tap.run("windows too short for this clock are refused", check_refused)
    tap.finish()


if __name__ == "__main__":
    main()
