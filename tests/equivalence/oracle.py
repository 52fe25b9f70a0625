# SPDX-License-Identifier: Apache-2.0
"""A naive interpreter of policies, written from the language's reference alone.

It reads the generator's own description of a policy (see describe.py), never an image, and shares nothing with compiler or
monitor: every condition is walked as a tree, every field is found by adding up sizes, a rate is a bucket of tokens, a protocol
is a dictionary. Time is counted in ticks.
"""
from orders import forbids, group_name, groups

# The reference promises that a timeout is never early and at most this late, each one after another.
LATE_TICKS = 1 << 21


class Unsettled(Exception):
    """The reference leaves open whether a timeout has been noticed by now; `until` is when it must have been."""

    def __init__(self, until):
        super().__init__(until)
        self.until = until


def number(payload, offset, field, big):
    return int.from_bytes(payload[offset:offset + field.width], "big" if big else "little", signed=field.signed)


def places(items, offset=0, tag=None, values=None):
    """(item, offset, tag, values): fields and padding as the text has them; those of a case exist for the tag's `values`."""
    for item in items:
        if item.kind == "union":
            size = 0
            for case in item.cases:
                inner = list(places(case.items, offset, item.tag, case.values))
                yield from inner
                size = max(size, sum(i.size() for i in case.items))
            offset += size
        else:
            yield item, offset, tag, values
            offset += item.size()


class TypeReader:
    """Reads messages of one type."""

    def __init__(self, message_type):
        self.type = message_type
        self.places = list(places(message_type.items))
        self.size = sum(i.size() for i in message_type.items)
        self.fields = {i.name: (i, o) for i, o, _, _ in self.places if i.kind == "number"}
        self.unions = [i for i in message_type.items if i.kind == "union"]

    def value(self, payload, name):
        field, offset = self.fields[name]
        return number(payload, offset, field, self.type.big)

    def exists(self, payload, tag, values):
        return tag is None or self.value(payload, tag) in values

    def bad_padding(self, payload):
        return any(i.kind == "zero" and any(payload[o:o + i.count]) and self.exists(payload, tag, values)
                   for i, o, tag, values in self.places)

    def bad_field(self, payload):
        for item, offset, tag, values in self.places:
            if item.kind == "number" and self.exists(payload, tag, values):
                if not item.holds(number(payload, offset, item, self.type.big)):
                    return item.name
        return None

    def conditions_hold(self, payload, boxes):
        if not all(self.holds(c, payload, boxes) for c in self.type.wheres):
            return False
        for union in self.unions:
            tag = self.value(payload, union.tag)
            for case in union.cases:
                if tag in case.values and not all(self.holds(c, payload, boxes) for c in case.wheres):
                    return False
        return True

    def holds(self, cond, payload, boxes):
        kind = cond[0]
        if kind == "not":
            return not self.holds(cond[1], payload, boxes)
        if kind == "and":
            return all(self.holds(c, payload, boxes) for c in cond[1])
        if kind == "or":
            return any(self.holds(c, payload, boxes) for c in cond[1])
        if kind == "implies":
            return not self.holds(cond[1], payload, boxes) or self.holds(cond[2], payload, boxes)
        _, name, operator, right = cond
        left = self.value(payload, name)
        if operator == "range":
            return right[0] <= left <= right[1]
        if operator == "set":
            return left in right
        if operator == "box":
            low, high = boxes[right[0]][right[1]]
            return low <= left <= high
        return {"==": left == right, "!=": left != right, "<": left < right, "<=": left <= right, ">": left > right,
                ">=": left >= right}[operator]


