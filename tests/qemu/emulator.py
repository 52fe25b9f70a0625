# SPDX-License-Identifier: Apache-2.0
"""A defect of the emulator that spoils a run. In QEMU 7.2 any CPU that executes FXRSTOR clears a flag of CPU 0's, without a
lock (target/i386: cpu_set_fpus() calls cpu_clear_ignne(), which takes the first CPU for its own). If CPU 0 enters or leaves a
subject in that instant, its old flags come back: it goes on in the kernel with nested paging still on, faults at the root of
the kernel's page tables, and saves the kernel's own registers as those of the subject. The kernel does what it must, deny and
restart; but the run tells nothing of what was to be tested. It is rare where few subjects change on the other CPUs, and CPU 0
makes few exits."""
import os
import re

SPOILT = 3                                # exit status of a run that has to be repeated


def read(folder, name):
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def has_slipped(folder):
    """Whether the logs in `folder` show a subject that ran on the root of the kernel's page tables."""
    root = re.search(r"page tables sealed, root at ([0-9a-f]+)", read(folder, "console.log"))
    return bool(root) and f'rule="memory" count="1" value="{int(root[1], 16)}"' in read(folder, "audit.log")
