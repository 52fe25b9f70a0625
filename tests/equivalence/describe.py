# SPDX-License-Identifier: Apache-2.0
"""What a policy says, as plain objects, and its text. Numbers are written in different ways, statements in any order."""
from dataclasses import dataclass, field


@dataclass
class Number:
    name: str
    width: int
    signed: bool
    domain: tuple = None              # None, ("range", low, high) or ("set", [values])
    named: str = None                 # the enumeration or the constant that the domain is written by
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


TEXT_DOMAIN = ("range", 0, 0x7e)      # of one character: which of these, and where, is the text's own rule


@dataclass
class Array:
    """`length`: the name of the number that says how many elements there are; `text`: characters, up to the first NUL."""
    name: str
    width: int
    signed: bool
    count: int
    domain: tuple = None
    length: str = None
    text: bool = False
    kind: str = "array"

    def size(self):
        return self.count * self.width

    def elements(self):
        """As conditions and tests see them."""
        return [Number(f"{self.name}[{i}]", self.width, self.signed, TEXT_DOMAIN if self.text else self.domain)
                for i in range(self.count)]

    def holds(self, value):
        """Of an element that is there: a character of a text is printable."""
        return 0x20 <= value <= 0x7e if self.text else Number("", self.width, self.signed, self.domain).holds(value)

    def looked_at(self):
        """How many of the places that a monitor looks at in a message it takes, by the reference."""
        return self.count * (2 if self.text else (self.domain is not None) + (self.length is not None))


def numbers(items):
    """What conditions may name: fields, and elements of arrays."""
    return [n for i in items for n in ([i] if i.kind == "number" else i.elements() if i.kind == "array" else [])]


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
    low: int
    high: int


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
    downgrade: tuple = None           # (from, to)
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
    downgrade: tuple = None           # (from, to)


@dataclass
class Policy:
    levels: int
    types: list = field(default_factory=list)
    boxes: dict = field(default_factory=dict)     # name -> side -> (low, high); of a set its values
    enums: dict = field(default_factory=dict)     # name -> word -> value
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
        """Information counts as the highest that its sender handles; it comes down only by `downgrade`."""
        channel = self.channel(allow.channel)
        sender, receiver = self.subject(channel.sender), self.subject(channel.receiver)
        if allow.downgrade is None:
            return sender.high <= receiver.high
        high, low = allow.downgrade
        return sender.low <= low < high <= sender.high and receiver.low <= low <= receiver.high

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
        high, low = (actor.high, actor.high) if privilege.downgrade is None else privilege.downgrade
        return actor.low <= low <= high and all(low <= s.high for s in told)


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


def all_items(items):
    """Those of the cases of unions as well."""
    for item in items:
        yield item
        if item.kind == "union":
            for case in item.cases:
                yield from all_items(case.items)


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
    if rule.downgrade is not None:
        parts.append(f"downgrade L{rule.downgrade[0]} to L{rule.downgrade[1]};")
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


def privilege_text(random, privilege):
    parts = ([rate_text(privilege.rate)] if privilege.rate else []) + plans_text(privilege)
    random.shuffle(parts)
    act = "switch to plan" if privilege.act == "switch" else privilege.act
    if privilege.downgrade is not None:
        parts.append(f"downgrade L{privilege.downgrade[0]} to L{privilege.downgrade[1]};")
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
        [f"label {s.name} L{s.low}{f' .. L{s.high}' if s.high != s.low else ''};" for s in policy.subjects],
        [f"channel {c.name} {c.sender} -> {c.receiver} mediated {{ depth {c.depth}; feedback {c.feedback}; }}"
         for c in policy.channels],
        list(allows_text(random, policy)),
        [f"role {r.role}: {', '.join(r.holders)};" for r in policy.role_rules],
        [rule_text(random, policy, r) for r in policy.restricts],
        [protocol_text(p) for p in policy.protocols],
        [order_text(random, policy, o) for o in policy.orders],
        [plan_text(policy, plan) for plan in policy.plans],
        [privilege_text(random, v) for v in policy.privileges],
        [audit_text(policy)],
        ["labels " + " < ".join(f"L{i}" for i in range(policy.levels)) + ";"],
    ]
    statements = sum(groups, [])
    random.shuffle(statements)
    return "\n".join(["system equivalence version 1 {}", HEAD] + statements) + "\n"
