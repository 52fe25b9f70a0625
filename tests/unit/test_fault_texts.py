#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Deliberate faults (tests/faults) have their place in the sources as they are, and each is built by some test; one whose lines
are not there just once is refused, and so is the kernel that was to be built of it."""
import glob
import os
import sys
import tempfile

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "faults"), os.path.join(TESTS, "qemu")]
import faults
import runs
from tap import Failure, Tap, expect, expect_equal

TEXT = "one\ntwo\nthree\ntwo\n"


def check_places():
    expect(faults.names(), "no faults")
    with tempfile.TemporaryDirectory() as folder:
        for name in faults.names():
            faults.copy_with(name, folder)            # raises where lines have no place
            for path in {edit.path for edit in faults.read(name)}:
                with open(os.path.join(folder, path), encoding="utf-8") as copy, \
                        open(os.path.join(faults.ROOT, path), encoding="utf-8") as source:
                    expect(copy.read() != source.read(), f"{name} leaves {path} as it is")


def check_built():
    scripts = ""
    for path in glob.glob(os.path.join(TESTS, "qemu", "*.py")) + glob.glob(os.path.join(TESTS, "bochs", "*.py")):
        with open(path, encoding="utf-8") as file:
            scripts += file.read()
    expect_equal([name for name in faults.names() if f'"{name}"' not in scripts], [], "faults that no test builds")


def check_replaced():
    edits = faults.parse("# a remark\n@ file\none\ntwo\n=>\n2\n@ file\nthree\n=>\n")
    text = TEXT
    for edit in edits:
        text = faults.replace(text, edit)
    expect_equal(text, "2\ntwo\n", "the text with both edits")


def refuse(text, edit):
    try:
        faults.replace(text, edit)
    except faults.Misplaced as misplaced:
        return str(misplaced)
    raise Failure(f"not refused: {edit}")


def check_refused():
    for old, times in ((["two"], 2), (["four"], 0), (["on"], 0), (["one", "three"], 0), ([], 0)):
        expect(f"file has {times} times" in refuse(TEXT, faults.Edit("file", old, ["2"])), f"{old}: says something else")


def check_no_kernel():
    """What a test is told whose fault has lost its place: nothing is built."""
    read = faults.read
    faults.read = lambda name: [faults.Edit("core/subject.c", ["    no such line"], [])]
    try:
        runs.build_kernel("misplaced")
    except Failure as failure:
        expect("core/subject.c has 0 times" in str(failure), str(failure))
    else:
        raise Failure("a kernel was built with a fault that has no place")
    finally:
        faults.read = read


def main():
    tap = Tap()
    tap.run("each fault has its place in the sources", check_places)
    tap.run("each fault is built by a test", check_built)
    tap.run("lines are replaced, one edit after the other", check_replaced)
    tap.run("lines that do not stand there just once are refused", check_refused)
    tap.run("no kernel is built with a fault that has no place", check_no_kernel)
    tap.finish()


if __name__ == "__main__":
    main()
