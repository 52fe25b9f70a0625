#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bulkhead-audit against logs that this script makes by itself: records, lines and chains from their definitions."""
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap, expect, expect_equal  # noqa: E402

PROGRAM = os.path.join(os.environ.get("B", "build"), "bin", "bulkhead-audit")
LIMIT_S = 20
NONE = 0xffff
POLICY = bytes(range(32))
EVENTS = {"boot": (0, 5), "allowed": (2, 6), "denied": (3, 4), "shutdown": (9, 5)}
SUBJECTS = {0: "low", 3: "audit"}
RULES = {2: ("length", ""), 70: ("type.PositionReport.lat", "types.policy:7"), 71: ("position_in", "flows.policy:4")}


def pack(cpu, sequence, event, subject=NONE, rule=0, count=1, value=0, payload=b""):
    return struct.pack("<QQ6HIIIQQII64s", sequence, 1000 + sequence, EVENTS[event][0], cpu, subject, NONE, NONE, NONE, rule,
                       count, 0, value, 0, len(payload), 0, payload)


def line(cpu, sequence, event, subject=NONE, rule=0, count=1, value=0, payload=b""):
    record = pack(cpu, sequence, event, subject, rule, count, value, payload)
    name, place = RULES.get(rule, ("", ""))
    text = f'<{13 * 8 + EVENTS[event][1]}>1 - - bulkhead - {event} [bulkhead@32473 cpu="{cpu}" seq="{sequence}"'
    text += f' tsc="{1000 + sequence}" event="{event}"'
    text += f' subject="{SUBJECTS[subject]}"' if subject != NONE else ""
    text += f' rule="{name}"' if rule else ""
    text += f' at="{place}"' if place else ""
    text += f' count="{count}" value="{value}" record="{record.hex()}"] '
    text += f"{SUBJECTS.get(subject, 'kernel')}: {event}" + (f" by {name}" if rule else "")
    return text + (f", {count} times" if count > 1 else "")


def head(cpu, lines):
    """The chain over the records of these lines."""
    chain = hashlib.sha256(POLICY + struct.pack("<I28x", cpu))
    for text in lines:
        chain.update(bytes.fromhex(text.split('record="')[1][:256]))
    return chain.hexdigest()


class Log:
    """Two rings: CPU 0 with six records of which five are acknowledged, CPU 1 with one."""

    def __init__(self):
        zero = [line(0, 0, "boot", value=3, payload=POLICY), line(0, 1, "denied", 0, 70, value=54600000),
                line(0, 2, "denied", 0, 70, 9, value=54600001), line(0, 3, "denied", 0, 2, value=23),
                line(0, 4, "allowed", 0, 71), line(0, 5, "shutdown", 3)]
        one = [line(1, 0, "boot", value=3, payload=POLICY)]
        self.lines = ['<110>1 - - bulkhead - start [bulkhead@32473 policy="00" epoch="0"] forwarding 2 rings',
                      *zero[:3], *one, *zero[3:5],
                      '<110>1 - - bulkhead - status [bulkhead@32473 cpu="0" written="6"] ring of CPU 0']
        self.zero, self.one = zero, one
        anchor = f"audit cpu=0 anchor=5 head={head(0, zero[:5])}"
        self.console = ["bulkhead", anchor, anchor,
                        f"audit cpu=0 written=6 sealed=6 acked=5 lost=0 head={head(0, zero)}",
                        f"audit cpu=1 anchor=1 head={head(1, one)}",
                        f"audit cpu=1 written=1 sealed=1 acked=1 lost=0 head={head(1, one)}"]

    def at(self, sequence, cpu=0):
        return next(i for i, text in enumerate(self.lines) if f'cpu="{cpu}" seq="{sequence}"' in text)


def run(log, *options, ending="\r\n", raw=None):
    with tempfile.TemporaryDirectory(prefix="bulkhead-audit-") as folder:
        paths = [os.path.join(folder, name) for name in ("console.log", "audit.log")]
        for path, lines in zip(paths, (log.console, log.lines)):
            with open(path, "wb") as file:
                file.write("".join(text + ending for text in lines).encode("latin-1"))
        if raw is not None:
            with open(paths[1], "wb") as file:
                file.write(raw)
        done = subprocess.run([PROGRAM, "verify", "--console", paths[0], paths[1], *options], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False)
        return done.returncode, done.stdout.decode("latin-1")


def expect_bad(log, *words, status=1):
    code, text = run(log)
    expect_equal(code, status, f"exit status after:\n{text}")
    for word in words:
        expect(word in text, f"`{word}' does not occur in:\n{text}")


def test_good_log():
    for ending in ("\r\n", "\n"):
        code, text = run(Log(), ending=ending)
        expect_equal(code, 0, text)
        expect(text.endswith("\nverified\n"), text)
        expect("CPU 0: 1 records came after the log's end" in text, text)


