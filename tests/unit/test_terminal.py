#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What helps people at a terminal: completion offers the commands, options, codes and files that there are; the vim
syntax knows every word of the language; work that takes long says that it goes on, on a terminal alone."""
import glob
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from tap import Skip, Tap, expect, expect_equal

ROOT = os.path.dirname(os.path.dirname(HERE))
BIN = os.path.join(ROOT, os.environ.get("B", "build"), "bin")
BULKHEAD = os.path.join(BIN, "bulkhead")
BASH = os.path.join(ROOT, "policy", "compiler", "shell", "bulkhead.bash")
ZSH = os.path.join(ROOT, "policy", "compiler", "shell", "_bulkhead")
VIM = os.path.join(ROOT, "policy", "language", "vim")
LIMIT_S = 30


def need(program):
    if shutil.which(program) is None:
        raise Skip(program + " is not installed")


def run(*command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_S,
                          check=False, text=True, **options)


def complete(folder, *words):
    """What bash offers for the last word."""
    quoted = " ".join(f"'{word}'" for word in words)
    script = f"""source '{BASH}'; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _bulkhead '{BULKHEAD}'
                 printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = run("bash", "--norc", "-c", script, cwd=folder)
    expect_equal(done.returncode, 0, done.stdout)
    return sorted(set(done.stdout.split("\n")) - {""})


def check_bash():
    commands = sorted(set(re.findall(r"^  bulkhead (\S+)", run(BULKHEAD, "--help").stdout, re.MULTILINE)))
    expect(len(commands) >= 10, f"commands: {commands}")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a.policy", "b c.policy", "x.platform", "s.img", "other.txt"):
            with open(os.path.join(folder, name), "w", encoding="utf-8"):
                pass
        os.mkdir(os.path.join(folder, "parts"))
        expect_equal(complete(folder, "bulkhead", ""), sorted(commands + ["--help", "--version"]), "commands")
        expect_equal(complete(folder, "bulkhead", "expl"), ["explain", "explain-code"], "commands")
        expect_equal(complete(folder, "bulkhead", "check", ""), ["a.policy", "b c.policy", "parts/"], "policies")
        expect_equal(complete(folder, "bulkhead", "fmt", ""), ["a.policy", "b c.policy", "parts/", "x.platform"], "files")
        expect_equal(complete(folder, "bulkhead", "inspect", ""), ["parts/", "s.img"], "images")
        expect_equal(complete(folder, "bulkhead", "build", "a.policy", "--images", ""), ["parts"], "folders")
        expect_equal(complete(folder, "bulkhead", "trace", "--"), ["--check", "--csv", "--help", "--html", "--json"], "options")
        expect("other.txt" in complete(folder, "bulkhead", "expand", "a.policy", "--check", ""), "a stored expansion: any file")
        expect("-o" in complete(folder, "bulkhead", "build", "-"), "-o is not offered")
        expect_equal(complete(folder, "bulkhead", "explain-code", "BH090"), [f"BH090{i}" for i in range(1, 7)], "codes")
        expect_equal(complete(folder, "bulkhead", "new", ""), [], "names")
        for name in ("k.pem", "k.key", "k.pub"):
            with open(os.path.join(folder, name), "w", encoding="utf-8"):
                pass
        expect_equal(complete(folder, "bulkhead", "sign", ""), ["a.policy", "b c.policy", "parts/", "x.platform"], "to sign")
        expect_equal(complete(folder, "bulkhead", "sign", "a.policy", "--key", ""), ["k.key", "k.pem", "k.pub", "parts/"],
                     "keys")
        expect_equal(complete(folder, "bulkhead", "inspect", "s.img", "--verify", ""), ["a.policy", "b c.policy", "parts/"],
                     "the policy of an image")


def offered_by_zsh(*words):
    quoted = " ".join(f"'{word}'" for word in (BULKHEAD, *words))
    script = f"""compadd() {{ shift; print -rl -- "$@" }}; _files() {{ print -r -- files "$@" }}
                 words=({quoted}); CURRENT=${{#words}}; PREFIX=$words[CURRENT]; source '{ZSH}'"""
    done = run("zsh", "-f", "-c", script)
    expect_equal(done.returncode, 0, done.stdout)
    return sorted(set(done.stdout.split("\n")) - {""})


def check_zsh():
    """The function runs in zsh, with what it offers printed instead."""
    need("zsh")
    commands = sorted(set(re.findall(r"^  bulkhead (\S+)", run(BULKHEAD, "--help").stdout, re.MULTILINE)))
    expect_equal(offered_by_zsh(""), sorted([*commands, "--help", "--version"]), "commands")
    expect_equal(offered_by_zsh("trace", "--"), ["--check", "--csv", "--help", "--html", "--json"], "options")
    expect("-o" in offered_by_zsh("build", "-") and "--no-images" in offered_by_zsh("check", "--"), "options")
    expect("BH0902" in offered_by_zsh("explain-code", ""), "codes")
    for words, files in ((("check", ""), "files -g *.policy"), (("inspect", ""), "files -g *.img"),
                         (("fmt", ""), "files -g *.(policy|platform)"), (("sign", ""), "files -g *.(policy|platform)"),
                         (("build", "a.policy", "--images", ""), "files -/"), (("build", "a.policy", "-o", ""), "files"),
                         (("sign", "a.policy", "--key", ""), "files -g *.(pem|key|pub)"),
                         (("inspect", "s.img", "--verify", ""), "files -g *.policy"),
                         (("expand", "a.policy", "--check", ""), "files")):
        expect_equal(offered_by_zsh(*words), [files], " ".join(words))
    expect_equal(offered_by_zsh("new", ""), [], "names")


