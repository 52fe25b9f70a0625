# SPDX-License-Identifier: Apache-2.0
"""Random policies in which everything occurs that can carry a flow: sound ones, of five subjects on one CPU."""
import random

SUBJECTS = ("s0", "s1", "s2", "s3", "log")


class Chooser(random.Random):
    def one(self, *values):
        return self.choice(values)

    def chance(self, share):
        return self.random() < share


def plans_text(r):
    """Windows of one length, so that a subject's are the same wherever it has any."""
    text = []
    for i in range(r.one(1, 2)):
        windows = [name if i == 0 or r.chance(0.8) else "idle" for name in SUBJECTS]
        times = " ".join(f"{window} 2 ms;" for window in windows)
        text.append(f"plan p{i}{' first' if i == 0 else ''} major 10 ms {{ cpu 0 {{ {times} }} }}")
    return text


def body_text(r, plans, fields=True):
    text = r.one("", "rate none; ", "rate 50/s burst 1; ", "rate 100/s burst 2; ")
    if fields and r.chance(0.2):
        text += "where x < 2; "
    if plans > 1 and r.chance(0.25):
        text += f"only in plan {r.one('p0', 'p1')}; "
    return "{ " + text + "}"


def channels_text(r, plans):
    """Text, names of rules, who shares: pairs of channel and subject."""
    text, rules, shared = [], [], []
    for i in range(r.randint(2, 6)):
        sender, receiver, other = r.sample(SUBJECTS, 3)
        items = f"depth 12; feedback {r.one('none', 'rule', 'full')}; "
        items += r.one("", "", "notify each 1; ", "notify each 2; ")
        if r.chance(0.25):
            items += f"shared with {other}; "
            shared.append((i, other))
        text.append(f"channel c{i} {sender} -> {receiver} mediated {{ {items}}}")
        for kind in r.sample(range(3), r.randint(1, 2)):
            rules.append(f"r{i}_{kind}")
            text.append(f"allow r{i}_{kind} {sender} -> {receiver} on c{i} T{kind} {body_text(r, plans)}")
    return text, rules, shared


def protocols_text(r, rules):
    free, text = r.sample(rules, len(rules)), []
    for i in range(r.one(0, 1, 1, 2)):
        if len(free) < 2:
            break
        first, second = free.pop(), free.pop()
        reset = f" reset when {r.one(*SUBJECTS)} restart;" if r.chance(0.5) else ""
        text.append(r.one(f"protocol o{i} {{ from i on {first} to o; from o on {second} to i;{reset} }}",
                          f"order o{i}: always {first} before {second}{reset or ';'}"))
    return text


def privileges_text(r, plans):
    text, given = [], set()
    for i in range(r.one(0, 1, 2, 4)):
        actor, target = r.sample(SUBJECTS, 2)
        switch = [f"switch to plan p{r.randrange(plans)}"] * 2 if plans > 1 else []
        act = r.one(f"restart {target}", f"stop {target}", f"give window to {target}", *switch)
        if (actor, act) not in given:
            body = "{}" if act.startswith("give") else body_text(r, plans, fields=False)
            text.append(f"privilege v{i} {actor} may {act} {body}")
        given.add((actor, act))
    return text


def audit_text(r, rules):
    full = ("block", "drop and count")
    text = ["always audit " + r.one("denied", "denied, downgrade", "denied, allowed", "none", "denied, restart, plan") + ";"]
    text.append(f"audit ring 64 KiB for log {{ class security reserve {r.one(512, 2048)} B per subject on full {r.one(*full)}; "
                f"class flow reserve {r.one(512, 2048)} B per subject on full {r.one(*full)}; kernel reserve 16 KiB; "
                + "".join(f"record {rule}; " for rule in rules if r.chance(0.2)) + "}")
    return text


def make_policy(r):
    """Its text, and who shares which outbox."""
    fault = "restart 3 per 60 s then stop"
    text = ["system flows version 1 { }", 'platform "p.platform";', "measure none;"]
    for name in SUBJECTS:
        text.append(f'subject {name} {{ image "g.elf"; memory 2 MiB; {"reads audit; " if name == "log" else ""}'
                    f'on fault {r.one("stop", fault)}; }}')
    text += [f"type T{i} little {{ x: u8 in 0 .. 3; zero {i + 1}; }}" for i in range(3)]
    plans = plans_text(r)
    channels, rules, shared = channels_text(r, len(plans))
    text += plans + channels + protocols_text(r, rules) + privileges_text(r, len(plans)) + audit_text(r, rules)
    return "\n".join(text) + "\n", shared
