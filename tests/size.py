#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints how much of the kernel stays in memory after start-up, module by module, and how many lines of code each folder has,
beside the aims that show whether it is still a separation kernel.

Bytes come from the linker's map, unrounded: what lies in a .boot section is erased before the first subject runs, and so is the
backend, .svm or .vmx, that is not in use: the sum counts the larger one. What the compiler has put together from several files
is told apart by the debugging information. Lines are those neither blank nor comment only.
"""
import collections
import os
import re
import signal
import sys

from sources import Variables, code_by_folder

BUILD = os.environ.get("B", "build")
MAP = os.path.join(BUILD, "bulkhead.map")
KERNEL = os.path.join(BUILD, "bulkhead.elf64")
OBJECTS = os.path.join(BUILD, "kernel", "")
SEVERAL = "of several"                                # of what was put together: texts, which have no names
ERASED = ".boot"
BACKENDS = {".svm": "SVM", ".vmx": "VMX"}
BACKEND_FILES = {"SVM": ("svm", "vmcb"), "VMX": ("vmx", "vmcs")}
AIM_BYTES = 16384
AIM_LINES = 6000
AIM_LINES_BOTH = 8000
AIM_LINES_ALL = 9200
TOP_FOLDERS = ("core", "channels", "monitor", "audit", "measured-boot", "policy", "tests")
HOST_STAND_IN = "core/arch/host"
LAUNCH = "measured-boot/"

C_SUFFIXES = (".c", ".h", ".S", ".ld")
C_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')|//[^\n]*|/\*.*?\*/', re.DOTALL)
SCRIPT_SUFFIXES = (".py", ".sh")
SCRIPT_COMMENT = re.compile(r"^\s*#[^\n]*", re.MULTILINE)

# " .text.name   0x0000000000200000   0x53 build/kernel/core/event.o", where a long name stands on a line of its own
INPUT_SECTION = re.compile(r"^ (\.[\w.$-]+|COMMON)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S+\.o)$", re.MULTILINE)
OUTPUT_SECTION = re.compile(r"^(\.[\w.-]+)(?=\s)", re.MULTILINE)
CODE, CONSTANTS, SEALED, DATA, ZEROED = range(5)      # sealed: set at start-up, read-only afterwards
KINDS = ((".text", CODE), (".rodata", CONSTANTS), (".sealed", SEALED), (".data", DATA), (".bss", ZEROED))


def by_folder(file, kind, at, size, variables):
    """{folder: bytes} of what the linker took from a file."""
    if file.startswith(OBJECTS):
        return {os.path.dirname(file.removeprefix(OBJECTS)): size}
    parts = code_by_folder(KERNEL, at, size) if kind == CODE else variables.by_folder(at, size)
    parts.pop("", None)                               # what the compiler made, of no file
    parts[SEVERAL] = size - sum(parts.values())
    return {folder: length for folder, length in parts.items() if length}


def resident_bytes(path):
    """{module: [code, constants, sealed, data, zeroed]} of everything in the link map that is not erased."""
    variables = Variables(KERNEL)
    with open(path, encoding="utf-8") as file:
        text = file.read().partition("\nLinker script and memory map\n")[2]
    text = re.sub(r"^( \.[\w.$-]+)\n\s+", r"\1 ", text, flags=re.MULTILINE)
    outputs = [(match.start(), match[1]) for match in OUTPUT_SECTION.finditer(text)]
    modules = collections.defaultdict(lambda: [0] * len(KINDS))
    for (begin, output), (end, _) in zip(outputs, outputs[1:] + [(len(text), "")]):
        if output.startswith(ERASED):
            continue
        for section, at, size, file in INPUT_SECTION.findall(text, begin, end):
            kinds = [kind for prefix, kind in KINDS if (section if output in BACKENDS else output).startswith(prefix)]
            for kind in kinds:
                for folder, length in by_folder(file, kind, int(at, 16), int(size, 16), variables).items():
                    modules[f"{folder} {BACKENDS.get(output, '')}".strip()][kind] += length
    return modules


def count_lines(path):
    """Lines of code of a file; None if it holds none."""
    suffix = os.path.splitext(path)[1]
    if suffix not in C_SUFFIXES + SCRIPT_SUFFIXES:
        return None
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if suffix in C_SUFFIXES:
        text = C_COMMENT.sub(lambda match: match[1] or "\n" * match[0].count("\n"), text)
    else:
        text = SCRIPT_COMMENT.sub("", text)
    return sum(1 for line in text.split("\n") if line.strip())


def lines_by_folder():
    folders = collections.Counter()
    for top in TOP_FOLDERS:
        for folder, _, names in os.walk(top):
            counts = [count_lines(os.path.join(folder, name)) for name in names]
            folders[folder] += sum(count for count in counts if count)
    return {folder: lines for folder, lines in sorted(folders.items()) if lines}


def backend_lines():
    """Lines of what is one backend's alone, by its file names: vmx.c, vmx_start.c, vmcs.h."""
    lines = {}
    for backend, starts in BACKEND_FILES.items():
        files = [os.path.join(folder, name) for folder, _, names in os.walk("core") for name in names
                 if name.startswith(starts)]
        lines[backend] = sum(count_lines(path) or 0 for path in files)
    return lines


def is_trusted(folder):
    """In the kernel: core, every folder named kernel, the wire headers."""
    parts = folder.split("/")
    return not folder.startswith(HOST_STAND_IN) and (parts[0] == "core" or "kernel" in parts or parts[1:2] == ["include"])


def print_bytes(modules):
    print("Resident after start-up, bytes (start-up code is erased; page tables, stacks and policy tables stand apart)")
    print(f"  {'module':28}{'code':>8}{'constants':>11}{'sum':>8}{'sealed':>8}{'data':>8}{'zeroed':>9}")
    backends = [name for name in modules if name.split(" ")[-1] in BACKENDS.values()]
    erased = min(backends, key=lambda name: sum(modules[name][:2]))
    total = [sum(column) for column in zip(*(counts for name, counts in modules.items() if name != erased))]
    for module, counts in [*sorted(modules.items()), ("with one backend", total)]:
        print(f"  {module:28}{counts[CODE]:8,}{counts[CONSTANTS]:11,}{counts[CODE] + counts[CONSTANTS]:8,}"
              f"{counts[SEALED]:8,}{counts[DATA]:8,}{counts[ZEROED]:9,}")
    print(f"  aim: code and constants at most {AIM_BYTES:,} with one backend; now {total[CODE] + total[CONSTANTS]:,}")


def print_lines(folders):
    print("Lines of code (neither blank nor comment); * runs in the kernel")
    for folder, lines in folders.items():
        print(f"  {'*' if is_trusted(folder) else ' '} {folder:30}{lines:8,}")
    trusted = {folder: lines for folder, lines in folders.items() if is_trusted(folder)}
    kernel = sum(lines for folder, lines in trusted.items() if not folder.startswith(LAUNCH))
    one = kernel - min(backend_lines().values())
    print(f"  kernel with one backend, monitor, audit ring, image check: aim {AIM_LINES:,}; now {one:,}")
    print(f"  with both backends: aim {AIM_LINES_BOTH:,}, watch and IOMMUs included; now {kernel:,}")
    print(f"  with launch: aim {AIM_LINES_ALL:,}, the same included; now {sum(trusted.values()):,}")


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if not os.path.exists(MAP):
        sys.exit(f"size: {MAP} is missing; run make first")
    print_bytes(resident_bytes(MAP))
    print()
    print_lines(lines_by_folder())


if __name__ == "__main__":
    main()
