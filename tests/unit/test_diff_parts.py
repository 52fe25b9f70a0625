#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who has to sign a changed policy, as `diff` and `whatif` say: whoever's files have other bytes, whatever they mean and whose
declarations the words stand in."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from tap import Tap, expect, expect_equal

ROOT = os.path.dirname(os.path.dirname(HERE))
BULKHEAD = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "bulkhead")
PLATFORM = os.path.join(ROOT, "policy", "platforms", "qemu-q35-svm.platform")
LIMIT_S = 60
WIDER, SAME = 1, 0

FILES = {
    "root.policy": """system parts version 1 {
    authority officer may labels, label, external, allow, downgrade, always, audit, measure, test, sample, protocol, feedback,
        subject, channel, plan, privilege;
    authority integrator may platform, const, type, sample, allow;
    part "flows.policy" by officer;
    part "more.policy" by officer;
    part "site.policy" by integrator;
}
""",
    "flows.policy": """labels U < S;
label a S; label b U .. S; label c S; label log S;
subject a { image "a.elf"; memory 4 MiB; serial com2; on fault stop; }
subject b { image "b.elf"; memory mine; on fault stop; }
subject c { image "c.elf"; memory 4 MiB; serial com3; on fault restart 3 per 60 s then stop; }
subject log { image "log.elf"; memory 4 MiB; reads audit; may shutdown; on fault stop; }
external world label S at a.com2;
external ops label S at c.com3;
plan normal first major frame { cpu 0 { a 3 ms; b 1 ms; c 2 ms; log rest; } cpu 1 { idle frame; } }
privilege revive a may restart c { rate 1/s burst 1; }
channel up a -> b mediated { depth 2000; feedback rule; }
channel on b -> c mediated { depth 500; feedback rule; notify each 1; }
allow report_in a -> b on up Report { rate 100/s burst 4; }
allow go a -> b on up Go { rate 100/s burst 4; }
allow report_on b -> c on on Report { rate 100/s burst 4; }
protocol pp { from idle on report_in to open; from open on go to open; from open after late to idle; reset when c restart; }
""",
    "more.policy": """always audit denied, downgrade, plan;
audit ring 1 MiB for log {
    class security reserve 4 KiB per subject on full drop and count;
    class flow reserve 4 KiB per subject on full drop and count;
    kernel reserve 4 KiB;
}
measure none;
test "t" { a sends fix on up; expect allow report_in; }
test "zero" { a sends Report { x = 0; kind = 1; } on up; expect allow report_in; }
""",
    "site.policy": """platform "board.platform";
const frame = 10_000; const rest = 4_000; const late = 1_000_000; const mine = 0x40_0000;
type Report little { x: u32 in 0 .. 100; kind: u8 in { 1, 2 }; zero 3; }
type Go little { x: u8 in 0 .. 9; }
sample fix = Report { x = 5; kind = 1; };
""",
    "board.platform": None,
}

