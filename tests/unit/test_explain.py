#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bulkhead explain: the verdict, the check that fails, why, and the nearest rule, for each check; questions without sense."""
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from tap import Tap, expect, expect_equal

ROOT = os.path.dirname(os.path.dirname(HERE))
BULKHEAD = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "bulkhead")
GATEWAY = "policy/examples/ais-gateway/ais-gateway.policy"
GOOD = "tests/golden/good.policy"
USES = "tests/golden/uses.policy"
ORDERS = "tests/golden/orders.policy"
TURNS = "tests/golden/orders-alternate.policy"
NARROW, SHARED, DIRECT, PAGE = (f"tests/golden/explained-{name}.policy" for name in ("narrow", "shared", "direct", "page"))
LATTICE, NUMBERS = "tests/golden/lattice-good.policy", "tests/golden/arrays-numbers.policy"
FLOWS, TYPES = "policy/examples/ais-gateway/flows.policy", "policy/examples/ais-gateway/types.policy"
LIMIT_S = 30
CHECKS = ["channel", "type", "length", "padding", "fields", "type's where", "grant", "label", "plan", "where", "protocol",
          "rate"]

USE_CHECKS = ["privilege", "plan", "rate"]

# Policy, question, rule, the check that fails, the nearest rule, what its reasons and those of the check say.
CASES = (
    (GATEWAY, "low fix reports", "position_in", None, None, ()),
    (GATEWAY, "low fix reports lat=-90deg lon=0x10 speed=1_023", "position_in", None, None, ()),
    (GATEWAY, "low fix tracks", "default", "channel", "position_in", ("`tracks` carries what `guard` sends", "such a message")),
    (GATEWAY, "low fix reports lat=91deg", "type.PositionReport.lat", "fields", "position_in",
     ("`lat` is 54600000 (91 deg), declared as `lat: i32 in -90 deg .. 90 deg;`",)),
    (GATEWAY, "low fix reports lat=-90.0001deg", "type.PositionReport.lat", "fields", "position_in", ("(-90.0001 deg)",)),
    (GATEWAY, "low fix reports status=16", "type.PositionReport.status", "fields", "position_in", ("`status` is 16",)),
    (GATEWAY, "low fix reports msg=18 status=5", "padding", "padding", "position_in", ("must be zero",)),
    (GATEWAY, "guard fix notices", "length", "length", "position_up", ("has 24 bytes, `notices` takes at most 16",)),
    (GATEWAY, "low Notice reports", "default", "grant", "position_in",
     ("no `allow` lets `low` send `Notice`", "it is for `PositionR")),
    (GATEWAY, "guard fix tracks lat=1.25deg lon=104deg", "position_up.where", "where", "position_up",
     ("`lat in exclusion.lat` holds: `lat` is 750000 (1.25 deg)", "`lon in exclusion.lon` holds")),
    (GATEWAY, "guard Notice notices id=7", "release", "protocol", "notice_out", ("the protocol is in state `idle`",)),
    (GATEWAY, "guard Notice notices id=7 --state release=held:7", "notice_out", None, None, ()),
    (GATEWAY, "guard Notice notices id=8 --state release=held:7", "release", "protocol", "notice_out",
     ("`id` is 8, the protocol's",)),
    (GOOD, "c small back id=6", "type.Wide.where", "type's where", "wide_in", ("`id in 5 .. 9` holds: `id` is 6",)),
    (GOOD, "c small back b=4 c=3", "type.Wide.where", "type's where", "wide_in",
     ("`b == 3` does not hold", "`c in { 1, 2, 9 }`")),
    (GOOD, "c Wide back kind=1 id=0 a=-1 y=-1", "type.Wide.where", "type's where", "wide_in",
     ("`a < 0` holds", "`id != 0` does")),
    (GOOD, "c small back id=2", "wide_in.where", "where", "wide_in", ("`id == 1` does not hold: `id` is 2",)),
    (GOOD, "c ring back line=2", "slower.where", "where", "call", ("`line != 2` does not hold: `line` is 2",)),
    (GOOD, "c Ask back", "ask", None, None, ()),
    (GOOD, "b Ask down id=5 --state turn=asked:5", "answer", None, None, ()),
    (GOOD, "c ring back name=ABCDEF digits=\"09\" count=1", "call", None, None, ()),
    (GOOD, "c ring back name=AB key=0100FF digits=0509", "call", None, None, ()),
    (GOOD, "c ring back name[1]=7", "type.Call.name", "padding", "call",
     ("the text \"A\" ends before `name[1]`, and what is", "`name[1]` is 7",)),
    (GOOD, "c over back name[5]='!'", "type.Call.name", "padding", "call",
     ("the text \"AB\" ends before `name[2]`", "`name[5]` is 33 ('!')")),
    (GOOD, "c ring back name[2]=0x7f", "type.Call.name", "fields", "call", ("`name[2]` is 127, declared as `name: char[6];`",)),
    (GOOD, "c ring back name[0]=0x7f count=1", "type.Call.digits", "padding", "call", ("`count` is 1, and what is behind",)),
    (GOOD, "c ring back count=1", "type.Call.digits", "padding", "call",
     ("`count` is 1, and what is behind must be zero: `digits[1]` is 9",)),
    (GOOD, "c ring back digits[1]=10", "type.Call.digits", "fields", "call",
     ("`digits[1]` is 10, declared as `digits: u8[3]",)),
    (GOOD, "c over back name=ABCDEZ", "call.where", "where", "call",
     ("`kind == call` does not hold: `kind` is 2 (hang_up)", "`name[5] != 'Z'` does not hold: `name[5]` is 90 ('Z')")),
    (GOOD, "c over back kind=7", "type.Call.kind", "fields", "call", ("`kind` is 7, declared as `kind: u8 in Kind;`",)),
    (USES, "c Report extra x=1 kind=1", "plan", "plan", "late", ("`late` holds only in plan `normal`; `usual` runs",)),
    (USES, "c Report extra x=1 kind=1 --plan normal", "late", None, None, ()),
    (USES, "a switch normal", "turn", None, None, ()),
    (USES, "a switch usual", "plan", "plan", "back", ("`back` holds only in plan `normal`; `usual` runs",)),
    (USES, "a switch normal --plan normal", "plan", "plan", "turn", ("`seldom` holds only in plan `usual`; `normal` runs",)),
    (USES, "a restart c", "revive", None, None, ()),
    (USES, "b restart c", "privilege", "privilege", "revive",
     ("no `privilege` lets `b` restart `c`", "it is for `a`, not `b`", "such a use by `a` would be allowed")),
    (USES, "b switch usual", "privilege", "privilege", "back",
     ("it is for `a`, not `b`", "`back` holds only in plan `normal`")),
    (NARROW, "a fine up", "first.where", "where", "report_in",
     ("`first` denies it by its condition:", "`x < 10` does not hold: `x` is 50", "`third` denies it by its condition:",
      "`kind == 2` does not hold: `kind` is 1")),
    (NARROW, "a fine up x=5", "third.where", "where", "report_in", ("`kind == 2` does not hold",)),
    (NARROW, "a fine up x=5 kind=2", "report_in", None, None, ()),
    (NARROW, "a fine up x=5 --plan night", "plan", "plan", "report_in",
     ("`second` holds only in plan `day`; `night` runs", "`third` denies it by its condition:", "`kind == 2` does not hold")),
    (SHARED, "log fine back", "default", "channel", "back_in",
     ("`log` shares the outbox of `back`: what it writes there passes as `c`'s, once `c` sends it",
      "such a message would pass")),
    (SHARED, "a fine back", "default", "channel", "report_in", ("`back` carries what `c` sends, and nothing of `a`",)),
    (NUMBERS, "a m n1 readings[last]=10", "elements_1.where", "where", "elements_1", ("`readings[3]` is 10",)),
    (NUMBERS, "a m n1 readings[3]=10 readings[0]=1", "elements_1.where", "where", "elements_1", ("`readings[last] < 10`",)),
    (USES, "a stop c", "privilege", "privilege", "revive", ("it is to restart `c`, not to stop `c`",)),
    (TURNS, "a Report up kind=1", "report_in", None, None, ()),
    (TURNS, "a Report up kind=1 --state turns=free", "turns", "protocol", "report_in",
     ("`turns` denies `report_in`: alternate report_in with answer, refusal", "once `refusal` passed")),
    (TURNS, "b Report back kind=1", "turns", "protocol", "answer", ("`turns` denies `answer`", "once `report_in` passed")),
    (TURNS, "b Report back kind=1 --state turns=free", "answer", None, None, ()),
    (ORDERS, "b Report back kind=1", "asked_first", "protocol", "answer",
     ("never answer until report_in", "once `report_in` passed")),
    (ORDERS, "b Report back kind=1 --state once=free", "answer", None, None, ()),
    (ORDERS, "b Report back kind=1 --state asked_first=free,once=held", "once", "protocol", "answer", ("`once` denies",)),
    (ORDERS, "b Report back kind=1 --state once=free,ended=held", "ended", "protocol", "answer", ("can not pass any more",)),
    (ORDERS, "b Ready back code=1 --state limited=held", "limited", "protocol", "ready", ("`limited` denies `ready`",)),
    (ORDERS, "b Ready back code=1 --state limited=held,limited=free", "ready", None, None, ()),
    (ORDERS, "a Report up kind=1 --state calm=begin", "report_in", None, None, ()),
    (LATTICE, "filter Other back x=1", "default", "grant", "better",
     ("the level S is above U, and the category CRYPTO would be lost", "a rule could say `downgrade S { CRYPTO } to U`")),
    (LATTICE, "filter Value on x=1", "pass", None, None, ()),
    (USES, "log switch normal", "privilege", "privilege", "turn", ("no `privilege` lets `log` switch to plan `normal`",)),
)

