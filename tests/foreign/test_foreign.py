#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""Multiboot kernels as subjects: what `tester` finds is what it finds in the emulator without us; however it ends, the honest
subjects beside it go on, and it is said why. On AMD SVM in QEMU; test_foreign_vmx.py does the same on Intel VMX."""
import gzip
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from foreign import BUILD, FOREIGN, GAVE_UP, NOT_LOADED, NOT_RUN, TOO_LONG, OnSvm, Run, build_system, features_of, judge
from iso import find_tboot
from runs import run_folder
from tap import Tap, expect, expect_equal

TESTER = os.path.join(BUILD, "foreign-tester.elf")
MODULE = b"a module of the test\n" * 500
MEMORY_MIB, LARGE_MIB, ALONE_LIMIT_S, LIMIT_S, SHORT_LIMIT_S = 64, 128, 60, 120, 4
EMULATOR = ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg", "-cpu", "max,la57=off", "-nodefaults",
            "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-device", "pc-testdev"]

# How `tester` ends by the word on its line, and what is said of it. Codes of exceptions: AMD64 APM volume 2, chapter 8.
ENDS = [("halt", "halted, and no interrupt can come", 0), ("off", "switched off", 0), ("reset", "reset its machine", 0),
        ("stray", "jumped to where it has no memory (0x60000000)", GAVE_UP), ("shut", "shut its processor down", GAVE_UP)]
REFUSALS = """a reserved bit of CR4 raises 0000000d
and returns with RF 00010000
paging without protection raises 0000000d
a caching mode that is none raises 0000000d
reading a register that is not there raises 0000000d
writing a register that is not there raises 0000000d
a bank's control with some bits raises 0000000d
a bank's status that is not cleared raises 0000000d
SVM in EFER raises 0000000d
APIC elsewhere 00050014
x2APIC raises 0000000d
a debug register that is guarded raises 00000001
and DR6 says so ffff2ff0
and it is guarded no more 00000400
VMRUN raises 00000006
illegal vector 00000020
"""
NOT_KERNELS = [("empty", b"", "it has no multiboot header"), ("text", b"no kernel\n" * 1000, "it has no multiboot header")]


def write(folder, name, data):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def run_kernel(backend, name, kernel=TESTER, words="", seconds=LIMIT_S, mib=MEMORY_MIB, after=b""):
    """Returns (the run, what is said of it, the exit status)."""
    folder = run_folder(f"foreign-{backend.name}-{name}")
    module = write(folder, "module", MODULE)
    image = build_system(folder, kernel, module, f"{kernel} {words}", mib, features_of(backend))
    result = Run(folder, image, seconds, backend=backend, after=after)
    return (result, *judge(result))


def text_of(output):
    return output.decode("ascii", errors="replace").replace("\r", "")


def run_alone(kernel, words, mib):
    """In the emulator without us."""
    module = write(run_folder("foreign-alone"), "module", MODULE)
    return subprocess.run([*EMULATOR, "-m", str(mib), "-kernel", kernel, "-append", words, "-initrd", module],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=ALONE_LIMIT_S,
                          check=False)


def check_same(backend):
    alone = run_alone(TESTER, "exit", MEMORY_MIB)
    result, said, status = run_kernel(backend, "same", words="exit")
    expect(text_of(alone.stdout).endswith("tester done\n"), "the emulator alone:\n" + text_of(alone.stdout))
    expect_equal(text_of(result.output).splitlines(), text_of(alone.stdout).splitlines(), "lines of the tester")
    expect_equal((said, status), ("the kernel ended with code 21", alone.returncode), "end")


def check_tboot(backend):
    """It looks for a processor and modules that it does not find, and jumps to 0 at last."""
    with gzip.open(find_tboot()) as file:
        kernel = write(run_folder("foreign-tboot-kernel"), "tboot", file.read())
    alone = run_alone(kernel, "logging=serial", LARGE_MIB)
    result, said, _ = run_kernel(backend, "tboot", kernel=kernel, words="logging=serial", mib=LARGE_MIB)
    memory = re.compile(r"^TBOOT: \t[0-9a-f]{16} - .*\n", re.MULTILINE)
    seen, expected = (memory.sub("", text_of(text)) for text in (result.output, alone.stdout))
    expect_equal(seen.splitlines(), expected.splitlines(), "lines of tboot")
    expect(len(expected.splitlines()) > 20 and "shut its processor down" in said, said + "\n" + expected)


def check_refusals(backend):
    result, said, status = run_kernel(backend, "strict", words="strict")
    expect(text_of(result.output).endswith("tester done\n" + REFUSALS), text_of(result.output)[-2000:])
    expect_equal((said, status), ("the kernel ended with code 21", 43), "end")


def breaks_of(output, has_memory):
    """The lines that tell of breakpoints; without `has_memory`, only at what exits."""
    lines = text_of(output).partition("words: breaks\n")[2].splitlines()
    return lines if has_memory else lines[lines.index("breaks at devices"):]


def check_breakpoints(backend):
    """QEMU does not set those up that VMRUN loads: there, only what the monitor carries out breaks on AMD SVM."""
    alone = run_alone(TESTER, "breaks", MEMORY_MIB)
    result, said, status = run_kernel(backend, "breaks", words="breaks")
    expect(text_of(alone.stdout).endswith("breaks done\n"), "the emulator alone:\n" + text_of(alone.stdout))
    has_memory = backend.name != OnSvm.name
    expect_equal(breaks_of(result.output, has_memory), breaks_of(alone.stdout, has_memory), "breakpoints")
    expect_equal((said, status), ("the kernel ended with code 21", alone.returncode), "end")


def check_end(backend, word, expected, expected_status):
    _, said, status = run_kernel(backend, word, words=word)
    expect(expected in said, said)
    expect_equal(status, expected_status, "exit status")


def check_flood(backend, word):
    """Exits, or interrupts of its timer, as fast as they come: it is not done, and nobody else notices."""
    result, said, status = run_kernel(backend, word, words=word, seconds=SHORT_LIMIT_S, after=b"^tester done\r?\n")
    expect_equal(status, TOO_LONG, said)


def check_not_kernels(backend):
    for name, data, why in NOT_KERNELS:
        folder = run_folder("foreign-no-kernel")
        result, said, status = run_kernel(backend, name, kernel=write(folder, name, data))
        expect_equal(status, NOT_LOADED, said)
        expect(said.startswith(f"the loader refused it: {why}"), said + "\n" + text_of(result.output))


def check_arguments():
    huge = os.path.join(run_folder("foreign-huge"), "huge")
    with open(huge, "wb") as file:
        file.truncate(49 << 20)
    tries = [([], "KERNEL"), ([""], "say KERNEL=FILE"), (["nowhere.elf"], "KERNEL=nowhere.elf: No such file"),
             ([BUILD], f"KERNEL={BUILD}: Is a directory"),
             ([TESTER, "--memory", "much"], "MEMORY=much"), ([TESTER, "--memory", "7M"], "MEMORY=7M"),
             ([TESTER, "--memory", "4G"], "MEMORY=4G"), ([huge], "more than the 48"),
             ([TESTER, "--module", "nowhere"], "MODULE=nowhere: No such file"),
             ([TESTER, "--line", "x" * 3000], "command line")]
    for arguments, expected in tries:
        done = run_script(arguments)
        expect(done.returncode == NOT_RUN and expected in done.stdout and "Traceback" not in done.stdout,
               f"{arguments}: {done.returncode}\n{done.stdout}")


def run_script(arguments, path=os.environ["PATH"]):
    command = [sys.executable, FOREIGN, "--out", run_folder("foreign-bad"), *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=LIMIT_S, check=False, text=True, env={**os.environ, "PATH": path})


def check_no_emulator():
    """Statuses of runs that were none are not those that a kernel can give: those are odd."""
    programs = run_folder("foreign-no-emulator")
    for name in ("gcc", "as", "ld", "taskset", "setpriv"):
        link = os.path.join(programs, name)
        if not os.path.lexists(link):
            os.symlink(shutil.which(name), link)
    done = run_script([TESTER], path=programs)
    expect_equal(done.returncode, NOT_RUN, done.stdout)
    expect("qemu-system-x86_64" in done.stdout, done.stdout)
    done = run_script(["--no-such-option"])
    expect_equal(done.returncode, NOT_RUN, done.stdout)


def run_tester(tap, backend, ends=ENDS, endless=("spin", "flood", "storm")):
    tap.run("a kernel says as a subject what it says in the emulator alone", check_same, backend)
    tap.run("it has the exceptions that a processor raises", check_refusals, backend)
    tap.run("its breakpoints break where they do in the emulator alone", check_breakpoints, backend)
    for word, expected, status in ends:
        tap.run(f"of a kernel's end it is said: {expected}", check_end, backend, word, expected, status)
    for word in endless:
        tap.run(f"a kernel that does not end costs nobody else ({word})", check_flood, backend, word)


def main():
    tap = Tap()
    run_tester(tap, OnSvm)
    tap.run("one that nobody wrote for this says what it says in the emulator alone: tboot", check_tboot, OnSvm)
    tap.run("what is no kernel is said to be none", check_not_kernels, OnSvm)
    tap.run("arguments that cannot be are refused, with a reason", check_arguments)
    tap.run("a run that was none has no kernel's status", check_no_emulator)
    tap.finish()


if __name__ == "__main__":
    main()
