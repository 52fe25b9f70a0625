#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""The largest policy that the issue of the language names, with a limit of latency: checked and built within its bounds of time
and memory. How cost grows is test_growth.py's."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
from large_policy import latency_text
from measure import BULKHEAD, measure, prepare
from tap import Tap, expect, expect_equal

SUBJECTS, RULES = 250, 10_000
SECONDS, MIB = 2.0, 200
LIMIT_S = 60


def largest_fits(folder):
    check_s, check_mib, build_s, build_mib, _ = measure(folder, SUBJECTS, RULES, latency_text(SUBJECTS))
    expect(check_s + build_s < SECONDS, f"check takes {check_s:.2f} s and build {build_s:.2f} s")
    expect(max(check_mib, build_mib) < MIB, f"check takes {check_mib:.0f} MiB, build {build_mib:.0f} MiB")


def all_rules_count(folder):
    """An image of the largest policy has each rule in its table, and the kernel's check of images passes it."""
    measure(folder, SUBJECTS, RULES, latency_text(SUBJECTS))
    done = subprocess.run([BULKHEAD, "inspect", os.path.join(folder, "large.img")], stdout=subprocess.PIPE, timeout=LIMIT_S,
                          check=True)
    rules = [line for line in done.stdout.splitlines() if line.startswith((b"  allow ", b"  restrict "))]
    expect_equal(len(rules), RULES, "rules in the image")


def expands(folder):
    """What is kept beside the largest policy can be checked, and a line less is found; the time is the compiler's bound."""
    measure(folder, SUBJECTS, RULES, latency_text(SUBJECTS))
    policy, kept = os.path.join(folder, "large.policy"), os.path.join(folder, "large.flows")
    text = subprocess.run([BULKHEAD, "expand", policy], stdout=subprocess.PIPE, timeout=LIMIT_S, check=True).stdout
    expect(text.count(b"\n") > RULES, "a line for each flow")
    for stored, status in ((text, 0), (text.replace(b"\nlabel s7:", b"\n# label s7:"), 1)):
        with open(kept, "wb") as file:
            file.write(stored)
        begin = time.monotonic()
        done = subprocess.run([BULKHEAD, "expand", policy, "--check", kept], stderr=subprocess.PIPE, timeout=LIMIT_S,
                              check=False)
        expect_equal(done.returncode, status, done.stderr.decode())
        expect(time.monotonic() - begin < SECONDS, "expand --check takes no longer than check and build")


def main():
    tap = Tap()
    folder = tempfile.mkdtemp(prefix="bulkhead-scale-")
    try:
        prepare(folder)
        tap.run(f"{SUBJECTS} subjects, {RULES} rules: below {SECONDS} s and {MIB} MiB", largest_fits, folder)
        tap.run(f"the image has {RULES} rules", all_rules_count, folder)
        tap.run("what expand says of it is fresh, and stale without a label", expands, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    tap.finish()


main()
