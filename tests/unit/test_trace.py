#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bulkhead trace: threats, requirements, rules and assertions, tests as text, CSV, HTML and JSON say the same; free text breaks
none of them; what is not countered is told."""
import csv
import html.parser
import io
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from tap import Tap, expect, expect_equal, in_folder

ROOT = os.path.dirname(os.path.dirname(HERE))
BULKHEAD = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "bulkhead")
THREATS = "tests/golden/threats.policy"
UPWARD = "upward world -> low -> guard -> high -> ops except by backpressure"
DOWNWARD = "ops -> world except via guard by notice_out and by backpressure"
GATEWAY = "policy/examples/ais-gateway/ais-gateway.policy"
LIMIT_S = 30
NASTY = '=HYPERLINK(1), <b>&\'\u00e4\u20ac'            # the language itself refuses control characters


def trace(policy, *options):
    return subprocess.run([BULKHEAD, "trace", policy, *options], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=LIMIT_S, check=False)


def output(policy, *options):
    done = trace(policy, *options)
    expect_equal((done.returncode, done.stderr), (0, b""), f"trace {options}")
    return done.stdout.decode()


def rows(policy):
    return json.loads(output(policy, "--json"))["rules"]


def check_gateway():
    seen = rows(GATEWAY)
    expect_equal([(row["requirement"], row["rule"]) for row in seen],
                 [("IFF-1", "position_in"), ("IFF-2", "position_up"), ("IFF-2", UPWARD), ("IFF-3", "notice_ask"),
                  ("IFF-3", "notice_grant"), ("IFF-3", "notice_submit"), ("IFF-3", "release"), ("IFF-3", DOWNWARD),
                  ("IFF-4", "notice_out"), ("IFF-4", DOWNWARD), ("IFF-4", "capacity ops -> world 46 bit/s"),
                  ("SITE-9", "site_load")], "rules")
    expect_equal([row["rule"] for row in seen if row["proved"]],
                 [UPWARD, DOWNWARD, DOWNWARD, "capacity ops -> world 46 bit/s"], "what is proved")
    for row in seen:
        with open(os.path.join(ROOT, row["file"]), encoding="utf-8") as file:
            line = file.read().splitlines()[row["line"] - 1]
        expect(line.startswith(f"{row['kind']} {row['rule']} "), line)
    tests = {(test["verdict"], test["by"]) for test in seen[8]["tests"]}
    expect_equal(tests, {("allow", "notice_out"), ("deny", "release"), ("deny", "channel.notices.rate"),
                         ("deny", "type.Notice.lat"), ("deny", "type.Notice.lon")}, "tests of notice_out")
    expect_equal([(test["verdict"], test["by"]) for test in seen[-1]["tests"]], [("deny", "site_load")], "tests of site_load")
    text = output(GATEWAY)
    expect("  SITE-9\n    restrict site_load (policy/examples/ais-gateway/layout.policy:" in text, text)
    expect(text.endswith("8 rules, 0 without a test; 3 assertions, proved; 3 threats, 0 not countered\n"), text)
    expect_equal({test["by"] for test in seen[6]["tests"]}, {"release"}, "what shows the protocol")
    expect_equal(trace(GATEWAY, "--check").returncode, 0, "exit status where all is countered")


def check_threats():
    """From each threat to what counters it; what nothing counters, and what nothing meets."""
    said = json.loads(output(THREATS, "--json"))
    expect_equal([(t["threat"], t["countered"], t["countered_by"], t["unmet"]) for t in said["threats"]],
                 [("T-1", True, ["R-1", "R-2"], []), ("T-2", False, [], []), ("T-3", False, ["R-9", "R-1"], ["R-9"])],
                 "threats")
    expect_equal([row["rule"] for row in said["rules"] if row["requirement"] == "R-3"],
                 ["late", "once", "greeted", "latency world -> ops 40 ms", "capacity a -> b 10 kbit/s",
                  "restarts none except req by fresh"], "what meets R-3")
    lines = [(row["threat"], row["requirement"], row["verdict"]) for row in as_csv(THREATS) if row["rule"] == ""]
    expect_equal(lines, [("T-2", "", "not countered"), ("T-3", "R-9", "not met")], "what is missing, as CSV")
    expect_equal([row["rule"] for row in as_csv(THREATS) if row["threat"] == "T-3"][1:],
                 [row["rule"] for row in said["rules"] if row["requirement"] == "R-1"], "what meets R-1, under T-3")
    text = output(THREATS)
    expect("T-2: lightning\n  nothing counters it\n" in text, text)
    expect("T-3: a requirement that nothing meets\n  R-9\n    nothing meets it\n" in text, text)
    expect(text.endswith("8 rules, 8 without a test; 9 assertions, proved; 3 threats, 2 not countered\n"), text)
    page = Page(output(THREATS, "--html"))
    expect("T-2: lightning" in page.text and page.text.count("nothing meets it") == 1, page.text)
    for form in ((), ("--csv",), ("--html",), ("--json",)):
        done = trace(THREATS, "--check", *form)
        expect_equal((done.returncode, done.stdout.decode()), (1, output(THREATS, *form)), f"--check {form}")


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


def as_csv(policy):
    return [line for line in csv.DictReader(io.StringIO(output(policy, "--csv"), newline=""))]


def check_same(policy):
    """CSV has a line for each test of each rule, below each threat that leads to it."""
    wanted = [(row["rule"], test["test"], test["verdict"], test["by"]) for row in rows(policy)
              for test in row["tests"] or [{"test": "", "verdict": "proved" if row["proved"] else "", "by": ""}]]
    seen = [(row["rule"], row["test"], row["verdict"], row["by"]) for row in as_csv(policy) if row["rule"] != ""]
    expect_equal(set(seen), set(wanted), "CSV")
    text, page = output(policy), Page(output(policy, "--html")).text
    for rule, test, _, _ in wanted:
        expect(rule in text and rule in page and test in text and test in page, f"{rule}, {test}")


def make_parts(folder, burst="burst 4;"):
    """The small system, its first rule with what is given."""
    shutil.copytree(os.path.join(ROOT, "tests", "golden", "parts"), os.path.join(folder, "parts"))
    shutil.copytree(os.path.join(ROOT, "policy", "platforms"), os.path.join(folder, "platforms"))
    base = os.path.join(folder, "parts", "base.policy")
    with open(base, encoding="utf-8") as file:
        text = file.read().replace("../../../policy/platforms/", "../platforms/").replace("burst 4;", burst, 1)
    with open(base, "w", encoding="utf-8") as file:
        file.write(text)


def check_formulas(folder):
    """What a spreadsheet would take for a formula, as a threat, a requirement and a test's title; behind the first it stays."""
    make_parts(folder)
    root = os.path.join(folder, "formulas.policy")
    for first in ("", "=", "+", "-", "@", "'", "%"):
        with open(root, "w", encoding="utf-8") as file:
            file.write('system formulas version 1 { part "parts/base.policy"; }\n'
                       f'threat "{first}1+1" "t" countered by "{first}2=@-";\ntype More little {{ x: u16; }}\n'
                       f'allow more b -> c on on More {{ rate 1/s burst 1; req "{first}2=@-"; }}\n'
                       f'test "{first}3" {{ b sends More {{}} on on; expect allow more; }}\n')
        mark = "'" if first in ("=", "+", "-", "@") else ""
        row = next(row for row in as_csv(root) if row["rule"] == "more")
        expect_equal([row[key] for key in ("threat", "requirement", "test")],
                     [mark + first + text for text in ("1+1", "2=@-", "3")], f"cells that begin with {first!r}")


