#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""A subject of more than a GiB, whose nested tables show a GiB by one page if the processor has such pages, else by 2 MiB."""
import os
import struct
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from host_tools import sound_log
from machine import BUILD, Machine
from runs import run_folder
from tap import Once, Tap, expect, expect_equal

IMAGE = os.path.join(BUILD, "test-vast.img")
LIMIT_S, END_LIMIT_S = 300, 60
GIB, MIB, PAGE, MACHINE_MIB = 1 << 30, 1 << 20, 4096, 2800
SIZE, PLACE = 1088 * MIB, GIB             # tests/guests/policies/vast-subjects.policy, policy/compiler/layout.c
OWN = [0, GIB - PAGE, GIB, SIZE - PAGE]
REFUSED = [SIZE, 2 * GIB + PAGE, 3 * GIB]            # behind its memory, its info page, and where nothing is
POOL_SIZE = 16 * MIB                      # more than is there: the kernel's page tables come last


class OnSvm:
    name, large_bits, slowness = "vast", 0xe7, 1          # present, writable, user, accessed, dirty, large: APM volume 2, 5.4.1

    @staticmethod
    def machine(folder, giant):
        return Machine(folder, image=IMAGE, tpm=False, memory_mib=MACHINE_MIB,
                       options=() if giant else ("-cpu", "max,la57=off,pdpe1gb=off"))

    @staticmethod
    def memory(machine, start, size):
        with tempfile.NamedTemporaryFile() as file:
            machine.order("pmemsave", val=start, size=size, filename=file.name)
            return file.read()


def run(backend, giant):
    """(what COM2 says, the console, tables) of the system on a processor with or without such pages."""
    folder = run_folder(f"{backend.name}-{'giant' if giant else 'large'}")
    with backend.machine(folder, giant) as machine:
        machine.low.wait_for(rb"^vast done\r?$", LIMIT_S * backend.slowness)
        tables = backend.memory and backend.memory(machine, PLACE + SIZE, POOL_SIZE)
        machine.audit.send(b"shutdown\n", END_LIMIT_S * backend.slowness)
        expect_equal(machine.wait_end(END_LIMIT_S * backend.slowness), "guest-shutdown", "end of the machine")
    log = sound_log(machine, folder, IMAGE)
    return machine.low.text().replace("\r", ""), machine.console.text(), tables, log


def check_memory(backend, _giant, com2, _console, _tables, log):
    said = [f"own {page:x}" for page in OWN] + [f"refused {page:x}" for page in REFUSED] + ["done"]
    expect_equal(com2.splitlines(), ["vast " + line for line in said], "what it reached")
    expect_equal(log.count_by("rule", "denied", subject="vast"), {"memory": 3 * len(REFUSED)}, "denials of vast")


def check_pages(backend, giant, _com2, console, tables, _log):
    """The second GiB's first entries are of 2 MiB in either case; the first GiB's second entry is there or not."""
    expect(f"in pages of up to {'1 GiB' if giant else '2 MiB'}" in console, console)
    if not tables:
        return
    for address, wanted in ((PLACE, True), (PLACE + GIB + 2 * MIB, True), (PLACE + 2 * MIB, not giant)):
        entry = struct.pack("<Q", address | backend.large_bits)
        expect_equal(entry in tables, wanted, f"whether a page begins at 0x{address:x}")


def main(backend=OnSvm, kinds=(True, False)):
    tap = Tap()
    for giant in kinds:
        system = Once(run, backend, giant)
        for what, check in (("all of its memory is its own and nothing behind it", check_memory),
                            ("its nested tables have the pages that the processor has", check_pages)):
            tap.run(f"with{'' if giant else 'out'} pages of 1 GiB: {what}", lambda: check(backend, giant, *system.get()))
    tap.finish()


if __name__ == "__main__":
    main()
