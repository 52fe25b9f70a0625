#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the kernel's verdicts on compiled random policies with those of the naive interpreter.

usage: campaign.py [--sequences N] [--seed N] [--policy N] [--jobs N] [--keep]

Each policy has a seed of its own: --policy N runs that one alone, with --keep its text stays. A mismatch shows the policy's
seed, the message and both verdicts. The exit status is 0 if all verdicts agree and every model is present in each tenth.
"""
import argparse
import multiprocessing
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from describe import all_items
from generate import illegal_allow, make_policy
from oracle import Oracle
from spell import policy_text
from traffic import RESTART, Message, Operation, Traffic

ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, os.environ.get("B", "build"))
BULKHEAD, REPLAY = (os.path.join(BUILD, "bin", name) for name in ("bulkhead", "replay"))
PLATFORM = os.path.join(ROOT, "policy", "platforms", "qemu-q35-svm.platform")
PER_POLICY, LENGTHS = 64, (3, 6, 10, 15, 30)  # sequences; messages of one
LIMIT_S = 60
LABEL_CODES = (b"BH0601", b"BH0652")  # also of an endorsement

# Every model has to decide in each tenth of a campaign: to deny, and (`held` and those below it) to let pass.
DENIES = ("channel", "type", "length", "padding", "array end", "field", "condition", "grant", "label", "label level",
          "label category", "label integrity", "plan", "where", "restrict where", "protocol", "order", "joined orders",
          "always before", "by turns", "after never", "never until", "rate", "restrict rate", "full", "role denied", "event",
          "stopped")
HELD = ("allowed", "downgrade", "endorse", "category released", "both released", "upwards", "plan held", "where held",
        "restrict where held", "protocol held", "order held", "joined orders held", "rate held", "restrict rate held",
        "role held", "role restrict held", "restricted order held", "event passed")
PRIVILEGES = ("privilege", "privilege plan", "privilege rate", "privilege restrict rate", "switch under way",
              "privilege switch", "privilege restart", "privilege stop", "privilege give", "privilege plan held",
              "privilege rate held", "privilege restrict rate held")
OTHERS = ("timeout", "big endian", "union", "text held", "length held", "array held", "enumeration held", "set held",
          "restart", "told", "untold", "security", "flow", "flow+payload", "security+payload", "nothing", "label refused",
          "in another plan")
MODELS = DENIES + HELD + PRIVILEGES + OTHERS


class Mismatch(Exception):
    """What a person needs to see the difference again."""


def guest():
    """The smallest program that the compiler takes."""
    header = struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 2, 62, 1, 0x100000, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 4096, 0x100000, 0x100000, 1, 1, 4096)
    return (header + segment).ljust(4096, b"\0") + b"\xf4"


def run(command, data=b""):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT_S, check=False)


def compile_policy(folder, text):
    """The image's path. A policy that is valid by the reference and refused is a mismatch too."""
    path, image = os.path.join(folder, "root.policy"), os.path.join(folder, "root.img")
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    done = run([BULKHEAD, "build", path, "-o", image])
    if done.returncode != 0:
        raise Mismatch(f"a valid policy is refused:\n{done.stderr.decode(errors='replace')}")
    return image


def expected_line(oracle, message, verdict):
    """What replay prints of it."""
    if isinstance(message, Operation) or verdict.model == "stopped":
        return str(verdict)
    told = "told" if oracle.told(verdict, message.channel) else "untold"
    if isinstance(message, Message):
        record = oracle.record(verdict)
    else:                             # an event that passes leaves no record
        record = "security" if not verdict.allowed and "denied" in oracle.policy.always else "nothing"
    return f"{'allow' if verdict.allowed else 'deny'} {verdict.rule if record != 'nothing' else '-'} {record} {told}"


def count_models(counts, oracle, message, verdict, line):
    policy = oracle.policy
    counts[verdict.model] += 1
    counts.update(oracle.seen)
    oracle.seen.clear()
    counts["in another plan"] += oracle.plan != policy.plans[0].name
    if not isinstance(message, Message):
        return
    counts.update(line.split()[2:])
    counts["role denied"] += not verdict.allowed and verdict.allow is not None and verdict.allow.of is not None
    if message.type < len(policy.types):
        counts["big endian"] += policy.types[message.type].big
        counts["union"] += any(i.kind == "union" for i in policy.types[message.type].items)
    if verdict.allowed:
        count_held(counts, policy, all_items(policy.types[message.type].items))


def count_held(counts, policy, items):
    """What has been there in a message that passes."""
    for item in items:
        if item.kind == "array":
            counts["text held" if item.text else "length held" if item.length else "array held"] += 1
        elif item.kind == "number" and item.named:
            counts["enumeration held" if item.named in policy.enums else "set held"] += 1