def language_words():
    """Every word that the parser takes."""
    words = set()
    for path in glob.glob(os.path.join(ROOT, "policy", "language", "parse*.c")):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        words.update(re.findall(r'parser_(?:take|need|is)_word\(p, "(\w+)"', text))
        words.update(re.findall(r'\{ "(\w+)", parse_', text))
    expect(len(words) > 90, f"only {len(words)} words found")
    return words


def spoken_words():
    """Words that stand alone, in quotes, anywhere in what reads and checks policies: those of lists and of units too."""
    words = set()
    for path in glob.glob(os.path.join(ROOT, "policy", "language", "*.[ch]")):
        with open(path, encoding="utf-8") as file:
            words.update(re.findall(r'"(\w+)"', file.read()))
    return words


def check_vim_words():
    with open(os.path.join(VIM, "syntax", "bulkhead.vim"), encoding="utf-8") as file:
        lines = re.findall(r"^syntax keyword \w+ (.*)", file.read(), re.MULTILINE)
    known = set(word for line in lines for word in line.split()) - {"contained"}      # that is vim's
    expect_equal(sorted(language_words() - known), [], "words that the vim syntax does not know")
    expect_equal(sorted(known - spoken_words()), [], "words of the vim syntax that no source of the language has")


def check_vim():
    need("vim")
    with tempfile.TemporaryDirectory() as folder:
        path, report = os.path.join(folder, "a.policy"), os.path.join(folder, "report")
        with open(path, "w", encoding="utf-8") as file:
            file.write('allow a b -> c on d T { rate 5/s burst 1; }   # allow "text"\ntest "allow" { expect allow a; }\n')
        asks = ((1, 1), (1, 7), (1, 25), (1, 30), (1, 47), (2, 8), (2, 16), (2, 23))
        names = ",".join(f'synIDattr(synID({line},{column},1),"name")' for line, column in asks)
        run("vim", "-u", "NONE", "-es", "--cmd", "set nocompatible rtp^=" + VIM, "-c", "filetype on", "-c", "syntax on",
            "-c", "edit " + path, "-c", f"call writefile([&filetype,{names}],'{report}')", "-c", "qa!", path)
        with open(report, encoding="utf-8") as file:
            seen = file.read().splitlines()
    expect_equal(seen, ["bulkhead", "bulkheadStatement", "", "bulkheadWord", "bulkheadNumber", "bulkheadComment",
                        "bulkheadString", "bulkheadVerdict", "bulkheadVerdict"], "groups")


def read_all(end):
    """All that was written to the other end, which is closed: a terminal gives it in pieces, and then an error."""
    said = b""
    try:
        while piece := os.read(end, 10000):
            said += piece
    except OSError:
        pass
    os.close(end)
    return said


def slow_fmt(terminal):
    """Runs `fmt -` for 2.5 s; what comes on standard error."""
    main, other = pty.openpty() if terminal else os.pipe()      # a pipe: its end to read, its end to write
    with subprocess.Popen([BULKHEAD, "fmt", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=other) as process:
        os.close(other)
        time.sleep(2.5)
        output, _ = process.communicate(b"const a  = 5;\n", timeout=LIMIT_S)
    said = read_all(main)
    expect_equal((process.returncode, output), (0, b"const a = 5;\n"), "fmt")
    return said


def check_progress():
    said = slow_fmt(terminal=True)
    expect(b"bulkhead fmt: 2 s" in said, said)
    expect(said.endswith(b"\r\x1b[K"), f"the line stays: {said}")
    expect_equal(slow_fmt(terminal=False), b"", "standard error without a terminal")


def explain_on_terminal(**environment):
    main_end, other = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    policy = os.path.join(ROOT, "tests", "golden", "good.policy")
    subprocess.run([BULKHEAD, "explain", policy, "a", "Report", "up", "x=101"], env={**clean, **environment}, stdout=other,
                   stdin=subprocess.DEVNULL, timeout=LIMIT_S, check=True)
    os.close(other)
    return read_all(main_end)


def check_colours():
    plain = run(BULKHEAD, "explain", os.path.join(ROOT, "tests", "golden", "good.policy"), "a", "Report", "up", "x=101").stdout
    expect("\x1b" not in plain and "failed" in plain, plain)
    expect(b"\x1b[31mfailed\x1b[0m" in explain_on_terminal(), "no colours on a terminal")
    expect(b"\x1b[31m" in explain_on_terminal(NO_COLOR=""), "an empty NO_COLOR counts")
    expect(b"\x1b" not in explain_on_terminal(NO_COLOR="1"), "colours in spite of NO_COLOR")


def main():
    tap = Tap()
    tap.run("bash completion", check_bash)
    tap.run("zsh completion", check_zsh)
    tap.run("the vim syntax knows every word", check_vim_words)
    tap.run("the vim syntax colours them", check_vim)
    tap.run("colours on a terminal, unless NO_COLOR is set", check_colours)
    tap.run("long work says that it goes on", check_progress)
    tap.finish()


if __name__ == "__main__":
    main()
