#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Commands that answer questions about flows: paths, expand, diff, whatif, graph. Policies are the good one of tests/golden and
the AIS gateway, changed one thing at a time; what a change means is written beside it."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from tap import Tap, expect, expect_equal

ROOT = os.path.dirname(os.path.dirname(HERE))
BULKHEAD = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "bulkhead")
GATEWAY = os.path.join(ROOT, "policy", "examples", "ais-gateway", "ais-gateway.policy")
PARTS = os.path.dirname(GATEWAY)
LIMIT_S = 60


def bulkhead(*arguments):
    return subprocess.run([BULKHEAD, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=LIMIT_S, check=False, text=True, errors="replace")


def copy_gateway(folder, *edits):
    """A copy of the gateway's policies with edits (file, old, new); returns its root."""
    place = os.path.join(folder, "policy", "examples", "ais-gateway")
    shutil.rmtree(os.path.join(folder, "policy"), ignore_errors=True)
    os.makedirs(place)
    shutil.copytree(os.path.join(ROOT, "policy", "platforms"), os.path.join(folder, "policy", "platforms"))
    for name in os.listdir(PARTS):
        if name.endswith(".policy"):
            shutil.copy(os.path.join(PARTS, name), place)
    for name, old, new in edits:
        path = os.path.join(place, name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        expect(old in text, f"{old!r} is not in {name}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))
    return os.path.join(place, "ais-gateway.policy")


# ---- paths ----
def check_paths():
    done = bulkhead("paths", GATEWAY, "ops", "world")
    expect_equal(done.returncode, 0, done.stderr)
    lines = done.stdout.splitlines()
    expect_equal(lines[0], "1. ops -> high -> guard -> low -> world: 45.3 bit/s", "the shortest way")
    expect(any(re.search(r"guard -> low: mediated by `notice_out` on notices, 45.3 bit/s .*flows\.policy:29$", line)
               for line in lines), "the rule's step, with its place")
    kinds = set(re.findall(r"^    .*: (\w+)(?: by|,)", done.stdout, re.MULTILINE))
    expect_equal(sorted(kinds), ["backpressure", "mediated", "protocol", "restart", "ring", "wire"], "kinds")
    expect_equal(lines[-1], "26 ways from ops to world, together 45.3 bit/s", "the sum")
    expect_equal(bulkhead("paths", GATEWAY, "log", "nobody").returncode, 2, "an unknown name")


def check_paths_json():
    seen = json.loads(bulkhead("paths", GATEWAY, "world", "ops", "--json").stdout)
    expect_equal((seen["from"], seen["to"], seen["complete"], seen["more"]), ("world", "ops", True, 0), "head")
    expect_equal([step["to"] for step in seen["paths"][0]["steps"] if step["kind"] in ("wire", "mediated")],
                 ["low", "guard", "high", "high", "ops"], "steps of the first way")
    lengths = [len({step["from"] for step in path["steps"]}) for path in seen["paths"]]
    expect_equal(lengths, sorted(lengths), "shortest first")


def check_paths_against_all(folder):
    """Every simple way, counted by another program on the edges that `expand` lists."""
    edges = {}
    for flow in json.loads(bulkhead("expand", GATEWAY, "--json").stdout)["flows"]:
        match = re.match(r"(.+?) -> (.+?) (?:by|on) ", flow["fact"])
        if match:
            edges.setdefault(match[1], set()).add(match[2])

    def count(at, end, used):
        return 1 if at == end else sum(count(to, end, used | {to}) for to in edges.get(at, ()) if to not in used)

    for start in ("world", "ops", "log", "low", "guard", "high", "audit"):
        for end in ("world", "ops", "log", "guard"):
            if start == end:
                continue
            wanted = count(start, end, {start})
            last = bulkhead("paths", GATEWAY, start, end).stdout.splitlines()[-1]
            seen = re.match(r"(\d+) ways? ", last)
            expect_equal(int(seen[1]) if seen else 0, wanted, f"{start} -> {end}")


def mesh(folder, count):
    """Everyone sends to everyone: more simple ways than can be counted."""
    names = [f"s{i}" for i in range(count)]
    text = ["system mesh version 1 { }", f'platform "{os.path.join("platforms", "qemu-q35-svm.platform")}";', "labels U;",
            "measure none;", "always audit denied;", "type M little { v: u8; }",
            "audit ring 1 MiB for s0 { class security reserve 4 KiB per subject on full drop and count;"
            " class flow reserve 4 KiB per subject on full drop and count; kernel reserve 4 KiB; }"]
    for i, name in enumerate(names):
        text.append(f'subject {name} {{ image "x.elf"; memory 2 MiB; on fault stop; {"reads audit;" if i == 0 else ""} }}')
        text.append(f"label {name} U;")
        for other in names:
            if other != name:
                text.append(f"channel c_{name}_{other} {name} -> {other} mediated {{ depth 8; }}")
                text.append(f"allow a_{name}_{other} {name} -> {other} on c_{name}_{other} M {{ rate 1/s burst 1; }}")
    text.append(f"plan p major {count} ms {{ cpu 0 {{ {' '.join(n + ' 1 ms;' for n in names)} }} }}")
    shutil.copytree(os.path.join(ROOT, "policy", "platforms"), os.path.join(folder, "platforms"), dirs_exist_ok=True)
    path = os.path.join(folder, "mesh.policy")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(text))
    return path


def check_paths_bounded(folder):
    path = mesh(folder, 16)
    expect_equal(bulkhead("check", path, "--no-images").stderr, "", "the policy is sound")
    start = time.monotonic()
    done = bulkhead("paths", path, "s1", "s2")
    expect(time.monotonic() - start < 20, "the search ends")
    expect_equal(len(re.findall(r"^\d+\. ", done.stdout, re.MULTILINE)), 32, "ways printed")
    expect(re.search(r"^\.\.\. and at least \d+ more; --all prints every one$", done.stdout, re.MULTILINE), "it says so")


def numbers_of(text):
    return [int(number) for number in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]


def check_paths_all(folder):
    """--all prints each way once, and in a mesh goes on in little memory for as long as somebody reads."""
    path = mesh(folder, 7)
    done = bulkhead("paths", path, "s1", "s2", "--all")
    count = int(re.match(r"(\d+) ways from s1 to s2, together ", done.stdout.splitlines()[-1])[1])
    expect(count > 326, f"{count} ways: all through five others are 326, and further ones lead through the ring")
    expect_equal(numbers_of(done.stdout), list(range(1, count + 1)), "each is printed")
    ways = re.findall(r"^\d+\. (.*):", done.stdout, re.MULTILINE)
    expect_equal(len(set(ways)), count, "no way twice")
    expect_equal(len(json.loads(bulkhead("paths", path, "s1", "s2", "--all", "--json").stdout)["paths"]), count, "as JSON")
    few = bulkhead("paths", path, "s1", "s2")
    expect_equal(numbers_of(few.stdout), list(range(1, 33)), "without --all")
    expect_equal(done.stdout.startswith(few.stdout[:few.stdout.index("... and")]), True, "the same ones first")


def memory_of(process):
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read())[1])


