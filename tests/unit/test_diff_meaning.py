#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does `bulkhead diff` tell every change of meaning? Each change of tests/mutation/edits.py is told as it says there. Of the
examples, tests/mutation/every and tests/golden/good, each policy that has one word, number, item or statement otherwise
(tokens.py) is told, but for those of same.txt; and of these, as of each fault that mutator.py puts into an example without its
assertions and tests, both images are built and read: what they say otherwise is told and the right way, and nothing else is
called wider or narrower. Whatever is told, `bulkhead expand --check` finds too. Each 20th of them, unless `--all` is asked for;
`--list` prints what each edit is told as."""
import collections
import concurrent.futures
import os
import re
import shutil
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
MUTATION = os.path.join(os.path.dirname(HERE), "mutation")
sys.path[:0] = [os.path.dirname(HERE), MUTATION]
from campaign import EXAMPLES, apply, read_example
from edits import ANY, BOTH, EDITS, LEAVES_OPEN, OPENS, SAME, WIDER, WORDS
from meaning import Pair
from mutator import Mutator, split_statements
from tap import Tap, expect, expect_equal
from tokens import order_mutants, token_mutants

FOLDER = os.path.join(os.environ.get("B", "build"), "test-runs", "diff-meaning")
GOLDEN = os.path.join("tests", "golden")
PLATFORMS = os.path.join("policy", "platforms")
PROOFS = {"test", "sample", "pipeline", "never", "limit", "only", "none"}
STEP = 20
WORKERS = 2
THERE = {WORDS: SAME, OPENS: WIDER, LEAVES_OPEN: BOTH}
BACK = {OPENS: BOTH, LEAVES_OPEN: WIDER}
own = threading.local()


def read_files(folder, names):
    files = {}
    for name in names:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            files[name] = file.read()
    return files


def read_policy(name):
    if name == "every":
        folder = os.path.join(MUTATION, name)
        return read_files(folder, sorted(n for n in os.listdir(folder) if n.endswith((".policy", ".platform"))))
    if name == "good":
        return read_files(GOLDEN, ("good.policy", "parts/base.policy", "parts/all.policy"))
    return read_example(name)


# ---- edits ----
def edited(files, edit):
    changed = {}
    for at in range(0, len(edit) - 2, 3):
        name, old, new = edit[at:at + 3]
        text = changed.get(name, files[name])
        expect_equal(text.count(old), 1, f"{old!r} in {name}")
        changed[name] = text.replace(old, new)
    return changed


def text_of_change(change):
    if "trait" in change:
        said = f"{change['trait']} {change['before']} => {change['after']}"
        return f"{change['key']}: {said} ({change['way']}) {change.get('why')}, said by {change['authority']}"
    return f"{change['key']}: {change.get('after', change.get('before'))} ({change['way']})"


def check_edit(pair, edit, listed):
    changed = edited(pair.files, edit)
    way, pattern = edit[-2:]
    errors, told, wrong = pair.change(changed)
    expect(errors is None, f"the changed policy does not build: {errors}")
    lines = [text_of_change(c) for c in told["changes"]] or ["same meaning"]
    if listed:
        print("".join(f"#   {line}\n" for line in lines), end="")
    expect_equal(wrong, [], "\n".join(lines))
    expect(any(re.search(pattern, line) for line in lines), f"{pattern!r} is not in:\n" + "\n".join(lines))
    pair.write("new", changed)
    back = pair.diff("new", "old")
    pair.write("new", {name: pair.files[name] for name in changed})
    seen, there = (told["wider"], told["narrower"]), (back["wider"], back["narrower"])
    if way == ANY:
        expect(seen[0] and there[0], f"it is not wider there and back: {seen}, {there}\n" + "\n".join(lines))
        return
    expect_equal(seen, THERE.get(way, way), "wider, narrower: " + "\n".join(lines))
    expect_equal(there, BACK.get(way, (seen[1], seen[0])), "the way back")
    expect_equal(bool(back["changes"]), way != WORDS, "the way back tells something")


def check_edits(tap, listed):
    pair = Pair(os.path.join(FOLDER, "every"), "every.policy", read_policy("every"))
    if isinstance(pair.old, str):
        tap.report(False, "the policy with every construct builds", pair.old)
        return
    for edit in EDITS:
        name = " ".join(f"{edit[0]}: {edit[1]} -> {edit[2]}".split())
        tap.run(f"diff: {name.replace('#', ' ')[:100]}", check_edit, pair, edit, listed)


# ---- everything else ----
def without_proofs(files):
    """Without what would refuse most faults: none of it is in an image."""
    bare = {}
    for name, text in files.items():
        masked = re.sub(r'"[^"\n]*"', lambda string: '"' + "_" * (len(string.group()) - 2) + '"', text)
        for s in reversed(list(split_statements(name, masked))):
            if s.text.split()[0] in PROOFS:
                text = text[:s.first] + text[s.end:]
        bare[name] = text
    return bare


def own_pair(kind, name, files):
    """One for each thread: threads change files."""
    key = (kind, name)
    if key not in own.__dict__.setdefault("pairs", {}):
        folder = os.path.join(FOLDER, str(threading.get_ident()), kind, name)
        for which in ("old", "new"):
            for place in ("platforms", PLATFORMS):
                shutil.copytree(PLATFORMS, os.path.join(folder, which, place), dirs_exist_ok=True)
        own.pairs[key] = Pair(folder, name + ".policy", files)
    return own.pairs[key]


def judge(kind, name, files, mutant):
    """The mutant's fate, and what of it is not told."""
    errors, told, wrong = own_pair(kind, name, files).change(apply(files, mutant.edits))
    fate = "refused" if errors is not None else "told" if told["changes"] else "same"
    return mutant, fate, [f"{mutant.what}: {w}" for w in wrong]


