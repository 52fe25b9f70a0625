# SPDX-License-Identifier: Apache-2.0
"""Which folder's source a linked kernel's bytes come from. A compiler that puts several files together leaves no trace of
them in the linker's map, but in the debugging information: each instruction has a line there, each variable a description
that refers to the one of its file."""
import bisect
import collections
import os
import re
import subprocess

LIMIT_S = 60
UNIT = re.compile(r"\(DW_TAG_compile_unit\)\n(?: +<.*\n)*? +<([0-9a-f]+)> +DW_AT_name *: (?:\(.*?\): )?(\S+)")
VARIABLE = re.compile(r"<([0-9a-f]+)>: Abbrev Number: \d+ \(DW_TAG_variable\)\n((?: +<[0-9a-f]+> .*\n)*)")
ORIGIN = re.compile(r"DW_AT_abstract_origin: <0x([0-9a-f]+)>")
PLACE = re.compile(r"\(DW_OP_addr: ([0-9a-f]+)\)")
SIZED_SYMBOL = re.compile(r"^([0-9a-f]+) ([0-9a-f]+) \w ", re.MULTILINE)


def run(*command, given=None):
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, timeout=LIMIT_S, check=True, text=True).stdout


def folder_of(path):
    """A header counts where its module is."""
    return os.path.dirname(os.path.relpath(path)).partition("/include")[0]


def code_by_folder(kernel, at, size):
    """{folder: bytes} of the code from address `at` on; where a function became part of another, it is still its own file's."""
    lines = run("addr2line", "-e", kernel, given="".join(f"{address:#x}\n" for address in range(at, at + size))).splitlines()
    return collections.Counter(folder_of(line) for line in lines)


class Variables:
    def __init__(self, kernel):
        text = run("objdump", "--dwarf=info", kernel)
        units = [(int(at, 16), folder_of(name)) for at, name in UNIT.findall(text)]
        sizes = {int(at, 16): int(size, 16) for at, size in SIZED_SYMBOL.findall(run("nm", "-S", kernel))}
        self.known = {}
        for at, attributes in VARIABLE.findall(text):
            place, origin = PLACE.search(attributes), ORIGIN.search(attributes)
            if place and int(place[1], 16) in sizes:
                unit = bisect.bisect(units, (int(origin[1] if origin else at, 16),)) - 1
                self.known[int(place[1], 16)] = (units[unit][1], sizes[int(place[1], 16)])

    def by_folder(self, at, size):
        """{folder: bytes} of the variables from address `at` on."""
        found = collections.Counter()
        for address, (folder, length) in self.known.items():
            if at <= address < at + size:
                found[folder] += length
        return found
