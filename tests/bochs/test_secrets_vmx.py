#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
# time limit: 900 s
"""Noninterference on one CPU, on Intel VMX in Bochs, whose clock counts instructions there: test_noninterference.py of
tests/qemu with longer windows. Traces of `witness` are the same byte by byte whatever the secret of `meddler` is, which has
windows right before those of `witness` and its peer; a kernel that lets one of these pay for what `meddler` did is found out.
Argument: how many secrets."""
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
from machine import BUILD, KERNEL
from runs import build_kernel
from tap import Failure, Tap, expect
from test_noninterference import LEAK_TRIES, check_trace, first_difference, secrets
from test_noninterference_vmx import run_once

IMAGE = os.path.join(BUILD, "test-secret-slow.img")
STARTS_LEAST = 25                         # of 30 frames


def traces(name, count, kernel=KERNEL):
    for secret in secrets(count):
        trace = run_once(f"{name}-{secret:x}", secret, kernel, IMAGE, cpus=1)
        check_trace(trace, STARTS_LEAST)
        yield secret, trace


def check_alike(count):
    first = None
    for secret, trace in traces("secrets-vmx", count):
        first = first or trace
        expect(trace == first, f"secret {secret:x}: {first_difference(first, trace)}")


def check_leak():
    first = None
    for _, trace in traces("leak-keep-calls", LEAK_TRIES, build_kernel("keep-calls")):
        first = first or trace
        if trace != first:
            print("# " + first_difference(first, trace), flush=True)
            return
    raise Failure(f"{LEAK_TRIES} secrets, and the witness learnt nothing of them")


def main(count=2):
    tap = Tap()
    tap.run(f"{count} secrets: the witness on the same CPU sees the same, byte by byte", check_alike, count)
    tap.run("a kernel that puts system call registers away in the next one's time is found out", check_leak)
    tap.finish()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
