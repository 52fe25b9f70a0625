#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
# time limit: 900 s
"""Breakpoints of subjects with monitors. On Intel VMX: each breaks for its own subject and for nobody else; debug exceptions
that raise one another for ever take up their subject's windows and no more. On AMD SVM, which Bochs has in `ryzen`: they break
where they should. (QEMU sets breakpoints up at MOV to DR7 alone, not where VMRUN loads it, and shows nothing of this.)"""
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu"), os.path.join(TESTS, "foreign")]
import test_foreign
from bochs import Bochs, OnBochs
from foreign import build_system
from host_tools import sound_log
from machine import BUILD, KERNEL
from runs import build_kernel, run_folder
from tap import Tap, expect, expect_equal

LIMIT_S = 200
TOLD = rb"^breaker \d missed=(\d+) strays=(\d+)\r?$"
STEPS = 15                                # ticks, as in test_shares_vmx.py


def run(name, folder, low, high, kernel=KERNEL):
    """Returns what COM2 and COM3 said, as `low` and `high` match it, and the audit log."""
    folder, image = run_folder(f"breakpoints-{folder}"), os.path.join(BUILD, f"test-{name}.img")
    with OnBochs.machine(folder, image, kernel) as machine:
        said = [machine.low.wait_for(low, LIMIT_S).groups(), machine.high.wait_for(high, LIMIT_S).groups()]
        machine.audit.send(b"shutdown\n", LIMIT_S)
        machine.wait_end(LIMIT_S)
    expect("went on" not in machine.low.text(), "the loop had an end")
    return [tuple(map(int, words)) for words in said], sound_log(machine, folder, image)


def check_apart():
    counts, log = run("breaks", "apart", TOLD, TOLD)
    expect_equal(counts, [(0, 0), (0, 0)], "writes that did not break, exceptions that came unasked, of both")
    expect_equal(log.count("denied") + log.count("stop"), 0, "records of an exception that nobody asked for")


def check_fault():
    counts, _ = run("breaks", "fault", TOLD, TOLD, build_kernel("keep-breakpoints"))
    missed, strays = (sum(both) for both in zip(*counts))
    expect(missed > 0 and strays > 0, f"a kernel that keeps breakpoints was not found out: {counts}")


def check_loop():
    counts, log = run("traps", "loop", rb"^breaker loops\r?$", rb"^witness done starts=\d+ deviation=(\d+) missed=(\d+) ")
    deviation, missed = counts[1]
    expect(deviation <= STEPS and missed == 0, f"the neighbour's windows: {deviation} ticks off, {missed} missed")
    expect_equal(log.count("denied") + log.count("stop"), 0, "records")


def check_svm():
    """Interrupts do not end a subject's turn there, nor does DR6 tell of a breakpoint in an exit's state, as APM volume 2,
    15.12.2, has it: so only where the processor's own breakpoints break is compared, and all that the monitor tells."""
    alone = test_foreign.run_alone(test_foreign.TESTER, "breaks", test_foreign.MEMORY_MIB)
    folder = run_folder("breakpoints-svm")
    module = test_foreign.write(folder, "module", test_foreign.MODULE)
    image = build_system(folder, test_foreign.TESTER, module, f"{test_foreign.TESTER} breaks", test_foreign.MEMORY_MIB)
    with Bochs(folder, image, model="ryzen") as machine:
        machine.low.wait_for(rb"^breaks done\r?$", LIMIT_S)
        seen, expected = (test_foreign.breaks_of(output, True) for output in (bytes(machine.low.received), alone.stdout))
        expect("AMD SVM" in machine.console.text(), machine.console.text())
    devices = expected.index("breaks at devices")
    expect_equal(without_status(seen, devices), without_status(expected, devices), "breakpoints")


def without_status(lines, count):
    return [line for line in lines[:count] if not line.startswith("  DR6")] + lines[count:]


def main():
    tap = Tap()
    tap.run("two subjects have breakpoints of their own, one without feels nothing", check_apart)
    tap.run("a kernel that leaves one to the next subject is found out", check_fault)
    tap.run("debug exceptions that raise one another move nobody's windows", check_loop)
    tap.run("breakpoints break on AMD SVM", check_svm)
    tap.finish()


if __name__ == "__main__":
    main()
