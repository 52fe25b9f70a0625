# SPDX-License-Identifier: Apache-2.0
"""A naive interpreter of policies, written from the language's reference alone.

It reads the generator's own description of a policy (see describe.py), never an image, and shares nothing with compiler or
monitor: every condition is walked as a tree, every field is found by adding up sizes, a rate is a bucket of tokens, a protocol
is a dictionary. Time is counted in ticks.
"""
from dataclasses import dataclass

from labels import refusals
from orders import forbids, group_name, groups

# The reference (Protocols) says that a timeout is never early and at most this late, and that those in a row add up.
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
        for item, offset, _, _ in self.places:
            if item.kind == "array":
                self.fields.update((e.name, (e, offset + n * e.width)) for n, e in enumerate(item.elements()))
        self.unions = [i for i in message_type.items if i.kind == "union"]

    def value(self, payload, name):
        field, offset = self.fields[name]
        return number(payload, offset, field, self.type.big)

    def exists(self, payload, tag, values):
        return tag is None or self.value(payload, tag) in values

    def elements(self, payload, item, offset):
        """What an array holds, as far as it goes; and whether nothing else is there."""
        raw = bytes(payload[offset:offset + item.size()])
        if item.text:
            text, _, rest = raw.partition(b"\0")
            return list(text), not any(rest) and all(c >= 0x20 for c in text)
        values = [number(raw, i * item.width, item, self.type.big) for i in range(item.count)]
        length = self.value(payload, item.length) if item.length else item.count
        return values[:length], not any(values[length:])

    def bad_padding(self, payload):
        """None, "" for padding, or the name of an array that goes on behind its end."""
        for item, offset, tag, values in self.places:
            if item.kind == "number" or not self.exists(payload, tag, values):
                continue
            if item.kind == "zero" and any(payload[offset:offset + item.count]):
                return ""
            if item.kind == "array" and not self.elements(payload, item, offset)[1]:
                return item.name
        return None

    def bad_field(self, payload):
        for item, offset, tag, values in self.places:
            if item.kind == "zero" or not self.exists(payload, tag, values):
                continue
            if item.kind == "number" and not item.holds(number(payload, offset, item, self.type.big)):
                return item.name
            if item.kind == "array" and not all(map(item.holds, self.elements(payload, item, offset)[0])):
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
        if operator == "named":
            return left in boxes[right[0]]
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


# What a sender may learn of a denial under the least feedback of its channel that shows it; all else needs none.
FEEDBACKS = ("none", "rule", "full")


@dataclass
class Verdict:
    allowed: bool
    rule: str
    model: str                        # what decided, for the count of models
    feedback: str = "none"            # a denial: the least feedback that tells the sender
    allow: object = None              # the rule that grants it, once found

    def __str__(self):
        return f"{'allow' if self.allowed else 'deny'} {self.rule}"


