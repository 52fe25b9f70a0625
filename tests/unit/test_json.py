#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each command with --json: whatever the policy, and whatever becomes of it, standard output is one JSON document, errors are
in it in one shape, and the exit status is that of the same command without --json. And whoever reads it may be gone: a command
whose answer cannot be written says so and fails."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, HERE)
from tap import Tap, expect, expect_equal
from test_explain_code import make_guests

ROOT = os.path.dirname(os.path.dirname(HERE))
BULKHEAD = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "bulkhead")
GOLDEN = os.path.join(ROOT, "tests", "golden")
LIMIT_S = 30
GOOD, WRONG, FAILS, MISSING = "uses.policy", "names.policy", "BH0903.policy", "absent.policy"
FULL = "/dev/full"

# What stands behind the policy; FOLDER is one to write to, with guests' programs, and `old` a file of stale flows.
ARGUMENTS = {
    "check": ("--no-images", "--images FOLDER", ""),
    "build": ("-o FOLDER/s.img --images FOLDER", "-o FOLDER/absent/s.img --images FOLDER",
              "-o FOLDER/s.img --release"),
    "headers": ("--headers FOLDER", "--headers /dev/null"), "test": ("",),
    "explain": ("a Report up x=1 kind=1", "a Report up x=101 kind=1", "a Report nowhere", "a restart c",
                "a Report up --plan no"),
    "trace": ("",), "paths": ("a c", "c a", "a nobody", "a a"), "expand": ("", "--check FOLDER/old", "--check FOLDER/absent"),
    "diff": ("uses.policy", "good.policy", "types.policy", "absent.policy"),
    "whatif": ("--remove late", "--remove nothing", "--remove report_in", "--remove up", "--add }", "--add const"),
    "verify": ("", "--key FOLDER/old", "--key FOLDER/absent"),
}
SHAPE = {"errors", "warnings", "messages"}


def run(folder, command, policy, words, *more, **options):
    words = words.replace("FOLDER", folder).split()
    return subprocess.run([BULKHEAD, command, policy, *words, *more], cwd=GOLDEN, stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, timeout=LIMIT_S, check=False, text=True, errors="replace",
                          **{"stdout": subprocess.PIPE, **options})


def prepare(folder):
    make_guests(folder)
    with open(os.path.join(folder, "old"), "w", encoding="utf-8") as file:
        file.write("# flows\na gone flow\n")


def commands(mark):
    """Those whose help has the mark."""
    done = subprocess.run([BULKHEAD, "--help"], stdout=subprocess.PIPE, check=True, text=True)
    helps = re.findall(r"^  bulkhead (\S+)((?:.*\n(?!  bulkhead))*.*)", done.stdout, re.MULTILINE)
    return {name for name, text in helps if mark in text}


def check_document(folder, command, policy, words):
    plain, done = run(folder, command, policy, words), run(folder, command, policy, words, "--json")
    what = f"{command} {policy} {words}"
    expect_equal(done.returncode, plain.returncode, f"exit status of {what}")
    try:
        document = json.loads(done.stdout)
    except ValueError as wrong:
        raise AssertionError(f"{what}: {wrong}: {done.stdout[:300]}{done.stderr[:300]}") from wrong
    expect(isinstance(document, dict), what)
    expect_equal(done.stderr, "", f"standard error of {what}")
    if SHAPE & set(document):
        expect(SHAPE <= set(document), f"{what}: {document}")
        expect_equal(len(document["messages"]), document["errors"] + document["warnings"], f"messages of {what}")
        for message in document["messages"]:
            expect({"severity", "code", "message", "notes"} <= set(message), f"{what}: {message}")
    if done.returncode == 2 or policy != GOOD and command != "diff":
        expect(document.get("errors", 0) > 0, f"{what}: nothing says what is wrong: {document}")


def check_command(command):
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        for words in ARGUMENTS[command]:
            for policy in (GOOD, WRONG, MISSING):
                check_document(folder, command, policy, words)
        if command in ("check", "build", "test", "trace"):
            check_document(folder, command, FAILS, ARGUMENTS[command][0])


def check_all_known():
    expect_equal(sorted(commands("--json")), sorted(ARGUMENTS), "commands with --json")


