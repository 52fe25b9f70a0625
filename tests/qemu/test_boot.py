#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""Other ways to start the same kernel and image: GRUB by both multiboot protocols, and GRUB -> tboot -> kernel. tboot finds no
TXT here and falls through, which must not count as measured by it."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from iso import make_grub_iso, make_tboot_iso
from host_tools import compare_pcrs
from machine import KERNEL, Machine
from runs import IMAGE, run_folder
from tap import Tap, expect, expect_equal

BOOT_LIMIT_S = 60
END_LIMIT_S = 30


def run_iso(name, make, *options):
    """Boots until low is ready, then shuts down. Returns what the console said."""
    folder = run_folder("boot-" + name)
    disc = make(os.path.join(folder, "boot.iso"), KERNEL, IMAGE, *options)
    lock = os.path.splitext(IMAGE)[0] + ".lock"
    with Machine(folder, cdrom=disc) as machine:
        machine.low.wait_for(rb"^low ready epoch=0\r?$", BOOT_LIMIT_S)
        expect_equal(machine.shut_down(END_LIMIT_S), "guest-shutdown", "end of the machine")
        compared = compare_pcrs(machine.release_tpm(), lock, os.path.join(folder, "console.log"))
    os.remove(disc)
    expect(compared.good, compared.figures)
    return machine.console.text()


def check_grub(name, multiboot2):
    console = run_iso(name, make_grub_iso, multiboot2)
    expect("not measured by TXT" in console, console)


def check_tboot():
    console = run_iso("tboot", make_tboot_iso)
    expect("TBOOT: " in console, "tboot did not run:\n" + console)
    expect("not measured by TXT" in console, console)


def main():
    tap = Tap()
    tap.run("GRUB, multiboot 1", check_grub, "grub", False)
    tap.run("GRUB, multiboot 2", check_grub, "grub2", True)
    tap.run("GRUB, tboot, kernel: not measured by TXT", check_tboot)
    tap.finish()


if __name__ == "__main__":
    main()
