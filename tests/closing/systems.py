# SPDX-License-Identifier: Apache-2.0
"""Small random protocols and orders: their text, variants of them, and what they let pass, message by message, read off the
reference; nothing of the compiler is used. Time is in ms. Messages come each 100 ms; timeouts and tokens never fall close to
that, for the kernel may be a little late."""
import copy
import os
import sys
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "equivalence"))
from describe import Order
from generate import make_order
from orders import forbids, is_sound

TIMEOUTS_MS = (1037, 2041, 3043)
RATES = (None, None, None, (13, 1), (13, 2), (17, 2))       # (per minute, burst)
SLOW = (7, 1)
IDS = 3
TICK_MS = 100


@dataclass
class Rule:
    name: str
    type: str
    sends: bool                       # c -> b, or back
    rate: tuple = None
    where: bool = False               # id != 0
    restrict: str = None              # "where", "rate"


@dataclass
class System:
    """One automaton with the rules that move it."""
    number: int
    rules: list
    steps: dict = field(default_factory=dict)      # (state, rule) -> [to, match, keep]
    timeouts: dict = field(default_factory=dict)   # state -> [ms, to]
    states: int = 0
    register: bool = False
    orders: list = field(default_factory=list)
    resets: list = field(default_factory=list)


# ---- random ones ----
def make_rules(random, number):
    return [Rule(f"r{number}_{j}", f"T{number}_{j}", random.random() < 0.5, random.choice(RATES))
            for j in range(random.randint(2, 4))]


def grow_protocol(random, number):
    system = System(number, make_rules(random, number))
    system.states = random.randint(2, 4)
    system.register = random.random() < 0.6
    often = random.choice((0.35, 0.6, 0.85))
    for state in range(system.states):
        for rule in system.rules:
            if random.random() < often:
                to = state if random.random() < 0.35 else random.randrange(system.states)
                match, keep = ((system.register and random.random() < 0.35) for _ in range(2))
                system.steps[state, rule.name] = [to, match, keep]
        if random.random() < 0.4:
            system.timeouts[state] = [random.choice(TIMEOUTS_MS), random.randrange(system.states)]
    system.resets = random.choice(([], [], ["b"], ["b", "c"]))
    return system


def grow_orders(random, number):
    system = System(number, make_rules(random, number))
    names = [r.name for r in system.rules]
    counter = iter(range(9))
    for _ in range(random.randint(1, 3)):
        some = random.sample(names, random.randint(1, len(names)))
        order = make_order(random, lambda kind: f"o{number}_{next(counter)}", some)
        joined = not system.orders or any(order.rules() & o.rules() for o in system.orders)
        if joined and is_sound(system.orders + [order]):
            system.orders.append(order)
    system.resets = random.choice(([], ["b", "c"])) if not any(o.alternates for o in system.orders) else ["b", "c"]
    return system


def is_valid(system):
    """What the reference demands: each state is reached and left, no timeouts in a circle; a rule is in it."""
    if not system.steps:
        return bool(system.orders) and is_sound(system.orders)
    ways = {(s, to[0]) for (s, _), to in system.steps.items()} | {(s, to) for s, (_, to) in system.timeouts.items()}
    reached = {0}
    for _ in range(system.states):
        reached |= {to for s, to in ways if s in reached}
    for start in system.timeouts:
        at = start
        for _ in range(system.states):
            at = system.timeouts[at][1] if at in system.timeouts else None
            if at in (None, start):
                break
        if at == start:
            return False
    return {s for s, _ in ways} == reached == set(range(system.states))


def make_system(random, number):
    while True:
        system = (grow_orders if random.random() < 0.3 else grow_protocol)(random, number)
        if is_valid(system):
            return system


