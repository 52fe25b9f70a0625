#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
# time limit: 900 s
"""The kernel on Intel VMX, in Bochs: the same images and tests as on AMD SVM. Argument: a processor that Bochs knows."""
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
import test_kernel
from bochs import OnBochs


class OnVmx(OnBochs):
    model = sys.argv[1] if len(sys.argv) > 1 else OnBochs.model
    name, own, foreign = "bochs-" + model, test_kernel.VMX, test_kernel.SVM
    invalid_state = 1 << 31 | 33          # SDM volume 3, 27.8: entry failure due to invalid guest state
    crashes = {"fault": 3, "msr": 1}


if __name__ == "__main__":
    test_kernel.main(OnVmx)
