# SPDX-License-Identifier: Apache-2.0
"""What a policy says, as plain objects, and its text. Numbers are written in different ways, statements in any order."""
from dataclasses import dataclass, field

from labels import Label, label_text, permits, release_text, sent_at, is_sound, words_text


@dataclass
class Number:
    name: str
    width: int
    signed: bool
    domain: tuple = None              # None, ("range", low, high) or ("set", [values])
    kind: str = "number"

    def size(self):
        return self.width

    def limits(self):
        bits = 8 * self.width
        return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if self.signed else (0, (1 << bits) - 1)

    def ends(self):
        """Least and greatest value of the domain."""
        if self.domain is None:
            return self.limits()
        return self.domain[1:] if self.domain[0] == "range" else (min(self.domain[1]), max(self.domain[1]))

    def holds(self, value):
        if self.domain is None:
            return True
        return self.domain[1] <= value <= self.domain[2] if self.domain[0] == "range" else value in self.domain[1]


@dataclass
class Zero:
    count: int
    kind: str = "zero"

    def size(self):
        return self.count


@dataclass
class Case:
    values: list
    items: list
    wheres: list


@dataclass
class Union:
    tag: str
    cases: list
    kind: str = "union"

    def size(self):
        return sum(i.size() for i in self.cases[0].items)


@dataclass
class Type:
    name: str
    version: int
    big: bool
    items: list
    wheres: list


@dataclass
class Subject:
    name: str
    low: Label
    high: Label


