#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""README.md does not promise what does not work: the commands of its first policy do what they say, typed as they stand there,
and the policy is the one that it shows; the make targets and the paths that it names exist."""
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from tap import Tap, expect, expect_equal

BUILD = os.path.abspath(os.environ.get("B", "build"))
FOLDER = os.path.join(BUILD, "test-runs", "readme")
POLICY = os.path.join(FOLDER, "hello", "hello.policy")
LIMIT_S = 60
GENERAL = re.compile(r"^(hello/|build|kernel/$|include/$)")      # made by the reader, or a name in many places
BACK = """channel back panel -> sensor mediated { depth 64; slots 4; full drop newest; feedback rule; notify each 1; }
allow back_again panel -> sensor on back Reading { rate 1/s burst 1; downgrade INSIDE to OUTSIDE; }
"""


def read_readme():
    with open("README.md", encoding="utf-8") as file:
        return file.read()


def section():
    return re.search(r"^## A first policy\n(.*?)^## ", read_readme(), re.DOTALL | re.MULTILINE)[1]


def commands():
    """What a reader types, in its order."""
    text = re.sub(r"```.*?```", "", section(), flags=re.DOTALL)
    return [line.split("#")[0].strip() for line in re.findall(r"^    (.*)$", text, re.MULTILINE)]


def environment():
    """That of a terminal, not of the make that runs this."""
    return {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "B")}


def run(command):
    done = subprocess.run(command, shell=True, cwd=FOLDER, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False, text=True)
    return done.returncode, done.stdout


def boot(command):
    """Until the second reading is on the terminal."""
    log = os.path.join(FOLDER, "boot.log")
    with open(log, "wb") as out:
        process = subprocess.Popen(command, shell=True, cwd=FOLDER, env=environment(), stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        try:
            for _ in range(10 * LIMIT_S):
                with open(log, encoding="utf-8", errors="replace") as file:
                    if len(re.findall(r"^reading \d+: ", text := file.read(), re.MULTILINE)) > 1:
                        return
                time.sleep(0.1)
            expect(False, f"no readings within {LIMIT_S} s:\n{text}")
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(LIMIT_S)


def check_commands():
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
    os.symlink(BUILD, os.path.join(FOLDER, "build"))
    typed = commands()
    expect(len(typed) > 8 and typed[0].endswith("new hello"), f"commands: {typed}")
    for command in typed:
        if command.endswith(" boot"):
            boot(command)
            continue
        status, output = run(command)
        expect_equal(status, 0, f"exit status of {command}:\n{output}")


def check_policy():
    """Each line of the excerpt is one of the policy, in its order."""
    excerpt = re.search(r"```\n(.*?)```", section(), re.DOTALL)[1].splitlines()
    with open(POLICY, encoding="utf-8") as file:
        lines = iter(file.read().splitlines())
    expect(len(excerpt) > 10, "README.md shows no policy")
    for line in excerpt:
        expect(line in lines, f"README.md shows what the policy does not have, or not there: {line}")


def check_promise():
    """A way back stops the build, as README.md says."""
    with open(POLICY, encoding="utf-8") as file:
        before = file.read()
    path = os.path.join(FOLDER, "hello", "back.policy")
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + BACK)
    status, output = run("build/bin/bulkhead build hello/back.policy -o back.img --images hello/build")
    expect(status == 1 and re.search(r"back\.policy:\d+:\d+: error: .*from `panel` to `sensor`", output), output)
    expect("panel -> sensor: messages that `back_again` allows" in output, output)


def check_targets():
    targets = set()
    for path in ["Makefile", *glob.glob("*/module.mk"), *glob.glob("*/*/module.mk")]:
        with open(path, encoding="utf-8") as file:
            targets.update(re.findall(r"^([a-z-]+):.*##", file.read(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^    )make ([a-z][a-z-]*)", read_readme(), re.MULTILINE))
    expect(named and named <= targets, f"README.md names {named - targets}, which are no targets")


def check_paths():
    paths = re.findall(r"`([\w.-]+/[\w./-]*)`", read_readme())
    missing = [path for path in paths if not GENERAL.match(path) and not os.path.exists(path)]
    expect(paths and not missing, f"README.md names what does not exist: {missing}")


def main():
    tap = Tap()
    tap.run("README: the commands of its first policy, as they stand there", check_commands)
    tap.run("README: the policy that it shows is that one", check_policy)
    tap.run("README: a way back stops the build", check_promise)
    tap.run("README: the make targets exist", check_targets)
    tap.run("README: the paths exist", check_paths)
    tap.finish()


if __name__ == "__main__":
    main()
