#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
# time limit: 900 s
"""What a subject may touch on Intel VMX, in Bochs. Argument: a processor that Bochs knows."""
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
import test_isolation
from test_kernel_vmx import OnVmx


class OnIntel(OnVmx):
    maker = "Intel"


if __name__ == "__main__":
    test_isolation.main(OnIntel)
