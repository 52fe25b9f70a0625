#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""Every port, MSR, CPUID leaf, hypercall and, in every mode, privileged instruction, against core/isolation.md."""
import collections
import os
import re
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import isolation
import test_kernel
from runs import read_image
from tap import Once, Tap, expect, expect_equal
from test_kernel import run_system

ABI = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "channels", "include", "channels", "abi.h")
LIMIT_S = 300
LAST_RECORD = rb'event="restart" subject="prober" rule="fault" count="1" value="2"'
PORTS_WIDE = list(range(0x400)) + list(range(0xfff8, 0x10000))       # tests/guests/prober.c: WIDE_PORTS

# policy/image.h: where the tables are, and the fields of them that are wanted here.
TABLES_OFFSET, SUBJECTS, PORTS, CPUIDS = 144, 3, 7, 8
PORT, CPUID = struct.Struct("<HH4x"), struct.Struct("<6I")
SUBJECT_SIZE, SUBJECT_FIRST_PORT = 120, 72

# tests/guests/prober_calls.c
CALL_NUMBERS = list(range(256)) + [(1 << bit) + step - 1 for bit in range(64) for step in range(3)]
with open(ABI, encoding="utf-8") as file:
    ABI_TEXT = file.read()
MODULES = {name: int(value) for name, value in re.findall(r"ABI_MODULE_(\w+) = (\d+)", ABI_TEXT)}
STATUS = {name: MODULES[module] << 16 | int(check)
          for name, module, check in re.findall(r"ABI_(\w+) = ABI_STATUS\(ABI_MODULE_(\w+), (\d+)\)", ABI_TEXT)}
ABI_CALLS = len(re.findall(r"^    ABI_CALL_\w+,", ABI_TEXT, re.MULTILINE))


class OnSvm(test_kernel.OnSvm):
    maker = "AMD"


class Policy:
    """What the image gives to a subject."""

    def __init__(self, path, name):
        image = read_image(path)
        tables = [struct.unpack_from("<II", image, TABLES_OFFSET + 8 * i) for i in range(CPUIDS + 1)]
        subjects = [image[tables[SUBJECTS][0] + SUBJECT_SIZE * i:] for i in range(tables[SUBJECTS][1])]
        data, = [s for s in subjects if s[:16].rstrip(b"\0").decode() == name]
        first_port, ports, first_cpuid, cpuids = struct.unpack_from("<4I", data, SUBJECT_FIRST_PORT)
        self.ports = set()
        for i in range(first_port, first_port + ports):
            first, last = PORT.unpack_from(image, tables[PORTS][0] + PORT.size * i)
            self.ports |= set(range(first, last + 1))
        self.cpuid = [CPUID.unpack_from(image, tables[CPUIDS][0] + CPUID.size * i)
                      for i in range(first_cpuid, first_cpuid + cpuids)]


POLICY = Policy(os.path.join(test_kernel.BUILD, "test-probe.img"), "prober")


class Report:
    """What `prober` says."""

    def __init__(self, text):
        self.own = collections.defaultdict(set)
        for name, first, last in re.findall(r"^probe own (\S+) (\S+) (\S+)$", text, re.MULTILINE):
            self.own[name] |= set(range(int(first, 16), int(last, 16) + 1))
        self.sweeps = {name: (int(tried), int(refused)) for name, tried, refused in
                       re.findall(r"^probe sweep (\S+) tried=(\d+) refused=(\d+)$", text, re.MULTILINE)}
        self.odd = re.findall(r"^probe odd .*$", text, re.MULTILINE)
        self.cpuid = [tuple(int(word, 16) for word in words.split()) for words in
                      re.findall(r"^probe cpuid (.*)$", text, re.MULTILINE)]
        self.acts = {name: dict(pair.split("=") for pair in outcomes.split()) for name, outcomes in
                     re.findall(r"^probe act (\S+) (.*)$", text, re.MULTILINE)}
        self.calls = {name: (int(status), int(count)) for name, status, count in
                      re.findall(r"^probe call (\S+) (\d+) (\d+)$", text, re.MULTILINE)}
        self.ends = re.findall(r"^probe end (\S+) epoch=\d+$", text, re.MULTILINE)


