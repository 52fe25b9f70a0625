# SPDX-License-Identifier: Apache-2.0
"""Two defects of QEMU 7.2 that spoil a run, and how such a run is recognised: it tells nothing of what was to be tested, and is
repeated, a few times at most.

Any CPU that executes FXRSTOR clears a flag of CPU 0's, without a lock (target/i386: cpu_set_fpus() calls cpu_clear_ignne(),
which takes the first CPU for its own). If CPU 0 enters or leaves a subject in that instant, its old flags come back: it goes on
in the kernel with nested paging still on, faults at the root of the kernel's page tables, and saves the kernel's own registers
as those of the subject. The kernel does what it must, deny, and restart or stop the subject: where that is the audit subject,
no log tells of it, but memory does. It is rare where few subjects change on the other CPUs, and CPU 0 makes few exits.

Entering and leaving a subject changes the CPU's set of pending interrupts, without a lock (svm_helper.c: helper_vmrun() and
do_vmexit() set and clear CPU_INTERRUPT_VIRQ). An interrupt that another thread adds in that instant, such as the expiry of the
one-shot timer, is lost: it stands in the local APIC and never comes. The CPU sleeps until somebody else sends it one. Later
versions take the lock. `-accel tcg,thread=single` does not help: timers expire in a thread of their own. Holding QEMU to one
host CPU (`taskset -c 0 make test`) does, because each change is one instruction there; but then nothing runs in parallel, which
is what would show a race of the kernel's. So foreign kernels alone are run like that, which exit without end.
"""
import mmap
import os
import re
import struct
import time
from collections import namedtuple

SLIPPED = "the emulator gave a subject the kernel's own registers (tests/qemu/emulator.py)"
SPOILT = 3                                # exit status of a run that has to be repeated
LOOKS, LOOK_STEP_S = 3, 0.1
INTERRUPTS_ON = 1 << 9                    # RFLAGS
APIC_ENABLED = 1 << 8                     # the spurious interrupt vector register: AMD64 APM volume 2, 16.4.7
LET_IN = ["0x0f", "0x01", "0xdc", "0xfb", "0xf4"]     # stgi; sti; hlt
CODE_BYTES = len(LET_IN)
PAGE = 4096
VMCB_EXIT_CODE, VMCB_EXIT_INFO_2, VMCB_CR3 = 0x70, 0x80, 0x550    # AMD64 APM volume 2, appendix B: the save area from 0x400 on
EXIT_NPF = 0x400                          # appendix C; its second word is the address

Look = namedtuple("Look", "registers lapic code")     # QEMU's texts: info registers, info lapic, x/5xb before the instruction


def read(folder, name):
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def kernel_root(console):
    """Where the kernel's page tables begin, by its console; None where it did not come so far."""
    root = re.search(r"page tables sealed, root at ([0-9a-f]+)", console)
    return int(root[1], 16) if root else None


def has_slipped(folder):
    """Whether the logs in `folder` show a subject that ran on the root of the kernel's page tables."""
    root = kernel_root(read(folder, "console.log"))
    return root is not None and f'rule="memory" count="1" value="{root}"' in read(folder, "audit.log")


def has_slipped_in(dump_path, root):
    """Whether the dump of physical memory holds a subject's state (VMCB) that shows the same."""
    shown = struct.pack("<Q", root)
    with open(dump_path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
        for page in range(0, len(memory) - PAGE + 1, PAGE):
            code, = struct.unpack_from("<Q", memory, page + VMCB_EXIT_CODE)
            words = (memory[page + at:page + at + len(shown)] for at in (VMCB_EXIT_INFO_2, VMCB_CR3))
            if code == EXIT_NPF and all(word == shown for word in words):
                return True
    return False


def find_number(expression, text):
    found = re.search(expression, text, re.MULTILINE)
    return int(found[1], 16) if found else 0


def next_instruction(registers):
    return find_number(r"\b[ER]IP=([0-9a-f]+)", registers)


def highest_vector(name, lapic):
    """Of a set of vectors, or 0: IRR, ISR."""
    vectors = re.search(rf"^{name}\s.*", lapic, re.MULTILINE)
    return max(map(int, re.findall(r"\d+", vectors[0])), default=0) if vectors else 0


def is_asleep_with_interrupt(look):
    """Whether a CPU sleeps although an interrupt waits that nothing holds back. That global interrupts are on nobody tells; so
    what let it sleep must be the instructions that switch them on: else the kernel may have forgotten to."""
    flags = find_number(r"\b(?:RFL|EFL)=([0-9a-f]+)", look.registers)
    asleep = re.search(r"\bHLT=1\b", look.registers) and flags & INTERRUPTS_ON
    enabled = find_number(r"^SPIV\s+0x([0-9a-f]+)", look.lapic) & APIC_ENABLED
    holds_back = max(find_number(r"\bTPR 0x([0-9a-f]+)", look.lapic), highest_vector("ISR", look.lapic))
    waits = highest_vector("IRR", look.lapic) >> 4 > holds_back >> 4
    return bool(asleep and enabled and waits and re.findall("0x[0-9a-f]{2}\\b", look.code)[-CODE_BYTES:] == LET_IN)


def has_overslept(look_at):
    """Whether `look_at` shows such a CPU again and again, with nothing changed: one that is about to wake goes on."""
    looks = [look_at()]
    while is_asleep_with_interrupt(looks[-1]) and looks[-1] == looks[0]:
        if len(looks) == LOOKS:
            return True
        time.sleep(LOOK_STEP_S)
        looks.append(look_at())
    return False
