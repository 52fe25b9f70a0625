# SPDX-License-Identifier: Apache-2.0
"""What an order says, read off the whole sequence of messages that have passed: no automaton is built here."""


def forbids(order, passed, rule):
    """Whether the order forbids a message of the rule after those that have `passed`, the oldest first."""
    if order.alternates:              # of both sides by turns, and the first side begins
        turns = [name for name in passed if name in order.until or name in order.never]
        first_is_next = not turns or turns[-1] in order.never
        return rule in (order.never if first_is_next else order.until)
    if rule not in order.never:
        return False
    if order.always:                  # each one takes one of its own: none since the last that was like it
        last = max((i for i, name in enumerate(passed) if name in order.never), default=-1)
        return not any(name in order.until for name in passed[last + 1:])
    if not order.after:
        return not any(name in order.until for name in passed)
    for i, name in enumerate(passed):
        if name in order.after and not any(later in order.until for later in passed[i + 1:]):
            return True
    return False


def groups(orders):
    """Orders that share rules, directly or through others; each in the order of its names."""
    result = []
    for order in orders:
        meeting = [g for g in result if any(o.rules() & order.rules() for o in g)]
        result = [g for g in result if g not in meeting] + [sum(meeting, []) + [order]]
    return [[o for o in orders if o in group] for group in result]


def group_name(group):
    """As the catalogue has it."""
    names = [o.name for o in group]
    if len(names) == 1:
        return names[0]
    return f"{names[0]}+{names[1]}" if len(names) == 2 and len(names[0] + names[1]) < 57 else f"{names[0]}+{len(names) - 1}"


def is_sound(group):
    """Few states, and no rule waits for ever but where an order says so. Sequences stand for states by what they forbid."""
    rules = sorted(set().union(*(o.rules() for o in group)))
    first = tuple(bool(not o.after) for o in group)
    seen, queue, ways = {first}, [first], {}
    while queue:
        state = queue.pop()
        ways[state] = {}
        for rule in rules:
            if any(rule in (o.never if held else o.until if o.alternates else ()) for held, o in zip(state, group)):
                continue
            ways[state][rule] = after = tuple(
                (held and rule not in o.until) or rule in (o.never if o.always or o.alternates else o.after)
                for held, o in zip(state, group))
            if after not in seen:
                seen.add(after)
                queue.append(after)
    return len(seen) <= 32 and all(waits_well(group, rules, ways, state) for state in seen)


def waits_well(group, rules, ways, state):
    reached, queue = {state}, [state]
    for here in queue:
        for there in ways[here].values():
            if there not in reached:
                reached.add(there)
                queue.append(there)
    comes = set().union(*(ways[s] for s in reached))
    return all(rule in comes or any(held and rule in o.never and not o.until for held, o in zip(state, group))
               for rule in rules)
