# SPDX-License-Identifier: Apache-2.0
"""Two images: what they say otherwise, and whether that is wider or narrower. Conditions are compared by trying values,
protocols as automata, rates by what they let pass in time, so that other words for the same are the same. Less of what closes
something else (a message after which another's is denied, a stop, a restart, a switch) is wider as well: that stays open."""
import itertools

from image_tables import BIG, RULE, SET, SIGNED, ZERO, bits

MOST_TRIES = 200000
WIDER, NARROWER = "wider", "narrower"
RECORD, PAYLOAD = 1, 2
KEEP, MATCH = 1, 2
GIVE = 3
SHUTDOWN = 1
TIMES_MS = (0, 1, 10, 1000, 60000, 3600000)


# ---- messages ----
def key_of(field):
    return field["offset"], field["width"]


def holds(fields, clauses, values):
    """Whether a message passes that has these values: (offset, width) -> value; those that are not there stand in no demand."""
    for f in fields:
        if f["flags"] & ZERO or key_of(f) not in values:
            continue
        if f["tag"] is not None:
            here = values.get(f["tag"])
            if here is None or not (0 <= here < 64 and f["tags"] >> here & 1):
                continue
        value = values[key_of(f)]
        if not (0 <= value < 64 and f["lo"] >> value & 1) if f["flags"] & SET else not f["lo"] <= value <= f["hi"]:
            return False
    return all(any((low <= values[offset, width] <= high) != negated for offset, width, negated, low, high in clause)
               for clause in clauses)


def pieces(demands):
    """For each field in question, one value from every stretch between two ends that some demand has."""
    starts, signed = {}, set()
    for fields, clauses in demands:
        for offset, width, _, low, high in itertools.chain.from_iterable(clauses):
            starts.setdefault((offset, width), set()).update((low, high + 1))
            if low < 0:
                signed.add((offset, width))
        for f in fields:
            if f["flags"] & ZERO:
                continue
            ends = (64, *bits(f["lo"]), *(b + 1 for b in bits(f["lo"]))) if f["flags"] & SET else (f["lo"], f["hi"] + 1)
            starts.setdefault(key_of(f), set()).update(ends)
            if f["flags"] & SIGNED:
                signed.add(key_of(f))
            if f["tag"] is not None:
                starts.setdefault(f["tag"], set()).update(bits(f["tags"]))
    for key, values in starts.items():
        least, most = (-1 << 8 * key[1] - 1, 1 << 8 * key[1] - 1) if key in signed else (0, 1 << 8 * key[1])
        starts[key] = {least} | {v for v in values if least <= v < most}
    return starts


def bare(fields):
    """What fields demand, whatever their number and whatever reports them; padding apart."""
    kept = ("flags", "lo", "hi", "tag", "tags")
    return {(key_of(f), *(f[k] for k in kept)) for f in fields if not f["flags"] & ZERO}


def concerned(demands):
    """Fields whose demands differ, with all that clauses of both name."""
    (fields, clauses), (others, other_clauses) = demands
    keys = {f[0] for f in bare(fields) ^ bare(others)}
    keys |= {(offset, width) for clause in clauses + other_clauses for offset, width, *_ in clause}
    return keys | {f["tag"] for f in (*fields, *others) if f["tag"] is not None and key_of(f) in keys}


def padding(fields):
    return [(*key_of(f), f["tag"], f["tags"]) for f in fields if f["flags"] & ZERO]


def are_alike(fields, others):
    """Whether values can be compared: padding is the same, and what one has where the other has none is no part of another's.
    Any value may stand where there is no field."""
    forms, other_forms = ({(key_of(f), f["flags"] & (SIGNED | BIG)) for f in each if not f["flags"] & ZERO}
                          for each in (fields, others))
    apart, other_apart = forms - other_forms, other_forms - forms
    overlap = any(a[0][0] < b[0][0] + b[0][1] and b[0][0] < a[0][0] + a[0][1] for a in apart for b in other_apart)
    return padding(fields) == padding(others) and not overlap


def message_ways(demands):
    """Which of both lets messages pass that the other does not: a set of ways; None: too much to try, or another form,
    which the facts of the type tell."""
    if not are_alike(demands[0][0], demands[1][0]):
        return None
    if bare(demands[0][0]) == bare(demands[1][0]) and sorted(demands[0][1]) == sorted(demands[1][1]):
        return set()
    starts, keys = pieces(demands), sorted(concerned(demands))
    tries = 1
    for key in keys:
        tries *= len(starts[key])
    if tries > MOST_TRIES:
        return None
    found = set()
    for combination in itertools.product(*(starts[k] for k in keys)):
        values = dict(zip(keys, combination))
        before, after = holds(*demands[0], values), holds(*demands[1], values)
        found |= {WIDER} if after and not before else {NARROWER} if before and not after else set()
    return found


# ---- protocols ----
def follows(narrow, loose):
    """Whether one automaton can do whatever the other does."""
    seen = [(0, 0)]
    for at, beside in seen:
        there = dict(loose[beside])
        for label, to in narrow[at]:
            if label not in there:
                return False
            if (to, there[label]) not in seen:
                seen.append((to, there[label]))
    return True


def rules_of(automaton):
    return {label[0]: label for row in automaton for label, _ in row}


def protocol_ways(before, after):
    """Of automata over the same messages, ties and times; else nothing is said of it."""
    if None in (before, after):
        return set() if before is after else {WIDER} if after is None else {NARROWER}
    if rules_of(before) != rules_of(after):
        return set()
    return ({WIDER} if not follows(after, before) else set()) | ({NARROWER} if not follows(before, after) else set())


