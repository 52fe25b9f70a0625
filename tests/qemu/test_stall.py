#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A machine in which nothing comes any more: whether the emulator is to blame is told from outside, and such runs are repeated,
but not for ever. The kernel here goes to sleep in ways that the emulator's defect (emulator.py) does, and others."""
import contextlib
import io
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from machine import BUILD, Machine
from runs import run_folder
from tap import REPEATED, RUNS_MOST, Failure, Spoilt, Tap, expect, expect_equal, repeat_spoilt

KERNEL = os.path.join(BUILD, "test-sleeper.elf")
WAYS = [("o", "overslept, its interrupt lost", True), ("g", "global interrupts off", False), ("i", "interrupts off", False),
        ("t", "the task priority holds the interrupt back", False), ("n", "no interrupt waits", False)]
LIMIT_S = 2


def for_a_line(machine):
    machine.console.wait_for(b"what never comes", LIMIT_S)


def for_the_end(machine):
    machine.wait_end(LIMIT_S)


def wait_in_vain(way, wait):
    """Runs the sleeper, and `wait` on it, which fails."""
    folder = run_folder("stall-" + way)
    module = os.path.join(folder, "module")
    with open(module, "w", encoding="ascii") as file:
        file.write(way)
    with Machine(folder, image=module, kernel=KERNEL, tpm=False, cpus=1) as machine:
        wait(machine)


def failure_of(run, *args):
    try:
        run(*args)
    except Failure as failure:
        return failure
    raise AssertionError("what never comes has come")


def check_blame(way, wait, is_emulator):
    failure = failure_of(wait_in_vain, way, wait)
    expect_equal(isinstance(failure, Spoilt), is_emulator, f"the emulator is to blame: {failure}")


def check_repeated(ways, runs, failed):
    """What comes of runs that go `ways`, one after the other."""
    left = list(ways)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        failure = failure_of(repeat_spoilt, lambda: wait_in_vain(left.pop(0), for_a_line))
    expect(failed in str(failure) and not isinstance(failure, Spoilt), f"{failure!r}")
    expect_equal((len(ways) - len(left), said.getvalue().count(REPEATED)), (runs, runs - 1), "runs, and notes of repeated ones")


def main():
    tap = Tap()
    for way, name, is_emulator in WAYS:
        tap.run(f"a CPU that sleeps for good: {name}; the emulator is {'' if is_emulator else 'not '}to blame", check_blame,
                way, for_a_line, is_emulator)
    for way, name, is_emulator in WAYS[0], WAYS[-1]:
        tap.run(f"the same where the machine's end is waited for: {name}", check_blame, way, for_the_end, is_emulator)
    tap.run("a spoilt run is repeated", check_repeated, "ono", 2, "did not come")
    tap.run("runs that are all spoilt fail", check_repeated, "o" * (RUNS_MOST + 1), RUNS_MOST, "in a row")
    tap.finish()


if __name__ == "__main__":
    main()
