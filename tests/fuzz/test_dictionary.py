#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The fuzzers' dictionary has each word that the parser takes and each mark of the lexer, and no other. --write makes it so."""
import glob
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "unit")]
from tap import Tap, expect, expect_equal
from test_terminal import ROOT, language_words

DICTIONARY = os.path.join(HERE, "policy.dict")
LANGUAGE = os.path.join(ROOT, "policy", "language")
HEAD = "# SPDX-License-Identifier: Apache-2.0\n# Words and marks of the language: tests/fuzz/test_dictionary.py --write.\n"
# Pieces that are no word: where files and comments begin, how numbers and strings look.
PIECES = ['@@ ', "# ", '\\"', "0x", "1_000", "0.5", "\\xe2\\x80\\xae", "\\xff"]


def tables(files, name):
    """The strings of the arrays of that name."""
    found = set()
    for path in glob.glob(os.path.join(LANGUAGE, files)):
        with open(path, encoding="utf-8") as file:
            arrays = re.findall(name + r"\[\] = \{(.*?)\};", file.read(), re.DOTALL)
        found.update(word for array in arrays for word in re.findall(r'"([^"]+)"', array))
    return found


def words():
    marks = tables("lexer.c", "lexer_marks")
    checked = tables("check_*.c", r"\b(?:words|classes|banks|builtin_units)")
    types = tables("parse_values.c", r"\bkinds")
    expect(len(marks) > 15 and len(checked) > 15, f"only {len(marks)} marks and {len(checked)} words found")
    return sorted(language_words() | checked | types) + sorted(marks) + PIECES


def text():
    return HEAD + "".join(f'"{word}"\n' for word in words())


def check():
    with open(DICTIONARY, encoding="utf-8") as file:
        differs = set(file.read().splitlines()) ^ set(text().splitlines())
    expect_equal(sorted(differs), [], "lacking or too many; tests/fuzz/test_dictionary.py --write")


def main():
    if sys.argv[1:] == ["--write"]:
        wanted = text()
        with open(DICTIONARY, "w", encoding="utf-8") as file:
            file.write(wanted)
        return
    tap = Tap()
    tap.run("the fuzzers' dictionary has every word of the language", check)
    tap.finish()


if __name__ == "__main__":
    main()
