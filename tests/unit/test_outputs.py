#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where the tool may write: never over what it reads, by whatever path; never to what is no file; two outputs never to one
place; no folders that nobody asked for; and an interrupt leaves either the old files or the new ones."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, HERE)
from tap import Tap, expect, expect_equal
from test_explain_code import make_guests

ROOT = os.path.dirname(os.path.dirname(HERE))
BULKHEAD = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "bulkhead")
LIMIT_S = 30
POLICY = 'system small version 1 { part "parts/base.policy"; }\n'
MAY = "platform, labels, label, subject, privilege, external, plan, type, channel, allow, always, audit, measure"
# Raises the interrupt in the middle of writing, when nothing is in its place yet.
INTERRUPT = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
int fsync(int number)
{
    raise(SIGINT);
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(number);
}
"""


def bulkhead(folder, *arguments, **options):
    return subprocess.run([BULKHEAD, *arguments], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=LIMIT_S, check=False, text=True, **options)


def prepare(folder):
    """A project: a policy and its part, the platform, guests; where the part looks for the platform."""
    work = os.path.join(folder, "a", "b")
    os.makedirs(os.path.join(work, "parts"))
    shutil.copytree(os.path.join(ROOT, "policy", "platforms"), os.path.join(folder, "policy", "platforms"))
    shutil.copy(os.path.join(ROOT, "tests", "golden", "parts", "base.policy"), os.path.join(work, "parts"))
    part = os.path.join(work, "parts", "base.policy")
    with open(part, encoding="utf-8") as file:
        text = file.read()
    with open(os.path.join(work, "small.policy"), "w", encoding="utf-8") as file:
        file.write(POLICY)
    make_guests(work)
    expect("../../../policy/platforms/qemu-q35-svm.platform" in text, "the platform's path")
    return work


def files(folder):
    """Every file with its bytes, every folder."""
    found = {}
    for path, folders, names in os.walk(folder):
        for name in names:
            full = os.path.join(path, name)
            if os.path.isfile(full):
                with open(full, "rb") as file:
                    found[os.path.relpath(full, folder)] = file.read()
        found.update({os.path.relpath(os.path.join(path, name), folder): None for name in folders})
    return found


def refused(folder, work, says, *arguments):
    before = files(folder)
    done = bulkhead(work, *arguments)
    expect_equal(done.returncode, 2, f"exit status of {arguments}: {done.stderr}")
    expect(says in done.stderr, f"{arguments}: {done.stderr}")
    expect(files(folder) == before, f"{arguments} has changed a file")


def check_inputs(folder):
    work = prepare(folder)
    os.symlink("small.policy", os.path.join(work, "link"))
    os.link(os.path.join(work, "small.policy"), os.path.join(work, "hard"))
    inputs = ("small.policy", "./small.policy", "../b/small.policy", os.path.join(work, "small.policy"), "hard",
              "parts/base.policy", "parts/../parts/base.policy", "../../policy/platforms/qemu-q35-svm.platform", "log.elf")
    for path in inputs:
        refused(folder, work, "it is an input", "graph", "small.policy", "--dot", "-o", path)
        refused(folder, work, "it is an input", "build", "small.policy", "-o", path)
        refused(folder, work, "it is an input", "build", "small.policy", "-o", "s.img", "--lock", path)
    os.mkfifo(os.path.join(work, "pipe"))
    for path in ("link", "/dev/null", "/dev/full", "pipe", "parts", "."):
        refused(folder, work, "not a regular file", "graph", "small.policy", "--svg", "-o", path)
        refused(folder, work, "not a regular file", "build", "small.policy", "-o", path)
        refused(folder, work, "not a regular file", "build", "small.policy", "-o", "s.img", "--lock", path)


def check_headers(folder):
    """The header's name is the system's: it can be an input where a part is named so."""
    work = prepare(folder)
    os.rename(os.path.join(work, "parts", "base.policy"), os.path.join(work, "parts", "small.h"))
    with open(os.path.join(work, "small.policy"), "w", encoding="utf-8") as file:
        file.write(POLICY.replace("base.policy", "small.h"))
    refused(folder, work, "it is an input", "headers", "small.policy", "--headers", "parts")
    refused(folder, work, "it is an input", "build", "small.policy", "-o", "s.img", "--headers", "./parts/")


def check_keys(folder):
    """Keys and signatures are inputs as well."""
    work = prepare(folder)
    for arguments in (("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "key.pem"),
                      ("pkey", "-in", "key.pem", "-pubout", "-out", "key.pub")):
        subprocess.run(["openssl", *arguments], cwd=work, check=True, stderr=subprocess.DEVNULL, timeout=LIMIT_S)
    with open(os.path.join(work, "small.policy"), "w", encoding="utf-8") as file:
        file.write(f'system small version 1 {{ authority all key "key.pub" may {MAY};\n'
                   '    part "parts/base.policy" by all; }\n')
    expect_equal(bulkhead(work, "sign", "small.policy", "--key", "key.pem").returncode, 0, "sign")
    for path in ("key.pub", "small.policy.sig"):
        refused(folder, work, "it is an input", "build", "small.policy", "-o", "s.img", "--lock", path)
    os.link(os.path.join(work, "key.pem"), os.path.join(work, "parts", "base.policy.sig"))
    refused(folder, work, "it is an input", "sign", "parts/base.policy", "--key", "key.pem")


def check_one_place(folder):
    work = prepare(folder)
    for lock in ("q.img", "./q.img", "parts/../q.img", os.path.join(work, "q.img"), ".//q.img"):
        refused(folder, work, "another output is that file", "build", "small.policy", "-o", "q.img", "--lock", lock)
    refused(folder, work, "another output is that file", "build", "small.policy", "-o", "small.h", "--headers", ".")


def check_folders(folder):
    work = prepare(folder)
    refused(folder, work, "cannot write new/s.lock", "build", "small.policy", "-o", "s.img", "--lock", "new/s.lock")
    refused(folder, work, "cannot write new/s.img", "build", "small.policy", "-o", "new/s.img")
    refused(folder, work, "cannot write new/s.svg", "graph", "small.policy", "--svg", "-o", "new/s.svg")
    expect_equal(bulkhead(work, "headers", "small.policy", "--headers", "new/gen").returncode, 0, "--headers makes its folder")
    expect("a/b/new/gen/small.h" in files(folder), "the header")


def check_interrupt(folder):
    """The interrupt ends the tool, but when all files are in their places and none is left beside them."""
    work = prepare(folder)
    shim = os.path.join(folder, "shim.so")
    subprocess.run(["cc", "-shared", "-fPIC", "-xc", "-", "-o", shim, "-ldl"], input=INTERRUPT, text=True, check=True,
                   timeout=LIMIT_S)
    before = set(files(work))
    done = bulkhead(work, "build", "small.policy", "-o", "s.img", "--lock", "s.lock", env={**os.environ, "LD_PRELOAD": shim},
                    preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))   # who runs this may ignore it
    expect_equal(done.returncode, -signal.SIGINT, "exit status")
    expect_equal(sorted(set(files(work)) - before), ["s.img", "s.lock"], "files")


def main():
    tap = Tap()
    for name, test in (("nothing is written over a policy's files, by any path, nor to what is no file", check_inputs),
                       ("no header over a part that is named so", check_headers),
                       ("nothing over keys and signatures", check_keys),
                       ("two outputs never go to one place, by any path", check_one_place),
                       ("only --headers makes folders", check_folders),
                       ("an interrupt leaves whole files", check_interrupt)):
        with tempfile.TemporaryDirectory() as folder:
            tap.run("outputs: " + name, test, os.path.realpath(folder))
    tap.finish()


if __name__ == "__main__":
    main()
