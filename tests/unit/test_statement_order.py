#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The order of statements means nothing, and nothing shows it: a policy whose statements stand in another order in each of its
files builds the same image, byte for byte, but for what is said of the text itself: the parts, their digests, the policy's hash
and the lines in the catalogue. Guests' header and flows are the same, and so is what tests inside the policy find."""
import os
import random
import re
import shutil
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "mutation")]
from campaign import EXAMPLES
from meaning import Pair, run
from mutator import split_statements
from tap import Tap, expect, expect_equal
from test_diff_meaning import PLATFORMS, read_policy

FOLDER = os.path.join(os.environ.get("B", "build"), "test-runs", "statement-order")
SHUFFLES = 3
HASH_AT, HASH_SIZE = 32, 32           # of the policy, in the image's header
HEADER, HEADER_SIZE_AT = 328, 12      # the list of components follows, up to that size
COMPONENT = struct.Struct("<QQII32s32s")
DIGEST_AT = 24
ENTRY, LINE_AT = 128, 8               # of the catalogue; behind a header of 16 bytes


def ordered(files, shuffle):
    """Statements one on a line, so that all orders have the same length; the root's head stays where it is."""
    result = {}
    for name, text in files.items():
        if name.endswith(".platform"):
            result[name] = text
            continue
        masked = re.sub(r'"[^"\n]*"', lambda string: '"' + "_" * (len(string.group()) - 2) + '"', text)
        pieces = [text[s.first:s.end] for s in split_statements(name, masked)]
        head = pieces[:1] if pieces[0].startswith("system ") else []
        rest = pieces[len(head):]
        shuffle(rest)
        result[name] = "\n".join(head + rest) + "\n"
    return result


def components(image):
    header_size, = struct.unpack_from("<I", image, HEADER_SIZE_AT)
    for at in range(HEADER, header_size, COMPONENT.size):
        offset, size, _, _, _, name = COMPONENT.unpack_from(image, at)
        yield at, offset, size, name.rstrip(b"\0").decode()


def without_text(image):
    """The image with zeros in place of what is said of the text: also in guests' information, which holds the policy's hash."""
    policy_hash = bytes(image[HASH_AT:HASH_AT + HASH_SIZE])
    image = bytearray(image.replace(policy_hash, bytes(HASH_SIZE)))
    parts = 0
    for at, offset, size, name in list(components(image)):
        image[at + DIGEST_AT:at + DIGEST_AT + HASH_SIZE] = bytes(HASH_SIZE)
        if name.endswith(".policy"):
            image[offset:offset + size] = bytes(size)
            parts += 1
        if name == "catalogue":
            for entry in range(offset + 16, offset + size, ENTRY):
                image[entry + LINE_AT:entry + LINE_AT + 4] = bytes(4)
    expect(parts > 0, "no part is in the image")
    return bytes(image)


def seen_of(pair, which):
    """The image, the guests' headers, the schema of the types, the flows, and what `test` says without places."""
    root, images = pair.path(which, pair.root), os.path.join(pair.folder, "images")
    image, headers = os.path.join(pair.folder, which + ".img"), os.path.join(pair.folder, which + "-headers")
    done = run("build", root, "-o", image, "--images", images, "--headers", headers)
    expect_equal(done.returncode, 0, done.stderr)
    verified = run("inspect", image, "--verify", root, "--images", images)
    expect_equal(verified.returncode, 0, verified.stdout + verified.stderr)
    texts = []
    for header in sorted(os.listdir(headers)):
        with open(os.path.join(headers, header), encoding="utf-8") as file:
            texts.append(file.read())
    texts.append(run("dfdl", root).stdout)
    expect(len(texts) == 3 and all(texts), "both headers and the schema")
    with open(image, "rb") as file:
        image = file.read()
    flows, tests = run("expand", root), run("test", root)
    expect_equal((flows.returncode, tests.returncode), (0, 0), flows.stderr + tests.stderr)
    return image, texts, flows.stdout, sorted(re.findall(r"(?m)^(?:PASS|FAIL) .*$", tests.stdout))


def check_order(name):
    files = read_policy(name)
    root = name + ".policy"
    for which in ("old", "new"):
        shutil.copytree(PLATFORMS, os.path.join(FOLDER, name, which, "platforms"))
        shutil.copytree(PLATFORMS, os.path.join(FOLDER, name, which, PLATFORMS))
    pair = Pair(os.path.join(FOLDER, name), root, ordered(files, lambda rest: None))
    expect(not isinstance(pair.old, str), pair.old)
    image, *others = seen_of(pair, "old")
    for seed in range(SHUFFLES):
        changed = ordered(files, random.Random(seed).shuffle)
        expect(changed != pair.files, "nothing is in another order")
        pair.write("new", changed)
        seen, *others_seen = seen_of(pair, "new")
        expect(seen != image, "an image that holds the text is another one")
        expect_equal(others_seen, others, f"headers, schema, flows, tests; order {seed}")
        ours, theirs = without_text(image), without_text(seen)
        expect_equal(len(theirs), len(ours), "bytes of the image")
        first = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), None)
        expect(first is None, f"order {seed}: the images differ from byte {first} on")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    tap = Tap()
    for name in ("every", "good", *EXAMPLES):
        tap.run(f"{name}: statements in any order build the same", check_order, name)
    tap.finish()


if __name__ == "__main__":
    main()