class Oracle:
    """The verdicts that a policy promises, over a sequence of messages. `khz`: ticks in a millisecond."""

    def __init__(self, policy, khz, now):
        self.policy, self.khz = policy, khz
        self.readers = [TypeReader(t) for t in policy.types]
        self.types = {t.name: i for i, t in enumerate(policy.types)}
        self.protocol_of = {s.on: p for p in policy.protocols for s in p.steps}
        self.groups = groups(policy.orders)
        self.ordered = set().union(*(o.rules() for o in policy.orders))
        self.narrowed = {r.name: [r] + [n for n in policy.restricts if n.on == r.name]
                         for r in policy.allows + policy.privileges}
        self.rooms = {c.name: c.slot_payload(policy) for c in policy.channels}
        self.start(now)

    def start(self, now):
        rules = self.policy.allows + self.policy.restricts + self.policy.privileges
        self.buckets = {r.name: Bucket(r.rate, self.khz) for r in rules if r.rate}
        self.automata = {p.name: Automaton(p, now) for p in self.policy.protocols}
        self.passed = [[] for _ in self.groups]
        self.waiting = {c.name: 0 for c in self.policy.channels}
        self.plan, self.next_plan, self.stopped = self.policy.plans[0].name, None, set()
        self.labels = {s.name: (s.low, s.high) for s in self.policy.subjects}
        self.seen = set()

    # ---- what happens beside messages ----
    def receive(self, channel):
        """The receiver takes all messages that wait."""
        self.waiting[channel.name] = 0

    def restart(self, subject, now):
        self.stopped.discard(subject)
        for channel in self.policy.channels:
            if channel.receiver == subject:
                self.receive(channel)
        for protocol in self.policy.protocols:
            if subject in protocol.resets:
                self.automata[protocol.name].reset(now)
        for group, passed in zip(self.groups, self.passed):
            if subject in group[0].resets:
                passed.clear()

    def frame_ends(self):
        self.plan, self.next_plan = self.next_plan or self.plan, None

    # ---- privileges ----
    def operate(self, subject, index, now):
        """Judges the use of a privilege and does what it gives."""
        if subject in self.stopped:
            return Verdict(False, "stopped", "stopped")
        if index >= len(self.policy.privileges) or self.policy.privileges[index].actor != subject:
            return Verdict(False, "privilege", "privilege")
        privilege = self.policy.privileges[index]
        rules = self.narrowed[privilege.name]
        if not self.holds_now(rules):
            return Verdict(False, "plan", "privilege plan")
        for rule in rules:
            if rule.rate and not self.buckets[rule.name].has_token(now):
                own = rule is privilege
                return Verdict(False, rule.name + ".rate" if own else rule.name, f"privilege {'' if own else 'restrict '}rate")
        self.take_tokens(rules)
        if privilege.act == "switch" and self.next_plan is not None:
            return Verdict(False, "plan", "switch under way")
        self.act(privilege, now)
        self.note_passed(rules, "privilege ")
        return Verdict(True, privilege.name, "privilege " + privilege.act)

    def act(self, privilege, now):
        if privilege.act == "switch":
            self.next_plan = privilege.object
        elif privilege.act == "stop":
            self.stopped.add(privilege.object)
        elif privilege.act == "restart":
            self.restart(privilege.object, now)

    # ---- messages ----
    def holds_now(self, rules):
        return all(rule.plans is None or self.plan in rule.plans for rule in rules)

    def allow_of(self, channel, type_index):
        for allow in self.policy.allows:
            if allow.channel == channel.name and self.types[allow.type] == type_index:
                return allow
        return None

    def labels_permit(self, allow):
        """What the rule says holds for the labels that it was written for. A subject that has others now does not fit it."""
        channel = self.policy.channel(allow.channel)
        found = refusals(allow, self.policy.subject(channel.sender), self.policy.subject(channel.receiver), self.labels)
        self.seen.update(found)
        return not found

    def type_verdict(self, message, room):
        """The denial of the message for what it is, or None. A slot has `room` for so much payload."""
        if message.type >= len(self.policy.types) or message.version != self.policy.types[message.type].version:
            return Verdict(False, "type", "type")
        reader = self.readers[message.type]
        if message.length != reader.size or message.length > room:
            return Verdict(False, "length", "length")
        padding = reader.bad_padding(message.payload)
        if padding is not None:
            return Verdict(False, f"type.{reader.type.name}.{padding}", "array end") if padding else Verdict(
                False, "padding", "padding")
        field = reader.bad_field(message.payload)
        if field is not None:
            return Verdict(False, f"type.{reader.type.name}.{field}", "field")
        if not reader.conditions_hold(message.payload, self.policy.boxes):
            return Verdict(False, f"type.{reader.type.name}.where", "condition")
        return None

    def judge(self, message, now):
        """Takes tokens and moves protocols only if the message passes. May raise Unsettled."""
        if self.policy.subjects[message.subject].name in self.stopped:
            return Verdict(False, "stopped", "stopped")
        if message.channel >= len(self.policy.channels):
            return Verdict(False, "default", "channel")
        channel = self.policy.channels[message.channel]
        if message.subject != self.policy.subject_index(channel.sender):
            return Verdict(False, "default", "channel")
        refused = self.type_verdict(message, self.rooms[channel.name])
        if refused is not None:
            return refused
        allow = self.allow_of(channel, message.type)
        if allow is None:
            return Verdict(False, "default", "grant")
        verdict = self.judge_flow(channel, allow, message, now)
        verdict.allow = allow
        return verdict

    def judge_flow(self, channel, allow, message, now):
        reader, rules = self.readers[message.type], self.narrowed[allow.name]
        if not self.labels_permit(allow):
            return Verdict(False, "label", "label")
        if not self.holds_now(rules):
            return Verdict(False, "plan", "plan", "full")
        for rule in rules:
            if rule.where is not None and not reader.holds(rule.where, message.payload, self.policy.boxes):
                return Verdict(False, rule.name + ".where", "where" if rule is allow else "restrict where")
        step, refused = self.find_step(allow, reader, message, now)
        refused = refused or self.find_order(allow) or self.find_rate(channel, allow, rules, now)
        if refused is not None:
            return refused
        self.commit(rules, step, message, now, reader)
        for passed in self.passed:
            passed.append(allow.name)
        if self.waiting[channel.name] >= channel.depth:
            return Verdict(False, "full", "full", "full")
        self.waiting[channel.name] += 1
        self.note_passed(rules, "")
        self.note_flow(allow)
        return Verdict(True, allow.name, "downgrade" if allow.downgrade else "endorse" if allow.endorse else "allowed")

    def find_step(self, allow, reader, message, now):
        """The step that the message takes, if its rule is in a protocol; or the denial."""
        protocol = self.protocol_of.get(allow.name)
        if protocol is None:
            return None, None
        automaton = self.automata[protocol.name]
        state, hops = automaton.after_timeouts(now, self.khz)
        step = automaton.find(state, allow, reader, message.payload)
        if hops > 0:
            self.seen.add("timeout")
        return step, Verdict(False, protocol.name, "protocol", "full") if step is None else None

    def find_order(self, allow):
        for group, passed in zip(self.groups, self.passed):
            refusing = next((order for order in group if forbids(order, passed, allow.name)), None)
            if refusing is not None:
                self.seen.add("by turns" if refusing.alternates else "always before" if refusing.always else
                              "after never" if refusing.after else "never until")
                return Verdict(False, group_name(group), "joined orders" if len(group) > 1 else "order", "full")
        return None

    def find_rate(self, channel, allow, rules, now):
        """In a protocol or an order even a rate tells of what others sent."""
        feedback = "full" if allow.name in self.protocol_of or allow.name in self.ordered else "rule"
        for rule in rules:
            if rule.rate and not self.buckets[rule.name].has_token(now):
                if rule is allow:
                    return Verdict(False, f"channel.{channel.name}.rate", "rate", feedback)
                return Verdict(False, rule.name, "restrict rate", feedback)
        return None

    def commit(self, rules, step, message, now, reader):
        self.take_tokens(rules)
        if step is not None:
            automaton = self.automata[self.protocol_of[step.on].name]
            automaton.state, automaton.entered = step.target, (now, now)
            if step.keep is not None:
                automaton.register = reader.value(message.payload, step.keep)

    def take_tokens(self, rules):
        for rule in rules:
            if rule.rate:
                self.buckets[rule.name].level -= self.buckets[rule.name].cost

    # ---- events without a message ----
    def notify(self, subject, index, now):
        """An event may come where a message could that nothing looks into, and where no record is due of it."""
        if subject in self.stopped:
            return Verdict(False, "stopped", "stopped")
        if index >= len(self.policy.channels) or self.policy.channels[index].sender != subject:
            return Verdict(False, "default", "channel")
        channel = self.policy.channels[index]
        allow = self.free_allow(channel)
        if allow is None:
            return Verdict(False, "default", "event")
        rules = self.narrowed[allow.name]
        if not self.labels_permit(allow):
            return Verdict(False, "label", "label")
        if not self.holds_now(rules):
            return Verdict(False, "plan", "plan", "full")
        refused = self.find_rate(channel, allow, rules, now)
        if refused is not None:
            return refused
        self.take_tokens(rules)
        return Verdict(True, allow.name, "event passed")

    def free_allow(self, channel):
        """The first by the types' order; none where the receiver is to have no events."""
        if channel.notify == 0 or "allowed" in self.policy.always:
            return None
        for allow in sorted((a for a in self.policy.allows if a.channel == channel.name), key=lambda a: self.types[a.type]):
            looked_into = any(r.where is not None for r in self.narrowed[allow.name])
            bound = allow.name in self.protocol_of or allow.name in self.ordered or allow.downgrade or allow.endorse
            if not looked_into and not bound and allow.name not in self.policy.records:
                return allow
        return None

    # ---- what else is promised of a verdict ----
    def record(self, verdict):
        """How the verdict on a message goes on record."""
        always, allow = self.policy.always, verdict.allow
        if verdict.model == "full":
            return "flow"
        if not verdict.allowed:
            return "security" if "denied" in always else "nothing"
        payload = "+payload" if self.policy.records.get(allow.name) else ""
        if (allow.downgrade and "downgrade" in always) or (allow.endorse and "endorse" in always):
            return "security" + payload
        return "flow" + payload if "allowed" in always or allow.name in self.policy.records else "nothing"

    def told(self, verdict, channel_index):
        """Whether its sender is told that the message did not pass."""
        if verdict.allowed:
            return False
        if verdict.model == "channel":
            return True
        feedback = self.policy.channels[channel_index].feedback
        return FEEDBACKS.index(verdict.feedback) <= FEEDBACKS.index(feedback)

    # ---- what let it pass, for the count of models ----
    def note_passed(self, rules, prefix):
        for rule in rules:
            if rule.plans is not None:
                self.seen.add(prefix + "plan held")
            if rule.rate:
                self.seen.add(prefix + ("rate held" if rule is rules[0] else "restrict rate held"))
            if not prefix and rule.where is not None:
                self.seen.add("where held" if rule is rules[0] else "restrict where held")
            if not prefix and rule.of is not None and rule.on is not None:
                self.seen.add("role restrict held")
        if not prefix and len(rules) > 1 and rules[0].name in self.ordered:
            self.seen.add("restricted order held")

    def note_flow(self, allow):
        channel = self.policy.channel(allow.channel)
        if allow.name in self.protocol_of:
            self.seen.add("protocol held")
        sender, receiver = self.policy.subject(channel.sender), self.policy.subject(channel.receiver)
        if sender.high != receiver.high and sender.high.flows_to(receiver.high):
            self.seen.add("upwards")
        if allow.downgrade and allow.downgrade[0][1] != allow.downgrade[1][1]:
            self.seen.add("category released")
        if allow.downgrade and allow.endorse:
            self.seen.add("both released")
        for group in self.groups:
            if any(allow.name in o.never or (o.alternates and allow.name in o.until) for o in group):
                self.seen.add("order held" if len(group) == 1 else "joined orders held")
        if allow.of is not None:
            self.seen.add("role held")
