#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""The demo as a person runs it: with the simulated fleet, and with logs of real receivers, whose tracks are compared here once
more with what an independent decoder found."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from expectation import is_in_range, is_inside, read_file, read_objects
from runs import SHARED, run_demo
from tap import Tap, expect, expect_equal, need_file


def expect_passed(run):
    expect(run.status == 0 and run.summary["passed"], run.output)


def check_fleet():
    run = run_demo("demo-fleet")
    expect_passed(run)
    figures = run.summary
    expect_equal(figures["low"]["reports"], 2000, "position reports")
    expect(figures["denied"]["total"] > 0 and figures["dropped_by_guard"] > 0, "the filters are not tried: " + run.output)
    expect_equal(figures["delivered"], 2000 - figures["denied"]["total"] - figures["dropped_by_guard"], "delivered")
    for name in ("high.jsonl", "low.log", "audit.log", "console.log"):
        expect(os.path.getsize(os.path.join(run.folder, name)) > 0, name + " is empty")


def check_log(name, delivered, denied, dropped):
    log = need_file(os.path.join(SHARED, name + ".log"))
    reports = read_objects(read_file(need_file(os.path.join(SHARED, name + ".positions.jsonl"))))
    run = run_demo("demo-" + name, "--input", log)
    tracks = read_objects(read_file(os.path.join(run.folder, "high.jsonl")))
    wanted = [report for report in reports if is_in_range(report) and not is_inside(report)]
    expect_equal(len(wanted), delivered, "reports that the gateway must let through")
    expect(tracks == wanted, run.output)
    expect_equal((run.summary["denied"]["total"], run.summary["dropped_by_guard"]), (denied, dropped), "denied, dropped")
    expect_passed(run)


def main():
    tap = Tap()
    tap.run("demo with the simulated fleet", check_fleet)
    tap.run("demo with a real log: 804 reports, 713 delivered", check_log, "ais-nmea-type6-fid55", 713, 11, 80)
    tap.run("demo with a real log: 144 reports, 141 delivered", check_log, "ais-nmea", 141, 3, 0)
    tap.finish()


if __name__ == "__main__":
    main()
