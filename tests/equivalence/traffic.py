# SPDX-License-Identifier: Apache-2.0
"""Random sequences for a policy: messages that are right, nearly right or hostile; time; restarts; the use of privileges."""
import struct
from dataclasses import dataclass

from generate import edge
from oracle import Unsettled

MESSAGE, RESTART, START, RECEIVE, OPERATE, NOTIFY, FRAME, LABEL = range(8)
EVENT = struct.Struct("<BBHIQHHII")   # kind, 0, subject, channel, time, type, version, length, payload bytes behind it


@dataclass
class Message:
    subject: int
    channel: int
    type: int
    version: int
    length: int
    payload: bytearray


@dataclass
class Operation:
    subject: int
    operation: int


@dataclass
class Event:
    subject: int
    channel: int


def pack(kind, now, message=None, subject=0, channel=0):
    if message is None:
        return EVENT.pack(kind, 0, subject, channel, now, 0, 0, 0, 0)
    return EVENT.pack(kind, 0, message.subject, message.channel, now, message.type, message.version, message.length,
                      len(message.payload)) + bytes(message.payload)


class Traffic:
    def __init__(self, random, oracle, now):
        self.random, self.oracle, self.policy, self.now = random, oracle, oracle.policy, now
        self.allows = {a.name: a for a in self.policy.allows}
        self.indices = {c.name: i for i, c in enumerate(self.policy.channels)}
        self.pools = {}

    # ---- payloads ----
    def put(self, payload, reader, name, value):
        field, offset = reader.fields[name]
        payload[offset:offset + field.width] = (value % (1 << 8 * field.width)).to_bytes(
            field.width, "big" if reader.type.big else "little")

    def fill(self, reader):
        """Every field that exists lies in its domain, and every array ends where it should; the conditions may fail."""
        payload = bytearray(reader.size)
        for item, _, tag, values in reader.places:
            if item.kind == "zero" or not reader.exists(payload, tag, values):
                continue
            for field in [item] if item.kind == "number" else self.present(payload, reader, item):
                self.put(payload, reader, field.name, self.value(item, field))
        return payload

    def value(self, item, field):
        if item.kind == "array" and item.text:
            return self.random.randint(0x20, 0x7e)
        if field.domain and field.domain[0] == "set":
            return self.random.choice(field.domain[1])
        return edge(self.random, *field.ends())

    def present(self, payload, reader, item):
        """Elements before an array's end."""
        if item.text:
            return item.elements()[:self.random.randint(0, item.count)]
        return item.elements()[:reader.value(payload, item.length)] if item.length else item.elements()

    def good_payload(self, allow):
        """From a pool for each rule: by preference such payloads as pass all conditions."""
        reader = self.oracle.readers[self.oracle.types[allow.type]]
        pool = self.pools.setdefault(allow.name, [])
        if len(pool) < 12:
            wheres = [r.where for r in self.oracle.narrowed[allow.name] if r.where is not None]
            for _ in range(15):
                payload = self.fill(reader)
                if reader.conditions_hold(payload, self.policy.boxes) and all(
                        reader.holds(w, payload, self.policy.boxes) for w in wheres):
                    break
            pool.append(payload)
        return bytearray(self.random.choice(pool)), reader

    # ---- messages ----
    def pick_allow(self):
        """Mostly a rule that the protocols let pass now."""
        random = self.random
        if self.policy.protocols and random.random() < 0.6:
            automaton = self.oracle.automata[random.choice(self.policy.protocols).name]
            names = [s.on for s in automaton.protocol.steps if automaton.state in s.sources]
            if names:
                return self.allows[random.choice(names)]
        return random.choice(self.policy.allows)

    def good_message(self):
        allow = self.pick_allow()
        payload, reader = self.good_payload(allow)
        protocol = self.oracle.protocol_of.get(allow.name)
        if protocol is not None and self.random.random() < 0.8:
            for step in protocol.steps:
                if step.on == allow.name and step.match:
                    self.put(payload, reader, step.match, self.oracle.automata[protocol.name].register)
        channel = self.policy.channel(allow.channel)
        return Message(self.policy.subject_index(channel.sender), self.indices[channel.name], self.oracle.types[allow.type],
                       reader.type.version, reader.size, payload), reader

    def field_near_miss(self, message, reader):
        random = self.random
        item, _ = reader.fields[random.choice(list(reader.fields))] if reader.fields else (None, 0)
        if item is None:
            return
        low, high = item.ends()
        value = random.choice((low - 1, high + 1, low, high, 0, 1, random.randint(*item.limits())))
        self.put(message.payload, reader, item.name, value)

    def padding_near_miss(self, message, reader):
        zeros = [(i, o) for i, o, _, _ in reader.places if i.kind == "zero"]
        if zeros:
            item, offset = self.random.choice(zeros)
            message.payload[offset + self.random.randrange(item.count)] = self.random.choice((1, 128, 255))

    def array_near_miss(self, message, reader):
        """Another end than the array has: a NUL within a text, an element too many, a length that is not so."""
        random = self.random
        arrays = [i for i, _, _, _ in reader.places if i.kind == "array" and (i.text or i.length)]
        if not arrays:
            return
        array = random.choice(arrays)
        field = random.choice(array.elements())
        if array.length and random.random() < 0.4:
            self.put(message.payload, reader, array.length, random.randint(0, array.count + 1))
        elif array.text:
            self.put(message.payload, reader, field.name, random.choice((0, 1, 0x1f, 0x20, 0x41, 0x7e, 0x7f, 0x80, 0xff)))
        else:
            self.put(message.payload, reader, field.name, random.choice((0, 1, 0x80)))

    def head_near_miss(self, message, reader):
        random = self.random
        choice = random.randrange(6)
        if choice == 0:
            message.type = (message.type + random.choice((1, -1, 100, 65535))) & 0xffff
        elif choice == 1:
            message.version = (message.version + random.choice((1, -1))) & 0xffff
        elif choice == 2:
            message.length = max(0, message.length + random.choice((1, -1, 8, -message.length, 1 << 31)))
        elif choice == 3:
            message.subject = (message.subject + 1) % len(self.policy.subjects)
        elif choice == 4:
            message.channel = random.choice((message.channel + 1, 0, len(self.policy.channels), 0xffffffff))
        else:                         # another type, right in itself
            index = random.randrange(len(self.policy.types))
            other = self.oracle.readers[index]
            message.type, message.version, message.length = index, other.type.version, other.size
            message.payload = self.fill(other)

    def hostile_message(self):
        random, policy = self.random, self.policy
        payload = bytearray(random.randbytes(random.randint(0, 120)))
        message = Message(random.randrange(len(policy.subjects)), random.randrange(len(policy.channels) + 1),
                          random.randrange(len(policy.types) + 1), random.randrange(3), len(payload), payload)
        if random.random() < 0.7 and message.channel < len(policy.channels) and message.type < len(policy.types):
            reader = self.oracle.readers[message.type]
            message.subject = policy.subject_index(policy.channels[message.channel].sender)
            message.version, message.length = reader.type.version, reader.size
            message.payload = bytearray(random.randbytes(reader.size))
        return message

    def message(self):
        choice = self.random.random()
        if choice > 0.95:
            return self.hostile_message()
        message, reader = self.good_message()
        if choice > 0.75:
            misses = (self.field_near_miss, self.padding_near_miss, self.head_near_miss, self.array_near_miss)
            self.random.choice(misses)(message, reader)
        elif choice > 0.7 and message.payload:
            message.payload[self.random.randrange(len(message.payload))] ^= 1 << self.random.randrange(8)
        return message

    # ---- time ----
    def step_time(self):
        """Often not at all; often to just before or at a token or a timeout."""
        random, now, khz = self.random, self.now, self.oracle.khz
        choice = random.random()
        if choice < 0.5:
            return
        if choice < 0.7 and self.oracle.buckets:
            ready = random.choice(list(self.oracle.buckets.values())).ready_at(now)
            self.now = max(now, ready + random.choice((-1, 0, 0, 1)))
        elif choice < 0.8 and self.policy.protocols:
            automaton = self.oracle.automata[random.choice(self.policy.protocols).name]
            for timeout in automaton.protocol.timeouts:
                if automaton.state in timeout.sources:
                    due = automaton.entered[1] + timeout.after_ms * khz
                    self.now = max(now, due + random.choice((-1, -1, 1 << 21)))
        else:
            self.now += random.choice((1, khz, 37 * khz, 1000 * khz, random.randrange(40_000 * khz)))

    def settled(self, judge):
        """The verdict that is due; waits where the reference leaves open whether a timeout has been noticed."""
        while True:
            try:
                return judge()
            except Unsettled as unsettled:
                self.now = unsettled.until

    # ---- what happens beside messages ----
    def subject_name(self, index):
        return self.policy.subjects[index].name

    def restart(self):
        subject = self.random.randrange(len(self.policy.subjects))
        if self.subject_name(subject) in self.oracle.stopped:
            return
        self.oracle.restart(self.subject_name(subject), self.now)
        yield pack(RESTART, self.now, subject=subject), None, None

    def receive(self):
        index = self.random.randrange(len(self.policy.channels))
        channel = self.policy.channels[index]
        if channel.receiver in self.oracle.stopped:
            return
        self.oracle.receive(channel)
        yield pack(RECEIVE, self.now, subject=self.policy.subject_index(channel.receiver), channel=index), None, None

    def frame_ends(self):
        self.oracle.frame_ends()
        yield pack(FRAME, self.now), None, None

    def relabel(self):
        """No policy can say it, as none is built whose labels do not fit: the tables change where they lie."""
        subject, like = (self.random.randrange(len(self.policy.subjects)) for _ in range(2))
        self.oracle.labels[self.subject_name(subject)] = (self.policy.subjects[like].low, self.policy.subjects[like].high)
        yield EVENT.pack(LABEL, 0, subject, 0, self.now, like, 0, 0, 0), None, None

    def operate(self):
        """Mostly by the one who may."""
        random, privileges = self.random, self.policy.privileges
        index = random.randrange(len(privileges) + 1)
        switches = [i for i, v in enumerate(privileges) if v.act == "switch"]
        if switches and self.oracle.next_plan is not None:
            index = random.choice(switches)
        if index < len(privileges) and random.random() < 0.85:
            subject = self.policy.subject_index(privileges[index].actor)
        else:
            subject = random.randrange(len(self.policy.subjects))
        verdict = self.oracle.operate(self.subject_name(subject), index, self.now)
        yield pack(OPERATE, self.now, subject=subject, channel=index), Operation(subject, index), verdict

    def notify(self):
        random, channels = self.random, self.policy.channels
        free = [i for i, c in enumerate(channels) if self.oracle.free_allow(c)]
        index = random.choice(free) if free and random.random() < 0.6 else random.randrange(len(channels))
        subject = self.policy.subject_index(channels[index].sender) if random.random() < 0.9 else 0
        verdict = self.oracle.notify(self.subject_name(subject), index, self.now)
        yield pack(NOTIFY, self.now, subject=subject, channel=index), Event(subject, index), verdict

    def beside(self):
        """What comes between messages, with its weight."""
        acts = ((0.02, self.restart), (0.1, self.receive), (0.3 if self.oracle.next_plan else 0.01, self.frame_ends),
                (0.01, self.relabel), (0.2 if self.policy.privileges else 0.01, self.operate),
                (0.03 if "allowed" in self.policy.always else 0.3, self.notify))
        for weight, act in acts:
            if self.random.random() < weight:
                yield from act()

    def sequence(self, count):
        """(bytes for the kernel's side, message, verdict) one after another; message None: something that has no verdict."""
        self.oracle.start(self.now)
        yield pack(START, self.now), None, None
        for _ in range(count):
            self.step_time()
            yield from self.beside()
            message = self.message()
            verdict = self.settled(lambda: self.oracle.judge(message, self.now))
            yield pack(MESSAGE, self.now, message), message, verdict