def read_same():
    """POLICY: MUTANT | REASON: those that mean the same; `*` as the policy: in each."""
    explained = collections.defaultdict(dict)
    with open(os.path.join(MUTATION, "same.txt"), encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                what, reason = line.rstrip("\n").split(" | ")
                policy, mutant = what.split(": ", 1)
                explained[policy][mutant] = reason
    return explained


def explains(explained, name, what):
    return next((m for p in (name, "*") for m in explained[p] if what == m or p == "*" and what.endswith(m)), None)


def check_mutants(kind, name, files, mutants, step, explained):
    fates, wrong, used = collections.Counter(), [], set()
    expect(not isinstance(own_pair(kind, name, files).old, str), own_pair(kind, name, files).old)
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for mutant, fate, found in pool.map(lambda m: judge(kind, name, files, m), mutants[::step]):
            fates[fate] += 1
            wrong += found
            used.add(explains(explained, name, mutant.what) if fate == "same" else None)
            if fate == "same" and kind == "words" and explains(explained, name, mutant.what) is None:
                wrong.append(f"{mutant.what}: says `same`, and same.txt does not say why")
    print(f"# {name}, {kind}: {sum(fates.values())} of {len(mutants)}: " + ", ".join(f"{n} {f}" for f, n in fates.items()))
    for line in wrong:
        print("#   not told: " + line)
    expect_equal(len(wrong), 0, "what is not told, or told wrongly")
    expect(fates["told"] + fates["same"] > 0, "nothing was compared")
    if kind == "words" and step == 1:
        expect_equal(sorted(set(explained[name]) - used), [], "what same.txt explains and is told")


def main():
    step = 1 if "--all" in sys.argv else STEP
    shutil.rmtree(FOLDER, ignore_errors=True)
    tap = Tap()
    explained = read_same()
    check_edits(tap, "--list" in sys.argv)
    for name in ("every", "good", *EXAMPLES):
        files = read_policy(name)
        tap.run(f"diff of {name}, another word anywhere", check_mutants, "words", name, files, list(token_mutants(files)),
                step, explained)
        tap.run(f"diff of {name}, in another order", check_mutants, "order", name, files, list(order_mutants(files)),
                step, explained)
    for name in EXAMPLES:
        files = without_proofs(read_example(name))
        tap.run(f"diff of {name}, faults without proofs", check_mutants, "faults", name, files, Mutator(files).all(),
                step, explained)
    tap.finish()


if __name__ == "__main__":
    main()
