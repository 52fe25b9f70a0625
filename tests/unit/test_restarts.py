#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a restart leaves: random protocols and orders of a stage that may restart. Where the compiler does not ask for a reset
(BH0707), whatever passes after a restart would pass from the beginning, too. A model in this file tells what passes, and the
kernel's verdict code must agree in tests of the policies themselves. Where it asks, there mostly is a sequence that shows why.

usage: test_restarts.py [BATCHES [SEED]]"""
import os
import random
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from tap import Tap, expect, expect_equal

ROOT = os.path.dirname(os.path.dirname(HERE))
BULKHEAD = os.path.join(ROOT, os.environ.get("B", "build"), "bin", "bulkhead")
BASE = os.path.join(ROOT, "tests", "golden", "parts", "base.policy")
LIMIT_S = 60
BATCHES, BATCH = 12, 8
RUNS, SHOWN = 300, 4                  # random runs of each in the model; how many of them the kernel's code repeats
VALUES, TRIES = 3, 3
TICK_MS = 100                         # between messages; timeouts run out a little before, and several in a row as well
EARLY_MS = 20
RESTARTS = ('"b.elf"; memory 4 MiB; on fault stop;', '"b.elf"; memory 4 MiB; on fault restart 3 per 60 s then stop;')
LEAST_SHOWN_PERCENT = 80              # of what is refused


@dataclass
class Message:
    letter: int
    value: int
    other: int                        # a second field, which the register never keeps
    at: int                           # ms from the beginning


@dataclass
class Automaton:
    """A protocol that is written out: (state, letter) -> (to, what is compared, whether it keeps)."""
    name: str
    letters: int
    states: int
    steps: dict
    timeouts: dict                    # state -> (ms, to)

    def first(self, now):
        return 0, 0, now

    def wait(self, at, now):
        state, kept, entered = at
        while state in self.timeouts and now >= entered + self.timeouts[state][0]:
            after, to = self.timeouts[state]
            state, entered = to, entered + after
        return state, kept, entered

    def send(self, at, m):
        """What the message leads to, or None; and who denies it."""
        state, kept, _ = self.wait(at, m.at)
        to, compares, keeps = self.steps.get((state, m.letter), (None, None, False))
        if to is None or (compares and kept != (m.value if compares == "id" else m.other)):
            return None, self.name
        return (to, m.value if keeps else kept, m.at), None

    def names(self):
        return [self.name]

    def text(self):
        lines = [f"protocol {self.name} keeps id: u8 {{"]
        for (state, letter), (to, compares, keeps) in self.steps.items():
            where = f" where it.{compares} == id" if compares else ""
            lines.append(f"    from s{state} on {self.name}_{letter} to s{to}{where}{' keep id' if keeps else ''};")
        lines += [f"    from s{state} after {after} ms to s{to};" for state, (after, to) in self.timeouts.items()]
        return "\n".join(lines + ["}\n"])


@dataclass
class Order:
    word: str
    after: list = field(default_factory=list)
    never: list = field(default_factory=list)
    until: list = field(default_factory=list)


@dataclass
class Orders:
    """Orders over the same rules: a flag each, whether it holds what it forbids."""
    name: str
    letters: int
    orders: list

    def first(self, _):
        return tuple(o.word != "after" for o in self.orders)

    def send(self, at, m):
        then = []
        for held, name, o in zip(at, self.names(), self.orders):
            if m.letter in o.never and held:
                return None, name
            held = held and m.letter not in o.until
            opens = o.after if o.word == "after" else o.never if o.word == "always" else []
            then.append(held or m.letter in opens)
        return tuple(then), None

    def names(self):
        return [f"{self.name}_o{i}" for i in range(len(self.orders))]

    def text(self):
        def rules(letters):
            return ", ".join(f"{self.name}_{i}" for i in letters)
        text = ""
        for name, o in zip(self.names(), self.orders):
            says = {"always": f"always {rules(o.until)} before {rules(o.never)}",
                    "never": f"never {rules(o.never)} until {rules(o.until)}",
                    "after": f"after {rules(o.after)} never {rules(o.never)}" + (o.until and f" before {rules(o.until)}" or "")}
            text += f"order {name}: {says[o.word]};\n"
        return text


# `go` begins to count; where `arm` came before, 80 ms later, so that `use` passes longer than it would from the beginning.
GO, ARM, USE, BACK = range(4)
FREE, ARMED, LATE, COUNTS, OVER = range(5)
STEPS = {(FREE, GO): (COUNTS, None, False), (FREE, ARM): (ARMED, None, False), (FREE, USE): (FREE, None, False),
         (FREE, BACK): (FREE, None, False), (ARMED, GO): (LATE, None, False), (COUNTS, USE): (COUNTS, None, False),
         (OVER, BACK): (FREE, None, False)}
LATER = Automaton("later", 4, 5, STEPS, {LATE: (80, COUNTS), COUNTS: (280, OVER)})
NO_LATER = Automaton("later", 4, 5, STEPS | {(COUNTS, BACK): (FREE, None, False)}, {LATE: (80, OVER), COUNTS: (280, OVER)})


# ---- random ones ----
def reached(steps, timeouts):
    states, before = {0}, set()
    while states != before:
        before = set(states)
        states |= {to for (state, _), (to, *_) in steps.items() if state in states}
        states |= {to for state, (_, to) in timeouts.items() if state in states}
    return states


def make_automaton(draw, name):
    """Every state is reached and left; timeouts lead to states before theirs."""
    while True:
        letters, states = draw.randint(1, 3), draw.randint(1, 4)
        steps = {}
        for state in range(states):
            for letter in range(letters):
                if draw.random() < 0.6:
                    compares, keeps = draw.choice((None, None, None, "id", "other")), draw.random() < 0.3
                    steps[state, letter] = draw.randrange(states), compares, keeps and compares != "other"
        order = draw.sample(range(states), states)
        timeouts = {s: (draw.randint(1, 4) * TICK_MS - EARLY_MS, draw.choice(order[:i])) for i, s in enumerate(order)
                    if i and draw.random() < 0.3}
        used = {letter for _, letter in steps}
        left = {state for state, _ in steps} | set(timeouts)
        if len(used) == letters and left == set(range(states)) == reached(steps, timeouts) and 0 in {s for s, _ in steps}:
            # the state that the text names first is where it begins
            return Automaton(name, letters, states, dict(sorted(steps.items(), key=lambda item: item[0][0])), timeouts)


def make_orders(draw, name):
    letters = draw.randint(2, 3)
    orders = []
    for _ in range(draw.randint(1, 2)):
        some = draw.sample(range(letters), letters)
        cut = draw.randint(1, letters - 1)
        never, until = some[:cut], some[cut:]
        word = draw.choice(("always", "never", "after", "after"))
        if word == "after":
            after = [draw.choice([i for i in range(letters) if i not in until] or never)]
            until = [i for i in until if i not in after] if draw.random() < 0.6 else []
            orders.append(Order(word, after, never, until))
        else:
            orders.append(Order(word, [], never, until))
    return Orders(name, letters, orders)


# ---- runs ----
def make_message(draw, model, at, now):
    """Mostly one that passes, or the run would soon stand still."""
    for _ in range(TRIES):
        m = Message(draw.randrange(model.letters), draw.randrange(VALUES), draw.randrange(VALUES), now)
        if model.send(at, m)[1] is None:
            break
    return m


def make_messages(draw, model, count, at, now):
    """Messages, who denies each (None: it passes), where that leads, and a moment soon after."""
    messages, deniers = [], []
    for _ in range(count):
        now += draw.choice((0, 0, 0, 1, 1, 2, 3, 5)) * TICK_MS
        m = make_message(draw, model, at, now)
        then, denier = model.send(at, m)
        messages.append(m)
        deniers.append(denier)
        at = at if denier else then
    return messages, deniers, at, now + draw.choice((0, 0, 1, 2)) * TICK_MS


def play(model, at, messages):
    deniers = []
    for m in messages:
        then, denier = model.send(at, m)
        deniers.append(denier)
        at = at if denier else then
    return deniers


@dataclass
class Run:
    """Messages before and after a restart. Those after it that pass are sent from the beginning as well."""
    restart: int                      # ms
    before: list
    after: list
    deniers: list                     # of both
    again: list
    again_deniers: list


def make_run(draw, model):
    before, deniers, at, restart = make_messages(draw, model, draw.randint(0, 5), model.first(0), 0)
    after, later, _, _ = make_messages(draw, model, draw.randint(1, 5), at, restart)
    again = [m for m, denier in zip(after, later) if denier is None]
    return Run(restart, before, after, deniers + later, again, play(model, model.first(restart), again))


# ---- policies ----
def spell_messages(model, messages, deniers, now):
    text = ""
    for m, denier in zip(messages, deniers):
        rule = f"{model.name}_{m.letter}"
        text += f"    after {m.at - now} ms;\n" if m.at > now else ""
        text += f"    b sends T{rule} {{ id = {m.value}; other = {m.other}; }} on {model.name}_c;\n"
        text += f"    expect deny {denier};\n" if denier else f"    expect allow {rule};\n"
        now = m.at
    return text, now


def spell_run(model, run, name):
    """Two tests: with what was before the restart, and without."""
    count = len(run.before)
    before, now = spell_messages(model, run.before, run.deniers[:count], 0)
    wait = f"    after {run.restart - now} ms;\n" if run.restart > now else ""
    after, _ = spell_messages(model, run.after, run.deniers[count:], run.restart)
    again, _ = spell_messages(model, run.again, run.again_deniers, run.restart)
    return (f'test "{name}" {{\n{before}{wait}    b restarts;\n{after}}}\n' +
            (f'test "{name}, from the beginning" {{\n{again}}}\n' if again else ""))


def spell_model(model):
    text = f"channel {model.name}_c b -> c mediated {{ depth 256; feedback none; notify each 1; }}\n"
    for i in range(model.letters):
        rule = f"{model.name}_{i}"
        text += f"type T{rule} little {{ id: u8; other: u8 in 0 .. 9; zero {i + 1}; }}\n"
        text += f"allow {rule} b -> c on {model.name}_c T{rule} {{ rate none; }}\n"
    return text + model.text()


def check(folder, models, tests=""):
    """What the compiler says of all of them together."""
    path = os.path.join(folder, "tests", "golden", "restarts.policy")
    with open(BASE, encoding="utf-8") as file:
        base = file.read().replace("../../../", "../../").replace(*RESTARTS)
    with open(path, "w", encoding="utf-8") as file:
        file.write("system restarts version 1 {}\n" + base +
                   "pipeline inward world -> a -> b -> c -> ops;\n" + "".join(map(spell_model, models)) + tests)
    return subprocess.run([BULKHEAD, "check", "--no-images", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=LIMIT_S, check=False, text=True)


def codes(done):
    return set(re.findall(r"error: .*\[(BH\d+)\]", done.stderr))


def is_sensible(folder, model):
    """Orders at random may wait for each other, or say nothing."""
    return not codes(check(folder, [model])) & {"BH0620", "BH0621", "BH0622"}


def asks_for_reset(model, done):
    """An automaton of two orders has the name of both."""
    return f"but `{'+'.join(model.names())}` goes on from before it [BH0707]" in done.stderr


@dataclass
class Seen:
    silent: int = 0
    refused: int = 0
    shown: int = 0
    runs: int = 0


def check_batch(folder, draw, make, seen):
    models = []
    while len(models) < BATCH:
        model = make(draw, f"p{len(models)}")
        if not isinstance(model, Orders) or is_sensible(folder, model):
            models.append(model)
    done = check(folder, models)
    expect(codes(done) <= {"BH0707"}, done.stderr)
    tests, silent = "", []
    for model in models:
        runs = [make_run(draw, model) for _ in range(RUNS)]
        wrong = [run for run in runs if any(run.again_deniers)]
        seen.runs += len(runs)
        if asks_for_reset(model, done):
            seen.refused += 1
            seen.shown += len(wrong) > 0
            continue
        expect(not wrong, f"the compiler is silent, but:\n{model.text()}{spell_run(model, wrong[0], 'wrong') if wrong else ''}")
        silent.append(model)
        tests += "".join(spell_run(model, run, f"{model.name}.{i}") for i, run in enumerate(runs[:SHOWN]))
    seen.silent += len(silent)
    done = check(folder, silent, tests)
    expect_equal(done.returncode, 0, done.stderr + tests)


def check_known(folder, automaton, asks):
    """What hardly comes by chance: after `arm` a run comes to its timeouts by another way, later than without."""
    done = check(folder, [automaton])
    expect(codes(done) <= {"BH0707"}, done.stderr)
    expect_equal(asks_for_reset(automaton, done), asks, "a reset is asked for")
    draw = random.Random(1)
    expect_equal(any(any(make_run(draw, automaton).again_deniers) for _ in range(100 * RUNS)), asks, "a run shows why")


def check_all(folder, seed, batches, make):
    """Both answers must have come, and what was refused have been refused for a reason."""
    draw, seen = random.Random(seed), Seen()
    for _ in range(batches):
        check_batch(folder, draw, make, seen)
    print(f"# {seen.silent} may go on, {seen.refused} must begin anew, {seen.shown} of them shown; {seen.runs} runs")
    expect(seen.silent >= batches and seen.refused >= batches, "one of the answers hardly ever comes")
    expect(100 * seen.shown >= LEAST_SHOWN_PERCENT * seen.refused, "too many resets are asked for that nothing shows a need of")


def main():
    tap = Tap()
    batches = int(sys.argv[1]) if len(sys.argv) > 1 else BATCHES
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "tests", "golden"))
        os.symlink(os.path.join(ROOT, "policy"), os.path.join(folder, "policy"))
        tap.run("a state left later", check_known, folder, LATER, True)
        tap.run("a state that is not left later", check_known, folder, NO_LATER, False)
        tap.run("protocols", check_all, folder, seed, batches, make_automaton)
        tap.run("orders", check_all, folder, seed, batches, make_orders)
    tap.finish()


if __name__ == "__main__":
    main()
