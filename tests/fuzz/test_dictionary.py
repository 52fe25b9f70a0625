#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The fuzzers' dictionary has each word that the parser takes and each mark of the lexer, and no other. --write makes it so."""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "unit")]
from tap import Tap, expect, expect_equal
from test_terminal import ROOT, language_words

DICTIONARY = os.path.join(HERE, "policy.dict")
LEXER = os.path.join(ROOT, "policy", "language", "lexer.c")
HEAD = "# SPDX-License-Identifier: Apache-2.0\n# Words and marks of the language: tests/fuzz/test_dictionary.py --write.\n"
# Pieces that are no word: where files and comments begin, how numbers and strings look.
PIECES = ['@@ ', "# ", '\\"', "0x", "1_000", "0.5", "\\xe2\\x80\\xae", "\\xff"]


def words():
    with open(LEXER, encoding="utf-8") as file:
        marks = re.search(r"lexer_marks\[\] = \{(.*?)\};", file.read(), re.DOTALL)
    found = re.findall(r'"([^"]+)"', marks[1])
    expect(len(found) > 15, f"only {len(found)} marks found")
    return sorted(language_words()) + sorted(found) + PIECES


def text():
    return HEAD + "".join(f'"{word}"\n' for word in words())


def check():
    with open(DICTIONARY, encoding="utf-8") as file:
        expect_equal(file.read().splitlines(), text().splitlines(), "tests/fuzz/policy.dict (test_dictionary.py --write)")


def main():
    if sys.argv[1:] == ["--write"]:
        with open(DICTIONARY, "w", encoding="utf-8") as file:
            file.write(text())
        return
    tap = Tap()
    tap.run("the fuzzers' dictionary has every word of the language", check)
    tap.finish()


if __name__ == "__main__":
    main()
