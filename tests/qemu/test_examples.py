#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""The small examples of policy/examples, one run each: what comes out of the wires, and what stands on record."""
import hashlib
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from host_tools import sound_log
from machine import BUILD, Machine
from runs import run_folder
from tap import Tap, expect, expect_equal

BOOT_LIMIT_S = 30
STEP_LIMIT_S = 15
SETTLE_S = 0.5                        # a hundred frames
END_LIMIT_S = 30
READING = re.compile(r"^reading number=(\d+) value=(-?\d+) sequence=(\d+) lost=(\d+)$", re.MULTILINE)
MEMO = re.compile(r"^memo number=(\d+) marking=(\d+) body=(-?\d+)$", re.MULTILINE)
DOCUMENT = re.compile(r'^press document transfer=(\d+) length=(\d+) digest=([0-9a-f]{64}) first="(.*)"$', re.MULTILINE)
DIODE_VALUES = [value * value % 1009 - 500 for value in range(100)]
PIPELINE_INPUT = b"20 C\n68 F\n-500 C\n212 F\n300 K\n17 X\n27 C\n-100 C\n"
PIPELINE_OUTPUT = [("1", "200"), ("3", "850"), ("4", "268"), ("5", "270"), ("6", "-400")]


def lines_of(values):
    return "".join(f"{value}\n" for value in values).encode()


def run_example(name, drive):
    """Boots build/example-NAME.img, has `drive` use the wires, ends the run. Returns (text of COM2, of COM3, the audit log)."""
    folder, image = run_folder("example-" + name), os.path.join(BUILD, f"example-{name}.img")
    with Machine(folder, image=image, tpm=False) as machine:
        machine.low.wait_for(rb"^\w+ ready epoch=0\r?$", BOOT_LIMIT_S)
        machine.high.wait_for(rb"^\w+ ready epoch=0\r?$", BOOT_LIMIT_S)
        drive(machine)
        machine.audit.send(b"shutdown\n", END_LIMIT_S)
        expect_equal(machine.wait_end(END_LIMIT_S), "guest-shutdown", "end of the machine")
    log = sound_log(machine, folder, image)
    return machine.low.text().replace("\r", ""), machine.high.text().replace("\r", ""), log


def list_acts(log):
    """What subjects did wrong and what became of them: (event, subject, rule), equal ones in a row once."""
    return [(record["event"], record["subject"], record["rule"]) for record in log.records if "rule" in record]


def check_diode():
    """All readings arrive, in order; of what high says nothing is heard at low."""
    def drive(machine):
        machine.high.send(b"1\n2\n", STEP_LIMIT_S)
        machine.low.send(lines_of(DIODE_VALUES), STEP_LIMIT_S)
        machine.high.wait_for(rb"^reading number=%d " % len(DIODE_VALUES), STEP_LIMIT_S)

    low, high, log = run_example("diode", drive)
    wanted = [(str(number), str(value), str(number - 1), "0") for number, value in enumerate(DIODE_VALUES, 1)]
    expect_equal(READING.findall(high), wanted, "readings")
    expect_equal(low, "source ready epoch=0\n", "what low says")
    expect_equal(list_acts(log), [], "what is on record")


def check_pipeline():
    """Each stage does its work; the one that fails closes the line, is on record, and takes no other with it."""
    def drive(machine):
        machine.low.send(PIPELINE_INPUT, STEP_LIMIT_S)
        machine.high.wait_for(rb"^show status shown=%d\r?$" % len(PIPELINE_OUTPUT), STEP_LIMIT_S)
        machine.low.send(b"666 C\n25 C\n26 C\n", STEP_LIMIT_S)
        machine.low.wait_for(rb"^parse sent number=9\r?$", STEP_LIMIT_S)
        machine.high.wait_lines(machine.high.text().count("\n") + 3, STEP_LIMIT_S)

    low, high, log = run_example("pipeline", drive)
    expect_equal(re.findall(r"^show number=(\d+) value=(-?\d+)$", high, re.MULTILINE), PIPELINE_OUTPUT, "what comes out")
    expect_equal(low.count("parse refused\n"), 2, "lines that parse refuses")
    expect_equal(log.count_by("rule", "endorse"), {"released": len(PIPELINE_OUTPUT)}, "endorsements")
    others = [act for act in list_acts(log) if act[0] != "endorse"]
    expect_equal(others, [("denied", "filter", "fault"), ("stop", "filter", "fault")], "what else is on record")


def check_chain():
    """Tokens get all stamps; one that begins with a stamp is refused at the first link, and that is on record."""
    def drive(machine):
        machine.low.send(lines_of([0, 5, 0, 0]), STEP_LIMIT_S)
        machine.high.wait_for(rb"^reading number=4 ", STEP_LIMIT_S)

    _, high, log = run_example("chain", drive)
    expect_equal([reading[:2] for reading in READING.findall(high)], [(str(number), "22") for number in (1, 3, 4)], "tokens")
    expect_equal(list_acts(log), [("denied", "c01", "stamps00.where")], "what is on record")