def check_tests():
    """Each test with its title and whether it passed, and the errors of those that did not."""
    with tempfile.TemporaryDirectory() as folder:
        document = json.loads(run(folder, "test", FAILS, "", "--json").stdout)
        expect_equal([t["passed"] for t in document["tests"]], [False], "tests")
        expect_equal([m["code"] for m in document["messages"]], ["BH0903"], "messages")
        document = json.loads(run(folder, "test", "good.policy", "", "--json").stdout)
        expect_equal([t["passed"] for t in document["tests"]], [True] * 4, "tests")
        text = run(folder, "test", "good.policy", "").stdout
        expect_equal(text.splitlines(), ["PASS " + t["test"] for t in document["tests"]], "titles")


def check_whatif():
    """The comparison and what check would say are in one document."""
    with tempfile.TemporaryDirectory() as folder:
        document = json.loads(run(folder, "whatif", GOOD, "--remove report_in", "--json").stdout)
        expect(document["errors"] > 0 and document["changes"], str(document))
        expect("narrower" not in document and "wider" not in document, "of what is refused, no way is told: " + str(document))


def check_stale():
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        document = json.loads(run(folder, "expand", GOOD, "--check FOLDER/old", "--json").stdout)
        expect_equal(document["stale"], ["# flows", "a gone flow"], "lines that are no more")
        expect(len(document["missing"]) > 3, str(document))


# ---- standard output that takes nothing ----
FULLS = {
    "check": "GOLDEN/good.policy --no-images", "build": "GOLDEN/good.policy -o FOLDER/s.img --images FOLDER",
    "headers": "GOLDEN/good.policy --headers FOLDER --json", "test": "GOLDEN/good.policy", "inspect": "FOLDER/first.img",
    "explain": "GOLDEN/good.policy a Report up", "explain-code": "--list", "fmt": "FOLDER/ugly.policy --check",
    "trace": "GOLDEN/good.policy", "new": "made", "paths": "GOLDEN/good.policy a c", "expand": "GOLDEN/good.policy",
    "diff": "GOLDEN/good.policy GOLDEN/uses.policy", "whatif": "GOLDEN/good.policy --remove small",
    "graph": "GOLDEN/good.policy --dot", "dfdl": "GOLDEN/good.policy", "verify": "GOLDEN/good.policy --json",
}


def start(folder, command, words, **options):
    words = words.replace("FOLDER", folder).replace("GOLDEN", GOLDEN).split()
    return subprocess.run([BULKHEAD, command, *words], cwd=folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          timeout=LIMIT_S, check=False, **options)


def check_full(command, words):
    """A full device, and none at all."""
    with tempfile.TemporaryDirectory() as folder, open(FULL, "wb") as full:
        prepare(folder)
        start(folder, "build", "GOLDEN/good.policy -o FOLDER/first.img --images FOLDER", stdout=subprocess.DEVNULL)
        with open(os.path.join(folder, "ugly.policy"), "w", encoding="utf-8") as file:
            file.write("system   s version 1 { }\n")
        for options in ({"stdout": full}, {"preexec_fn": lambda: os.close(1)}):
            done = start(folder, command, words, **options)
            expect_equal(done.returncode, 2, f"exit status of {command} {words}; {done.stderr}")
            expect("standard output cannot be written" in done.stderr, done.stderr)
            shutil.rmtree(os.path.join(folder, "made"), ignore_errors=True)


def check_fulls():
    known = commands("")
    expect_equal(sorted(known - {"sign"} - set(FULLS)), [], "commands that are not tested")


def main():
    tap = Tap()
    tap.run("every command with --json is tested", check_all_known)
    for command in ARGUMENTS:
        tap.run(f"{command} --json is one document, be the policy good, wrong or missing", check_command, command)
    tap.run("test --json tells of each test", check_tests)
    tap.run("whatif --json has comparison and errors", check_whatif)
    tap.run("expand --check --json has the stale lines", check_stale)
    tap.run("every command that prints is tested with a full device", check_fulls)
    for command, words in FULLS.items():
        tap.run(f"{command} fails if its answer cannot be written", check_full, command, words)
    tap.finish()


if __name__ == "__main__":
    main()
