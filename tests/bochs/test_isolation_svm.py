#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
# time limit: 900 s
"""A second opinion on exits of AMD SVM: what `prober` says on Bochs' `ryzen`, which saves the next RIP where QEMU does not.

Interrupts do not end a subject's turn there, so that neither windows end nor the audit is forwarded: only what the prober sees
itself is compared with core/isolation.md.
"""
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
import test_isolation
from bochs import Bochs
from runs import run_folder
from tap import Tap, expect
from test_kernel import BUILD

LIMIT_S = 600
AMD_MAY_SAY = {"xsetbv": "#UD", "cr1-read": "#UD"}                  # in user mode, as core/isolation.md has it


class OnRyzen:
    maker = "AMD"


def run_prober():
    with Bochs(run_folder("ryzen-probe"), os.path.join(BUILD, "test-probe.img"), model="ryzen") as machine:
        machine.low.wait_for(rb"^probe end single-step", LIMIT_S)
        return test_isolation.Report(machine.low.text().replace("\r", ""))


def check_instructions(report):
    for name, outcome in AMD_MAY_SAY.items():
        expect(report.acts[name]["user"] == outcome, f"{name} in user mode: {report.acts[name]['user']}")
        report.acts[name].update({mode: "#GP" for mode in ("user", "user32")})
    test_isolation.check_instructions(OnRyzen, report, None)


def main():
    tap, reports = Tap(), []

    def on_ryzen(check):
        if not reports:
            reports.append(None)
            reports[0] = run_prober()
        expect(reports[0], "the prober did not run: see the first failure")
        check(reports[0])

    for name, check in (("port", test_isolation.check_ports), ("model-specific register", test_isolation.check_msrs),
                        ("CPUID leaf", test_isolation.check_cpuid), ("hypercall", test_isolation.check_answers)):
        tap.run(f"every {name} on another AMD SVM", on_ryzen, lambda report, check=check: check(OnRyzen, report, None))
    tap.run("every privileged instruction on another AMD SVM", on_ryzen, check_instructions)
    tap.finish()


if __name__ == "__main__":
    main()
