# SPDX-License-Identifier: Apache-2.0
"""Deliberate faults, each a file NAME.fault: lines of the kernel's sources and what stands in their place. They are put into a
copy of the sources, of which a test builds a kernel that it must find out. Lines that are not there, or there twice, are an
error: a fault that has lost its place is no fault."""
import glob
import os
import sys
from collections import namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SUFFIX = ".fault"
KERNEL = ("core", "audit", "channels", "measured-boot", "monitor", "policy")      # folders that have sources of the kernel
SOURCES = (".c", ".h", ".S", ".ld", ".mk")
EDIT, INSTEAD, REMARK = "@ ", "=>", "#"

Edit = namedtuple("Edit", "path old new")


class Misplaced(Exception):
    """Lines that a fault replaces do not stand in the sources just once."""


def names():
    return sorted(os.path.basename(path).removesuffix(SUFFIX) for path in glob.glob(os.path.join(HERE, "*" + SUFFIX)))


def parse(text):
    """The edits of a fault, in order: `@ PATH`, lines, `=>`, lines. Before the first one, remarks."""
    edits, lines = [], None
    for line in text.splitlines():
        if line.startswith(EDIT):
            edits.append(Edit(line.removeprefix(EDIT), [], []))
            lines = edits[-1].old
        elif line == INSTEAD and edits:
            lines = edits[-1].new
        elif lines is not None:
            lines.append(line)
        elif not line.startswith(REMARK):
            raise Misplaced(f"{line!r} stands before the first edit")
    return edits


def read(name):
    with open(os.path.join(HERE, name + SUFFIX), encoding="utf-8") as file:
        return parse(file.read())


def replace(text, edit):
    """The text with the edit made."""
    lines, count = text.split("\n"), len(edit.old)
    places = [at for at in range(len(lines)) if lines[at:at + count] == edit.old] if count else []
    if len(places) != 1:
        raise Misplaced(f"{edit.path} has {len(places)} times, not once:\n" + "\n".join(edit.old))
    lines[places[0]:places[0] + count] = edit.new
    return "\n".join(lines)


def sources():
    """The kernel's sources and all make fragments, as paths from the root."""
    yield "Makefile"
    yield os.path.join("tests", "module.mk")
    for top in KERNEL:
        for folder, _, files in os.walk(os.path.join(ROOT, top)):
            yield from (os.path.relpath(os.path.join(folder, file), ROOT) for file in files if file.endswith(SOURCES))


def write(path, text):
    """Leaves alone what is so already: it need not be compiled again."""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            if file.read() == text:
                return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def copy_with(name, folder):
    """Copies the sources to `folder`, with this fault."""
    edits = read(name)
    missing = {edit.path for edit in edits} - set(sources())
    if missing or not edits:
        raise Misplaced(f"{name}{SUFFIX}: no such source: {missing}" if missing else f"{name}{SUFFIX} has no edit")
    for path in sources():
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            text = file.read()
        for edit in edits:
            if edit.path == path:
                text = replace(text, edit)
        write(os.path.join(folder, path), text)


if __name__ == "__main__":
    try:
        copy_with(*sys.argv[1:3])
    except Misplaced as misplaced:
        sys.exit(f"{sys.argv[1]}{SUFFIX}: {misplaced}")
