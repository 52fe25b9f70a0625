#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
# time limit: 1800 s
"""Coloured memory on Intel VMX, in Bochs."""
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
import test_colours
from bochs import OnBochs


class OnVmx(OnBochs):
    name = "bochs"


if __name__ == "__main__":
    test_colours.main(OnVmx)
