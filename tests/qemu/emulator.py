# SPDX-License-Identifier: Apache-2.0
"""A defect of the emulator that spoils a run: QEMU 7.2, with several threads on a busy machine, now and then finishes a #VMEXIT
twice. The second time it saves the kernel's own registers as those of the subject, which at its next step walks the kernel's page
tables as its own: a nested page fault at their root, where no subject can have anything. The kernel does what it must, deny and
restart; but the run tells nothing of what was to be tested."""
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
