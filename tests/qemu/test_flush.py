#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# time limit: 600 s
"""What is cleared between labels. No emulator keeps anything of what these instructions clear, but QEMU can say that a
processor has them: start-up must find them, and the way from one label's window to the next must execute each of them, which
is seen by walking it instruction by instruction. Start-up is told of the data cache's by hand: this QEMU has no name for
it."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from bench import SECRET, STARTS_IMAGE
from counting import LIMIT_S, Counted
from debugger import RCX, RIP, RAX
from machine import KERNEL
from runs import run_folder
from tap import Failure, Once, Tap, expect, expect_equal

FEATURES = "max,la57=off,x-force-features=on,+spec-ctrl,+md-clear"
PREDICTORS, L1D, BUFFERS = 1, 2, 4        # x86/x86.h: enum flush
PRED_CMD, FLUSH_CMD = 0x49, 0x10b         # SDM volume 3, 2.17
WRMSR, VERW, NEAR_CALL = b"\x0f\x30", b"\x0f\x00", b"\xe8"
OVER_INT3 = b"\x01\0\0\0"                 # a call of what is behind the INT3 that follows it
RETURN_STACK = 32
STEPS_MOST = 2000


def step_over(counted):
    """One instruction, or what is between a subject's entry and its exit, or the kernel's sleep and its end."""
    debugger, names = counted.debugger, counted.names
    if debugger.read(RIP) not in (names["vmrun"], names["svm_sleep"]):
        debugger.ask("s")
        return
    for name in ("vmexit", "arch_wait_until"):
        debugger.stop_at(names[name])
    debugger.ask("c", LIMIT_S)
    for name in ("vmexit", "arch_wait_until"):
        debugger.pass_by(names[name])


def walk(counted):
    """What clears something between the wait for a window's start and that for the next one's: [(what, its operand)]."""
    debugger, done = counted.debugger, []
    if debugger.read(RIP) != counted.names["arch_wait_until"]:
        counted.run_to("arch_wait_until")
    counted.run_back()
    for _ in range(STEPS_MOST):
        at = debugger.read(RIP)
        if at == counted.names["arch_wait_until"]:
            return done
        code = debugger.memory(at, 5)
        if code[:2] == WRMSR:
            done.append((f"MSR {debugger.read(RCX) & 0xffffffff:#x}", debugger.read(RAX) & 0xffffffff))
        elif code[:2] == VERW and code[2] >> 3 & 7 == 5:
            done.append(("VERW", 0))
        elif code[:1] == NEAR_CALL and code[1:] == OVER_INT3:
            done.append(("call", 0))
        step_over(counted)
    raise Failure(f"no window ends within {STEPS_MOST} instructions")


def look():
    """(console, what start-up found, what a switch of labels does when there is all, and when there is nothing)."""
    with Counted(run_folder("flush"), STARTS_IMAGE, KERNEL, ("-cpu", FEATURES)) as counted:
        counted.machine.low.send(b"0" + SECRET, LIMIT_S)
        counted.run_to("svm_run")
        counted.find_vmrun()
        has = counted.names["flush_available"]
        found, walks = counted.debugger.memory(has, 4)[0], []
        for available in (PREDICTORS | L1D | BUFFERS, 0):
            counted.debugger.ask(f"M{has:x},1:{available:02x}")
            walks.append(walk(counted))
        return counted.machine.console.text(), found, *walks


def check_found(looked):
    console, found, *_ = looked.get()
    expect_equal(found, PREDICTORS | BUFFERS, "what start-up found")
    expect("between labels: branch predictors cleared, L1 data cache not cleared, buffers cleared" in console, console)


def check_predictors(looked):
    expect_equal(looked.get()[2].count((f"MSR {PRED_CMD:#x}", 1)), 1, "IBPB")


def check_cache(looked):
    expect_equal(looked.get()[2].count((f"MSR {FLUSH_CMD:#x}", 1)), 1, "L1D_FLUSH")


def check_buffers(looked):
    expect_equal(looked.get()[2].count(("VERW", 0)), 1, "VERW")


def check_return_stack(looked):
    for done in looked.get()[2:]:
        expect_equal(done.count(("call", 0)), RETURN_STACK, "calls that none returns from")


def check_absent(looked):
    wrong = [what for what, _ in looked.get()[3] if what in (f"MSR {PRED_CMD:#x}", f"MSR {FLUSH_CMD:#x}", "VERW")]
    expect_equal(wrong, [], "what a processor without them is asked for")


def main():
    tap, looked = Tap(), Once(look)
    tap.run("start-up finds what the processor can clear", check_found, looked)
    tap.run("a switch of labels clears branch predictors", check_predictors, looked)
    tap.run("a switch of labels clears the first-level data cache", check_cache, looked)
    tap.run("a switch of labels clears internal buffers", check_buffers, looked)
    tap.run("a switch of labels fills the return stack", check_return_stack, looked)
    tap.run("what the processor has not is not asked for", check_absent, looked)
    tap.finish()


if __name__ == "__main__":
    main()
