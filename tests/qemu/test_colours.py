#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""Subjects whose memory is scattered over the pages of their colours: it is all there, nobody else's, new in each life and with
nothing behind it."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import test_walk
from runs import RUNS
from tap import Once, Tap, expect, expect_equal
from test_kernel import OnSvm, check_answers, run_system

LIMIT_S = 300
PAINTERS, PAGE_WORDS = ("blue", "green", "red"), 512
ALL_DONE = rb"(?s)\A" + b"".join(rb'(?=.*subject="%s" rule="privilege")' % name.encode() for name in PAINTERS)
BLUE_PAGES = 2500 // 4                    # tests/guests/policies/colours-subjects.policy
USED_PAGES = 64                           # of them by program, page tables, stack


def check_painters(com2, com3, log):
    looks = re.findall(r"^paint epoch=(\d) words=(\d+) stale=(\d+) odd=(\d+) heard=(\d+)$", com3, re.MULTILINE)
    lives = [(epoch, stale, odd) for epoch, _, stale, odd, _ in looks]
    expect_equal(lives, [("0", "0", "0"), ("1", "0", "0")], "lives of blue")
    for _, words, _, _, heard in looks:
        expect(int(words) // PAGE_WORDS > BLUE_PAGES - USED_PAGES, f"{words} words are too little of its memory")
    expect(sum(int(look[4]) for look in looks) > 0, "blue heard nothing of red")
    for painter in PAINTERS:
        expect_equal(log.count("restart", subject=painter, rule="fault"), 1, f"restarts of {painter}")
        expect_equal(log.count("stop", subject=painter), 0, f"stops of {painter}")
        expect_equal(log.count_by("rule", "denied", subject=painter), {"fault": 1, "privilege": 1}, f"denials of {painter}")


def check_second_life(backend, com2, log):
    expect_equal(log.count("restart", subject="emulated", rule="monitor"), 1, "restarts of emulated")
    expect_equal(log.count("stop"), 0, "stops")


def check_walker(com2, com3, log):
    test_walk.check_memory("walk", com2, log)
    test_walk.check_record("walk", com2, log)


def main(backend=OnSvm):
    tap, systems = Tap(), {}

    def run_once(name, done, record, check):
        check(*systems.setdefault(name, Once(run_system, backend, name, done, record, LIMIT_S)).get())

    def run_colours(check):
        def with_com3(_, com2, log):
            with open(os.path.join(RUNS, f"{backend.name}-colours", "high.jsonl"), encoding="ascii") as com3:
                check(com2, com3.read().replace("\r", ""), log)

        run_once("colours", rb"^walk done\r?$", ALL_DONE, with_com3)

    served = "colours-served", rb"^emulated done\r?$", rb'event="restart" subject="emulated"'
    tap.run("each page of coloured memory is its own, and new in a new life", run_colours, check_painters)
    tap.run("behind coloured memory nothing is a subject's own", run_colours, check_walker)
    tap.run("a monitor works on its subject's coloured memory", run_once, *served, check_answers)
    tap.run("both of them start again", run_once, *served, check_second_life)
    tap.finish()


if __name__ == "__main__":
    main()
