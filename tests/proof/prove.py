#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves the units below with Frama-C's WP and fails unless every goal of every function in them is proved: README.md.

    prove.py [UNIT[:FUNCTION,...]] ...    all units, their lemmas and facts, if none is named; prints TAP
    prove.py ... --mutants [NUMBER] ...   each fault of mutants.txt in a copy of the sources: it has to leave a goal unproved

Frama-C itself ends with 0 whatever is left, so what counts is its report: each goal valid, a goal for each function that the
unit's files define, smoke tests among them, and no smoke test that finds a contradiction.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap, expect

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORK = os.path.join(os.path.abspath(os.environ.get("B", os.path.join(ROOT, "build"))), "proof")
SPEC = "tests/proof"
INCLUDES = (".", "policy/include", "channels/include", "audit/include", "measured-boot/include", "core/include")
SECONDS = os.environ.get("LIMIT", "60")     # a prover and goal, by the clock: nearly all take less than one
# Some goals take 20 seconds on an idle CPU: every way out of a function is in each.
SLOW = {"check_all": "300", "judge": "60", "monitor_send_continue": "60"}
BARE = {"below"}                          # units without a precondition, a branch, a loop and a call: no smoke test is made
WHOLE = {"monitor_send_begin"}            # WP's filter drops what a compound literal holds
MUTANT_SECONDS = os.environ.get("LIMIT", "10")
UNPROVED = re.compile(r"\[Failed\] Goal typed_(?:cast_ref|ref|cast)_(\w+)")
CONFIG = os.path.join(WORK, "why3.conf")
TEMPORARY = os.path.join(WORK, f"temporary-{os.getpid()}")
# z3 that only matches patterns, and does not look for models of what is for all: most goals about memory take it a tenth of a
# second. About bits it is of no use, and what it cannot do may take it all of its time.
MOSTLY_MATCHING = "z3-matching,cvc4,z3"
MATCHING = 'shortcut = "z3-matching"'
MATCHING_AS = f"""
[prover]
name = "Z3"
version = "{{version}}"
alternative = "matching"
command = "{{path}} -smt2 -T:%t smt.auto_config=false smt.mbqi=false sat.random_seed=42 smt.random_seed=42 -st %f"
driver = "z3_471_nobv"
editor = ""
in_place = false
interactive = false
{MATCHING}
"""
Z3 = re.compile(r'name = "Z3"\npath = "([^"]+)"\nversion = "([^"]+)"')
CACHE = os.path.join(WORK, "cache")       # by a goal's text what a prover said of it: a goal that stays is not proved twice


class Unit:
    """A source file, what it means (`spec`, read before it), and the headers whose functions are proved with it."""
    def __init__(self, source, spec, headers=(), left=(), defines=(), model="ref", includes=(),
                 provers="cvc4,z3"):
        self.source, self.spec, self.headers, self.defines = source, spec, headers, defines
        self.model, self.includes, self.provers = model, includes, provers
        self.left = set(left)                             # functions that are not proved yet: README.md names them


