# SPDX-License-Identifier: Apache-2.0
"""
Labels from the reference's words: ranks in their order and sets of names. Which bits the compiler makes of them is not known
here. A subject's `low` is the label that may flow to all that it handles, `high` the one that all of it may flow to.
"""
from dataclasses import dataclass


@dataclass(frozen=True)
class Label:
    level: int
    categories: frozenset
    integrity: int                    # the higher, the better

    def flows_to(self, other):
        return self.level <= other.level and self.categories <= other.categories and self.integrity >= other.integrity

    def obstacles(self, other):
        """Which of its parts keep it from flowing there."""
        return (["label level"] if self.level > other.level else []) + \
            (["label category"] if not self.categories <= other.categories else []) + \
            (["label integrity"] if self.integrity < other.integrity else [])


def join(a, b):
    """The label that both may flow to, and that may flow to every other such."""
    return Label(max(a.level, b.level), a.categories | b.categories, min(a.integrity, b.integrity))


def meet(a, b):
    return Label(min(a.level, b.level), a.categories & b.categories, max(a.integrity, b.integrity))


# ---- what the reference says of a release ----
def downgrade_is_sound(downgrade, sender, receiver):
    """`receiver` None: nobody in particular."""
    (level, categories), (to_level, to_categories) = downgrade
    if (level, categories) != (sender.high.level, sender.high.categories) or (level, categories) == (to_level, to_categories):
        return False
    below = to_level <= level and to_categories <= categories
    trusted = sender.low.level <= to_level and sender.low.categories <= to_categories
    if receiver is None:
        return below and trusted
    handled = to_level <= receiver.high.level and to_categories <= receiver.high.categories
    needless = min(level, receiver.low.level) > to_level or (receiver.low.categories & categories) - to_categories
    return below and trusted and handled and not needless


def endorse_is_sound(endorse, sender, receiver):
    low, high = endorse
    if low != sender.high.integrity or not low < high <= sender.low.integrity:
        return False
    return receiver is None or receiver.high.integrity <= high <= receiver.low.integrity


def is_sound(rule, sender, receiver):
    return (rule.downgrade is None or downgrade_is_sound(rule.downgrade, sender, receiver)) and \
        (rule.endorse is None or endorse_is_sound(rule.endorse, sender, receiver))


def sent_at(rule, sender):
    """Information counts as the highest label that its sender handles, but for what the rule releases."""
    level, categories = rule.downgrade[1] if rule.downgrade else (sender.high.level, sender.high.categories)
    return Label(level, categories, rule.endorse[1] if rule.endorse else sender.high.integrity)


def permits(rule, sender, receiver):
    return is_sound(rule, sender, receiver) and sent_at(rule, sender).flows_to(receiver.high)


def may_tell(rule, receiver, label):
    """Whether it may tell its receiver of something of that label: what is not the receiver's is released with the message."""
    level = label.level <= receiver.high.level or (rule.downgrade is not None and label.level <= rule.downgrade[0][0])
    released = rule.downgrade[0][1] - rule.downgrade[1][1] if rule.downgrade else frozenset()
    integrity = label.integrity >= receiver.high.integrity or (rule.endorse is not None and label.integrity >= rule.endorse[0])
    return level and label.categories - receiver.high.categories <= released and integrity


def refusals(rule, sender, receiver, now):
    """What of the rule does not hold for the labels that its ends have `now`, low and high by name: written for others."""
    goal = join(sent_at(rule, sender), receiver.low)
    (sender_low, sender_high), (receiver_low, receiver_high) = now[sender.name], now[receiver.name]
    found = receiver_low.obstacles(goal) + goal.obstacles(receiver_high)
    found += sender_low.obstacles(goal)       # nobody is trusted to release what all of its labels have
    released = rule.downgrade[0][1] - rule.downgrade[1][1] if rule.downgrade else frozenset()
    if sender_high.level > (max(goal.level, rule.downgrade[0][0]) if rule.downgrade else goal.level):
        found.append("label level")
    if not sender_high.categories - goal.categories <= released:
        found.append("label category")
    if sender_high.integrity < (min(goal.integrity, rule.endorse[0]) if rule.endorse else goal.integrity):
        found.append("label integrity")
    return found


