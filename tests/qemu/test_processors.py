#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""Processors that lack something. What the kernel needs it asks for by name and refuses to start without; what merely
protects it more it uses where it is."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from machine import BUILD, Machine
from runs import run_folder
from tap import Tap, expect_equal

IMAGE = os.path.join(BUILD, "test-direct.img")
BOOT_LIMIT_S = 60

# What is taken from the processor, what the kernel says then, the check that its status names (boot.h: enum boot_status).
REFUSED = [("lm", "no long mode", None), ("svm", "neither AMD SVM nor Intel VMX", 1), ("npt", "no nested paging", 2),
           ("nx", "no NX pages", 3)]
PROTECTIONS = ["SMEP", "SMAP", "UMIP"]


def machine_without(*features):
    cpu = ",".join(["max", "la57=off", *(f"-{feature}" for feature in features)])
    return Machine(run_folder("processor-" + "-".join(features)), image=IMAGE, tpm=False, options=("-cpu", cpu))


def check_refused(feature, reason, check):
    with machine_without(feature) as machine:
        machine.console.wait_for(b"^processor refused: " + reason.encode() + rb"\r?\n", BOOT_LIMIT_S)
        if check:
            machine.console.wait_for(rb"^start-up refused: status 6%04x\r?\n" % check, BOOT_LIMIT_S)
        expect_equal(machine.quit(), "host-qmp-quit", "end of the machine")
        expect_equal(machine.audit.text(), "", "what the audit subject says")


def check_without(*features):
    left = [name for name in PROTECTIONS if name.lower() not in features]
    said = "CPU 0 protected by: " + ", ".join(["read-only tables", "no-execute pages", *left])
    with machine_without(*features) as machine:
        machine.console.wait_for(b"^" + said.encode() + rb"\r?\n", BOOT_LIMIT_S)
        machine.audit.wait_for(rb"bulkhead - start ", BOOT_LIMIT_S)


def main():
    tap = Tap()
    for feature, reason, check in REFUSED:
        tap.run(f"a processor is refused: {reason}", check_refused, feature, reason, check)
    for protection in PROTECTIONS:
        tap.run(f"the kernel runs without {protection}", check_without, protection.lower())
    tap.finish()


if __name__ == "__main__":
    main()
