#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Time and memory of `check` and of `build` (the layout and the image with it) for policies of growing size.

usage: measure.py [SUBJECTS RULES]"""
import os
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "equivalence")]
from campaign import guest
from large_policy import platform_text, policy_files

ROOT = os.path.dirname(os.path.dirname(HERE))
BULKHEAD = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "bulkhead")
SIZES = [(s, r) for s in (10, 100, 250) for r in (100, 1000, 10_000)]
REPEATS = 3


def channels_for(subjects, rules):
    """A subject takes part in 32 channels at most."""
    return min(8 * subjects, max(min(subjects, rules), rules // 5))


def run(command):
    """Seconds of processor time, the highest memory in MiB."""
    child = os.posix_spawn(command[0], command, os.environ,
                           file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        raise RuntimeError(f"{' '.join(command)}: status {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def prepare(folder):
    with open(os.path.join(folder, "large.platform"), "w", encoding="ascii") as file:
        file.write(platform_text())
    with open(os.path.join(folder, "g.elf"), "wb") as file:
        file.write(guest())


def measure(folder, subjects, rules, *more):
    """(check seconds, check MiB, build seconds, build MiB, bytes of policy): the best of a few runs."""
    path, image = os.path.join(folder, "large.policy"), os.path.join(folder, "large.img")
    files = policy_files(subjects, channels_for(subjects, rules), rules, *more)
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write(text)
    check = [run([BULKHEAD, "check", path]) for _ in range(REPEATS)]
    build = [run([BULKHEAD, "build", path, "-o", image]) for _ in range(REPEATS)]
    return (*min(check), *min(build), sum(map(len, files.values())))


def main():
    sizes = [tuple(map(int, sys.argv[1:3]))] if len(sys.argv) == 3 else SIZES
    folder = tempfile.mkdtemp(prefix="bulkhead-scale-")
    try:
        prepare(folder)
        print("subjects channels  rules   KiB   check s  MiB   build s  MiB", flush=True)
        for subjects, rules in sizes:
            check_s, check_mib, build_s, build_mib, size = measure(folder, subjects, rules)
            print(f"{subjects:8} {channels_for(subjects, rules):8} {rules:6} {size >> 10:5}  {check_s:8.3f} {check_mib:4.0f}"
                  f"  {build_s:8.3f} {build_mib:4.0f}", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
