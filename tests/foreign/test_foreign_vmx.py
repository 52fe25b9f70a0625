#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
# time limit: 900 s
"""Multiboot kernels as subjects on Intel VMX, in Bochs: what `tester` finds is what it finds in QEMU without us. With an
argument, `all`: tboot too, and every way to end."""
import argparse

import test_foreign
from foreign import OnVmx
from tap import Tap

ENDS = [end for end in test_foreign.ENDS if end[0] == "shut"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="?", choices=["all"])
    everything, tap = parser.parse_args().which, Tap()
    if everything:
        test_foreign.run_tester(tap, OnVmx)
        tap.run("one that nobody wrote for this says what it says in QEMU alone: tboot", test_foreign.check_tboot, OnVmx)
    else:
        test_foreign.run_tester(tap, OnVmx, ends=ENDS, endless=["storm"])
    tap.finish()


if __name__ == "__main__":
    main()
