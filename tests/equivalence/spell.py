# SPDX-License-Identifier: Apache-2.0
"""The text of a policy: numbers and names of values are written in different ways, statements stand in any order."""
from describe import all_items
from labels import label_text, release_text, words_text

HEAD = """platform "p.platform";
measure none;
unit ten = 10;
"""


def number_text(random, value):
    if value % 10 == 0 and abs(value) < 1 << 60 and random.random() < 0.3:
        return f"{value // 10} ten" if value >= 0 else f"-{-value // 10} ten"
    if abs(value) < 1 << 50 and random.random() < 0.05:
        return f"{'-' if value < 0 else ''}{abs(value) // 10}.{abs(value) % 10} ten"
    digits = f"{abs(value):_}" if random.random() < 0.3 else f"{abs(value):#x}" if random.random() < 0.2 else str(abs(value))
    return ("-" if value < 0 else "") + digits


class Speller:
    """Writes values of fields down: of an enumeration also by their names, of a text also as characters."""

    def __init__(self, random, policy, message_type):
        self.random, self.words = random, {}
        for item in (i for i in all_items(message_type.items)):
            if item.kind == "number" and item.named in policy.enums:
                self.words[item.name] = {v: word for word, v in policy.enums[item.named].items()}
            if item.kind == "array" and item.text:
                characters = {c: f"'{chr(c)}'" for c in range(0x20, 0x7f)}
                self.words.update((e.name, characters) for e in item.elements())

    def value(self, name, value):
        words = self.words.get(name, {})
        return words[value] if value in words and self.random.random() < 0.7 else number_text(self.random, value)

    def cond(self, cond):
        kind = cond[0]
        if kind == "not":
            return f"not ({self.cond(cond[1])})"
        if kind in ("and", "or"):
            return f" {kind} ".join(f"({self.cond(c)})" for c in cond[1])
        if kind == "implies":
            return f"({self.cond(cond[1])}) implies {self.cond(cond[2])}"
        _, name, operator, right = cond
        if operator == "range":
            return f"{name} in {self.value(name, right[0])} .. {self.value(name, right[1])}"
        if operator == "set":
            return f"{name} in {{ {', '.join(self.value(name, v) for v in right)} }}"
        if operator == "box":
            return f"{name} in {right[0]}.{right[1]}"
        if operator == "named":
            return f"{name} in {right[0]}"
        return f"{name} {operator} {self.value(name, right)}"


def domain_text(random, item):
    if item.domain is None:
        return ""
    if item.kind == "number" and item.named:
        return f" in {item.named}"
    if item.domain[0] == "range":
        return f" in {number_text(random, item.domain[1])} .. {number_text(random, item.domain[2])}"
    return f" in {{ {', '.join(map(str, item.domain[1]))} }}"


def array_text(random, item):
    if item.text:
        return f"{item.name}: char[{item.count}];"
    length = f" length {item.length}" if item.length else ""
    return f"{item.name}: {'i' if item.signed else 'u'}{8 * item.width}[{item.count}]{domain_text(random, item)}{length};"


def items_text(random, speller, items, wheres, indent):
    for item in items:
        if item.kind == "zero":
            yield f"{indent}zero {item.count};"
        elif item.kind == "union":
            yield f"{indent}union by {item.tag} {{"
            for case in item.cases:
                yield f"{indent}    case {', '.join(speller.value(item.tag, v) for v in case.values)} {{"
                yield from items_text(random, speller, case.items, case.wheres, indent + "        ")
                yield f"{indent}    }}"
            yield f"{indent}}}"
        elif item.kind == "array":
            yield indent + array_text(random, item)
        else:
            yield f"{indent}{item.name}: {'i' if item.signed else 'u'}{8 * item.width}{domain_text(random, item)};"
    for where in wheres:
        yield f"{indent}where {speller.cond(where)};"


def type_text(random, policy, t):
    version = f" version {t.version}" if t.version != 1 or random.random() < 0.5 else ""
    lines = items_text(random, Speller(random, policy, t), t.items, t.wheres, "    ")
    return f"type {t.name}{version} {'big' if t.big else 'little'} {{\n" + "\n".join(lines) + "\n}"


def role_rule_head(rule, effective):
    ends = (f"role {rule.role}", rule.other) if rule.sends else (rule.other, f"role {rule.role}")
    return f"allow {rule.name} {ends[0]} -> {ends[1]} on each {effective.type}"


def allows_text(random, policy):
    """A role's rule stands for those of its holders."""
    written = set()
    for allow in policy.allows:
        if allow.of is None or allow.of not in written:
            written.add(allow.of)
            yield rule_text(random, policy, allow)


def short_names(random, policy, names):
    """All rules of a role at once by its rule's name, now and then."""
    for rule in policy.role_rules:
        own = {r.name for r in rule.rules}
        if own <= set(names) and random.random() < 0.7:
            names = [n for n in names if n not in own] + [rule.name]
    return names


def rate_text(rate):
    return f"rate {rate.count}/{rate.per} burst {rate.burst};"


def plans_text(rule):
    return [f"only in plan {', '.join(rule.plans)};"] if rule.plans is not None else []


