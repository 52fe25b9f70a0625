#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each NAME.policy here is checked; output and exit status are those in NAME.expected. With --write the present output becomes
the expected one: read the difference before you commit it. What is made of functions.policy is kept whole, in files of the
same names. Every diagnostic code has a file named by it, BH0123.policy, which holds the example of its section in
policy/language/diagnostics.md and provokes it."""
import glob
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from tap import Tap, expect, expect_equal
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "unit"))
from test_explain_code import example, make_guests

ROOT = os.path.dirname(os.path.dirname(HERE))
BULKHEAD = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "bulkhead")
CODES = os.path.join(ROOT, "policy", "language", "diag_codes.h")
LIMIT_S = 20
ERRORS = 10_000
MOST_REPORT = 64 << 10
README = os.path.join(ROOT, "policy", "language", "README.md")
DOCUMENT = os.path.join(ROOT, "policy", "language", "diagnostics.md")
# What is asked elsewhere than in a plain `check`: with guests' files, which are made for it, or of signatures.
WITH_GUESTS = {"BH1001", "BH1002", "BH1003", "BH1004", "whole", "mistake-same-code", "mistake-same-watch"}
BY_VERIFY = {"BH0131"}
# Of which what is generated is kept as well, in files of the names that it has.
MADE = ("functions",)


def run(*arguments):
    """Both streams of a command in this folder, and how it ends."""
    done = subprocess.run([BULKHEAD, *arguments], cwd=HERE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False)
    return f"{done.stdout.decode(errors='replace')}exit status {done.returncode}\n"


def check(name):
    """What `bulkhead` says of a policy."""
    code = os.path.splitext(name)[0]
    if code in BY_VERIFY:
        return run("verify", name)
    if code not in WITH_GUESTS:
        return run("check", name, "--no-images")
    with tempfile.TemporaryDirectory() as folder:
        make_guests(folder)
        return run("check", name, "--images", folder).replace(folder, "GUESTS")


def expected_path(name):
    return os.path.join(HERE, os.path.splitext(name)[0] + ".expected")


def compare(name):
    with open(expected_path(name), encoding="utf-8") as file:
        wanted = file.read()
    seen = check(name)
    for seen_line, wanted_line in zip(seen.splitlines(), wanted.splitlines()):
        expect_equal(seen_line, wanted_line, "line")
    expect_equal(seen, wanted, "output")


def check_codes():
    """None without a file of its own, and none that does not exist."""
    with open(CODES, encoding="utf-8") as file:
        codes = {f"BH{int(code):04}" for code in re.findall(r"BH_\w+ = (\d+)", file.read())}
    names = {os.path.basename(path)[:-7] for path in glob.glob(os.path.join(HERE, "BH*.policy"))}
    expect(len(codes) > 50, f"only {len(codes)} codes found")
    expect_equal(sorted(codes ^ names), [], "codes without a file of that name, or files without a code")
    seen = set()
    for path in glob.glob(os.path.join(HERE, "*.expected")):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        code = os.path.basename(path)[:-9]
        expect(code not in codes or f"[{code}]" in text, f"{code}.policy does not provoke it:\n{text}")
        seen.update(re.findall(r"\[(BH\d{4})\]", text))
    expect_equal(sorted(seen - codes), [], "examples of codes that do not exist")


def check_documented():
    """Each code's file is the example that its section shows."""
    with open(DOCUMENT, encoding="utf-8") as file:
        sections = re.split(r"^## (BH\d{4}) ", file.read(), flags=re.MULTILINE)[1:]
    for code, section in zip(sections[::2], sections[1::2]):
        with open(os.path.join(HERE, code + ".policy"), encoding="utf-8") as file:
            expect(file.read().endswith("\n" + example(section)), f"{code}.policy does not end with the example of its section")


def flows_told(name):
    """What a refused policy's report says of the steps of paths."""
    with open(expected_path(name), encoding="utf-8") as file:
        text = file.read()
    expect(text.endswith("exit status 1\n"), f"{name} is not refused")
    steps = [line for line in text.splitlines() if ": note: " in line]
    return "\n".join(line for line in steps if " -> " in line or " bit a message x " in line)


