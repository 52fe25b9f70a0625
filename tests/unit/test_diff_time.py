#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""When a restart resets a protocol, as `diff` says: once its subject's memory is in place, in windows that are its own or given
to it. At any other instant, sooner or later, other messages pass before it and after it: each change is wider and narrower."""
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
PLAN = "a 3 ms; b 1 ms; c 2 ms; log rest; }"
OTHERS = ((FLOWS, "privilege revive a may restart c { rate 1/s burst 1; }", ""),      # with it frames alone are both
          ("root.policy", "always, audit", "always, order, audit"))
LEND, BACK_TO = "privilege lend a may give window to c {}\n", "privilege reply c may give window to a {}\n"
NEXT = "privilege pass log may give window to a {}\n"
MONITOR = 'subject m monitors c { image "m.elf"; memory 4 MiB; }\n'


def more(words):
    return FLOWS, "plan normal", words + "plan normal"


# What is changed, the policy's own edits before it, and the words behind it.
CHANGES = (
    ("memory", (), ((FLOWS, 'c.elf"; memory 4 MiB', 'c.elf"; memory 64 MiB'),), r"memory 4194304 => memory 67108864"),
    ("verified memory", (), ((FLOWS, 'c.elf"; memory', 'c.elf"; verified memory'),), r"verified none => verified memory"),
    ("another image", (), ((FLOWS, '"c.elf"', '"d.elf"'),), r"image c.elf => image d.elf"),
    ("a shorter window", (), ((FLOWS, PLAN, PLAN.replace("c 2 ms", "c 100 us; idle 1_900 us")),),
     r"in plan normal .*from 4000 us for 2000 us => .*from 4000 us for 100 us"),
    ("windows in pieces", (), ((FLOWS, PLAN, PLAN.replace("c 2 ms; log rest;", "c 1 ms; log rest; c 1 ms;")),),
     r"c on cpu 0 from 4000 us for 2000 us => .*for 1000 us; c on cpu 0 from 9000 us for 1000 us"),
    ("a window behind another's", (), ((FLOWS, PLAN, PLAN.replace("b 1 ms; c 2 ms;", "c 2 ms; b 1 ms;")),),
     r"from 4000 us for 2000 us => .*from 3000 us for 2000 us"),
    ("other gaps between as many", ((FLOWS, PLAN, "c 500 us; a 3 ms; c 500 us; b 1 ms; c 500 us; idle 500 us; log rest; }"),),
     ((FLOWS, "b 1 ms; c 500 us; idle 500 us;", "b 1 ms; idle 500 us; c 500 us;"),), r"from 5000 us .*=> .*from 5500 us"),
    ("a longer frame", (), ((FLOWS, "log rest; }", "log rest; idle 990 ms; }"), (SITE, "frame = 10_000", "frame = 1_000_000")),
     r"in plan normal frame 10000 us.* => in plan normal frame 1000000 us"),
    ("whoever gives it a window", (), (more(LEND),),
     r"normal .*c on cpu 0.* => .*a on cpu 0 from 0 us for 3000 us"),
    ("whoever gives one to that one", (more(LEND),), (more(NEXT),), r".*=> .*log on cpu 0 from 6000 us for 4000 us"),
    ("a giver's window", (more(LEND),), ((FLOWS, PLAN, PLAN.replace("a 3 ms", "a 2 ms; idle 1 ms")),),
     r"a on cpu 0 from 0 us for 3000 us.* => .*from 0 us for 2000 us"),
    ("whom it gives its own", (), (more(BACK_TO),),
     r"may give its windows to none => may give its windows to a"),
    ("whom else a giver may give its own", (more(LEND),), (more("privilege also a may give window to log {}\n"),),
     r"who may give it theirs may give them to c => who may give it theirs may give them to .*log"),
    ("its monitor's memory", (more(MONITOR),), ((FLOWS, 'm.elf"; memory 4 MiB', 'm.elf"; memory 64 MiB'),),
     r"memory 4194304 => memory 67108864", "m"),
    ("a monitor", (), (more(MONITOR),), r"monitor none => monitor m"),
    ("memory and windows, told once", (), ((FLOWS, 'c.elf"; memory 4 MiB', 'c.elf"; memory 64 MiB'),
                                           (FLOWS, PLAN, PLAN.replace("c 2 ms", "c 1 ms; idle 1 ms"))),
     r"memory 4194304, in plan normal .* => memory 67108864, in plan normal "),
)
# The protocol, and what its reset does: opens something, or only closes.
AUTOMATA = (("a protocol that begins with less and more", RESET), ("a protocol that begins with less", CLOSES),
            ("an order that begins held", KEEPER), ("an order that holds later", AFTER))
# What does not decide it.
SILENT = (
    ("another's memory", (FLOWS, 'log.elf"; memory 4 MiB', 'log.elf"; memory 8 MiB')),
    ("another's window", (FLOWS, PLAN, PLAN.replace("log rest", "log 3 ms; idle 1 ms"))),
    ("a window in other units", (FLOWS, "c 2 ms;", "c 2_000 us;")),
)


def way_of(text, pattern):
    """Told once."""
    lines = [line for line in text.splitlines() if re.search(pattern, line)]
    expect_equal(len(lines), 1, f"{pattern!r} in:\n{text}")
    return re.findall(r" \((wider|narrower|wider and narrower)\)  ", lines[0])


def compare(folder, own, edits, back=False):
    pair = write(os.path.join(folder, "old"), own), write(os.path.join(folder, "new"), (*own, *edits))
    done = bulkhead("diff", *(reversed(pair) if back else pair))
    expect_equal(done.stderr, "", "no errors")
    return done


def check(protocol, own, edits, pattern, subject="c"):
    with tempfile.TemporaryDirectory() as folder:
        own = ((FLOWS, RESET, protocol), *OTHERS, *own)
        there, back = compare(folder, own, edits), compare(folder, own, edits, back=True)
        expect_equal(way_of(there.stdout, f"subject {subject}: rebuilt .*{pattern}"), ["wider and narrower"], there.stdout)
        for done in (there, back):
            expect_equal(way_of(done.stdout, f"subject {subject}: rebuilt "), ["wider and narrower"], done.stdout)
            expect("resets come at other instants" in done.stdout, done.stdout)
            expect_equal(done.returncode, 1, done.stdout)


def check_silent(protocol, edits, own=()):
    with tempfile.TemporaryDirectory() as folder:
        own = ((FLOWS, RESET, protocol), *OTHERS, *own)
        for back in (False, True):
            done = compare(folder, own, edits, back)
            expect("rebuilt" not in done.stdout and "instants" not in done.stdout, done.stdout)


def check_no_steps():
    """A protocol that the policy is refused for is compared as well."""
    with tempfile.TemporaryDirectory() as folder:
        may = ("root.policy", "sample, allow;", "sample, allow, protocol;")
        done = bulkhead("whatif", write(folder, (may,)), "--add", "protocol e { reset when c restart; }")
        expect_equal(done.returncode, 2, done.stdout + done.stderr)
        expect("the protocol has no steps" in done.stderr, done.stderr)


def main():
    tap = Tap()
    for what, protocol in AUTOMATA:
        for name, *case in CHANGES:
            tap.run(f"{what}: {name}", check, protocol, *case)
    for name, own, edits, *_ in CHANGES:
        tap.run(f"no reset: {name}", check_silent, NOTHING, edits, own)
    for name, edit in SILENT:
        tap.run(f"a reset: {name}", check_silent, RESET, (edit,))
    tap.run("a protocol without steps", check_no_steps)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
