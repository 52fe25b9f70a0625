#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints path lengths on Intel VMX in instructions, guest and host, beside their aims. Bochs advances the time stamp counter by
one for each instruction, so that the figures repeat. Two CPUs take turns of five, and it advances by five once both have had
theirs: a figure of one CPU counts that CPU's own instructions alone. README.md says what is counted."""
import argparse
import os
import re
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
from bochs import Bochs, OnBochs
from machine import BUILD
from runs import run_folder
from stops import count_switches
from tap import Failure, Skip

STARTS_IMAGE = os.path.join(BUILD, "test-starts-slow.img")
FLOOD = 1982                              # a secret that `meddler` floods by
CALLS, CALLS_SWITCHES = 38911, 20         # one by which it writes to its registers at once, then for long to no record
STOPS, FLOODED_STOPS = 3000, 6000
LIMIT_S, STARTS_LIMIT_S = 300, 900
REFLECTS = ("reflect", "reflect-alarm", "reflect-all", "reflect-both")
RESULT = re.compile(r"^(?:bench|bell|notify) (\S+) ticks=(\d+)", re.MULTILINE)
INTERRUPT, SWITCH = "external interrupt to its subject", "switch of subjects, before it waits"
AIMS = {"null hypercall, round trip": 80, "notify, same CPU": 150, "exit to the monitor, few fields": 500,
        "call and reply, the window given": 250, INTERRUPT: 200, SWITCH: 400,
        "  the notifier's CPU": 200, "  the other CPU": 200}
MISSED = {"call and reply, the window given": 288}        # aims that are not reached, and what is held instead


def count(name, cpus, paths):
    """What the guest of build/test-NAME.img tells: {path: instructions}."""
    with Bochs(run_folder("bench-bochs-" + name), os.path.join(BUILD, f"test-{name}.img"), OnBochs.model, cpus=cpus) as machine:
        machine.low.wait_for(rb"^%s done\r?$" % name.encode(), LIMIT_S)
        if "interrupt" in paths:
            machine.high.wait_for(rb"^bell ready\r?$", LIMIT_S)
        told = {path: int(ticks) for path, ticks in RESULT.findall(machine.low.text() + machine.high.text())}
    missing = [path for path in paths if path not in told]
    if missing:
        said = machine.low.text() + machine.high.text()
        raise Failure(f"the guest of test-{name}.img says nothing of {', '.join(missing)}:\n{said}")
    return told


def derive(one, two, switch):
    """(path, instructions, remark) of each path, counted on one CPU and across two."""
    return (
        ("null hypercall, round trip", one["null"], ""),
        ("notify, same CPU", one["notify"], ""),
        ("receive", one["receive"], ""),
        ("exit to the monitor, few fields", one["reflect"], "and back, no alarm"),
        ("  with an alarm", one["reflect-alarm"], ""),
        ("  all fields shown", one["reflect-all"], ""),
        ("  both, as the monitor `pc` has it", one["reflect-both"], ""),
        ("call and reply, the window given", one["call"], ""),
        (INTERRUPT, one["interrupt"], ""),
        (SWITCH, switch, "putting system call registers away, with nothing to be said to the audit"),
        ("mediated send of a 64-byte message", one["send"], ""),
        ("send that is denied and recorded", one["deny"], ""),
        ("notify across CPUs", two["call"] + two["running"], "the two below"),
        ("  the notifier's CPU", two["call"], "from its hypercall, which kicks the other CPU, to its next instruction"),
        ("  the other CPU", two["running"], "from the kick until the receiver, which runs, has had the interrupt"),
        ("  one after the other", two["waiting"], "from the hypercall to the first instruction of a receiver that waits"),
    )


def count_all():
    """What derive() makes of the images for both."""
    return derive(count("bench", 1, ("null", "notify", "receive", *REFLECTS, "call", "send", "deny", "interrupt")),
                  count("notify", 2, ("call", "running", "waiting")),
                  count_switch())


def tell_secret(machine, secret=FLOOD):
    machine.low.wait_for(rb"^meddler ready\r?$", LIMIT_S)
    machine.low.send(b"%016x" % secret, LIMIT_S)


def count_switch():
    """The most of the first switches that put system call registers away."""
    switches = count_switches(run_folder("bench-bochs-switches"), STARTS_IMAGE, STOPS,
                              lambda machine: tell_secret(machine, CALLS))
    taken = [instructions for instructions, put in switches if put][:CALLS_SWITCHES]
    if len(taken) < CALLS_SWITCHES:
        raise Failure(f"{len(taken)} switches only put system call registers away")
    return max(taken)


def count_starts():
    """(windows' starts that `witness` saw beside a subject that floods, ticks that they deviate, how many are missed)."""
    with Bochs(run_folder("bench-bochs-starts"), STARTS_IMAGE, OnBochs.model, cpus=1) as machine:
        tell_secret(machine)
        done = machine.high.wait_for(rb"^witness done starts=(\d+) deviation=(\d+) missed=(\d+) khz=\d+\r?$", STARTS_LIMIT_S)
        return tuple(map(int, done.groups()))


def most(path):
    """What a path may take: its aim, or where that is missed what it is known to take."""
    return MISSED.get(path, AIMS[path])


def tell_aim(path):
    return f"aim: at most {AIMS[path]:,}{', missed' if path in MISSED else ''}" if path in AIMS else ""


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    print("bench-bochs: counting, on one CPU and on two ...", file=sys.stderr, flush=True)
    try:
        rows = count_all()
        flooded, _ = max(count_switches(run_folder("bench-bochs-flood"), STARTS_IMAGE, FLOODED_STOPS, tell_secret))
        starts, deviation, missed = count_starts()
    except (Failure, Skip) as failure:
        sys.exit(f"bench-bochs: {failure}")
    print(f"Path lengths on Intel VMX ({OnBochs.model}) in instructions, guest and host together; of many rounds")
    for path, instructions, remark in rows:
        print(f"  {path:36}{instructions:8,}  {'; '.join(filter(None, (remark, tell_aim(path))))}".rstrip())
    print(f"A switch where a subject floods, with what the audit is told then: {flooded:,} at most of those seen")
    print(f"Windows' starts beside it: {starts:,}, missed {missed:,}; deviation from the plan {deviation:,}  aim: 0")
    over = [path.strip() for path, instructions, _ in rows if path in AIMS and instructions > most(path)]
    over += ["windows' starts"] if deviation + missed else []
    sys.exit(f"bench-bochs: {', '.join(over)}: more than they may take" if over else 0)


if __name__ == "__main__":
    main()
