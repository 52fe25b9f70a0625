# SPDX-License-Identifier: Apache-2.0
"""Shows the summary of a gateway run to a person."""
import os
import sys

WIDTH = 24
SHOWN_DIGITS = 40
REMARKS = {"rate": "; the burst was dropped by the guard", "race": "; each accepted one is valid"}
GOOD, BAD, BOLD, PLAIN = "\033[32m", "\033[31m", "\033[1m", "\033[0m"


class Screen:
    """Progress in one line on a terminal, silence elsewhere; colours on a terminal unless NO_COLOR is set."""

    def __init__(self):
        self.terminal = sys.stdout.isatty()
        self.colour = self.terminal and "NO_COLOR" not in os.environ
        self.shown = ""

    def show(self, text):
        if self.terminal and text != self.shown:
            print(f"\r\033[K{text[:100]}", end="", flush=True)
            self.shown = text

    def clear(self):
        if self.terminal:
            print("\r\033[K", end="", flush=True)

    def paint(self, colour, text):
        return f"{colour}{text}{PLAIN}" if self.colour else text


def number(value):
    return "unknown" if value is None else f"{value:,}"


def row(name, value, remark=""):
    print(f"  {name:{WIDTH}}{number(value):>9}  {remark}".rstrip())


def text_row(name, text):
    print(f"  {name:{WIDTH}}{text}".rstrip())


def print_flow(summary):
    low = summary["low"]
    row("sentences read", summary["sentences"], f"{low.get('damaged', 0):,} damaged, {low.get('lost_parts', 0):,} of groups "
        f"never complete, {low.get('ignored', 0):,} messages of other types")
    row("messages sent", summary["sent"], "position reports, types 1, 2, 3 and 18")
    row("delivered", summary["delivered"], "to high.jsonl")
    row("dropped by the guard", summary["dropped_by_guard"], "inside the exclusion box")
    row("denied", summary["denied"]["total"])
    for rule, count in sorted(summary["denied"]["rules"].items()):
        row("  " + rule, count, summary["places"].get(rule, "built in"))
    row("notices released", summary["notices"])


def print_attacks(attacks):
    print()
    print(f"  {'attack':{WIDTH}}{'tries':>10}{'denied':>10}{'accepted':>10}  denied by")
    for name, tally in attacks.items():
        remark = REMARKS.get(name, "")
        print(f"  {name:{WIDTH}}{tally['tries']:10,}{tally['denied']:10,}{tally['accepted']:10,}  {tally['denied_by']}{remark}")


def print_evidence(screen, summary):
    audit = summary["audit"]
    if not summary["refused"]:
        row("audit records", audit["records"], f"{audit['lost']:,} lost, {audit['sealed']:,} sealed, {audit['forwarded']:,} "
            "forwarded")
        for ring in summary["chain"]["rings"]:
            text_row(f"audit chain, CPU {ring['cpu']}", f"{ring['verified_records']:,} of {ring['records']:,} records verified")
    for bank in summary["pcrs"]["banks"]:
        verdict = "as predicted" if bank["equal"] else screen.paint(BAD, "DIFFERS" if bank["read"] else "missing")
        text_row(f"PCR {summary['pcrs']['pcr']} {bank['bank']}", f"{(bank['read'] or '')[:SHOWN_DIGITS]}... {verdict}")
    text_row("measuring", screen.paint(BOLD, summary["measured"]))


def print_summary(screen, summary, folder):
    title = "AIS gateway" + (" under attack" if summary["hostile"] else "")
    print(screen.paint(BOLD, f"{title}: {summary['input']}") + f", {summary['seconds']:.0f} s")
    if not summary["refused"]:
        print_flow(summary)
    if summary["hostile"] and not summary["refused"]:
        print_attacks(summary["attacks"])
        print()
    print_evidence(screen, summary)
    failed = [check for check in summary["checks"] if not check["passed"]]
    for check in failed:
        print(screen.paint(BAD, f"  WRONG: {check['name']}: {check['detail']}"))
    print(f"  logs: {folder}")
    compared = f"compared with {summary['compared_with']}" if summary["compared_with"] else (
        "no expectation stands beside the input: counts compared with each other only")
    verdict = f"{len(failed)} of {len(summary['checks'])} checks FAILED" if failed else (
        f"all {len(summary['checks'])} checks passed; nothing was lost")
    print(screen.paint(BAD if failed else GOOD, f"{verdict}; {compared}"))