def check_flows():
    """The table of flows names a refused assertion for each kind, which tells it in these words, and no case is left out."""
    with open(README, encoding="utf-8") as file:
        section = file.read().split("\n## What the graph counts as flow\n")[1].split("\n## ")[0]
    rows = [row.split("|") for row in section.splitlines() if row.startswith("| ") and not row.startswith("| From ")]
    expect(len(rows) > 25, f"only {len(rows)} rows found")
    for row in rows:
        names, words = re.findall(r"`([a-z_-]+)`", row[-3]), [word.strip() for word in row[-2].split(" / ")]
        expect(names and all(words), f"a row without a case, or without what it tells: {row}")
        told = {name: flows_told(name) for name in names}
        for name, text in told.items():
            expect(any(word in text for word in words), f"{name} tells no flow as {words}:\n{text}")
        for word in words:
            expect(any(word in text for text in told.values()), f"none of {names} tells a flow as `{word}`")
    paths = glob.glob(os.path.join(HERE, "flow-*.policy")) + glob.glob(os.path.join(HERE, "hidden-*.policy"))
    cases = {os.path.basename(path)[:-7] for path in paths}
    expect_equal(sorted(case for case in cases if f"`{case}`" not in section), [], "cases that the section does not name")


def made(name):
    """What is written for a policy beside the image: each file by its name."""
    with tempfile.TemporaryDirectory() as folder:
        for command in (["headers", name + ".policy", "--headers", folder],
                        ["dfdl", name + ".policy", "-o", os.path.join(folder, name + ".xsd")]):
            done = subprocess.run([BULKHEAD, *command], cwd=HERE, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  timeout=LIMIT_S, check=False)
            expect_equal((done.returncode, done.stderr), (0, b""), command[0])
        files = {}
        for path in sorted(os.listdir(folder)):
            with open(os.path.join(folder, path), encoding="utf-8") as file:
                files[path] = file.read()
    return files


def compare_made(name):
    for path, seen in made(name).items():
        with open(os.path.join(HERE, path), encoding="utf-8") as file:
            wanted = file.read()
        for seen_line, wanted_line in zip(seen.splitlines(), wanted.splitlines()):
            expect_equal(seen_line, wanted_line, "line of " + path)
        expect_equal(seen, wanted, path)


def check_bounded():
    """However many errors, the report is of a length that is read, and says that there are more."""
    text = 'system flood version 1 { part "parts/base.policy"; }\n'
    text += "alow nothing;\n" * ERRORS
    with tempfile.NamedTemporaryFile("w", dir=HERE, prefix="flood-", suffix=".tmp") as file:
        file.write(text)
        file.flush()
        seen = check(os.path.basename(file.name))
    expect(len(seen) < MOST_REPORT, f"{len(seen)} bytes")
    expect(re.search(r"^note: \d+ more not shown$", seen, re.M), "nothing says that there are more:\n" + seen[-300:])
    expect(seen.endswith("exit status 1\n"), "end:\n" + seen[-300:])


def main():
    names = sorted(os.path.basename(path) for path in glob.glob(os.path.join(HERE, "*.policy")))
    if sys.argv[1:] == ["--write"]:
        for name in names:
            with open(expected_path(name), "w", encoding="utf-8") as file:
                file.write(check(name))
        for name in MADE:
            for path, text in made(name).items():
                with open(os.path.join(HERE, path), "w", encoding="utf-8") as file:
                    file.write(text)
        return
    tap = Tap()
    for name in names:
        tap.run("diagnostics of " + name, compare, name)
    for name in MADE:
        tap.run("what is generated from " + name, compare_made, name)
    tap.run("every diagnostic code has a case named by it", check_codes)
    tap.run("which is the example of its documentation", check_documented)
    tap.run("each kind of flow has a case, and each case is listed", check_flows)
    tap.run(f"{ERRORS} errors end in a bounded report", check_bounded)
    tap.finish()


if __name__ == "__main__":
    main()
