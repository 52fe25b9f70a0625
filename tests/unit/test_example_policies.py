#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The small examples' policies are right and in their canonical layout, and their tests pass; each change that would open what
an example keeps shut stops the build, at the assertion or rule that its README.md promises."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap, expect, expect_equal

BUILD = os.environ.get("B", "build")
COMPILER = os.path.join(BUILD, "bin", "bulkhead")
FOLDER = os.path.join(BUILD, "test-runs", "example-policies", "policy")
LIMIT_S = 30
CHANNEL = "channel extra {0} -> {1} mediated {{ depth 64; slots 4; full drop newest; feedback none; notify each 1; }}\n"
ALLOW = "allow extra_sent {0} -> {1} on extra {2} {{ rate 1/s burst 1; {3}}}\n"

TWICE = """type More little { number: u32; }
allow parsed_more parse -> filter on measured More { rate 1/s burst 1; }
"""


def compile_policy(command, *words):
    done = subprocess.run([COMPILER, command, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False, text=True)
    return done.returncode, done.stdout


def example_path(name):
    return os.path.join("policy", "examples", name, name + ".policy")


def check_good(name):
    for command in (("check", "--no-images"), ("test",), ("fmt", "--check")):
        status, output = compile_policy(*command, example_path(name))
        expect_equal(status, 0, f"exit status of {command[0]}:\n{output}")


def check_picture(name):
    """The picture beside the policy is that of its flows."""
    status, picture = compile_policy("graph", example_path(name), "--svg")
    expect_equal(status, 0, f"exit status of graph:\n{picture}")
    path = os.path.join("policy", "examples", name, name + ".svg")
    with open(path, encoding="utf-8") as file:
        expect(file.read() == picture, f"{path} is stale: bulkhead graph {example_path(name)} --svg -o {path}")


def check_flows(name):
    """So is the list of them, which a reviewer signs."""
    path = os.path.join("policy", "examples", name, name + ".flows")
    status, output = compile_policy("expand", example_path(name), "--check", path)
    expect_equal(status, 0, f"{path} is stale: bulkhead expand {example_path(name)} > {path}\n{output}")


def check_matrix(name):
    """And the matrix from threats to tests, in which nothing is missing."""
    status, page = compile_policy("trace", example_path(name), "--html", "--check")
    expect_equal(status, 0, f"exit status of trace:\n{page}")
    expect('class="bare"' not in page, f"a rule lacks a test:\n{page}")
    path = os.path.join("policy", "examples", name, name + ".html")
    with open(path, encoding="utf-8") as file:
        expect(file.read() == page, f"{path} is stale: bulkhead trace {example_path(name)} --html > {path}")


def check_refused(name, change, wanted):
    """The example with one change; its platform stands beside it."""
    with open(example_path(name), encoding="utf-8") as file:
        before = file.read()
    after = change(before)
    expect(after != before, "the change changes nothing")
    path = os.path.join(FOLDER, "examples", name, name + ".policy")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copytree("policy/platforms", os.path.join(FOLDER, "platforms"), dirs_exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(after)
    status, output = compile_policy("check", "--no-images", path)
    expect(status == 1 and wanted in output, f"exit status {status}, expected 1 and {wanted!r}:\n{output}")


def add_way(sender, receiver, kind, more=""):
    return lambda text: text + CHANNEL.format(sender, receiver) + ALLOW.format(sender, receiver, kind, more)


def replace(old, new):
    return lambda text: text.replace(old, new, 1)


REFUSED = (
    ("diode", "a channel down", add_way("high", "low", "Reading", "downgrade SECRET to UNCLASSIFIED; "),
     "information can flow from `high` to `low`"),
    ("diode", "feedback", replace("feedback none", "feedback full"), "information can flow from `high` to `low`"),
    ("diode", "an audit ring that blocks", replace("per subject on full drop and count", "per subject on full block"),
     "information can flow from `audit` to `high`"),
    ("pipeline", "a way around a stage", add_way("parse", "limit", "Changed"),
     "from `parse` to `limit` without passing `filter`"),
    ("pipeline", "a shared outbox", replace("{ depth 16;", "{ shared with limit; depth 16;"),
     "from `parse` to `limit` without passing `filter`"),
    ("pipeline", "a program in two stages", replace("guests/limit.elf", "guests/filter.elf"),
     "stages `filter` and `limit` of `inward` run the same image"),
    ("pipeline", "a stage that is started anew", lambda text: text + "privilege revive audit may restart filter {}\n",
     "`audit` may restart stage `filter`"),
    ("pipeline", "a stage whose crash leaves a sequence where it was",
     lambda text: text + "order told: never parsed until parsed_more reset when filter restart;\n" + TWICE,
     "stage `parse` starts anew after a crash, but `told` goes on from before it"),
    ("chain", "a way around a service", add_way("c11", "c13", "Reading"), "from `c11` to `c13` without passing `c12`"),
    ("chain", "windows that do not fit", replace("c05 350 us", "c05 400 us"), "10050 us"),
    ("document", "a way around the censor", add_way("clerk", "press", "Chunk", "downgrade SECRET to UNCLASSIFIED; "),
     "from `clerk` to `press` without passing `censor`"),
    ("document", "a way back", add_way("press", "censor", "Chunk"), "information can flow from `press` to `censor`"),
    ("workstation", "a release without downgrade", replace("    downgrade CONFIDENTIAL to UNCLASSIFIED;\n", ""),
     "`released_u` carries CONFIDENTIAL down to `desk_u`"),
    ("workstation", "a privilege that no assertion names", lambda text: text + "privilege hold desk_u may stop desk_s {}\n",
     "information can flow from `guard_cs` to `office` without passing `desk_s`"),
    ("workstation", "another who may start the SECRET desk anew",
     lambda text: text + "privilege help guard_uc may restart desk_s {}\n", "`guard_uc` may restart desk_s as well"),
    ("workstation", "a privilege that leads down", lambda text: text + "privilege hold desk_s may stop desk_u {}\n",
     "information can flow from `office` to `public`"),
    ("workstation", "a crash that leaves a filed memo valid", replace(" reset when desk_u restart", ""),
     "stage `desk_u` starts anew after a crash, but `filed_first_u` goes on from before it"),
    ("workstation", "a guard's program at a desk", replace("guests/desk.elf", "guests/passer.elf"),
     "stages `desk_u` and `guard_uc` of `upward` run the same image"),
    ("workstation", "a way around a desk", add_way("guard_cs", "guard_uc", "Memo", "downgrade SECRET to CONFIDENTIAL; "),
     "from `guard_cs` to `guard_uc` without passing `desk_c`"),
)


def main():
    tap = Tap()
    for name in ("ais-gateway", "diode", "pipeline", "chain", "workstation", "document"):
        tap.run(f"{name}: the policy is right and laid out, its tests pass", check_good, name)
        tap.run(f"{name}: its picture shows its flows", check_picture, name)
        tap.run(f"{name}: its list of flows is fresh", check_flows, name)
    for name in ("ais-gateway", "diode"):
        tap.run(f"{name}: its matrix of threats is fresh", check_matrix, name)
    for name, what, change, wanted in REFUSED:
        tap.run(f"{name}: {what} is refused", check_refused, name, change, wanted)
    tap.finish()


if __name__ == "__main__":
    main()