SITE, FLOWS, MORE, ROOT_FILE, BOARD = "site.policy", "flows.policy", "more.policy", "root.policy", "board.platform"
ALL = ["officer", "integrator"]
LONGER = (SITE, "10_000; const rest = 4_000", "20_000; const rest = 14_000")
# What is changed, (file, old text, new text) each, who has to sign, exit status, what must be there.
SIGNERS = (
    ("a constant in a plan's frame", (LONGER,), ["integrator"], WIDER,
     r"^  integrator:\n    ~ plan normal: frame .*site.policy:2$"),
    ("a flow that follows from it", (LONGER, (FLOWS, "c 2 ms; log", "c 1 ms; idle 1 ms; log")),
     ["officer", "integrator"], WIDER, r"^  officer:\n"),
    ("a constant in a timeout", ((SITE, "late = 1_", "late = 2_"),), ["integrator"], WIDER,
     r"^  integrator:\n    ~ protocol pp: steps .*site.policy:2$"),
    ("a constant in memory", ((SITE, "mine = 0x40_", "mine = 0x80_"),), ["integrator"], SAME,
     r"^  integrator:\n    ~ subject b: memory .*site.policy:2$"),
    ("a sample in another's test", ((SITE, "x = 5", "x = 6"),), ["integrator"], WIDER,
     r'^  integrator:\n    ~ test "t": steps .*site.policy:5$'),
    ("a default in a test, no longer said", ((MORE, "x = 0; ", ""),), ["officer"], SAME, r"\Asame meaning; to be"),
    ("a type of another's rules", ((SITE, "in { 1, 2 }", "in { 1, 2, 3 }"),), ["integrator"], WIDER, r"kind"),
    ("a remark", ((SITE, "const frame", "# As measured.\nconst frame"),), ["integrator"], SAME, r"\Asame meaning; to be"),
    ("two parts of one", ((FLOWS, "burst 4; }\nprotocol", "burst 3; }\nprotocol"), (MORE, "reserve 4 KiB;", "reserve 8 KiB;")),
     ["officer"], SAME, r"narrower"),
    ("two authorities", ((FLOWS, "memory 4 MiB; reads", "memory 8 MiB; reads"), (SITE, "x = 5", "x = 6")),
     ["officer", "integrator"], WIDER, r"subject log: memory"),
    ("what goes from one part to another", ((SITE, "type Go", "allow more b -> c on on Go { rate 1/s burst 1; }\ntype Go"),
                                            (FLOWS, "allow report_on", "# below\nallow report_on")),
     ["officer", "integrator"], WIDER, r"b -> c on on Go"),
    ("the platform, which a part names", ((BOARD, "platform qemu_q35_svm", "platform other_board"),), ["integrator"], SAME,
     r"platform: name"),
    ("the root", ((ROOT_FILE, "version 1", "version 2"),), ALL, SAME, r"system: version"),
    ("an authority's new name", ((ROOT_FILE, "authority officer", "authority boss"), (ROOT_FILE, '"flows.policy" by officer',
                                  '"flows.policy" by boss'), (ROOT_FILE, '"more.policy" by officer', '"more.policy" by boss')),
     ["boss", "integrator"], WIDER, r"said by officer => boss"),
    ("a part less", ((ROOT_FILE, '    part "more.policy" by officer;\n', ""),
                     (SITE, "type Go", "# what was in more.policy\ntype Go"),
                     (FLOWS, "labels U", FILES["more.policy"] + "labels U")),
     ALL, SAME, r"part more.policy: gone"),
    ("a part that another says", ((ROOT_FILE, "may platform, const", "may always, audit, measure, test, platform, const"),
                                  (ROOT_FILE, '"more.policy" by officer', '"more.policy" by integrator')),
     ALL, WIDER, r"what stands in their parts: said by officer => integrator"),
    ("a rule's new name, which nothing refers to", ((FLOWS, "allow report_on b", "allow reported b"),), ["officer"], SAME,
     r"^  officer:\n    ~ b -> c on on Report: rule report_on => reported  "),
    ("a rule's new name, which a protocol has", ((FLOWS, "allow go a", "allow gone a"), (FLOWS, "on go to", "on gone to")),
     ["officer"], WIDER, r"^    \+ a -> pp by protocol gone  "),
    ("an event where there was none", ((FLOWS, "2000; feedback rule; }", "2000; feedback rule; notify each 4; }"),),
     ["officer"], WIDER,
     r"channel up: notify - => 4"),
    ("an event for another count", ((FLOWS, "notify each 1;", "notify each 4;"),), ["officer"], SAME,
     r"channel on: notify 1 => 4"),
    ("nothing", (), [], SAME, r"\Asame meaning\n\Z"),
)
# The keys of officer's file before and after, who has to sign, exit status: what one who is gone has signed is signed no more.
# No key: the file cannot be read.
KEYS = (("one more", "a", "ab", [], WIDER), ("one less", "ab", "a", ["officer"], SAME),
        ("another", "a", "b", ["officer"], WIDER), ("no file any more", "ab", "", ["officer"], WIDER),
        ("no file before", "", "a", ["officer"], WIDER), ("no file at all", "", "", [], SAME))
# What is added, who signs, and what is removed with who signs.
WHATIF = (("--add", 'threat "T" "of it";', None), ("--add", "allow more b -> c on on Go { rate 1/s burst 1; }", ["officer"]),
          ("--add", "const unused = 3;", ["integrator"]), ("--remove", "revive", ["officer"]))