def rule_text(random, policy, rule):
    parts = []
    if rule.where is not None:
        allow = rule if rule.on is None else next(a for a in policy.allows if a.name == rule.on)
        parts.append(f"where {Speller(random, policy, policy.type(allow.type)).cond(rule.where)};")
    if rule.rate is not None:
        parts.append(rate_text(rule.rate))
    elif rule.on is None:
        parts.append("rate none;")
    parts += plans_text(rule)
    parts += release_text(random, policy, rule)
    random.shuffle(parts)
    if rule.on is not None and rule.of is not None:
        head = f"restrict {rule.of} on {rule.on.split('.')[0]}"
    elif rule.on is not None:
        head = f"restrict {rule.name} on {rule.on}"
    elif rule.of is not None:
        head = role_rule_head(next(r for r in policy.role_rules if r.name == rule.of), rule)
    else:
        channel = policy.channel(rule.channel)
        head = f"allow {rule.name} {channel.sender} -> {channel.receiver} on {channel.name} {rule.type}"
    return f"{head} {{ {' '.join(parts)} }}"


def protocol_text(protocol):
    keeps = f" keeps id: u{8 * protocol.register}" if protocol.register else ""
    lines = []
    for s in protocol.steps:
        match = f" where it.{s.match} == id" if s.match else ""
        keep = " keep id" if s.keep else ""
        lines.append(f"    from {', '.join(s.sources)} on {s.on} to {s.target}{match}{keep};")
    for t in protocol.timeouts:
        after = f"{t.after_ms // 1000} s" if t.after_ms % 1000 == 0 else f"{t.after_ms} ms"
        lines.append(f"    from {', '.join(t.sources)} after {after} to {t.target};")
    if protocol.resets:
        lines.append(f"    reset when {', '.join(protocol.resets)} restart;")
    return f"protocol {protocol.name}{keeps} {{\n" + "\n".join(lines) + "\n}"


def order_text(random, policy, order):
    after, never, until = (", ".join(short_names(random, policy, names)) for names in (order.after, order.never, order.until))
    text = f"always {until} before {never}" if order.always else (f"after {after} " if after else "") + f"never {never}"
    if order.alternates:
        text = f"alternate {until} with {never}"
    elif until and not order.always:
        text += f" {random.choice(('until', 'before'))} {until}"
    if order.resets:
        text += f" reset when {', '.join(order.resets)} restart"
    return f"order {order.name}: {text};"


def privilege_text(random, policy, privilege):
    parts = ([rate_text(privilege.rate)] if privilege.rate else []) + plans_text(privilege)
    random.shuffle(parts)
    act = {"switch": "switch to plan", "give": "give window to"}.get(privilege.act, privilege.act)
    parts += release_text(random, policy, privilege)
    return f"privilege {privilege.name} {privilege.actor} may {act} {privilege.object} {{ {' '.join(parts)} }}"


def plan_text(policy, plan):
    first = " first" if plan is policy.plans[0] and len(policy.plans) > 1 else ""
    windows = " ".join(f"{subject} {length} ms;" for subject, length in plan.windows)
    return f"plan {plan.name}{first} major {sum(ms for _, ms in plan.windows)} ms {{ cpu 0 {{ {windows} }} }}"


def audit_text(policy):
    records = "".join(f"    record {name}{' with payload' if payload else ''};\n" for name, payload in policy.records.items())
    return f"""always audit {', '.join(policy.always) or 'none'};
audit ring 1 MiB for s0 {{
    class security reserve 4 KiB per subject on full drop and count;
    class flow reserve 4 KiB per subject on full drop and count;
    kernel reserve 4 KiB;
{records}}}"""


def constant_text(random, name, what):
    if isinstance(what, list):
        return f"const {name} = {{ {', '.join(number_text(random, v) for v in what)} }};"
    sides = (f"{side} {number_text(random, low)} .. {number_text(random, high)};" for side, (low, high) in what.items())
    return f"const {name} = box {{ {' '.join(sides)} }};"


def policy_text(random, policy):
    """The whole text, its statements in any order."""
    groups = [
        [type_text(random, policy, t) for t in policy.types],
        [f"enum {name} {{ {' '.join(f'{word} = {number_text(random, v)};' for word, v in values.items())} }}"
         for name, values in policy.enums.items()],
        [constant_text(random, name, what) for name, what in policy.boxes.items()],
        [f'subject {s.name} {{ image "g.elf"; memory 2 MiB;{" reads audit;" if i == 0 else ""} on fault stop; }}'
         for i, s in enumerate(policy.subjects)],
        [label_text(random, policy, s) for s in policy.subjects],
        [f"channel {c.name} {c.sender} -> {c.receiver} mediated {{ depth {c.depth}; feedback {c.feedback}; "
         f"{f'notify each {c.notify}; ' if c.notify else ''}}}"
         for c in policy.channels],
        list(allows_text(random, policy)),
        [f"role {r.role}: {', '.join(r.holders)};" for r in policy.role_rules],
        [rule_text(random, policy, r) for r in {r.of or r.name: r for r in policy.restricts}.values()],
        [protocol_text(p) for p in policy.protocols],
        [order_text(random, policy, o) for o in policy.orders],
        [plan_text(policy, plan) for plan in policy.plans],
        [privilege_text(random, policy, v) for v in policy.privileges],
        [audit_text(policy)],
        *words_text(policy),
    ]
    statements = sum(groups, [])
    random.shuffle(statements)
    return "\n".join(["system equivalence version 1 {}", HEAD] + statements) + "\n"