NONSENSE = (
    ("loww fix reports", "no subject `loww`; did you mean `low`"), ("low fx reports", "no message type `fx`"),
    ("low fix report", "did you mean `reports`"), ("low fix reports lat=1foo", "no unit `foo`"),
    ("low fix reports latt=1", "no field `latt`"), ("low fix reports lat", "expected `=`"),
    ("low fix reports lat=", "expected a number"),
    ("low fix reports lat=1,", "nothing more"), ("low fix reports lat=1 lat=2", "`lat` is given twice"),
    ("low fix reports msg=256", "must lie in 0 .. 255"),
    ("low fix reports lat=1.00000001deg", "not a whole number"),
    ("low fix reports --state release=helb", "did you mean `held`"),
    ("low fix reports --state relase=held", "did you mean `release`"), ("low fix reports --state release", "expected `=`"),
    ("low fix reports --state release=held:65536", "must lie in"), ("low fix reports lat=exclusion", "is a box"),
    ("low fix reports lat=" + "9" * 500, "error"), ("low fix reports " + "x" * 5000 + "=1", "error"),
    ("low fix reports \x1b[2J=1", "error"), ("low fix reports --plan normall", "did you mean `normal`"),
    ("low restart guardd", "did you mean `guard`"), ("low switch guard", "no plan `guard`"),
    ("low stop guard x=1", "carries no message"), ("loww stop guard", "did you mean `low`"),
)