RING = "channels/guest/include/guest/"
CHECK = "policy/kernel/check_"
UNITS = {
    "value": Unit("monitor/kernel/value.c", "value_spec.h", ["monitor/kernel/value.h", SPEC + "/models.h"],
                  defines=["PROVE_VALUES"]),
    "below": Unit("core/include/core/compiler.h", "below_spec.h", defines=["PROVE_BELOW"]),
    "decide": Unit("monitor/kernel/decide.c", "decide_spec.h"),
    "types": Unit("policy/kernel/check_types.c", "types_spec.h", ["policy/kernel/check.h"]),
    "channels": Unit("policy/kernel/check_channels.c", "channels_spec.h"),
    "time": Unit(CHECK + "time.c", "time_spec.h", provers=MOSTLY_MATCHING),
    "subjects": Unit(CHECK + "subjects.c", "subjects_spec.h", provers=MOSTLY_MATCHING),
    "ports": Unit(CHECK + "ports.c", "ports_spec.h", provers=MOSTLY_MATCHING),
    "memory": Unit(CHECK + "memory.c", "memory_spec.h", model="ref+cast", provers=MOSTLY_MATCHING),
    "rules": Unit(CHECK + "rules.c", "rules_spec.h", provers=MOSTLY_MATCHING),
    "pool": Unit("policy/kernel/image_pool.c", "image_spec.h", defines=["PROVE_IMAGE"], model="cast",
                 provers=MOSTLY_MATCHING),
    "image": Unit("policy/kernel/image_check.c", "image_spec.h", ["policy/include/policy/tables.h", SPEC + "/image_spec.h"],
                  defines=["PROVE_IMAGE"], model="ref+cast", provers=MOSTLY_MATCHING),
    "line": Unit("monitor/kernel/line.c", "line_spec.h", provers=MOSTLY_MATCHING),
    "flow": Unit("monitor/kernel/flow.c", "flow_spec.h", ["monitor/kernel/flow.h", "monitor/kernel/decide.h"],
                 provers=MOSTLY_MATCHING),
    "mediate": Unit(SPEC + "/mediate_unit.c", "mediate_spec.h", ["monitor/kernel/mediate.c"], model="cast",
                    provers=MOSTLY_MATCHING),
    "ring": Unit(RING + "direct_ring.h", "ring_spec.h", [RING + "direct_layout.h", RING + "direct_slots.h",
                 RING + "direct_receiver.h", RING + "direct_sender.h"],
                 model="cast", includes=(SPEC + "/stand_in", "channels/guest/include"), provers=MOSTLY_MATCHING),
}
# A definition begins in the first column and its parameters end with a brace on the line behind them.
DEFINITION = re.compile(r"^(?:SHARED_ALWAYS |DIRECT_COLD )?(?:[a-z][\w *]*?[ *])(?:APART )?(?:[a-z][\w *]*[ *])?(\w+)"
                        r"\([^;{}]*?\)\n\{", re.MULTILINE)


def defined(root, unit):
    found = set()
    for path in (unit.source, *unit.headers):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            found.update(DEFINITION.findall(file.read()))
    expect(unit.left <= found, f"{unit.source} does not define " + ", ".join(sorted(unit.left - found)))
    return found - unit.left


def find_provers():
    """Why3 keeps what it finds out of the provers in a file: here, not where the user's own is."""
    os.makedirs(CACHE, exist_ok=True)
    if not os.path.exists(CONFIG):
        subprocess.run(["why3", "config", "detect"], env=dict(os.environ, WHY3CONFIG=CONFIG), stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)
    with open(CONFIG, encoding="utf-8") as file:
        found = file.read()
    z3 = Z3.search(found)
    expect('name = "CVC4"' in found and z3, f"{CONFIG} has not both provers")
    if MATCHING not in found:
        with open(CONFIG, "a", encoding="utf-8") as file:
            file.write(MATCHING_AS.format(path=z3[1], version=z3[2]))


def forget_failures():
    """What ran out of time on a busy machine is tried again the next time."""
    for name in os.listdir(CACHE):
        path = os.path.join(CACHE, name)
        with open(path, encoding="utf-8") as file:
            valid = '"verdict": "valid"' in file.read()
        if not valid:
            os.unlink(path)


def command_of(name, functions, report, seconds, smoke=("-wp-smoke-tests", "-wp-smoke-timeout", "1")):
    unit = UNITS[name]
    flags = " ".join(["-I" + path for path in (*unit.includes, *INCLUDES)] +
                     ["-D" + define for define in ("__FRAMAC__", *unit.defines)] +
                     ["-include", f"{SPEC}/{unit.spec}"])
    return ["frama-c", "-machdep", "gcc_x86_64", "-c11", "-kernel-warn-key", "typing:implicit-function-declaration=error",
            "-cpp-extra-args=" + flags, unit.source, "-wp", "-wp-rte", "-wp-model", "Typed+" + unit.model, *smoke,
            "-wp-prover", unit.provers, "-wp-timeout", seconds, "-wp-par", os.environ.get("PAR", "1"),
            "-wp-cache", "update", "-wp-cache-dir", CACHE, "-wp-report-json", report,
            *(["-wp-no-filter"] if WHOLE & set(functions) else []),
            *(["-wp-fct", ",".join(sorted(functions))] if functions else ["-wp-prop", "@lemma"])]


