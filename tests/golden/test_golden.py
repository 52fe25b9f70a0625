#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each NAME.policy here is checked; output and exit status are those in NAME.expected. With --write the present output becomes
the expected one: read the difference before you commit it. Every diagnostic code of the language occurs at least once."""
import glob
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from tap import Tap, expect, expect_equal

ROOT = os.path.dirname(os.path.dirname(HERE))
BULKHEAD = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "bulkhead")
CODES = os.path.join(ROOT, "policy", "language", "diag_codes.h")
LIMIT_S = 20
ERRORS = 10_000
MOST_REPORT = 64 << 10
# Need guests or signatures: tests/unit/test_compiler.py and test_signatures.py have them.
WITH_GUESTS = {"0131", "0530", "1001", "1002", "1003", "1004"}


def check(name):
    """What `bulkhead check` says of a policy, on both streams, and how it ends."""
    done = subprocess.run([BULKHEAD, "check", name], cwd=HERE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False)
    return f"{done.stdout.decode(errors='replace')}exit status {done.returncode}\n"


def expected_path(name):
    return os.path.join(HERE, os.path.splitext(name)[0] + ".expected")


def compare(name):
    with open(expected_path(name), encoding="utf-8") as file:
        wanted = file.read()
    seen = check(name)
    for seen_line, wanted_line in zip(seen.splitlines(), wanted.splitlines()):
        expect_equal(seen_line, wanted_line, "line")
    expect_equal(seen, wanted, "output")


def check_codes():
    with open(CODES, encoding="utf-8") as file:
        codes = {f"{int(code):04}" for code in re.findall(r"BH_\w+ = (\d+)", file.read())}
    seen = set()
    for path in glob.glob(os.path.join(HERE, "*.expected")):
        with open(path, encoding="utf-8") as file:
            seen.update(re.findall(r"\[BH(\d{4})\]", file.read()))
    expect(len(codes) > 50, f"only {len(codes)} codes found")
    expect_equal(sorted(codes - seen - WITH_GUESTS), [], "codes without an example")
    expect_equal(sorted(seen - codes), [], "examples of codes that do not exist")


def check_bounded():
    """However many errors, the report is of a length that is read, and says that there are more."""
    text = 'system flood version 1 { part "parts/base.policy"; }\n'
    text += "alow nothing;\n" * ERRORS
    with tempfile.NamedTemporaryFile("w", dir=HERE, prefix="flood-", suffix=".tmp") as file:
        file.write(text)
        file.flush()
        seen = check(os.path.basename(file.name))
    expect(len(seen) < MOST_REPORT, f"{len(seen)} bytes")
    expect(re.search(r"^note: \d+ more not shown$", seen, re.M), "nothing says that there are more:\n" + seen[-300:])
    expect(seen.endswith("exit status 1\n"), "end:\n" + seen[-300:])


def main():
    names = sorted(os.path.basename(path) for path in glob.glob(os.path.join(HERE, "*.policy")))
    if sys.argv[1:] == ["--write"]:
        for name in names:
            with open(expected_path(name), "w", encoding="utf-8") as file:
                file.write(check(name))
        return
    tap = Tap()
    for name in names:
        tap.run("diagnostics of " + name, compare, name)
    tap.run("every diagnostic code has an example", check_codes)
    tap.run(f"{ERRORS} errors end in a bounded report", check_bounded)
    tap.finish()


if __name__ == "__main__":
    main()
