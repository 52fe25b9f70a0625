#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A slice of the soak: what comes through channels is what was sent, and a hostile sender takes nothing from an honest one."""
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
from soak import IMAGE, MEDIATED, MODES, Cannot, direct, lines, mediated
from tap import Failure, Once, Skip, Tap, expect, expect_equal

DIRECT_COUNT, MEDIATED_COUNT, COUNTED = 2_000_000, 100_000, 2048
STAYS_WITHIN = 0.05
LIMIT_S = 120
COLLECTED = re.compile(r"Collected : (\d+)")


def sound(soak, *args):
    try:
        found = soak(*args, limit=LIMIT_S, quiet=True)
    except Cannot as cannot:
        raise Failure(str(cannot)) from None
    expect(found["wrong"] is None, f"{found['wrong']}\n" + "\n".join(lines(found)))
    return found


def check_direct(mode):
    found = sound(direct, mode, DIRECT_COUNT)
    expect_equal(found["taken"] + found["lost"], DIRECT_COUNT, "taken, and counted as lost")
    expect_equal(found["digest_taken"], found["digest_sent"], "digest of what came")


def check_mediated(soak):
    found = soak.get()
    seen = found["taken"], found["lost"], found["recorded"]
    expect_equal(seen, (MEDIATED_COUNT, 0, MEDIATED_COUNT), "taken, lost, recorded")
    expect_equal(found["digest_taken"], found["digest_sent"], "digest of what came")


def check_share(soak):
    found = soak.get()
    for line in list(lines(found))[-4:]:
        print("# " + line)
    for share in found["share"], found["share_at_worst"]:
        expect(share >= 1 - STAYS_WITHIN, f"the honest sender gets through {share:.3f} of what it does alone")


def instructions(phase):
    """Of all calls of the honest sender."""
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=counted_call",
                           MEDIATED, IMAGE, str(COUNTED), phase], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False, text=True)
    expect_equal(done.returncode, 0, f"status of a run that is counted\n{done.stdout}")
    return int(COLLECTED.search(done.stdout)[1]) / COUNTED


def check_instructions():
    if not shutil.which("valgrind"):
        raise Skip("valgrind is not installed")
    alone, beside = instructions("quiet"), instructions("hostile")
    print(f"# {alone:.1f} instructions a message alone, {beside:.1f} beside the hostile sender, by the host's compiler")
    expect(alone > 100, "a message costs next to nothing: what is counted is not the kernel's work")
    expect(abs(beside / alone - 1) <= STAYS_WITHIN, f"{beside:.1f} instructions a message are not {alone:.1f}")


def main():
    tap = Tap()
    for mode, text in MODES.items():
        tap.run(f"{DIRECT_COUNT:,} messages through a direct channel, {text}", check_direct, mode)
    soak = Once(sound, mediated, MEDIATED_COUNT)
    tap.run(f"{MEDIATED_COUNT:,} messages through a mediated channel, each on record", check_mediated, soak)
    tap.run("a hostile sender beside an honest one: that one gets as much through in a frame, within 5 %", check_share, soak)
    tap.run("nor do its messages cost it more instructions", check_instructions)
    tap.finish()


if __name__ == "__main__":
    main()
