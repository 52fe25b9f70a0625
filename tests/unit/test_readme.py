#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""README.md does not promise what does not work: its first policy is checked and tested by the compiler, the make targets and
the paths that it names exist."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap, expect, expect_equal

BUILD = os.environ.get("B", "build")
COMPILER = os.path.join(BUILD, "bin", "bulkhead")
FOLDER = os.path.join(BUILD, "test-runs", "readme", "policy")
LIMIT_S = 30
GENERAL = re.compile(r"^(policy/examples/first|build|kernel/$|include/$)")        # made by the reader, or a name in many places


def read_readme():
    with open("README.md", encoding="utf-8") as file:
        return file.read()


def write_policy():
    """The policy of README.md where it says that it stands, with the platforms beside it."""
    block = re.search(r"```\n(system first .*?)```", read_readme(), re.DOTALL)
    expect(block, "README.md has no first policy")
    path = os.path.join(FOLDER, "examples", "first", "first.policy")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copytree("policy/platforms", os.path.join(FOLDER, "platforms"), dirs_exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(block[1])
    return path, block[1]


def compile_policy(command, path):
    done = subprocess.run([COMPILER, command, path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=LIMIT_S, check=False, text=True)
    return done.returncode, done.stdout


def check_policy():
    path, _ = write_policy()
    for command in ("check", "test"):
        status, output = compile_policy(command, path)
        expect_equal(status, 0, f"exit status of {command}:\n{output}")


def check_promise():
    """A way back stops the build, as README.md says."""
    path, text = write_policy()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + "allow back panel -> probe on back Reading { rate 1/s burst 1; downgrade INSIDE to OUTSIDE; }\n"
                   "channel back panel -> probe mediated { depth 64; full drop newest; feedback rule; notify each 1; }\n")
    status, output = compile_policy("check", path)
    expect(status == 1 and re.search(r"first\.policy:\d+:\d+: error: .*room.*plant", output), output)


def check_targets():
    with open("Makefile", encoding="utf-8") as file:
        targets = re.findall(r"^([a-z]+):.*##", file.read(), re.MULTILINE)
    named = set(re.findall(r"(?:`|^    )make ([a-z]+)", read_readme(), re.MULTILINE))
    expect(named and named <= set(targets), f"README.md names {named}, the Makefile has {targets}")


def check_paths():
    paths = re.findall(r"`([\w.-]+/[\w./-]*)`", read_readme())
    missing = [path for path in paths if not GENERAL.match(path) and not os.path.exists(path)]
    expect(paths and not missing, f"README.md names what does not exist: {missing}")


def main():
    tap = Tap()
    tap.run("README: its first policy is right, its tests pass", check_policy)
    tap.run("README: a way back stops the build", check_promise)
    tap.run("README: the make targets exist", check_targets)
    tap.run("README: the paths exist", check_paths)
    tap.finish()


if __name__ == "__main__":
    main()
