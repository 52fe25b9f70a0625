#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""Measuring: one flipped bit in any component changes the PCR, stops the start and is named; without a TPM that works,
`measure required` stops with the reason and `measure optional` starts and says "not measured" in the audit stream."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from audit_log import AuditLog
from host_tools import run_tool
from machine import Machine
from runs import IMAGE, OPTIONAL_IMAGE, RUNS, components, read_image, run_demo, run_folder, write_image, write_input
from sentences import mixed_sentences
from tap import Tap, expect, expect_equal

LIMIT_S = 30
SENTENCES = 20
HASH_OFFSET = 32                          # policy/image.h: image_header.policy_hash
CPUIDS_TABLE = 144 + 8 * 8                # image_header.tables[IMAGE_CPUIDS]: content that every check lets pass
CPUID_SIZE = 24
PCR = 11


def flip_place(image, component):
    """A byte of the component whose change leaves the image's form right."""
    if component.name == "tables":
        return struct.unpack_from("<I", image, CPUIDS_TABLE)[0] + CPUID_SIZE - 4
    return component.offset + component.size // 2


def run_tampered(name, place, image):
    image[place] ^= 1
    os.makedirs(RUNS, exist_ok=True)
    path = write_image(os.path.join(RUNS, f"measure-{name}.img"), image, os.path.splitext(IMAGE)[0] + ".lock")
    data = write_input(os.path.join(RUNS, "measure-input"), mixed_sentences(SENTENCES))
    run = run_demo("measure-" + name, "--image", path, "--input", data)
    inspected = run_tool("bulkhead", "inspect", path)
    os.remove(path)
    expect_equal(run.status, 1, "exit status")
    named = [difference["component"] for difference in run.summary["pcrs"]["differences"]]
    expect_equal(named, [name], "components that the summary names")
    expect(not any(bank["equal"] for bank in run.summary["pcrs"]["banks"]), "the PCR does not change: " + run.output)
    expect(f"component {name}: differs" in run.output, "the summary does not name the component:\n" + run.output)
    return run, inspected


def check_component(component):
    image = read_image()
    run, inspected = run_tampered(component.name, flip_place(image, component), image)
    said = f"component {component.name}: digest differs from the header's"
    expect(f"launch: {said}" in (run.summary["refused"] or ""), "the kernel starts it: " + run.output)
    expect(not inspected.good and f": {said}" in inspected.text, "`bulkhead inspect` does not say so: " + inspected.text)


def check_header():
    """The header vouches for the components, nothing in the image for the header: it shows in the PCR alone."""
    image = read_image()
    run_tampered("header", HASH_OFFSET, image)


def wait_refused(name, image, **options):
    folder = run_folder("measure-" + name)
    with Machine(folder, image=image, **options) as machine:
        end = machine.console.wait_for(rb"^(start-up refused: .*|\d+ CPUs, .*)$", LIMIT_S)[1].decode()
        machine.quit()
    expect(end.startswith("start-up refused"), "the kernel starts it: " + end)
    console = machine.console.text()
    expect("the policy requires measuring" in console and "\nnot measured: " in console.replace("\r", ""), console)


def check_optional(name, **options):
    folder = run_folder("measure-" + name)
    with Machine(folder, image=OPTIONAL_IMAGE, **options) as machine:
        machine.low.wait_for(rb"^low ready epoch=0\r?$", LIMIT_S)
        machine.shut_down(LIMIT_S)
    measured = AuditLog(machine.audit.text()).select("measured")
    expect_equal([record["value"] for record in measured], ["0"], "audit records on measuring (0: not measured)")
    expect("not measured" in machine.audit.text(), "the audit stream does not say \"not measured\"")
    expect("image measured" not in machine.console.text(), machine.console.text())


def main():
    tap = Tap()
    tap.run("no TPM, measure required: refused", wait_refused, "required-none", IMAGE, tpm=False)
    tap.run("a TPM that fails, measure required: refused", wait_refused, "required-broken", IMAGE, refuse_pcr=PCR)
    tap.run("no TPM, measure optional: starts, not measured", check_optional, "optional-none", tpm=False)
    tap.run("a TPM that fails, measure optional: starts, not measured", check_optional, "optional-broken", refuse_pcr=PCR)
    tap.run("a flipped bit in the header is named", check_header)
    for component in components(read_image()):
        tap.run(f"a flipped bit in {component.name} is refused and named", check_component, component)
    tap.finish()


if __name__ == "__main__":
    main()
