# SPDX-License-Identifier: Apache-2.0
"""What a policy says, as plain objects."""
from dataclasses import dataclass, field

from labels import Label, is_sound, permits, sent_at


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


TEXT_DOMAIN = ("set", [0, *range(0x20, 0x7f)])      # of one character: which of these, and where, is the text's own rule


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


def all_items(items):
    """Those of the cases of unions as well."""
    for item in items:
        yield item
        if item.kind == "union":
            for case in item.cases:
                yield from all_items(case.items)


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
    notify: int = 0                           # 0: nothing is said

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
    """`never NEVER until UNTIL`, `after AFTER never NEVER before UNTIL`, or with `always`: `always UNTIL before NEVER`, or with
    `alternates`: `alternate UNTIL with NEVER`."""
    name: str
    after: list
    never: list
    until: list
    always: bool
    resets: list
    alternates: bool = False

    def rules(self):
        return set(self.after + self.never + self.until)


@dataclass
class Plan:
    name: str
    windows: list                     # (subject or "idle", ms)


@dataclass
class Privilege:
    """`act`: switch, restart, stop or give; `object`: a plan or a subject."""
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
        channel = self.channel(allow.channel)
        return permits(allow, self.subject(channel.sender), self.subject(channel.receiver))

    def privilege_told(self, privilege):
        """Whom its use may tell: the subject that it is over, and whoever sees its restarts in the epoch of an inbox; of a
        switch anyone, for who feels it is not looked at here."""
        if privilege.act == "switch":
            return self.subjects
        seen = [c.receiver for c in self.channels if privilege.act == "restart" and c.sender == privilege.object]
        return [self.subject(name) for name in [privilege.object, *seen]]

    def labels_permit_privilege(self, privilege):
        """As of an allow, for all who may be told."""
        actor, told = self.subject(privilege.actor), self.privilege_told(privilege)
        target = None if privilege.act == "switch" else told[0]
        return is_sound(privilege, actor, target) and all(sent_at(privilege, actor).flows_to(s.high) for s in told)
