#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The small examples of policy/examples, one run each: what comes out of the wires, and what stands on record."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from audit_log import AuditLog
from host_tools import verify_audit
from machine import BUILD, Machine
from runs import run_folder
from tap import Tap, expect, expect_equal

BOOT_LIMIT_S = 30
STEP_LIMIT_S = 15
END_LIMIT_S = 30
READING = re.compile(r"^reading number=(\d+) value=(-?\d+) sequence=(\d+) lost=(\d+)$", re.MULTILINE)
DIODE_VALUES = [value * value % 1009 - 500 for value in range(100)]


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
    log = AuditLog(machine.audit.text())
    expect(not log.damaged, log.damaged)
    verified = verify_audit(os.path.join(folder, "audit.log"), os.path.join(folder, "console.log"), image)
    expect(verified.good, verified.figures)
    return machine.low.text().replace("\r", ""), machine.high.text().replace("\r", ""), log


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
    expect_equal(log.count("denied") + log.count("stop") + log.count("restart"), 0, "denials, stops and restarts")


def main():
    tap = Tap()
    tap.run("diode: readings arrive in order and complete, nothing comes back", check_diode)
    tap.finish()


if __name__ == "__main__":
    main()
