#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Restricts and changes random policies, and plays random messages in both where the compiler says that nothing is opened.

usage: campaign.py [--policies N] [--seed N]

A policy has SYSTEMS automata, each of them a case of its own. The exit status is 0 if nothing is opened without being said.
"""
import argparse
import copy
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from systems import make_events, make_system, opened, play, policy_text, system_lines, test_lines, variant

ROOT = os.path.dirname(os.path.dirname(HERE))
BULKHEAD = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "bulkhead")
LIMIT_S = 60
SYSTEMS, SEQUENCES, LENGTHS = 6, 40, (6, 12, 25)
LIMITS = ("where", "where", "rate")
NUMBER = re.compile(r"T(\d+)_|protocol p(\d+)|order o(\d+)_")


class Opened(Exception):
    """What a person needs to see it again."""


def bulkhead(*arguments):
    return subprocess.run([BULKHEAD, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=LIMIT_S, check=False, text=True, errors="replace")


def write(folder, name, text):
    """The policy beside its parts, as in the tree."""
    place = os.path.join(folder, name, "tests", "golden")
    if not os.path.isdir(place):
        for part in (os.path.join("tests", "golden", "parts"), os.path.join("policy", "platforms")):
            shutil.copytree(os.path.join(ROOT, part), os.path.join(folder, name, part))
    path = os.path.join(place, "closing.policy")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


# ---- what the compiler says ----
def told_by_check(path):
    """The numbers of the systems whose restriction is refused; nothing else may be."""
    done = bulkhead("check", "--no-images", path)
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    told = set()
    for line, message in re.findall(r"^\S*closing\.policy:(\d+):\d+: error: (.*)", done.stderr, re.M):
        system = re.match(r"restrict xr(\d+)_", lines[int(line) - 1])
        if system is None or "BH0613" not in message:
            raise Opened(f"{path}:{line}: {message}")
        told.add(int(system[1]))
    if (done.returncode != 0) != bool(told):
        raise Opened(f"status {done.returncode}: {done.stderr}")
    return told


def told_by_diff(old, new):
    """The numbers of the systems of which something is called wider."""
    done = bulkhead("diff", old, new, "--json")
    if done.returncode not in (0, 1):
        raise Opened(done.stderr)
    ways = [(NUMBER.search(c["key"]), c["way"]) for c in json.loads(done.stdout)["changes"]]
    return {int(next(filter(None, m.groups()))) for m, way in ways if m and way in ("wider", "wider and narrower")}


# ---- whether it is so ----
def search(random_numbers, old, new):
    for _ in range(SEQUENCES):
        events = make_events(random_numbers, old, random_numbers.choice(LENGTHS))
        at = opened(old, new, events)
        if at is not None:
            return events[:at + 1]
    return None


def judge(random_numbers, what, olds, news, told, counts):
    for old, new in zip(olds, news):
        events = search(random_numbers, old, new)
        counts[what, old.number in told, events is not None] += 1
        if events is None or old.number in told:
            continue
        lines = [*system_lines(old), "", *system_lines(new), ""]
        lines += [f"{e}: {b} => {a}" for e, b, a in zip(events, play(old, events), play(new, events))]
        raise Opened(f"{what}: the last message is opened\n" + "\n".join(lines))


def judge_policy(folder, seed, counts):
    numbers = random.Random(seed)
    systems = [make_system(numbers, i) for i in range(SYSTEMS)]
    old = write(folder, "old", policy_text(systems))
    if told_by_check(old):
        raise Opened("a restriction is refused where there is none")
    narrowed = copy.deepcopy(systems)
    for system in narrowed:
        numbers.choice(system.rules).restrict = numbers.choice(LIMITS)
    told = told_by_check(write(folder, "new", policy_text(narrowed)))
    judge(numbers, "restrict", systems, narrowed, told, counts)
    changed = [variant(numbers, s) for s in systems]
    told = told_by_diff(old, write(folder, "new", policy_text(changed)))
    judge(numbers, "diff", systems, changed, told, counts)


def confirm(folder, seed):
    """What `systems.py` says of sequences, as tests of the policy."""
    numbers = random.Random(seed)
    systems = [make_system(numbers, i) for i in range(SYSTEMS)]
    text = policy_text(systems)
    for system in systems:
        for i in range(4):
            events = make_events(numbers, system, LENGTHS[-1])
            text += "\n".join(test_lines(f"{system.number} {i}", system, events, play(system, events))) + "\n"
    done = bulkhead("test", write(folder, "old", text))
    if done.returncode != 0:
        raise Opened(done.stderr)


def campaign(folder, policies, seed):
    counts = Counter()
    for policy in range(seed, seed + policies):
        try:
            judge_policy(folder, policy, counts)
        except Opened as found:
            raise Opened(f"seed {policy}: {found}") from None
    return counts


def main():
    parser = argparse.ArgumentParser(description="whether less is less")
    parser.add_argument("--policies", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            counts = campaign(folder, options.policies, options.seed)
        except Opened as found:
            sys.exit(str(found))
    for (what, told, found), count in sorted(counts.items()):
        print(f"{what}: {'told' if told else 'silent'}, {'opened' if found else 'nothing seen to open'}: {count}")


if __name__ == "__main__":
    main()
