#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scripts and make's targets in clumsy hands: wrong arguments are refused with a reason, not a trace of Python; any word
comes through the shell as it was said; a script that is told to end leaves nothing behind; and `make test-bochs` leaves no
test out."""
import glob
import os
import shlex
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from tap import Tap, expect, expect_equal

ROOT = os.path.dirname(os.path.dirname(HERE))
LIMIT_S = 60
WRONG = (("qemu/demo.py --input /tmp", "/tmp is no file that can be read"), ("qemu/test_walk.py foo", "'foo'"),
         ("qemu/test_campaign.py foo", "'foo'"), ("qemu/test_noninterference.py foo", "'foo'"),
         ("bochs/test_noninterference_vmx.py foo", "'foo'"), ("foreign/test_foreign_vmx.py foo", "'foo'"))
DEMO = ("make", "-n", "demo", "MAKE=true")        # make runs a line that calls make even so
WORD = "it's, so \"$HOME\" `x` = 1"
# A machine that is told to end: while it is put together, or once that is done, before the block that would close it.
TOLD_TO_END = """
import os, signal, sys, {module} as machine
end = lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM)
sys.modules["shutil"].which = lambda name: name
made = machine.make_scratch
machine.make_scratch = lambda: print(path := made(), flush=True) or path
{patch}
machine.{name}({arguments!r}, image="x"{more})
end()
"""
ENDS = (("bochs", "Bochs", ', model="x"', "machine.make_grub_iso = end"),
        ("bochs", "Bochs", ', model="x"', "machine.make_grub_iso = machine.Bochs.start = lambda *_, **__: None"),
        ("machine", "Machine", "", "machine.SoftwareTpm = end"),
        ("machine", "Machine", ", tpm=False", "machine.Machine.start = lambda *_, **__: None"))


def run(*command, **options):
    """Where make's own settings do not reach."""
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=LIMIT_S, check=False, text=True, env={**environment, **options})


def check_wrong(arguments, says):
    done = run(sys.executable, *f"tests/{arguments}".split())
    expect_equal(done.returncode, 2, done.stdout)
    expect(says in done.stdout and "Traceback" not in done.stdout, done.stdout)


def check_words():
    said = WORD.replace("$", "$$")                        # which is make's own
    done = run("make", "-n", "foreign", "KERNEL=a file", "LINE=" + said)
    command = done.stdout[done.stdout.rindex("tests/foreign/foreign.py"):]
    words = shlex.split(command.replace("\\\n", " "))
    expect("--line=" + WORD in words and words[1] == "a file", command)
    done = run(*DEMO, "INPUT=" + said)
    command = done.stdout[done.stdout.rindex("tests/qemu/demo.py"):].splitlines()[0]
    expect(WORD in shlex.split(command), command)


def check_hostile():
    done = run(*DEMO, "HOSTILE=2")
    expect(done.returncode != 0 and "HOSTILE=2: say HOSTILE=1, or nothing" in done.stdout, done.stdout)
    expect("--hostile" in run(*DEMO, "HOSTILE=1").stdout, "HOSTILE=1")
    expect("--hostile" not in run(*DEMO).stdout, "the plain demo")


def check_end(module, name, more, patch):
    paths = os.pathsep.join(os.path.join(ROOT, "tests", folder) for folder in (".", "qemu", "bochs"))
    out = os.path.join(ROOT, os.environ.get("B", "build"), "test-runs", "told-to-end")
    script = TOLD_TO_END.format(module=module, name=name, more=more, patch=patch, arguments=out)
    done = run(sys.executable, "-c", script, PYTHONPATH=paths)
    folder = done.stdout.splitlines()[0] if done.stdout else ""
    expect_equal(done.returncode, 128 + 15, done.stdout)
    expect(folder.startswith("/tmp/bulkhead-") and not os.path.exists(folder), f"left behind: {done.stdout}")


def check_all_on_bochs():
    said = run("make", "-n", "test-bochs").stdout
    left_out = [path for path in glob.glob(os.path.join(ROOT, "tests", "bochs", "test_*.py"))
                if f"tests/bochs/{os.path.basename(path)}" not in said]
    expect_equal(left_out, [], "left out")


def main():
    tap = Tap()
    for arguments, says in WRONG:
        tap.run(f"refused: {arguments}", check_wrong, arguments, says)
    tap.run("words with quotes come through make as they are", check_words)
    tap.run("HOSTILE= anything is not the plain demo", check_hostile)
    for module, name, more, patch in ENDS:
        tap.run(f"told to end, {name} leaves no folder: {patch}", check_end, module, name, more, patch)
    tap.run("make test-bochs leaves no test out", check_all_on_bochs)
    tap.finish()


if __name__ == "__main__":
    main()
