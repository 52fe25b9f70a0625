#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The language's reference: every example compiles without an error or a warning and is canonical; together they have every
word that the parser takes."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from tap import Tap, expect, expect_equal
from test_terminal import language_words

ROOT = os.path.dirname(os.path.dirname(HERE))
BULKHEAD = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "bulkhead")
REFERENCE = os.path.join(ROOT, "policy", "language", "reference.md")
MODEL_PAGE = os.path.join(ROOT, "policy", "language", "how-to-add-a-model.md")
BASE = os.path.join(ROOT, "tests", "golden", "parts", "base.policy")
LIMIT_S = 30
FLOWS = {"labels", "label", "external", "type", "allow", "always", "audit", "measure"}
# Parts that examples name: the small system without some of its statements.
WITHOUT = {"base": set(), "unplaced": {"platform"}, "unlabelled": {"labels", "label", "external"},
           "unsaid": {"labels", "label", "external", "always"}, "unaudited": {"always", "audit"}, "unmeasured": {"measure"},
           "places": FLOWS}
# A system of the platform's example needs nothing but a CPU and memory.
BOARD = """system example version 1 {}
platform "board.platform";
labels U;
label one U;
subject one { image "one.elf"; memory 4 MiB; reads audit; on fault stop; }
plan normal major 10 ms { cpu 0 { one 10 ms; } cpu 1 { idle 10 ms; } }
always audit denied;
audit ring 1 MiB for one {
    class security reserve 4 KiB per subject on full drop and count;
    class flow reserve 4 KiB per subject on full drop and count;
    kernel reserve 4 KiB;
}
measure none;
"""


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def bulkhead(*arguments):
    done = subprocess.run([BULKHEAD, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=LIMIT_S, check=False, text=True)
    return done.returncode, done.stdout, done.stderr


def examples():
    """(kind, heading, text) of each block."""
    found, heading = [], ""
    for match in re.finditer(r"^## ([^\n]*)$|^```(policy|platform)\n(.*?)^```$", read(REFERENCE), re.MULTILINE | re.DOTALL):
        heading = match[1] or heading
        if match[2]:
            found.append((match[2], heading, match[3]))
    return found


def make_parts(folder):
    shutil.copytree(os.path.join(ROOT, "policy", "platforms"), os.path.join(folder, "platforms"))
    base = read(BASE).replace("../../../policy/platforms/", "../platforms/")
    statements = re.findall(r"^[a-z].*\n(?:[ }].*\n)*", base, re.MULTILINE)
    expect("".join(statements) == re.sub(r"^#.*\n", "", base, flags=re.MULTILINE), "the small system is not read whole")
    for name, words in WITHOUT.items():
        write(folder, f"parts/{name}.policy", "".join(text for text in statements if text.split()[0] not in words))
    write(folder, "parts/flows.policy", "".join(text for text in statements if text.split()[0] in FLOWS))


def check_example(kind, text):
    with tempfile.TemporaryDirectory() as folder:
        make_parts(folder)
        if kind == "platform":
            example = write(folder, "board.platform", text)
            root = write(folder, "example.policy", BOARD)
        else:
            whole = text.startswith("system ")
            example = root = write(folder, "example.policy", text if whole else
                                   'system example version 1 { part "parts/base.policy"; }\n' + text)
        status, _, errors = bulkhead("check", root, "--no-images")
        expect_equal((status, errors), (0, ""), f"check of {text}\n{errors}")
        expect_equal(bulkhead("fmt", "--check", example)[0], 0, "layout of " + text)


def check_words():
    words = set(word for _, _, text in examples() for word in re.findall(r"\w+", re.sub(r"#.*", "", text)))
    expect_equal(sorted(language_words() - words), [], "words of the language without an example")


# A word declared in the second line, and used.
AS_NAMES = {"unit": "unit {0} = 7; const seven = 1 {0};", "constant": "const {0} = 7; type T little {{ x: u8 in 0 .. {0}; }}",
            "field": "type T little {{ {0}: u8; where {0} != 3; }} sample z = T {{ {0} = 5; }};",
            "value": "enum E {{ {0} = 1; other = 2; }} type T little {{ x: u8 in E; where x != {0}; }}",
            "state": "protocol p {{ from {0} on report_in to q; from q on report_on to {0}; from q after 1 s to {0}; }}"}


def words_refused(root, what, words):
    """Those that cannot be the name of `what`; of each of them the declaration tells, and that alone."""
    refused = set()
    for word in words:
        if word == "on" and what in ("unit", "constant"):
            continue                                    # a channel of the small system
        with open(root, "w", encoding="utf-8") as file:
            file.write('system example version 1 { part "parts/base.policy"; }\n' + AS_NAMES[what].format(word) + "\n")
        status, _, errors = bulkhead("check", root, "--no-images")
        if status != 0:
            expect("example.policy:2:" in errors.splitlines()[0] and "[BH0204]" in errors.splitlines()[0],
                   f"{word} as {what}: {errors}")
            if "in the generated C" not in errors:
                refused.add(word)
    return refused


def check_words_as_names():
    """Words of the language are names where the reference says so; elsewhere the declaration is refused, not its use."""
    said = re.search(r"may be names too, but for `([a-z ]*)`.*no field is called (.*?);.*the language's own or `([a-z ]*)`",
                     " ".join(read(REFERENCE).split()))
    never, fields, units = set(said[1].split()), set(re.findall("`(.*?)`", said[2])), set(said[3].split())
    with tempfile.TemporaryDirectory() as folder:
        make_parts(folder)
        root = os.path.join(folder, "example.policy")
        for what, more in (("unit", units | {"B", "KiB", "MiB", "GiB", "us", "ms", "s", "min", "bit", "kbit", "Mbit"}),
                           ("constant", set()), ("field", fields), ("value", set())):
            expect_equal(words_refused(root, what, language_words() | never | more), never | more, f"refused as a {what}")
        expect_equal(words_refused(root, "state", language_words() | never), set(), "refused as a state")


def check_model_page():
    named = set(re.findall(r"`((?:policy|tests)/[\w./-]+)`", read(MODEL_PAGE)))
    expect(len(named) >= 30, f"only {len(named)} files are named")
    expect_equal([n for n in sorted(named) if not os.path.exists(os.path.join(ROOT, n))], [], "files that are not there")


def main():
    tap = Tap()
    found = examples()
    tap.run("reference: every word has an example", check_words)
    for number, (kind, heading, text) in enumerate(found, 1):
        tap.run(f"reference: example {number}, of {heading}", check_example, kind, text)
    tap.run("reference: which words may be names", check_words_as_names)
    tap.run("how to add a model: the files that it names are there", check_model_page)
    tap.run("reference: examples are found", lambda: expect(len(found) >= 18, f"only {len(found)} examples"))
    tap.finish()


if __name__ == "__main__":
    main()
