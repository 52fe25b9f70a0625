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


def check_reflected(counted):
    """What an exit to a monitor costs that asks for more has no aim; that it is counted shows in that each costs more."""
    told, _, _ = counted.get()
    few, alarm, everything, both = (told[name] for name in ("reflect", "reflect-alarm", "reflect-all", "reflect-both"))
    print(f"# with an alarm {alarm:,}, all fields {everything:,}, both {both:,}")
    expect(few < alarm < both and few < everything < both, f"{few}, {alarm}, {everything}, {both}")


if __name__ == "__main__":
    tap, counted = Tap(), Once(count_paths, "lengths")
    for path in AIMS:
        if path not in APART:
            missed = f", whose aim of {AIMS[path]} is missed" if path in MISSED else ""
            tap.run(path + missed, check, counted, path)
    tap.run("exits to a monitor that asks for more are counted", check_reflected, counted)
    tap.finish()
