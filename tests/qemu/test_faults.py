#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kernels with a deliberate fault (x86/fault.h) end in a panic that names it, on the console and on every CPU: none goes on, and
none resets the machine in silence."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from machine import BUILD, Machine
from runs import build_kernel, run_folder
from tap import Tap, expect, expect_equal

IMAGE = os.path.join(BUILD, "test-direct.img")          # hearer asks for CPUID
BOOT_LIMIT_S = 60
SETTLE_S = 0.5


class OnSvm:
    name = "faults"

    @staticmethod
    def machine(folder, image, kernel):
        return Machine(folder, image=image, kernel=kernel, tpm=False)


def check_panic(backend, variant, define, panic):
    kernel = build_kernel(variant, define)
    with backend.machine(run_folder(f"{backend.name}-{variant}"), IMAGE, kernel) as machine:
        machine.console.wait_for(panic, BOOT_LIMIT_S)
        said = len(machine.audit.received)
        time.sleep(SETTLE_S)
        expect_equal(len(machine.audit.received), said, "what the audit subject says after the panic")
        expect_equal(machine.console.text().count("panic"), 1, "panics")


def main(backend=OnSvm):
    tap = Tap()
    tap.run("a kernel stack that overflows is named, on another stack", check_panic, backend, "fault-overflow",
            "TEST_OVERFLOW_STACK", rb"^panic: stack overflow: exception 8 in the kernel[^\n]*\n")
    tap.finish()


if __name__ == "__main__":
    main()
