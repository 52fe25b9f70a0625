#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The example programs of channels/guest/linux: two processes at the ends of direct channels in files, built outside of the
tree by the kit's pkg-config files alone. What is sent comes out whole, in order and once, over the ends of lives too; who only
reads maps for reading alone; and a writer of nonsense costs nothing but its own messages."""
import fcntl
import os
import random
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]
from tap import Once, Tap, expect, expect_equal, in_folder
from test_compiler import BUILD, BULKHEAD, ROOT

LIMIT_S = 120
EXAMPLE = os.path.join(ROOT, "channels", "guest", "linux")
PAGE = 4096
COUNT, VALID = 50_000, 49_500         # each hundredth is not valid: scanner.c
BATCH = 24
NONSENSE_S = 0.5
NAMES = ("echoes", "page", "health")


def run(*command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT_S,
                          check=False, text=True, **options)


def steps():
    """The commands of the folder's README, in their order."""
    with open(os.path.join(EXAMPLE, "README.md"), encoding="utf-8") as file:
        return [line.strip() for line in file if line.startswith("    ")]


def build(folder):
    """The folder as somebody else's: a copy in which only the kit and the compiler, moved both, are at hand. What the README
    says is done there word for word."""
    place, kit, programs = (os.path.join(folder, name) for name in ("radar", "kit", "bin"))
    shutil.copytree(EXAMPLE, place)
    shutil.copytree(os.path.join(BUILD, "sdk"), kit)
    os.mkdir(programs)
    shutil.copy(BULKHEAD, programs)
    headers, make = steps()[:2]
    expect(headers.startswith("bulkhead ") and ".../build/sdk" in make, "the README's first steps")
    for step in (headers, make.replace(".../build/sdk", kit) + " CFLAGS='-O2 -Wall -Wextra -Werror'"):
        done = run("sh", "-c", step, cwd=place, env={"PATH": programs + ":" + os.environ["PATH"]})
        expect_equal((done.returncode, done.stderr), (0, ""), step)
    symbols = run("nm", os.path.join(place, "plotter")).stdout
    expect(" T select_poll" in symbols and "vmcall" not in run("objdump", "-d", os.path.join(place, "plotter")).stdout,
           "a hosted program has the library's select and makes no hypercall")
    return place


def check_board(place, folder):
    """The copy that stands beside the policy is the board's one description."""
    del folder
    name = "qemu-q35-svm.platform"
    with open(os.path.join(place, name), encoding="utf-8") as mine, \
            open(os.path.join(ROOT, "policy", "platforms", name), encoding="utf-8") as its:
        expect_equal(mine.read(), its.read(), "two descriptions of one board")


def files(folder):
    """Empty memory for the three regions."""
    paths = [os.path.join(folder, name) for name in NAMES]
    for path in paths:
        with open(path, "wb") as file:
            file.truncate(4 * PAGE)
    return paths


