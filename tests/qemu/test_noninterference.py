#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# time limit: 3600 s
"""Noninterference, tried: runs that differ in the secret of the subject `meddler` alone, and in all that it does by it, give
byte-identical traces of the subject `witness`, which shares its CPU: messages and answers, clock readings, starts of windows,
registers. Under QEMU's -icount the clock counts instructions, so that nothing but what the subjects and the kernel do is in it.
Beside another, `bell`, it must see nothing of a device either: of the interrupts that `bell` has by its secret and by a flood
from outside. Kernels with a leak built in must fail."""
import argparse
import os
import random
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from counting import COUNTING
from machine import BUILD, KERNEL, Machine
from runs import build_kernel, run_folder
from tap import Failure, Tap, expect, expect_equal

IMAGE = os.path.join(BUILD, "test-secret.img")
LINES_IMAGE = os.path.join(BUILD, "test-secret-lines.img")
LIMIT_S = 120
SECRETS = 4
LEAK_TRIES = 4
STARTS_LEAST = 100
EVENTS = {"denied", "lost", "restart"}    # it floods, fills its share of the audit, dies
TRACE = re.compile(r"^trace \w+ \w+ \w+$", re.MULTILINE)
DONE = re.compile(rb"^witness done starts=(\d+) deviation=(\d+) missed=(\d+) khz=\d+\r?$", re.MULTILINE)
KINDS = ("left its window", "began its window", "heard", "sent", "notified", "was refused", "asked for a leaf", "XMM", "x87",
         "MXCSR", "FS base", "CR2", "was held up",
         "system calls and PAT")
FLOOD, FLOOD_BYTES = b"flood " * 16, 4800
RUNG = "bell knows "


def run_once(name, secret, kernel=KERNEL):
    """(trace of the witness, lines; events on record) of one run."""
    with Machine(run_folder(name), image=IMAGE, kernel=kernel, tpm=False, cpus=1, options=(*COUNTING, "-S"),
                 accelerator="tcg,thread=single") as machine:
        machine.order("cont")
        machine.low.wait_for(rb"^meddler ready\r?$", LIMIT_S)
        machine.low.send(b"%016x" % secret, LIMIT_S)
        machine.high.wait_for(DONE.pattern, LIMIT_S)
        machine.quit()
        expect(f"meddler knows {secret:x}" in machine.low.text(), "the meddler did not get its secret")
        expect("panic" not in machine.console.text(), machine.console.text())
        events = {event for event in EVENTS if f'event="{event}" subject="meddler"' in machine.audit.text()}
        return machine.high.text().replace("\r", "").splitlines(), events


def run_lines(name, secret, kernel=KERNEL):
    """The same of the witness beside `bell`. With a secret other than 0 its port is flooded from outside, too."""
    with Machine(run_folder(name), image=LINES_IMAGE, kernel=kernel, tpm=False, cpus=1, options=(*COUNTING, "-S"),
                 accelerator="tcg,thread=single") as machine:
        machine.order("cont")
        machine.high.wait_for(rb"^bell ready\r?$", LIMIT_S)
        machine.high.send(b"%016x" % secret, LIMIT_S)
        for _ in range(FLOOD_BYTES // len(FLOOD) if secret else 0):
            machine.high.send(FLOOD, LIMIT_S)
        machine.low.wait_for(DONE.pattern, LIMIT_S)
        machine.quit()
        expect(f"{RUNG}{secret:x}" in machine.high.text(), "the bell did not get its secret")
        expect("panic" not in machine.console.text(), machine.console.text())
        return machine.low.text().replace("\r", "").splitlines(), set()


def first_difference(one, other):
    """Of two traces, for people."""
    for number, (a, b) in enumerate(zip(one, other)):
        if a != b:
            kind = KINDS[int(a.split()[1])] if a.startswith("trace ") else "the end"
            return f"entry {number}, {kind}: {a!r} and {b!r}"
    return f"{len(one)} and {len(other)} entries"


def check_trace(trace, least=STARTS_LEAST):
    """That it is worth comparing: windows of many frames, and each kind of entry."""
    starts = int(DONE.search("\n".join(trace).encode())[1])
    expect(starts >= least, f"{starts} starts of windows only")
    seen = {line.split()[1] for line in trace if TRACE.match(line)}
    expect_equal(sorted(map(int, seen)), list(range(len(KINDS))), "kinds of entries")


def secrets(count):
    numbers = random.Random(1982)         # the year in which noninterference was defined
    return [0] + [numbers.getrandbits(64) for _ in range(count - 1)]


def check_alike(count, run=run_once, wanted=frozenset(EVENTS)):
    first, seen = None, set()
    for number, secret in enumerate(secrets(count)):
        trace, events = run("noninterference", secret)
        check_trace(trace)
        first = first or trace
        expect(trace == first, f"secret {secret:x}, number {number}: {first_difference(first, trace)}")
        seen |= events
    expect_equal(seen, wanted, "what became of the subject with the secret")


def check_leak(fault, run=run_once):
    kernel = build_kernel(fault)
    first = None
    for secret in secrets(LEAK_TRIES):
        trace, _ = run(f"leak-{fault}", secret, kernel)
        first = first or trace
        if trace != first:
            print("# " + first_difference(first, trace), flush=True)
            return
    raise Failure(f"{LEAK_TRIES} secrets, and the witness learnt nothing of them")


def main(count=SECRETS):
    tap = Tap()
    tap.run(f"{count} secrets: the witness sees the same, byte by byte", check_alike, count)
    tap.run("a kernel that does not wait for a window's planned start is found out", check_leak, "no-margin")
    tap.run("a kernel that leaves one register to the next subject is found out", check_leak, "keep-mxcsr")
    tap.run(f"{count} secrets and floods of a device's interrupts: the witness sees the same", check_alike, count, run_lines,
            frozenset())
    tap.run("a kernel that lets interrupts of devices into another's window is found out", check_leak, "keep-priority",
            run_lines)
    tap.finish()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("secrets", nargs="?", type=int, default=SECRETS,
                           help=f"how many, {SECRETS} if nothing is said; `make noninterference` has 100")
    main(arguments.parse_args().secrets)
