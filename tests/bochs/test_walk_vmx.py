#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Memory that is not a subject's own on Intel VMX, in Bochs."""
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
import test_walk
from bochs import Bochs


class OnVmx:
    name = "bochs-walk"

    @staticmethod
    def machine(folder, image):
        return Bochs(folder, image, model="corei7_skylake_x")


if __name__ == "__main__":
    test_walk.main(OnVmx)