def check_workstation():
    """Unclassified memos pass both ways, each release is on record; what is marked higher stays above its guard."""
    def drive(machine):
        machine.low.send(b"0 11\n1 12\n0 13\n", STEP_LIMIT_S)
        machine.high.wait_for(rb"^memo number=3 ", STEP_LIMIT_S)
        machine.high.send(b"0 21\n1 22\n2 23\n0 24\n", STEP_LIMIT_S)
        machine.low.wait_for(rb"^memo number=4 ", STEP_LIMIT_S)

    low, high, log = run_example("workstation", drive)
    expect_equal(MEMO.findall(high), [("1", "0", "11"), ("3", "0", "13")], "memos at SECRET")
    expect_equal(MEMO.findall(low), [("1", "0", "21"), ("4", "0", "24")], "memos at UNCLASSIFIED")
    expect_equal(log.count_by("rule", "denied"), {"written_u.where": 1}, "denials")
    expect_equal(log.count_by("rule", "downgrade"), {"released_c": 3, "released_u": 2}, "releases")


def send_act(line, act, wanted):
    """Has a desk use a privilege; waits for its answer."""
    line.send(act + b"\n", STEP_LIMIT_S)
    line.wait_for(rb"^desk %s %s\r?$" % (act, wanted), STEP_LIMIT_S)


def check_emergency():
    """In the alarm the SECRET desk stands still, and what came up to it meanwhile is read once all is clear. A desk that has
    crashed stays down until the watch starts it anew. Only the watch may do either, and all of it is on record."""
    def drive(machine):
        send_act(machine.high, b"alarm", b"denied")
        send_act(machine.low, b"alarm", b"done")
        time.sleep(SETTLE_S)
        machine.low.send(b"0 31\n", STEP_LIMIT_S)
        time.sleep(SETTLE_S)
        expect("memo" not in machine.high.text(), "a memo is read though the SECRET desk stands still")
        send_act(machine.low, b"all_clear", b"done")
        machine.high.wait_for(rb"^memo number=1 marking=0 body=31\r?$", STEP_LIMIT_S)
        machine.high.send(b"0 666\n", STEP_LIMIT_S)
        machine.audit.wait_for(rb'event="stop"', STEP_LIMIT_S)
        machine.low.send(b"0 32\n", STEP_LIMIT_S)
        machine.high.send(b"0 33\n", STEP_LIMIT_S)
        time.sleep(SETTLE_S)
        expect("body=32" not in machine.high.text() and "memo" not in machine.low.text(), "a desk that is down passes memos")
        send_act(machine.low, b"revive", b"done")
        machine.high.wait_for(rb"^desk ready epoch=1\r?$", STEP_LIMIT_S)
        machine.high.send(b"0 34\n", STEP_LIMIT_S)
        machine.low.wait_for(rb"^memo number=2 ", STEP_LIMIT_S)

    low, high, log = run_example("workstation", drive)
    expect_equal(MEMO.findall(high), [("1", "0", "31")], "memos at SECRET: what was on its way to a desk that crashes is lost")
    expect_equal(MEMO.findall(low), [("1", "0", "33"), ("2", "0", "34")], "memos at UNCLASSIFIED: the port keeps what waits")
    acts = list_acts(log)
    expect_equal([act[::2] for act in acts if act[1] == "desk_u"],
                 [("plan", "alarm"), ("plan", "all_clear"), ("order", "revive")], "acts of desk_u")
    expect_equal([act[::2] for act in acts if act[1] == "desk_s"],
                 [("denied", "privilege"), ("denied", "fault"), ("stop", "fault"), ("restart", "revive")], "acts of desk_s")


def check_document():
    """Whole documents come out with the digests that went in; what is not marked, or has the word in it, stays inside."""
    def lines(count, end):
        return b"".join(b"line %d of a document that is none of the press's business\n" % line for line in range(count)) + end

    released = [b"RELEASE\n", b"short\nRELEASE\n", lines(500, b"RELEASE\n")]
    kept = [lines(20, b""), lines(20, b"x" * (998 - len(lines(20, b"")) % 1000) + b"SECRET\nRELEASE\n")]
    expect_equal(kept[1].index(b"SECRET") % 1000, 998, "place of the word, which two chunks share")

    def drive(machine):
        for number, document in enumerate((released[0], kept[0], released[1], kept[1], released[2]), 1):
            machine.high.send(b"%d\n" % len(document) + document, STEP_LIMIT_S)
            machine.high.wait_for(rb"^clerk sent transfer=%d length=%d\r?$" % (number, len(document)), STEP_LIMIT_S)
        machine.low.wait_for(rb'^press document transfer=3 .*"\r?$', STEP_LIMIT_S)

    low, _, log = run_example("document", drive)
    wanted = [(str(number), str(len(document)), hashlib.sha256(document).hexdigest(), document.split(b"\n")[0].decode())
              for number, document in enumerate(released, 1)]
    expect_equal(DOCUMENT.findall(low), wanted, "documents that come out")
    expect_equal(low.count("\n"), 1 + len(released), "lines of the press: none of an error")
    chunks = sum(-(-len(document) // 1000) for document in released)
    expect_equal(log.count_by("rule", "downgrade"), {"released": len(released), "released_on": chunks}, "releases")
    expect_equal([act for act in list_acts(log) if act[0] != "downgrade"], [], "what else is on record")


def main():
    tap = Tap()
    tap.run("diode: readings arrive in order and complete, nothing comes back", check_diode)
    tap.run("pipeline: each stage does its work, one that crashes closes the line", check_pipeline)
    tap.run("chain: a token passes 24 subjects, each link counts its stamps", check_chain)
    tap.run("workstation: memos pass both ways, none below its marking", check_workstation)
    tap.run("workstation: in the alarm SECRET stands still; a desk that crashed stays down until revived", check_emergency)
    tap.run("document: whole documents come out as they went in, or not at all", check_document)
    tap.finish()


if __name__ == "__main__":
    main()
