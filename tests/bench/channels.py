#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Direct channels beside queues of others, between two processes on two CPUs: a table, --json FILE, and a plot.

usage: channels.py [--rounds N] [--json FILE] [--only NAME-PART]

Every figure is a ratio to what the machine could do around the same sample: round trips to that of a bare flag, throughput to
bulk copies of 16 KiB. Samples during which the CPUs' placement moved, or another program had one of them, are left
out; near and far ones are told apart."""
import argparse
import collections
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
from counts import counts, missing
from plot import plot

ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, os.environ.get("B", "build"))
PROGRAM = os.path.join(BUILD, "bench", "bench_channels")
PLOT = os.path.join(BUILD, "bench-channels.svg")
NEAR_NS, FAR_NS, MOVED = 90, 150, 1.25        # of the flag's round trip; by what its two measurements may differ
OURS = ("direct", "direct batch 32")
TWINS = ("trusting twin", "trusting twin batch 32")
PEERS = ("ck_ring", "boost spsc_queue", "rte_ring", "rte_ring burst 32", "pipe", "AF_UNIX seqpacket")
TRIP_GOAL, TRIP_SIZES = 1.2, (8, 56)
COPY_GOALS = {64: 0.60, 256: 1.05, 1024: 1.10, 4096: 1.15}
BURST_GOAL, TRUST_GOAL = 1.1, 0.05
COUNT_GOALS = {"direct": 70}
COLOURS = {"direct": "#1f5fa8", "direct batch 32": "#12355f", "direct lossy batch 32": "#6f9fd0", "trusting twin": "#8a8a8a",
           "trusting twin batch 32": "#5a5a5a", "ck_ring": "#b05a00", "boost spsc_queue": "#b3202a", "rte_ring": "#3a7d34",
           "rte_ring burst 32": "#1f4f1b", "pipe": "#9a7fb0", "AF_UNIX seqpacket": "#6a4f80"}
PANELS = {"trip": ("round trip / flag round trip (less is better)", 8.0),
          "way": ("throughput / bulk copy (more is better)", 2.0)}

Sample = collections.namedtuple("Sample", "name size kind value extra ratio place")


def place(before, after):
    """Where the two CPUs were: None if they moved."""
    if max(before, after) > MOVED * min(before, after):
        return None
    mean = (before + after) / 2
    return "near" if mean < NEAR_NS else "far" if mean > FAR_NS else "between"


def parse(line):
    name, size, kind, *numbers = line.split("|")
    value, extra, flag_before, flag_after, bulk_before, bulk_after, disturbed = map(float, numbers)
    base = (flag_before + flag_after) / 2 if kind == "trip" else (bulk_before + bulk_after) / 2 / int(size)
    return Sample(name, int(size), kind, value, extra, value / base, None if disturbed else place(flag_before, flag_after))


def measure(rounds, only):
    done = subprocess.run([PROGRAM, str(rounds), only], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True, text=True)
    return [parse(line) for line in done.stdout.splitlines()]


def spread(values):
    values = sorted(values)
    return {"median": statistics.median(values), "low": values[len(values) // 10], "high": values[-1 - len(values) // 10],
            "samples": len(values)}


def summed_up(samples):
    """{(place, kind, size, name): figures}"""
    groups = collections.defaultdict(list)
    for s in samples:
        if s.place:
            groups[s.place, s.kind, s.size, s.name].append(s)
    return {key: {"ratio": spread([s.ratio for s in group]), "value": spread([s.value for s in group]),
                  "extra": statistics.median(s.extra for s in group)} for key, group in groups.items()}


def best(figures, where, kind, size, names):
    seen = [figures[where, kind, size, n]["ratio"]["median"] for n in names if (where, kind, size, n) in figures]
    if not seen:
        return None
    return min(seen) if kind == "trip" else max(seen)


def goals(figures, where, counted):
    """(what, seen, the best peer's, goal, whether it holds)"""
    rows = []
    for size in TRIP_SIZES:
        seen, peer = (best(figures, where, "trip", size, names) for names in (OURS, PEERS))
        if seen:
            rows.append((f"round trip / flag, {size} B", seen, peer, f"<= {TRIP_GOAL}", seen <= TRIP_GOAL))
    for size, least in COPY_GOALS.items():
        seen, peer = (best(figures, where, "way", size, names) for names in (OURS, PEERS))
        if seen:
            rows.append((f"throughput / bulk copy, {size} B", seen, peer, f">= {least}", seen >= least))
    seen, peer = (best(figures, where, "way", 8, names) for names in (OURS, ("rte_ring burst 32",)))
    if seen and peer:
        rows.append(("8 B / rte_ring burst 32", seen / peer, 1.0, f">= {BURST_GOAL}", seen / peer >= BURST_GOAL))
    costs = [1 - best(figures, where, "way", size, OURS) / best(figures, where, "way", size, TWINS) for size in COPY_GOALS
             if best(figures, where, "way", size, OURS) and best(figures, where, "way", size, TWINS)]
    if costs:
        cost = statistics.median(costs)
        rows.append(("throughput that not trusting costs", cost, None, f"<= {TRUST_GOAL}", cost <= TRUST_GOAL))
    if counted:
        for way, most in COUNT_GOALS.items():
            rows.append((f"instructions, 64 B push + pop ({way})", counted[way], None, f"<= {most}", counted[way] <= most))
        more = counted["direct"] - counted["trusting"]
        rows.append(("instructions that not trusting costs", more, None, "<= 20", more <= 20))
        rows.append(("instructions, PositionReport, validated", counted["position"], None, "", True))
    return rows


def show_figures(figures, where):
    print(f"\nCPUs {where}: median ratio (a tenth of the samples below .. above), samples")
    for kind, head in (("trip", "round trip / flag round trip; ns"),
                       ("way", "throughput / bulk copy; million messages a second")):
        print(f"  {head}")
        for (at, k, size, name), f in sorted(figures.items(), key=lambda i: (i[0][2], i[0][3])):
            if (at, k) != (where, kind):
                continue
            ratio, value = f["ratio"], f["value"]["median"] / (1 if kind == "trip" else 1e6)
            came = f"  {100 * f['extra']:.0f} % came" if kind == "way" and f["extra"] < 1 else ""
            print(f"    {size:5} B  {name:24}{ratio['median']:8.2f} ({ratio['low']:.2f} .. {ratio['high']:.2f})"
                  f"{value:10.1f}  n={ratio['samples']}{came}")


def show_goals(rows, where):
    print(f"\nGoals, CPUs {where}:{'ours':>37}{'best peer':>12}{'goal':>12}")
    for what, seen, peer, goal, holds in rows:
        other = "" if peer is None else f"{peer:.2f}"
        print(f"  {what:42}{seen:10.2f}{other:>12}{goal:>12}  {'' if holds else 'missed'}".rstrip())


def draw(figures, places):
    panels = []
    for where in places:
        for kind, (head, most) in PANELS.items():
            sizes = sorted({key[2] for key in figures if key[:2] == (where, kind)})
            groups = [(f"{size} B", {key[3]: f["ratio"] for key, f in figures.items() if key[:3] == (where, kind, size)})
                      for size in sizes]
            panels.append((f"{head}, CPUs {where}", most, groups))
    return plot(panels, COLOURS)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("bench-channels: two processes need two CPUs")
    samples = measure(options.rounds, options.only)
    figures, counted = summed_up(samples), None if missing() else counts()
    places = sorted({key[0] for key in figures})
    print(f"{len(samples)} samples; {sum(s.place is None for s in samples)} left out: the CPUs moved, or others had them; "
          f"load {os.getloadavg()[0]:.1f}")
    verdicts = {}
    for where in places:
        show_figures(figures, where)
        verdicts[where] = goals(figures, where, counted)
        show_goals(verdicts[where], where)
    with open(PLOT, "w", encoding="utf-8") as file:
        file.write(draw(figures, places))
    print(f"\nplot: {os.path.relpath(PLOT, ROOT)}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"figures": [dict(zip(("place", "kind", "size", "name"), key), **f) for key, f in figures.items()],
                       "goals": {w: [dict(zip(("what", "seen", "peer", "goal", "holds"), r)) for r in rows]
                                 for w, rows in verdicts.items()}, "instructions": counted}, file, indent=1)


if __name__ == "__main__":
    main()
