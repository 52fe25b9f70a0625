#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The kernel's machine code, as the linker left it: nothing that stays goes to what is erased, and no instruction is there that
the kernel must not have."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap, expect

BUILD = os.environ.get("B", "build")
KERNEL = os.path.join(BUILD, "bulkhead.elf64")
RESIDENT = (".text", ".svm", ".vmx")
GOES = re.compile(r"^ *([0-9a-f]+):\s+(?:call|j\w+)\s+([0-9a-f]+)", re.MULTILINE)
MASK = re.compile(r"\bsbb +(%\w+),\1\n")          # compiler.h: below()
CHOOSE = {"call_send": 2, "call_receive": 1, "call_notify": 1, "monitor_operate": 1, "core_operate": 1, "call_audit_ack": 1}
VECTOR = re.compile(r"%[xyz]mm\d|%k\d")


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=True, text=True).stdout


def code_of(section):
    return run("objdump", "-d", "--no-show-raw-insn", "-j", section, KERNEL)


def symbols():
    return {line.split()[-1]: int(line.split()[0], 16) for line in run("nm", KERNEL).splitlines() if len(line.split()) == 3}


def check_erased():
    """Handover alone, which erases the rest, knows where start-up lies, and goes nowhere in it."""
    where = symbols()
    for section in RESIDENT:
        targets = GOES.findall(code_of(section))
        expect(len(targets) > 20, f"{section} goes to {len(targets)} places only: is this the kernel's code?")
        wrong = [at for at, to in targets if where["boot_start"] <= int(to, 16) < where["boot_end"]]
        expect(not wrong, f"{section} goes to start-up code, which is erased, at {', '.join(wrong)}")


def check_backends():
    """Each goes to the common code, and neither to the other: one of them is erased."""
    where = symbols()
    for own, other in (("svm", "vmx"), ("vmx", "svm")):
        wrong = [at for at, to in GOES.findall(code_of(f".{own}"))
                 if where[f"{other}_code"] <= int(to, 16) < where[f"{other}_code_end"]]
        expect(not wrong, f"{own} goes to {other} at {', '.join(wrong)}")
    wrong = [at for at, to in GOES.findall(code_of(".text"))
             if where["svm_code"] <= int(to, 16) < where["vmx_code_end"]]
    expect(not wrong, f"common code goes to a backend by name at {', '.join(wrong)}: it must ask which one is there")


def check_vectors():
    """What a subject has in its vector registers stays there while the kernel runs."""
    for section in RESIDENT:
        expect(not VECTOR.search(code_of(section)), f"{section} uses vector registers")


def check_masked():
    """A number that a subject chooses an entry of a table by is masked, so that no speculation past its check reads beyond."""
    for function, count in CHOOSE.items():
        code = run("objdump", "-d", "--no-show-raw-insn", f"--disassemble={function}", KERNEL)
        expect(len(MASK.findall(code)) >= count, f"{function}: fewer than {count} masked numbers:\n{code}")


def main():
    tap = Tap()
    tap.run("what stays does not go to what is erased", check_erased)
    tap.run("backends and common code stay apart", check_backends)
    tap.run("no vector registers", check_vectors)
    tap.run("numbers from subjects are masked before they choose an entry of a table", check_masked)
    tap.finish()


if __name__ == "__main__":
    main()
