#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Searches the models of this folder with SPIN: each as it stands, in every interleaving, and once more without each step
that its text can leave out (`#ifndef WITHOUT_...`), where a counterexample must be found. Prints what was found, and states."""
import argparse
import os
import re
import subprocess
import sys
import tempfile

FOLDER = os.path.dirname(os.path.abspath(__file__))
LIMIT_S = 1800
DEPTH = 1000000                       # steps of a run
MEMORY_MIB = 8192
# By model: the definitions of its searches as it stands; and of those that take minutes.
SHORT = {"mediated": [[]], "protocol": [["WORD_ALONE"], ["RESTARTS=1"], ["MESSAGES=1"]],
         "direct": [[], ["ATTACK", "ATTACKER=RECEIVER"]]}
WHOLE = {"mediated": [["SENDS=5"]],
         "protocol": [["WORD_ALONE"], ["WORD_ALONE", "MESSAGES=3", "RESTARTS=1"], ["RESTARTS=1"], ["MESSAGES=1"]],
         "direct": [["SENDS=5"], ["ATTACK", "LOSSY=false"], ["ATTACK", "LOSSY=true"],
                    ["ATTACK", "ATTACKER=RECEIVER", "STORES=2"]]}
# Models whose every run ends if each process goes on, likewise.
SHORT_LIVELOCKS = {"mediated": [[]], "protocol": [["RESTARTS=1", "MESSAGES=1"], ["ENDLESS"]], "direct": [["SENDS=1"]]}
WHOLE_LIVELOCKS = {"mediated": [[]], "protocol": [["RESTARTS=1", "MESSAGES=1"], ["ENDLESS"]],
                   "direct": [["SENDS=1"], ["ATTACK", "ATTACKER=RECEIVER"]]}
ENDLESS = ("WITHOUT_GOING_TO_TAKEN", "WITHOUT_LAST_TRY", "WITHOUT_STAYING")         # steps without which some run never ends


class Unsound(Exception):
    """The search itself went wrong, so that it says nothing."""


def run(folder, *command):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LIMIT_S)
    if done.returncode != 0:
        raise Unsound(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def search(name, defines=(), livelocks=False):
    """Searches all runs of a model. Returns (the first counterexample's reason or None, states stored)."""
    options = [f"-D{d}" for d in defines]
    with tempfile.TemporaryDirectory() as folder:
        run(folder, "spin", *options, "-a", os.path.join(FOLDER, name + ".pml"))
        run(folder, "gcc", "-O2", "-w", f"-DMEMLIM={MEMORY_MIB}", *(["-DCOLLAPSE"] if "ATTACK" in defines else []),
            "-DNP" if livelocks else "-DSAFETY", "-DNFAIR=3", "-o", "pan", "pan.c")
        told = run(folder, "./pan", f"-m{DEPTH}", *(["-l", "-f"] if livelocks else []))
    if re.search(r"max search depth too small|out of memory|pan: reached", told):
        raise Unsound(f"{name} {' '.join(defines)}: the search is not whole\n{told}")
    errors = re.search(r"errors: (\d+)", told)
    states = re.search(r"(\d+) states, stored", told)
    if not errors or not states:
        raise Unsound(f"{name}: SPIN said neither errors nor states\n{told}")
    why = re.search(r"^pan:1: (.+?)(?: \(at depth \d+\))?$", told, re.MULTILINE)
    return (why.group(1) if why else "?") if int(errors.group(1)) else None, int(states.group(1))


def names():
    return sorted(f[:-4] for f in os.listdir(FOLDER) if f.endswith(".pml"))


def steps(name):
    """The steps that a model's text can leave out."""
    with open(os.path.join(FOLDER, name + ".pml"), encoding="utf-8") as model:
        return sorted(set(re.findall(r"WITHOUT_\w+", model.read())))


def searches(name, whole):
    """(what, definitions, whether for livelocks) of each search of a model."""
    found = [(" ".join(["as it stands"] + defines), defines, False) for defines in (WHOLE if whole else SHORT)[name]]
    for defines in (WHOLE_LIVELOCKS if whole else SHORT_LIVELOCKS)[name]:
        found.append((" ".join(["every run ends"] + defines), defines, True))
    return found + [(step.lower().replace("_", " "), [step], step in ENDLESS) for step in steps(name)]


def is_good(what, why):
    """Whether a counterexample was found where there must be one, and none where there must be none."""
    return (why is not None) == what.startswith("without")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="*", help=f"of {', '.join(names())}; all if none is named")
    parser.add_argument("--whole", action="store_true", help="with more messages: minutes, and some GiB")
    args = parser.parse_args()
    unknown = [m for m in args.model if m not in names()]
    if unknown:
        parser.error(f"no model {unknown[0]}: there are {', '.join(names())}")
    wrong = 0
    print(f"{'model':<10} {'':<46} {'states':>12}  found", flush=True)
    for name in args.model or names():
        for what, defines, livelocks in searches(name, args.whole):
            try:
                why, states = search(name, defines, livelocks)
            except (Unsound, subprocess.TimeoutExpired) as problem:
                sys.exit(f"models: {problem}")
            wrong += not is_good(what, why)
            remark = "" if is_good(what, why) else "   WRONG"
            print(f"{name:<10} {what:<46} {states:>12,}  {why or 'nothing'}{remark}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
