#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What closes something else: a message after which another rule's is denied, a stop, a restart, a switch. A `restrict` of
such a rule is refused, and less of it is wider and narrower. The bits of CPUID, which a guest goes by."""
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
LIMIT_S = 60
OPENED, NARROWED = 1, 0
BOTH = "wider and narrower"

# Shared by all: messages of one byte from a over b to c.
BASE = """system closing version 1 { part "parts/base-b.policy"; }
type Stop little { reason: u8; }
type Go little { reason: u8; zero 1; }
type Sure little { reason: u8; zero 2; }
type Free little { reason: u8; zero 5; }
type Dim little { reason: u8; zero 6; }
type Ask little { id: u16; zero 2; }
type Note little { id: u16; zero 6; }
type Answer little { id: u16; zero 4; }
channel ctl a -> b mediated { depth 64; }
allow stop a -> b on ctl Stop { rate 10/s burst 2; }
allow sure a -> b on ctl Sure { rate 10/s burst 2; }
allow free a -> b on ctl Free { rate none; where reason < 99; }
allow dim a -> b on ctl Dim { rate none; where reason < 99; }
allow ask a -> b on ctl Ask { rate 10/s burst 2; }
allow note a -> b on ctl Note { rate 10/s burst 2; }
allow go b -> c on on Go { rate 10/s burst 1; }
allow answer b -> c on on Answer { rate 10/s burst 1; }
"""
OVER = "order over: after stop never go;\n"
# What moves `stop` and what is in the same automaton, and what stays open; None: nothing does.
HEARTBEAT = ("protocol p { from off on stop to on; from on on stop to on; from on after 5 s to off; "
             "from on on dim to on; }\n")
KEEPS = "protocol p keeps id: u16 { from ready on ask to ready keep id; from ready on sure to armed; "
TIMED = "protocol p { from on on stop to on; from on after 5 s to open; from open on go to open; }\n"
KEPT = KEEPS + "from armed on answer to ready where it.id == id; }\n"
AUTOMATA = (
    ("an order", OVER, "stop", "go"),
    ("what an order opens alone", "order first: never go until stop;\n", "stop", None),
    ("what an order opens, and a restart holds again while tokens stay", "order first: never go until stop reset when b "
     "restart;\n", "stop", "go"),
    ("the same without a rate", "order first: never go until free reset when b restart;\n", "free", None),
    ("what an order holds", OVER, "go", None),
    ("a message that is used up", "order each: always stop before go;\n", "go", "go"),
    ("one of two that are used up together", "order each: always stop before go, answer;\n", "go", "answer"),
    ("a step to less", "protocol p { from on on go to on; from on on stop to off; from off on sure to on; }\n", "stop", "go"),
    ("a step back to more", "protocol p { from on on go to on; from on on dim to off; from off, on on free to on; }\n",
     "free", None),
    ("a step back to more, by which it is denied itself", "protocol p { from on on go to on; from on on dim to off; "
     "from off on free to on; }\n", "free", "free"),
    ("a step to where another one closes", "protocol p { from on, asked on go to on; from on on stop to asked; "
     "from asked on sure to off; from off after 9 s to on; }\n", "stop", "go"),
    ("a step away from where time opens", "protocol p { from off on sure to armed; from armed after 5 s to open; "
     "from open on go to off; from armed on stop to off; }\n", "stop", "go"),
    ("a step that leads where time leads too", "protocol p { from off on free to armed; from armed after 5 s to open; "
     "from armed, open on dim to open; from open on go to open; }\n", "dim", None),
    ("a step that has time begin again", TIMED, "stop", "go"),
    ("a step that has time begin again before it closes", HEARTBEAT.replace("stop", "free"), "free", None),
    ("the same by a rate: a later one has it begin again", HEARTBEAT, "stop", "dim"),
    ("a round", "protocol p { from one on stop to two; from two on sure to three; from three on go to one; }\n", "sure",
     "go"),
    ("an answer to a question", "protocol p keeps id: u16 { from idle on ask to asked keep id; from asked on answer to idle "
     "where it.id == id; from asked after 5 s to idle; }\n", "ask", "answer"),
    ("a question that takes the place of another", "protocol p keeps id: u16 { from idle, asked on ask to asked keep id; "
     "from asked on answer to idle where it.id == id; }\n", "ask", "answer"),
    ("a value kept, and compared later", KEPT, "ask", "answer"),
    ("a value kept, and kept again before it is compared", KEEPS + "from armed on note to full keep id; "
     "from full on answer to ready where it.id == id; }\n", "ask", None),
    ("a later message of the same rule", "protocol p { from s, s1 on stop to s1; from s on sure to x; from s1 on sure to y; "
     "from x on stop to x2; from y on stop to y2; from x2 on go to x2; from x2 on sure to x2; from y2 on sure to y2; }\n",
     "stop", "go"),
    ("what passes in the one first, in the other later", "protocol p { from s on stop to s1; from s1 on go to s2; "
     "from s, s3 on sure to s3; from s1 on sure to s1; from s2 on sure to s2; from s3 on go to s3; }\n", "stop", "go"),
)
LATER = AUTOMATA[-1][1]
KILL = "privilege kill a may stop c { rate 10/s burst 2; }\n"
SLOWER = KILL.replace("10/s", "1/s")
PLANS = ("plan usual first major 10 ms { cpu 0 { a 3 ms; b 3 ms; log 4 ms; } cpu 1 dedicated c; }\n"
         "privilege turn a may switch to plan normal { rate 10/s burst 2; }\n")
STEPS = ("protocol p { from on on go to on; from on, dim on stop to off; from on on sure to dim; from dim on go to dim; "
         "from off on sure to on; from on, off on answer to on; }\n")
WRONG = "allow back c -> a on up Go { rate 1/s burst 1; }"


def swap_names(text):
    for old, new in (("stop", "other"), ("sure", "stop"), ("other", "sure")):
        text = text.replace(f"allow {old} a", f"allow {new} a")
    return text


# Texts behind BASE before and after, exit status of `diff`, what it says.
CHANGES = (
    ("a rate", OVER, lambda t: t.replace("Stop { rate 10/s", "Stop { rate 9/s"), OPENED, "Stop: rate .*" + BOTH),
    ("a condition", OVER, lambda t: t.replace("burst 2; }\nallow sure", "burst 2; where reason == 255; }\nallow sure"), OPENED,
     rf"Stop: where .*{BOTH}.*\n.*no longer passes: reason = 0; `go` stays open when `stop` is denied: `over`"),
    ("the type's range", OVER, lambda t: t.replace("Stop little { reason: u8;", "Stop little { reason: u8 in 1 .. 9;"), OPENED,
     rf"Stop: fields .*{BOTH}"),
    ("the rule", "", lambda t: t, NARROWED, "same meaning"),
    ("a rule that closes nothing", OVER, lambda t: t.replace("Go { rate 10/s", "Go { rate 9/s"), NARROWED,
     r"rate .*\(narrower\)"),
    ("an order that holds what closes", OVER, lambda t: t + "order calm: never stop until sure;\n", OPENED,
     rf"Stop: protocol none => calm \({BOTH}\)"),
    ("an order that holds it otherwise", OVER + "order calm: after sure never stop before ask;\n",
     lambda t: t.replace("after sure never", "after sure, answer never"), OPENED, rf"order calm: says .*\({BOTH}\)"),
    ("a first order", "", lambda t: t + OVER, OPENED, r"on on Go: protocol none => over \(narrower\)"),
    ("an order that holds more", OVER, lambda t: t.replace("never go", "never go, answer"), OPENED,
     r"order over: says .*\(narrower\)"),
    ("a step that has time begin again", TIMED.replace("from open on go", "from open on stop to open; from open on go"),
     lambda t: t.replace("from on on stop to on; ", ""), OPENED,
     rf"protocol p: steps .*\({BOTH}\).*\n.*now passes: `go`"),
    ("a condition on one that has time begin again", TIMED, lambda t: t.replace("burst 2; }\nallow sure",
     "burst 2; where reason == 255; }\nallow sure"), OPENED, rf"where .*{BOTH}.*\n.*`go` stays open when `stop` is denied: `p"),
    ("a condition on one that keeps a value", KEPT, lambda t: t.replace("ctl Ask { rate 10/s burst 2;",
     "ctl Ask { rate 10/s burst 2; where id != 0;"), OPENED, rf"where .*{BOTH}.*\n.*`answer` stays open when `ask`"),
    ("a step that keeps another value", KEPT, lambda t: t.replace("to ready keep id;", "to ready;"), OPENED,
     rf"protocol p: steps .*\({BOTH}\).*\n.*now passes: `answer`"),
    ("a condition on one that passes later instead", LATER, lambda t: t.replace("burst 2; }\nallow sure",
     "burst 2; where reason == 255; }\nallow sure"), OPENED, rf"where .*{BOTH}"),
    ("an order that holds one more, which closes by another", OVER + "order dimmed: never dim until sure;\n",
     lambda t: t.replace("never dim until", "never dim, stop until"), OPENED,
     rf"order dimmed: says .*\({BOTH}\).*\n.*`go` stays open"),
    ("a timeout that is longer, before less", HEARTBEAT, lambda t: t.replace("after 5 s", "after 6 s"), OPENED,
     r"protocol p: steps .*wider"),
    ("a timeout that is shorter, before less", HEARTBEAT.replace("stop", "free"), lambda t: t.replace("after 5 s", "after 4 s"),
     NARROWED, r"protocol p: steps .*\(narrower\)"),
    ("a step that closes", STEPS, lambda t: t.replace("from on, dim on stop", "from dim on stop"), OPENED,
     rf"protocol p: steps .*\({BOTH}\)"),
    ("a step that closes nothing", STEPS, lambda t: t.replace("from dim on go to dim; ", ""), NARROWED,
     r"protocol p: steps .*\(narrower\)"),
    ("a reset more", STEPS, lambda t: t.replace("to on; }\n", "to on; reset when a restart; }\n"), OPENED,
     rf"protocol p: reset by none => a \({BOTH}\)"),
    ("two rules that take each other's names", OVER, swap_names, OPENED,
     rf"on ctl Stop: rule stop => sure \({BOTH}\).*\n.*what names `sure` means this one now"),
    ("a new name", "", lambda t: t.replace("allow stop a", "allow halt_all a"), NARROWED, r"rule stop => halt_all  "),
    ("a frame that is longer, by which a switch waits", PLANS, lambda t: t.replace(PLANS, PLANS.replace("4 ms", "6 ms")
     .replace("10 ms", "12 ms")), OPENED, rf"plan usual: frame 10000 => 12000 \({BOTH}\)"),
    ("a privilege", KILL, lambda t: t.replace(KILL, ""), OPENED, rf"a may stop c \({BOTH}\).*\n.*what `c` may do stays open"),
    ("a privilege's rate", KILL, lambda t: t.replace(KILL, SLOWER), OPENED, rf"a may stop c: rate .*\({BOTH}\)"),
    ("a privilege's restriction", KILL, lambda t: t + "restrict rarely on kill { rate 1/min burst 1; }\n", OPENED,
     rf"a may stop c: rate .*\({BOTH}\)"),
    ("a switch of plans", PLANS, lambda t: t.replace("normal { rate 10/s", "normal { rate 9/s"), OPENED,
     rf"switch to plan normal: rate .*\({BOTH}\)"),
)
BOARDS = (
    ("more of CPUID", ("0x20100800", "0x20100801"), OPENED, r"cpuid 0x80000001 subleaf 0: is .*\(wider\)"),
    ("less of CPUID", ("0x20100800", "0x20000800"), NARROWED, r"cpuid 0x80000001 subleaf 0: is .*\(narrower\)"),
    ("the highest bit of CPUID", ("0x0780a179", "0x8780a179"), OPENED, r"cpuid 0x00000001 subleaf 0: is .*\(wider\)"),
    ("a leaf more", ("    cpuid 0x80000008", "    cpuid 0x80000007 is 0 0 0 0x100;\n    cpuid 0x80000008"), OPENED,
     r"cpuid 0x80000007 subleaf 0: new \(wider\)"),
    ("a leaf that says nothing", ("    cpuid 0x80000008", "    cpuid 0x80000007 is 0 0 0 0;\n    cpuid 0x80000008"), NARROWED,
     r"cpuid 0x80000007 subleaf 0: new  "),
)
FEWER, OTHER = ("3 per 60 s", "2 per 60 s"), ("monitors b", "monitors c")
WATCHED = 'subject m monitors b { image "m.elf"; memory 2 MiB; }\n'
RESETS = WATCHED + STEPS.replace("to on; }\n", "to on; reset when m restart; }\n")
# A monitor lives its subject's life.
LIVES = (
    ("fewer restarts of whose monitor resets", RESETS, FEWER, OPENED, rf"subject b: restarts .*\({BOTH}\)"),
    ("fewer restarts of whose monitor resets nothing", WATCHED + STEPS, FEWER, NARROWED,
     r"subject b: restarts .*\(narrower\)"),
    ("a monitor that resets by another's life", RESETS, OTHER, OPENED, r"subject m: monitors b => c \(wider\)"),
)


def bulkhead(*arguments):
    return subprocess.run([BULKHEAD, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=LIMIT_S, check=False, text=True, errors="replace")


def write(folder, name, text, board=()):
    """The policy beside its parts, as in the tree; `board` is an edit of its platform."""
    place = os.path.join(folder, name, "tests", "golden")
    for part in (os.path.join("tests", "golden", "parts"), os.path.join("policy", "platforms")):
        shutil.copytree(os.path.join(ROOT, part), os.path.join(folder, name, part), dirs_exist_ok=True)
    path = os.path.join(place, "closing.policy")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    if board:
        platform = os.path.join(folder, name, "policy", "platforms", "qemu-q35-svm.platform")
        with open(platform, encoding="utf-8") as file:
            words = file.read()
        expect(board[0] in words, board[0])
        with open(platform, "w", encoding="utf-8") as file:
            file.write(words.replace(*board))
    return path


# ---- check ----
def check_restrict(folder, automaton, rule, stays_open):
    """A restriction is refused where something stays open by it, which it names; without it the policy is sound."""
    path = write(folder, "old", BASE + automaton)
    done = bulkhead("check", "--no-images", path)
    expect_equal(done.returncode, 0, done.stderr)
    limit = f"restrict tight on {rule} {{ rate 1/min burst 1; }}"
    with open(path, "a", encoding="utf-8") as file:
        file.write(limit + "\n")
    done = bulkhead("check", "--no-images", path)
    if stays_open is None:
        expect_equal((done.returncode, "BH0613" in done.stderr), (0, False), done.stderr)
        return
    expect_equal(done.returncode, 1, done.stderr)
    later = "a later " if stays_open == rule else ""
    expect(f"where it refuses `{rule}`, {later}`{stays_open}` stays open [BH0613]" in done.stderr, done.stderr)
    expect_equal(done.stderr.count("[BH"), 1, done.stderr)
    expect(f"say it in `{rule}` itself" in done.stderr, done.stderr)


# ---- diff ----
def check_told(old, new, status, pattern):
    done = bulkhead("diff", old, new)
    expect_equal((done.returncode, done.stderr), (status, ""), done.stdout)
    expect(re.search(pattern, done.stdout), f"{pattern!r} is not in:\n{done.stdout}")
    told = json.loads(bulkhead("diff", old, new, "--json").stdout)
    expect_equal(told["wider"], status == OPENED, "JSON")


def check_change(folder, text, change, status, pattern):
    before, after = BASE + text, change(BASE + text)
    expect_equal(before == after, pattern == "same meaning", "the change changes nothing")
    check_told(write(folder, "old", before), write(folder, "new", after), status, pattern)


def check_board(folder, edit, status, pattern):
    check_told(write(folder, "old", BASE), write(folder, "new", BASE, edit), status, pattern)


def check_lives(folder, text, edit, status, pattern):
    """An edit of all that speaks of lives: the policy and the part that its subjects are in."""
    old, new = (write(folder, name, BASE + text) for name in ("old", "new"))
    for path in (new, os.path.join(os.path.dirname(new), "parts", "base-b.policy")):
        with open(path, encoding="utf-8") as file:
            words = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(words.replace(*edit))
    check_told(old, new, status, pattern)


def check_whatif(folder):
    """What is refused is not called the same, nor narrower."""
    path = write(folder, "old", BASE + OVER)
    tight = "restrict tight on stop { rate 1/min burst 1; }"
    for words in (WRONG, tight, tight.replace("stop", "answer") + WRONG):
        done = bulkhead("whatif", path, "--add", words)
        expect_equal(done.returncode, 2, done.stdout + done.stderr)
        expect("the policy would be refused" in done.stderr and "[BH06" in done.stderr, done.stderr)
        expect("same meaning" not in done.stdout and "to be signed by" not in done.stdout, done.stdout)
    same = json.loads(bulkhead("whatif", path, "--add", WRONG, "--json").stdout)
    expect_equal((same["errors"], "wider" in same), (1, False), "JSON claims nothing either")
    done = bulkhead("whatif", path, "--remove", "stop, over")
    expect_equal(done.returncode, 1, "what it closed stays open")


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        for what, automaton, rule, stays_open in AUTOMATA:
            tap.run(f"restrict: {what}", check_restrict, folder, automaton, rule, stays_open)
        for what, *change in CHANGES:
            tap.run(f"diff: {what}", check_change, folder, *change)
        for what, *change in BOARDS:
            tap.run(f"diff: {what}", check_board, folder, *change)
        for what, *change in LIVES:
            tap.run(f"diff: {what}", check_lives, folder, *change)
        tap.run("whatif claims nothing of what is refused", check_whatif, folder)
    tap.finish()


if __name__ == "__main__":
    main()
