#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
# time limit: 1800 s
"""Noninterference across CPUs, on Intel VMX in Bochs: `meddler` with its secret has one CPU, `witness` the other. Its traces
are alike but for clock readings, which Bochs' turns of the CPUs move by some ticks. A kernel that lets exits on one CPU hold
up the other must fail. Argument: how many secrets."""
import argparse
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
from bochs import Bochs, OnBochs
from machine import BUILD, KERNEL
from runs import build_kernel, run_folder
from tap import Failure, Tap, expect
from test_noninterference import DONE, TRACE, check_trace, secrets

IMAGE = os.path.join(BUILD, "test-secret-apart.img")
LIMIT_S = 400
STEPS = 15                                # ticks, as in test_shares_vmx.py
CLOCKS = {"0", "1", "3", "12"}            # kinds whose value comes of a clock: test_noninterference.KINDS
HEARD, TICKS_AT = "2", 16                 # a message of the peer's: its number, its clock above


def run_once(name, secret, kernel=KERNEL, image=IMAGE, cpus=2):
    with Bochs(run_folder(name), image, OnBochs.model, kernel=kernel, cpus=cpus) as machine:
        machine.low.wait_for(rb"^meddler ready\r?$", LIMIT_S)
        machine.low.send(b"%016x" % secret, LIMIT_S)
        machine.high.wait_for(DONE.pattern, LIMIT_S)
        expect(f"meddler knows {secret:x}" in machine.low.text(), "the meddler did not get its secret")
        expect("panic" not in machine.console.text(), machine.console.text())
        return machine.high.text().replace("\r", "").splitlines()


def is_alike(one, other):
    """Of two entries."""
    if not TRACE.match(one) or not TRACE.match(other):
        return bool(DONE.match(one.encode()) and DONE.match(other.encode()))
    (_, kind, clock, value), (_, other_kind, other_clock, other_value) = one.split(), other.split()
    apart = abs(int(clock, 16) - int(other_clock, 16))
    values = int(value, 16), int(other_value, 16)
    if kind in CLOCKS:
        same = abs(values[0] - values[1]) <= STEPS
    elif kind == HEARD:
        same = abs((values[0] >> TICKS_AT) - (values[1] >> TICKS_AT)) <= STEPS
    else:
        same = values[0] == values[1]
    return kind == other_kind and apart <= STEPS and same


def first_difference(one, other):
    pairs = ((number, a, b) for number, (a, b) in enumerate(zip(one, other)) if not is_alike(a, b))
    if len(one) != len(other):
        return f"{len(one)} and {len(other)} entries"
    return next((f"entry {number}: {a!r} and {b!r}" for number, a, b in pairs), None)


def check_alike(count):
    first = None
    for secret in secrets(count):
        trace = run_once("noninterference-vmx", secret)
        check_trace(trace)
        first = first or trace
        difference = first_difference(first, trace)
        expect(difference is None, f"secret {secret:x}: {difference}")


def check_leak():
    kernel = build_kernel("kick-others")
    one, other = (run_once("leak-kick-others", secret, kernel) for secret in secrets(2))
    difference = first_difference(one, other)
    if difference is None:
        raise Failure("the witness learnt nothing of the secret")
    print("# " + difference, flush=True)


def main(count=2):
    tap = Tap()
    tap.run(f"{count} secrets on one CPU: the witness on the other sees the same", check_alike, count)
    tap.run("a kernel that lets exits on one CPU hold up the other is found out", check_leak)
    tap.finish()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("secrets", nargs="?", type=int, default=2)
    main(parser.parse_args().secrets)
