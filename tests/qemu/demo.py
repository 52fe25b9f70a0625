#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the AIS gateway in QEMU, feeds it, and sums up what became of every message.

usage: demo.py [--input FILE] [--hostile] [--out FOLDER] [--image FILE] [--kernel FILE] [--json]

Exit status 0 only if all of it is as the policy and the input say and nothing was lost; 3 if the emulator spoilt the run, see
emulator.py.
"""
import argparse
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from attacks import LIVES, check_attacks
from emulator import SLIPPED, SPOILT, has_slipped
from expectation import expect_log, simulate_fleet
from gateway import END_OF_INPUT, run_gateway
from host_tools import BUILD, compare_pcrs, verify_audit
from judgement import (Checks, check_audit, check_end, check_measuring, check_notices, check_rules, check_work, collect)
from machine import KERNEL
from summary import Screen, print_summary
from tap import Failure, Spoilt

LIMIT_S = 60                              # for the quiet run, build apart


def read_input(arguments):
    """The sentences to feed, and what must become of them."""
    if arguments.input:
        with open(arguments.input, "rb") as file:
            data = file.read()
        if END_OF_INPUT in data:
            raise Failure(f"{arguments.input} contains {END_OF_INPUT.decode()}, which ends a run of input")
        return data, expect_log(arguments.input, data)
    data, expected = simulate_fleet(os.path.join(BUILD, "bin", "fleet"), arguments.out)
    with open(os.path.join(arguments.out, "input.log"), "wb") as file:
        file.write(data)
    return data, expected


def judge_work(checks, arguments, run, figures, log, tracks, expected):
    if arguments.hostile:
        refused = figures["low"].get("denied", 0) if expected.refused is None else expected.refused
        figures["attacks"] = check_attacks(checks, run, log, tracks, refused)
    else:
        check_rules(checks, figures, log)
        if not arguments.input:
            checks.add(f"done within {LIMIT_S} s", run.seconds <= LIMIT_S, f"{run.seconds:.0f} s")
    check_work(checks, figures, log, tracks, expected, arguments.hostile)
    check_notices(checks, run, log, tracks)


def run_and_judge(arguments, say):
    """Returns the summary."""
    data, expected = read_input(arguments)
    console, audit = os.path.join(arguments.out, "console.log"), os.path.join(arguments.out, "audit.log")
    lock = os.path.splitext(arguments.image)[0] + ".lock"
    run, attested = run_gateway(arguments.out, arguments.image, data, tracks=len(expected.tracks or ()),
                                lives=LIVES if arguments.hostile else 0, say=say, kernel=arguments.kernel,
                                attest=lambda tcti: compare_pcrs(tcti, lock, console))
    figures, log, tracks = collect(run)
    figures["pcrs"] = attested.figures
    checks = Checks()
    check_end(checks, run)
    if not run.refused:
        verified = verify_audit(audit, console, arguments.image)
        figures["chain"] = verified.figures
        judge_work(checks, arguments, run, figures, log, tracks, expected)
        check_audit(checks, figures, verified)
    check_measuring(checks, figures, attested)
    return {"input": arguments.input or "the fleet simulator", "hostile": arguments.hostile, "refused": run.refused,
            "compared_with": expected.source, **figures, "checks": checks.list,
            "passed": not checks.failed()}


def parse_arguments():
    parser = argparse.ArgumentParser(description="Runs the AIS gateway in QEMU and sums up what became of every message.")
    parser.add_argument("--input", metavar="FILE", help="NMEA 0183 sentences; default: the fleet simulator's")
    parser.add_argument("--hostile", action="store_true", help="put an attacker in place of low")
    parser.add_argument("--out", metavar="FOLDER", default=os.path.join(BUILD, "demo"), help="where the logs go")
    parser.add_argument("--image", metavar="FILE", help="system image, its lock file beside it")
    parser.add_argument("--kernel", metavar="FILE", default=KERNEL)
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    arguments = parser.parse_args()
    if not arguments.image:
        arguments.image = os.path.join(BUILD, "ais-gateway-hostile.img" if arguments.hostile else "ais-gateway.img")
    for path in filter(None, (arguments.input, arguments.image, arguments.kernel)):
        if not os.path.exists(path):
            parser.error(f"{path} does not exist" + ("" if path == arguments.input else "; run make first"))
        if os.path.isdir(path) or not os.access(path, os.R_OK):
            parser.error(f"{path} is no file that can be read")
    return arguments


def end(arguments, status):
    """Exits; of what failed, says whether the emulator is to blame."""
    if status not in (0, SPOILT) and has_slipped(arguments.out):
        print(f"the emulator spoilt this run: {SLIPPED}; try again", file=sys.stderr)
        status = SPOILT
    sys.exit(status)


def main():
    arguments = parse_arguments()
    os.makedirs(arguments.out, exist_ok=True)
    summary_path = os.path.join(arguments.out, "summary.json")
    if os.path.exists(summary_path):
        os.remove(summary_path)           # of an earlier run: this one may not come to its end
    screen = Screen()
    try:
        summary = run_and_judge(arguments, screen.show if not arguments.json else lambda text: None)
    except Spoilt as spoilt:
        screen.clear()
        print(f"the emulator spoilt this run: {spoilt}; try again", file=sys.stderr)
        end(arguments, SPOILT)
    except Failure as failure:
        screen.clear()
        print(f"demo: {failure}\nlogs: {arguments.out}", file=sys.stderr)
        end(arguments, 1)
    except KeyboardInterrupt:
        screen.clear()
        sys.exit("demo: interrupted")
    with open(summary_path, "w", encoding="utf-8") as file:
        json.dump(summary, file, indent=2)
        file.write("\n")
    screen.clear()
    if arguments.json:
        print(json.dumps(summary, indent=2))
    else:
        print_summary(screen, summary, arguments.out)
    end(arguments, 0 if summary["passed"] else 1)


if __name__ == "__main__":
    main()