def refuse_labels(folder, choose, policy, counts):
    """With a rule that the labels do not permit the policy is refused, for that reason."""
    allow = illegal_allow(choose, policy)
    if allow is None:
        return
    path = os.path.join(folder, "illegal.policy")
    with open(path, "w", encoding="ascii") as file:
        file.write(policy_text(choose, replace(policy, allows=policy.allows + [allow])))
    done = run([BULKHEAD, "check", path, "--no-images"])
    if done.returncode != 1 or not any(code in done.stderr + done.stdout for code in LABEL_CODES):
        raise Mismatch(f"{allow} is not refused for its labels:\n{done.stderr.decode(errors='replace')}")
    counts["label refused"] += 1


def replay(image, khz, events):
    done = run([REPLAY, image, str(khz)], b"".join(events))
    if done.returncode != 0:
        raise Mismatch(f"replay: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode().splitlines()


def run_policy(folder, seed, counts, sequences=PER_POLICY):
    """Judges sequences under the policy of this seed; returns how many verdicts."""
    choose = random.Random(seed)
    policy = make_policy(choose)
    text = policy_text(choose, policy)
    image = compile_policy(folder, text)
    refuse_labels(folder, choose, policy, counts)
    khz = choose.choice((1_000_000, 1_000_000, 2_399_987, 3_700_001))
    now = 1 << 41
    oracle = Oracle(policy, khz, now)
    traffic, events, expected = Traffic(choose, oracle, now), [], []
    for number in range(sequences):
        for event, message, verdict in traffic.sequence(choose.choice(LENGTHS)):
            events.append(event)
            counts["restart"] += event[0] == RESTART
            if message is not None:
                line = expected_line(oracle, message, verdict)
                expected.append((message, line, number, traffic.now))
                count_models(counts, oracle, message, verdict, line)
    lines = replay(image, khz, events)
    for (message, wanted, number, when), line in zip(expected, lines):
        if line != wanted:
            raise Mismatch(f"sequence {number}, tick {when}: {message}\n"
                           f"  by the policy: {wanted}\n  by the kernel: {line}\n{text}")
    if len(lines) != len(expected):
        raise Mismatch("replay answers too few or too many")
    return len(expected)


def prepare(folder):
    shutil.copy(PLATFORM, os.path.join(folder, "p.platform"))
    with open(os.path.join(folder, "g.elf"), "wb") as file:
        file.write(guest())


def missing_models(counts):
    return [m for m in MODELS if counts[m] == 0]


def run_tenth(work):
    """(tenth, policies, verdicts, counts) of one tenth's policies; or (tenth, what does not match)."""
    folder, seed, tenth, policies, per_policy = work
    folder = os.path.join(folder, str(tenth))
    os.mkdir(folder)
    prepare(folder)
    counts, judged = Counter(), 0
    for i in range(tenth, policies, 10):
        try:
            judged += run_policy(folder, f"{seed}/{i}", counts, per_policy)
        except Mismatch as mismatch:
            return tenth, f"policy {i} of seed {seed}: {mismatch}"
    return tenth, judged, counts


def campaign(folder, sequences, seed, report, per_policy=PER_POLICY, jobs=1):
    """Runs policies until so many sequences are judged. Returns the counts of each tenth: every tenth policy."""
    policies, tenths, judged = -(-sequences // per_policy), {}, 0
    with multiprocessing.Pool(jobs) as pool:
        for tenth, *result in pool.imap_unordered(run_tenth, [(folder, seed, t, policies, per_policy) for t in range(10)]):
            if len(result) == 1:
                raise Mismatch(result[0])
            tenths[tenth] = result[1]
            judged += result[0]
            report(f"{len(tenths)} tenths of {policies} policies, {per_policy} sequences each: {judged} verdicts, all equal")
    return [tenths[t] for t in range(10)]


def print_counts(tenths):
    for model in MODELS:
        print(f"{model:28}" + "".join(f"{t[model]:8}" for t in tenths))
    for tenth, counts in enumerate(tenths):
        for model in missing_models(counts):
            print(f"tenth {tenth}: no case of {model}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
    parser.add_argument("--sequences", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--policy", type=int)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="bulkhead-equivalence-")
    try:
        if options.policy is not None:
            prepare(folder)
            print(run_policy(folder, f"{options.seed}/{options.policy}", Counter()), "verdicts, all equal")
            return 0
        tenths = campaign(folder, options.sequences, options.seed, lambda line: print(line, flush=True),
                          jobs=options.jobs)
    except Mismatch as mismatch:
        print(mismatch)
        return 1
    finally:
        if options.keep:
            print(f"kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print_counts(tenths)
    return 1 if any(missing_models(t) for t in tenths) else 0


if __name__ == "__main__":
    sys.exit(main())
