#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs unit tests that were compiled with -fcoverage-mcdc, and prints for each file how many conditions were shown to decide
by themselves (MC/DC), how many sides of branches were taken, and where those are that were not."""
import argparse
import json
import os
import subprocess
import sys
import tempfile

VERSION = "-19"
TIMEOUT_S = 600


def run(command, **options):
    return subprocess.run(command, check=True, timeout=TIMEOUT_S, capture_output=True, text=True, **options).stdout


def coverage(tests):
    """What llvm-cov says of each file, over all tests."""
    with tempfile.TemporaryDirectory() as folder:
        profiles = []
        for test in tests:
            profiles.append(os.path.join(folder, os.path.basename(test) + ".profraw"))
            run([test], env={**os.environ, "LLVM_PROFILE_FILE": profiles[-1]})
        merged = os.path.join(folder, "all.profdata")
        run([f"llvm-profdata{VERSION}", "merge", "-o", merged, *profiles])
        objects = [part for test in tests[1:] for part in ("-object", test)]
        told = run([f"llvm-cov{VERSION}", "export", "-skip-expansions", "-instr-profile", merged, tests[0], *objects])
    return json.loads(told)["data"][0]["files"]


def decisions(records):
    """By place: for each condition of a decision, whether any copy of its function was shown to hang on it."""
    found = {}
    for record in records:
        conditions = next(part for part in record if isinstance(part, list))
        before = found.setdefault(tuple(record[:4]), [False] * len(conditions))
        found[tuple(record[:4])] = [a or b for a, b in zip(before, conditions)]
    return found


def sides(records):
    """By place: how often a branch went either way."""
    found = {}
    for record in records:
        before = found.get(tuple(record[:4]), (0, 0))
        found[tuple(record[:4])] = (before[0] + record[4], before[1] + record[5])
    return found


def source(path, line):
    with open(path, encoding="utf-8") as text:
        return text.readlines()[line - 1].strip()


def show(path, told):
    """Prints one file's line and what is left in it. Returns (conditions shown, conditions, sides taken, sides)."""
    shown = decisions(told.get("mcdc_records", []))
    taken = sides(told.get("branches", []))
    counts = (sum(map(sum, shown.values())), sum(map(len, shown.values())),
              sum((a > 0) + (b > 0) for a, b in taken.values()), 2 * len(taken))
    print(f"{os.path.relpath(path):<48} {share(*counts[:2])}   {share(*counts[2:])}")
    for place in sorted(shown):
        left = [str(i + 1) for i, good in enumerate(shown[place]) if not good]
        if left:
            print(f"    {place[0]}: condition {', '.join(left)} of {len(shown[place])}: {source(path, place[0])}")
    for place in sorted(taken):
        if not all(taken[place]):
            never = "neither" if not any(taken[place]) else "never true" if not taken[place][0] else "never false"
            print(f"    {place[0]}:{place[1]}: {never}: {source(path, place[0])}")
    return counts


def share(part, whole):
    return f"{part:>5} of {whole:>4} {100 * part / whole if whole else 100:6.2f} %"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--of", action="append", default=[], metavar="PATH", help="files whose path begins so; all if none")
    parser.add_argument("test", nargs="+", help="programs to run")
    args = parser.parse_args()
    try:
        files = coverage(args.test)
    except subprocess.CalledProcessError as problem:
        sys.exit(f"measure: {problem.cmd[0]}: exit {problem.returncode}\n{problem.stdout[-2000:]}{problem.stderr[-2000:]}")
    print(f"{'':<48} conditions that decide     sides of branches")
    total = (0, 0, 0, 0)
    for told in sorted(files, key=lambda one: one["filename"]):
        path = os.path.relpath(told["filename"])
        if not args.of or path.startswith(tuple(args.of)):
            total = tuple(map(sum, zip(total, show(told["filename"], told))))
    if total[3] == 0:
        sys.exit("measure: no such file was covered")
    print(f"{'all':<48} {share(*total[:2])}   {share(*total[2:])}")


main()