def test_json():
    code, text = run(Log(), "--json")
    found = json.loads(text)
    expect_equal(code, 0, text)
    expect_equal(found["verified"], True, "verified")
    expect_equal(found["policy"], POLICY.hex(), "policy")
    expect_equal(found["problems"], [], "problems")
    expect_equal(found["rings"][0],
                 {"cpu": 0, "records": 5, "written": 6, "acked": 5, "lost": 0, "verified_records": 5}, "ring 0")
    expect_equal([(c["event"], c["rule"], c["count"]) for c in found["counts"]],
                 [("boot", "none", 2), ("allowed", "position_in", 1), ("denied", "length", 1),
                  ("denied", "type.PositionReport.lat", 10)], "counts")


def test_log_to_the_end():
    log = Log()
    log.lines.append(log.zero[5])
    code, text = run(log)
    expect_equal(code, 0, text)
    expect("after the log's end" not in text, text)


def test_dropped_lines():
    for sequence in range(4):
        log = Log()
        del log.lines[log.at(sequence)]
        expect_bad(log, f"record {sequence} of CPU 0 is missing before this line", "NOT VERIFIED")
    log = Log()
    del log.lines[log.at(1):log.at(2) + 1]
    expect_bad(log, "line 4: records 1 to 2 of CPU 0 are missing before this line")
    log = Log()
    del log.lines[log.at(4)]
    expect_bad(log, "the log has 4 records of CPU 0, the audit subject acknowledged 5 of 6")
    log = Log()
    del log.lines[log.at(0, 1)]
    expect_bad(log, "the log has 0 records of CPU 1")
    log.console[4:] = [f"audit cpu=1 anchor=0 head={head(1, [])}",
                       f"audit cpu=1 written=1 sealed=1 acked=0 lost=0 head={head(1, log.one)}"]
    expect_bad(log, "the log has 0 records of CPU 1")     # though it could not be shorter, and there is a head for that


def test_swapped_lines():
    for first, second in ((0, 1), (1, 2), (2, 3), (3, 4)):
        log = Log()
        i, k = log.at(first), log.at(second)
        log.lines[i], log.lines[k] = log.lines[k], log.lines[i]
        expect_bad(log, f"line {i + 1}: lines out of order: record {second} of CPU 0 stands before record {first}, "
                        f"which is line {k + 1}")


def test_repeated_line():
    log = Log()
    log.lines.insert(log.at(3), log.lines[log.at(1)])
    expect_bad(log, "record 1 of CPU 0 stands here again, after line 3")


def test_edited_text():
    edits = (('subject="low"', 'subject="high"'), ('rule="type.PositionReport.lat"', 'rule="position_in"'),
             ('count="9"', 'count="8"'), ('value="54600001"', 'value="54600002"'), ("types.policy:7", "types.policy:8"),
             ('event="denied"', 'event="allowed"'), ("- denied [", "- allowed ["), ('seq="2"', 'seq="1"'),
             ('tsc="1002"', 'tsc="1003"'), (", 9 times", ""), ("low: denied", "high: denied"), ('cpu="0"', 'cpu="1"'),
             (' value="54600001"', ''), ('record="', 'x="y" record="'), ("<108>", "<109>"))
    for old, new in edits:
        log = Log()
        i = log.at(2)
        expect(old in log.lines[i], f"{old} does not stand in the line")
        log.lines[i] = log.lines[i].replace(old, new)
        expect_bad(log, f"line {i + 1}: ", "NOT VERIFIED")


def test_edited_record():
    for i in range(0, 128, 7):
        log = Log()
        at = log.at(2)
        begin = log.lines[at].index('record="') + 8 + 2 * i
        byte = int(log.lines[at][begin:begin + 2], 16) ^ 1
        log.lines[at] = log.lines[at][:begin] + f"{byte:02x}" + log.lines[at][begin + 2:]
        expect_bad(log, "NOT VERIFIED")


def test_edit_that_agrees_with_itself():
    log = Log()
    log.lines[log.at(2)] = line(0, 2, "denied", 0, 70, 3, value=54600001)
    expect_bad(log, "the chain of CPU 0 is broken: records 0 to 4 are not as the kernel wrote them")


def test_invented_end():
    log = Log()
    log.lines += [log.zero[5], line(0, 6, "denied", 0, 70)]
    expect_bad(log, "the log has 7 records of CPU 0, the kernel wrote 6")
    log = Log()
    log.lines.append(line(0, 5, "denied", 0, 70))
    expect_bad(log, "the chain of CPU 0 is broken: records 5 to 5 are not as the kernel wrote them")


