#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""Memory that the policy has checked: a life begins if every byte is what it must be, and a kernel that copies one of them
wrongly (tests/faults) finds that, stops the subject on record and does nobody else any harm."""
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from host_tools import sound_log
from machine import BUILD, KERNEL, Machine
from runs import build_kernel, run_folder
from tap import Tap, expect_equal

IMAGE = os.path.join(BUILD, "test-digests.img")
BOOT_LIMIT_S = 120
END_LIMIT_S = 30
SETTLE_S = 1.0
RESTARTS = 2
NO_FAULT, MISCOPY = "", "miscopy"


class OnSvm:
    name, slowness = "digests", 1

    @staticmethod
    def machine(folder, image, kernel):
        return Machine(folder, image=image, kernel=kernel, tpm=False)


def run_system(backend, fault, said, recorded):
    """Runs it until COM2 says the one, the audit subject the other, and `triple` has ended. Returns the lives of `heir` and
    the log."""
    kernel = build_kernel(fault) if fault else KERNEL
    folder = run_folder(f"{backend.name}-{fault or 'sound'}")
    with backend.machine(folder, IMAGE, kernel) as machine:
        machine.low.wait_for(said, BOOT_LIMIT_S * backend.slowness)
        for end in (recorded, rb'event="stop"[^\n]*subject="triple"'):
            machine.audit.wait_for(end, BOOT_LIMIT_S * backend.slowness)
        time.sleep(SETTLE_S * backend.slowness)
        machine.audit.send(b"shutdown\n", END_LIMIT_S * backend.slowness)
        expect_equal(machine.wait_end(END_LIMIT_S * backend.slowness), "guest-shutdown", "end of the machine")
    log = sound_log(machine, folder, IMAGE)
    return re.findall(r"^heir epoch=(\d)", machine.low.text().replace("\r", ""), re.MULTILINE), log


def check_others(log):
    """Whose memory is not checked lives on, with a byte that is another; nobody else ends."""
    expect_equal(log.count("restart", subject="triple"), RESTARTS, "restarts of triple")
    expect_equal(log.count("stop", subject="triple", rule="fault"), 1, "stops of triple")
    expect_equal(sum(log.count(event, subject="spare") for event in ("restart", "stop", "corrupt")), 0, "what becomes of spare")


def check_sound(backend):
    lives, log = run_system(backend, NO_FAULT, rb"heir epoch=2", rb'event="restart"[^\n]*subject="heir"')
    expect_equal(lives, ["0", "1", "2"], "lives of heir")
    expect_equal(log.count("restart", subject="heir"), RESTARTS, "restarts of heir")
    expect_equal(log.count("corrupt"), 0, "memory that is not as it must be")
    check_others(log)


def check_miscopied(backend):
    lives, log = run_system(backend, MISCOPY, rb"heir epoch=0", rb'event="corrupt"[^\n]*subject="heir"')
    expect_equal(lives, ["0"], "lives of heir")
    expect_equal(log.count("restart", subject="heir"), 1, "restarts of heir")
    expect_equal(log.count("corrupt", subject="heir", rule="digest"), 1, "ends of heir")
    expect_equal(log.count("corrupt"), 1, "ends by the digest")
    check_others(log)


def main(backend=OnSvm):
    tap = Tap()
    tap.run("memory that is as the image says is entered, life after life", check_sound, backend)
    tap.run("a byte that is copied wrongly ends the subject, on record, and no other", check_miscopied, backend)
    tap.finish()


if __name__ == "__main__":
    main()
