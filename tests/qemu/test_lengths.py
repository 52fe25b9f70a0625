#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
"""Path lengths on AMD SVM, in QEMU, are within their aims, as bench.py counts them; `make bench` prints them all, and looks at
10,000 windows' starts as well."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from bench import AIMS, MISSED, count_paths, most
from tap import Once, Tap, expect

APART = {"deviation", "deviation behind long work"}    # test_campaign.py and test_noninterference.py look at windows' starts


def check(counted, name):
    told, _, _ = counted.get()
    expect(told[name] <= most(name), f"{told[name]:,} instructions, {most(name):,} at most")
    expect(name not in MISSED or told[name] > AIMS[name], f"{told[name]:,} instructions: the aim is met, not missed")
    print(f"# {name}: {told[name]:,}")


if __name__ == "__main__":
    tap, counted = Tap(), Once(count_paths, "lengths")
    for path in AIMS:
        if path not in APART:
            missed = f", whose aim of {AIMS[path]} is missed" if path in MISSED else ""
            tap.run(path + missed, check, counted, path)
    tap.finish()