def watch(root, command, failed=None):
    """What the command says; it is stopped at the first line that `failed` finds."""
    # Frama-C believes PWD more than the folder that it runs in, and leaves its files in TMPDIR where it is stopped.
    where = dict(os.environ, PWD=root, WHY3CONFIG=CONFIG, TMPDIR=TEMPORARY)
    os.makedirs(TEMPORARY, exist_ok=True)
    output = ""
    with subprocess.Popen(command, cwd=root, env=where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          start_new_session=True) as process:
        try:
            for line in process.stdout:
                output += line
                if failed and failed.search(line):
                    break
        finally:
            if process.poll() is None and failed and failed.search(output):
                os.killpg(process.pid, signal.SIGTERM)
    forget_failures()
    shutil.rmtree(TEMPORARY)
    return output


def run(root, name, functions):
    """(goals, output): {function or "lemma": {goal: counts}}. Of no functions: of the lemmas."""
    report = os.path.join(WORK, f"{name}-{os.getpid()}.json")
    output = watch(root, command_of(name, functions, report, SLOW.get("".join(functions), SECONDS)))
    if not os.path.exists(report):
        return None, output
    with open(report, encoding="utf-8") as file:
        parts = json.load(file) or {}                     # of a unit without lemmas nothing
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


def prove(root, name, functions=(), sums=None):
    """Raises unless all goals of the functions, or of the lemmas, are proved; else what to say of it. Adds to the sums."""
    functions = set(functions)
    begin = time.monotonic()
    goals, output = run(root, name, functions)
    expect(goals is not None, output[-2000:])
    expect(not unproved(goals), "not proved: " + ", ".join(unproved(goals)))
    bare = sorted(f for f in functions if not any("_wp_smoke_" not in goal for goal in goals.get(f, ())))
    expect(not bare, "no goal for " + ", ".join(bare))
    expect("[Failed]" not in output, output[-2000:])
    of_code, of_smoke = count(goals, False), count(goals, True)
    if sums is not None:
        sums[0] += of_code
        sums[1] += of_smoke
    return f"{of_code} goals and {of_smoke} smoke tests, {time.monotonic() - begin:.0f} s"


def sum_up(sums, bare):
    """A function without a precondition, a branch, a loop and a call has no smoke test, but a unit has some."""
    expect(sums[0] > 0 and (sums[1] > 0) != bare, "no smoke test was made, or one of a unit that has none")
    return f"{sums[0]} goals and {sums[1]} smoke tests"


def prove_facts():
    """Each question of bits.smt2 and places.smt2, for a counterexample, is answered with none."""
    return f"{sum(prove_facts_of(os.path.join(ROOT, SPEC, name)) for name in ('bits.smt2', 'places.smt2'))} facts"


def prove_facts_of(path):
    with open(path, encoding="utf-8") as file:
        asked = file.read().count("(check-sat)")
    answers = subprocess.run(["z3", path], stdout=subprocess.PIPE, text=True, check=False).stdout.split()
    expect(asked > 0 and answers == ["unsat"] * asked, f"{asked} questions: {answers}")
    return asked


def run_models():
    program = os.path.join(WORK, "test_models")
    subprocess.run(["gcc", "-O1", "-o", program, os.path.join(ROOT, SPEC, "test_models.c")], check=True)
    expect(subprocess.run([program], stdout=subprocess.DEVNULL, check=False).returncode == 0, "they differ")
    return "1000000 words"


