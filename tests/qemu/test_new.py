#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# all CPUs
"""bulkhead new: the project that it writes is canonical, checks, builds without a warning and, in QEMU, runs."""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "qemu")]
from machine import Machine
from runs import run_folder
from tap import Tap, expect, expect_equal, in_folder

ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, os.environ.get("B", "build"))
BULKHEAD = os.path.join(BUILD, "bin", "bulkhead")
LIMIT_S = 100
BOOT_LIMIT_S = 60


def run(folder, *command):
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "B")}
    return subprocess.run(command, cwd=folder, env=clean, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False, text=True)


def new(folder, name):
    done = run(folder, BULKHEAD, "new", name)
    expect_equal(done.returncode, 0, done.stdout)
    return os.path.join(folder, name)


def make(project, *arguments):
    done = run(project, "make", "BUILT=" + BUILD, *arguments)
    expect(done.returncode == 0 and "warning" not in done.stdout, done.stdout)
    return done.stdout


def check_files(folder):
    project = new(folder, "first_one")
    expect_equal(sorted(os.listdir(project)),
                 ["Makefile", "README.md", "first_one.policy", "panel.c", "qemu-q35-svm.platform", "sensor.c"], "files")
    for name in os.listdir(project):
        with open(os.path.join(project, name), encoding="utf-8") as file:
            expect(not re.search(r"@[A-Z]+@", text := file.read()) and "SPDX" in text, f"{name}: {text}")
    done = run(project, BULKHEAD, "fmt", "--check", "first_one.policy")
    expect_equal((done.returncode, done.stdout), (0, ""), "layout")


def check_build(folder):
    project = new(folder, "plant")
    expect("1 tests passed" in make(project, "check"), "the test inside the policy is not run")
    make(project)
    expect(os.path.getsize(os.path.join(project, "build", "plant.img")) > 10000, "no image")
    expect(run(project, "make", "-q", "BUILT=" + BUILD).returncode == 0, "make builds it again")


def check_refused(folder):
    for name in ("", "1a", "a/b", "../a", "a b", "a_name_of_sixteen", "idle", "a__b", "-x", "\x1b"):
        done = run(folder, BULKHEAD, "new", name)
        expect(done.returncode == 2 and "\x1b" not in done.stdout, f"{name!r}: {done.stdout}")
    new(folder, "plant")
    done = run(folder, BULKHEAD, "new", "plant")
    expect(done.returncode == 2 and "exists" in done.stdout, done.stdout)
    expect_equal(os.listdir(folder), ["plant"], "folders")


def check_boot(folder):
    project = new(folder, "plant")
    make(project)
    with Machine(run_folder("new"), image=os.path.join(project, "build", "plant.img"), tpm=False) as machine:
        machine.high.wait_for(rb"^reading \d+: 125 celsius, sensor 1\r?$", BOOT_LIMIT_S)
        machine.audit.wait_for(rb'rule="type.Reading.celsius"', BOOT_LIMIT_S)
        machine.high.wait_for(rb"125 celsius, sensor 1\r?\nreading \d+: 20 celsius", BOOT_LIMIT_S)
        expect_equal(machine.shut_down(BOOT_LIMIT_S), "guest-shutdown", "end of the machine")


def main():
    tap = Tap()
    tap.run("new: its files", in_folder(check_files))
    tap.run("new: the project checks and builds", in_folder(check_build))
    tap.run("new: names that it refuses", in_folder(check_refused))
    tap.run("new: the project boots; what is denied is on record", in_folder(check_boot))
    tap.finish()


if __name__ == "__main__":
    main()
