#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints path lengths in instructions, guest and host, beside their aims. Under QEMU's -icount the time stamp counter advances
by one for each instruction, so that the figures are exact and repeat; they say nothing of nanoseconds."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from machine import BUILD, KERNEL, Machine
from runs import build_kernel, run_folder
from tap import Failure

IMAGE = os.path.join(BUILD, "test-bench.img")
LIMIT_S = 120
COUNTING = ("-icount", "shift=0,sleep=off", "-rtc", "clock=vm,base=2020-01-01", "-seed", "1")
RESULT = re.compile(rb"^bench (\S+) ticks=(\d+)\r?$", re.MULTILINE)

PLANNED_UNIT = 1000000                    # windows are whole milliseconds, an instruction is a nanosecond
AIMS = {"null": 80, "notify": 150}


def count(name, kernel):
    """What the guest `bench` tells: {name: instructions}."""
    with Machine(run_folder(name), image=IMAGE, kernel=kernel, tpm=False, accelerator="tcg,thread=single",
                 options=COUNTING) as machine:
        machine.low.wait_for(rb"^bench done\r?$", LIMIT_S)
        machine.quit()
        return {path.decode(): int(ticks) for path, ticks in RESULT.findall(bytes(machine.low.received))}


def aim(name):
    return f"aim: at most {AIMS[name]}"


def derive(told, told_without_margin):
    """(path, instructions, remark) of each path. Without a margin the time between two windows of the guest is what the plan
    gives to others, and one switch."""
    switch = told_without_margin["gap"] % PLANNED_UNIT
    return (
        ("null hypercall, round trip", told["null"], aim("null")),
        ("notify", told["notify"], aim("notify")),
        ("receive", told["receive"], ""),
        ("mediated send of a 64-byte message", told["send"], ""),
        ("send that is denied and recorded", told["deny"], ""),
        ("audit record", told["deny"] - told["deny-again"], "the denial above, less one that is only counted"),
        ("subject switch", switch, "from one subject's last instruction to the next one's first"),
        ("margin left at a window's end", told["gap"] - told_without_margin["gap"], "the longest host path must be shorter"),
    )


def main():
    if not os.path.exists(IMAGE):
        sys.exit(f"bench: {IMAGE} is missing; run make first")
    try:
        told = count("bench", KERNEL)
        told_without_margin = count("bench-switch", build_kernel("bench-kernel", "SCHEDULE_MARGIN_US=0u"))
    except Failure as failure:
        sys.exit(f"bench: {failure}")
    print("Path lengths in instructions, guest and host together; the least of many rounds")
    for path, instructions, remark in derive(told, told_without_margin):
        print(f"  {path:36}{instructions:8,}  {remark}".rstrip())
    missed = [name for name, most in AIMS.items() if told[name] > most]
    sys.exit(f"bench: {', '.join(missed)}: more than aimed at" if missed else 0)


if __name__ == "__main__":
    main()
