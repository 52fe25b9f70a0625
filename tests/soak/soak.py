#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends many messages through direct and mediated channels and says whether what came is what was sent.

usage: soak.py [--direct N] [--mediated N] [--json FILE]

Exit status 0: all is well; 1: something is wrong, and said; 2: it could not be tried.
"""
import argparse
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("B", "build"))
DIRECT, MEDIATED = os.path.join(BUILD, "bin", "soak_direct"), os.path.join(BUILD, "bin", "soak_mediated")
IMAGE = os.path.join(BUILD, "soak.img")
MODES = {"batches": "acknowledged, 64 bytes, up to 32 at a time", "single": "acknowledged, 8, 24 and 56 bytes, one at a time",
         "lossy": "lossy, 64 bytes, up to 32 at a time"}
WRONG, CANNOT = 1, 2


class Cannot(Exception):
    """The soak could not be made."""


def run(*words, limit=None, quiet=False):
    """What a soak has found, as it tells it; its progress goes to the standard error."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=limit, check=False, text=True,
                          stderr=subprocess.DEVNULL if quiet else None)
    name = os.path.basename(words[0])
    if done.returncode == WRONG and not done.stdout.strip():
        return {"channel": name, "wrong": "the kernel has stopped, or the program"}
    if done.returncode not in (0, WRONG):
        raise Cannot(f"{name} ended with status {done.returncode}")
    found = json.loads(done.stdout)
    if (found["wrong"] is None) != (done.returncode == 0):
        raise Cannot(f"{name} contradicts itself")
    return found


def direct(mode, count, **options):
    return run(DIRECT, mode, str(count), **options)


def mediated(count, **options):
    return run(MEDIATED, IMAGE, str(count), **options)


def lines(found):
    """What a person wants to know of it."""
    if "sent" not in found:
        return
    lost = f", {found['lost']:,} counted as lost" if found["lost"] else ""
    yield f"{found['sent']:,} sent, {found['taken']:,} taken{lost}"
    yield f"digests {found['digest_sent']} and {found['digest_taken']}"
    yield f"{found['seconds']:.1f} s, {found['sent'] / found['seconds'] / 1000:,.0f} thousand/s"
    if found["channel"] == "mediated":
        yield f"{found['recorded']:,} on record"
        for name, key in (("alone", "alone"), ("beside the hostile sender", "beside_hostile")):
            f = found[key]
            yield f"{name}: {f['messages_a_frame']:.2f} a frame ({f['least']} to {f['most']}) in {f['frames']:,} frames"
        h = found["hostile"]
        yield (f"the hostile sender: {h['acts']:,} acts in {h['lives']:,} lives, {h['denied']:,} denied, "
               f"{h['taken']:,} messages taken")
        yield (f"the honest one gets through {100 * found['share']:.2f} % of what it does alone, "
               f"in the worst frame {100 * found['share_at_worst']:.2f} % of its worst alone")


def show(name, found):
    print(name)
    for line in lines(found):
        print("    " + line)
    print(f"    WRONG: {found['wrong']}" if found["wrong"] else "    ok", flush=True)


def soak(direct_count, mediated_count):
    for mode, text in MODES.items():
        found = direct(mode, direct_count)
        show(f"direct channel, {text}", found)
        yield found
    found = mediated(mediated_count)
    show("mediated channel, 56 bytes, up to 32 at a time, each on record", found)
    yield found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--direct", type=int, default=1_000_000_000, metavar="N",
                        help="messages through each kind of direct channel")
    parser.add_argument("--mediated", type=int, default=10_000_000, metavar="N", help="messages through a mediated channel")
    parser.add_argument("--json", metavar="FILE", help="writes what was found there, too")
    asked = parser.parse_args()
    try:
        found = list(soak(asked.direct, asked.mediated))
        if asked.json:
            with open(asked.json, "w", encoding="utf-8") as file:
                json.dump(found, file, indent=2)
    except (Cannot, OSError) as cannot:
        print(f"soak: {cannot}", file=sys.stderr)
        return CANNOT
    except KeyboardInterrupt:
        return 130
    return WRONG if any(f["wrong"] for f in found) else 0


if __name__ == "__main__":
    sys.exit(main())
