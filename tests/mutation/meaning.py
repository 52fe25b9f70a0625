# SPDX-License-Identifier: Apache-2.0
"""Two policies, their images and what `bulkhead diff` says: whether it tells what the images say otherwise, and which way, and
whether what it calls wider or narrower is there; and whether what `bulkhead expand` said of the one is stale for the other."""
import json
import os
import re
import struct
import subprocess

from image_compare import differences
from image_tables import Image

COMPILER = os.path.abspath(os.path.join(os.environ.get("B", "build"), "bin", "bulkhead"))
LIMIT_S = 60
# Told as wider or narrower, though it is nothing that an image says: what is said of it is judged by edits.py alone. `beams` is
# a direct channel, whose type nobody checks.
BESIDE_IMAGE = re.compile(r"wire|retired|labels|categories|integrity|system"
                          r"|part|exclusive|authority|measure: banks|.* (by wire|on beams) ")
IN_IMAGE = {"gained", "lost", "limit", "evidence", "other"}


def run(*words):
    return subprocess.run([COMPILER, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=LIMIT_S, check=False, text=True, errors="replace")


def elf(name):
    """The least guest: one page of code that no other name has."""
    head = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    code = name.encode().ljust(64, b"\xf4")
    head += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x100000, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return head + struct.pack("<IIQQQQQQ", 1, 5, 0x1000, 0x100000, 0, 64, 64, 0x1000) + bytes(0x1000 - 120) + code


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb" if isinstance(text, bytes) else "w") as file:
        file.write(text)


class Pair:
    """A policy and a changed copy, each in a folder of its own below `folder`; guests that any policy names are there."""

    def __init__(self, folder, root, files):
        self.folder, self.root, self.files = folder, root, files
        for name in set(re.findall(r'image "([^"]+)"', "".join(files.values()))):
            write(os.path.join(folder, "images", name), elf(name))
        self.write("old", files)
        self.write("new", files)
        self.old = self.image("old")
        write(self.flows(), run("expand", self.path("old", root)).stdout)

    def path(self, which, name):
        return os.path.normpath(os.path.join(self.folder, which, "a", "b", name))

    def write(self, which, files):
        for name, text in files.items():
            write(self.path(which, name), text)

    def flows(self):
        return os.path.join(self.folder, "old.flows")

    def image(self, which):
        """The tables, or why they cannot be had."""
        image = os.path.join(self.folder, which + ".img")
        done = run("build", self.path(which, self.root), "-o", image, "--images", os.path.join(self.folder, "images"))
        if done.returncode != 0:
            return done.stderr
        with open(image, "rb") as file:
            return Image(file.read())

    def change(self, changed):
        """Judges the copy with these files changed: (errors of the policy, what diff said, what is wrong with that)."""
        self.write("new", changed)
        try:
            new = self.image("new")
            if isinstance(new, str):
                return new, None, []
            told = self.diff("old", "new")
            return None, told, self.judge(new, told) + self.judge_stale(told)
        finally:
            self.write("new", {name: self.files[name] for name in changed})

    def diff(self, old, new):
        done = run("diff", self.path(old, self.root), self.path(new, self.root), "--json")
        return json.loads(done.stdout)

    def judge_stale(self, told):
        """Whatever diff tells makes stale what is kept beside the old policy."""
        done = run("expand", self.path("new", self.root), "--check", self.flows())
        if not told["changes"] or done.returncode == 1:
            return []
        return [f"`expand --check` is silent ({done.returncode} {done.stderr}), though diff says {told['changes'][0]}"]

    def judge(self, new, told):
        seen = differences(self.old, new)
        wrong = []
        if seen and not any(c["section"] in IN_IMAGE for c in told["changes"]):
            wrong.append("says nothing of " + "; ".join(text for text, _ in seen)[:400])
        for text, ways in seen:
            # What cannot be compared is called wider, whatever it is.
            wrong += [f"does not say {way} of {text[:200]}" for way in ways if not told[way] and not told["wider"]]
        claims = [c for c in told["changes"] if c["section"] in IN_IMAGE and c["way"] != "as wide as before"
                  and c.get("why") != "the messages cannot be compared"
                  and not BESIDE_IMAGE.match(f"{c['key']}: {c.get('trait')}")]
        if claims and not seen:
            wrong.append(f"says {claims[0]['key']} is {claims[0]['way']}, but the images say the same")
        return wrong
