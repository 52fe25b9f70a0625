# SPDX-License-Identifier: Apache-2.0
"""Random policies that are valid by the language's reference."""
import labels
from describe import (Array, Case, Channel, Number, Order, Policy, Protocol, RoleRule, Rule, Step, Subject, Timeout, Type,
                      Union, Zero, all_items, numbers)
from generate_plans import make_plan_list, make_plans, make_privileges, make_rate
from generate_restricts import drop_what_may_open, make_restricts
from orders import groups, is_sound
from passes import tells_apart

RECORD_PAYLOAD = 64                   # bytes of a message that a record has room for
MOST_LOOKED_AT = 64                   # places of a message


class Namer:
    """Names are unique in a whole policy."""

    def __init__(self):
        self.count = 0

    def __call__(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}"


# ---- types ----
def edge(random, low, high):
    """A number in low .. high, often near an end or near zero."""
    choice = random.random()
    if choice < 0.2:
        return random.randint(low, min(high, low + 3))
    if choice < 0.4:
        return random.randint(max(low, high - 3), high)
    if choice < 0.7:
        return min(high, max(low, random.randint(-20, 200)))
    return random.randint(low, high)


def domain_of(field, values):
    """What a field takes by the name of these values; None if it cannot."""
    low, high = field.limits()
    if not low <= min(values) <= max(values) <= high:
        return None
    if not field.signed and max(values) < 64:
        return "set", sorted(values)
    return ("range", min(values), max(values)) if len(values) == max(values) - min(values) + 1 else None


def make_number(random, name, named, register=0):
    width, signed = (register, False) if register else (random.choice((1, 1, 2, 4, 8)), random.random() < 0.4)
    field = Number("id" if register else name("f"), width, signed)      # a step keeps the field that has the register's name
    choice = random.random()
    fitting = [(n, domain_of(field, v)) for n, v in named if domain_of(field, v)] if not register else []
    if choice < 0.2 and fitting:
        field.named, field.domain = random.choice(fitting)
    elif choice < 0.25 and not signed:
        field.domain = ("set", sorted(random.sample(range(64), random.randint(1, 6))))
    elif choice < 0.75 and not register:
        field.domain = ("range", *sorted((edge(random, *field.limits()), edge(random, *field.limits()))))
    return field


def pad(items, offset, align):
    """Fields lie on multiples of their width, and padding is written down."""
    if offset % align:
        items.append(Zero(align - offset % align))
    return offset + -offset % align


def make_array(random, name):
    """An array, and before it the field that says how long it is if one does."""
    if random.random() < 0.4:
        return [Array(name("f"), 1, False, random.randint(1, 6), text=True)]
    width, signed = random.choice((1, 1, 1, 2, 4, 8)), random.random() < 0.3
    array = Array(name("f"), width, signed, random.randint(1, 5))
    field = Number("", width, signed)
    choice = random.random()
    if choice < 0.3 and not signed:
        array.domain = ("set", sorted({0} | set(random.sample(range(64), random.randint(1, 6)))))
    elif choice < 0.6:
        array.domain = ("range", *sorted((edge(random, *field.limits()), edge(random, *field.limits()))))
    if random.random() < 0.5 or (array.domain and array.domain[0] == "range" and not array.domain[1] <= 0 <= array.domain[2]):
        return [array]
    low, high = sorted(random.randint(0, array.count) for _ in range(2))
    length = Number(name("f"), random.choice((1, 1, 2)), False, ("range", low, high))
    array.length = length.name
    return [length, array]


def make_fields(random, name, named, count):
    """Fields, arrays and padding; their size and alignment."""
    items, offset, align = [], 0, 1
    for _ in range(count):
        if random.random() < 0.15:
            items.append(Zero(random.randint(1, 5)))
            offset += items[-1].count
            continue
        for field in make_array(random, name) if random.random() < 0.3 else [make_number(random, name, named)]:
            offset = pad(items, offset, field.width) + field.size()
            align = max(align, field.width)
            items.append(field)
    return items, offset, align


def make_tag(random, name, named):
    """Four values at most: each wants a case."""
    tag = Number(name("f"), 1, False)
    fitting = [(n, domain_of(tag, v)) for n, v in named if len(v) <= 4 and domain_of(tag, v) and max(v) < 64]
    if fitting and random.random() < 0.4:
        tag.named, tag.domain = random.choice(fitting)
    else:
        tag.domain = random.choice((("set", sorted(random.sample(range(64), 3))), ("range", 2, 5)))
    return tag


