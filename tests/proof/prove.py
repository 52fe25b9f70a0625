#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves the units below with Frama-C's WP and fails unless every goal of every function in them is proved: README.md.

    prove.py [UNIT[:FUNCTION,...]] ...    all units, their lemmas and facts, if none is named; prints TAP
    prove.py --mutants [FIRST [END]]      each fault of mutants.txt in a copy of the sources: it has to leave a goal unproved

Frama-C itself ends with 0 whatever is left, so what counts is its report: each goal valid, a goal for each function that the
unit's files define, smoke tests among them, and no smoke test that finds a contradiction.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap, expect

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORK = os.path.join(os.path.abspath(os.environ.get("B", os.path.join(ROOT, "build"))), "proof")
SPEC = "tests/proof"
INCLUDES = (".", "policy/include", "channels/include", "audit/include", "measured-boot/include", "core/include")
SECONDS = os.environ.get("LIMIT", "60")     # a prover and goal; nearly all take less than one


class Unit:
    """A source file, what it means (`spec`, read before it), and the headers whose functions are proved with it."""
    def __init__(self, source, spec, headers=(), left=(), defines=()):
        self.source, self.spec, self.headers, self.defines = source, spec, headers, defines
        self.left = set(left)                             # functions that are not proved yet: README.md names them


UNITS = {
    "value": Unit("monitor/kernel/value.c", "value_spec.h", ["monitor/kernel/value.h", SPEC + "/models.h"],
                  defines=["PROVE_VALUES"]),
    "decide": Unit("monitor/kernel/decide.c", "decide_spec.h", left=["check_all"]),
    "flow": Unit("monitor/kernel/flow.c", "flow_spec.h", ["monitor/kernel/flow.h", "monitor/kernel/decide.h"],
                 left=["decide_charge", "decide_protocol_word"]),
}
# A definition begins in the first column and its parameters end with a brace on the line behind them.
DEFINITION = re.compile(r"^(?:[a-z][\w *]*?[ *])(?:APART )?(?:[a-z][\w *]*[ *])?(\w+)\([^;{}]*?\)\n\{", re.MULTILINE)


def defined(root, unit):
    found = set()
    for path in (unit.source, *unit.headers):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            found.update(DEFINITION.findall(file.read()))
    expect(unit.left <= found, f"{unit.source} does not define " + ", ".join(sorted(unit.left - found)))
    return found - unit.left


def run(root, name, functions):
    """(goals, output): {function or "lemma": {goal: counts}}. Of no functions: of the lemmas."""
    unit = UNITS[name]
    report = os.path.join(WORK, f"{name}-{os.getpid()}.json")
    flags = " ".join(["-I" + path for path in INCLUDES] + ["-D" + define for define in ("__FRAMAC__", *unit.defines)] +
                     ["-include", f"{SPEC}/{unit.spec}"])
    command = ["frama-c", "-machdep", "gcc_x86_64", "-c11", "-kernel-warn-key", "typing:implicit-function-declaration=error",
               "-cpp-extra-args=" + flags, unit.source, "-wp", "-wp-rte", "-wp-model", "Typed+ref", "-wp-smoke-tests",
               "-wp-prover", "cvc4,z3", "-wp-timeout", SECONDS, "-wp-smoke-timeout", "1", "-wp-par", os.environ.get("PAR", "1"),
               "-wp-cache", "none", "-wp-report-json", report]
    command += ["-wp-fct", ",".join(sorted(functions))] if functions else ["-wp-prop", "@lemma"]
    where = dict(os.environ, PWD=root)                    # Frama-C believes it more than the folder that it runs in
    output = subprocess.run(command, cwd=root, env=where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            check=False).stdout
    if not os.path.exists(report):
        return None, output
    with open(report, encoding="utf-8") as file:
        parts = json.load(file)
    os.unlink(report)
    goals = {}
    for kind in ("wp:functions", "wp:axiomatics"):
        for owner, properties in parts.get(kind, {}).items():
            of = goals.setdefault(owner if kind == "wp:functions" else "lemma", {})
            of.update((goal, counts["wp:main"]) for goal, counts in properties.items()
                      if "wp:main" in counts and not goal.startswith("wp:"))
    return goals, output


def count(goals, smoke):
    return sum(c["total"] for of in goals.values() for goal, c in of.items() if ("_wp_smoke_" in goal) == smoke)


def unproved(goals):
    return sorted(goal for of in goals.values() for goal, c in of.items() if c.get("valid", 0) != c["total"])


