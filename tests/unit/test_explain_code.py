#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bulkhead explain-code: every code of diag_codes.h is explained; every example provokes its code and, but for what a new
subject always lacks, no other; the list is complete and in order."""
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import textwrap

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from tap import Tap, expect, expect_equal

ROOT = os.path.dirname(os.path.dirname(HERE))
BULKHEAD = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "bulkhead")
CODES = os.path.join(ROOT, "policy", "language", "diag_codes.h")
PARTS = os.path.join(ROOT, "tests", "golden", "parts")
LIMIT_S = 30
WITH_GUESTS = {"BH0530", "BH1001", "BH1002", "BH1003", "BH1004"}
BY_VERIFY = {"BH0131"}                    # what `verify` asks and `check` does not
# A subject that an example adds has no label and no time; a channel no rule; a small system no ring.
ASIDE = {"BH0510", "BH0522", "BH0601", "BH0801"}
# Where nothing else can be right either: behind an open string, in a system without anything, where the others have no colours.
ALSO = {"BH0112": {"BH0120"}, "BH0501": {"BH0505"}, "BH0504": {"BH0602"}, "BH0505": {"BH0201"}, "BH0514": {"BH0509"}}


def bulkhead(*arguments):
    done = subprocess.run([BULKHEAD, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=LIMIT_S, check=False, text=True)
    return done.returncode, done.stdout, done.stderr


def codes():
    """Code and comment of each diagnostic, in the header's order."""
    with open(CODES, encoding="utf-8") as file:
        return [(f"BH{int(code):04}", text) for code, text in re.findall(r"BH_\w+ = (\d+),?\s*/\* (.*?) \*/", file.read())]


def explanation(code):
    status, output, errors = bulkhead("explain-code", code)
    expect_equal((status, errors), (0, ""), code)
    return output


def example(text):
    blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.MULTILINE)
    expect_equal(len(blocks), 1, f"examples in {text}")
    return textwrap.dedent(blocks[0]).strip() + "\n"


def make_elf(memory=64, code=b"\xf4", aside=0):
    """The smallest guest: one code segment, of so many bytes in memory; `aside`: a byte of the file that is not loaded."""
    header = struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 2, 62, 1, 0x100000, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return (header + struct.pack("<IIQQQQQQ", 1, 5, 4096, 0x100000, 0x100000, len(code), memory, 4096)
            + bytes([aside])).ljust(4096, b"\0") + code


def make_guests(folder):
    """Each is code of its own, but for that of `twin`, which is that of `b` in another file."""
    guests = {name: make_elf(code=b"\xf4" + name.encode()) for name in ("a", "b", "c", "log")}
    guests.update(text=b"text", large=make_elf(memory=3 << 20), twin=make_elf(code=b"\xf4b", aside=1))
    for name, content in guests.items():
        with open(os.path.join(folder, name + ".elf"), "wb") as file:
            file.write(content)


def edit(path, old, new):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))


def provoked(folder, code, text):
    """Codes that `check`, or `verify`, reports for an example."""
    parts = os.path.join(folder, "parts")
    shutil.copytree(PARTS, parts)
    shutil.copytree(os.path.join(ROOT, "policy", "platforms"), os.path.join(folder, "platforms"))
    for name in os.listdir(parts):
        edit(os.path.join(parts, name), "../../../policy/platforms/", "../platforms/")
    if not text.startswith("system "):
        text = 'system example version 1 { part "parts/base.policy"; }\n' + text
    if code in WITH_GUESTS:
        make_guests(folder)
        text += "label d U;\n"
        edit(os.path.join(parts, "base.policy"), "log 4 ms;", "log 3 ms; d 1 ms;")
    root = os.path.join(folder, "example.policy")
    with open(root, "w", encoding="utf-8") as file:
        file.write(text)
    command = "verify" if code in BY_VERIFY else "check"
    guests = ["--images", folder] if code in WITH_GUESTS else ["--no-images"] if command == "check" else []
    status, _, errors = bulkhead(command, root, *guests)
    expect(status in (0, 1), errors)
    return set(re.findall(r"\[(BH\d{4})\]", errors)), errors


def check_example(code):
    with tempfile.TemporaryDirectory() as folder:
        seen, errors = provoked(folder, code, example(explanation(code)))
        expect(code in seen, f"the example does not provoke {code}:\n{errors}")
        expect(seen <= ASIDE | {code} | ALSO.get(code, set()), f"the example provokes {seen}:\n{errors}")


def check_list():
    status, output, errors = bulkhead("explain-code", "--list")
    expect_equal((status, errors), (0, ""), "exit status")
    wanted = [f"{code} {text}" for code, text in codes()]
    expect(len(wanted) > 60, f"only {len(wanted)} codes found")
    expect_equal(output.splitlines(), wanted, "list")


def check_parts():
    for code, text in codes():
        said = explanation(code)
        expect(said.startswith(f"{code} {text}\n"), said)
        expect(re.search(r"^Cure: .", said, re.MULTILINE), f"no cure: {said}")
        expect(max(len(line) for line in said.splitlines()) <= 128, f"{code} has long lines")


def check_words():
    one = explanation("BH0604")
    for word in ("604", "bh0604", "0604", "Bh604"):
        expect_equal(explanation(word), one, word)
    for words in (("BH9999",), ("",), ("BH",), ("99999999999",), ("BH06o4",), ("\x1b",), ()):
        expect_equal(bulkhead("explain-code", *words)[:2], (2, ""), f"exit status for {words}")


def check_full_disk():
    """An answer that cannot be written is no success."""
    for words in (("explain-code", "--list"), ("check", "--help"), ("--version",)):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([BULKHEAD, *words], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
                                  timeout=LIMIT_S, check=False, text=True)
        expect_equal(done.returncode, 2, f"exit status of {words}")
        expect("standard output cannot be written: No space left" in done.stderr, done.stderr)


def main():
    tap = Tap()
    tap.run("every command: an answer that cannot be written is no success", check_full_disk)
    tap.run("explain-code: the list has every code", check_list)
    tap.run("explain-code: every code has a meaning and a cure", check_parts)
    tap.run("explain-code: codes as people write them", check_words)
    for code, _ in codes():
        tap.run(f"explain-code: the example of {code} provokes it", check_example, code)
    tap.finish()


if __name__ == "__main__":
    main()
