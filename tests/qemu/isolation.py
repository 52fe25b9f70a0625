# SPDX-License-Identifier: Apache-2.0
"""The tables of core/isolation.md: what becomes of each thing that a subject tries."""
import os
import re

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "core", "isolation.md")
WIDE, NARROW = ("64", "user"), ("32", "16", "user32")
ONLY_64 = {"cr8-read", "cr8-write", "swapgs", "rdfsbase"}           # other code has no such encoding


def rows(section):
    """The cells of the section's table, without its head."""
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read().split(f"\n## {section}\n")[1].split("\n## ")[0]
    lines = [line for line in text.split("\n") if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def ranges(cell):
    """Ranges in a cell, ends included: "0x174 to 0x176 (SYSENTER), 0x277"."""
    found = re.findall(r"(0x[0-9a-f]+)(?: to (0x[0-9a-f]+))?", cell)
    return [(int(first, 16), int(last or first, 16)) for first, last in found]


def touched(what):
    """(all, own): the ranges that are tried, and those that work, of a row of the first table."""
    row, = [row for row in rows("Ports, registers, leaves") if row[0].startswith(what)]
    return ranges(row[0]), ranges(row[1])


def outcomes(maker):
    """{instruction: {mode: outcome}} on the processors of that maker: "AMD" or "Intel"."""
    system = {"AMD": 1, "Intel": 3}[maker]
    expected = {}
    for row in rows("Instructions"):
        for name in re.findall(r"`([^`]+)`", row[0]):
            expected[name] = {}
            for cell, modes in ((row[system], ("64", "32", "16")), (row[system + 1], ("user", "user32"))):
                wide, _, narrow = cell.partition(", ")
                for mode in modes:
                    if mode in WIDE or name not in ONLY_64:
                        expected[name][mode] = wide if mode in WIDE else narrow or wide
    return expected


def calls():
    """{hypercall: (answer, rule)} of calls with numbers that are not the subject's."""
    return {name: (answer, rule) for what, _, answer, rule in rows("Hypercalls") for name in re.findall(r"`([^`]+)`", what)}


def ends():
    """{what: rule} of what ends a life."""
    return {re.match(r"`([^`]+)`", what)[1]: rule for what, rule in rows("What ends a life")}


def memory():
    """{kind of memory: (read, write, execute)}, each whether it is the subject's own. Devices are a kind, too."""
    return {what: tuple(cell == "own" for cell in cells[:3]) for what, *cells in rows("Memory")}


def devices():
    """(kind, addresses) of what PC platforms have at fixed addresses, the local APIC's first."""
    kind, = [what for what in memory() if what.startswith("local APIC")]
    return kind, [first for first, _ in ranges(kind)]


def edges():
    """{name: outcome} of instructions in odd places."""
    return {name: outcome for what, outcome in rows("Where an instruction lies") for name in re.findall(r"`([^`]+)`", what)}