def check_sweep(report, name, tried, own):
    expect_equal(report.own[name], own, f"what {name} let pass")
    expect_equal(report.sweeps.get(name), (tried, tried - len(own)), f"tried and refused by {name}")


def check_ports(backend, report, log):
    (whole,), _ = isolation.touched("I/O ports")
    expect_equal(whole, (0, 0xffff), "ports that are tried")
    for way in ("in", "out"):
        check_sweep(report, f"port-{way}-8", 0x10000, POLICY.ports)
        for size in (2, 4):
            own = {port for port in PORTS_WIDE if set(range(port, port + size)) <= POLICY.ports}
            check_sweep(report, f"port-{way}-{8 * size}", len(PORTS_WIDE), own)


def check_msrs(backend, report, log):
    tried, own = isolation.touched("MSRs")
    own = {msr for first, last in own for msr in range(first, last + 1)}
    for name in ("msr-read", "msr-write"):
        check_sweep(report, name, sum(last + 1 - first for first, last in tried), own)


def check_cpuid(backend, report, log):
    expected = [entry for entry in POLICY.cpuid if any(entry[2:])]
    expect_equal(sorted(report.cpuid), sorted(expected), "CPUID leaves that are not zero")


def check_instructions(backend, report, log):
    expected = isolation.outcomes(backend.maker)
    expect_equal(set(report.acts), set(expected), "instructions that were tried")
    wrong = {name: (seen, expected[name]) for name, seen in report.acts.items() if seen != expected[name]}
    expect(not wrong, f"instructions with another outcome (seen, core/isolation.md): {wrong}")
    expect(not report.odd, report.odd)


def check_answers(backend, report, log):
    unknown = sum(number >= ABI_CALLS for number in CALL_NUMBERS)
    expected = {name: (STATUS[answer], unknown if name == "call" else len(CALL_NUMBERS))
                for name, (answer, _) in isolation.calls().items()}
    expect_equal(report.calls, expected, "answers to calls, each with how many had it")


def check_calls(backend, report, log):
    check_answers(backend, report, log)
    for rule in {rule for _, rule in isolation.calls().values()}:
        expect(rule in log.count_by("rule", "denied", subject="prober") or log.select("lost"), f"no denial by {rule} on record")


def check_ends(backend, report, log):
    expected = isolation.ends()
    expect_equal(report.ends, list(expected), "ends of lives")
    rules = [record["rule"] for record in log.select("restart", subject="prober")]
    expect_equal(rules, list(expected.values()), "rules under which lives ended")


def refused_acts(maker):
    """At least so many of the acts are the kernel's to refuse: all that system code of 64 bits may not do."""
    return sum(modes["64"] == "#GP" for modes in isolation.outcomes(maker).values())


def check_records(backend, report, log):
    refused = sum(refused for _, refused in report.sweeps.values()) + report.sweeps["msr-write"][1]     # which reads first
    lost = sum(int(record["value"]) for record in log.select("lost", subject="prober"))
    seen = log.count("denied", subject="prober") + lost
    acts = sum(list(modes.values()).count("#GP") + list(modes.values()).count("denied") for modes in report.acts.values())
    refused += len(isolation.ends()) + sum(count for _, count in report.calls.values())
    least, most = refused + refused_acts(backend.maker), refused + acts
    expect(least <= seen <= most, f"{seen} refusals on record, lost ones included; expected {least} to {most}")


def main(backend=OnSvm):
    def probe():
        _, com2, log = run_system(backend, "probe", rb"^probe done\r?$", LAST_RECORD, LIMIT_S)
        return Report(com2), log

    tap, probed = Tap(), Once(probe)

    def run_once(check):
        check(backend, *probed.get())

    tap.run("every I/O port, in and out, is the policy's or refused", run_once, check_ports)
    tap.run("every model-specific register, read and written, is the subject's or refused", run_once, check_msrs)
    tap.run("every CPUID leaf is what the policy lists, else zero", run_once, check_cpuid)
    tap.run("every privileged instruction, in every mode, does what core/isolation.md says", run_once, check_instructions)
    tap.run("every hypercall, with numbers that are not the subject's, is refused", run_once, check_calls)
    tap.run("what a subject cannot handle ends its life", run_once, check_ends)
    tap.run("every refusal is on record, or counted as lost", run_once, check_records)
    tap.finish()


if __name__ == "__main__":
    main()