def prove(root, name, functions=()):
    """Raises unless all goals of the functions, or of the lemmas, are proved; else what to say of it."""
    functions = set(functions)
    begin = time.monotonic()
    goals, output = run(root, name, functions)
    expect(goals is not None, output[-2000:])
    expect(not unproved(goals), "not proved: " + ", ".join(unproved(goals)))
    bare = sorted(f for f in functions if not any("_wp_smoke_" not in goal for goal in goals.get(f, ())))
    expect(not bare, "no goal for " + ", ".join(bare))
    expect(not functions or count(goals, True) > 0, "no smoke test was made")
    expect("[Failed]" not in output, output[-2000:])
    return f"{count(goals, False)} goals and {count(goals, True)} smoke tests, {time.monotonic() - begin:.0f} s"


def prove_facts():
    """The facts of bits, for words of 64 bits: each question of bits.smt2, for a counterexample, is answered with none."""
    path = os.path.join(ROOT, SPEC, "bits.smt2")
    with open(path, encoding="utf-8") as file:
        asked = file.read().count("(check-sat)")
    answers = subprocess.run(["z3", path], stdout=subprocess.PIPE, text=True, check=False).stdout.split()
    expect(asked > 0 and answers == ["unsat"] * asked, f"{asked} questions: {answers}")
    return f"{asked} facts"


def run_models():
    program = os.path.join(WORK, "test_models")
    subprocess.run(["gcc", "-O1", "-o", program, os.path.join(ROOT, SPEC, "test_models.c")], check=True)
    expect(subprocess.run([program], stdout=subprocess.DEVNULL, check=False).returncode == 0, "they differ")
    return "1000000 words"


def prove_units(wanted):
    tap = Tap()

    def report(title, act, *args):
        said = []
        tap.run(title, lambda: said.append(act(*args)))
        for line in said:
            print(f"# {line}", flush=True)

    for name, functions in wanted or [(name, ()) for name in UNITS]:
        unit = UNITS[name]
        if not functions:
            report(f"{unit.spec}: every lemma is proved", prove, ROOT, name)
        report(f"{unit.source}: every goal is proved", prove, ROOT, name, functions or defined(ROOT, unit))
        for function in sorted(unit.left if not functions else ()):
            print(f"# not yet: {function}()")
    if not wanted:
        report("bits.h: no word is a counterexample to a fact", prove_facts)
        report("models.h: the models do what the built-in functions do", run_models)
    tap.finish()


def mutants():
    """[(unit, function, before, after)] of mutants.txt: a line "@ unit function", then before, a line "=>", after."""
    with open(os.path.join(ROOT, SPEC, "mutants.txt"), encoding="utf-8") as file:
        blocks = file.read().split("\n@ ")[1:]
    made = []
    for block in blocks:
        head, _, text = block.partition("\n")
        before, _, after = text.partition("\n=>\n")
        unit, path, function = head.split()
        made.append((unit, path, function, before, after.rstrip("\n")))
    return made


def kill(unit, path, function, before, after):
    copy = os.path.join(WORK, f"mutant-{os.getpid()}")
    shutil.rmtree(copy, ignore_errors=True)
    for folder in (*INCLUDES[1:], "monitor/kernel", "policy/kernel", SPEC):
        shutil.copytree(os.path.join(ROOT, folder), os.path.join(copy, folder))
    with open(os.path.join(copy, path), encoding="utf-8") as file:
        text = file.read()
    expect(text.count(before) == 1, f"{path} has {text.count(before)} times: {before}")
    with open(os.path.join(copy, path), "w", encoding="utf-8") as file:
        file.write(text.replace(before, after))
    goals, output = run(copy, unit, {function})
    shutil.rmtree(copy)
    expect(goals is not None, output[-2000:])
    expect(unproved(goals), "all goals are proved with: " + after)
    return ", ".join(unproved(goals))


def prove_mutants(first, end):
    tap = Tap()
    for number, mutant in list(enumerate(mutants(), 1))[first - 1:end]:
        said = []
        title = f"mutant {number} of {mutant[2]}() leaves a goal unproved: {' '.join(mutant[4].split())[:70]}"
        tap.run(title.replace("#", ""), lambda m=mutant, s=said: s.append(kill(*m)))
        for line in said:
            print(f"# {line}", flush=True)
    tap.finish()


def main():
    os.makedirs(WORK, exist_ok=True)
    if sys.argv[1:2] == ["--mutants"]:
        bounds = [int(a) for a in sys.argv[2:4]]
        prove_mutants(bounds[0] if bounds else 1, bounds[1] if len(bounds) > 1 else None)
    else:
        prove_units([(a.partition(":")[0], [f for f in a.partition(":")[2].split(",") if f]) for a in sys.argv[1:]])


if __name__ == "__main__":
    main()
