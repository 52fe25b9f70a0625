#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a message on a direct channel costs in instructions, as callgrind counts them: they are the same on every machine."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
from counts import counts, missing
from tap import Once, Skip, Tap, expect

MOST, MOST_UNTRUSTED = 70, 20
COUNTED = Once(counts)


def told():
    if missing():
        raise Skip(missing())
    return COUNTED.get()


def check_message():
    seen = told()
    for way in ("direct", "lossy"):
        expect(seen[way] <= MOST, f"{way}: {seen[way]:.1f} instructions, at most {MOST} are promised")


def check_trust():
    seen = told()
    for checked, trusting in (("direct", "trusting"), ("batch", "trusting-batch")):
        more = seen[checked] - seen[trusting]
        expect(more <= MOST_UNTRUSTED, f"{checked}: {more:.1f} instructions more than its trusting twin, of {MOST_UNTRUSTED}")
        expect(seen[trusting] > 0, f"{trusting}: {seen[trusting]:.1f} instructions")


def check_valid():
    seen = told()
    for way in sorted(seen):
        print(f"# {way}: {seen[way]:.1f} instructions a message")
    expect(seen["position"] > seen["small"], "judging a PositionReport costs nothing")


def main():
    tap = Tap()
    tap.run(f"push and pop of 64 bytes, type and channel judged: at most {MOST} instructions", check_message)
    tap.run(f"not trusting the peer: at most {MOST_UNTRUSTED} instructions a message", check_trust)
    tap.run("a PositionReport is judged by its own check", check_valid)
    tap.finish()


if __name__ == "__main__":
    main()