def report(tap, title, act, *args):
    said = []
    tap.run(title, lambda: said.append(act(*args)))
    for line in said:
        print(f"# {line}", flush=True)


def prove_units(tap, wanted):
    for name, functions in wanted or [(name, ()) for name in UNITS]:
        unit = UNITS[name]
        if not functions:
            report(tap, f"{unit.spec}: every lemma is proved", prove, ROOT, name)
        sums = [0, 0]
        for function in sorted(functions or defined(ROOT, unit)):
            report(tap, f"{unit.source}: every goal of {function}() is proved", prove, ROOT, name, [function], sums)
        report(tap, f"{unit.source}: no smoke test has found a contradiction", sum_up, sums, name in BARE)
        for function in sorted(unit.left if not functions else ()):
            print(f"# not yet: {function}()")
    if not wanted:
        report(tap, "bits.h, ring_spec.h: nothing is a counterexample to a fact", prove_facts)
        report(tap, "models.h: the models do what the built-in functions do", run_models)


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
    """Says which goal is the first that is not proved."""
    expect(function not in UNITS[unit].left, f"{function}() is not proved without the fault either")
    copy = os.path.join(WORK, f"mutant-{os.getpid()}")
    shutil.rmtree(copy, ignore_errors=True)
    for folder in (*INCLUDES[1:], "channels/guest", "monitor/kernel", "policy/kernel", SPEC):
        shutil.copytree(os.path.join(ROOT, folder), os.path.join(copy, folder))
    with open(os.path.join(copy, path), encoding="utf-8") as file:
        text = file.read()
    expect(text.count(before) == 1, f"{path} has {text.count(before)} times: {before}")
    with open(os.path.join(copy, path), "w", encoding="utf-8") as file:
        file.write(text.replace(before, after))
    seconds = SLOW.get(function, MUTANT_SECONDS)
    output = watch(copy, command_of(unit, {function}, os.path.join(copy, "report.json"), seconds, ()), UNPROVED)
    shutil.rmtree(copy)
    found = UNPROVED.search(output)
    expect(found or "Proved goals:" in output, output[-2000:])
    expect(found, "all goals are proved with: " + after)
    return found[1] + " is not proved"


def kill_mutants(tap, wanted):
    for number, mutant in enumerate(mutants(), 1):
        if wanted and number not in wanted:
            continue
        text = " ".join(mutant[4].split()) or "without " + " ".join(mutant[3].split())
        title = f"mutant {number} of {mutant[2]}() leaves a goal unproved: {text[:70]}"
        report(tap, title.replace("#", ""), kill, *mutant)


def arguments():
    """(units and their functions, numbers of mutants or None) as the command line names them."""
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(__doc__)
        sys.exit(0)
    units, mark, numbers = " ".join(sys.argv[1:]).partition("--mutants")
    wanted = [(a.partition(":")[0], [f for f in a.partition(":")[2].split(",") if f]) for a in units.split()]
    for name, functions in wanted:
        if name not in UNITS:
            sys.exit(f"prove.py: no unit {name}: there are {', '.join(UNITS)}; --help tells more")
        strange = set(functions) - defined(ROOT, UNITS[name]) - UNITS[name].left
        if strange:
            sys.exit(f"prove.py: {UNITS[name].source} has no function {', '.join(sorted(strange))}")
    if not all(n.isdigit() and 0 < int(n) <= len(mutants()) for n in numbers.split()):
        sys.exit(f"prove.py: mutants have numbers from 1 to {len(mutants())}")
    return wanted, [int(n) for n in numbers.split()] if mark else None


def main():
    wanted, numbers = arguments()
    tap = Tap()
    os.makedirs(CACHE, exist_ok=True)
    tap.run("why3: both provers are found", find_provers)
    if wanted or numbers is None:
        prove_units(tap, wanted)
    if numbers is not None:
        kill_mutants(tap, numbers)
    tap.finish()


if __name__ == "__main__":
    main()
