#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: seeds.py FOLDER. Makes what the fuzzers of the language begin with, from the repository's own policies: FOLDER/NAME/ for
each of them, and FOLDER/language.dict, the words that the parser asks for."""
import glob
import os
import re
import sys

ROOTS = sorted(glob.glob("policy/examples/*/*.policy") + glob.glob("tests/guests/policies/*.policy") + glob.glob("tests/golden/*.policy"))
PLAIN = {"fuzz_lexer": b"", "fuzz_parser": b"\3"}        # what comes before the text: see the fuzzers
PART = re.compile(rb'^(?:\s*part|platform)\s+"([^"]+)"|\bpart\s+"([^"]+)"', re.MULTILINE)
WORD = re.compile(r'_word\(\w+, "(\w+)"\)|[{,]\s*"([a-z_]{2,})",? ')


def read(path):
    with open(path, "rb") as file:
        return file.read()


def save(folder, name, data):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def joined(root):
    """A policy with its parts and its platform, as fuzz_policy.c takes them apart."""
    text = read(root)
    out = [text if text.endswith(b"\n") else text + b"\n"]
    for first, second in PART.findall(text):
        path = os.path.join(os.path.dirname(root), (first or second).decode("utf-8", "replace"))
        if os.path.isfile(path):
            out.append(b"@@ " + os.path.basename(path).encode() + b"\n" + read(path))
    return b"".join(out)


def main(folder):
    for path in ROOTS:
        name = path.replace("/", "-")
        for fuzzer, before in PLAIN.items():
            save(os.path.join(folder, fuzzer), name, before + read(path))
        save(os.path.join(folder, "fuzz_policy"), name, joined(path))
        save(os.path.join(folder, "fuzz_format"), name, read(path))
    for path in glob.glob("policy/platforms/*.platform"):
        save(os.path.join(folder, "fuzz_parser"), os.path.basename(path), b"\0" + read(path))
    words = {first or second for source in glob.glob("policy/language/*.c")
             for first, second in WORD.findall(read(source).decode())}
    save(folder, "language.dict", "".join(f'"{word}"\n' for word in sorted(words) if word).encode())


if __name__ == "__main__":
    main(sys.argv[1])
