#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tool in clumsy and in hostile hands: wrong words, names that would write to the terminal, files of any shape. Whatever
it is given, it ends soon, by itself, with an exit status that it documents."""
import json
import os
import resource
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
GOLDEN = os.path.join(ROOT, "tests", "golden")
LIMIT_S = 20
ESCAPES = "bad\x1b[2Jfolder\\\"\x07"

WRONG = (                                 # arguments, what is said of them
    ("chekc good.policy", "there is no command `chekc`; did you mean `check`?"), ("help chekc", "did you mean `check`?"),
    ("--json check good.policy", "there is no command `--json`"),
    ("check good.policy good.policy", "does not take `good.policy`"),
    ("check good.policy --jsn", "check does not take `--jsn`; see bulkhead check --help"),
    ("check good.policy --json=yes", "does not take `--json=yes`"), ("check good.policy -- --json", "does not take `--json`"),
    ("check", "check lacks its argument ROOT.policy"), ("paths good.policy a", "paths lacks its argument TO"),
    ("graph good.policy --svg -o a -o b", "-o is given twice"), ("graph good.policy --svg -o=a -o b", "-o is given twice"),
    ("graph good.policy --svg -o=", "-o wants a value"), ("graph good.policy --svg -o", "-o wants a value"),
    ("explain good.policy a Report up --plan=normal --plan normal", "--plan is given twice"),
    ("paths good.policy worlt a", "did you mean `world`?"),
    ("new info", "would collide with the guest library's"), ("new send", "would collide with the generated C"),
    ("graph good.policy", "needs either --dot or --svg"), ("explain-code 9999", "there is no diagnostic `9999`"),
)
# What comes to be said of policies, by commands that read one.
COMMANDS = ("check", "test", "trace", "trace --csv", "trace --html", "expand", "dfdl", "graph --svg", "graph --dot",
            "paths a c", "verify", "explain a Report up", "explain a Report up x=500", "whatif --remove up",
            "build -o s.img --images .",
            "diff")


def bulkhead(folder, *arguments, **options):
    """Ended by itself, in time, with a status of its own."""
    done = subprocess.run([BULKHEAD, *arguments], cwd=folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          timeout=LIMIT_S, check=False, **{"stdout": subprocess.PIPE, **options})
    expect(done.returncode in (0, 1, 2), f"{arguments}: exit status {done.returncode}: {done.stderr[:300]}")
    return done


def check_wrong(words, says):
    done = bulkhead(GOLDEN, *words.split())
    expect_equal((done.returncode, done.stdout), (2, b""), "exit status")
    text = done.stderr.decode()
    expect(says in text, text)
    expect(len(text.splitlines()) < 12 and says in text.splitlines()[0], "more than a screen, or not first:\n" + text)


def check_empty():
    """An empty name of a folder is none: it would be the root folder."""
    for words in (["headers", "good.policy", "--headers", ""], ["headers", "good.policy", "--headers="],
                  ["graph", "good.policy", "--svg", "-o", ""]):
        done = bulkhead(GOLDEN, *words)
        expect_equal((done.returncode, b"wants a value" in done.stderr), (2, True), str(words))


def check_words():
    """`--option=VALUE`; behind `--` nothing is an option."""
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "--svg")
        for words in (["--svg", f"-o={name}"], [f"-o={name}", "--svg"]):
            expect_equal(bulkhead(GOLDEN, "graph", "good.policy", *words).returncode, 0, str(words))
            os.unlink(name)
        with open(name, "w", encoding="utf-8") as file:
            file.write("const   a = 1;\n")
        expect_equal(bulkhead(folder, "fmt", "--check", "--", "--svg").stdout, b"--svg\n", "a file named as an option")
        expect_equal(bulkhead(folder, "fmt", "--", "-h").returncode, 2, "a file named as a call for help")


def project(folder):
    """Policies in a folder whose name would write to the terminal."""
    work = os.path.join(folder, "a", ESCAPES)
    os.makedirs(work)
    shutil.copytree(os.path.join(GOLDEN, "parts"), os.path.join(work, "parts"))
    shutil.copytree(os.path.join(ROOT, "policy", "platforms"), os.path.join(folder, "policy", "platforms"))
    for name in ("good", "uses", "names", "BH0903"):
        shutil.copy(os.path.join(GOLDEN, name + ".policy"), work)
    make_guests(folder)
    return os.path.join("a", ESCAPES)


def check_escapes():
    """A folder, a file, an argument: none of their control characters reaches a terminal, and all of it is JSON."""
    with tempfile.TemporaryDirectory() as folder:
        work = project(folder)
        for command in COMMANDS:
            first, *rest = command.split(" ")
            if first == "diff":
                rest = [os.path.join(work, "uses.policy")]
            for name in ("good.policy", "names.policy", "BH0903.policy"):
                done = bulkhead(folder, first, os.path.join(work, name), *rest)
                expect(b"\x1b" not in done.stdout + done.stderr, f"{command} {name}: {done.stdout} {done.stderr}")
                if first in ("graph", "dfdl") or "--csv" in rest or "--html" in rest:
                    continue
                json.loads(bulkhead(folder, first, os.path.join(work, name), *rest, "--json").stdout)


def check_bad_words():
    """Bytes that are no UTF-8, and escapes, wherever a word can stand."""
    word = b"\xff\xc3\x1b[2J"
    for words in ([word], ["check", word], ["check", "good.policy", word], ["check", "good.policy", b"--" + word],
                  ["fmt", word], ["inspect", word], ["sign", "good.policy", "--key", word], ["new", word],
                  ["explain-code", word],
                  ["explain", "good.policy", word, "Report", "up"], ["explain", "good.policy", "a", "Report", "up", word],
                  ["explain", "good.policy", "a", "Report", "up", "--state", word], ["paths", "good.policy", word, "a"],
                  ["whatif", "good.policy", "--add", word], ["whatif", "good.policy", "--remove", word],
                  ["expand", "good.policy", "--check", word], ["verify", "good.policy", "--key", word],
                  ["graph", "good.policy", "--dot", "-o", b"absent/" + word], ["diff", word, word]):
        done = bulkhead(GOLDEN, *words)
        expect(done.returncode != 0, str(words))
        expect(b"\x1b" not in done.stdout + done.stderr, f"{words}: {done.stderr}")


FILES = {
    "empty": b"", "nothing": b"\0" * 5000, "nul": b"system s version 1 {}\n\0const a = 1;\n", "large": b"x" * (1 << 20),
    "larger": b"#" * ((1 << 20) + 1), "random": bytes(i * i * 31 >> 3 & 255 for i in range(200000)),
    "braces": b"system s version 1 " + b"{" * 500000, "string": b'system s version 1 { part "' + b"p" * 300000 + b'"; }',
    "parentheses": b"type T little { a: u32; where " + b"(" * 200000 + b"a == 1" + b")" * 200000 + b"; }\n",
    "not": b"system s version 1 {}\ntype T little { a: u32; where " + b"not " * 200000 + b"a == 1; }\n",
    "constants": b"system s version 1 {}\n" + b"".join(b"const c%d = 1;\n" % i for i in range(50000)),
    "self": b'system s version 1 { part "self.policy"; part "./self.policy"; }\n',
    "number": b"const a = " + b"9" * 500000 + b";\n",
    "comment": b"#" + b"\xc2\xa0" * 400000,
}


def check_files():
    """Files of any shape: an error or nothing, in time; also from commands that only read the text."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in FILES.items():
            path = name + ".policy"
            with open(os.path.join(folder, path), "wb") as file:
                file.write(data)
            for command in ("check", "expand", "trace", "verify", "graph --svg", "diff " + path, "whatif --add const"):
                first, *rest = command.split()
                expect(bulkhead(folder, first, path, *rest).returncode != 0, f"{command} of {name}")
            bulkhead(folder, "fmt", "--check", path)
            bulkhead(folder, "inspect", path)