def change_protocol(random, system):
    which, key = random.randrange(6), random.choice(sorted(system.steps))
    if which == 0:
        del system.steps[key]
    elif which == 1:
        system.steps[key][0] = random.randrange(system.states)
    elif which == 2:
        system.steps[key][1] = system.register and not system.steps[key][1]
    elif which == 3:
        system.steps[key][2] = system.register and not system.steps[key][2]
    elif which == 4 and system.timeouts:
        del system.timeouts[random.choice(sorted(system.timeouts))]
    elif which == 5:
        system.timeouts[random.randrange(system.states)] = [random.choice(TIMEOUTS_MS), random.randrange(system.states)]


def change_order(random, system):
    order, name = random.choice(system.orders), random.choice(system.rules).name
    which = random.choice((order.never, order.until, order.after))
    if name in which and len(which) > 1:
        which.remove(name)
    elif name not in which and (which is not order.after or order.after) and name not in (
            order.never + order.after if which is order.until else order.until):
        which.append(name)


def variant(random, system):
    """Another system of the same names; mostly with less."""
    while True:
        new = copy.deepcopy(system)
        rule = random.choice(new.rules)
        which = random.random()
        if which < 0.2:
            rule.where = True
        elif which < 0.35:
            rule.rate = random.choice((SLOW, (13, 1), None))
        elif new.steps:
            change_protocol(random, new)
        else:
            change_order(random, new)
        if is_valid(new):
            return new


# ---- the text ----
def order_text(order):
    never, until, after = (", ".join(names) for names in (order.never, order.until, order.after))
    if order.alternates:
        return f"alternate {until} with {never}"
    if order.always:
        return f"always {until} before {never}"
    end = f" {'before' if after else 'until'} {until}" if until else ""
    return (f"after {after} " if after else "") + f"never {never}{end}"


def step_text(state, on, to, match, keep):
    return f"    from s{state} on {on} to s{to}{' where it.id == id' if match else ''}{' keep id' if keep else ''};"


def protocol_lines(system):
    yield f"protocol p{system.number}{' keeps id: u8' if system.register else ''} {{"
    for state in range(system.states):
        yield from (step_text(s, on, *to) for (s, on), to in system.steps.items() if s == state)
        if state in system.timeouts:
            ms, to = system.timeouts[state]
            yield f"    from s{state} after {ms} ms to s{to};"
    if system.resets:
        yield f"    reset when {', '.join(system.resets)} restart;"
    yield "}"


def rate_text(rate):
    return f"rate {rate[0]}/min burst {rate[1]};" if rate else "rate none;"


def system_lines(system):
    for rule in system.rules:
        yield f"type {rule.type} little {{ id: u8 in 0 .. {IDS - 1}; }}"
        way = "c -> b on q" if rule.sends else "b -> c on r"
        yield f"allow {rule.name} {way} {rule.type} {{ {rate_text(rule.rate)}{' where id != 0;' if rule.where else ''} }}"
    for order in system.orders:
        reset = f" reset when {', '.join(system.resets)} restart" if system.resets else ""
        yield f"order {order.name}: {order_text(order)}{reset};"
    if system.steps:
        yield from protocol_lines(system)
    for rule in system.rules:
        if rule.restrict:
            limit = "where id != 0;" if rule.restrict == "where" else rate_text(SLOW)
            yield f"restrict x{rule.name} on {rule.name} {{ {limit} }}"


HEAD = """system closing version 1 { part "parts/base-lives.policy"; }
channel q c -> b mediated { depth 64; feedback none; }
channel r b -> c mediated { depth 64; feedback none; notify each 1; }
type Idle little { zero 1; }
allow idle_q c -> b on q Idle { rate 1/min burst 1; }
allow idle_r b -> c on r Idle { rate 1/min burst 1; }
"""


def policy_text(systems):
    return HEAD + "\n".join(line for s in systems for line in system_lines(s)) + "\n"


# ---- what passes ----
class Bucket:
    def __init__(self, rate):
        self.cost, self.burst, self.due = 60_000_000 // rate[0], rate[1], 0      # us

    def has_token(self, now):
        return self.due - 1000 * now <= (self.burst - 1) * self.cost

    def take(self, now):
        self.due = max(self.due, 1000 * now) + self.cost


