# SPDX-License-Identifier: Apache-2.0
"""From the logs of a gateway run to figures, and to a verdict on each of them. Every figure is taken from where it arises and
compared with what the others say: low's counts, high's lines, the audit records, the heads on the console."""
import re

from audit_log import AuditLog
from expectation import RANGE_RULES, read_objects

NOTICE_UNIT = 6000                        # a notice is in 1/100 degree, a report in 1/600,000
NOTICE_PATIENCE_S = 5                     # input of this length leads to one notice at least
SHOWN_PROBLEMS = 3
TROUBLE = ("stop", "restart", "lost", "integrity", "dropped")
HEAD = re.compile(r"^audit cpu=(\d+) written=(\d+) sealed=(\d+) acked=(\d+) lost=(\d+) head=([0-9a-f]{64})$", re.MULTILINE)
MEASURED = re.compile(r"^launch: (image measured by an unmeasured kernel)", re.MULTILINE)
NOT_MEASURED = re.compile(r"^(not measured: .*)$", re.MULTILINE)


class Checks:
    """Verdicts, in the order in which they were made."""

    def __init__(self):
        self.list = []

    def add(self, name, good, detail=""):
        self.list.append({"name": name, "passed": bool(good), "detail": "" if good else str(detail)})

    def equal(self, name, seen, wanted):
        self.add(name, seen == wanted, f"{seen!r}, but expected {wanted!r}")

    def failed(self):
        return [check for check in self.list if not check["passed"]]


def numbers(text, prefix):
    """NAME=N pairs of the last line that begins with `prefix`."""
    lines = re.findall(rf"^{prefix} (.*)$", text.replace("\r", ""), re.MULTILINE)
    return {name: int(value) for name, value in re.findall(r"(\w+)=(-?\d+)", lines[-1])} if lines else {}


def read_notices(low):
    return [{"id": int(match[1]), "lat": int(match[2]), "lon": int(match[3])}
            for match in re.finditer(r"^low notice id=(\d+) lat=(-?\d+) lon=(-?\d+)\r?$", low, re.MULTILINE)]


def read_audit(console, log):
    heads = [dict(zip(("cpu", "written", "sealed", "acked", "lost"), map(int, head[:5])), head=head[5])
             for head in HEAD.findall(console.replace("\r", ""))]
    return {"records": sum(head["written"] for head in heads), "sealed": sum(head["sealed"] for head in heads),
            "lost": sum(head["lost"] for head in heads), "forwarded": len(log.records), "damaged_lines": len(log.damaged),
            "rings": heads}


def read_tracks(high):
    """high's lines as JSON objects; None if they are not."""
    try:
        return read_objects(high)
    except ValueError:
        return None


def first_difference(seen, wanted):
    for number, (one, other) in enumerate(zip(seen, wanted), 1):
        if one != other:
            return f"line {number}: {one}, but expected {other}"
    return f"{len(seen)} lines, but expected {len(wanted)}"


def measured_as(console):
    found = MEASURED.search(console.replace("\r", "")) or NOT_MEASURED.search(console.replace("\r", ""))
    return found[1] if found else "the kernel does not say"


def collect(run):
    """All figures of a run, and the audit log behind them."""
    log, low, tracks = AuditLog(run.audit), numbers(run.low, "low done"), read_tracks(run.high)
    delivered = len(tracks) if tracks is not None else None
    denied = log.count_by("rule", "denied")
    figures = {
        "seconds": round(run.seconds, 1), "boot_seconds": round(run.boot_s, 1), "low": low,
        "sentences": low.get("sentences"), "reports": low.get("reports"), "sent": low.get("sent"), "delivered": delivered,
        "denied": {"total": sum(denied.values()), "rules": denied},
        "places": {record["rule"]: record["at"] for record in log.select("denied") if "at" in record},
        "dropped_by_guard": (low["accepted"] - log.count("denied", subject="guard", channel="tracks") - delivered
                             if low and delivered is not None else None),
        "notices": len(read_notices(run.low)), "audit": read_audit(run.console, log), "measured": measured_as(run.console),
    }
    return figures, log, tracks