class Bucket:
    """`burst` tokens at most; a new one each `cost` ticks, rounded up so that the rate is never exceeded."""

    def __init__(self, rate, khz):
        ticks = (1000 if rate.per == "s" else 60000) * khz
        self.cost = -(-ticks // rate.count)
        self.room = rate.burst * self.cost
        self.level, self.time = self.room, None

    def fill(self, now):
        if self.time is not None:
            self.level = min(self.room, self.level + now - self.time)
        self.time = now

    def has_token(self, now):
        self.fill(now)
        return self.level >= self.cost

    def ready_at(self, now):
        """When the next token is there."""
        self.fill(now)
        return now + max(0, self.cost - self.level)


class Automaton:
    """A protocol. When the present state was entered is known as an interval: a timeout may be noticed late."""

    def __init__(self, protocol, now):
        self.protocol = protocol
        self.start = protocol.steps[0].sources[0]
        self.reset(now)

    def reset(self, now):
        self.state, self.register, self.entered = self.start, 0, (now, now)

    def after_timeouts(self, now, khz):
        state, (early, late), hops = self.state, self.entered, 0
        while True:
            step = next((s for s in self.protocol.timeouts if state in s.sources), None)
            if step is None or now < early + step.after_ms * khz:
                return state, hops
            early, late = early + step.after_ms * khz, late + step.after_ms * khz + LATE_TICKS
            if now < late:
                raise Unsettled(late)
            state, hops = step.target, hops + 1

    def find(self, state, rule, reader, payload):
        for step in self.protocol.steps:
            if step.on == rule.name and state in step.sources:
                if step.match is None or reader.value(payload, step.match) == self.register:
                    return step
        return None


class Oracle:
    """The verdicts that a policy promises, over a sequence of messages. `khz`: ticks in a millisecond."""

    def __init__(self, policy, khz, now):
        self.policy, self.khz = policy, khz
        self.readers = [TypeReader(t) for t in policy.types]
        self.types = {t.name: i for i, t in enumerate(policy.types)}
        self.protocol_of = {s.on: p for p in policy.protocols for s in p.steps}
        self.groups = groups(policy.orders)
        self.start(now)

    def start(self, now):
        self.buckets = {r.name: Bucket(r.rate, self.khz) for r in self.policy.allows + self.policy.restricts if r.rate}
        self.automata = {p.name: Automaton(p, now) for p in self.policy.protocols}
        self.passed = [[] for _ in self.groups]
        self.waiting = {c.name: 0 for c in self.policy.channels}
        self.seen = set()

    def receive(self, channel):
        """The receiver takes all messages that wait."""
        self.waiting[channel.name] = 0

    def restart(self, subject, now):
        for channel in self.policy.channels:
            if channel.receiver == subject:
                self.receive(channel)
        for protocol in self.policy.protocols:
            if subject in protocol.resets:
                self.automata[protocol.name].reset(now)
        for group, passed in zip(self.groups, self.passed):
            if subject in group[0].resets:
                passed.clear()

    def allow_of(self, channel, type_index):
        for allow in self.policy.allows:
            if allow.channel == channel.name and self.types[allow.type] == type_index:
                return allow
        return None

    def narrowing(self, allow):
        return [allow] + [r for r in self.policy.restricts if r.on == allow.name]

    def type_verdict(self, message, room):
        """The rule that refuses the message for what it is, or None; and its model. A slot has `room` for so much payload."""
        if message.type >= len(self.policy.types) or message.version != self.policy.types[message.type].version:
            return "type", "type"
        reader = self.readers[message.type]
        if message.length != reader.size or message.length > room:
            return "length", "length"
        if reader.bad_padding(message.payload):
            return "padding", "padding"
        field = reader.bad_field(message.payload)
        if field is not None:
            return f"type.{reader.type.name}.{field}", "field"
        if not reader.conditions_hold(message.payload, self.policy.boxes):
            return f"type.{reader.type.name}.where", "condition"
        return None, None

    def judge(self, message, now, plan):
        """(allowed, rule, model). Takes tokens and moves protocols only if the message passes. May raise Unsettled."""
        if message.channel >= len(self.policy.channels):
            return False, "default", "channel"
        channel = self.policy.channels[message.channel]
        if message.subject != self.policy.subject_index(channel.sender):
            return False, "default", "channel"
        refused, model = self.type_verdict(message, channel.slot_payload(self.policy))
        if refused is not None:
            return False, refused, model
        allow = self.allow_of(channel, message.type)
        if allow is None:
            return False, "default", "grant"
        return self.judge_flow(channel, allow, message, now, plan)

    def judge_flow(self, channel, allow, message, now, plan):
        reader, rules = self.readers[message.type], self.narrowing(allow)
        if not self.policy.labels_permit(allow):
            return False, "label", "label"
        if any(rule.plan is not None and rule.plan != plan for rule in rules):
            return False, "plan", "plan"
        for rule in rules:
            if rule.where is not None and not reader.holds(rule.where, message.payload, self.policy.boxes):
                return False, rule.name + ".where", "where" if rule is allow else "restrict where"
        protocol, step = self.protocol_of.get(allow.name), None
        if protocol is not None:
            automaton = self.automata[protocol.name]
            state, hops = automaton.after_timeouts(now, self.khz)
            step = automaton.find(state, allow, reader, message.payload)
            if hops > 0:
                self.seen.add("timeout")
            if step is None:
                return False, protocol.name, "protocol"
        for group, passed in zip(self.groups, self.passed):
            if any(forbids(order, passed, allow.name) for order in group):
                return False, group_name(group), "joined orders" if len(group) > 1 else "order"
        for rule in rules:
            if rule.rate and not self.buckets[rule.name].has_token(now):
                return (False, f"channel.{channel.name}.rate", "rate") if rule is allow else (False, rule.name, "restrict rate")
        self.commit(rules, step, message, now, reader)
        for passed in self.passed:
            passed.append(allow.name)
        if self.waiting[channel.name] >= channel.depth:
            return False, "full", "full"
        self.waiting[channel.name] += 1
        return True, allow.name, "downgrade" if allow.downgrade else "allowed"

    def commit(self, rules, step, message, now, reader):
        for rule in rules:
            if rule.rate:
                self.buckets[rule.name].level -= self.buckets[rule.name].cost
        if step is not None:
            automaton = self.automata[self.protocol_of[step.on].name]
            automaton.state, automaton.entered = step.target, (now, now)
            if step.keep is not None:
                automaton.register = reader.value(message.payload, step.keep)
