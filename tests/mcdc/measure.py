#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs unit tests that were compiled with -fcoverage-mcdc and -save-temps=obj, and prints for each file how many conditions
were shown to decide: one of several in a decision by itself (MC/DC), one that stands alone by going either way. Lists the
others. Fails if one is not explained, if more than 2 % are left, or if a source is in no test."""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

VERSION = "-19"
TIMEOUT_S = 600
MOST_LEFT = 0.02
MARK = "MC/DC:"                        # begins a comment that explains why a condition behind it is not shown
REACH = 2                              # lines behind such a comment that it is about

Condition = collections.namedtuple("Condition", "line text why")


def run(command, **options):
    return subprocess.run(command, check=True, timeout=TIMEOUT_S, capture_output=True, text=True, **options).stdout


def coverage(tests):
    """What llvm-cov says of each function of all tests."""
    with tempfile.TemporaryDirectory() as folder:
        profiles = []
        for test in tests:
            profiles.append(os.path.join(folder, os.path.basename(test) + ".profraw"))
            run([test], env={**os.environ, "LLVM_PROFILE_FILE": profiles[-1]})
        merged = os.path.join(folder, "all.profdata")
        run([f"llvm-profdata{VERSION}", "merge", "-o", merged, *profiles])
        objects = [part for test in tests[1:] for part in ("-object", test)]
        told = run([f"llvm-cov{VERSION}", "export", "-instr-profile", merged, tests[0], *objects])
    return json.loads(told)["data"][0]["functions"]


class Preprocessed:
    """What the compiler saw, macros expanded, since it tells nothing of decisions within a macro's arguments."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as text:
            self.lines = text.read().splitlines()
        self.places, file, line = [], None, 0
        for text in self.lines:
            marker = re.match(r'# (\d+) "([^"]*)"', text)
            if marker:
                file, line = os.path.relpath(marker[2]), int(marker[1]) - 1
            self.places.append((file, line))
            line += 1

    def place(self, line):
        return self.places[line - 1]

    def text(self, begin, end):
        lines = self.lines[begin[0] - 1:end[0]]
        lines[-1] = lines[-1][:end[1] - 1]
        lines[0] = lines[0][begin[1] - 1:]
        return " ".join(" ".join(lines).split())

    def is_joined(self, branch):
        """Whether it is joined to another condition by && or ||."""
        before = " ".join([*self.lines[max(branch[0] - 4, 0):branch[0] - 1], self.lines[branch[0] - 1][:branch[1] - 1]])
        behind = " ".join([self.lines[branch[2] - 1][branch[3] - 1:], *self.lines[branch[2]:branch[2] + 3]])
        return before.rstrip("(! ").endswith(("&&", "||")) or behind.lstrip(") ").startswith(("&&", "||"))


def begin(record):
    return tuple(record[0:2])


def end(record):
    return tuple(record[2:4])


def is_reached(function, branch):
    """Whether the innermost region of code around it was run: if so and it went neither way, the compiler decided it."""
    around = [r for r in function["regions"] if begin(r) <= begin(branch) and end(branch) <= end(r) and r[7] == 0]
    innermost = max(around, key=lambda r: (begin(r), tuple(-x for x in end(r))), default=None)
    return innermost is not None and innermost[4] > 0


def alone(branch):
    if branch[4] and branch[5]:
        return None
    return "never true" if branch[5] else "never false" if branch[4] else "never reached"


def conditions(function, source):
    """Each condition as (its branch, why it is not shown or None)."""
    branches = [b for b in function["branches"] if b[4] or b[5] or not is_reached(function, b)]
    for decision in function["mcdc_records"]:
        own = [b for b in branches if begin(decision) <= begin(b) and end(b) <= end(decision)]
        branches = [b for b in branches if b not in own]
        shown = decision[-1]
        if len(own) != len(shown):
            sys.exit(f"measure: {function['name']}: {len(shown)} conditions in {len(own)} branches at {decision[:4]}")
        for i, (branch, good) in enumerate(zip(sorted(own, key=begin), shown)):
            yield branch, None if good else f"condition {i + 1} of {len(shown)}, {alone(branch) or 'never by itself'}"
    for branch in branches:      # the compiler measures no decision with another one in it
        yield branch, "in a decision that is not measured" if source.is_joined(branch) else alone(branch)


def collect(functions, wanted):
    """By file, the conditions in it. What one copy of a function shows is shown: headers have a copy in each program."""
    sources, found, compiled = {}, {path: {} for path in wanted}, set()
    for function in functions:
        name = function["filenames"][0]
        if name not in sources:
            sources[name] = Preprocessed(name)
        source = sources[name]
        file = source.place(function["regions"][0][0])[0]
        compiled.add(file)
        if file not in found:
            continue
        for branch, why in conditions(function, source):
            line = source.place(branch[0])[1]
            key = (line, branch[1], branch[3])
            before = found[file].get(key)
            if before is None or before.why is not None:
                found[file][key] = Condition(line, source.text(begin(branch), end(branch)), why)
    return found, compiled


def explanations(path):
    """Lines that comments with the mark are about, by the comment's first line."""
    with open(path, encoding="utf-8") as text:
        source = text.read()
    found = {}
    for comment in re.finditer(r"/\*.*?\*/|//[^\n]*", source, re.DOTALL):
        if MARK in comment[0]:
            first, last = (source.count("\n", 0, at) + 1 for at in comment.span())
            found[first] = range(first, last + REACH + 1)
    return found


def show(path, told):
    """Prints one file's line and what is left in it. Returns (conditions, left, faults)."""
    left = sorted(c for c in told.values() if c.why)
    faults = 0
    print(f"{path:<48} {share(len(told) - len(left), len(told))}")
    explained = explanations(path)
    for c in left:
        about = any(c.line in lines for lines in explained.values())
        faults += not about
        print(f"    {path}:{c.line}: {c.why}: {c.text}{' (explained)' if about else ''}")
    for first, lines in explained.items():
        if not any(c.line in lines for c in left):
            faults += 1
            print(f"    {path}:{first}: explains what is shown")
    return len(told), len(left), faults


def share(part, whole):
    return f"{part:>5} of {whole:>4} {100 * part / whole if whole else 100:6.2f} %"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--of", action="append", default=[], metavar="PATH", help="a file to be shown")
    parser.add_argument("test", nargs="+", help="programs to run")
    args = parser.parse_args()
    try:
        functions = coverage(args.test)
    except subprocess.CalledProcessError as problem:
        sys.exit(f"measure: {problem.cmd[0]}: exit {problem.returncode}\n{problem.stdout[-2000:]}{problem.stderr[-2000:]}")
    found, compiled = collect(functions, args.of)
    print(f"{'':<48} conditions shown to decide")
    shown = [show(path, found[path]) for path in sorted(found) if path in compiled]
    absent = sorted(path for path in set(args.of) - compiled if path.endswith(".c"))      # other headers have no code
    for path in absent:
        print(f"{path:<48} in no test")
    whole, left, faults = (sum(column) for column in zip(*shown))
    print(f"{'all':<48} {share(whole - left, whole)}")
    if faults or absent or left > MOST_LEFT * whole:
        sys.exit(f"measure: {left} of {whole} conditions left, {faults} unexplained, {len(absent)} files in no test")


main()