def check_end(checks, run):
    checks.add("the kernel started the gateway", not run.refused, run.refused)
    checks.add("the kernel did not panic", "panic:" not in run.console, "see console.log")
    if not run.refused:
        checks.equal("the machine powered itself off", run.reason, "guest-shutdown")


def check_work(checks, figures, log, tracks, expected, hostile):
    """What low, guard and high did with the input."""
    low = figures["low"]
    checks.equal("low lost no input at its port", low.get("overruns"), 0)
    checks.equal("low sent each position report", low.get("sent"), low.get("reports"))
    if not hostile:                       # else attacks.py counts
        checks.equal("the audit stream counts what low saw denied",
                     log.count("denied", subject="low", channel="reports"), low.get("denied"))
    checks.add("high writes JSON lines", tracks is not None, "see high.jsonl")
    for name, count in expected.counts.items():
        checks.equal(f"low counts {name} as {expected.source or 'the input'} does", low.get(name), count)
    if expected.source is None or tracks is None:
        checks.add("no more is delivered than accepted", tracks is not None and len(tracks) <= low.get("accepted", 0), figures)
        return
    checks.equal("reports out of range are denied", low.get("denied"), expected.refused)
    checks.equal("the guard drops what is in the box", figures["dropped_by_guard"], expected.inside)
    checks.add("high got exactly the other reports, in order", tracks == expected.tracks,
               first_difference(tracks, expected.tracks))


def check_rules(checks, figures, log):
    """A quiet run: nothing is denied but reports out of range, nothing stops, nothing is lost."""
    others = {rule: count for rule, count in figures["denied"]["rules"].items() if rule not in RANGE_RULES}
    checks.equal("nothing else is denied", others, {})
    for event in TROUBLE:
        checks.equal(f"no record says {event}", log.count(event), 0)


def is_near(notice, track):
    return abs(notice["lat"] * NOTICE_UNIT - track["lat"]) <= NOTICE_UNIT and (
        abs(notice["lon"] * NOTICE_UNIT - track["lon"]) <= NOTICE_UNIT)


def check_notices(checks, run, log, tracks):
    notices = read_notices(run.low)
    checks.equal("each notice that came down is on record, with its content",
                 log.count("downgrade", rule="notice_out", channel="notices"), len(notices))
    checks.equal("notices come one for each request", [notice["id"] for notice in notices], list(range(1, len(notices) + 1)))
    checks.add("notices tell of positions that high has", all(any(is_near(notice, track) for track in tracks or ())
                                                              for notice in notices), notices)
    if run.feed_s > NOTICE_PATIENCE_S and len(tracks or ()) >= 1000:
        checks.add("notices were released", notices, "none")


def describe_problems(verified):
    """Why an audit log does not verify, in one line."""
    problems = [f"line {problem['line']}: {problem['text']}" for problem in verified["problems"]]
    return "; ".join(problems[:SHOWN_PROBLEMS]) or verified.get("error") or "the records do not reach the heads on the console"


def check_audit(checks, figures, verified):
    audit = figures["audit"]
    checks.add("the console shows the heads of the audit rings", audit["rings"], "none")
    checks.equal("no audit record was lost", audit["lost"], 0)
    checks.equal("all audit records are sealed", audit["sealed"], audit["records"])
    checks.equal("all audit lines are whole", audit["damaged_lines"], 0)
    checks.add("the audit chain is verified", verified.good and verified.figures.get("verified"),
               describe_problems(verified.figures))


def describe_differences(pcrs):
    """Why PCRs are not as predicted, in one line."""
    pieces = [f"component {difference['component']}: {difference['what']}" for difference in pcrs["differences"]]
    return "; ".join(pieces) or pcrs.get("error") or "the PCR differs, the console does not say why"


def check_measuring(checks, figures, attested):
    checks.equal("the image was measured", figures["measured"], "image measured by an unmeasured kernel")
    checks.add("the PCR is as predicted", attested.good, describe_differences(attested.figures))