def explain(policy, question, *options):
    return subprocess.run([BULKHEAD, "explain", policy, *question.split(" "), *options], cwd=ROOT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT_S, check=False, text=True)


def check_case(policy, question, rule, failed, nearest, says):
    done = explain(policy, question, "--json")
    expect_equal((done.returncode, done.stderr), (0, ""), "exit status")
    answer = json.loads(done.stdout)
    expect_equal((answer["verdict"], answer["rule"]), ("deny" if failed else "allow", rule), "verdict")
    checks = USE_CHECKS if question.split()[1] in ("switch", "restart", "stop") else CHECKS
    expect_equal([check["check"] for check in answer["checks"]], checks, "checks")
    at = checks.index(failed) if failed else len(checks)
    wanted = ["passed"] * at + (["failed"] + ["not reached"] * (len(checks) - at - 1) if failed else [])
    expect_equal([check["result"] for check in answer["checks"]], wanted, "results")
    expect_equal(answer["nearest"] and answer["nearest"]["rule"], nearest, "nearest rule")
    reasons = answer["reasons"] + (answer["nearest"]["reasons"] if nearest else [])
    for part in says:
        expect(any(part in reason["reason"] for reason in reasons), f"{part} is not among {reasons}")
    expect(not failed or (answer["reasons"] and answer["nearest"]["reasons"]), "a denial without a reason")
    check_text(policy, question, answer)


def check_text(policy, question, answer):
    """People are told the same; each place is one where the rule's name stands."""
    done = explain(policy, question)
    expect_equal(done.returncode, 0, done.stderr)
    place = f" at {answer['file']}:{answer['line']}" if "file" in answer else ", which is built in"
    expect(done.stdout.startswith(f"{answer['verdict']} by {answer['rule']}{place}\n"), done.stdout)
    for reason in answer["reasons"]:
        expect(reason["reason"] in done.stdout, done.stdout)
    if answer["nearest"]:
        expect(f"nearest rule: {answer['nearest']['rule']} at " in done.stdout, done.stdout)
        with open(os.path.join(ROOT, answer["nearest"]["file"]), encoding="utf-8") as file:
            line = file.read().splitlines()[answer["nearest"]["line"] - 1]
        expect(re.search(rf"\b(allow|privilege) {answer['nearest']['rule']}\b", line), line)