def check_nasty(folder):
    make_parts(folder, f'burst 4; req "{NASTY}", "plain";')
    root = os.path.join(folder, "nasty.policy")
    with open(root, "w", encoding="utf-8") as file:
        file.write('system nasty version 1 { part "parts/base.policy"; }\n'
                   f'threat "{NASTY}" "{NASTY}" countered by "{NASTY}";\n'
                   f'test "{NASTY}" {{ a sends Report {{ kind = 1; }} on up; expect allow report_in; }}\n')
    expect(NASTY in output(root), "text for the terminal")
    expect_equal([as_csv(root)[0][key] for key in ("threat", "requirement")], 2 * ["'" + NASTY], "as CSV")
    page = Page(output(root, "--html"))
    expect("b" not in page.tags and page.text.count(NASTY) == 5, page.text)
    expect_equal(rows(root)[0]["requirement"], NASTY, "requirement as JSON")


def check_direct():
    """What nobody judges has no verdict to test: it says so, and does not count as a rule whose test is missing."""
    policy = "tests/golden/explained-direct.policy"
    expect_equal([(row["rule"], row["judged"], row["tests"]) for row in rows(policy)],
                 [("beam", False, []), ("ask", True, []), ("report_in", True, []), ("report_on", True, [])], "rules")
    text, page = output(policy), output(policy, "--html")
    beam = "  direct beam (tests/golden/explained-direct.policy:7)\n    nobody judges what passes here, so no test can show it"
    expect(beam in text, text)
    expect(text.endswith("4 rules, 3 without a test, 1 of direct channels, which no test can show\n"), text)
    expect_equal([(row["rule"], row["verdict"]) for row in as_csv(policy)][:2], [("beam", "not judged"), ("ask", "")], "CSV")
    expect_equal(page.count('class="bare"'), 3, "rows that lack a test")
    expect("nobody judges what passes here" in page, page)


def check_refused():
    expect_equal(trace("tests/golden/failing.policy").returncode, 1, "exit status where tests fail")
    expect_equal(trace("absent.policy").returncode, 2, "exit status for a missing policy")
    expect_equal(trace(GATEWAY, "--csv", "--html").returncode, 2, "exit status for two forms")


def main():
    tap = Tap()
    tap.run("trace: the gateway's matrix", check_gateway)
    for policy in (GATEWAY, "tests/golden/good.policy"):
        tap.run(f"trace: all forms say the same of {policy}", check_same, policy)
    tap.run("trace: threats, and what counters them", check_threats)
    tap.run("trace: free text breaks no form", in_folder(check_nasty))
    tap.run("trace: no cell of the table is a formula", in_folder(check_formulas))
    tap.run("trace: rules of direct channels", check_direct)
    tap.run("trace: only of a policy whose tests pass", check_refused)
    tap.finish()


if __name__ == "__main__":
    main()
