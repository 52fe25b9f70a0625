#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The test runner itself: it must not take a failure for success, whatever way a program fails."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap, expect, expect_equal

RUNNER = "tests/run.py"
LIMIT_S = 30
CASES = (                                 # what the program does, last line, exit status, something that must be shown
    ("passes", 'echo "1..2"; echo "ok 1 - a"; echo "ok 2 - b"', "2 passed, 0 failed", 0, "2 passed"),
    ("skips", 'echo "ok 1 - a"; echo "ok 2 - b # SKIP no data"', "1 passed, 0 failed, 1 skipped", 0, "skipped: b: no data"),
    ("skips as cmocka does", 'echo "1..1"; echo "not ok 1 # SKIP b"', "0 passed, 0 failed, 1 skipped", 0, "skipped: b"),
    ("fails a test", 'echo "# seen 1"; echo "not ok 1 - a"; echo "ok 2 - b"', "1 passed, 1 failed", 1, "# seen 1"),
    ("fails and says so by its exit status alone", 'echo "ok 1 - a"; exit 3', "1 passed, 1 failed", 1, "exit status 3"),
    ("dies", 'echo "ok 1 - a"; kill -SEGV $$', "1 passed, 1 failed", 1, "killed by signal 11"),
    ("runs no test", 'echo hello', "0 passed, 1 failed", 1, "ran no test"),
    ("ends before its plan", 'echo "1..3"; echo "ok 1 - a"', "1 passed, 1 failed", 1, "planned 3 tests, ran 1"),
    ("gives up", 'echo "Bail out! no disk"', "0 passed, 1 failed", 1, "no disk"),
    ("repeats a run", 'echo "# repeated: lost"; echo "ok 1 - a"', "1 passed, 0 failed", 0,
     "1 spoilt by the emulator and repeated"),
    ("hangs", '# time limit: 1 s\necho "ok 1 - a"; sleep 60', "1 passed, 1 failed", 1, "out of time"),
)


def run(folder, *scripts):
    paths = []
    for number, script in enumerate(scripts):
        paths.append(os.path.join(folder, f"program{number}"))
        with open(paths[-1], "w", encoding="ascii") as file:
            file.write("#!/bin/sh\n" + script + "\n")
        os.chmod(paths[-1], 0o755)
    return subprocess.run([os.path.abspath(RUNNER), *paths], cwd="/", env=dict(os.environ, B=folder), timeout=LIMIT_S,
                          check=False, stdout=subprocess.PIPE, text=True)


def check(script, last, status, shown):
    with tempfile.TemporaryDirectory() as folder:
        done = run(folder, script)
    expect_equal(done.stdout.splitlines()[-1], last, "last line")
    expect_equal(done.returncode, status, "exit status")
    expect(shown in done.stdout, f"{shown!r} is not shown:\n{done.stdout}")


def check_sum():
    with tempfile.TemporaryDirectory() as folder:
        done = run(folder, *(case[1] for case in CASES[:4]))
    expect_equal(done.stdout.splitlines()[-1], "4 passed, 1 failed, 2 skipped", "last line")


def check_order():
    """What wants all CPUs comes last; what may run beside others does (on one CPU: comes first)."""
    note = 'echo "ok 1"; echo NAME >> "$B/order"; '
    wait = 'for i in 1 2 3 4 5 6 7 8 9 10; do grep -q beside "$B/order" && break; sleep 0.5; done\n'
    scripts = ["# all CPUs\n" + note.replace("NAME", "last"),
               "# one CPU, beside others\n" + note.replace("NAME", "beside"),
               wait + note.replace("NAME", "main")]
    with tempfile.TemporaryDirectory() as folder:
        done = run(folder, *scripts)
        with open(os.path.join(folder, "order"), encoding="ascii") as file:
            order = file.read().split()
    expect_equal(done.stdout.splitlines()[-1], "3 passed, 0 failed", "last line")
    expect_equal(order, ["beside", "main", "last"], "order")


def check_lane_dies():
    """A program of the second lane that cannot even be started is no success."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "program")
        with open(path, "w", encoding="ascii") as file:
            file.write("#!/no/such/interpreter\n# one CPU, beside others\n")
        os.chmod(path, 0o755)
        done = subprocess.run([os.path.abspath(RUNNER), path], cwd="/", env=dict(os.environ, B=folder), timeout=LIMIT_S,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    expect_equal(done.returncode, 1, "exit status")


def check_unfit():
    """Each file that is no program is named before anything runs."""
    with tempfile.TemporaryDirectory() as folder:
        good, plain, text, none = (os.path.join(folder, name) for name in ("good", "plain", "text", "none"))
        for path, mode, begin in ((good, 0o755, "#!/bin/sh"), (plain, 0o644, "#!/bin/sh"), (text, 0o755, "# text")):
            with open(path, "w", encoding="ascii") as file:
                file.write(begin + "\necho ok 1\n")
            os.chmod(path, mode)
        unfit = [plain, text, folder, none]
        done = subprocess.run([os.path.abspath(RUNNER), good, *unfit], cwd="/", env=dict(os.environ, B=folder),
                              timeout=LIMIT_S, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    expect_equal(done.returncode, 1, "exit status")
    expect_equal(done.stdout, "", "what ran")
    said = done.stderr.splitlines()
    expect_equal([line.split(": ")[1] for line in said], unfit, "what is named")
    for line, why in zip(said, ("not executable", "`#!`", "a folder", "no such program")):
        expect(why in line, line)


def main():
    tap = Tap()
    for name, script, last, status, shown in CASES:
        tap.run("runner: a program that " + name, check, script, last, status, shown)
    tap.run("runner: sums up several programs", check_sum)
    tap.run("runner: what wants all CPUs comes last, what wants one runs beside others", check_order)
    tap.run("runner: names what is no program", check_unfit)
    tap.run("runner: a program beside others that does not start is a failure", check_lane_dies)
    tap.finish()


if __name__ == "__main__":
    main()
