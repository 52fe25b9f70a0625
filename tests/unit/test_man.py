#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual pages say what --help says, and no formatter complains about them. With --write their usage is written anew."""
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from tap import Skip, Tap, expect, expect_equal

ROOT = os.path.dirname(os.path.dirname(HERE))
BIN = os.path.join(ROOT, os.environ.get("B", "build"), "bin")
PAGES = {"bulkhead": "policy/compiler", "bulkhead-attest": "measured-boot/attest", "bulkhead-audit": "audit/viewer",
         "fleet": "policy/examples/ais-gateway/fleet"}
BEGIN, END = '.\\" usage begins\n', '.\\" usage ends\n'
LIMIT_S = 30


def path_of(name):
    return os.path.join(ROOT, PAGES[name], name + ".1")


def read(name):
    with open(path_of(name), encoding="utf-8") as file:
        return file.read()


def help_of(name):
    done = subprocess.run([os.path.join(BIN, name), "--help"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=LIMIT_S, check=False, text=True)
    expect_equal((done.returncode, done.stderr), (0, ""), f"{name} --help")
    return done.stdout


def roff(line):
    """A line of text as roff writes it."""
    line = line.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")
    return "\\&" + line if line.startswith((".", "'")) else line


def commands(text):
    """`  bulkhead NAME ARGUMENTS`, its further forms and their ends, and its lines, four columns in: one item each."""
    lines, begins = [], False
    for line in text.splitlines()[1:]:
        if line.startswith("  bulkhead "):
            lines += [".TQ" if begins else ".TP", ".B " + roff(line.strip())]
            begins = True
        elif line.startswith("        ") and begins:
            lines[-1] += " \\\n" + roff(line.strip())
        elif line.startswith("    "):
            lines.append(roff(line.strip()))
            begins = False
    return "".join(line + "\n" for line in lines)


def check_shape():
    """Every line of --help begins a form of a command, ends one, or describes it; none stands elsewhere."""
    for line in help_of("bulkhead").splitlines()[1:-1]:
        expect(re.match(r"  bulkhead \S|    \S|        \[", line), "a line that is not aligned: " + line)


def usage(name):
    text = help_of(name)
    if name == "bulkhead":
        return commands(text)
    return ".EX\n" + "".join(roff(line) + "\n" for line in text.splitlines()) + ".EE\n"


def parts(name):
    before, rest = read(name).split(BEGIN)
    middle, after = rest.split(END)
    return before, middle, after


def check_usage(name):
    expect_equal(parts(name)[1], usage(name), f"usage in {path_of(name)}; tests/unit/test_man.py --write writes it anew")


def check_sense(name):
    """Every option that the page names is one that --help names."""
    known = set(re.findall(r"--[a-z-]+", help_of(name))) | {"--help"}
    before, _, after = parts(name)
    named = set(re.findall(r"--[a-z-]+", (before + after).replace("\\-", "-").replace("test_man.py --write", "")))
    expect(named <= known, f"options that do not exist: {named - known}")
    expect(re.search(rf"^\.TH {name.upper().replace('-', '.-')} 1 ", before.replace("\\-", ".-"), re.MULTILINE), before)


def check_format(name):
    if shutil.which("mandoc"):
        command = ["mandoc", "-T", "lint", "-W", "warning"]
    elif shutil.which("groff"):
        command = ["groff", "-man", "-ww", "-Tutf8", "-z"]
    else:
        raise Skip("neither mandoc nor groff is installed")
    done = subprocess.run([*command, path_of(name)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=LIMIT_S, check=False, text=True)
    expect_equal((done.returncode, done.stdout), (0, ""), " ".join(command))


def main():
    if sys.argv[1:] == ["--write"]:
        for name in PAGES:
            before, _, after = parts(name)
            with open(path_of(name), "w", encoding="utf-8") as file:
                file.write(before + BEGIN + usage(name) + END + after)
        return
    tap = Tap()
    tap.run("bulkhead --help is aligned", check_shape)
    for name in PAGES:
        tap.run(f"{name}(1) says what --help says", check_usage, name)
        tap.run(f"{name}(1) names no option that does not exist", check_sense, name)
        tap.run(f"{name}(1) is formatted without a warning", check_format, name)
    tap.finish()


if __name__ == "__main__":
    main()
