#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the kernel's verdicts on compiled random policies with those of the naive interpreter.

usage: campaign.py [--messages N] [--seed N] [--policy N] [--keep]

Each policy has a seed of its own: --policy N runs that one alone, with --keep its text stays. A mismatch shows the policy's
seed, the message and both verdicts. The exit status is 0 if all verdicts agree and every model is present in each tenth.
"""
import argparse
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from describe import policy_text
from generate import make_policy
from oracle import Oracle
from traffic import Traffic

ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, os.environ.get("B", "build"))
BULKHEAD, REPLAY = (os.path.join(BUILD, "bin", name) for name in ("bulkhead", "replay"))
PLATFORM = os.path.join(ROOT, "policy", "platforms", "qemu-q35-svm.platform")
SEQUENCES, LENGTH = 4, 100            # for each policy
LIMIT_S = 60
MODELS = ("channel", "type", "length", "padding", "field", "condition", "grant", "plan", "where", "restrict where", "protocol",
          "order", "joined orders", "role", "rate", "restrict rate", "full", "allowed", "downgrade", "timeout",
          "big endian", "union", "restart")


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


def count_models(counts, policy, verdict, message, seen):
    counts[verdict[2]] += 1
    counts.update(seen)
    counts["role"] += verdict[1].split(".")[0] in {r.name for r in policy.role_rules}
    if message.type < len(policy.types):
        counts["big endian"] += policy.types[message.type].big
        counts["union"] += any(i.kind == "union" for i in policy.types[message.type].items)


def run_policy(folder, seed, counts):
    """Judges SEQUENCES x LENGTH messages of the policy of this seed; returns how many."""
    choose = random.Random(seed)
    policy = make_policy(choose)
    text = policy_text(choose, policy)
    image = compile_policy(folder, text)
    khz = choose.choice((1_000_000, 1_000_000, 2_399_987, 3_700_001))
    now = 1 << 41
    oracle = Oracle(policy, khz, now)
    traffic, events, expected = Traffic(choose, oracle, now), [], []
    for _ in range(SEQUENCES):
        for event, message, verdict in traffic.sequence(LENGTH):
            events.append(event)
            counts["restart"] += event[0] == 1
            if message is not None:
                expected.append((message, verdict, traffic.now))
                count_models(counts, policy, verdict, message, oracle.seen)
                oracle.seen.clear()
    done = run([REPLAY, image, str(khz)], b"".join(events))
    lines = done.stdout.decode().splitlines()
    if done.returncode != 0 or len(lines) != len(expected):
        raise Mismatch(f"replay: {done.stderr.decode(errors='replace')}")
    for i, (line, (message, verdict, when)) in enumerate(zip(lines, expected)):
        wanted = f"{'allow' if verdict[0] else 'deny'} {verdict[1]}"
        if line != wanted:
            raise Mismatch(f"message {i} at tick {when}: {message}\n  by the policy: {wanted}\n  by the kernel: {line}\n{text}")
    return len(expected)


def prepare(folder):
    shutil.copy(PLATFORM, os.path.join(folder, "p.platform"))
    with open(os.path.join(folder, "g.elf"), "wb") as file:
        file.write(guest())


def missing_models(counts):
    return [m for m in MODELS if counts[m] == 0]


def campaign(folder, messages, seed, report):
    """Runs policies until so many messages are judged. Returns the counts of each tenth."""
    prepare(folder)
    tenths, counts, judged, policies = [], Counter(), 0, 0
    while judged < messages:
        try:
            judged += run_policy(folder, f"{seed}/{policies}", counts)
        except Mismatch as mismatch:
            raise Mismatch(f"policy {policies} of seed {seed}: {mismatch}") from None
        policies += 1
        if judged * 10 >= messages * (len(tenths) + 1):
            tenths.append(counts)
            counts = Counter()
            report(f"{judged} messages, {policies} policies, all verdicts equal")
    return tenths


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--policy", type=int)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="bulkhead-equivalence-")
    try:
        if options.policy is not None:
            prepare(folder)
            print(run_policy(folder, f"{options.seed}/{options.policy}", Counter()), "messages, all verdicts equal")
            return 0
        tenths = campaign(folder, options.messages, options.seed, lambda line: print(line, flush=True))
    except Mismatch as mismatch:
        print(mismatch)
        return 1
    finally:
        if options.keep:
            print(f"kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    for model in MODELS:
        print(f"{model:15}" + "".join(f"{t[model]:8}" for t in tenths))
    return 1 if any(missing_models(t) for t in tenths) else 0


if __name__ == "__main__":
    sys.exit(main())
