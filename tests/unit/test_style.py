#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The form of source files: what a reader's window shows whole, under which licence, with nothing that no one sees."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap, expect

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ENDS = (".c", ".h", ".S", ".ld", ".lds", ".py", ".sh", ".mk", ".vim", "Makefile")
MADE = ("build",)                     # folders, by how their names begin: what stands there was made
WIDEST = 128


def sources():
    """(path, lines) of each source file."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(f for f in folders if not f.startswith((".", *MADE)))
        for path in (os.path.join(folder, name) for name in sorted(names) if name.endswith(ENDS)):
            with open(path, encoding="utf-8", newline="") as file:
                yield os.path.relpath(path, ROOT), file.read().split("\n")


SOURCES = list(sources())


def check_width():
    expect(len(SOURCES) > 100, f"only {len(SOURCES)} files found")
    wide = [f"{path}:{i}" for path, lines in SOURCES for i, line in enumerate(lines, 1) if len(line) > WIDEST]
    expect(not wide, f"more than {WIDEST} columns: {', '.join(wide)}")


def check_unseen():
    unseen = [f"{path}:{i}" for path, lines in SOURCES for i, line in enumerate(lines, 1) if line != line.rstrip()]
    expect(not unseen, f"blanks at the end: {', '.join(unseen)}")
    open_ended = [path for path, lines in SOURCES if lines[-1] != ""]
    expect(not open_ended, f"no newline at the end: {', '.join(open_ended)}")


def check_licence():
    bare = [path for path, lines in SOURCES if not any("SPDX-License-Identifier: " in line for line in lines[:2])]
    expect(not bare, f"no licence in the first line: {', '.join(bare)}")


def main():
    tap = Tap()
    tap.run(f"no line of a source file has more than {WIDEST} columns", check_width)
    tap.run("no line ends with blanks, and every file with a newline", check_unseen)
    tap.run("every source file names its licence first", check_licence)
    tap.finish()


if __name__ == "__main__":
    main()
