# SPDX-License-Identifier: Apache-2.0
"""Counts instructions of the kernel as it stands, one CPU under -icount, by stopping it at symbols (debugger.py): start-up from
its first instruction to the first frame, and what a switch of subjects does before it waits."""
import os

from debugger import RDI, RSP, Debugger, options, symbols
from machine import BUILD, Machine
from tap import Failure

COUNTING = ("-icount", "shift=0,sleep=off", "-rtc", "clock=vm,base=2020-01-01", "-seed", "1")
VMRUN = b"\x0f\x01\xd8"
CODE_BYTES = 200
LIMIT_S = 60
TRIES = 20                                # at so many windows, for each that is to be counted
LINKED = "bulkhead.elf64"


class Counted:
    """A machine that stands before its first instruction."""

    def __init__(self, out, image, kernel, more=()):
        self.names = symbols(os.path.join(os.path.dirname(kernel), LINKED))
        os.makedirs(out, exist_ok=True)
        path = os.path.join(out, "debugger")
        if os.path.exists(path):
            os.unlink(path)
        self.machine = Machine(out, image=image, kernel=kernel, tpm=False, cpus=1, accelerator="tcg,thread=single",
                               options=(*COUNTING, *options(path), *more))
        self.debugger = Debugger(path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.debugger.close()
        self.machine.close()

    def count(self):
        return self.machine.order("query-replay")["icount"]

    def run_to(self, *names):
        """Goes on to one of these symbols. Returns which."""
        places = {self.names[name]: name for name in names}
        for address in places:
            self.debugger.stop_at(address)
        name = places[self.debugger.run(LIMIT_S)]
        for address in places:
            self.debugger.pass_by(address)
        return name

    def run_back(self):
        """From a function's first instruction to where it returns. Returns the instructions of it."""
        before, back = self.count(), int.from_bytes(self.debugger.memory(self.debugger.read(RSP), 8), "little")
        self.debugger.stop_at(back)
        self.debugger.run(LIMIT_S)
        self.debugger.pass_by(back)
        return self.count() - before

    def word(self, name):
        return int.from_bytes(self.debugger.memory(self.names[name], 8), "little")

    def find_vmrun(self):
        """Names the instruction that enters a subject `vmrun`, and the one behind it `vmexit`."""
        start = self.names["svm_run"]
        self.names["vmrun"] = start + self.debugger.memory(start, CODE_BYTES).index(VMRUN)
        self.names["vmexit"] = self.names["vmrun"] + len(VMRUN)


# What start-up spends on things that its size does not decide: function, what it is.
APART = {"sha256_add": "hashing", "sha256_digest": "hashing", "arch_copy": "copying", "arch_fill_zero": "clearing",
         "clock_measure": "waiting for the PIT", "tis_open": "waiting for a TPM"}


def count_start(out, image, kernel):
    """(instructions from the kernel's first to where the first frame is waited for, {what: those of them that stand apart})."""
    with Counted(out, image, kernel) as c:
        c.run_to("boot_entry")
        first, apart = c.count(), {}
        while (name := c.run_to("schedule_run", *APART)) != "schedule_run":
            apart[APART[name]] = apart.get(APART[name], 0) + c.run_back()
        return c.count() - first, apart


def count_switches(out, image, kernel, count, secret):
    """Instructions from the exit that ends a window, or the rest of a subject that waits, to the wait for the next one, of so
    many windows. The clock does not stand while the machine is stopped, which ends windows early: how a window ends is the
    same, but where whole windows go by meanwhile the wait is for a later one, and is not counted. `secret` is what the subject
    `meddler` floods by: the first digit may be lost before it listens."""
    switches, tries = [], TRIES * count
    with Counted(out, image, kernel) as c:
        c.machine.low.send(b"0" + secret, LIMIT_S)
        c.run_to("svm_run")
        c.find_vmrun()
        margin = c.word("margin")
        while len(switches) < count and (tries := tries - 1) > 0:
            c.run_to("vmexit")
            left = c.count()
            while c.run_to("vmexit", "svm_sleep", "arch_wait_until") != "arch_wait_until":
                left = c.count()
            if c.debugger.read(RDI) == c.word("deadline") + margin:
                switches.append(c.count() - left)
    if len(switches) < count:
        raise Failure(f"{len(switches)} of {count} switches were seen whole")
    return switches
