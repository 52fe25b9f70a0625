# SPDX-License-Identifier: Apache-2.0
"""Instructions a message, counted by callgrind: what a run of more messages takes beyond one of fewer, less the loops."""
import os
import re
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROGRAM = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "count_messages")
WAYS = ("direct", "lossy", "trusting", "batch", "trusting-batch", "small", "position")
FEWER, MORE = 1024, 3072
COLLECTED = re.compile(r"Collected : (\d+)")
LIMIT_S = 60


def missing():
    """What counting needs and is not there; None: nothing."""
    return None if shutil.which("valgrind") else "valgrind is not installed"


def collected(command, *options, out="/dev/null"):
    """Instructions that callgrind has counted, and what all has printed; `out` is its own account of them."""
    done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *options, *command],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_S,
                          check=True, text=True)
    return int(COLLECTED.search(done.stdout)[1]), done.stdout


def a_message(way):
    fewer, more = (collected([PROGRAM, way, str(count)])[0] for count in (FEWER, MORE))
    return (more - fewer) / (MORE - FEWER)


def counts():
    """{way: instructions of one push and pop}"""
    nothing = a_message("nothing")
    return {way: a_message(way) - nothing for way in WAYS}