class Plotter:
    """A plotter that is ready to receive up to echo number `last`."""

    def __init__(self, place, paths, last):
        self.process = subprocess.Popen([os.path.join(place, "plotter"), *paths, str(last)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        expect_equal(self.process.stdout.readline(), "plotter ready\n", "its first line")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def end(self):
        """(what it took, odd ones, states), {channel: (lost, refused, corrupt)}"""
        text = self.process.stdout.read()
        expect_equal(self.process.wait(LIMIT_S), 0, text)
        taken = re.search(r"^plotter taken=(\d+) odd=(\d+) states=(\d+)$", text, re.MULTILINE)
        befell = re.findall(r"^plotter (\w+) lost=(\d+) refused=(\d+) corrupt=(\d+)$", text, re.MULTILINE)
        expect(taken and len(befell) == 2, text)
        return tuple(map(int, taken.groups())), {name: tuple(map(int, counts)) for name, *counts in befell}


def scan(place, paths, count, sent, invalid):
    done = run(os.path.join(place, "scanner"), *paths, str(count))
    said = re.fullmatch(r"scanner sent=(\d+) invalid=(\d+) corrupt=(\d+)\n", done.stdout)
    expect(done.returncode == 0 and said, done.stdout + done.stderr)
    expect_equal((int(said[1]), int(said[2])), (sent, invalid), "what was sent and what was not valid")
    return int(said[3])


def check_messages(place, folder):
    """All regions in one file, as in one device: one that neither program can shorten."""
    del folder
    memory = os.memfd_create("radar", os.MFD_ALLOW_SEALING)
    os.truncate(memory, 3 * PAGE)
    fcntl.fcntl(memory, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
    paths = [f"/proc/{os.getpid()}/fd/{memory}@{i * PAGE:#x}" for i in range(3)]
    with Plotter(place, paths, COUNT - 2) as plotter:
        expect_equal(scan(place, paths, COUNT, VALID, COUNT - VALID), 0, "acknowledgements that cannot be right")
        (taken, odd, states), befell = plotter.end()
    expect_equal((taken, odd, befell["echoes"]), (VALID, 0, (0, 0, 0)), "echoes")
    os.close(memory)
    lost, *wrong = befell["health"]
    expect(wrong == [0, 0] and 0 < states + lost <= -(-COUNT // BATCH), f"states={states} {befell}")


def check_mappings(place, folder):
    """The one who only reads has no right to write, whatever the file allows."""
    paths = files(folder)
    with Plotter(place, paths, 0) as plotter:
        with open(f"/proc/{plotter.process.pid}/maps", encoding="utf-8") as file:
            rights = {os.path.basename(line.split()[5]): line.split()[1] for line in file if folder in line}
        expect_equal({name: rights.get(name) for name in NAMES}, {"echoes": "r--s", "page": "rw-s", "health": "r--s"},
                     "the plotter's rights")
        scanner = subprocess.Popen([os.path.join(place, "scanner"), *paths, str(10 ** 9)], stdin=subprocess.DEVNULL)
        try:
            plotter.end()
            with open(f"/proc/{scanner.pid}/maps", encoding="utf-8") as file:
                rights = {os.path.basename(line.split()[5]): line.split()[1] for line in file if folder in line}
        finally:
            scanner.kill()
            scanner.wait()
    expect_equal({name: rights.get(name) for name in NAMES}, {"echoes": "rw-s", "page": "r--s", "health": "rw-s"},
                 "the scanner's rights")


def check_lives(place, folder):
    """A plotter ends and another goes on behind it; then the same with scanners: nothing is lost or comes twice."""
    paths = files(folder)
    with Plotter(place, paths, COUNT // 2) as first:
        scanner = subprocess.Popen([os.path.join(place, "scanner"), *paths, str(COUNT)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL)
        try:
            before, befell = first.end()
            with Plotter(place, paths, COUNT - 2) as second:
                after, befell_after = second.end()
            expect_equal(scanner.wait(LIMIT_S), 0, "the scanner")
        finally:
            scanner.kill()
            scanner.wait()
    expect_equal((before[0] + after[0], before[1], after[1]), (VALID, 0, 1), "taken; odd ones: the first of the second life")
    expect_equal((befell["echoes"], befell_after["echoes"]), ((0, 0, 0), (0, 0, 0)), "echoes")
    for count, last in ((1000, 998), (1000, 998)):
        with Plotter(place, paths, last) as plotter:
            scan(place, paths, count, 990, 10)
            expect_equal(plotter.end()[0][:2], (990, 0), "another life of both")


def check_nonsense(place, folder):
    """Whoever writes anything into the rings, between any two looks: the plotter goes on, says so, and understands an honest
    scanner that comes after."""
    paths, generator = files(folder), random.Random(7)
    with Plotter(place, paths, 9998) as plotter:
        end = time.monotonic() + NONSENSE_S
        while time.monotonic() < end:
            for path in (paths[0], paths[2]):
                with open(path, "r+b") as file:
                    file.seek(generator.randrange(0, PAGE, 8))
                    file.write(generator.randbytes(8 * generator.randrange(1, 64)))
        scan(place, paths, 10_000, 9900, 100)
        (taken, odd, _), befell = plotter.end()
    expect_equal((taken, odd), (9900, 0), "echoes of the honest one")
    expect(befell["echoes"][2] > 0 and befell["health"][2] > 0, f"nobody saw the nonsense: {befell}")


def check_refusals(place, folder):
    """A region that is not there is refused before anything is touched."""
    paths = files(folder)
    with open(paths[0], "wb") as file:
        file.truncate(100)
    for wrong, words in ((paths[0], "Invalid argument"), (paths[2] + "@8", "Invalid argument"), (paths[2] + "@0x4000",
                         "Invalid argument"), (folder + "/none", "No such file")):
        for program in ("scanner", "plotter"):
            done = run(os.path.join(place, program), wrong, *paths[1:], "5")
            expect(done.returncode == 1 and words in done.stderr, f"{program} {wrong}: {done.returncode} {done.stderr}")


def main():
    tap = Tap()

    def with_programs(folder):
        place = Once(build, folder)
        for name, check in (("programs are built as the README says; what is sent comes out", check_messages),
                            ("the board is the one that the tree describes", check_board),
                            ("who only reads cannot write", check_mappings),
                            ("each end goes on where its earlier life was", check_lives),
                            ("nonsense costs nothing but itself", check_nonsense),
                            ("what is too short or misplaced is refused", check_refusals)):
            tap.run("linux: " + name, lambda check=check: check(place.get(), folder))

    in_folder(with_programs)()
    tap.finish()


if __name__ == "__main__":
    main()
