#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a verdict costs in instructions, as callgrind counts them in the kernel's own objects: the same on every machine. Of a
verdict on type, label and channel the goals are held; of all else what it takes, so that it does not grow."""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
from counts import missing
from tap import Once, Skip, Tap, expect, expect_equal
from verdict_counts import (GROWN_PAYLOAD, HOST, LIMIT_S, MODELS, RESIDENT, build_grown, build_models,
                            channels_for, command, count_lines, count_long_parts, count_models, count_parts, count_verdict,
                            prepare, without_further)

MOST, MOST_LINES = 25, {"line": 1, "state": 1}       # the goals; nothing of the image's tables
LONG_MOST = 165                       # type, label and channel where no line tells
# Beyond the smallest message, that its line decides: the first field's range 19, a further one 12; all that goes the long way.
HELD = {"free_1": 0, "range_1": 19, "range_2": 12, "signed_1": 19, "set_1": 97, "zero_4": 19, "union_1": 165, "where_1": 203,
        "planned": 0, "released": 0, "unrated": 0, "narrowed_1": 167, "narrowed_2": 186, "stepped": 203, "matched": 231,
        "timed": 217, "ordered": 214}
GRANT = 11                            # an `allow` of the same channel before the message's own
RULES, SUBJECTS, MANY = (10, 1000), (4, 100), (2, 65)


def built(make, *args):
    if missing():
        raise Skip(missing())
    return make(*args)


def check_bare(folder, models):
    seen = without_further(count_parts(RESIDENT, models.get(), folder))
    expect(seen <= MOST, f"type, label and channel: {seen:.1f} instructions, {MOST} are held")
    lines = count_lines(RESIDENT, models.get())
    expect_equal(sorted(lines), sorted(MOST_LINES), "what a verdict loads from")
    for what, most in MOST_LINES.items():
        expect(lines[what] <= most, f"{what}: {lines[what]} cache lines, {most} are held")


def check_models(models):
    told = count_models(RESIDENT, models.get(), [m for m in MODELS if m.channel in HELD])
    for channel, most in HELD.items():
        more = told[channel][1]
        print(f"# {channel}: {more:.1f} instructions more")
        expect(more <= most, f"{channel}: {more:.1f} instructions more, {most} are held")
    expect(told["range_2"][1] > 0 and told["matched"][1] > told["stepped"][1] > 0, "a range or a protocol costs nothing")


def check_flat(folder, places):
    """Not one instruction more."""
    seen = [count_verdict(RESIDENT, build_grown(folder, *place), "every", 0, GROWN_PAYLOAD) for place in places]
    expect(seen[0] == seen[1] > MOST, f"{seen[0]:.3f} instructions, then {seen[1]:.3f}")


def check_grants(folder):
    """The one thing that a verdict grows by: how many `allow` rules of the channel stand before the message's."""
    few, many = MANY
    seen = {n: count_verdict(RESIDENT, build_models(folder, n), "many", n - 1, "01") for n in MANY}
    each = (seen[many] - seen[few]) / (many - few)
    expect(0 < each <= GRANT, f"{each:.2f} instructions for each type before it, {GRANT} are held")


def check_long(folder, models):
    """And whatever a message has wrong, its channel's line and all checks say the same of it."""
    seen = without_further(count_long_parts(RESIDENT, models.get(), folder))
    expect(MOST < seen <= LONG_MOST, f"{seen:.1f} instructions, at most {LONG_MOST}")
    for m in MODELS:
        for name in (RESIDENT, HOST):
            subprocess.run(command(name, models.get(), m.channel, 0, m.payload, "both"), check=True, timeout=LIMIT_S,
                           stdout=subprocess.DEVNULL)


def main():
    tap = Tap()
    folder = tempfile.mkdtemp(prefix="bulkhead-verdicts-")
    models = Once(built, build_models, folder)
    try:
        prepare(folder)
        tap.run(f"type, label and channel: at most {MOST} instructions", check_bare, folder, models)
        tap.run("what each model adds", check_models, models)
        tap.run(f"as many instructions with {RULES[1]} rules as with {RULES[0]}", built, check_flat, folder,
                [(100, channels_for(100, rules), rules) for rules in RULES])
        tap.run(f"as many instructions with {SUBJECTS[1]} subjects as with {SUBJECTS[0]}", built, check_flat, folder,
                [(subjects, channels_for(subjects, 1000), 1000) for subjects in SUBJECTS])
        tap.run(f"at most {GRANT} instructions for each type before the message's on its channel", built, check_grants, folder)
        tap.run(f"without its channel's line at most {LONG_MOST}, and the same verdicts", check_long, folder, models)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    tap.finish()


if __name__ == "__main__":
    main()
