#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""The audit chain: the log of a run verifies against the heads on the console; with a line dropped, edited or swapped, or with
another run's heads, it does not."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from expectation import read_file
from gateway import run_gateway
from host_tools import verify_audit
from runs import IMAGE, run_folder
from sentences import mixed_sentences
from tap import Tap, expect

SENTENCES = 40
RECORD = re.compile(r' record="([0-9a-f]+)"')


def make_run():
    """A short run with some denials. Returns its folder."""
    folder = run_folder("chain")
    run_gateway(folder, IMAGE, mixed_sentences(SENTENCES))
    return folder


def lines_with_records(lines):
    return [number for number, line in enumerate(lines) if RECORD.search(line)]


def drop_line(lines):
    del lines[lines_with_records(lines)[1]]


def drop_last_line(lines):
    del lines[lines_with_records(lines)[-1]]


def edit_record(lines):
    number = lines_with_records(lines)[1]
    record = RECORD.search(lines[number])
    at = record.end(1) - 1
    lines[number] = lines[number][:at] + ("1" if lines[number][at] == "0" else "0") + lines[number][at + 1:]


def edit_words(lines):
    """The readable part says something else than the record."""
    number = next(number for number in lines_with_records(lines) if ' event="denied"' in lines[number])
    lines[number] = lines[number].replace(' event="denied"', ' event="allowed"')


def swap_lines(lines):
    """Two lines of one ring."""
    ring = [number for number in lines_with_records(lines) if ' cpu="0"' in lines[number]]
    one, other = ring[1], ring[2]
    lines[one], lines[other] = lines[other], lines[one]


def check_whole(folder):
    verdict = verify_audit(os.path.join(folder, "audit.log"), os.path.join(folder, "console.log"), IMAGE)
    expect(verdict.good, verdict.figures)


def check_spoiled(folder, name, spoil):
    lines = read_file(os.path.join(folder, "audit.log")).splitlines(keepends=True)
    spoil(lines)
    path = os.path.join(folder, f"audit-{name}.log")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(lines)
    verdict = verify_audit(path, os.path.join(folder, "console.log"), IMAGE)
    expect(not verdict.good and verdict.figures.get("problems"), f"{path}: {verdict.figures}")


def check_other_head(folder):
    console = read_file(os.path.join(folder, "console.log"))
    path = os.path.join(folder, "console-other.log")
    with open(path, "w", encoding="utf-8") as file:
        file.write(re.sub(r"head=([0-9a-f])", lambda match: f"head={int(match[1], 16) ^ 1:x}", console))
    verdict = verify_audit(os.path.join(folder, "audit.log"), path, IMAGE)
    expect(not verdict.good, verdict.figures)


def main():
    tap = Tap()
    folder = make_run()
    tap.run("the log of a run verifies", check_whole, folder)
    for name, spoil in (("dropped", drop_line), ("last-dropped", drop_last_line), ("edited", edit_record),
                        ("reworded", edit_words), ("swapped", swap_lines)):
        tap.run(f"a log with a line {name} does not", check_spoiled, folder, name, spoil)
    tap.run("heads of another run do not fit", check_other_head, folder)
    tap.finish()


if __name__ == "__main__":
    main()
