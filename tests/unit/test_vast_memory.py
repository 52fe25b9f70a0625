#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Memory of 1 GiB and more: where the compiler lays it out, what is refused, and that the second reader sees it so."""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]
from tap import Tap, expect, expect_equal
from test_compiler import ROOT, bulkhead, elf, in_folder

POLICIES = os.path.join(ROOT, "tests", "guests", "policies")
GIB, MIB = 1 << 30, 1 << 20
SMALL, START = 4 * MIB, 64 * MIB
SUBJECT = 'label %s UNCLASSIFIED; subject %s { image "a.elf"; memory %d MiB; on fault stop; }\n'
MONITOR = 'subject m monitors s0 { image "a.elf"; memory %d MiB; }\n'


def read(name):
    with open(os.path.join(POLICIES, name), encoding="utf-8") as file:
        return file.read()


def write(folder, name, text):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())


def compile_system(folder, end_mib, sizes, more=""):
    """Builds subjects of `sizes`, in MiB, for a board whose memory ends at `end_mib`: (result, image, policy)."""
    names = [f"s{i}" for i in range(len(sizes))]
    system = read("vast.policy").replace("vast-", "").replace("vast", "test")
    write(folder, "test.policy", system)
    write(folder, "common.policy", read("common.policy"))
    write(folder, "vast.platform", re.sub(r"ram .*;", f"ram 64 MiB .. {end_mib} MiB;", read("vast.platform")))
    write(folder, "subjects.policy", 'platform "vast.platform";\n' +
          "".join(SUBJECT % (name, name, size) for name, size in zip(names, sizes)) + more +
          f"plan normal major {len(names)} ms " "{ cpu 0 { " + " ".join(f"{name} 1 ms;" for name in names) +
          " } cpu 1 { audit %u ms; } }\n" % len(names))
    os.makedirs(os.path.join(folder, "guests"), exist_ok=True)
    for path in ("a.elf", "guests/audit.elf"):
        write(folder, path, elf())
    image, policy = os.path.join(folder, "test.img"), os.path.join(folder, "test.policy")
    return bulkhead("build", policy, "-o", image, "--images", folder), image, policy


def check_places(folder, end_mib, sizes, places, windows):
    done, image, policy = compile_system(folder, end_mib, sizes)
    expect_equal(done.returncode, 0, done.stdout + done.stderr)
    text = bulkhead("inspect", image).stdout
    seen = [int(start, 16) for start in re.findall(r"^region +\d+ 0x(\w+)\.\.0x\w+ ram", text, re.MULTILINE)]
    infos = re.findall(r"^mapping s\d+ 0x(\w+) region \d+ r--", text, re.MULTILINE)
    expect_equal(sorted(seen), sorted(places), "places of memory\n" + text)
    expect_equal([int(info, 16) for info in infos], windows, "info pages\n" + text)
    done = bulkhead("inspect", image, "--verify", policy, "--images", folder)
    expect_equal(done.returncode, 0, done.stdout + done.stderr)


def check_refused(folder, sizes, more, says):
    done, _, _ = compile_system(folder, 4032, sizes, more)
    expect_equal(done.returncode, 1, "exit status")
    expect(says in done.stdout + done.stderr, done.stdout + done.stderr)


CASES = (
    # memory is behind the audit subject's: at 1 GiB and 2 GiB, the next one behind
    ("each GiB has room", 4032, [1024, 1088, 4], [START, GIB, 2 * GIB, 3 * GIB + 64 * MIB], [GIB, 2 * GIB, GIB]),
    # 2144 MiB and what the kernel needs: without gaps
    ("not every GiB has room", 2264, [1024, 1088, 4],
     [START, START + SMALL, START + SMALL + GIB, START + SMALL + 2 * GIB + 64 * MIB], [GIB, 2 * GIB, GIB]),
    ("it is less than a GiB", 4032, [1022], [START, START + SMALL], [GIB]),
    ("it is two and a half GiB", 4032, [2560], [START, GIB], [3 * GIB]),
)


def main():
    tap = Tap()
    for name, end, sizes, places, windows in CASES:
        tap.run(f"where memory lies if {name}", in_folder(check_places, end, sizes, places, windows))
    tap.run("more than three GiB are refused", in_folder(check_refused, [3073], "", "[BH0303]"))
    tap.run("a monitor of more than one GiB is refused", in_folder(check_refused, [4], MONITOR % 1028, "[BH0303]"))
    tap.finish()


if __name__ == "__main__":
    main()
