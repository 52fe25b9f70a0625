#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
# time limit: 900 s
"""The gateway with a hostile low: every attack is denied, on record and without effect. And the test of this test: a kernel
that reads a message a second time after judging it must be found out by the race."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from runs import RUNS, build_kernel, run_demo, write_input
from sentences import mixed_sentences
from tap import Tap, expect, expect_equal

SENTENCES = 20
GUARD_CHECK = "every message that it delivered passed the guard's validator"


def check_hostile():
    run = run_demo("hostile", "--hostile")
    expect(run.status == 0 and run.summary["passed"], run.output)
    expect(len(run.summary["attacks"]) >= 13, f"attacks: {list(run.summary['attacks'])}")


def check_double_fetch():
    kernel = build_kernel("double-fetch")
    data = write_input(os.path.join(RUNS, "double-fetch-input"), mixed_sentences(SENTENCES))
    run = run_demo("double-fetch", "--hostile", "--kernel", kernel, "--input", data)
    failed = [check["name"] for check in run.summary["checks"] if not check["passed"]]
    expect(GUARD_CHECK in failed, "a double fetch is not found out:\n" + run.output)
    expect_equal(run.status, 1, "exit status")


def main():
    tap = Tap()
    tap.run("demo with a hostile low: all attacks denied and on record", check_hostile)
    tap.run("a kernel that fetches messages twice is found out", check_double_fetch)
    tap.finish()


if __name__ == "__main__":
    main()
