#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Systems made for one question to the compiler: features that AMD's processors show twice."""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]
from tap import Tap, expect_equal
from test_compiler import ROOT, build, bulkhead, elf, in_folder, read

AUDIT = """audit ring 1 MiB for s0 {
    class security reserve 4 KiB per subject on full drop and count;
    class flow reserve 4 KiB per subject on full drop and count;
    kernel reserve 4 KiB;
}
"""


def write_system(folder, names, statements, board=lambda text: text):
    """A policy of these subjects, all of one label, with a board that may be another; returns its path."""
    text = ['system made version 1 {}', 'platform "board.platform";', "measure none;", "always audit none;", "labels U;"]
    for n in names:
        reads = "reads audit; " if n == "s0" else ""
        text += [f'subject {n} {{ image "{n}.elf"; memory 2 MiB; {reads}on fault stop; }}', f"label {n} U;"]
    text += [f"plan normal major {len(names)} ms {{ cpu 0 {{ {' '.join(f'{n} 1 ms;' for n in names)} }} }}", AUDIT]
    with open(os.path.join(ROOT, "policy", "platforms", "qemu-q35-svm.platform"), encoding="utf-8") as file:
        platform = board(file.read())
    path = os.path.join(folder, "made.policy")
    for place, content in ((path, "\n".join(text + statements) + "\n"), (os.path.join(folder, "board.platform"), platform)):
        with open(place, "w", encoding="utf-8") as file:
            file.write(content)
    for name in names:
        with open(os.path.join(folder, name + ".elf"), "wb") as file:
            file.write(elf(name.encode() * 4))
    return path


def check_copied_bits(folder):
    """AMD shows many features of leaf 1, EDX, once more in leaf 0x80000001, EDX, where other bits mean other features."""
    hidden = {"pse": 3, "cx8": 8, "cmov": 15, "mmx": 23, "fxsr": 24}
    own = {"sse2": 26}                                    # there bit 26 is pdpe1gb
    before = {0x1: 0x0780a179, 0x80000001: 0x27808948}    # all of these, pdpe1gb, and the long mode that none hides
    policy = write_system(folder, ("s0", "s1"), [], lambda text: text.replace("0x20100800", f"0x{before[0x80000001]:08x}"))
    text = read(policy).decode().replace("s1.elf\";", f"s1.elf\"; cpuid hides {', '.join([*hidden, *own])};")
    with open(policy, "w", encoding="utf-8") as file:
        file.write(text)
    done, image, _ = build(folder, policy=policy)
    expect_equal(done.returncode, 0, done.stderr)
    shown = [(int(leaf, 16), int(edx, 16)) for leaf, edx in
             re.findall(r"(?m)^cpuid 0x(\w+) subleaf 0 is 0x\w+ 0x\w+ 0x\w+ 0x(\w+)$", bulkhead("inspect", image).stdout)]
    copied = sum(1 << bit for bit in hidden.values())
    expect_equal([edx for leaf, edx in shown if leaf == 1], [before[1], before[1] & ~copied & ~(1 << 26)], "EDX of leaf 1")
    expect_equal([edx for leaf, edx in shown if leaf == 0x80000001], [before[0x80000001], before[0x80000001] & ~copied],
                 "EDX of leaf 0x80000001")
    expect_equal(bulkhead("inspect", image, "--verify", policy, "--images", folder).returncode, 0, "inspect --verify")


def main():
    tap = Tap()
    tap.run("compiler: hidden features are hidden in AMD's copies too", in_folder(check_copied_bits))
    tap.finish()


if __name__ == "__main__":
    main()
