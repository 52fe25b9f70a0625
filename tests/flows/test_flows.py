#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether the flow graph has an edge for all that the kernel lets one subject see of another. Random policies; on each the
whole kernel runs (observe.c) while every subject acts at random, then once more with other acts of one subject: whoever sees
anything else must be where the graph leads from that one, without a step through another subject, which acts as before.

usage: test_flows.py [--policies N] [--seed N]; a failure names the policy's seed: --policies 1 --seed N shows it again."""
import argparse
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "equivalence"))
from campaign import PLATFORM, guest
from policies import SUBJECTS, Chooser, make_policy
from tap import Failure, Tap, expect

ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, os.environ.get("B", "build"))
BULKHEAD, OBSERVE = (os.path.join(BUILD, "bin", name) for name in ("bulkhead", "observe"))
POLICIES, SEED, FRAMES, VARIANTS, LIMIT_S = 40, 7100, 30, 4, 60
NUMBERED = sorted(SUBJECTS)           # as the image has them
# Kinds of edges by which something has to be seen in a campaign, or it would show little.
KINDS = ("mediated", "feedback", "shared", "protocol", "ring", "backpressure", "privilege")


# ---- the graph ----
def run(command, text=""):
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT_S, check=False,
                          encoding="utf-8")
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr}")
    return done.stdout


def edges_of(policy):
    """By node: to where, and the kind."""
    edges = collections.defaultdict(set)
    for flow in json.loads(run([BULKHEAD, "expand", policy, "--json"]))["flows"]:
        match = re.fullmatch(r"(.+) -> (.+) (?:by (\w+)|on \w+) \S+", flow["fact"])
        if match:
            edges[match[1]].add((match[2], match[3] or "mediated"))
    return edges


def reached(edges, start, acks):
    """Subjects that see something of one, and the kinds of edges on the ways: not through another subject, but through the
    ring's reader where it acknowledges records, for which ones those are is not its choice here."""
    kinds, seen, left = collections.defaultdict(set), {start}, [start]
    while left:
        at = left.pop()
        if at in SUBJECTS and at != start and not (acks and at == "log"):
            continue
        for to, kind in edges[at]:
            kinds[to] |= {kind} | kinds[at]
            if to not in seen:
                seen.add(to)
                left.append(to)
    return {name: kinds[name] for name in seen if name in SUBJECTS and name != start}


# ---- runs ----
def compare(r, folder, counts):
    text, shared = make_policy(r)
    policy, image, acks = os.path.join(folder, "f.policy"), os.path.join(folder, "f.img"), r.chance(0.3)
    with open(policy, "w", encoding="ascii") as file:
        file.write(text)
    run([BULKHEAD, "build", policy, "-o", image])
    edges = edges_of(policy)
    base = [f"{r.getrandbits(64):x}" for _ in NUMBERED]
    runs = [(None, base)]
    for i in range(len(NUMBERED)):
        runs += [(i, base[:i] + [f"{r.getrandbits(64):x}"] + base[i + 1:]) for _ in range(VARIANTS)]
    pairs = [word for channel, name in shared for word in (str(channel), str(NUMBERED.index(name)))]
    seeds = "".join(" ".join(s) + "\n" for _, s in runs)
    lines = run([OBSERVE, image, str(FRAMES), str(int(acks)), *pairs], seeds).splitlines()
    usual = lines[0].split()
    for (changed, _), line in zip(runs[1:], lines[1:]):
        ways = reached(edges, NUMBERED[changed], acks)
        for i, (seen, wanted) in enumerate(zip(line.split(), usual)):
            if i == changed or seen == wanted:
                continue
            expect(NUMBERED[i] in ways, f"`{NUMBERED[i]}` sees what `{NUMBERED[changed]}` does, by no edge:\n{text}")
            counts["seen"] += 1
            counts.update(ways[NUMBERED[i]] if len(ways[NUMBERED[i]]) == 1 else [])
        counts["unseen"] += len(NUMBERED) - 1 - len(ways)


def campaign(policies, seed):
    folder, counts = tempfile.mkdtemp(prefix="bulkhead-flows-"), collections.Counter()
    try:
        shutil.copy(PLATFORM, os.path.join(folder, "p.platform"))
        with open(os.path.join(folder, "g.elf"), "wb") as file:
            file.write(guest())
        for i in range(seed, seed + policies):
            try:
                compare(Chooser(i), folder, counts)
            except Failure as failure:
                raise Failure(f"--policies 1 --seed {i}: {failure}") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return counts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--policies", type=int, default=POLICIES)
    parser.add_argument("--seed", type=int, default=SEED)
    options, tap = parser.parse_args(), Tap()

    def whole():
        counts = campaign(options.policies, options.seed)
        print("# " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
        if options.policies >= POLICIES:
            expect(all(counts[kind] > 0 for kind in KINDS + ("unseen",)), "some kind of edge was never seen alone")
    tap.run(f"{options.policies} random policies: nothing is seen of another but where the graph has an edge", whole)
    tap.finish()


main()