# ---- random ones ----
def random_label(random, policy):
    categories = [c for c in policy.categories if random.random() < 0.4]
    return Label(random.randrange(policy.levels or 1), frozenset(categories), random.randrange(policy.integrities or 1))


def random_range(random, policy):
    one, other = random_label(random, policy), random_label(random, policy)
    if random.random() < 0.3:
        return one, one
    return meet(one, other), join(one, other)


def highest(policy):
    return Label(max(policy.levels - 1, 0), frozenset(policy.categories), 0)


def random_downgrade(random, sender, receiver):
    """A sound one, or None."""
    high = sender.high
    other = receiver or sender
    levels = [n for n in range(sender.low.level, high.level + 1) if min(high.level, other.low.level) <= n <= other.high.level]
    needed = sender.low.categories | (other.low.categories & high.categories)
    free = sorted(high.categories & other.high.categories - needed)
    if not levels or not needed <= other.high.categories:
        return None
    target = random.choice(levels), frozenset(needed | {c for c in free if random.random() < 0.5})
    return ((high.level, high.categories), target) if target != (high.level, high.categories) else None


def random_endorse(random, sender, receiver):
    other = receiver or sender
    ranks = [n for n in range(sender.high.integrity + 1, sender.low.integrity + 1)
             if other.high.integrity <= n <= other.low.integrity]
    return (sender.high.integrity, random.choice(ranks)) if ranks else None


def release(random, rule, sender, receiver, wanted):
    """Gives the rule what helps it to a receiver of the label `wanted`, or may stand."""
    down, up = random_downgrade(random, sender, receiver), random_endorse(random, sender, receiver)
    obstacles = sender.high.obstacles(wanted)
    if down and ({"label level", "label category"} & set(obstacles) or random.random() < 0.3):
        rule.downgrade = down
    if up and ("label integrity" in obstacles or random.random() < 0.3):
        rule.endorse = up


def any_release(random, policy, rule):
    """Whatever the words allow, sound or not."""
    if (policy.levels or policy.categories) and random.random() < 0.6:
        one, other = random_label(random, policy), random_label(random, policy)
        rule.downgrade = ((one.level, one.categories), (other.level, other.categories))
    if policy.integrities and random.random() < 0.5:
        rule.endorse = random.randrange(policy.integrities), random.randrange(policy.integrities)


# ---- text ----
def sensitivity_text(random, policy, level, categories):
    words = [f"L{level}"] if policy.levels else []
    if categories or not policy.levels or (random.random() < 0.1 and policy.categories):
        words.append("{ " + ", ".join(random.sample(sorted(categories), len(categories))) + " }")
    return " ".join(words)


def label_text(random, policy, subject):
    low, high = subject.low, subject.high
    words = [f"label {subject.name}"]
    if policy.levels or policy.categories:
        words.append(sensitivity_text(random, policy, low.level, low.categories))
        if (low.level, low.categories) != (high.level, high.categories):
            words += ["..", sensitivity_text(random, policy, high.level, high.categories)]
    if policy.integrities:
        words.append(f"integrity I{high.integrity}" + (f" .. I{low.integrity}" if low.integrity != high.integrity else ""))
    return " ".join(words) + ";"


def release_text(random, policy, rule):
    parts = []
    if rule.downgrade is not None:
        parts.append(f"downgrade {' to '.join(sensitivity_text(random, policy, *end) for end in rule.downgrade)};")
    if rule.endorse is not None:
        parts.append(f"endorse I{rule.endorse[0]} to I{rule.endorse[1]};")
    return parts


def words_text(policy):
    return ([["labels " + " < ".join(f"L{i}" for i in range(policy.levels)) + ";"]] if policy.levels else []) + \
        ([["categories " + ", ".join(policy.categories) + ";"]] if policy.categories else []) + \
        ([["integrity " + " < ".join(f"I{i}" for i in range(policy.integrities)) + ";"]] if policy.integrities else [])
