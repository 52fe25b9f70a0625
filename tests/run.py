#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests given as arguments, one after the other, and sums up their Test Anything Protocol.

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
TIME_LIMIT = re.compile(rb"^# time limit: (\d+) s$", re.MULTILINE)


class Tests:
    """What one program's output has said so far."""

    def __init__(self):
        self.passed = self.skipped = self.planned = 0
        self.has_plan = False
        self.failures = []
        self.skips = []
        self.notes = []                   # lines since the last result
        self.open_failure = None          # lines after a failure belong to it as well

    def total(self):
        return self.passed + self.skipped + len(self.failures)

    def read(self, line):
        line = line.rstrip("\r\n")
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
    """One line that is rewritten on a terminal, and nothing elsewhere."""

    def __init__(self):
        self.terminal = sys.stdout.isatty()
        self.colour = self.terminal and "NO_COLOR" not in os.environ

    def show(self, text):
        if self.terminal:
            print(f"\r\033[K{text[:100]}", end="", flush=True)

    def say(self, text, colour=None):
        if self.terminal:
            print("\r\033[K", end="")
        print(f"\033[{colour}m{text}\033[0m" if self.colour and colour else text, flush=True)


def time_limit(program):
    with open(program, "rb") as file:
        head = file.read(2048)
    said = TIME_LIMIT.search(head) if head.startswith(b"#!") else None
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


def main():
    programs = sys.argv[1:]
    if not programs:
        sys.exit("usage: tests/run.py PROGRAM...")
    build = os.environ.get("B", "build")
    logs = os.path.join(build, "test-logs")
    os.makedirs(logs, exist_ok=True)
    progress, passed, failed, skipped = Progress(), 0, 0, 0
    for number, program in enumerate(programs, 1):
        name = program.removeprefix(build + "/")
        log_path = os.path.join(logs, name.replace("/", "-") + ".log")
        tests, seconds = run_program(program, log_path, lambda t, s: progress.show(
            f"[{number}/{len(programs)}] {name}: {t.total()} tests, {s:.0f} s"))
        progress.say(describe(name, tests, seconds), "31" if tests.failures else None)
        show_details(progress, tests, log_path)
        passed, failed, skipped = passed + tests.passed, failed + len(tests.failures), skipped + tests.skipped
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