class Run:
    def __init__(self, system):
        self.system = system
        self.buckets = {}
        for rule in system.rules:
            rates = ([rule.rate] if rule.rate else []) + ([SLOW] if rule.restrict == "rate" else [])
            self.buckets[rule.name] = [Bucket(rate) for rate in rates]
        self.own = {r.name: 1 if r.rate else 0 for r in system.rules}
        self.reset(0)

    def reset(self, now):
        self.state, self.register, self.entered, self.passed = 0, 0, now, []

    def restart(self, subject, now):
        if subject in self.system.resets:
            self.reset(now)

    def judge(self, rule, number, now):
        """The rule that the verdict names, and whether it lets the message pass. It is carried out."""
        if rule.where and number == 0:
            return f"{rule.name}.where", False
        if rule.restrict == "where" and number == 0:
            return f"x{rule.name}.where", False
        step, denier = self.find(rule, number, now)
        if denier:
            return denier, False
        for i, bucket in enumerate(self.buckets[rule.name]):
            if not bucket.has_token(now):
                return f"channel.{'q' if rule.sends else 'r'}.rate" if i < self.own[rule.name] else f"x{rule.name}", False
        self.commit(rule, step, number, now)
        return rule.name, True

    def find(self, rule, number, now):
        refusing = next((o.name for o in self.system.orders if forbids(o, self.passed, rule.name)), None)
        while self.state in self.system.timeouts and now >= self.entered + self.system.timeouts[self.state][0]:
            ms, self.state = self.system.timeouts[self.state]
            self.entered += ms
        in_protocol = any(on == rule.name for _, on in self.system.steps)
        step = self.system.steps.get((self.state, rule.name))
        if step and step[1] and number != self.register:
            step = None
        return step, refusing or (f"p{self.system.number}" if in_protocol and step is None else None)

    def commit(self, rule, step, number, now):
        for bucket in self.buckets[rule.name]:
            bucket.take(now)
        self.passed.append(rule.name)
        if step:
            self.state, self.entered = step[0], now
            self.register = number if step[2] else self.register


def make_events(random, system, count):
    """(ms, rule, id), or (ms, None, a subject that restarts); few rules and values often, so that they meet."""
    now, events = 0, []
    for _ in range(count):
        now += random.choice((0, 1, 1, 2, 5, 11, 21, 31, 45)) * TICK_MS
        if system.resets and random.random() < 0.06:
            events.append((now, None, random.choice(system.resets)))
        else:
            events.append((now, random.choice(system.rules).name, random.randrange(IDS)))
    return events


def play(system, events):
    run, rules, verdicts = Run(system), {r.name: r for r in system.rules}, []
    for now, rule, value in events:
        if rule is None:
            run.restart(value, now)
            verdicts.append(None)
        else:
            verdicts.append(run.judge(rules[rule], value, now))
    return verdicts


def opened(old, new, events):
    """The index of the first message that passes in the new system and that an automaton or a condition of the old one denies;
    what its rate denies may pass in place of another. None: there is none."""
    for i, (before, after) in enumerate(zip(play(old, events), play(new, events))):
        if after and after[1] and not before[1] and not before[0].endswith(".rate"):
            return i
    return None


def test_lines(name, system, events, verdicts):
    """The same as a test of the policy, which the kernel's verdict code judges."""
    rules, now = {r.name: r for r in system.rules}, 0
    yield f'test "{name}" {{'
    for (at, rule, value), verdict in zip(events, verdicts):
        if at > now:
            yield f"    after {at - now} ms;"
        now = at
        if rule is None:
            yield f"    {value} restarts;"
            continue
        known = rules[rule]
        yield f"    {'c' if known.sends else 'b'} sends {known.type} {{ id = {value}; }} on {'q' if known.sends else 'r'};"
        yield f"    expect {'allow' if verdict[1] else 'deny'} {verdict[0]};"
    yield "}"
