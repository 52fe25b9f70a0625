#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints path lengths in instructions, guest and host, beside their aims. Under QEMU's -icount the time stamp counter advances
by one for each instruction, so that the figures are exact and repeat; they say nothing of nanoseconds."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from machine import BUILD, Machine
from runs import run_folder
from tap import Failure

IMAGE = os.path.join(BUILD, "test-bench.img")
LIMIT_S = 120
COUNTING = ("-icount", "shift=0,sleep=off", "-rtc", "clock=vm,base=2020-01-01", "-seed", "1")
RESULT = re.compile(rb"^bench (\S+) ticks=(\d+)\r?$", re.MULTILINE)

# name on the console, what it is, aim in instructions
PATHS = (
    ("null", "null hypercall, round trip", 100),
    ("notify", "notify: raise a channel's event", None),
    ("receive", "receive: give slots back", None),
    ("send", "mediated send of a 64-byte message, on record", None),
    ("deny", "mediated send that is denied and recorded", None),
    ("gap", "two switches and the windows between", None),
)


def measure():
    """{name: instructions}"""
    folder = run_folder("bench")
    with Machine(folder, image=IMAGE, tpm=False, accelerator="tcg,thread=single", options=COUNTING) as machine:
        machine.low.wait_for(rb"^bench done\r?$", LIMIT_S)
        machine.quit()
        return {name.decode(): int(ticks) for name, ticks in RESULT.findall(bytes(machine.low.received))}


def main():
    if not os.path.exists(IMAGE):
        sys.exit(f"bench: {IMAGE} is missing; run make first")
    try:
        counted = measure()
    except Failure as failure:
        sys.exit(f"bench: {failure}")
    print("Path lengths in instructions (guest and host together, least of many rounds)")
    for name, text, aim in PATHS:
        if name not in counted:
            sys.exit(f"bench: the guest does not tell `{name}`")
        print(f"  {text:48}{counted[name]:10,}" + (f"   aim: at most {aim}" if aim else ""))
    sys.exit(any(aim and counted[name] > aim for name, _, aim in PATHS))


if __name__ == "__main__":
    main()