def bulkhead(*words):
    return subprocess.run([BULKHEAD, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=LIMIT_S, check=False, encoding="utf-8")


def write(folder, edits=()):
    """The policy with its edits; returns its root."""
    os.makedirs(folder, exist_ok=True)
    shutil.copy(PLATFORM, os.path.join(folder, BOARD))
    for name, text in FILES.items():
        path = os.path.join(folder, name)
        if text is None:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        for edit in edits:
            if edit[0] == name:
                expect_equal(text.count(edit[1]), 1, f"{edit[1]!r} in {name}")
                text = text.replace(edit[1], edit[2])
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    return os.path.join(folder, ROOT_FILE)


def signed_by(text):
    told = re.findall(r"; to be signed by: (.*)$", text, re.MULTILINE)
    return told[0].split(", ") if told else []


def check_signers(edits, signers, status, pattern):
    back = [name.replace("boss", "officer") for name in signers]
    with tempfile.TemporaryDirectory() as folder:
        old, new = write(os.path.join(folder, "old")), write(os.path.join(folder, "new"), edits)
        done = bulkhead("diff", old, new)
        expect_equal((done.returncode, done.stderr), (status, ""), done.stdout)
        expect(re.search(pattern, done.stdout, re.MULTILINE), f"{pattern!r} is not in:\n{done.stdout}")
        expect_equal(signed_by(done.stdout), signers, done.stdout)
        expect_equal(json.loads(bulkhead("diff", old, new, "--json").stdout)["to_be_signed_by"], signers, "JSON")
        expect_equal(set(signed_by(bulkhead("diff", new, old).stdout)), set(back), "the other way round")


def check_keys(before, after, signers, status):
    with tempfile.TemporaryDirectory() as folder:
        keys = {}
        for name in set(before + after):
            private = os.path.join(folder, name)
            subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", private], check=True,
                           timeout=LIMIT_S)
            keys[name] = subprocess.run(["openssl", "ec", "-in", private, "-pubout"], check=True, timeout=LIMIT_S,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="ascii").stdout
        roots = []
        for side, names in (("old", before), ("new", after)):
            roots.append(write(os.path.join(folder, side),
                               ((ROOT_FILE, "authority officer may", 'authority officer key "officer.pub" may'),)))
            if names:
                with open(os.path.join(folder, side, "officer.pub"), "w", encoding="ascii") as file:
                    file.write("".join(keys[name] for name in names))
        done = bulkhead("diff", *roots)
        expect_equal((done.returncode, done.stderr), (status, ""), done.stdout)
        expect_equal(signed_by(done.stdout), signers, done.stdout)


def check_alike():
    """Groups of stages that may run the same code and have a name in common are not one group."""
    may = (ROOT_FILE, "feedback,\n", "feedback, pipeline, only,\n")
    line = ("only a may restart c;\n"
            "pipeline line a -> b -> c except by ring and via a by revive and by same code of %s;\nprotocol")
    groups = ("a, b and by same code of b, c", "a, b, c", "c, b and by same code of b, a")
    with tempfile.TemporaryDirectory() as folder:
        pairs, all_three, turned = (write(os.path.join(folder, str(i)), (may, (FLOWS, "protocol", line % names)))
                                    for i, names in enumerate(groups))
        for old, new, status, told in ((pairs, all_three, WIDER, "(wider)"), (all_three, pairs, SAME, "(narrower)"),
                                       (pairs, turned, SAME, "same meaning")):
            done = bulkhead("diff", old, new)
            expect_equal((done.returncode, done.stderr), (status, ""), done.stdout)
            expect(told in done.stdout, done.stdout)


def check_whatif(option, words, signers):
    """The part in which the statement lands, or out of which it goes."""
    with tempfile.TemporaryDirectory() as folder:
        done = bulkhead("whatif", write(folder), option, words)
        expect(done.returncode == 2 if signers is None else done.returncode in (0, 1), done.stdout + done.stderr)
        expect_equal(signed_by(done.stdout), signers or [], done.stdout)


def main():
    tap = Tap()
    for name, *case in SIGNERS:
        tap.run("signers: " + name, check_signers, *case)
    for name, *case in KEYS:
        tap.run("signers: keys, " + name, check_keys, *case)
    tap.run("stages that may be alike, by groups", check_alike)
    for option, words, signers in WHATIF:
        tap.run(f"signers: whatif {option} {words}", check_whatif, option, words, signers)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
