#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `build` refuses, `check` with the same options refuses, with the same messages; with --no-images all but what is wrong
with a guest's file. Judged on every policy in tests/golden, so on every diagnostic there is."""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, HERE)
from tap import Tap, expect, expect_equal
from test_compiler import elf
from test_explain_code import make_guests

ROOT = os.path.dirname(os.path.dirname(HERE))
BULKHEAD = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "bulkhead")
GOLDEN = os.path.join(ROOT, "tests", "golden")
CODES = os.path.join(ROOT, "policy", "language", "diag_codes.h")
LIMIT_S = 30
IN_FILES = {"BH0706", "BH1001", "BH1002", "BH1003", "BH1004"}         # what only a guest's file tells
SYSTEM = 'system example version 1 { part "parts/%s.policy"; }\n'
SUBJECT = 'label d U;\nsubject d { image "a.elf"; memory %s; on fault stop; }\n'
CHANNEL = 'type Big little { ' + " ".join(f"x{i}: u64;" for i in range(29)) + ' }\n' \
          'channel wide a -> d mediated { depth 16384; notify each 1; feedback none; }\n' \
          'allow wide_in a -> d on wide Big { rate 1/s burst 1; }\n'


def messages(*arguments):
    """Code and text of each error."""
    done = subprocess.run([BULKHEAD, *arguments, "--json"], cwd=GOLDEN, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=LIMIT_S, check=False, text=True)
    expect_equal(done.stderr, "", "on standard error")
    report = json.loads(done.stdout)
    expect_equal(done.returncode, 1 if report["errors"] > 0 else 0, "exit status")
    return {(m["code"], m["message"]) for m in report["messages"] if m["severity"] == "error"}


def codes(found):
    return {code for code, _ in found}


def compare(guests, out, policy, seen):
    """One policy, built and checked, as a release and not."""
    for release in ((), ("--release",)):
        for images in ((), ("--images", guests)):
            built = messages("build", policy, "-o", out, *images, *release)
            expect_equal(messages("check", policy, *images, *release), built, f"check {images} {release}")
        without = codes(messages("check", policy, "--no-images", *release))
        expect(codes(built) - IN_FILES <= without <= codes(built), f"check {release}: {without}, build: {codes(built)}")
        seen |= codes(built)


def check_all():
    seen = set()
    with open(CODES, encoding="utf-8") as file:
        known = {f"BH{int(code):04}" for code, rest in re.findall(r"BH_\w+ = (\d+),?\s*/\* (.*?) \*/", file.read())
                 if not rest.endswith("(warning)")}
    with tempfile.TemporaryDirectory() as folder:
        make_guests(folder)
        for policy in sorted(glob.glob(os.path.join(GOLDEN, "*.policy"))):
            compare(folder, os.path.join(folder, "s.img"), os.path.basename(policy), seen)
    expect(len(seen) > 80, f"only {len(seen)} codes")
    expect_equal(sorted(known - seen), [], "codes that no build gives")


def check_without_files(text, code, says, options, also=()):
    """An error that no guest's file can cure is found without any; also by `build`."""
    with tempfile.NamedTemporaryFile("w", dir=GOLDEN, prefix="refused-", suffix=".tmp") as file:
        file.write(text)
        file.flush()
        found = messages("check", os.path.basename(file.name), "--no-images", *options)
        expect_equal(codes(found), {code, *also}, "codes")
        expect(any(says in text for _, text in found), str(found))
        with tempfile.TemporaryDirectory() as folder:
            make_guests(folder)
            out = os.path.join(folder, "s.img")
            built = messages("build", os.path.basename(file.name), "-o", out, "--images", folder, *options)
            expect(code in codes(built), str(built))
            expect(not os.path.exists(out), "an image was written")


def check_is_told():
    """What is not checked is said, and how to have it checked."""
    def said(*arguments):
        done = subprocess.run([BULKHEAD, "check", "good.policy", *arguments], cwd=GOLDEN, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT_S, check=True, text=True)
        return done.stdout.splitlines()
    with tempfile.TemporaryDirectory() as folder:
        make_guests(folder)
        expect_equal(said("--no-images")[1:], ["not checked: the guests' programs (--no-images), and so whether stages of "
                                               "pipelines run different code; signatures (--release)"], "neither")
        expect_equal(said("--images", folder)[1:], ["not checked: signatures (--release)"], "images")
        report = json.loads("".join(said("--images", folder, "--json")))
        expect_equal((report["images_checked"], report["signatures_checked"]), (True, False), "JSON")


def check_room_for_programs():
    """Programs may fit their subjects' memory but not the platform's: how much does is said before."""
    with tempfile.NamedTemporaryFile("w", dir=GOLDEN, prefix="refused-", suffix=".tmp") as file:
        file.write(SYSTEM % "room" + SUBJECT % "414 MiB")
        file.flush()
        name = os.path.basename(file.name)
        done = subprocess.run([BULKHEAD, "check", name, "--no-images"], cwd=GOLDEN, stdout=subprocess.PIPE, check=True,
                              text=True, timeout=LIMIT_S)
        room = int(re.search(r"which may have (\d+) KiB together", done.stdout).group(1)) << 10
        with tempfile.TemporaryDirectory() as folder:
            for size, wrong in ((room // 2, set()), (room + 2 * 4096, {"BH0530"})):
                make_guests(folder)
                with open(os.path.join(folder, "log.elf"), "wb") as guest:
                    guest.write(elf(b"\xf4" * size))
                expect_equal(codes(messages("check", name, "--images", folder)), wrong, f"{size} bytes in room for {room}")


def main():
    tap = Tap()
    tap.run("check and build refuse the same, of every policy in tests/golden", check_all)
    tap.run("check tells what it does not check", check_is_told)
    tap.run("check tells how much room the programs have, if they may not fit", check_room_for_programs)
    room = SYSTEM % "room"
    for name, text, code, says, options, *also in (
            ("more memory than the platform has", room + SUBJECT % "1 GiB", "BH0530", "at least", ()),
            ("memory just too large beside rings and the image", room + SUBJECT % "416 MiB", "BH0530", "at least 433 MiB", ()),
            ("channels that do not fit beside the memory", room + SUBJECT % "414 MiB" + CHANNEL, "BH0530", "at least", ()),
            ("an unsigned release", SYSTEM % "base", "BH0131", "no one can sign it", ("--release",), ["BH0640"])):
        tap.run("check --no-images refuses " + name, check_without_files, text, code, says, options, *also)
    tap.finish()


if __name__ == "__main__":
    main()