def test_end_without_head():
    log = Log()
    log.console[1:4] = [f"audit cpu=0 anchor=3 head={head(0, log.zero[:3])}",
                        f"audit cpu=0 written=6 sealed=6 acked=3 lost=0 head={head(0, log.zero)}"]
    expect_bad(log, "no head on the console covers the last records of CPU 0: 3 to 4")


def test_wrong_head():
    log = Log()
    log.console[4] = log.console[4].replace(head(1, log.one), "00" * 32)
    expect_bad(log, "damaged, or at odds with a line before it", status=2)
    log.console[5] = log.console[5].replace(head(1, log.one), "00" * 32)
    expect_bad(log, "the chain of CPU 1 is broken")


def test_bad_console():
    for end in (None, "", "{}0", "{}\n{}", "{}\naudit cpu=99 anchor=1 head=" + "0" * 64):
        log = Log()
        if end is None:
            del log.console[1:]
        else:
            log.console[3] = end.format(log.console[3], log.console[3])
        expect_bad(log, "bulkhead-audit: ", status=2)
    for old, new in (("sealed=6", "sealed=5"), ("written=6", f"written={2 ** 64 + 6}"), ("acked=5", "acked=7"),
                     ("lost=0", "lost=00"), ("head=", "head=g"), (" head", "  head")):
        log = Log()
        log.console[3] = log.console[3].replace(old, new)
        expect_bad(log, "bulkhead-audit: ", status=2)


def test_foreign_cpu():
    log = Log()
    log.lines.append(line(5, 0, "boot", payload=POLICY))
    expect_bad(log, "a record of CPU 5, of which the console knows no ring")


def test_other_policy():
    log = Log()
    log.one = [line(1, 0, "boot", value=3, payload=bytes(32))]
    log.lines[log.at(0, 1)] = log.one[0]
    expect_bad(log, "CPU 1 recorded under another policy")


def test_restarted_forwarder():
    log = Log()
    at = log.at(3)
    cut = log.lines[at][:100] + log.lines[0].replace('epoch="0"', 'epoch="1"')
    log.lines[at:at] = [cut, log.zero[1], log.zero[2]]    # in the midst of a line; the unacknowledged ones come again
    code, text = run(log)
    expect_equal(code, 0, text)
    log.lines.insert(log.at(4), log.zero[1])              # it has caught up: nothing comes again
    expect_bad(log, "record 1 of CPU 0 stands here again, after line 3")
    log.lines[at + 2] = line(0, 2, "denied", 0, 70, 8, value=54600001)
    expect_bad(log, "record 2 of CPU 0 stands here again, other than in line 4")


def test_damage():
    good = Log().lines
    for text in ("x", "<108>1 - -", good[2][:-20].split(" record=")[0], good[2].replace("bulkhead@32473", "bulkhead@1"),
                 good[2].replace('record="', 'record="0'), good[2].replace("]", "", 1), good[2].replace('" seq', " seq"),
                 "\x1b[2J", good[2].replace("bulkhead -", "other -"), good[2].replace("<108>", "<1080>"),
                 "<110>1 - - bulkhead - denied - x"):
        log = Log()
        log.lines[2] = text
        expect_bad(log, "line 3: ", "NOT VERIFIED")
        expect("\x1b" not in run(log)[1], "an escape sequence reaches the terminal")
    code, text = run(Log(), raw=b"\x00\xff\n" * 1000 + b"<" * 5000)
    expect_equal(code, 1, text)
    expect("and " in text and " more" in text, text)


def test_relayed_log():
    log = Log()
    log.lines = [text.replace(">1 - - bulkhead", ">1 2026-01-01T00:00:00Z gateway bulkhead") for text in log.lines]
    code, text = run(log)
    expect_equal(code, 0, text)


def test_names_are_consistent():
    log = Log()
    for sequence in (1, 2, 3, 4):
        at = log.at(sequence)
        if sequence != 3:
            log.lines[at] = log.lines[at].replace("low", "lou")
    expect_bad(log, "has another name or place for the same number")
    log = Log()
    log.lines[log.at(3)] = log.lines[log.at(3)].replace("length", "type")
    expect_bad(log, "has a wrong name for a built-in rule")


def test_wrong_use():
    for words in ("", "verify", "verify x", "verify --console /nonexistent x", "check --console x y",
                  "verify --console /dev/null /dev/null", "verify --image /dev/null --console x y"):
        arguments = words.split()
        done = subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=LIMIT_S, check=False)
        expect_equal(done.returncode, 2, f"exit status of {arguments}")
        expect(done.stderr and not done.stdout, f"{arguments}: an error goes to standard error alone")


def main():
    tap = Tap()
    for name, test in sorted((n, t) for n, t in globals().items() if n.startswith("test_")):
        tap.run("audit log: " + name[5:].replace("_", " "), test)
    tap.finish()


if __name__ == "__main__":
    main()
