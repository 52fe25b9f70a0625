# SPDX-License-Identifier: Apache-2.0
"""What tests/guests/honest.c says, and what it must say: a sum that anyone can compute from the number of steps."""
import re

LINE = re.compile(r"^honest steps=(\d+) sum=(\w+) wrong=(\d+) peer=(\d+) peersum=(\w+) odd=(\d+)$", re.MULTILINE)
FACTOR, TERM, MODULUS = 6364136223846793005, 1442695040888963407, 1 << 64


def sum_after(steps):
    """The sum that `honest` has after so many steps: x -> FACTOR * x + TERM, applied by doubling."""
    result, factor, term = 0, FACTOR, TERM
    while steps:
        if steps % 2:
            result = (result * factor + term) % MODULUS
        term, factor, steps = (factor * term + term) % MODULUS, factor * factor % MODULUS, steps // 2
    return result


def progress(text):
    """(steps of the one that tells, steps of its peer) in the last whole line of what it said; none: (0, 0)."""
    lines = LINE.findall(text.replace("\r", "").rpartition("\n")[0])
    return (int(lines[-1][0]), int(lines[-1][3])) if lines else (0, 0)
