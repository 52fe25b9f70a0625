#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""Kernels with a deliberate fault (tests/faults) end in a panic or a refusal that names it: none goes on, on any CPU, and none
resets the machine in silence."""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from machine import BUILD, KERNEL, Machine
from runs import build_kernel, run_folder
from tap import Tap, expect, expect_equal

IMAGE = os.path.join(BUILD, "test-direct.img")          # hearer asks for CPUID
LINKED = os.path.join(BUILD, "bulkhead.elf64")
GUARDED = ("image_check", "tpm_extend")   # of start-up; a message is copied into no frame at all
BOOT_LIMIT_S = 60
SETTLE_S = 0.5
CPUS = 2
FAULT = rb"^panic: exception 14 in the kernel[^\n]*\n"
PROTECTED = rb"^CPU %d protected by: read-only tables, no-execute pages"


class OnSvm:
    name, protections = "faults", b", SMEP, SMAP, UMIP"

    @staticmethod
    def machine(folder, image, kernel):
        return Machine(folder, image=image, kernel=kernel, tpm=False)


def check_panic(backend, fault, panic):
    kernel = build_kernel(fault)
    with backend.machine(run_folder(f"{backend.name}-{fault}"), IMAGE, kernel) as machine:
        machine.console.wait_for(panic, BOOT_LIMIT_S)
        time.sleep(SETTLE_S)              # what the port still had in its FIFO arrives
        said = len(machine.audit.received)
        time.sleep(SETTLE_S)
        expect_equal(len(machine.audit.received), said, "what the audit subject says after the panic")
        panics = machine.console.text().count("panic: ")
        expect(panics <= CPUS, f"{panics} panics, more than one for each CPU")


def check_protections(backend):
    with backend.machine(run_folder(f"{backend.name}-protections"), IMAGE, KERNEL) as machine:
        for cpu in range(CPUS):
            machine.console.wait_for(PROTECTED % cpu + backend.protections + rb"\r?\n", BOOT_LIMIT_S)


def check_said(backend, fault, said):
    kernel = build_kernel(fault)
    with backend.machine(run_folder(f"{backend.name}-{fault}"), IMAGE, kernel) as machine:
        machine.console.wait_for(said + rb"\r?\n", BOOT_LIMIT_S)


def check_guarded():
    for function in GUARDED:
        code = subprocess.run(["objdump", "-d", "--disassemble=" + function, LINKED], stdout=subprocess.PIPE, check=True,
                              text=True).stdout
        expect("<__stack_chk_fail>" in code, code)


def check_refused(backend, fault, reason):
    kernel = build_kernel(fault)
    with backend.machine(run_folder(f"{backend.name}-{fault}"), IMAGE, kernel) as machine:
        machine.console.wait_for(rb"^page tables refused: " + reason + rb" at [0-9a-f]+\r?\nstart-up refused: ", BOOT_LIMIT_S)
        time.sleep(SETTLE_S)
        expect_equal(len(machine.audit.received), 0, "what the audit subject says")


def main(backend=OnSvm):
    tap = Tap()
    tap.run("the kernel uses the protections that the processor has", check_protections, backend)
    tap.run("a kernel stack that overflows is named, on another stack", check_panic, backend, "overflow-stack",
            rb"^panic: stack overflow: exception 8 in the kernel[^\n]*\n")
    tap.run("a stack frame that is overrun is named", check_panic, backend, "smash-stack",
            rb"^panic: stack smashed at [^\n]*\n")
    if b"shadow stacks" in backend.protections:
        tap.run("a return to another place than the call's is caught", check_panic, backend, "spoil-return",
                rb"^panic: exception 21 in the kernel[^\n]*\n")
    tap.run("frames that the image and the TPM's answers are read into are guarded", check_guarded)
    tap.run("a new life that is entered without a flush is found", check_panic, backend, "forget-flush",
            rb"^panic: c->flushed == changes\[c->subject\] at vcpu.c:[^\n]*\n")
    tap.run("a byte that erasing the start-up code leaves is found", check_panic, backend, "leave-byte",
            rb"^panic: \*p == 0 at handover.c:[^\n]*\n")
    tap.run("start-up code cannot be reached", check_panic, backend, "read-startup", FAULT)
    tap.run("the kernel's page tables cannot be written", check_panic, backend, "write-tables", FAULT)
    tap.run("a CPU that goes into service without CR0.WP is found", check_panic, backend, "stay-writable",
            rb"^panic: x86_read_cr0\(\) & CR0_WP at handover.c:[^\n]*\n")
    tap.run("a kernel page that is writable and executable is found before the first subject runs", check_refused, backend,
            "writable-code", b"kernel 0 reaches writable and executable")
    tap.run("kernel memory that a subject would see is found", check_refused, backend, "show-kernel",
            b"subject 0 reaches what the image does not show it")
    if backend is OnSvm:                  # VMX has this of the same code
        tap.run("a kernel that leaves start-up code mapped is found out", check_said, backend, "leave-mapped",
                rb"^start-up code can be reached")
        tap.run("a kernel that does not switch SMEP, SMAP and UMIP on is found out", check_said, backend, "unprotected",
                PROTECTED % 1)
    tap.finish()


if __name__ == "__main__":
    main()
