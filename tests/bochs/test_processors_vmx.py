#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
# time limit: 900 s
"""Processors in Bochs that lack something that the kernel needs: it says by name what, and runs nothing."""
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
from bochs import Bochs
from machine import BUILD
from runs import run_folder
from tap import Tap, expect_equal

IMAGE = os.path.join(BUILD, "test-direct.img")
BOOT_LIMIT_S = 150

# What the kernel says on a processor, the check that its status names (boot.h: enum boot_status).
REFUSED = [("core_duo_t2400_yonah", "no long mode", None),
           ("athlon64_venice", "neither AMD SVM nor Intel VMX", 1),
           ("turion64_tyler", "no nested paging", 2),
           ("core2_penryn_t9600", "pin controls", 8),                 # no preemption timer
           ("corei5_lynnfield_750", "EPT, VPID, WBINVD exits or unrestricted guest", 8)]


def check_refused(model, reason, check):
    with Bochs(run_folder("bochs-refused-" + model), IMAGE, model=model) as machine:
        machine.console.wait_for(b"^\\s*processor refused: " + reason.encode() + rb"\r?\n", BOOT_LIMIT_S)
        if check:
            machine.console.wait_for(rb"^start-up refused: status 6%04x\r?\n" % check, BOOT_LIMIT_S)
        expect_equal(machine.audit.text(), "", "what the audit subject says")


def main():
    tap = Tap()
    for model, reason, check in REFUSED:
        tap.run(f"{model} is refused: {reason}", check_refused, model, reason, check)
    tap.finish()


if __name__ == "__main__":
    main()
