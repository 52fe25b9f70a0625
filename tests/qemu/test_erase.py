#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""Start-up code and data are erased before the first subject runs: a dump of all memory, taken while the gateway runs, holds no
32-byte run of any start-up section. A kernel that keeps its start-up code must be found out."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from machine import KERNEL, Machine
from memory_scan import elf_sections, find_traces
from runs import IMAGE, build_kernel, run_folder
from tap import Tap, expect

BOOT_LIMIT_S = 30
SHOWN = 5
ERASED = (".boot", ".vmx")               # start-up, and the backend that is not in use


def find_startup_code(name, kernel):
    """Traces of start-up sections in memory while the gateway runs."""
    folder = run_folder(name)
    dump = os.path.join(folder, "memory")
    with Machine(folder, image=IMAGE, kernel=kernel) as machine:
        machine.low.wait_for(rb"^low ready epoch=0\r?$", BOOT_LIMIT_S)
        machine.dump_memory(os.path.abspath(dump))
        machine.quit()
    sections = elf_sections(kernel + "64")
    startup = {name: content for name, content in sections.items() if name.startswith(ERASED)}
    resident = {name: content for name, content in sections.items() if not name.startswith(ERASED)}
    expect(sum(map(len, startup.values())) > 4096, f"no start-up sections in {kernel}64: {list(sections)}")
    traces = find_traces(dump, startup, resident)
    os.remove(dump)
    return traces


def check_erased():
    traces = find_startup_code("erase", KERNEL)
    expect(not traces, f"{len(traces)} traces of start-up code:\n" + "\n".join(
        f"at {trace.address:#x}: {trace.section}+{trace.offset:#x} {trace.run.hex()}" for trace in traces[:SHOWN]))


def check_kept():
    kernel = build_kernel("keep-startup")
    traces = find_startup_code("erase-kept", kernel)
    found = {trace.section for trace in traces}
    expect({".boot.text", ".boot.rodata", ".vmx"} <= found, f"traces in {found} only: the scan misses code that is there")


def main():
    tap = Tap()
    tap.run("start-up code is erased: no trace in memory", check_erased)
    tap.run("a kernel that keeps its start-up code is found out", check_kept)
    tap.finish()


if __name__ == "__main__":
    main()
