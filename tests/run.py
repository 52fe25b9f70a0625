#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests given as arguments and sums up their Test Anything Protocol.

They run in the order given, but those whose head says "# all CPUs" come last, and those whose head says "# one CPU, beside
others" run beside what comes before these, one after the other. On a machine with one CPU there is no "beside".

A program fails if a test in it fails, if it exits with an error, runs no test, runs other than the number that it planned or
runs out of time: 300 seconds, or what a line "# time limit: N s" in the head of a script says. Full logs: build/test-logs/.
"""
import os
import re
import signal
import subprocess
import sys
import threading
import time

LIMIT_S = 300
GRACE_S = 10
SHOWN_LINES = 40
RESULT = re.compile(r"(not )?ok\b[ \t]*(\d+)?[ \t]*(?:- )?(.*)")
SKIP = re.compile(r"(.*?)#\s*skip\b\s*(.*)", re.IGNORECASE)
PLAN = re.compile(r"1\.\.(\d+)")
REPEATED = "# repeated: "             # tap.py: a run that the emulator spoilt
TIME_LIMIT = re.compile(rb"^# time limit: (\d+) s$", re.MULTILINE)
BESIDE = re.compile(rb"^# one CPU, beside others$", re.MULTILINE)
ALL_CPUS = re.compile(rb"^# all CPUs$", re.MULTILINE)


class Tests:
    """What one program's output has said so far."""

    def __init__(self):
        self.passed = self.skipped = self.planned = self.repeated = 0
        self.has_plan = False
        self.failures = []
        self.skips = []
        self.notes = []                   # lines since the last result
        self.open_failure = None          # lines after a failure belong to it as well

    def total(self):
        return self.passed + self.skipped + len(self.failures)

    def read(self, line):
        line = line.rstrip("\r\n")
        self.repeated += line.startswith(REPEATED)
        result, plan = RESULT.match(line), PLAN.match(line)
        if plan:
            self.planned += int(plan[1])
            self.has_plan = True
        elif line.startswith("Bail out!"):
            self.failures.append((line, []))
        elif result:
            self.add(result, line)
        elif line.startswith("#") and self.open_failure is not None:
            self.open_failure.append(line)
        else:
            self.notes.append(line)

    def add(self, result, line):
        skip = SKIP.match(result[3])
        self.open_failure = None
        if skip:
            self.skipped += 1
            self.skips.append(f"{skip[1].strip()}: {skip[2].strip()}".strip(": "))
        elif result[1]:
            self.open_failure = self.notes[-SHOWN_LINES:]
            self.failures.append((line, self.open_failure))
        else:
            self.passed += 1
        self.notes = []

    def finish(self, status, seconds, limit):
        """Adds what the lines alone do not say."""
        if status is None:
            self.failures.append((f"stopped after {limit} s: out of time", self.notes[-SHOWN_LINES:]))
        elif status < 0:
            self.failures.append((f"killed by signal {-status}", self.notes[-SHOWN_LINES:]))
        elif status > 0 and not self.failures:
            self.failures.append((f"exit status {status} without a failed test", self.notes[-SHOWN_LINES:]))
        elif self.total() == 0:
            self.failures.append(("ran no test", self.notes[-SHOWN_LINES:]))
        elif self.has_plan and self.planned != self.total() and not self.failures:
            self.failures.append((f"planned {self.planned} tests, ran {self.total()}", []))


class Progress:
    """One line that is rewritten on a terminal, and nothing elsewhere. Each lane has its part of it."""

    def __init__(self):
        self.terminal = sys.stdout.isatty()
        self.colour = self.terminal and "NO_COLOR" not in os.environ
        self.parts = {}

    def show(self, lane, text):
        self.parts[lane] = text
        if self.terminal:
            print(f"\r\033[K{' | '.join(self.parts.values())[:100]}", end="", flush=True)

    def say(self, text, colour=None):
        if self.terminal:
            print("\r\033[K", end="")
        print(f"\033[{colour}m{text}\033[0m" if self.colour and colour else text, flush=True)


def head_says(program, expression):
    """What the head of a script says of how it is run."""
    with open(program, "rb") as file:
        head = file.read(2048)
    return expression.search(head) if head.startswith(b"#!") else None


def time_limit(program):
    said = head_says(program, TIME_LIMIT)
    return int(said[1]) if said else LIMIT_S


def stop(process):
    """Ends the program and what it started: politely, so that it can clean up, then for good."""
    for number, patience in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, GRACE_S)):
        try:
            os.killpg(process.pid, number)
            process.wait(patience)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass


