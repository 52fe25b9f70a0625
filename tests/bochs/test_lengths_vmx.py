#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
# time limit: 900 s
"""Path lengths on Intel VMX, in Bochs, are within their aims: `make bench-bochs` prints them all."""
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
from bench_vmx import AIMS, count_all
from tap import Once, Tap, expect


def count():
    return {path: instructions for path, instructions, _ in count_all()}


def check(counted, path):
    instructions = counted.get()[path]
    expect(instructions <= AIMS[path], f"{instructions} instructions, {AIMS[path]} at most")


if __name__ == "__main__":
    tap, counted = Tap(), Once(count)
    for path in AIMS:
        tap.run(path.strip(), check, counted, path)
    tap.finish()