@dataclass
class Channel:
    name: str
    sender: str
    receiver: str
    feedback: str
    depth: int = 0

    def slot_payload(self, policy):
        """Bytes of payload in a slot: of the largest type that rules let onto the channel, with its header in units of 16."""
        sizes = {t.name: sum(i.size() for i in t.items) for t in policy.types}
        largest = max(sizes[a.type] for a in policy.allows if a.channel == self.name)
        return -(-(16 + largest) // 16) * 16 - 16


@dataclass
class Rate:
    count: int
    per: str
    burst: int


@dataclass
class Rule:
    """An `allow`, or with `on` a `restrict`."""
    name: str
    channel: str = None
    type: str = None
    on: str = None
    where: tuple = None
    rate: Rate = None
    plans: list = None                # `only in plan`
    downgrade: tuple = None           # (from, to): each a level and categories
    endorse: tuple = None             # (from, to)
    of: str = None                    # the role's rule whose text stands for it


@dataclass
class Step:
    sources: list
    target: str
    on: str
    match: str = None
    keep: str = None


@dataclass
class Timeout:
    sources: list
    target: str
    after_ms: int


@dataclass
class Protocol:
    name: str
    register: int                     # bytes; 0: none
    steps: list
    timeouts: list
    resets: list


@dataclass
class RoleRule:
    """`allow NAME role ROLE -> OTHER on each TYPE`, or the other way; `rules` are the effective ones."""
    name: str
    role: str
    holders: list
    sends: bool
    other: str
    rules: list


@dataclass
class Order:
    """`never NEVER until UNTIL`, `after AFTER never NEVER before UNTIL`, or with `always`: `always UNTIL before NEVER`."""
    name: str
    after: list
    never: list
    until: list
    always: bool
    resets: list

    def rules(self):
        return set(self.after + self.never + self.until)


@dataclass
class Plan:
    name: str
    windows: list                     # (subject or "idle", ms)


@dataclass
class Privilege:
    """`act`: switch, restart or stop; `object`: a plan or a subject."""
    name: str
    actor: str
    act: str
    object: str
    rate: Rate = None
    plans: list = None
    downgrade: tuple = None
    endorse: tuple = None


@dataclass
class Policy:
    levels: int                       # of confidentiality; 0: none
    categories: list
    integrities: int
    types: list = field(default_factory=list)
    boxes: dict = field(default_factory=dict)     # name -> side -> (low, high)
    subjects: list = field(default_factory=list)
    channels: list = field(default_factory=list)
    allows: list = field(default_factory=list)
    restricts: list = field(default_factory=list)
    protocols: list = field(default_factory=list)
    orders: list = field(default_factory=list)
    role_rules: list = field(default_factory=list)
    plans: list = field(default_factory=list)     # the first plan first
    privileges: list = field(default_factory=list)
    always: list = field(default_factory=list)    # what is always on record
    records: dict = field(default_factory=dict)   # rule -> whether with payload

    def number(self):
        """Everything by its name, and the first plan first: so things are numbered, and so the first to deny is named."""
        for things in (self.types, self.subjects, self.channels, self.allows, self.restricts, self.protocols, self.orders,
                       self.privileges):
            things.sort(key=lambda thing: thing.name)
        self.plans[1:] = sorted(self.plans[1:], key=lambda plan: plan.name)

    def subject_index(self, name):
        return next(i for i, s in enumerate(self.subjects) if s.name == name)

    def subject(self, name):
        return self.subjects[self.subject_index(name)]

    def channel(self, name):
        return next(c for c in self.channels if c.name == name)

    def type(self, name):
        return next(t for t in self.types if t.name == name)

    def labels_permit(self, allow):
        channel = self.channel(allow.channel)
        return permits(allow, self.subject(channel.sender), self.subject(channel.receiver))

    def privilege_told(self, privilege):
        """Whom its use may tell: the subject that it is over, and whoever sees its restarts in the epoch of an inbox; of a switch
        anyone, for who feels it is not looked at here."""
        if privilege.act == "switch":
            return self.subjects
        seen = [c.receiver for c in self.channels if privilege.act == "restart" and c.sender == privilege.object]
        return [self.subject(name) for name in [privilege.object, *seen]]

    def labels_permit_privilege(self, privilege):
        """As of an allow, for all who may be told."""
        actor, told = self.subject(privilege.actor), self.privilege_told(privilege)
        target = None if privilege.act == "switch" else told[0]
        return is_sound(privilege, actor, target) and all(sent_at(privilege, actor).flows_to(s.high) for s in told)


# ---- text ----
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


def cond_text(random, cond):
    kind = cond[0]
    if kind == "not":
        return f"not ({cond_text(random, cond[1])})"
    if kind in ("and", "or"):
        return f" {kind} ".join(f"({cond_text(random, c)})" for c in cond[1])
    if kind == "implies":
        return f"({cond_text(random, cond[1])}) implies {cond_text(random, cond[2])}"
    _, name, operator, right = cond
    if operator == "range":
        return f"{name} in {number_text(random, right[0])} .. {number_text(random, right[1])}"
    if operator == "set":
        return f"{name} in {{ {', '.join(number_text(random, v) for v in right)} }}"
    if operator == "box":
        return f"{name} in {right[0]}.{right[1]}"
    return f"{name} {operator} {number_text(random, right)}"


def items_text(random, items, wheres, indent):
    for item in items:
        if item.kind == "zero":
            yield f"{indent}zero {item.count};"
        elif item.kind == "union":
            yield f"{indent}union by {item.tag} {{"
            for case in item.cases:
                yield f"{indent}    case {', '.join(map(str, case.values))} {{"
                yield from items_text(random, case.items, case.wheres, indent + "        ")
                yield f"{indent}    }}"
            yield f"{indent}}}"
        else:
            domain = ""
            if item.domain is not None and item.domain[0] == "range":
                domain = f" in {number_text(random, item.domain[1])} .. {number_text(random, item.domain[2])}"
            elif item.domain is not None:
                domain = f" in {{ {', '.join(map(str, item.domain[1]))} }}"
            yield f"{indent}{item.name}: {'i' if item.signed else 'u'}{8 * item.width}{domain};"
    for where in wheres:
        yield f"{indent}where {cond_text(random, where)};"


def type_text(random, t):
    version = f" version {t.version}" if t.version != 1 or random.random() < 0.5 else ""
    lines = items_text(random, t.items, t.wheres, "    ")
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
        parts.append(f"where {cond_text(random, rule.where)};")
    if rule.rate is not None:
        parts.append(rate_text(rule.rate))
    elif rule.on is None:
        parts.append("rate none;")
    parts += plans_text(rule)
    parts += release_text(random, policy, rule)
    random.shuffle(parts)
    if rule.on is not None:
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
    if until and not order.always:
        text += f" {random.choice(('until', 'before'))} {until}"
    if order.resets:
        text += f" reset when {', '.join(order.resets)} restart"
    return f"order {order.name}: {text};"


def privilege_text(random, policy, privilege):
    parts = ([rate_text(privilege.rate)] if privilege.rate else []) + plans_text(privilege)
    random.shuffle(parts)
    act = "switch to plan" if privilege.act == "switch" else privilege.act
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


def policy_text(random, policy):
    """The whole text, its statements in any order."""
    groups = [
        [type_text(random, t) for t in policy.types],
        [f"const {name} = box {{ " + " ".join(f"{side} {number_text(random, low)} .. {number_text(random, high)};"
                                              for side, (low, high) in sides.items()) + " };"
         for name, sides in policy.boxes.items()],
        [f'subject {s.name} {{ image "g.elf"; memory 2 MiB;{" reads audit;" if i == 0 else ""} on fault stop; }}'
         for i, s in enumerate(policy.subjects)],
        [label_text(random, policy, s) for s in policy.subjects],
        [f"channel {c.name} {c.sender} -> {c.receiver} mediated {{ depth {c.depth}; feedback {c.feedback}; }}"
         for c in policy.channels],
        list(allows_text(random, policy)),
        [f"role {r.role}: {', '.join(r.holders)};" for r in policy.role_rules],
        [rule_text(random, policy, r) for r in policy.restricts],
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
