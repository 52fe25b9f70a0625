#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a verdict of the reference monitor costs: a table, --json FILE, and a plot.

usage: verdicts.py [--samples N] [--json FILE]

Instructions are callgrind's and the same on every machine; `kernel` is decide() from the objects that the resident kernel is
linked of, which are made to be small, `-O2` as host tools have it. Times are a processor's, and noisy: each is beside a
dependent addition, one clock, measured around it."""
import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
from channels import spread
from counts import ROOT, missing
from plot import plot
from verdict_counts import (GROWN_PAYLOAD, HOST, MANY, MODELS, PLAIN, RESIDENT, build_grown, build_models, channels_for,
                            count_lines, count_long_parts, count_models, count_parts, count_verdict, prepare, sizes,
                            time_verdict, without_further)

PLOT = os.path.join(ROOT, os.environ.get("B", "build"), "bench-verdicts.svg")
MOST, MOST_NS, MOST_LINES = 25, 2.0, 1        # goals of a verdict on type, label and channel
BUILDS = {"kernel": RESIDENT, "-O2": HOST}
RULES, SUBJECTS = (10, 100, 1000, 10_000), (4, 16, 64, 250)
COLOURS = {"kernel": "#1f5fa8", "-O2": "#6f9fd0", "clocks, kernel": "#b05a00", "clocks, -O2": "#d9a066"}


def limits():
    """The image format's own: subjects, channels, rules."""
    with open(os.path.join(ROOT, "policy", "include", "policy", "image.h"), encoding="utf-8") as file:
        text = file.read()
    return tuple(int(re.search(rf"^#define IMAGE_MAX_{name} (\d+)u", text, re.MULTILINE)[1])
                 for name in ("SUBJECTS", "CHANNELS", "RULES"))


def measure_at(image, channel, rank, payload, samples):
    """{build: {instructions, ns, clocks}}"""
    found = {}
    for build, name in BUILDS.items():
        times = time_verdict(name, image, channel, rank, payload, samples)
        found[build] = {"instructions": count_verdict(name, image, channel, rank, payload),
                        "ns": spread([ns for ns, _ in times]), "clocks": spread([clocks for _, clocks in times])}
    return found


def grow(folder, samples):
    """{what: [(size, what the image has, figures)]}"""
    subjects_most, channels_most, rules_most = limits()
    rules = [(100, channels_for(100, r), r) for r in RULES] + [(subjects_most, channels_most, rules_most)]
    subjects = [(s, channels_for(s, 1000), 1000) for s in (*SUBJECTS, subjects_most)]
    grown = {"rules": [], "subjects": [], "types on one channel": []}
    for what, axis, places in (("rules", 2, rules), ("subjects", 0, subjects)):
        for place in places:
            image = build_grown(folder, *place)
            grown[what].append((place[axis], sizes(HOST, image), measure_at(image, "every", 0, GROWN_PAYLOAD, samples)))
    for many in MANY:
        image = build_models(folder, many)
        grown["types on one channel"].append((many, sizes(HOST, image), measure_at(image, "many", many - 1, "01", samples)))
    return grown


def measure(folder, samples):
    image = build_models(folder)
    return {"parts": {build: count_parts(name, image, folder) for build, name in BUILDS.items()},
            "long": {build: count_long_parts(name, image, folder) for build, name in BUILDS.items()},
            "models": {build: count_models(name, image) for build, name in BUILDS.items()},
            "commits": {channel: {build: count_verdict(name, image, channel, 0, "00", "decide_commit")
                                  for build, name in BUILDS.items()} for channel in (PLAIN, "narrowed_1", "stepped")},
            "lines": count_lines(RESIDENT, image), "hot": measure_at(image, PLAIN, 0, "01", samples),
            "grown": grow(folder, samples)}


def goals(found):
    """(what, seen, goal, whether it holds)"""
    bare = without_further(found["parts"]["kernel"])
    ns, lines = found["hot"]["kernel"]["ns"]["median"], found["lines"]["line"] + found["lines"].get("tables", 0)
    return [("instructions, type, label and channel", bare, MOST, bare <= MOST),
            ("ns hot, with plan and rate", ns, MOST_NS, ns <= MOST_NS),
            ("cache lines of policy", lines, MOST_LINES, lines <= MOST_LINES)]