def run_program(program, log_path, on_change):
    """Returns (tests, seconds). Reads as the program writes, so that progress shows."""
    tests, begin, limit = Tests(), time.monotonic(), time_limit(program)
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
    with open(log_path, "w", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen([os.path.join(".", program)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, env=environment, start_new_session=True, text=True,
                                   errors="replace")

        def read_all():
            for line in process.stdout:
                log.write(line)
                tests.read(line)

        reader = threading.Thread(target=read_all, daemon=True)
        reader.start()
        status = None
        try:
            while status is None and time.monotonic() - begin < limit:
                on_change(tests, time.monotonic() - begin)
                try:
                    status = process.wait(0.5)
                except subprocess.TimeoutExpired:
                    pass
        finally:
            stop(process)
            reader.join(GRACE_S)
    seconds = time.monotonic() - begin
    tests.finish(status, seconds, limit)
    return tests, seconds


def describe(name, tests, seconds):
    parts = [f"{tests.passed:4} passed"]
    parts += [f"{len(tests.failures)} failed"] if tests.failures else []
    parts += [f"{tests.skipped} skipped"] if tests.skipped else []
    parts += [f"{tests.repeated} spoilt by the emulator and repeated"] if tests.repeated else []
    return f"{'FAIL' if tests.failures else 'ok':4}  {name:40} {seconds:6.1f} s  {', '.join(parts)}"


def show_details(progress, tests, log_path):
    for line, notes in tests.failures:
        progress.say(f"      {line}", "31")
        for note in notes:
            progress.say(f"        {note}")
    if tests.failures:
        progress.say(f"      log: {log_path}")
    for skip in tests.skips:
        progress.say(f"      skipped: {skip}")


class Run:
    """All programs, and the sum of what they say."""

    def __init__(self, programs):
        self.programs, self.build = programs, os.environ.get("B", "build")
        self.logs = os.path.join(self.build, "test-logs")
        os.makedirs(self.logs, exist_ok=True)
        self.progress, self.lock, self.given_up = Progress(), threading.Lock(), threading.Event()
        self.done = self.passed = self.failed = self.skipped = 0

    def run(self, lane, program):
        name = program.removeprefix(self.build + "/")
        log_path = os.path.join(self.logs, name.replace("/", "-") + ".log")

        def on_change(tests, seconds):
            if self.given_up.is_set():
                sys.exit(1)
            with self.lock:
                self.progress.show(lane, f"[{self.done}/{len(self.programs)}] {name}: {tests.total()} tests, {seconds:.0f} s")

        tests, seconds = run_program(program, log_path, on_change)
        with self.lock:
            self.progress.say(describe(name, tests, seconds), "31" if tests.failures else None)
            show_details(self.progress, tests, log_path)
            self.done += 1
            self.passed, self.failed = self.passed + tests.passed, self.failed + len(tests.failures)
            self.skipped += tests.skipped

    def run_lane(self, lane, programs):
        for program in programs:
            self.run(lane, program)

    def run_all(self):
        beside = [p for p in self.programs if len(os.sched_getaffinity(0)) > 1 and head_says(p, BESIDE)]
        alone = [p for p in self.programs if head_says(p, ALL_CPUS)]
        lane = threading.Thread(target=self.run_lane, args=("beside", beside))
        lane.start()
        try:
            self.run_lane("main", [p for p in self.programs if p not in beside and p not in alone])
            lane.join()
            self.run_lane("main", alone)
        except BaseException:
            self.given_up.set()
            raise
        finally:
            lane.join()


def lack(program):
    """Why the program cannot be run; None: nothing speaks against it."""
    if not os.path.exists(program):
        return "there is no such program; `make` builds those that are not scripts"
    if os.path.isdir(program):
        return "a folder; name the programs in it"
    if not os.access(program, os.X_OK | os.R_OK):
        return "not executable: a part of other programs, or `chmod +x` is missing"
    with open(program, "rb") as file:
        head = file.read(4)
    return None if head.startswith((b"#!", b"\x7fELF")) else "no program: it does not begin with `#!`"


def main():
    if not sys.argv[1:]:
        sys.exit("usage: tests/run.py PROGRAM...")
    lacks = [f"tests/run.py: {program}: {lack(program)}" for program in sys.argv[1:] if lack(program)]
    if lacks:
        sys.exit("\n".join(lacks))
    run = Run(sys.argv[1:])
    run.run_all()
    if run.done != len(run.programs):
        sys.exit("tests/run.py: not all programs were run")
    print(f"{run.passed} passed, {run.failed} failed" + (f", {run.skipped} skipped" if run.skipped else ""))
    sys.exit(1 if run.failed else 0)


if __name__ == "__main__":
    main()