def check_no_files():
    """Folders, devices and pipes instead of files are refused, without waiting for them."""
    with tempfile.TemporaryDirectory() as folder:
        os.mkfifo(os.path.join(folder, "pipe.policy"))
        os.mkdir(os.path.join(folder, "folder.policy"))
        for path in ("pipe.policy", "folder.policy", ".", "/dev/zero", "/dev/tty", "/dev/null", ""):
            for command in ("check", "fmt", "inspect", "verify", "diff good.policy"):
                first, *rest = command.split()
                done = bulkhead(folder, first, path, *rest)
                expect_equal((done.returncode, done.stdout), (2, b""), f"{command} of {path}")
        done = bulkhead(folder, "fmt", "/dev/null")
        expect(b"not a regular file" in done.stderr, str(done.stderr))


def check_part():
    """Who checks a part alone is told what to check."""
    done = bulkhead(GOLDEN, "check", "parts/base.policy")
    expect_equal(done.returncode, 1, "exit status")
    expect(b"note: a part or a platform is checked by way of the root that names it" in done.stderr, str(done.stderr))


def check_marks():
    for mark, name in ((b"\xef\xbb\xbf", b"UTF-8"), (b"\xff\xfe", b"UTF-16"), (b"\xfe\xff", b"UTF-16")):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "s.policy"), "wb") as file:
                file.write(mark + b"system s version 1 {}\n")
            done = bulkhead(folder, "check", "s.policy")
            expect(b"begins with a mark of " + name + b": save it as plain UTF-8" in done.stderr, str(done.stderr))


def check_limit():
    """A file that may not grow any further: nothing is left of it."""
    with tempfile.TemporaryDirectory() as folder:
        make_guests(folder)
        before = set(os.listdir(folder))
        done = bulkhead(folder, "build", os.path.join(GOLDEN, "good.policy"), "-o", "s.img", "--images", ".",
                        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
        expect_equal((done.returncode, b"cannot write s.img: File too large" in done.stderr), (2, True), str(done.stderr))
        expect_equal(set(os.listdir(folder)), before, "files")


def check_pipe():
    """Whoever reads may leave: the tool ends as any, without a word; where the signal is ignored, it says so."""
    for ignored in (False, True):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([BULKHEAD, "explain-code", "--list"], stdout=writer, stderr=subprocess.PIPE, timeout=LIMIT_S,
                              check=False, restore_signals=not ignored)
        os.close(writer)
        expect_equal(done.returncode, 2 if ignored else -signal.SIGPIPE, "exit status")
        expect_equal(b"cannot be written: Broken pipe" in done.stderr, ignored, "what is said")


def main():
    tap = Tap()
    for words, says in WRONG:
        tap.run("arguments: " + words, check_wrong, words, says)
    for name, test in (("an empty value is none", check_empty), ("--option=VALUE and --", check_words),
                       ("no control character of a path reaches the terminal", check_escapes),
                       ("nor one of any word", check_bad_words), ("files of any shape end in a report", check_files),
                       ("what is no file is refused at once", check_no_files),
                       ("marks of encodings are explained", check_marks), ("a part is no root", check_part),
                       ("a file that cannot grow leaves nothing", check_limit), ("readers may leave", check_pipe)):
        tap.run("arguments: " + name, test)
    tap.finish()


if __name__ == "__main__":
    main()
