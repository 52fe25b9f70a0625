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
import random
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "equivalence"))
from campaign import PLATFORM, guest
from tap import Failure, Tap, expect

ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, os.environ.get("B", "build"))
BULKHEAD, OBSERVE = (os.path.join(BUILD, "bin", name) for name in ("bulkhead", "observe"))
POLICIES, SEED, FRAMES, VARIANTS, LIMIT_S = 40, 7100, 30, 4, 60
SUBJECTS = ("s0", "s1", "s2", "s3", "log")
NUMBERED = sorted(SUBJECTS)           # as the image has them
# Kinds of edges by which something has to be seen in a campaign, or it would show little.
KINDS = ("mediated", "feedback", "shared", "protocol", "ring", "backpressure", "privilege")


class Chooser(random.Random):
    def one(self, *values):
        return self.choice(values)

    def chance(self, share):
        return self.random() < share


# ---- policies ----
def plans_text(r):
    """Windows of one length, so that a subject's are the same wherever it has any."""
    text = []
    for i in range(r.one(1, 2)):
        windows = [name if i == 0 or r.chance(0.8) else "idle" for name in SUBJECTS]
        times = " ".join(f"{window} 2 ms;" for window in windows)
        text.append(f"plan p{i}{' first' if i == 0 else ''} major 10 ms {{ cpu 0 {{ {times} }} }}")
    return text


def body_text(r, plans, fields=True):
    text = r.one("", "rate none; ", "rate 50/s burst 1; ", "rate 100/s burst 2; ")
    if fields and r.chance(0.2):
        text += "where x < 2; "
    if plans > 1 and r.chance(0.25):
        text += f"only in plan {r.one('p0', 'p1')}; "
    return "{ " + text + "}"


def channels_text(r, plans):
    """Text, names of rules, who shares: pairs of channel and subject."""
    text, rules, shared = [], [], []
    for i in range(r.randint(2, 6)):
        sender, receiver, other = r.sample(SUBJECTS, 3)
        items = f"depth 12; feedback {r.one('none', 'rule', 'full')}; "
        items += r.one("", "", "notify each 1; ", "notify each 2; ")
        if r.chance(0.25):
            items += f"shared with {other}; "
            shared.append((i, other))
        text.append(f"channel c{i} {sender} -> {receiver} mediated {{ {items}}}")
        for kind in r.sample(range(3), r.randint(1, 2)):
            rules.append(f"r{i}_{kind}")
            text.append(f"allow r{i}_{kind} {sender} -> {receiver} on c{i} T{kind} {body_text(r, plans)}")
    return text, rules, shared


def protocols_text(r, rules):
    free, text = r.sample(rules, len(rules)), []
    for i in range(r.one(0, 1, 1, 2)):
        if len(free) < 2:
            break
        first, second = free.pop(), free.pop()
        reset = f" reset when {r.one(*SUBJECTS)} restart;" if r.chance(0.5) else ""
        text.append(r.one(f"protocol o{i} {{ from i on {first} to o; from o on {second} to i;{reset} }}",
                          f"order o{i}: always {first} before {second}{reset or ';'}"))
    return text


def privileges_text(r, plans):
    text, given = [], set()
    for i in range(r.one(0, 1, 2, 4)):
        actor, target = r.sample(SUBJECTS, 2)
        switch = [f"switch to plan p{r.randrange(plans)}"] * 2 if plans > 1 else []
        act = r.one(f"restart {target}", f"stop {target}", f"give window to {target}", *switch)
        if (actor, act) not in given:
            body = "{}" if act.startswith("give") else body_text(r, plans, fields=False)
            text.append(f"privilege v{i} {actor} may {act} {body}")
        given.add((actor, act))
    return text


def audit_text(r, rules):
    full = ("block", "drop and count")
    text = ["always audit " + r.one("denied", "denied, downgrade", "denied, allowed", "none", "denied, restart, plan") + ";"]
    text.append(f"audit ring 64 KiB for log {{ class security reserve {r.one(512, 2048)} B per subject on full {r.one(*full)}; "
                f"class flow reserve {r.one(512, 2048)} B per subject on full {r.one(*full)}; kernel reserve 16 KiB; "
                + "".join(f"record {rule}; " for rule in rules if r.chance(0.2)) + "}")
    return text


def make_policy(r):
    """Its text, and who shares which outbox."""
    fault = "restart 3 per 60 s then stop"
    text = ["system flows version 1 { }", 'platform "p.platform";', "measure none;"]
    for name in SUBJECTS:
        text.append(f'subject {name} {{ image "g.elf"; memory 2 MiB; {"reads audit; " if name == "log" else ""}'
                    f'on fault {r.one("stop", fault)}; }}')
    text += [f"type T{i} little {{ x: u8 in 0 .. 3; zero {i + 1}; }}" for i in range(3)]
    plans = plans_text(r)
    channels, rules, shared = channels_text(r, len(plans))
    text += plans + channels + protocols_text(r, rules) + privileges_text(r, len(plans)) + audit_text(r, rules)
    return "\n".join(text) + "\n", shared


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