def check_paths_endless(folder):
    path, seen, printed = mesh(folder, 16), {}, 0
    with subprocess.Popen([BULKHEAD, "paths", path, "s1", "s2", "--all"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as process:
        for line in process.stdout:
            printed += re.match(r"\d+\. ", line) is not None
            if printed in (5000, 50000):
                seen.setdefault(printed, memory_of(process))
            if printed == 50000:
                break
        process.kill()
    expect_equal(printed, 50000, "ways printed before it ended")
    expect(seen[50000] - seen[5000] < 2048, f"kilobytes after 5000 and 50000 ways: {seen}")


# ---- expand ----
EXPAND_SECTIONS = ["# what flows", "# what bounds it", "# what is recorded and measured", "# where it runs and who says it",
                   "# what is proved", "# what is tried", "# whose signatures count"]
EXPAND_LONGEST = 400


def check_expand(folder):
    done = bulkhead("expand", GATEWAY)
    sections = [section.splitlines() for section in done.stdout.split("\n\n")[1:]]
    expect_equal([section[0] for section in sections], EXPAND_SECTIONS, "sections")
    lines = [line for section in sections for line in section[1:]]
    for title, *section in sections:
        keys = [line.split(": ")[0] for line in section]
        expect_equal(keys, sorted(keys), f"{title} sorted")
    expect_equal(len(lines), len(set(lines)), "each once")
    expect(max(map(len, lines)) < EXPAND_LONGEST, "no line is longer than people read")
    out = next(line for line in lines if line.startswith("guard -> low on notices Notice:"))
    for piece in ("rule notice_out;", "rate 1/s burst 1;", "labels SECRET -> UNCLASSIFIED downgrade;", "record with payload;",
                  "protocol release;", "capacity 45.3 bit/s;"):
        expect(piece in out, f"{piece!r} is missing: {out}")
    reports = next(line for line in lines if line.startswith("low -> guard on reports"))
    expect("rate 500/s burst 64 and 200/s burst 32; " in reports and "restricted by site_load;" in reports, reports)
    for wanted in ("channel tracks: depth 1024; ends guard -> high; slots 64; notify 1; feedback rule;",
                   "label guard: handles SECRET, UNCLASSIFIED;", "wire world: label UNCLASSIFIED; at low.com2;",
                   "protocol release: reset by high; begins idle; keeps id: u16;",
                   "protocol release held -> idle: on notice_out; where it.id == id;",
                   "protocol release held -> idle: after 30000000 us;", "subject audit: image guests/audit.elf;",
                   "type Notice: fields version 1 little { lat i16 -9000..9000;", "who may shutdown: only audit;"):
        expect_equal(sum(line.startswith(wanted) and line.endswith(("; said by officer", "; said by integrator"))
                         for line in lines), 1, wanted)
    check_expand_json(sections)


def check_expand_json(sections):
    """The same in the same order."""
    seen = json.loads(bulkhead("expand", GATEWAY, "--json").stdout)
    for lines, facts in zip(sections, seen.values()):
        said = [f["fact"] + ":" + ";".join(f" {name} {text}" for name, text in f["says"].items()) for f in facts]
        expect_equal(said, lines[1:], lines[0])
    expect_equal(len(seen), len(sections), "sections")


def check_near_misses():
    """A name that is nearly right is told, and a question without sense is one."""
    done = bulkhead("whatif", GATEWAY, "--remove", "notice_oot")
    expect_equal((done.returncode, done.stdout), (2, ""), "whatif of a name that is none")
    expect("declares no `notice_oot`; did you mean `notice_out`?" in done.stderr, done.stderr)
    done = bulkhead("paths", GATEWAY, "high", "high")
    expect_equal((done.returncode, done.stdout), (2, ""), "paths to where they begin")
    expect("`high` stands on both sides" in done.stderr, done.stderr)


def check_expand_stored(folder):
    stored = os.path.join(folder, "stored")
    with open(stored, "w", encoding="utf-8") as file:
        file.write(bulkhead("expand", GATEWAY).stdout)
    expect_equal(bulkhead("expand", GATEWAY, "--check", stored).returncode, 0, "fresh")
    changed = copy_gateway(folder, ("types.policy", "0 .. 1023", "0 .. 1022"))
    done = bulkhead("expand", changed, "--check", stored)
    expect_equal(done.returncode, 1, "a narrower range makes it stale")
    lines = [line for line in done.stderr.splitlines() if line[1:].startswith(" type PositionReport: ")]
    expect_equal([line[:2] for line in lines], ["- ", "+ "], "the type's line")
    expect("speed u16 0..1022;" in lines[1], lines[1])
    expect_equal(bulkhead("expand", GATEWAY, "--check", os.path.join(folder, "none")).returncode, 2, "no such file")
    lines = bulkhead("expand", GATEWAY).stdout.splitlines(keepends=True)
    expect(lines[0].startswith("#"), lines[0])
    for what, edited, status in (("a comment", ["# reviewed\n", *lines], 1), ("a line twice", [*lines, lines[-1]], 1),
                                 ("another comment", ["# nothing flows at all\n", *lines[1:]], 1),
                                 ("no comment", lines[1:], 1), ("no end", [*lines[:-1], lines[-1].rstrip("\n")], 1),
                                 ("CR LF", [line.replace("\n", "\r\n") for line in lines], 2),
                                 ("one CR LF", [*lines[:3], lines[3].replace("\n", "\r\n"), *lines[4:]], 2),
                                 ("another order", [*lines[:-2], lines[-1], lines[-2]], 1),
                                 ("an empty line", [*lines, "\n"], 1),
                                 ("what stands behind a NUL byte", [*lines, "\0flow of everything\n"], 2)):
        with open(stored, "w", encoding="utf-8", newline="") as file:
            file.write("".join(edited))
        for options in ((), ("--json",)):
            done = bulkhead("expand", GATEWAY, "--check", stored, *options)
            expect_equal(done.returncode, status, what + done.stdout + done.stderr)
            expect(what != "one CR LF" or "line 4 of " in done.stdout + done.stderr, done.stdout + done.stderr)


# ---- diff: (what is done, edits, exit status, a line that must be there) ----
SECTIONS = ("flows gained", "flows lost", "limits changed", "assertions", "audit and measured boot", "tests",
            "pins and signatures", "others")
SAME = 0
WIDER = 1
DIFFS = (
    ("nothing", (), SAME, r"same meaning"),
    ("other words for the same condition",
     (("flows.policy", "where not (lat in exclusion.lat and lon in exclusion.lon);",
       "where lat < 1 deg or lat > 1.5 deg or not (lon >= 103.5 deg and lon in 0 .. 104.5 deg);"),), SAME, r"same meaning"),
    ("units, constants and order",
     (("types.policy", "second: u8 in 0 .. 63;", "second: u8 in 0 .. sixty_three;"),
      ("types.policy", "unit deg", "const sixty_three = 63; unit deg")), SAME, r"same meaning"),
    ("a smaller box", (("types.policy", "lat 1.0 deg .. 1.5 deg", "lat 1.1 deg .. 1.5 deg"),), WIDER,
     r"now passes: lat = 600000, lon = 62100000"),
    ("a larger box", (("types.policy", "lat 1.0 deg .. 1.5 deg", "lat 0.9 deg .. 1.5 deg"),), WIDER,
     r"no longer passes: lat = 540000, lon = 62100000"),
    ("a wider range", (("types.policy", "speed: u16 in 0 .. 1023", "speed: u16 in 0 .. 1024"),
                       ("plan.policy", "27_094 bit/s", "27_095 bit/s")), WIDER,
     r"now passes: speed = 1024"),
    ("a value less in a union's tag",
     (("types.policy", "{ 1, 2, 3, 18 }", "{ 1, 2, 18 }"), ("types.policy", "1, 2, 3 {", "1, 2 {")), SAME,
     r"no longer passes: msg = 3"),
    ("a value that moves to another case",
     (("types.policy", "case 1, 2, 3 {", "case 1, 2 {"), ("types.policy", "case 18 {", "case 3, 18 {")), WIDER,
     r"cannot be compared"),
    ("a rate", (("flows.policy", "rate 1/s burst 1", "rate 1/s burst 2"),), WIDER,
     r"^    \+ guard -> low on notices Notice: rate 1/s burst 1 => 1/s burst 2 \(wider\).*flows.policy:30"),
    ("the same rate by the minute", (("flows.policy", "rate 1/s burst 1", "rate 60/min burst 1"),), SAME, r"as wide as before"),
    ("a rate that a restriction hides",
     (("flows.policy", "rate 500/s burst 64; req \"IFF-1\"", "rate 400/s burst 64; req \"IFF-1\""),),
     SAME, r"^    ~ low -> guard.*rate 500/s.*=> 400/s burst 64 and 200/s burst 32  "),
    ("a restriction less",
     (("layout.policy", "restrict site_load on position_in { rate 200/s burst 32; req \"SITE-9\"; }", ""),
      ("layout.policy", "deny site_load", "allow position_in"),
      ("layout.policy", "position_in audit security;", "position_in;"), ("plan.policy", "27_094 bit/s", "67_551 bit/s")),
     WIDER, r"^  integrator:\n.*\n?    \+ low -> guard on reports PositionReport: rate .*\(wider\)"),
    ("feedback", (("layout.policy", "asks high -> guard mediated { depth 8; slots 4; full drop newest; feedback rule",
                   "asks high -> guard mediated { depth 8; slots 4; full drop newest; feedback full"),
                  ("ais-gateway.policy", "restrict, test, privilege", "restrict, test, privilege, feedback"),
                  ("plan.policy", "asks, grants, notices rule;", "grants, notices rule and asks full;"),
                  ("flows.policy", "limit capacity guard -> high 67_461 bit/s;", "")), WIDER,
     r"flows gained\n  integrator:\n    \+ guard -> high by feedback asks"),
    ("a shallower inbox",
     (("layout.policy", "asks high -> guard mediated { depth 8", "asks high -> guard mediated { depth 6"),),
     SAME, r"channel asks: depth 8 => 6 \(narrower\)"),
    ("a timeout in a protocol", (("flows.policy", "after 30 s to idle", "after 20 s to idle"),), WIDER,
     r"protocol release: steps"),
    ("a protocol that waits for ever", (("flows.policy", "    from asked, granted, held after 30 s to idle;", ""),), WIDER,
     r"^    ~ protocol release: steps .*\(wider and narrower\)"),
    ("an id that need not match",
     (("flows.policy", "on notice_grant to granted where it.id == id", "on notice_grant to granted"),),
     WIDER, r"^    ~ protocol release: steps .*\(wider and narrower\)"),
    ("an exception more", (("flows.policy", "audit except by ring;", "audit except by ring and by backpressure;"),), WIDER,
     r"never low -> audit: except ring => backpressure, ring \(wider\)"),
    ("stages that may be alike", (("flows.policy", "ops except by backpressure req",
                                  "ops except by backpressure and by same code of low, high req"),), WIDER,
     r"high -> ops: except backpressure => backpressure, same code of \(high, low\) \(wider\)"),
    ("an assertion less", (("flows.policy", "never log -> world,", "never log -> "),), WIDER,
     r"never log -> world: gone \(wider\)"),
    ("a looser limit", (("flows.policy", "46 bit/s", "50 bit/s"),), WIDER,
     r"limit capacity ops -> world: at most 46.0 bit/s => 50"),
    ("less recorded", (("audit.policy", "    record notice_out with payload;", "    record notice_out;"),), WIDER,
     r"record with payload => yes \(wider\)"),
    ("a class that drops", (("audit.policy", "subject on full block", "subject on full drop and count"),
                            ("flows.policy", "backpressure none except security", "backpressure none")), WIDER,
     r"flows lost\n  officer:\n    - audit -> the reserve of guard by backpressure -"),
    ("a privilege", (("layout.policy", "serial com3; on fault", "serial com3; may shutdown; on fault"),
                     ("flows.policy", "only audit may shutdown;", "only audit, high may shutdown;")), WIDER,
     r"subject high: privileges none => shutdown \(wider\)"),
    ("an assertion less on who has what", (("flows.policy", "none may call_from_user;", ""),), WIDER,
     r"who may call_from_user: gone \(wider\)"),
    ("an exact limit in another order", (("plan.policy", "none except reports, tracks", "none except tracks, reports"),), SAME,
     r"same meaning"),
    ("a proof that another authority says", (("flows.policy", "limit latency world -> ops 16 ms;", ""),
                                             ("plan.policy", "asks, grants, notices rule;",
                                              "asks, grants, notices rule; limit latency world -> ops 16 ms;")), SAME,
     r"what stands in their parts: said by officer => integrator[^$]*to be signed by: officer, integrator$"),
    ("two parts at once", (("layout.policy", "memory 8 MiB", "memory 4 MiB"), ("flows.policy", "46 bit/s", "50 bit/s")), WIDER,
     r"^WIDER; to be signed by: officer, integrator$"),
    ("memory", (("layout.policy", "memory 8 MiB", "memory 4 MiB"),), SAME,
     r"others\n  integrator:\n    ~ subject guard: memory"),
    ("windows", (("plan.policy", "cpu 1 dedicated high;", "cpu 1 { high 4 ms; idle 1 ms; }"),), WIDER,
     r"subject high: rebuilt in plan normal .* dedicated from 0 us for 5000 us => .* from 0 us for 4000 us"),
    ("who may say what", (("ais-gateway.policy", "may platform, subject", "may allow, platform, subject"),), WIDER,
     r"^  root:\n    \+ authority integrator: may"),
)


def check_told_is_stale(folder, old, new, told):
    """Whatever diff tells makes the kept text of `expand` stale; the same policy leaves it as it is."""
    kept = os.path.join(folder, "kept.flows")
    with open(kept, "w", encoding="utf-8") as file:
        file.write(bulkhead("expand", old).stdout)
    done = bulkhead("expand", new, "--check", kept)
    if "same meaning" not in told:
        expect_equal(done.returncode, 1, "diff tells, expand --check does not: " + told)
    expect_equal(bulkhead("expand", old, "--check", kept).returncode, 0, "the same policy")


def signers_of(root, edits):
    """In the order in which the root names them; it is signed by all."""
    with open(root, encoding="utf-8") as file:
        text = file.read()
    files = {name for name, _, _ in edits}
    parts = dict(re.findall(r'part "([^"]*)" by (\w+);', text))
    if os.path.basename(root) in files:
        return re.findall(r"authority (\w+)", text)
    return [who for who in re.findall(r"authority (\w+)", text) if who in {parts[name] for name in files}]


def check_diff(folder, edits, status, pattern):
    changed = copy_gateway(folder, *edits)
    done = bulkhead("diff", GATEWAY, changed)
    expect_equal((done.returncode, done.stderr), (status, ""), done.stdout)
    expect(re.search(pattern, done.stdout, re.MULTILINE), f"{pattern!r} is not in:\n{done.stdout}")
    sections = [line for line in done.stdout.splitlines() if line in SECTIONS]
    expect_equal(sections, [section for section in SECTIONS if section in sections], "their order")
    said = json.loads(bulkhead("diff", GATEWAY, changed, "--json").stdout)
    expect_equal(said["wider"], status == WIDER, "JSON")
    told = re.findall(r"; to be signed by: (.*)$", done.stdout, re.MULTILINE)
    expect_equal([", ".join(said["to_be_signed_by"])], told or [""], "whose signatures it needs")
    expect_equal(said["to_be_signed_by"], signers_of(changed, edits), "whoever's part changed")
    check_told_is_stale(folder, GATEWAY, changed, done.stdout)
    back = bulkhead("diff", changed, GATEWAY)
    if not edits or "same meaning" in done.stdout:
        expect_equal(back.stdout, done.stdout, "the other way round")


def check_diff_errors(folder):
    changed = copy_gateway(folder, ("flows.policy", "labels UNCLASSIFIED < SECRET;", ""))
    done = bulkhead("diff", GATEWAY, changed)
    expect_equal((done.returncode, done.stdout), (2, ""), done.stderr)
    expect("[BH" in done.stderr, "it says what is wrong")


# ---- privileges, plans, orders and roles: on a policy that has them all ----
RULED = """system ruled version 1 { part "parts/base.policy"; }
plan usual first major 10 ms { cpu 0 { a 3 ms; b 3 ms; log 4 ms; } cpu 1 dedicated c; }
privilege turn a may switch to plan normal {}
privilege revive a may restart c { rate 2/min burst 1; }
restrict seldom on turn { only in plan usual; }
restrict rarely on revive { rate 1/min burst 1; }
type Fix little { x: u8; }
role sensor: c, a;
role keeper: log;
exclusive sensor, keeper;
channel from_a a -> log mediated { depth 8; }
channel from_c c -> log mediated { depth 8; }
channel kept log -> b mediated { depth 8; }
allow fix role sensor -> log on each Fix { rate 2/s burst 1; only in plan normal; }
allow keep role keeper -> b on each Report { rate 1/s burst 1; }
order first_fix: never keep until fix reset when a restart;
"""

# What is done, the text and its new one, exit status, a line that must be there.
RULED_DIFFS = (
    ("a privilege more", "privilege turn", "privilege halt a may stop b {} privilege turn", WIDER, r"^    \+ a may stop b  "),
    ("a privilege's burst", "rate 2/min burst 1; }\nrestrict", "rate 2/min burst 4; }\nrestrict", SAME, r"as wide as before"),
    ("a privilege's restriction less", "restrict rarely on revive { rate 1/min burst 1; }", "", WIDER,
     r"a may restart c: rate 2/min burst 1 and 1/min burst 1 => 2/min burst 1 \(wider\)  .*old.policy:6"),
    ("a privilege's plans", "restrict seldom on turn { only in plan usual; }", "", WIDER,
     r"a may switch to plan normal: plans usual => normal, usual \(wider\)"),
    ("another first plan", "plan usual first", "plan late first major 10 ms { cpu 0 { a 3 ms; b 3 ms; log 4 ms; } "
     "cpu 1 dedicated c; } plan usual", WIDER, r"\+ system: first plan usual => late \(wider\)"),
    ("another holder", "role sensor: c, a;", "role sensor: c, a, b;\nchannel from_b b -> log mediated { depth 8; }", WIDER,
     r"^    \+ b -> log on from_b Fix"),
    ("an order less", "order first_fix: never keep until fix reset when a restart;", "", WIDER,
     r"^    \+ order first_fix: gone \(wider\)"),
    ("exclusive roles no more", "exclusive sensor, keeper;", "", WIDER, r"^    \+ exclusive keeper, sensor: gone \(wider\)"),
    ("a rule's plans", "only in plan normal; }", "}", WIDER, r"^    \+ a -> log on from_a Fix: plans normal => normal, usual"),
)


def ruled_policy(folder, name, text):
    for part in (os.path.join("tests", "golden", "parts"), os.path.join("policy", "platforms")):
        shutil.copytree(os.path.join(ROOT, part), os.path.join(folder, part), dirs_exist_ok=True)
    path = os.path.join(folder, "tests", "golden", name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def check_ruled_diff(folder, before, after, status, pattern):
    expect(before in RULED, before)
    old, new = ruled_policy(folder, "old.policy", RULED), ruled_policy(folder, "new.policy", RULED.replace(before, after))
    done = bulkhead("diff", old, new)
    expect_equal((done.returncode, done.stderr), (status, ""), done.stdout)
    expect(re.search(pattern, done.stdout, re.MULTILINE), f"{pattern!r} is not in:\n{done.stdout}")
    check_told_is_stale(folder, old, new, done.stdout)
    expect_equal(bulkhead("diff", old, old).stdout, "same meaning\n", "the same policy")


def check_ruled_pictures(folder):
    path = ruled_policy(folder, "old.policy", RULED)
    lines = bulkhead("expand", path).stdout.splitlines()
    for wanted in ("a may restart c: rule revive; rate 2/min burst 1 and 1/min burst 1;", "a may switch to plan normal: ",
                   "order first_fix: says never keep.log until fix.c, fix.a; reset by a", "exclusive keeper, sensor"):
        expect_equal(sum(line.startswith(wanted) for line in lines), 1, wanted)
    expect("role sensor" in next(line for line in lines if line.startswith("c -> log on from_c Fix")), "the role of a flow")
    ways = bulkhead("paths", path, "a", "log").stdout
    expect("a -> the plan that runs: time, unbounded (it switches" in ways and "the plan that runs -> log: " in ways,
           "a switch is a flow")
    dot = bulkhead("graph", path, "--dot").stdout
    expect('"a" -> "plan normal" [label="turn: switch"' in dot and '"a" -> "c" [label="revive: restart"' in dot, dot)
    expect("revive: restart" in bulkhead("graph", path, "--svg").stdout, "a privilege is in the picture")


# ---- whatif ----
def check_whatif_add():
    done = bulkhead("whatif", GATEWAY, "--add", "restrict tight on position_up { where speed < 100; }")
    expect_equal((done.returncode, done.stderr), (0, ""), done.stdout)
    expect("no longer passes: " in done.stdout and "speed = 100" in done.stdout, done.stdout)
    done = bulkhead("whatif", GATEWAY, "--add", "channel leak high -> low mediated { depth 8; feedback none; } "
                    "allow slip high -> low on leak Notice { rate 1/s burst 1; }")
    expect_equal(done.returncode, 2, "the labels forbid it")
    expect("+ high -> low on leak Notice" in done.stdout, done.stdout)
    expect("[BH0601]" in done.stderr and "[BH0702]" in done.stderr, done.stderr)
    with open(os.path.join(PARTS, "flows.policy"), encoding="utf-8") as file:
        expect("slip" not in file.read(), "no file is touched")


WAY_TOLD = "to be signed by"


def check_whatif_refused():
    """Errors come first, on whatever the two streams are together; a type that only lost its rule is no change."""
    done = subprocess.run([BULKHEAD, "whatif", GATEWAY, "--remove", "position_in"], stdin=subprocess.DEVNULL, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, encoding="utf-8")
    expect_equal(done.returncode, 2, done.stdout)
    expect(done.stdout.startswith("the policy would be refused:\n"), done.stdout)
    expect("error: " in done.stdout and "flows lost" in done.stdout, done.stdout)
    expect(done.stdout.rindex("error: ") < done.stdout.index("flows lost"), "the errors come first: " + done.stdout)
    expect(WAY_TOLD not in done.stdout and "type PositionReport: " not in done.stdout, done.stdout)


def check_whatif_remove():
    done = bulkhead("whatif", GATEWAY, "--remove", "site_load")
    expect_equal(done.returncode, 2, done.stdout + done.stderr)
    expect(WAY_TOLD not in done.stdout, "what is refused has no way: " + done.stdout)
    expect("500/s burst 64 and 200/s burst 32 => 500/s burst 64 (wider)" in done.stdout, done.stdout)
    expect("[BH0720]" in done.stderr, "more flows than the integrator's limit says")
    done = bulkhead("whatif", GATEWAY, "--remove", "position_in")
    expect_equal(done.returncode, 2, "a pipeline without flow, a channel without a rule")
    expect("- low -> guard on reports PositionReport" in done.stdout, done.stdout)
    for arguments in (("--remove", "nobody"), (), ("--add", "signature x;"), ("--add", "}{")):
        expect_equal(bulkhead("whatif", GATEWAY, *arguments).returncode, 2, f"{arguments}")


def check_whatif_unread():
    """A condition that the policy is refused for says nothing of messages, and is told as such."""
    done = bulkhead("whatif", GATEWAY, "--add", "restrict tight on position_up { where speed[ghost] < 100; }")
    expect_equal(done.returncode, 2, done.stdout + done.stderr)
    expect("[BH0201]" in done.stderr and "speed[ghost] ?" in done.stdout, done.stdout + done.stderr)
    expect("the messages cannot be compared" in done.stdout, done.stdout)
    done = bulkhead("whatif", os.path.join(ROOT, "tests", "golden", "arrays-numbers.policy"), "--remove", "last")
    expect_equal(done.returncode, 2, done.stdout + done.stderr)
    expect("(readings[last] ? and name[last] ?)" in done.stdout, done.stdout)
    expect("the messages cannot be compared" in done.stdout, done.stdout)


PLACES = "platform, labels, label, subject, plan, type, channel, always, audit, measure"
POWER = """platform "board.platform";
labels U < S;
label a U;
label b U .. S;
label log S;
subject a { image "a.elf"; memory 4 MiB; on fault stop; }
subject b { image "b.elf"; memory 4 MiB; on fault stop; }
subject log { image "log.elf"; memory 4 MiB; reads audit; on fault stop; }
plan normal first major 10 ms { cpu 0 { a 3 ms; b 3 ms; log 4 ms; } }
type Value little { x: u8; }
channel up a -> b mediated { depth 8; }
allow up_1 a -> b on up Value { rate 1/s burst 1; }
always audit denied, downgrade, plan;
audit ring 1 MiB for log {
    class security reserve 4 KiB per subject on full drop and count;
    class flow reserve 4 KiB per subject on full drop and count;
    kernel reserve 4 KiB;
}
measure none;
"""
LATTICE = os.path.join(ROOT, "tests", "golden", "lattice-good.policy")


def check_whatif_labels():
    """Of a list that declares several names one is removed, not all; what is no name is told apart from what is missing."""
    done = bulkhead("whatif", LATTICE, "--remove", "VITAL")
    expect("integrity: order RAW < CHECKED < VITAL => RAW < CHECKED" in done.stdout, done.stdout + done.stderr)
    expect_equal(done.stderr, "", "no label says VITAL")
    done = bulkhead("whatif", LATTICE, "--remove", "NUKE")
    expect_equal((done.returncode, done.stdout), (2, ""), "labels that cannot be read are not compared")
    expect("no category `NUKE`" in done.stderr and "CRYPTO`" not in done.stderr, done.stderr)
    done = bulkhead("whatif", LATTICE, "--remove", "CRYPTO, NUKE")
    expect("the policy has no `categories`" in done.stderr, "all of them are the statement: " + done.stderr)
    for name, cure in (("integrity", "are its members by their names, as `RAW`"), ("measure", "declared by a name"),
                       ("CRIPTO", "did you mean `CRYPTO`?")):
        done = bulkhead("whatif", LATTICE, "--remove", name)
        expect_equal((done.returncode, done.stdout), (2, ""), name)
        expect(cure in done.stderr, done.stderr)
    done = bulkhead("whatif", os.path.join(ROOT, "tests", "golden", "good.policy"), "--remove", "sensed.a")
    expect(done.returncode == 2 and "remove `sensed`" in done.stderr, done.stderr)


def check_whatif_power(folder):
    """What is added stands in a part whose authority may say all of it."""
    shutil.copy(os.path.join(ROOT, "policy", "platforms", "qemu-q35-svm.platform"), os.path.join(folder, "board.platform"))
    for word, status in (("downgrade", 1), ("feedback", 2)):
        path = os.path.join(folder, f"power-{word}.policy")
        rule = ("channel low b -> a mediated { depth 8; } "
                "allow out b -> a on low Value { rate 1/s burst 1; downgrade S to U; }")
        with open(path, "w", encoding="utf-8") as file:
            file.write("system power version 1 {\n    authority one may allow;\n"
                       f"    authority all may {PLACES}, allow, {word};\n"
                       f'    part "none.policy" by one;\n    part "power-places.policy" by all;\n}}\n')
        with open(os.path.join(folder, "none.policy"), "w", encoding="utf-8") as file:
            file.write("# nothing yet\n")
        with open(os.path.join(folder, "power-places.policy"), "w", encoding="utf-8") as file:
            file.write(POWER)
        expect_equal(bulkhead("check", path, "--no-images").returncode, 0, bulkhead("check", path, "--no-images").stderr)
        done = bulkhead("whatif", path, "--add", rule)
        expect_equal(done.returncode, status, done.stdout + done.stderr)
        expect(("needs the word `downgrade`, which `one`" in done.stderr) == (word != "downgrade"), done.stderr)


# ---- graph ----
def check_graph(folder):
    path = os.path.join(folder, "flows.svg")
    done = bulkhead("graph", GATEWAY, "--svg", "-o", path)
    expect_equal((done.returncode, done.stderr), (0, ""), "drawn")
    with open(path, encoding="utf-8") as file:
        svg = file.read()
    tree = xml.etree.ElementTree.fromstring(svg)
    texts = [text.text for text in tree.iter("{http://www.w3.org/2000/svg}text")]
    for name in ("low", "guard", "high", "audit", "world", "ops", "log", "reports", "notice_out 1/s, downgrade"):
        expect(name in texts, f"{name} is not in the picture")
    at = {text.text: float(text.get("x")) for text in tree.iter("{http://www.w3.org/2000/svg}text")}
    expect(at["world"] < at["low"] < at["guard"] < at["high"] < at["ops"], "flows rise from left to right")
    expect_equal(svg, bulkhead("graph", GATEWAY, "--svg").stdout, "the same picture each time")
    expect_equal(bulkhead("graph", GATEWAY).returncode, 2, "neither --svg nor --dot")


def fills(svg):
    """The colour of each subject and wire, by its name, and of each line of the legend, by its text."""
    shape = r'<(?:rect|path)[^>]* fill="([^"]*)" stroke="[^"]*"[^>]*/>'
    nodes = re.findall(shape + r'\n<text [^>]*font-weight="bold">(\w+)</text>', svg)
    legend = re.findall(r'<rect x="30"[^>]* fill="([^"]*)"[^>]*/><text [^>]*>([^<]*)</text>', svg)
    return {name: color for color, name in nodes}, {text.split(";")[0]: color for color, text in legend}


LEVELS = "labels U < S;\nlabel a U;\nlabel b U .. S;\nlabel log S;\n"
# Labels; of which is what has one label; from which to which the guard leads, as its text says.
GRAPHED = (
    ("levels", LEVELS, {"a": "U", "log": "S"}, ["U", "S"]),
    ("categories", "categories X, Y;\nlabel a { X };\nlabel b { X } .. { X, Y };\nlabel log { Y, X };\n",
     {"a": "{ X }", "log": "{ X, Y }"}, ["{ X }", "{ X, Y }"]),
    ("integrity", "integrity RAW < GOOD;\nlabel a integrity GOOD;\nlabel b integrity RAW .. GOOD;\nlabel log integrity RAW;\n",
     {"a": "integrity GOOD", "log": "integrity RAW"}, ["integrity RAW", "integrity GOOD"]),
    ("all", "labels U < S;\ncategories X, Y;\nintegrity RAW < GOOD;\nlabel a S { X } integrity GOOD;\n"
     "label b S { X } .. S { X, Y } integrity RAW;\nlabel log S { X, Y } integrity RAW;\n",
     {"a": "S { X } integrity GOOD", "log": "S { X, Y } integrity RAW"},
     ["S { X } integrity RAW", "S { X, Y } integrity RAW"]),
)


def check_graph_labels(folder):
    """Whatever labels are made of, each has a colour of its own, and the legend says which."""
    shutil.copy(os.path.join(ROOT, "policy", "platforms", "qemu-q35-svm.platform"), os.path.join(folder, "board.platform"))
    for name, labels, ends, guard in GRAPHED:
        path = os.path.join(folder, f"graph-{name}.policy")
        with open(path, "w", encoding="utf-8") as file:
            file.write("system graphed version 1 {}\n" + POWER.replace(LEVELS, labels))
        svg = bulkhead("graph", path, "--svg").stdout
        nodes, legend = fills(svg)
        expect_equal(len(set(legend.values())), len(legend), f"{name}: two labels of one colour in {legend}")
        expect("#ffffff" not in legend.values(), f"{name}: a label is white")
        for node, label in ends.items():
            expect_equal(nodes[node], legend[label], f"{name}: the colour of `{node}`")
        stops = re.findall(r'stop-color="([^"]*)"', svg)
        expect_equal(stops, [legend[label] for label in guard], f"{name}: the guard's colours, from left to right")
        expect_equal(len(re.findall(r"[^<>]*guard[^<>]*</text>", svg)), 1, "lines of the legend that say guard")
        expect_equal(re.findall(r">(slanted[^<]*)<", svg), ["slanted sides: a guard, trusted between two labels"], "a line")


def check_graph_many(folder):
    """More labels than the hand-picked colours."""
    count = 24
    text = POWER.replace(LEVELS, "labels " + " < ".join(f"L{i}" for i in range(count)) + ";\n" +
                         "label a L0;\nlabel b L7;\nlabel log L23;\n")
    path = os.path.join(folder, "graph-many.policy")
    with open(path, "w", encoding="utf-8") as file:
        file.write("system graphed version 1 {}\n" + text)
    legend = fills(bulkhead("graph", path, "--svg").stdout)[1]
    expect_equal((len(legend), len(set(legend.values()))), (count, count), "colours")


WIDEST = 1800


def check_graph_folded():
    """A chain of 24 is folded into rows: every name is there, rows stand below each other, and lines say where they go on."""
    svg = bulkhead("graph", os.path.join(ROOT, "policy", "examples", "chain", "chain.policy"), "--svg").stdout
    tree = xml.etree.ElementTree.fromstring(svg)
    width, height = float(tree.get("width")), float(tree.get("height"))
    expect(width <= WIDEST and height < width, f"{width} x {height}")
    expect("guard" not in svg, "a guard in the legend and none in the picture")
    texts = [text for text in tree.iter("{http://www.w3.org/2000/svg}text") if text.get("font-size") == "13"]
    at = {text.text: (float(text.get("x")), float(text.get("y"))) for text in texts}
    chain = [at[f"c{i:02}"] for i in range(1, 25)]
    turns = [i for i in range(1, 24) if chain[i][0] < chain[i - 1][0]]
    expect(3 <= len(turns) <= 8, f"turns at {turns}")
    expect(all(chain[i][1] > chain[i - 1][1] + 50 for i in turns), "a row below the one before")
    for i in turns:
        expect(f">to c{i + 1:02}<" in svg and f">from c{i:02}<" in svg, f"where the line from c{i:02} goes on")
    for text in tree.iter("{http://www.w3.org/2000/svg}text"):
        expect(0 < float(text.get("x")) < width and 0 < float(text.get("y")) < height, f"`{text.text}` lies outside")


def check_graph_dot(folder):
    dot = bulkhead("graph", GATEWAY, "--dot").stdout
    expect(dot.startswith('digraph "ais_gateway" {') and dot.rstrip().endswith("}"), dot)
    expect('"guard" -> "low" [label="notices\\nnotice_out 1/s, downgrade"' in dot, dot)
    expect_equal(bulkhead("graph", mesh(folder, 16), "--svg").returncode, 0, "a mesh is drawn too")


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as folder:
        tap.run("paths: the shortest first, each step with kind, rule, capacity and place", check_paths)
        tap.run("paths as JSON", check_paths_json)
        tap.run("paths: as many as another program counts", check_paths_against_all, folder)
        tap.run("paths: all of them, each once", check_paths_all, folder)
        tap.run("paths: more than can be counted, in little memory", check_paths_endless, folder)
        tap.run("paths: a bounded number, and how many more", check_paths_bounded, folder)
        tap.run("expand: one sorted line for each flow", check_expand, folder)
        tap.run("expand --check: says what is stale", check_expand_stored, folder)
        tap.run("names that are nearly right, and one end twice", check_near_misses)
        for title, edits, status, pattern in DIFFS:
            tap.run("diff: " + title, check_diff, folder, edits, status, pattern)
        tap.run("diff of a policy with errors", check_diff_errors, folder)
        for title, *case in RULED_DIFFS:
            tap.run("diff: " + title, check_ruled_diff, folder, *case)
        tap.run("privileges, orders and roles in expand, paths and graph", check_ruled_pictures, folder)
        tap.run("whatif --add", check_whatif_add)
        tap.run("whatif --remove", check_whatif_remove)
        tap.run("whatif: what would be refused", check_whatif_refused)
        tap.run("whatif: conditions that cannot be read", check_whatif_unread)
        tap.run("whatif --remove of one of several labels", check_whatif_labels)
        tap.run("whatif --add where it may be said", check_whatif_power, folder)
        tap.run("graph --svg", check_graph, folder)
        tap.run("graph: a colour for each label", check_graph_labels, folder)
        tap.run("graph: a long chain is folded", check_graph_folded)
        tap.run("graph: many labels", check_graph_many, folder)
        tap.run("graph --dot", check_graph_dot, folder)
    tap.finish()


if __name__ == "__main__":
    main()
