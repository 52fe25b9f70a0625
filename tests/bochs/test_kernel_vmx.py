#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The kernel on Intel VMX, in Bochs: the same images and the same tests as on AMD SVM."""
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
import test_kernel
from bochs import Bochs


class OnVmx:
    name, own, foreign = "bochs", test_kernel.VMX, test_kernel.SVM
    machine = Bochs


if __name__ == "__main__":
    test_kernel.main(OnVmx)
