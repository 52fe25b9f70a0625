#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A slice of the campaign: where the compiler is silent, nothing passes in the narrower policy that was denied before."""
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
from campaign import Opened, campaign, confirm
from tap import Failure, Tap, expect

POLICIES, CONFIRMED, SEED = 24, 4, 7


def tried(what, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        try:
            return what(folder, *arguments)
        except Opened as found:
            raise Failure(f"{found}\nagain: tests/closing/campaign.py --seed N --policies 1") from None


def slice_opens_nothing():
    counts = tried(campaign, POLICIES, SEED)
    for what in ("restrict", "diff"):
        expect(counts[what, False, False] >= POLICIES, f"{what}: the compiler is hardly ever silent: {counts}")
        expect(counts[what, True, True] >= POLICIES, f"{what}: hardly anything is opened: {counts}")


def kernel_agrees():
    for seed in range(SEED, SEED + CONFIRMED):
        tried(confirm, seed)


def main():
    tap = Tap()
    tap.run(f"{POLICIES} random policies: what is not called wider opens nothing", slice_opens_nothing)
    tap.run("the kernel's verdict code says the same of sequences", kernel_agrees)
    tap.finish()


main()
