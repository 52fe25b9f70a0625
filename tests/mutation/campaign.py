#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each example's policy with one fault at a time (mutator.py): does `bulkhead check`, an assertion or a test inside the policy
find it? Those that nothing finds are in survivors.txt, each with its reason: one that is not there fails, and so does one there
that is found, and an example of which less than 95 % is found or in which more than 5 faults survive. `--all` prints each class
of fault; names of examples choose among them."""
import collections
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from mutator import Mutator
from tap import Tap, expect, expect_equal

BUILD = os.environ.get("B", "build")
COMPILER = os.path.abspath(os.path.join(BUILD, "bin", "bulkhead"))
FOLDER = os.path.join(BUILD, "test-runs", "mutation")
EXAMPLES = ("ais-gateway", "diode", "pipeline", "chain", "workstation")
SURVIVORS = os.path.join(HERE, "survivors.txt")
MOST_SURVIVORS = 5
LEAST_CAUGHT_PERCENT = 95
LIMIT_S = 30
WORKERS = 2
ASSERTIONS = {"BH0702", "BH0703", "BH0704", "BH0705", "BH0706", "BH0707", "BH0720", "BH0721", "BH0722", "BH0723", "BH0724"}
TEST_FAILED = "BH0903"
FINDERS = ("check", "assertion", "test")
own = threading.local()


def read_example(name):
    """The root and the parts that it names: path from the example's folder -> text."""
    folder = os.path.join("policy", "examples", name)
    files = {}
    wanted = [name + ".policy"]
    for path in wanted:
        with open(os.path.join(folder, path), encoding="utf-8") as file:
            files[path] = file.read()
        wanted += re.findall(r'^\s*part "([^"]+)"', files[path], re.M)
    return files


def run(*words):
    return subprocess.run([COMPILER, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=LIMIT_S, check=False)


def write_files(folder, files):
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


def work_folder(example, files):
    """One for each thread and example, with the platforms where the policy looks for them."""
    folders = own.__dict__.setdefault("folders", {})
    if example not in folders:
        place = os.path.join(FOLDER, str(threading.get_ident()), "policy")
        shutil.copytree("policy/platforms", os.path.join(place, "platforms"), dirs_exist_ok=True)
        folders[example] = os.path.join(place, "examples", example)
        os.makedirs(folders[example], exist_ok=True)
        write_files(folders[example], files)
    return folders[example]


def apply(files, edits):
    changed = dict(files)
    for name, first, end, new in sorted(edits, key=lambda edit: -edit[1]):
        changed[name] = changed[name][:first] + new + changed[name][end:]
    return {name: text for name, text in changed.items() if text != files[name]}


def judge(example, files, mutant):
    """Who finds the mutant: one of FINDERS, or None."""
    folder = work_folder(example, files)
    changed = apply(files, mutant.edits)
    write_files(folder, changed)
    try:
        done = run("check", os.path.join(folder, example + ".policy"), "--no-images", "--json")
        codes = [m["code"] for m in json.loads(done.stdout)["messages"] if m["severity"] == "error"]
    finally:
        write_files(folder, {name: files[name] for name in changed})
    if done.returncode == 0:
        return None
    expect(done.returncode == 1 and codes, f"{mutant.what}: exit status {done.returncode}: {done.stderr!r}")
    return "test" if codes[0] == TEST_FAILED else "assertion" if set(codes) <= ASSERTIONS else "check"


def read_survivors():
    """example: class: mutation | reason."""
    explained = collections.defaultdict(dict)
    with open(SURVIVORS, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                mutation, reason = line.rstrip("\n").split(" | ")
                example, what = mutation.split(": ", 1)
                explained[example][what] = reason
    return explained


def table_line(name, counts):
    caught = sum(counts[f] for f in FINDERS)
    mutants = caught + counts[None]
    share = f"{100 * caught / mutants:6.1f} %" if mutants else "     -  "
    return (f"{name:<34} {mutants:>7} " + " ".join(f"{counts[f]:>9}" for f in FINDERS)
            + f" {counts[None]:>9} {share}")


def check_example(example, explained, detailed):
    files = read_example(example)
    done = run("check", os.path.join("policy", "examples", example, example + ".policy"), "--no-images")
    expect(done.returncode == 0, f"the example itself has errors: {done.stderr.decode()}")
    mutants = Mutator(files).all()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(lambda m: judge(example, files, m), mutants))
    classes = collections.defaultdict(collections.Counter)
    survivors = []
    for mutant, finder in zip(mutants, found):
        classes[mutant.kind][finder] += 1
        if finder is None:
            survivors.append(f"{mutant.kind}: {mutant.what}")
    total = sum(classes.values(), collections.Counter())
    if detailed:
        for kind, counts in classes.items():
            print("# " + table_line(f"{example}: {kind}", counts))
    print("# " + table_line(example, total))
    for what in survivors if detailed else set(survivors) - set(explained):
        print(f"#   survives: {example}: {what} | {explained.get(what, 'NOT EXPLAINED')}")
    expect_equal(sorted(set(survivors) ^ set(explained)), [], "differences from survivors.txt")
    check_goal(total)


def check_goal(total):
    caught = sum(total[f] for f in FINDERS)
    expect(caught * 100 >= LEAST_CAUGHT_PERCENT * (caught + total[None]), f"only {caught} of {caught + total[None]} are caught")
    expect(total[None] <= MOST_SURVIVORS, f"{total[None]} survive, {MOST_SURVIVORS} may")


def main():
    words = sys.argv[1:]
    detailed = "--all" in words
    chosen = [w for w in words if w in EXAMPLES] or EXAMPLES
    shutil.rmtree(FOLDER, ignore_errors=True)
    explained = read_survivors()
    tap = Tap()
    head = f"{'example, class of fault':<34} mutants " + " ".join(f"{f:>9}" for f in FINDERS) + "  survive   caught"
    print("# " + head)
    for example in chosen:
        tap.run(f"{example}: faults are found", check_example, example, explained[example], detailed)
    tap.finish()


if __name__ == "__main__":
    main()
