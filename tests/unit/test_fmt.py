#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bulkhead fmt: the policies in the tree are canonical; a comment at any place stays; whatever the space between the tokens,
the result is the same; what cannot be read is not touched; files are replaced, not overwritten."""
import glob
import os
import random
import re
import stat
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from tap import Tap, expect, expect_equal, in_folder

ROOT = os.path.dirname(os.path.dirname(HERE))
BULKHEAD = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "bulkhead")
GOLDEN = os.path.join(ROOT, "tests", "golden")
LIMIT_S = 30
TOKEN = re.compile(r'#[^\n]*|"[^"\n]*"|\'[ -~]\'|[A-Za-z0-9_]+(?:\.[0-9][0-9_]*(?![.\w]))?|->|\.\.|[=!<>]=|\S')
MESSY = """# first
system   a version 1 {
authority x may type ,const;   # who


part "p.policy" by x ; }
type T little { a:u8 in {1,2 , 3};# set
zero 3;where not(a==1 and a!=2)or a==3; }
const b = box { x - 1 .. 5; y 0 .. 0x10; } ;
enum K{a=1;b=2;}const s={1,  2};type A big{ n :char [ 4 ];c:u8 in K;d: u16 [2] in 0..9 length c;where n [0]!='#'; }
label b U { }integrity RAW;label b U{ }..S{ C } integrity RAW;external w label{ } at a.com2;
test "t" { a sends T{ a=1; }on c; expect deny type.T.a audit security,payload; }
"""
NEAT = """# first
system a version 1 {
    authority x may type, const;                    # who

    part "p.policy" by x;
}
type T little {
    a: u8 in { 1, 2, 3 };                           # set
    zero 3;
    where not (a == 1 and a != 2) or a == 3;
}
const b = box { x -1 .. 5; y 0 .. 0x10; };
enum K { a = 1; b = 2; }
const s = { 1, 2 };
type A big { n: char[4]; c: u8 in K; d: u16[2] in 0 .. 9 length c; where n[0] != '#'; }
label b U {} integrity RAW;
label b U {} .. S { C } integrity RAW;
external w label {} at a.com2;
test "t" { a sends T { a = 1; } on c; expect deny type.T.a audit security, payload; }
"""


def fmt(*arguments, text=None):
    done = subprocess.run([BULKHEAD, "fmt", *arguments], input=text or "", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=LIMIT_S, check=False, encoding="utf-8", errors="surrogateescape")
    return done.returncode, done.stdout, done.stderr


def fmt_text(text):
    status, output, errors = fmt("-", text=text)
    expect_equal((status, errors), (0, ""), "fmt of " + text[:200])
    return output


def read(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def tree_policies():
    """Every policy that is no example of a mistake."""
    places = ("policy/**/*.policy", "policy/**/*.platform", "tests/guests/**/*.policy", "tests/golden/good.policy",
              "tests/golden/parts/base.policy", "tests/golden/parts/all.policy", "tests/golden/parts/layout.policy")
    paths = sorted(path for place in places for path in glob.glob(os.path.join(ROOT, place), recursive=True))
    return [path for path in paths if not path.endswith("starter.policy")]    # test_new.py has that, with its name filled in


def check_tree():
    paths = tree_policies()
    expect(len(paths) > 15, f"only {len(paths)} policies found")
    expect_equal(fmt("--check", *paths), (0, "", ""), "files that are not canonical")


def check_neat():
    expect_equal(fmt_text(MESSY), NEAT, "layout")
    expect_equal(fmt_text(NEAT), NEAT, "layout of what is canonical")


def check_golden():
    """Idempotent, and the same tokens, on everything that has no syntax error."""
    seen = 0
    for path in sorted(glob.glob(os.path.join(GOLDEN, "**", "*.policy"), recursive=True)):
        text = read(path)
        status, once, errors = fmt("-", text=text)
        expect(status in (0, 1) and (status == 0 or re.search(r"error: .*\[BH01", errors)), f"{path}: {status} {errors}")
        if status == 1:
            continue
        seen += 1
        expect_equal(fmt_text(once), once, path)
        expect_equal(TOKEN.findall(once), [token.rstrip() for token in TOKEN.findall(text)], path)
        expect(max(len(line) for line in once.splitlines()) <= 128, f"{path} has long lines")
    expect(seen >= 15, f"only {seen} golden policies have good syntax")


def check_space():
    """Space between tokens, but for line breaks behind `{`, does not matter."""
    text = read(os.path.join(GOLDEN, "parts", "all.policy"))
    wanted = fmt_text(text)
    code = re.sub(r"#[^\n]*", "", text)
    plain = fmt_text(code)
    dice = random.Random(3)
    for _ in range(20):
        spaced = "".join(token + ("\n" if dice.random() < 0.2 and token != "{" else dice.choice((" ", "  ", "\t", " \r\n"))
                                  if token != "{" else " ") for token in TOKEN.findall(code))
        again = fmt_text(spaced)
        expect_equal(TOKEN.findall(again), TOKEN.findall(plain), "tokens")
        expect_equal(fmt_text(again), again, "layout, twice")
    expect(wanted.count("#") == text.count("#"), "comments are lost")


def check_comments():
    """A comment behind each token and before each token, one at a time."""
    text = read(os.path.join(GOLDEN, "parts", "all.policy"))
    places = [match.end() for match in TOKEN.finditer(text) if not match[0].startswith("#")]
    for place in places[::3]:
        for remark in ("# remark \n", "\n# remark\n", "\n\n\n  # remark\n\n\n"):
            once = fmt_text(text[:place] + remark + text[place:])
            expect("# remark\n" in once and once.count("#") == text.count("#") + 1, f"at {place}: {once[:300]}")
            expect_equal(fmt_text(once), once, f"layout, twice, with a comment at {place}")


def check_refused(folder):
    path = os.path.join(folder, "bad.policy")
    good = os.path.join(folder, "good.policy")
    deep = "type T little { a: u8; where " + "(" * 5000 + "a == 1" + ")" * 5000 + "; }\n"
    for text in ("const a = ;\n", "const a = 1\n", "type T little { a: u8;\n", "}\n", 'part "x\n', "const a = 1$;\n", deep,
                 "\0\0\0", "const a = 1;\n" * 90 + "nonsense;\n" * 200):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        with open(good, "w", encoding="utf-8") as file:
            file.write("const   a=1;")
        status, output, errors = fmt(good, path)
        expect_equal((status, output), (1, ""), f"fmt of {text[:40]!r}: {errors}")
        expect(":" in errors and "error" in errors, errors)
        expect_equal((read(path), read(good)), (text, "const   a=1;"), "files after an error")
    expect_equal(fmt(os.path.join(folder, "absent"))[0], 2, "exit status for a missing file")
    expect_equal(fmt("-", text="#" * (1 << 20) + "##\n")[0], 2, "exit status for a huge file")


def check_in_place(folder):
    path, link = os.path.join(folder, "a.policy"), os.path.join(folder, "link.policy")
    with open(path, "w", encoding="utf-8") as file:
        file.write(MESSY)
    os.chmod(path, 0o640)
    os.symlink("a.policy", link)
    expect_equal(fmt("--check", link), (1, link + "\n", ""), "--check")
    expect_equal(read(path), MESSY, "file after --check")
    expect_equal(fmt(link), (0, "", ""), "fmt")
    expect_equal(read(path), NEAT, "file")
    expect(os.path.islink(link), "the link is gone")
    expect_equal(stat.S_IMODE(os.stat(path).st_mode), 0o640, "mode")
    before = os.stat(path).st_mtime_ns
    expect_equal(fmt(path), (0, "", ""), "fmt again")
    expect_equal(os.stat(path).st_mtime_ns, before, "time of a file that is canonical already")
    expect_equal(sorted(os.listdir(folder)), ["a.policy", "link.policy"], "files")
    expect_equal(fmt_text(""), "", "nothing")


def main():
    tap = Tap()
    tap.run("fmt: the policies in the tree are canonical", check_tree)
    tap.run("fmt: a messy policy becomes neat", check_neat)
    tap.run("fmt: twice is once, and the tokens stay", check_golden)
    tap.run("fmt: space between tokens does not matter", check_space)
    tap.run("fmt: a comment stays, wherever it is", check_comments)
    tap.run("fmt: what cannot be read is not touched", in_folder(check_refused))
    tap.run("fmt: files are replaced, links and modes stay", in_folder(check_in_place))
    tap.finish()


if __name__ == "__main__":
    main()
