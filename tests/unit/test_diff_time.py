#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How soon a restart resets a protocol, as `diff` says: what its subject's memory takes to be in place in its windows. Later is
wider, for what the reset closes stays open; sooner is narrower, unless the reset may open something as well."""
import os
import re
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]
from tap import Tap, expect, expect_equal
from test_diff_parts import FLOWS, SITE, bulkhead, write

PROTOCOL = "protocol pp { from idle on report_in to open; from open on go to open; from open after late to idle; "
RESET = PROTOCOL + "reset when c restart; }"
NOTHING = PROTOCOL + "}"
CLOSES = "protocol pp { from shut on go to shut; from shut on report_in to open; from open on go to shut; " \
         "from open on report_in to open; from open on report_on to open; reset when c restart; }"
KEEPER = "order first: never report_on until report_in reset when c restart;"
AFTER = "order over: after go never report_in reset when c restart;"
PLAN = "c 2 ms; log rest; }"
REVIVE = (FLOWS, "privilege revive a may restart c { rate 1/s burst 1; }", "")      # with it frames alone are both
MAY = ("root.policy", "always, audit", "always, order, audit")
# What is changed; the words behind it: later, and sooner on the way back.
CHANGES = (
    ("memory", (FLOWS, 'c.elf"; memory 4 MiB', 'c.elf"; memory 64 MiB'), r"subject c: memory 4194304 => 67108864 "),
    ("verified memory", (FLOWS, 'c.elf"; memory', 'c.elf"; verified memory'), r"subject c: verified none => memory "),
    ("a shorter window", (FLOWS, PLAN, "c 100 us; idle 1_900 us; log rest; }"),
     r"subject c: rebuilt in plan normal 2000 of 10000 us.* => 100 of 10000 us"),
    ("windows in pieces", (FLOWS, PLAN, "c 1 ms; log rest; c 1 ms; }"), r"windows from 1000 us"),
    ("a longer frame", (FLOWS, "c 2 ms; log rest; } cpu 1 { idle frame; }",
                        "c 2 ms; log rest; idle 990 ms; } cpu 1 { idle frame; }"),
     r"rebuilt in plan normal .*waits to 8000 us => 2000 of 1000000 us, .*waits to 998000 us"),
)
FRAME = ((SITE, "frame = 10_000", "frame = 1_000_000"),)
# The protocol, and what its reset does: opens something, or only closes.
AUTOMATA = (("a protocol that begins with less and more", RESET, True), ("a protocol that begins with less", CLOSES, False),
            ("an order that begins held", KEEPER, False), ("an order that holds later", AFTER, True))


def way_of(text, pattern):
    lines = [line for line in text.splitlines() if re.search(pattern, line)]
    expect_equal(len(lines), 1, f"{pattern!r} in:\n{text}")
    return re.findall(r" \((wider|narrower|wider and narrower)\)  ", lines[0])


def compare(folder, protocol, edit, back):
    own = ((FLOWS, RESET, protocol), REVIVE, MAY)
    edits = (edit,) + (FRAME if "990 ms" in edit[2] else ())
    pair = write(os.path.join(folder, "old"), own), write(os.path.join(folder, "new"), own + edits)
    done = bulkhead("diff", *(reversed(pair) if back else pair))
    expect_equal(done.stderr, "", "no errors")
    return done


def check(protocol, opens, edit, pattern):
    with tempfile.TemporaryDirectory() as folder:
        pieces, hashed = "log rest; c 1 ms" in edit[2], "verified" in edit[2]
        there, back = compare(folder, protocol, edit, False), compare(folder, protocol, edit, True)
        both = opens or pieces or hashed
        expect_equal(there.returncode, 1, there.stdout)
        expect_equal(way_of(there.stdout, pattern), ["wider and narrower" if both else "wider"], there.stdout)
        expect("what its restart resets stays as it is until its memory is in place" in there.stdout, there.stdout)
        said = re.findall(r" \((narrower|wider|wider and narrower)\)  ", back.stdout)
        expect_equal(set(said), {"wider and narrower" if both else "narrower"}, back.stdout)
        expect_equal(back.returncode, 1 if both else 0, back.stdout)


def check_none(edit):
    """Without a reset no more is open for it; verified memory is narrower then."""
    with tempfile.TemporaryDirectory() as folder:
        for back in (False, True):
            done = compare(folder, NOTHING, edit, back)
            expect("rebuilt" not in done.stdout and "what its restart resets" not in done.stdout, done.stdout)


def main():
    tap = Tap()
    for what, protocol, opens in AUTOMATA:
        for name, edit, pattern in CHANGES:
            tap.run(f"{what}: {name}", check, protocol, opens, edit, pattern)
    for name, edit, _ in CHANGES:
        tap.run(f"no reset: {name}", check_none, edit)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
