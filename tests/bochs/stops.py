# SPDX-License-Identifier: Apache-2.0
"""Where the kernel comes by on one CPU in Bochs, and when: its debugger stops at symbols and says how many instructions have
run. Nothing of the kernel is changed for it."""
import os
import re
import subprocess

from bochs import Bochs, OnBochs
from debugger import symbols
from machine import BUILD
from tap import Failure

LINKED = os.path.join(BUILD, "bulkhead.elf64")
STOP = re.compile(r"Breakpoint \d+, 0x(\w+) in.*\nNext at t=(\d+)")
PAST_HLT = 2                              # of vmx_sleep, which begins with STI and HLT, a byte each
LIMIT_S = 200


def stops_at(out, image, places, count, act):
    """[(name, instructions)] of the first `count` stops at `places`, {name: address}; `act` is given the machine."""
    orders = [*(f"pb {address:#x}" for address in places.values()), *["c"] * count, "q"]
    with Bochs(out, image, OnBochs.model, cpus=1, orders=orders) as machine:
        act(machine)
        try:
            machine.process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            raise Failure(f"fewer than {count} stops in {LIMIT_S} s") from None
    with open(os.path.join(out, "bochs.out"), encoding="utf-8", errors="replace") as file:
        said = file.read()
    names = {address: name for name, address in places.items()}
    return [(names[int(address, 16)], int(instructions)) for address, instructions in STOP.findall(said)]


def find_write():
    """Where system call registers are put away: the address of the WRMSR."""
    code = subprocess.run(["objdump", "-d", "--disassemble=arch_vcpu_unload", LINKED], stdout=subprocess.PIPE, check=True,
                          text=True).stdout
    return int(re.search(r"^\s*(\w+):.*wrmsr", code, re.MULTILINE)[1], 16)


def count_switches(out, image, stops, act):
    """Instructions from the exit that ends a window, or the rest of a subject that waits, to the wait for the next one: of each
    switch among so many stops, and whether system call registers are put away in it."""
    names = symbols(LINKED)
    places = {"exit": names["vmx_exit_entry"], "rest": names["vmx_sleep"] + PAST_HLT, "put": find_write(),
              "wait": names["arch_wait_until"]}
    switches, left, put = [], None, False
    for name, instructions in stops_at(out, image, places, stops, act):
        if name == "put":
            put = True
        elif name != "wait":
            left, put = instructions, False
        elif left is not None:
            switches.append((instructions - left, put))
            left = None
    return switches
