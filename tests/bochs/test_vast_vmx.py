#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
# time limit: 900 s
"""A subject of more than a GiB on Intel VMX, in Bochs, whose processor has EPT's pages of 1 GiB."""
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
import test_vast
from bochs import Bochs, OnBochs


class OnVmx(OnBochs):
    name = "bochs-vast"
    memory = None                         # its debugger waits for no orders

    @classmethod
    def machine(cls, folder, giant):
        return Bochs(folder, test_vast.IMAGE, model=cls.model, memory_mib=test_vast.MACHINE_MIB)


if __name__ == "__main__":
    test_vast.main(OnVmx, (True,))