def has_to_match(label):
    return label[1] != () and bool(label[1][2] & MATCH)


def is_denied(row, label):
    """Whether of the rule of the label, as it passes elsewhere, some does not in this row."""
    return not any(other[0] == label[0] and has_to_match(other) <= has_to_match(label) for other, _ in row)


def closes(automaton, own):
    """Whether a message of the rule leads to where another's is denied that passes before, or no longer matches."""
    for row in automaton or ():
        for label, to in row:
            if label[0] != own:
                continue
            keeps = label[1] != () and label[1][2] & KEEP
            for other, _ in row:
                if other[0] in ("after", own):
                    continue
                if is_denied(automaton[to], other) or keeps and has_to_match(other):
                    return True
    return False


# ---- facts ----
def more(before, after):
    return {WIDER} if after > before else {NARROWER} if after < before else set()


def less(before, after):
    return more(after, before)


def superset(before, after):
    return ({WIDER} if set(after) - set(before) else set()) | ({NARROWER} if set(before) - set(after) else set())


def subset(before, after):
    return superset(after, before)


def bits_more(before, after):
    return superset(bits(before), bits(after))


def bits_less(before, after):
    return bits_more(after, before)


def passed(rates, ms):
    return min((burst + count * ms / per for count, per, burst in rates), default=float("inf"))


def rate_ways(before, after):
    return set().union(*(more(passed(before, ms), passed(after, ms)) for ms in TIMES_MS))


def record_ways(before, after):
    return bits_less(before & (RECORD | PAYLOAD), after & (RECORD | PAYLOAD))


def power_ways(before, after):
    return bits_more(before, after) | ({WIDER} if before & ~after & SHUTDOWN else set())


def cpuid_ways(before, after):
    """Of leaves in rows of leaf, subleaf and four words; one that is not there reads as zero."""
    old, new = ({row[:2]: row[2:] for row in rows} for rows in (before, after))
    pairs = [(old.get(leaf, (0,) * 4), new.get(leaf, (0,) * 4)) for leaf in old.keys() | new.keys()]
    return set().union(*(bits_more(b, a) for here, there in pairs for b, a in zip(here, there)))


def info_ways(before, after):
    """Parameters: what a guard does by them cannot be compared."""
    return {WIDER, NARROWER} if before[1] != after[1] else set()


def full_ways(before, after):
    """Block is 0, drop is 1."""
    return set().union(*(more(b, a) for b, a in zip(before, after)))


WAYS = {("channel", "depth"): more, ("channel", "feedback"): more, ("subject", "privileges"): power_ways,
        ("subject", "cpuid"): cpuid_ways, ("subject", "info"): info_ways, ("subject", "ports"): superset,
        ("subject", "interrupts"): superset,
        ("subject", "restart_max"): more, ("subject", "reserve_0"): less, ("subject", "reserve_1"): less,
        ("rule", "plans"): superset, ("rule", "rates"): rate_ways,
        ("rule", "flags"): record_ways, ("system", "always"): bits_less, ("system", "kernel_reserve"): less,
        ("system", "class_full"): full_ways, ("system", "measure"): less, ("system", "rollback"): less}


def differences(old, new):
    """What two images say otherwise: a text of each, and whether it is wider or narrower, where that can be said."""
    before, after = old.facts(), new.facts()
    found = []
    for key in sorted(before.keys() | after.keys()):
        here, there = before.get(key), after.get(key)
        if here == there:
            continue
        ways = WAYS.get((key[0].split()[0], key[1]))
        both = here is not None and there is not None
        told = ways(here, there) if ways and both else {NARROWER} if key[1] == "does" and there is None else set()
        found.append((f"{key[0]}: {key[1]}: {here} => {there}", told | left_open(old, key[0].removeprefix("rule "), told)))
    for number, name in enumerate(before["system", "types"]):
        if name in after["system", "types"]:
            ways = message_ways([old.demands(number), new.demands(after["system", "types"].index(name))])
            found += [(f"type {name}: messages", set())] if ways else []
    for rule in filter(old.is_flow, old.rules):
        other = new.allow(old.flow(rule))
        if other is not None:
            found += rule_differences(old.flow(rule), (old, rule), (new, other))
        else:
            found.append((f"rule {old.flow(rule)}: gone", {NARROWER} | left_open(old, old.flow(rule), {NARROWER})))
    gained = [new.flow(r) for r in new.rules if new.is_flow(r) and old.allow(new.flow(r)) is None]
    return found + [(f"rule {flow}: new", {WIDER}) for flow in gained]


def left_open(old, flow, ways):
    """That less passes of what closes something is wider: a rule by its protocol, or what stops, restarts or switches."""
    rule = next((r for r in old.rules if r["kind"] == 0 and old.flow(r) == flow), None)
    if NARROWER not in ways or rule is None:
        return set()
    kinds = [o["kind"] for o in old.operations if old.rules[o["allow"]] is rule]
    closing = closes(old.automaton(rule)[0], old.name(RULE, rule["rule"])) if not kinds else GIVE not in kinds
    return {WIDER} if closing else set()


def rule_differences(flow, old, new):
    messages = message_ways([image.demands(rule["type"], image.chain(rule)) for image, rule in (old, new)])
    if messages:
        yield f"rule {flow}: messages", messages | left_open(old[0], flow, messages)
    before, after = old[0].automaton(old[1]), new[0].automaton(new[1])
    if before != after:
        ways = protocol_ways(before[0], after[0])
        if before[1] != after[1] and None not in (before[0], after[0]):
            ways = {WIDER, NARROWER}    # resets open something, and close something
        yield f"rule {flow}: protocol {before} => {after}", ways
