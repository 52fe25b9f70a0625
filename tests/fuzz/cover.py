#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fuzz/seeds/NAME anew of the inputs in a corpus, small ones first, that together take all ways which the fuzzer
counts (ways.h): `make fuzz`, then tests/fuzz/cover.py build/fuzzers/NAME build/fuzz-corpus/NAME."""
import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys

SEEDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seeds")
TIMEOUT_S = 600


def takers(fuzzer, inputs):
    """Of the inputs those that are the first to take a way; and the ways that none takes."""
    run = subprocess.run([fuzzer, *inputs], timeout=TIMEOUT_S, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    if run.returncode != 0:
        sys.exit(run.stderr[-2000:])
    found, current = [], None
    for line in run.stderr.splitlines():
        running = re.match(r"Running: (.*)", line)
        if running:
            current = running[1]
        elif line.startswith("first way: ") and current not in found:
            found.append(current)
    return found, [line for line in run.stderr.splitlines() if line.startswith("NO WAY: ")]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fuzzer")
    parser.add_argument("corpus", nargs="+", help="folders of inputs")
    args = parser.parse_args()
    inputs = [entry.path for folder in args.corpus for entry in os.scandir(folder) if entry.is_file()]
    found, missing = takers(args.fuzzer, sorted(inputs, key=lambda path: (os.path.getsize(path), path)))
    if missing:
        sys.exit("\n".join(missing))
    folder = os.path.join(SEEDS, os.path.basename(args.fuzzer))
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for path in found:
        with open(path, "rb") as file:
            data = file.read()
        with open(os.path.join(folder, hashlib.sha256(data).hexdigest()[:16]), "wb") as file:
            file.write(data)
    print(f"{len(found)} of {len(inputs)} inputs")


main()