def both(by_build):
    return "".join(f"{by_build[build]:10.1f}" for build in BUILDS)


def show_parts(found):
    print(f"\nWhere the instructions go, of the smallest message{'kernel':>24}{'-O2':>10}")
    parts = found["parts"]
    for part in parts["kernel"]:
        print(f"  {part:62}{both({build: parts[build][part] for build in BUILDS})}")
    print(f"  {'all':62}{both({build: sum(parts[build].values()) for build in BUILDS})}")
    print(f"  {'type, label and channel alone':62}{both({build: without_further(parts[build]) for build in BUILDS})}")
    long = found["long"]
    print("  the same of a message that its channel's line knows nothing of, by all checks:")
    for part in long["kernel"]:
        print(f"    {part:60}{both({build: long[build][part] for build in BUILDS})}")
    print(f"    {'all':60}{both({build: sum(long[build].values()) for build in BUILDS})}")
    lines = found["lines"]
    print(f"  cache lines loaded: {lines['line']} of channels' lines, {lines.get('tables', 0)} of the image's tables, "
          f"{lines.get('index', 0)} that tell where they are, {lines['state']} of the rate's state")


def show_models(found):
    print(f"\nWhat each further model adds: instructions{'kernel':>32}{'-O2':>10}")
    for number, m in enumerate(MODELS, 1):
        more = {build: found["models"][build][m.channel][1] for build in BUILDS}
        print(f"  {number:2} {m.what:59}{both(more)}")
    for channel, what in ((PLAIN, "decide_commit(): a token"), ("narrowed_1", "   of a restrict too"),
                          ("stepped", "   and a protocol's move")):
        print(f"     {what:59}{both(found['commits'][channel])}")


def show_growth(found):
    subjects, channels, rules = limits()
    print(f"\nGrowth; the format's limits are {subjects} subjects, {channels} channels, {rules} rules")
    for what, rows in found["grown"].items():
        print(f"  {what:22}{'subjects channels  rules':>26}{'kernel: instructions, clocks, ns':>36}{'-O2':>8}")
        for size, has, figures in rows:
            print(f"  {size:20}{has['subjects']:12}{has['channels']:9}{has['rules']:7}"
                  + "".join(f"{f['instructions']:15.1f}{f['clocks']['median']:8.1f}{f['ns']['median']:8.1f}"
                            for f in figures.values()))


def show_goals(rows):
    print(f"\nGoals{'kernel':>47}{'goal':>10}")
    for what, seen, goal, holds in rows:
        print(f"  {what:42}{seen:8.1f}{f'<= {goal}':>10}  {'' if holds else 'missed'}".rstrip())


def same(value):
    return {"median": value, "low": value, "high": value}


def draw(found):
    models = [(str(number), {build: same(found["models"][build][m.channel][1]) for build in BUILDS})
              for number, m in enumerate(MODELS, 1)]
    panels = [("instructions that each model adds, by its number in the table", 200, models)]
    for what, rows in found["grown"].items():
        groups = [(str(size), {**{build: same(f["instructions"]) for build, f in figures.items()},
                               **{f"clocks, {build}": f["clocks"] for build, f in figures.items()}})
                  for size, _, figures in rows]
        panels.append((f"instructions and clocks of a verdict, by {what}", 1000, groups))
    return plot(panels, COLOURS)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=40)
    parser.add_argument("--json")
    options = parser.parse_args()
    if missing():
        sys.exit("bench-verdicts: " + missing())
    folder = tempfile.mkdtemp(prefix="bulkhead-verdicts-")
    try:
        prepare(folder)
        found = measure(folder, options.samples)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    show_parts(found)
    show_models(found)
    show_growth(found)
    show_goals(goals(found))
    with open(PLOT, "w", encoding="utf-8") as file:
        file.write(draw(found))
    print(f"\nplot: {os.path.relpath(PLOT, ROOT)}; load {os.getloadavg()[0]:.1f}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({**found, "goals": [dict(zip(("what", "seen", "goal", "holds"), row)) for row in goals(found)]}, file,
                      indent=1)


if __name__ == "__main__":
    main()
