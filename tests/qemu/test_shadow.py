#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
"""AMD SVM: the shadow of STI ends with an instruction that the kernel skips. QEMU enters a subject without the shadow whatever
the control block says, so the control blocks are looked at instead, by stopping the kernel where it enters and is left."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from counting import Counted
from machine import BUILD, KERNEL
from runs import build_kernel, run_folder
from tap import Once, Tap, expect, expect_equal

IMAGE = os.path.join(BUILD, "test-shade.img")
EXITS_MOST = 2000
RAX = 0                                   # the control block's address, at VMRUN and behind it
SHADOW, EXIT_CODE = 0x68, 0x70            # AMD64 APM volume 2, appendix B
SKIPPED = {0x72: "CPUID", 0x78: "HLT", 0x81: "VMMCALL"}           # appendix C


def word(c, address):
    return int.from_bytes(c.debugger.memory(address, 4), "little")


def look(kernel=KERNEL):
    """{instruction: the shadow that is left at the next entry} of those that exit in one."""
    found = {}
    with Counted(run_folder("shadow"), IMAGE, kernel) as c:
        c.run_to("svm_run")
        c.find_vmrun()
        for _ in range(EXITS_MOST):
            c.run_to("vmexit")
            block = c.debugger.read(RAX)
            name = SKIPPED.get(word(c, block + EXIT_CODE))
            if name is None or not word(c, block + SHADOW) & 1:
                continue
            c.run_to("vmrun")             # perhaps another subject's
            found[name] = word(c, block + SHADOW) & 1
            if name == "HLT":
                break
    return found


def check(found, name):
    shadows = found.get()
    expect(name in shadows, f"no {name} exits in the shadow of STI: {shadows}")
    expect(shadows[name] == 0, f"the shadow of STI outlasts {name}")


def check_fault():
    expect_equal(look(build_kernel("keep-shadow")), dict.fromkeys(SKIPPED.values(), 1), "shadows that are left")


def main():
    tap, found = Tap(), Once(look)
    for name in SKIPPED.values():
        tap.run(f"the shadow of STI ends with {name}", check, found, name)
    tap.run("a kernel that leaves the shadow is found out", check_fault)
    tap.finish()


if __name__ == "__main__":
    main()
