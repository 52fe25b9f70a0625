#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""How often each line of the compiler runs (gcov) while it builds a policy and one with four times the rules, or four times the
subjects; and while it checks one with four times the stages, and rules that a protocol judges: no line that runs often does so
more than n log n allows. Times would hide a square behind what else they measure."""
import collections
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
from large_policy import policy_files, restarted_files
from measure import channels_for, prepare
from tap import Skip, Tap, expect

ROOT = os.path.dirname(os.path.dirname(HERE))
COVERED = os.path.join(ROOT, os.environ.get("B", "build"), "covered")
LIMIT_S = 600
RULES, SUBJECTS, CHANNELS = (1000, 4000), (60, 240), 480
STAGES, STATES = (30, 120), 20
MOST = 6                              # n log n makes 4.8 of four times as much, a square 16
OFTEN = 100_000                       # below, a line costs less than a millisecond


def compile_covered():
    for program in ("gcc", "gcov", "make"):
        if shutil.which(program) is None:
            raise Skip(program + " is not installed")
    subprocess.run(["make", "-s", "-C", ROOT, "CC=gcc --coverage", "B=" + os.path.relpath(COVERED, ROOT),
                    os.path.relpath(os.path.join(COVERED, "bin", "bulkhead"), ROOT)], check=True, timeout=LIMIT_S,
                   stdout=subprocess.DEVNULL, env={name: value for name, value in os.environ.items() if "MAKE" not in name})


def write(folder, files):
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write(text)


def count_lines(folder, files, command, *options):
    """(file, line) -> how often it ran."""
    write(folder, files)
    for path in glob.glob(os.path.join(COVERED, "**", "*.gcda"), recursive=True):
        os.unlink(path)
    subprocess.run([os.path.join(COVERED, "bin", "bulkhead"), command, os.path.join(folder, "large.policy"), *options],
                   check=True, timeout=LIMIT_S, stdout=subprocess.DEVNULL)
    data = sorted(glob.glob(os.path.join(COVERED, "**", "*.gcda"), recursive=True))
    said = subprocess.run(["gcov", "--json-format", "--stdout", *data], cwd=ROOT, timeout=LIMIT_S, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    counts = collections.Counter()
    for report in said.splitlines():
        for file in json.loads(report)["files"]:
            for line in file["lines"]:
                place = (file["file"], line["line_number"])
                counts[place] = max(counts[place], line["count"])
    return counts


def grown_lines(few, many):
    return [f"{file}:{line}: {few[file, line]} times, then {count}" for (file, line), count in sorted(many.items())
            if count > OFTEN and count > MOST * few[file, line]]


def check_growth(folder, small, large):
    few, many = (count_lines(folder, policy_files(*size), "build", "-o", os.path.join(folder, "large.img"))
                 for size in (small, large))
    expect(len(many) > 5000 and sum(many.values()) > 10_000_000, f"{len(many)} lines ran {sum(many.values())} times")
    grown = grown_lines(few, many)
    expect(not grown, "runs more often than n log n allows:\n" + "\n".join(grown))


def check_stages(folder):
    few, many = (count_lines(folder, restarted_files(stages, STATES), "check", "--no-images") for stages in STAGES)
    grown = grown_lines(few, many)
    expect(not grown, "runs more often than n log n allows:\n" + "\n".join(grown))


def main():
    tap = Tap()
    folder = tempfile.mkdtemp(prefix="bulkhead-growth-")
    try:
        tap.run("the compiler compiles with counters", compile_covered)
        prepare(folder)
        few, many = RULES
        tap.run(f"{few} and {many} rules of 100 subjects", check_growth, folder, (100, channels_for(100, few), few),
                (100, channels_for(100, many), many))
        few, many = SUBJECTS
        tap.run(f"{few} and {many} subjects with {RULES[1]} rules", check_growth, folder, (few, CHANNELS, RULES[1]),
                (many, CHANNELS, RULES[1]))
        few, many = STAGES
        tap.run(f"{few} and {many} stages that start anew, and rules that a protocol judges", check_stages, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    tap.finish()


main()
