#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# time limit: 900 s
"""Each model holds in every interleaving, every run of it ends, and each step that it can leave out is needed."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import models
from tap import Failure, Tap, expect


def check(name, what, defines, livelocks):
    try:
        why, states = models.search(name, defines, livelocks)
    except (models.Unsound, subprocess.TimeoutExpired) as problem:
        raise Failure(problem) from problem
    print(f"# {name} {what}: {why or 'nothing found'}, {states:,} states")
    expect(models.is_good(what, why), f"{why}; tests/spin/README.md says how to see it step by step" if why else
           "no counterexample: either the step is not needed, or the model does not see what it is for")


def main():
    tap = Tap()
    for name in models.names():
        for what, defines, livelocks in models.searches(name, whole=False):
            tap.run(f"{name}: {what}", check, name, what, defines, livelocks)
    tap.finish()


main()