def check_nonsense(question, says):
    done = explain(GATEWAY, question)
    expect_equal((done.returncode, done.stdout), (2, ""), question)
    expect(says in done.stderr and "command line:1:" in done.stderr, done.stderr)
    expect("\x1b" not in done.stderr, "a control character reaches the terminal")


def check_direct():
    """Who writes on a direct channel is not judged; who is not its sender has no way to write."""
    for question, verdict, rule, says in (
            ("a Report beams", "not judged", "beam",
             ("nobody judges or records what is in it", "`Report` is what `c` expects", "`c` finds out by Report_valid()")),
            ("a Report beams x=101", "not judged", "beam", ("nobody judges",)),
            ("a Ask beams", "not judged", None,
             ("no rule says that `c` expects a `Ask` there, and nothing keeps `a` from writing",)),
            ("c Report beams", "deny", "default",
             ("memory that `c` may read and not write", "it is for what `a` writes, not `c`")),
            ("b Report beams", "deny", "default", ("memory of `a` and `c` alone: `b` sees nothing of it",))):
        done, text = explain(DIRECT, question, "--json"), explain(DIRECT, question)
        expect_equal((done.returncode, done.stderr, text.returncode, text.stderr), (0, "", 0, ""), "exit status")
        answer = json.loads(done.stdout)
        expect_equal((answer["verdict"], answer["rule"]), (verdict, rule), question)
        expect_equal(answer["nearest"] and answer["nearest"]["rule"], "beam" if verdict == "deny" else None, "nearest rule")
        expect(text.stdout.startswith(verdict), text.stdout)
        for part in says:
            expect(part in done.stdout and part in text.stdout, f"{part} is not in {done.stdout}")


def check_acknowledged():
    """Acknowledgements are the receiver's to write, and shown to the sender."""
    for question, says in (("log Report beams", "what `c` has not acknowledged is not overwritten; `log` sees whatever `c`"),
                           ("c Report beams", "may read and not write; it writes its acknowledgements alone")):
        done = explain(PAGE, question)
        expect(says in done.stdout, f"{says} is not in {done.stdout}")


def check_other_case():
    """A field of another case of the union is not taken for the one that has its bytes."""
    policy = "tests/golden/cases_harmless.policy"
    for question in ("a turned both kind=2", "a Either both kind=2 angle=7", "a turned both low=1"):
        done = explain(policy, question)
        expect_equal((done.returncode, done.stdout), (2, ""), question)
        expect("these bytes are `" in done.stderr and "[BH0409]" in done.stderr, done.stderr)
    for question in ("a turned both kind=2 angle=0 low=1", "a turned both kind=3", "a Either both angle=7"):
        status = explain(policy, question).returncode
        expect_equal(status, 2 if "low=1" in question else 0, question)


def check_bad_order():
    """A state of joined orders that no messages lead to, a word that is none; a protocol is neither held nor free."""
    for policy, question, says in (
            (ORDERS, "b Report back --state asked_first=held,calm=held", "no messages lead to a state in which `calm` is held"),
            (ORDERS, "b Report back --state once=hel", "did you mean `held`"),
            (GATEWAY, "low fix reports --state release=held_up,release=free", "no state")):
        done = explain(policy, question)
        expect_equal((done.returncode, done.stdout), (2, ""), question)
        expect(says in done.stderr, done.stderr)


def check_bad_policy():
    expect_equal(explain("tests/golden/types.policy", "a Report up").returncode, 1, "exit status for a policy with errors")
    expect_equal(explain("absent.policy", "a Report up").returncode, 2, "exit status for a missing policy")
    expect_equal(explain(GATEWAY, "low fix").returncode, 2, "exit status for too few words")


def main():
    tap = Tap()
    for case in CASES:
        tap.run("explain: " + case[1], check_case, *case)
    for question, says in NONSENSE:
        tap.run("explain refuses: " + ascii(question[:50]), check_nonsense, question, says)
    tap.run("explain: a policy that does not check", check_bad_policy)
    tap.run("explain: fields of other cases", check_other_case)
    tap.run("explain: direct channels", check_direct)
    tap.run("explain: acknowledgements", check_acknowledged)
    tap.run("explain: states of orders that are none", check_bad_order)
    tap.finish()


if __name__ == "__main__":
    main()
