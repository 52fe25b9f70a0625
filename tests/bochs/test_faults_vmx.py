#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
# time limit: 900 s
"""Kernels with a deliberate fault, on Intel VMX in Bochs. Argument: a processor that Bochs knows."""
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
import test_faults
from bochs import OnBochs


class OnVmx(OnBochs):
    model = sys.argv[1] if len(sys.argv) > 1 else "tigerlake"
    name = "faults-" + model
    protections = b", SMEP, SMAP, UMIP, shadow stacks" if model == "tigerlake" else b", SMEP, SMAP"


if __name__ == "__main__":
    test_faults.main(OnVmx)
