#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether the picture of a policy, as DOT and as SVG, shows each edge that the flow graph has: as a line or in a note. Of all
examples, test systems and golden policies that are sound, and of random ones."""
import collections
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(ROOT, "tests", "flows")]
from policies import Chooser, make_policy
from tap import Tap, expect, expect_equal

BULKHEAD = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "bulkhead")
POLICIES = [path for place in ("policy/examples/*", "tests/guests/policies", "tests/golden", "tests/hardware/*")
            for path in sorted(glob.glob(os.path.join(ROOT, place, "*.policy")))]
RANDOM, SEED = 60, 9300
RING, PLAN = "the audit ring", "the plan that runs"
NOTE = r"(protocol \S+|back-pressure: the reserve of \w+|the plan that runs) is moved by: ([^;\n]*); seen by: ([^;\n]*)"
# What has to occur in all of them together, or little was looked at: by the kinds of the nodes that edges are between.
ENDS = ("node -> node", "node -> protocol", "protocol -> node", "node -> plan", "plan -> node", "plan -> protocol",
        "node -> reserve", "reserve -> node", "reserve -> protocol", "protocol -> reserve", "plan -> reserve",
        "reserve -> plan", "ring -> node", "node -> ring")
KINDS = ("mediated", "wire", "feedback", "shared", "protocol", "restart", "ring", "backpressure", "privilege", "time",
         "direct")


def bulkhead(*words):
    return subprocess.run([BULKHEAD, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60, check=False, encoding="utf-8")


def flow_edges(path):
    """(from, to, kind), as `expand` tells all of the graph; None: the policy has errors."""
    done = bulkhead("expand", path, "--json")
    if done.returncode != 0:
        return None
    edges = set()
    for flow in json.loads(done.stdout)["flows"]:
        match = re.fullmatch(r"(.+) -> (.+) (?:by (\w+)|on (\w+)) \S+", flow["fact"])
        if match:
            direct = match[3] is None and "direct" in json.dumps(flow["says"])
            edges.add((match[1], match[2], match[3] or ("direct" if direct else "mediated")))
    return edges


def dot_picture(path):
    done = bulkhead("graph", path, "--dot")
    expect_equal(done.returncode, 0, done.stderr)
    lines = [(start, "<->" if "dir=both" in rest else "->", end)
             for start, end, rest in re.findall(r'^ *"(.*?)" -> "(.*?)" (.*)$', done.stdout, re.M)]
    return lines, done.stdout.replace("\\l", "\n")


def svg_picture(path):
    done = bulkhead("graph", path, "--svg")
    expect_equal(done.returncode, 0, done.stderr)
    root = xml.etree.ElementTree.fromstring(done.stdout)
    texts, lines = [], []
    for element in root.iter():
        tag = element.tag.split("}")[1]
        if tag == "text":
            texts.append((" " if element.get("x") == "46" else "\n") + (element.text or ""))
        if tag == "path" and len(element) > 0:
            lines.append(re.fullmatch(r"(.*) (<?->) (.*)", element[0].text).groups())
    return lines, "".join(texts)


def read_notes(text):
    """(kind, name) to who moves it and who sees it."""
    notes = {}
    for what, moved, seen in re.findall(NOTE, text):
        key = ("plan", "") if what == PLAN else ("reserve" if what.startswith("back") else "protocol", what.split()[-1])
        notes[key] = (set(moved.split(", ")), set(seen.split(", ")))
    return notes


def kind_of(node, protocols):
    """A node of the graph as the picture has it: kind, name."""
    for start, kind in (("the life of ", "node"), ("the reserve of ", "reserve")):
        if node.startswith(start):
            return kind, node[len(start):]
    if node == PLAN:
        return "plan", ""
    if node == RING:
        return "ring", "audit ring"
    return ("protocol" if node in protocols else "node"), node


def told_name(key):
    return {"plan": PLAN, "reserve": "the reserve of " + key[1]}.get(key[0], key[1])


def check_edge(start, end, pairs, notes, text):
    """One edge of the graph: a line between what is drawn, a note for what is not, at either end."""
    where = f"{told_name(start)} -> {told_name(end)}"
    if start == end or (start[0] == "node" and end[0] == "ring"):
        expect(start == end or "acts of all subjects" in text, where)
        return
    if start[0] not in ("node", "ring"):
        expect(start in notes and told_name(end) in notes[start][1], f"{where}: no note that it is seen: {notes}")
    elif end[0] in ("node", "ring"):
        expect((start[1], end[1]) in pairs, f"{where}: no line")
    elif end[0] == "plan":
        expect(any(one == start[1] and other.startswith("plan ") for one, other in pairs), f"{where}: no line")
    if end[0] not in ("node", "ring"):
        expect(end in notes and told_name(start) in notes[end][0], f"{where}: no note that it is moved: {notes}")


def check_picture(edges, protocols, picture):
    lines, text = picture
    pairs = {pair for start, way, end in lines for pair in [(start, end)] + ([(end, start)] if way == "<->" else [])}
    notes = read_notes(text)
    ends = [(kind_of(start, protocols), kind_of(end, protocols)) for start, end, _ in edges]
    passed = {end for _, end in ends} & {start for start, _ in ends}
    for start, end in ends:
        if all(one[0] in ("node", "ring") or one in passed for one in (start, end)):       # else nothing comes through it
            check_edge(start, end, pairs, notes, text)
    for start, end in ends:
        for other, seer in ends:
            if end[0] == "protocol" and other == end and start[0] == seer[0] == "node" and start != seer:
                expect((start[1], seer[1]) in pairs, f"{start[1]} moves {end[1]}, which {seer[1]} sees: no line")
    return ends


def check_policy(path, counts):
    edges = flow_edges(path)
    if edges is None:
        return
    nodes = set(re.findall(r'^    "(.*?)" \[label=', bulkhead("graph", path, "--dot").stdout, re.M))
    protocols = {name for edge in edges for name in edge[:2] if " " not in name and name not in nodes}
    for picture in (dot_picture(path), svg_picture(path)):
        ends = check_picture(edges, protocols, picture)
    counts["policies"] += 1
    counts.update(f"{start[0]} -> {end[0]}" for start, end in ends)
    counts.update(kind for _, _, kind in edges)


def check_kept(counts):
    for path in POLICIES:
        check_policy(path, counts)
    expect(counts["policies"] > 25, f"only {counts['policies']} of {len(POLICIES)} are sound")


def check_random(counts):
    with tempfile.TemporaryDirectory(prefix="bulkhead-picture-") as folder:
        shutil.copy(os.path.join(ROOT, "policy", "platforms", "qemu-q35-svm.platform"), os.path.join(folder, "p.platform"))
        for seed in range(SEED, SEED + RANDOM):
            path, before = os.path.join(folder, f"{seed}.policy"), counts["policies"]
            with open(path, "w", encoding="ascii") as file:
                file.write(make_policy(Chooser(seed))[0])
            check_policy(path, counts)
            expect(counts["policies"] > before, f"policy {seed} is not sound")


def main():
    tap, counts = Tap(), collections.Counter()
    tap.run("examples, test systems and golden policies: each flow is in the picture", check_kept, counts)
    tap.run(f"{RANDOM} random policies: each flow is in the picture", check_random, counts)
    tap.run("flows of every kind, between all that there is", lambda: expect_equal(
        [kind for kind in ENDS + KINDS if counts[kind] == 0], [], f"kinds that no policy has: {counts}"))
    tap.finish()


main()
