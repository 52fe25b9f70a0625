#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""Memory that is not a subject's own, page by page, against core/isolation.md; and what `on violation` says. Argument: the
system, `walk` (to 2 GiB) or `walk-far` (to 1 TiB)."""
import argparse
import collections
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import isolation
from tap import Once, Tap, expect, expect_equal
from test_kernel import OnSvm, run_system

LIMIT_S = 600
GIB, MIB, PAGE, WAYS = 1 << 30, 1 << 20, 4096, ("read", "write", "execute")
RAM, INFO = 4 * MIB, GIB                  # tests/guests/policies/walk-subjects.policy, policy/compiler/layout.c
STRIDE, PAST_END, ALL_WAYS = 2 * MIB, MIB, 2 * GIB                  # tests/guests/walker.c
DEVICES, (APIC, *OTHERS) = isolation.devices()
TOP = {"walk": 2 * GIB, "walk-far": 1024 * GIB}


def touched(top):
    """(page, way) of all that `walker` does."""
    for end in (RAM, INFO + PAGE):
        yield from ((page, way) for page in range(end, end + PAST_END, PAGE) for way in WAYS)
    for page in range(0, top, STRIDE):
        yield from ((page, way) for way in (WAYS if page < ALL_WAYS else (WAYS[page // STRIDE % 3],)))
    for page in OTHERS + list(range(APIC, APIC + PAGE, 16)):
        yield from ((page, way) for way in WAYS)


def kind(page):
    if page in OTHERS or APIC <= page < APIC + PAGE:
        return DEVICES
    return "its RAM" if page < RAM else "its info page" if page == INFO else "all else"


def check_memory(name, com2, log):
    allowed = isolation.memory()
    expected = collections.Counter((page, way) for page, way in touched(TOP[name]) if allowed[kind(page)][WAYS.index(way)])
    seen = collections.Counter((int(page, 16), way) for way, page in re.findall(r"^walk own (\w+) (\w+)$", com2, re.MULTILINE))
    tried = sum(1 for _ in touched(TOP[name]))
    expect_equal(seen, expected, "memory that was not refused")
    expect_equal(re.findall(r"^walk odd .*$", com2, re.MULTILINE), [], "other outcomes")
    expect_equal(re.findall(r"^walk sweep tried=(\d+) refused=(\d+)$", com2, re.MULTILINE),
                 [(str(tried), str(tried - expected.total()))], "touched and refused")


def check_edges(name, com2, log):
    expect_equal(dict(re.findall(r"^walk edge (\S+) (\S+)$", com2, re.MULTILINE)), isolation.edges(),
                 "instructions in odd places")


def check_record(name, com2, log):
    rules = set(log.count_by("rule", "denied", subject="walker"))     # some records are lost, and counted
    expect("memory" in rules and rules <= {"memory", "msr", "port"}, f"rules that refused: {rules}")
    for event in ("restart", "stop"):
        expect_equal(log.count(event, subject="walker"), 0, f"events {event} of walker")


def check_violations(name, com2, log):
    for subject, restarts in (("final", 0), ("again", 2)):
        expect_equal(log.count_by("rule", "denied", subject=subject), {"port": restarts + 1}, f"denials of {subject}")
        expect_equal(log.count("restart", subject=subject, rule="port"), restarts, f"restarts of {subject}")
        expect_equal(log.count("stop", subject=subject, rule="port"), 1, f"stops of {subject}")


def main(backend=OnSvm, name="walk"):
    tap = Tap()
    system = Once(run_system, backend, name, rb"^walk done\r?$", rb'event="stop" subject="again"', LIMIT_S)

    def run_once(check):
        _, com2, log = system.get()
        check(name, com2, log)

    tap.run(f"memory to {TOP[name] // GIB} GiB is the subject's own or refused", run_once, check_memory)
    tap.run("instructions across borders, rewritten, at the top of memory do what core/isolation.md says", run_once,
            check_edges)
    tap.run("with `on violation inject` no refusal ends a life, nor does one in the delivery of an exception", run_once,
            check_record)
    tap.run("`on violation stop` and `restart` hold for ports, too", run_once, check_violations)
    tap.finish()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("system", nargs="?", default="walk", choices=TOP)
    main(OnSvm, parser.parse_args().system)
