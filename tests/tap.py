# SPDX-License-Identifier: Apache-2.0
"""Prints the Test Anything Protocol: what a script among RUN_TESTS needs."""
import os
import sys
import tempfile
import traceback


class Skip(Exception):
    """Raised inside a test that cannot run here; says why."""


class Failure(Exception):
    """Raised inside a test: what was seen, what was expected, where to look."""


class Spoilt(Failure):
    """Raised inside a test whose run tells nothing: the emulator has lost something. It is worth another run."""


REPEATED = "# repeated: "             # run.py counts these lines
RUNS_MOST = 3


def repeat_spoilt(run, *args, **options):
    """Calls `run`, again where the emulator spoils it. Fails if it spoils all of them: then it may not be the emulator."""
    for runs in range(1, RUNS_MOST + 1):
        try:
            return run(*args, **options)
        except Spoilt as spoilt:
            why = str(spoilt)
        if runs < RUNS_MOST:
            print(REPEATED + why, flush=True)
    raise Failure(f"{RUNS_MOST} runs in a row were spoilt: this is no accident\n{why}")


class Once:
    """What several tests look at: made for the first of them. Where that fails, the others say so."""

    def __init__(self, make, *args):
        self.make, self.args, self.made, self.failed = make, args, None, False

    def get(self):
        expect(not self.failed, "the system did not run: see the first failure")
        if self.made is None:
            self.failed = True
            self.made = repeat_spoilt(self.make, *self.args)
            self.failed = False
        return self.made


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def report(self, good, name, detail=""):
        self.count += 1
        self.failed += not good
        for line in str(detail).splitlines():
            print("# " + line)
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}", flush=True)

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}", flush=True)

    def run(self, name, test, *args, **options):
        """Runs one test; it passes by returning. Nothing that it raises stops the tests after it."""
        try:
            repeat_spoilt(test, *args, **options)
        except Skip as skip:
            self.skip(name, skip)
        except Failure as failure:
            self.report(False, name, failure)
        except Exception:
            self.report(False, name, traceback.format_exc())
        else:
            self.report(True, name)

    def finish(self):
        print(f"1..{self.count}", flush=True)
        sys.exit(1 if self.failed else 0)


def expect(good, what):
    if not good:
        raise Failure(what)


def expect_equal(seen, wanted, what):
    expect(seen == wanted, f"{what}: seen {seen!r}, expected {wanted!r}")


def in_folder(test, *arguments, **named):
    """`test` in a folder of its own, its first argument, which is gone afterwards."""
    def run():
        with tempfile.TemporaryDirectory() as folder:
            test(folder, *arguments, **named)
    return run


def need_file(path):
    """The path, or a skip where the file is missing: test data outside the repository."""
    if not os.path.exists(path):
        raise Skip(f"{path} is missing")
    return path
