#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""A subject that acts at random beside honest ones on both CPUs: the kernel lives, the honest ones' work is right, and whatever
was refused is on record, or counted as lost where the ring has no room; all of it is on record in a run for which it has.
Beside another such, on one CPU whose clock counts instructions, the windows of `witness` begin when the plan has it."""
import argparse
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import honest
from audit_log import AuditLog
from counting import COUNTING
from emulator import SLIPPED, has_slipped
from host_tools import verify_audit
from machine import KERNEL, Machine
from runs import build_kernel, run_folder
from tap import Once, Spoilt, Tap, expect, expect_equal
from test_kernel import BUILD, OnSvm

LIMIT_S = {"riot": 240, "riot-recorded": 240, "campaign": 7200, "campaign-vmx": 7200}
ACTS = {"riot": 150_000, "riot-recorded": 10_000, "campaign": 10_000_000, "campaign-vmx": 1_000_000}
RECORDED = "riot-recorded"            # few acts, and room in the audit ring for all that they are refused
RESERVE, RECORD = 64 << 10, 128       # bytes: `rioter`'s reserve in the others' ring (common.policy), a record
END_LIMIT_S = 60
QUIET_S, SETTLE_S = 3, 120         # the audit has written what it held back
HONEST_LINES_LEAST = 5
STARTS = {"riot": ("riot-starts", 300), "campaign": ("campaign-starts", 50_000), "campaign-vmx": ("campaign-starts", 50_000)}
DONE = rb"^riot done acts=(\d+) refused=(\d+) deaths=(\d+)\r?$"
STARTS_DONE = rb"^witness done starts=(\d+) deviation=(\d+) missed=(\d+) khz=\d+\r?$"


class OnCountingSvm(OnSvm):
    """One CPU under -icount: its clock counts its instructions, whatever the host does meanwhile."""
    late_most, acts_least = 0, 20         # ticks; acts a frame
    rounds_least = 2                      # how often records fill the reserve: whoever reads them makes room again
    writes_all = True                     # the log's port is fast enough for a record of each refusal

    @staticmethod
    def counting_machine(folder, image, kernel):
        return Machine(folder, image=image, kernel=kernel, tpm=False, cpus=1, accelerator="tcg,thread=single", options=COUNTING)


class Riot:
    """One run and what it left."""

    def __init__(self, backend, name):
        folder, image = run_folder(f"{backend.name}-{name}"), os.path.join(BUILD, f"test-{name}.img")
        with backend.machine(folder, image) as machine:
            done = machine.low.wait_for(DONE, LIMIT_S[name] * backend.slowness)
            machine.audit.wait_quiet(QUIET_S, SETTLE_S)
            machine.audit.send(b"shutdown\n", END_LIMIT_S)
            self.end = machine.wait_end(END_LIMIT_S)
        self.recorded_least = backend.rounds_least * RESERVE // RECORD
        self.acts, self.refused, self.deaths = (int(number) for number in done.groups())
        self.said, self.honest = machine.low.text(), machine.high.text().replace("\r", "")
        if has_slipped(folder):
            raise Spoilt(SLIPPED)
        self.console, self.log = machine.console.text(), AuditLog(machine.audit.text())
        self.verified = verify_audit(os.path.join(folder, "audit.log"), os.path.join(folder, "console.log"), image)


def check_alive(riot, name):
    expect_equal(riot.end, "guest-shutdown", "end of the machine")
    expect_equal(riot.acts, ACTS[name], "acts")
    expect("panic" not in riot.console, riot.console)
    expect("riot alive" not in riot.said, "an act that should have ended a life did not")


def check_honest(riot, name):
    lines = honest.LINE.findall(riot.honest)
    expect(len(lines) >= HONEST_LINES_LEAST, riot.honest)
    for steps, total, wrong, peer, peer_total, odd in lines:
        expect_equal((wrong, odd), ("0", "0"), "what an honest subject found changed, and messages that no rule allows")
        expect_equal(int(total, 16), honest.sum_after(int(steps)), f"the sum on CPU 1 after {steps} steps")
        expect_equal(int(peer_total, 16), honest.sum_after(int(peer)), f"the sum on CPU 0 after {peer} steps")
    expect(int(lines[-1][3]) > int(lines[0][3]), "the subject on CPU 0 stands still")
    for subject in ("near", "far"):
        expect_equal(riot.log.count("denied", subject=subject) + riot.log.count("restart", subject=subject), 0, subject)


def check_records(riot, name):
    expect(not riot.log.damaged, riot.log.damaged)
    expect(riot.verified.good, riot.verified.figures)
    lost = sum(int(record["value"]) for record in riot.log.select("lost", subject="rioter"))
    seen = riot.log.count("denied", subject="rioter") + riot.log.count("dropped", subject="rioter")
    print(f"# {riot.refused} refusals, {seen} of them on record, {lost} counted as lost", flush=True)
    expect_equal(seen + lost, riot.refused, f"refusals on record ({seen}) and counted as lost ({lost})")
    if name == RECORDED:
        expect_equal(lost, 0, "refusals lost where there is room for all")
    else:
        expect(seen >= riot.recorded_least, f"{seen} refusals on record only: there is room for {riot.recorded_least}")
    expect_equal(riot.log.count("restart", subject="rioter"), riot.deaths, "restarts")
    expect_equal(riot.log.count("stop", subject="rioter"), 0, "stops")


def look_at_starts(backend, name, kernel=KERNEL):
    """(frames, ticks that windows' starts deviate by, windows missed, acts meanwhile) beside a subject that acts at random."""
    system, _ = STARTS[name]
    folder = run_folder(f"{backend.name}-{system}")
    with backend.counting_machine(folder, os.path.join(BUILD, f"test-{system}.img"), kernel) as machine:
        done = machine.high.wait_for(STARTS_DONE, LIMIT_S[name] * backend.slowness)
        told = re.findall(r"^riot epoch=\d+ acts=(\d+) ", machine.low.text(), re.MULTILINE)
        expect("panic" not in machine.console.text(), machine.console.text())
    return *map(int, done.groups()), int(told[-1]) if told else 0


def check_starts(backend, name):
    frames, deviation, missed, acts = look_at_starts(backend, name)
    print(f"# {frames} windows beside {acts} acts: deviation {deviation}, missed {missed}", flush=True)
    expect_equal(frames, STARTS[name][1], "windows")
    expect(deviation <= backend.late_most and missed == 0, f"deviation {deviation} ticks, {missed} missed")
    expect(acts >= frames * backend.acts_least, f"{acts} acts only")


def check_late_starts(backend, name):
    _, deviation, missed, _ = look_at_starts(backend, name, build_kernel("no-margin"))
    expect(deviation > backend.late_most or missed > 0, "the witness saw nothing of it")


def main(backend=OnCountingSvm, name="riot"):
    tap, riot = Tap(), Once(Riot, backend, name)

    def run_once(check):
        check(riot.get(), name)

    tap.run(f"the kernel outlives {ACTS[name]:,} acts at random", run_once, check_alive)
    tap.run("honest subjects on both CPUs work on, and their sums are right", run_once, check_honest)
    tap.run("every refusal is on record, or counted as lost, none twice", run_once, check_records)
    tap.run("beside acts at random windows begin when they should", check_starts, backend, name)
    if backend.writes_all:
        tap.run("every refusal is on record where the ring has room", lambda: check_records(Riot(backend, RECORDED), RECORDED))
    if name == "riot":
        tap.run("a kernel that does not wait for a window's planned start is found out", check_late_starts, backend, name)
    tap.finish()


def choose(description, systems):
    """The system that the command line names, the first one if none."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("system", nargs="?", default=systems[0], choices=systems,
                        help=", ".join(f"{name}: {ACTS[name]:,} acts" for name in systems))
    return parser.parse_args().system


if __name__ == "__main__":
    main(OnCountingSvm, choose(__doc__, ("riot", "campaign")))
