# SPDX-License-Identifier: Apache-2.0
"""What must have become of each attack of the hostile low: denied, on record under the right rule, and without effect."""
import os
import re

from judgement import numbers

LIVES = 2                                 # low's attacks on memory end two of its lives
HOSTILE_MMSI = 666000000
RACE_SENDS = 1000000
POLICY = "policy/examples/ais-gateway"

# attack: rule that must deny it, channel named in the record
MESSAGES = {
    "length": ("length", "reports"),
    "status": ("type.PositionReport.status", "reports"),
    "latitude": ("type.PositionReport.lat", "reports"),
    "padding": ("padding", "reports"),
    "union": ("padding", "reports"),
    "type": ("default", "reports"),
    "unknown-type": ("type", "reports"),
    "rate": ("site_load", "reports"),
}
CALLS = {"audit-ack": "privilege", "shutdown": "privilege"}
MEMORY = ("info-page", "inbox")


def read_attacks(low):
    attacks = {}
    for match in re.finditer(r"^attack (\S+) (.*)$", low.replace("\r", ""), re.MULTILINE):
        attacks[match[1]] = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", match[2])}
    return attacks


def check_messages(checks, attacks, log, refused):
    """`refused`: reports of the input that are denied by the latitude's range, after the attacks."""
    wanted = {"type.PositionReport.lat": refused}
    for attack, (rule, channel) in MESSAGES.items():
        tally = attacks.get(attack, {})
        limited = attack == "rate"        # what lies within the burst is allowed, and dropped by the guard
        checks.add(f"attack {attack} is denied", tally.get("denied", 0) > 0 and (limited or tally["accepted"] == 0), tally)
        wanted[rule] = wanted.get(rule, 0) + tally.get("denied", 0)
    seen = log.count_by("rule", "denied", subject="low", channel="reports")
    checks.equal("each of these denials is on record under its rule", seen, {rule: n for rule, n in wanted.items() if n})


def check_calls(checks, attacks, log):
    channel = attacks.get("channel", {})
    checks.add("attack channel is denied", channel.get("tries", 0) > 0 and channel["accepted"] == 0, channel)
    others = sum(int(record["count"]) for record in log.select("denied", subject="low", rule="default")
                 if record.get("channel") != "reports")
    checks.equal("sends on channels that low does not hold are on record", others, channel.get("tries"))
    for attack, rule in CALLS.items():
        tally = attacks.get(attack, {})
        checks.add(f"attack {attack} is denied", tally.get("accepted") == 0, tally)
    checks.equal("calls that low may not make are on record", log.count("denied", subject="low", rule="privilege"), len(CALLS))


def check_memory(checks, attacks, log):
    for attack in MEMORY:
        checks.equal(f"attack {attack} ends low's life", attacks.get(attack, {}).get("accepted"), 0)
    checks.equal("writes to read-only memory are on record", log.count("denied", subject="low", rule="memory"), len(MEMORY))
    checks.equal("low is restarted after each", log.count("restart", subject="low"), len(MEMORY))


def check_race(checks, low, log):
    race = numbers(low, "race done")
    checks.equal("the race took place", race.get("sends"), RACE_SENDS)
    checks.add("both verdicts occurred in it", race.get("accepted", 0) > 0 and race.get("denied", 0) > 0, race)
    checks.equal("each denial in it is on record", log.count("denied", subject="low", channel="race"), race.get("denied"))
    checks.equal("every message that it delivered passed the guard's validator", log.count("stop", subject="guard"), 0)


def check_others(checks, log, tracks):
    checks.equal("no message of the hostile reached high",
                 sum(1 for track in tracks or () if track.get("mmsi") == HOSTILE_MMSI), 0)
    disturbed = {record["subject"] for event in ("stop", "restart", "integrity") for record in log.select(event)} - {"low"}
    checks.equal("no other subject was stopped or restarted", disturbed, set())


def policy_line(place):
    """The line of the policy that FILE:LINE names."""
    name, _, line = place.rpartition(":")
    for folder in (POLICY, os.path.join(POLICY, "hostile"), "."):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return dict(enumerate(file, 1)).get(int(line), "")
    return ""


def check_places(checks, log):
    """Rules of the policy are recorded with the place that states them: the last word of the rule's name, or the name of the
    statement that it belongs to, stands there."""
    denied = {(record["rule"], record["at"]) for record in log.select("denied") if "at" in record}
    wrong = [(rule, place) for rule, place in denied if not any(word in policy_line(place) for word in rule.split(".")[-2:])]
    checks.add("records name the policy's line of the rule", denied and not wrong, wrong or "no record does")
    unplaced = {record["rule"] for record in log.select("denied") if "at" not in record and "." in record["rule"]}
    checks.equal("no rule of the policy is recorded without its line", unplaced, set())


def name_rules(attacks, low):
    """Adds to each attack the rule that had to deny it, and the race to them."""
    rules = {**{attack: rule for attack, (rule, _) in MESSAGES.items()}, **CALLS, **dict.fromkeys(MEMORY, "memory"),
             "channel": "default"}
    for attack, tally in attacks.items():
        tally["denied_by"] = rules.get(attack)
    race = numbers(low, "race done")
    if race:
        attacks["race"] = {"tries": race["sends"], "denied": race["denied"], "accepted": race["accepted"],
                           "denied_by": "the type's fields, length"}


def check_attacks(checks, run, log, tracks, refused):
    """Returns {attack: its tally}."""
    attacks = read_attacks(run.low)
    check_messages(checks, attacks, log, refused)
    check_calls(checks, attacks, log)
    check_memory(checks, attacks, log)
    check_race(checks, run.low, log)
    check_others(checks, log, tracks)
    check_places(checks, log)
    name_rules(attacks, run.low)
    return attacks
