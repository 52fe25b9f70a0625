#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`limit latency` against a computation written apart, which looks at each simple way: on random systems what it says is the
slowest passes, and a microsecond less does not. Where ways are too many the compiler's bound is no less than the slowest."""
import os
import random
import re
import shutil
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]
from tap import Tap, expect, expect_equal
from test_compiler import ROOT, bulkhead, in_folder
from test_made_systems import AUDIT

SYSTEMS, SEED = 60, 4200
SWITCH_US = 20
PLATFORM = os.path.join(ROOT, "policy", "platforms", "qemu-q35-svm.platform")


class System:
    """Subjects on CPU 0 or 1, with windows, and who sends to whom."""

    def __init__(self, cpus, edges):
        self.cpus, self.edges = cpus, edges           # cpus: lists of (subject, microseconds), or one subject that owns it
        self.names = sorted({name for cpu in cpus for name, _ in cpu})
        self.major = max(sum(length for _, length in cpu) for cpu in cpus)

    def write(self, folder, *more):
        cpus = [f"cpu {i} dedicated {cpu[0][0]};" if cpu[0][1] == 0 else
                f"cpu {i} {{ {' '.join(f'{name} {length} us;' for name, length in cpu)} }}" for i, cpu in enumerate(self.cpus)]
        text = ["system late version 1 {}", 'platform "board.platform";', "measure none;",
                "always audit none;", "labels U;", AUDIT, "type M little { x: u8; }",
                f"plan normal major {self.major} us {{ {' '.join(cpus)} }}"]
        for name in self.names:
            reads = "reads audit; " if name == "s0" else ""
            text += [f'subject {name} {{ image "{name}.elf"; memory 2 MiB; {reads}on fault stop; }}', f"label {name} U;"]
        for a, b in self.edges:
            text += [f"channel {a}_{b} {a} -> {b} mediated {{ depth 16; feedback none; notify each 1; }}",
                     f"allow m_{a}_{b} {a} -> {b} on {a}_{b} M {{ rate 1/s burst 1; }}"]
        shutil.copy(PLATFORM, os.path.join(folder, "board.platform"))
        path = os.path.join(folder, "late.policy")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([*text, *more]) + "\n")
        return path

    def cpu_of(self, name):
        return next(i for i, cpu in enumerate(self.cpus) if name in [other for other, _ in cpu])

    def windows(self, name):
        """Begin and end of each within four frames."""
        at = 0
        for other, length in 4 * self.cpus[self.cpu_of(name)]:
            if other == name:
                yield at, at + length
            at += length

    def way_us(self, way, start):
        now, switches, before = start, 0, None
        for name in way:
            cpu = self.cpu_of(name)
            if self.cpus[cpu][0][1] == 0:
                now += SWITCH_US
            else:
                frames, into = divmod(now + (before != cpu), self.major)
                now = frames * self.major + min(end for begin, end in self.windows(name) if begin >= into)
                switches += 1
            before = cpu
        return now + switches * SWITCH_US - start

    def ways(self, way, end):
        if way[-1] == end:
            yield way
            return
        for a, b in self.edges:
            if a == way[-1] and b not in way:
                yield from self.ways([*way, b], end)

    def slowest(self, start, end):
        """0: there is no way."""
        begins = {0} | {begin for name in self.names for begin, _ in self.windows(name) if begin < self.major
                        and self.cpus[self.cpu_of(name)][0][1] > 0}
        return max((self.way_us(way, at) for way in self.ways([start], end) for at in begins), default=0)


def random_system(choose, forwards):
    """`forwards`: no message comes back."""
    names = [f"s{i}" for i in range(6)]
    shared = choose.sample(names, 6)
    first = shared[:choose.randint(2, 5)]
    second = [name for name in shared if name not in first]
    frame = [(name, choose.choice((300, 500, 700, 1300))) for name in first * choose.choice((1, 1, 2))]
    major = sum(length for _, length in frame)
    rest = major // (len(second) + 1)
    other = [(name, rest) for name in second] + [("idle", major - rest * len(second))]
    if len(second) == 1 and choose.random() < 0.5:
        other = [(second[0], 0)]
    edges = [(a, b) for a in names for b in names if a != b and choose.random() < 0.4 and (a < b or not forwards)]
    system = System([frame, other], edges)
    system.names = names
    return system


def said_of(folder, system, limit):
    done = bulkhead("check", system.write(folder, limit), "--no-images")
    errors = re.findall(r"error: (.*) \[BH0721\]", done.stderr)
    expect_equal((done.returncode, done.stderr.count("error: ")), (1 if errors else 0, len(errors)), done.stderr)
    return errors, done.stderr


def check_exact(folder):
    choose, seen = random.Random(SEED), {True: 0, False: 0}
    for i in range(SYSTEMS):
        system = random_system(choose, forwards=i % 2 == 0)
        slowest = system.slowest("s0", "s5")
        if slowest == 0:
            continue
        seen[i % 2 == 0] += 1
        expect_equal(said_of(folder, system, f"limit latency s0 -> s5 {slowest} us;")[0], [], f"system {i}, {slowest} us")
        errors, whole = said_of(folder, system, f"limit latency s0 -> s5 {slowest - 1} us;")
        wanted = f"it can take {slowest // 1000}.{slowest % 1000:03} ms"
        expect(len(errors) == 1 and wanted in errors[0], f"system {i}: not `{wanted}` but:\n{whole}")
    expect(min(seen.values()) > 15, f"systems with a way: {seen}")


def check_beyond_counting(folder):
    """All send to all: the bound counts each once; the true slowest way is one of far too many. All limits share a budget."""
    names = [f"s{i}" for i in range(14)]
    system = System([[(name, 1000) for name in names]], [(a, b) for a in names for b in names if a != b])
    descending = [names[0], *reversed(names[2:]), names[1]]
    least = max(system.way_us(descending, at) for at in range(0, system.major, 1000))
    begin = time.monotonic()
    errors, whole = said_of(folder, system, f"limit latency s0 -> s1 {least - 1} us;\nlimit latency s1 -> s0 1 s;")
    expect(time.monotonic() - begin < 5, "the search ends")
    bound = re.search(r"it may take up to (\d+)\.(\d+) ms, there being too many ways to look at each", whole)
    expect(len(errors) == 1 and bound, whole)
    bound_us = int(bound[1]) * 1000 + int(bound[2])
    expect(bound_us >= least, f"bound {bound_us} us, but a way takes {least} us")
    expect_equal(said_of(folder, system, f"limit latency s0 -> s1 {bound_us} us;")[0], [], "the bound itself holds")


def main():
    tap = Tap()
    tap.run("limit latency is that of the slowest simple way", in_folder(check_exact))
    tap.run("more ways than can be looked at have a bound", in_folder(check_beyond_counting))
    tap.finish()


if __name__ == "__main__":
    main()
