#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
"""Memory that the policy has checked, on Intel VMX in Bochs."""
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
import test_digests
from bochs import OnBochs


class OnVmx(OnBochs):
    model = "tigerlake"
    name = "digests-" + model


if __name__ == "__main__":
    test_digests.main(OnVmx)