def make_union(random, name, named, tag):
    values = tag.domain[1] if tag.domain[0] == "set" else list(range(tag.domain[1], tag.domain[2] + 1))
    values = random.sample(values, len(values))
    cases, sizes, align = [], [], 1
    while values:
        take = random.randint(1, len(values))
        items, size, case_align = make_fields(random, name, named, random.randint(1, 3))
        cases.append(Case(values[:take], items, []))
        sizes.append(size)
        align, values = max(align, case_align), values[take:]
    whole = -(-max(sizes) // align) * align
    for case, size in zip(cases, sizes):
        if size < whole:
            case.items.append(Zero(whole - size))
    return Union(tag.name, cases), whole, align


def looked_at(items):
    """Places of a message that a monitor looks at, by the reference; at most."""
    return sum(i.looked_at() if i.kind == "array" else i.kind != "union" for i in all_items(items))


def make_type(random, name, policy, register):
    """One that the language's bound admits."""
    while True:
        t = grow_type(random, name, policy, register)
        if looked_at(t.items) <= MOST_LOOKED_AT:
            return t


def grow_type(random, name, policy, register):
    boxes = policy.boxes
    named = [(n, v) for n, v in boxes.items() if isinstance(v, list)] + [(n, list(v.values())) for n, v in policy.enums.items()]
    version = random.choice((1, 1, 2, 7, 65535))
    items, offset, align = make_fields(random, name, named, random.randint(1, 5))
    if register:
        field = make_number(random, name, named, register)
        field.domain = None
        offset = pad(items, offset, field.width) + field.width
        align = max(align, field.width)
        items.append(field)
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        tag = make_tag(random, name, named)
        union, size, union_align = make_union(random, name, named, tag)
        items.append(tag)
        offset = pad(items, offset + 1, union_align) + size
        align = max(align, union_align)
        items.append(union)
    pad(items, offset, align)
    t = Type(name("T"), version, random.random() < 0.5, items, [])
    top = numbers(items)
    if random.random() < 0.5:
        t.wheres = [c for c in (make_cond(random, top, boxes, 2),)
                    if c and short_enough(c, 24) and tells_apart(random, t, [], c, boxes)]
    for union in (i for i in items if i.kind == "union"):
        for case in union.cases:
            inner = numbers(case.items)
            if inner and random.random() < 0.4:
                case.wheres = [c for c in (make_cond(random, inner + top, boxes, 1),) if c and short_enough(c, 1)]
    return t


# ---- conditions: each test must tell some values of a field's domain from others ----
def tells(field, *spans):
    """Whether some value of the domain lies in the spans, and some does not: tried next to each end."""
    values = field.domain[1] if field.domain and field.domain[0] == "set" else \
        [v for v in (*field.ends(), *(e for low, high in spans for e in (low - 1, low, high, high + 1))) if field.holds(v)]
    low, high = field.limits()
    inside = [any(a <= v <= b for a, b in spans) for v in values if low <= v <= high]
    return any(inside) and not all(inside)


def make_test(random, fields, boxes):
    for _ in range(20):
        field = random.choice(fields)
        least, greatest = field.limits()
        low, high = field.ends()
        operator = random.choice(("==", "!=", "<", "<=", ">", ">=", "range", "set", "box", "box", "named"))
        a, b = sorted((edge(random, low, high), edge(random, low, high)))
        if operator == "box":
            sides = [(n, s) for n, all_sides in boxes.items() if isinstance(all_sides, dict)
                     for s, ends in all_sides.items() if tells(field, ends)]
            if sides:
                return "test", field.name, "box", random.choice(sides)
        elif operator == "named":
            sets = [(n, [x for x in v if least <= x <= greatest]) for n, v in boxes.items() if isinstance(v, list)]
            sets = [(n, v) for n, v in sets if tells(field, *((x, x) for x in v))]
            if sets:
                return "test", field.name, "named", random.choice(sets)
        elif operator == "set":
            values = sorted({edge(random, low, high) for _ in range(3)})
            if tells(field, *((v, v) for v in values)):
                return "test", field.name, "set", values
        elif operator == "range":
            if tells(field, (a, b)):
                return "test", field.name, "range", (a, b)
        else:
            ends = {"==": (a, a), "!=": (a, a), "<": (least, a - 1), "<=": (least, a), ">": (a + 1, greatest),
                    ">=": (a, greatest)}[operator]
            if tells(field, ends):
                return "test", field.name, operator, a
    return None


def form_size(cond, negated=False):
    """(clauses, comparisons) of a condition in conjunctive form: what the language bounds."""
    if cond[0] == "test":
        count = len(cond[3]) if cond[2] == "set" else len(cond[3][1]) if cond[2] == "named" else 1
        return (count if negated else 1), count
    if cond[0] == "not":
        return form_size(cond[1], not negated)
    parts = cond[1] if cond[0] in ("and", "or") else cond[1:]
    sizes = [form_size(c, negated != (cond[0] == "implies" and i == 0)) for i, c in enumerate(parts)]
    clauses, count = sizes[0]
    for more_clauses, more in sizes[1:]:
        if (cond[0] == "and") != negated:
            clauses, count = clauses + more_clauses, count + more
        else:
            clauses, count = clauses * more_clauses, count * more_clauses + more * clauses
    return clauses, count


def short_enough(cond, limit=64):
    return cond is None or form_size(cond)[1] <= limit


def make_cond(random, fields, boxes, depth):
    """A condition that the language's bound admits."""
    while True:
        cond = grow_cond(random, fields, boxes, depth)
        if short_enough(cond):
            return cond


def grow_cond(random, fields, boxes, depth):
    kind = random.choice(("test", "not", "and", "or", "implies")) if depth > 0 else "test"
    if kind == "test" or not fields:
        return make_test(random, fields, boxes) if fields else None
    count = 1 if kind == "not" else 2 if kind == "implies" else random.randint(2, 3)
    parts = [grow_cond(random, fields, boxes, depth - 1) for _ in range(count)]
    if None in parts:
        return make_test(random, fields, boxes)
    return (kind, parts) if kind in ("and", "or") else (kind, *parts)


def make_boxes(random, name):
    """Sides may reach beyond what a field can hold: only their common part counts."""
    boxes = {}
    for _ in range(random.randint(1, 2)):
        sides = {}
        for _ in range(random.randint(1, 3)):
            limit = random.choice((10, 200, 40_000, 1 << 40, (1 << 63) - 1))
            sides[name("e")] = tuple(sorted((random.randint(-limit, limit), random.randint(-limit, limit))))
        boxes[name("b")] = sides
    return boxes


def make_values(random):
    """Of a set or an enumeration: such as a field has bits for, a row of any, or what conditions alone can take."""
    count, start = random.randint(1, 6), random.choice((0, 50, 100, -3, 250, 70_000))
    return random.choice((random.sample(range(64), count), list(range(start, start + count)),
                          random.sample(range(-300, 300), count)))


def make_sets(random, policy, name):
    for _ in range(random.randint(1, 3)):
        policy.boxes[name("k")] = make_values(random)
    for _ in range(random.randint(1, 3)):
        policy.enums[name("E")] = {random.choice((f"v{i}", name("w"))): v for i, v in enumerate(make_values(random))}


# ---- rules ----
def takes_all(message_type):
    """Whether it may be that all bytes of the length are such a message; arrays are taken to be open."""
    bounded = lambda item: item.kind not in ("number", "array") or item.kind == "number" and item.domain is not None \
        and item.domain[1:] != item.limits()
    return not message_type.wheres and not any(map(bounded, message_type.items))


def make_rule_body(random, policy, rule, message_type, others=()):
    """A condition leaves something to pass of what `others` let, and refuses something."""
    top = numbers(message_type.items)
    if random.random() < 0.5:
        where = make_cond(random, top, policy.boxes, 2)
        demands = [*message_type.wheres, *others]
        rule.where = where if where and tells_apart(random, message_type, demands, where, policy.boxes) else None
    if random.random() < 0.5:
        rule.rate = make_rate(random)
    if rule.where is None and takes_all(message_type):
        rule.rate = rule.rate or make_rate(random)    # a rule that refuses nothing is an error
    rule.plans = make_plan_list(random, policy, rule.plans)


def make_labels(random, policy, allow):
    """Whether the labels permit the rule, with a release where one helps."""
    channel = policy.channel(allow.channel)
    sender, receiver = policy.subject(channel.sender), policy.subject(channel.receiver)
    labels.release(random, allow, sender, receiver, receiver.high)
    return policy.labels_permit(allow)


def illegal_allow(random, policy):
    """A rule on a channel of the policy that the labels do not permit, or None."""
    found = []
    for channel in policy.channels:
        taken = [a.type for a in policy.allows if a.channel == channel.name]
        for message_type in policy.types:
            for _ in range(12):
                allow = Rule("illegal", channel=channel.name, type=message_type.name)
                labels.any_release(random, policy, allow)
                if message_type.name not in taken and not policy.labels_permit(allow):
                    found.append(allow)
    return random.choice(found) if found else None


def make_channels(random, policy, name):
    for _ in range(random.randint(1, 6)):
        sender, receiver = random.sample(policy.subjects, 2)
        open_to_sender = receiver.high.flows_to(sender.high)
        feedback = random.choice(("none", "rule", "full") if open_to_sender else ("none", "rule"))
        channel = Channel(name("c"), sender.name, receiver.name, feedback, notify=(1, 0, 4)[len(policy.channels) % 3])
        policy.channels.append(channel)
        kept = []
        for message_type in random.sample(policy.types, random.randint(1, min(3, len(policy.types)))):
            allow = Rule(name("a"), channel=channel.name, type=message_type.name)
            if make_labels(random, policy, allow):
                make_rule_body(random, policy, allow, message_type)
                kept.append(allow)
        policy.allows += kept
        channel.depth = random.choice((1, 2, 8)) + sum(a.rate.count + a.rate.burst for a in kept if a.rate)
        if not kept:
            policy.channels.pop()     # a channel that carries nothing is an error


# ---- roles ----
def role_channels(policy, other, sends, type_name):
    """By holder, the one channel between it and the other end, where the type is free and the labels need no release."""
    found = {}
    for holder in policy.subjects:
        ends = (holder.name, other.name) if sends else (other.name, holder.name)
        between = [c for c in policy.channels if (c.sender, c.receiver) == ends]
        taken = any(a.channel == c.name and a.type == type_name for c in between for a in policy.allows)
        sender, receiver = (holder, other) if sends else (other, holder)
        if len(between) == 1 and not taken and sender.high.flows_to(receiver.high):
            found[holder.name] = between[0]
    return found


def make_roles(random, policy, name):
    for _ in range(random.choice((0, 2, 4, 6))):
        other, sends, message_type = random.choice(policy.subjects), random.random() < 0.6, random.choice(policy.types)
        channels = role_channels(policy, other, sends, message_type.name)
        if not channels:
            continue
        holders = random.sample(sorted(channels), random.randint(1, len(channels)))
        body, rule = Rule(""), RoleRule(name("a"), name("role"), holders, sends, other.name, [])
        make_rule_body(random, policy, body, message_type)
        for holder in holders:
            rule.rules.append(Rule(f"{rule.name}.{holder}", channel=channels[holder].name, type=message_type.name,
                                   where=body.where, rate=body.rate, plans=body.plans, of=rule.name))
            channels[holder].depth += body.rate.count + body.rate.burst if body.rate else 0
        policy.role_rules.append(rule)
        policy.allows += rule.rules


# ---- protocols ----
def register_fields(policy, allow, width):
    """Fields that may be compared with the register."""
    return [i.name for i in policy.type(allow.type).items if i.kind == "number" and i.width == width and not i.signed]


def all_may_tell(policy, allows, label):
    """A protocol's state tells each receiver of everyone who moves it; a release tells of what it releases."""
    return all(labels.may_tell(a, policy.subject(policy.channel(a.channel).receiver), label) for a in allows)


def protocol_leaks(policy, allows):
    return not all(all_may_tell(policy, allows, policy.subject(policy.channel(mover.channel).sender).high) for mover in allows)


def make_protocol(random, policy, name, allows, width):
    """A ring of states, some shortcuts, and timeouts that lead towards the first state."""
    states = [name("q") for _ in range(random.randint(2, 4))]
    steps, taken = [], set()
    for i, state in enumerate(states):
        steps.append(Step([state], states[(i + 1) % len(states)], random.choice(allows).name))
        taken.add((state, steps[-1].on))
    for _ in range(random.randint(0, 3)):
        on = random.choice(allows).name
        sources = [s for s in random.sample(states, random.randint(1, 2)) if (s, on) not in taken]
        if sources:
            steps.append(Step(sources, random.choice(states), on))
            taken |= {(s, on) for s in sources}
    by_name = {a.name: a for a in allows}
    for step in steps:
        fields = register_fields(policy, by_name[step.on], width)
        if fields and step.sources[0] != states[0] and random.random() < 0.6:
            step.match = random.choice(fields)
        if "id" in fields and step.match in (None, "id") and random.random() < 0.6:
            step.keep = "id"
    timeouts = [Timeout([s], states[random.randrange(i + 1)], random.choice((20, 50, 333, 1000, 30_000)))
                for i, s in enumerate(states[1:]) if random.random() < 0.6]
    resets = [s.name for s in random.sample(policy.subjects, random.randint(0, 2)) if all_may_tell(policy, allows, s.high)]
    return Protocol(name("p"), width, steps, timeouts, resets)


def make_protocols(random, policy, name, width):
    free = list(policy.allows)
    for _ in range(random.randint(1, 2)):
        if not free:
            return
        allows = random.sample(free, random.randint(1, min(4, len(free))))
        if protocol_leaks(policy, allows):
            continue
        protocol = make_protocol(random, policy, name, allows, width)
        used = {s.on for s in protocol.steps}
        free = [a for a in free if a.name not in used]
        policy.protocols.append(protocol)


# ---- orders ----
def make_order(random, name, rules):
    never = random.sample(rules, random.randint(1, min(2, len(rules))))
    others = [r for r in rules if r not in never]
    until = random.sample(others, random.randint(0, min(2, len(others))))
    if until and random.random() < 0.4:
        return Order(name("o"), [], never, until, False, [], True)
    if until and random.random() < 0.4:
        return Order(name("o"), [], never, until, True, [])
    openers = [r for r in rules if r not in until]
    count = 0 if until and random.random() < 0.5 else random.randint(1, min(2, len(openers)))
    after = random.sample(openers, count)
    return Order(name("o"), after, never, until, False, [])


def make_orders(random, policy, name):
    """Orders on rules that are in no protocol."""
    taken = {s.on for p in policy.protocols for s in p.steps}
    free = [a for a in policy.allows if a.name not in taken]
    for _ in range(random.choice((0, 1, 2, 3, 4))):
        if not free:
            return
        order = make_order(random, name, [a.name for a in random.sample(free, random.randint(1, min(4, len(free))))])
        orders = policy.orders + [order]
        group = next(g for g in groups(orders) if order in g)
        allows = [a for a in policy.allows if any(a.name in o.rules() for o in group)]
        if protocol_leaks(policy, allows) or not is_sound(group):
            continue
        policy.orders = orders
    for group in groups(policy.orders):
        told = [a for a in policy.allows if any(a.name in o.rules() for o in group)]
        resets = [s.name for s in random.sample(policy.subjects, random.randint(0, 2)) if all_may_tell(policy, told, s.high)]
        owing = {policy.channel(a.channel).sender for o in group if o.alternates for a in policy.allows if a.name in o.never}
        resets += sorted(owing - set(resets))
        if not all(all_may_tell(policy, told, policy.subject(name).high) for name in owing):
            policy.orders = [o for o in policy.orders if o not in group]
        for order in group:
            order.resets = random.sample(resets, len(resets))


def make_audit(random, policy):
    """Most policies record everything, so that each verdict shows its rule."""
    words = ["denied", "allowed", "downgrade", "endorse"]
    policy.always = words if random.random() < 0.5 else random.sample(words, random.randint(0, 4))
    for allow in policy.allows:
        if random.random() < (0.4 if allow.downgrade or allow.endorse else 0.2):
            size = sum(i.size() for i in policy.type(allow.type).items)
            policy.records[allow.name] = size <= RECORD_PAYLOAD and random.random() < 0.5


def make_label_words(random):
    """Levels, categories and levels of integrity: at least something of it."""
    words = random.choice((0, 1, 2, 2, 3, 4)), random.choice((0, 0, 1, 2, 3)), random.choice((0, 0, 1, 2, 3))
    return (words[0], [f"K{i}" for i in range(words[1])], words[2]) if any(words) else (2, [], 0)


def make_policy(random):
    name = Namer()
    policy = Policy(*make_label_words(random))
    policy.boxes = make_boxes(random, name)
    width = random.choice((0, 1, 2, 2))
    make_sets(random, policy, name)
    policy.types = [make_type(random, name, policy, width if random.random() < 0.7 else 0)
                    for _ in range(random.randint(1, 5))]
    for i in range(random.randint(2, 6)):
        low, high = labels.random_range(random, policy)
        if i == 0:
            high = labels.highest(policy)     # it reads the audit, which tells of everyone
        policy.subjects.append(Subject(f"s{i}", low, high))
    make_plans(random, policy, name)
    while not policy.channels:
        make_channels(random, policy, name)
    make_roles(random, policy, name)
    make_restricts(random, policy, name, make_rule_body)
    if random.random() < 0.8:         # else there is more to be raised as an event alone
        make_protocols(random, policy, name, width)
        make_orders(random, policy, name)
        drop_what_may_open(policy)
    make_privileges(random, policy, name)
    make_audit(random, policy)
    policy.number()
    return policy
