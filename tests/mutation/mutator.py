# SPDX-License-Identifier: Apache-2.0
"""Every policy that differs from a given one by one fault of the kinds below. The policy is read as statements: words up to `;`
or the closing brace; comments are blanked, so that places stay. Tests, samples and assertions are what finds faults: they are
left alone, and so is what gives places (platform, windows, depths) rather than permission."""
import collections
import itertools
import re

# kind: the class of fault; what: words for a reader; edits: (file, first, end, new text), first and end in that file's text.
Mutant = collections.namedtuple("Mutant", "kind what edits")
Statement = collections.namedtuple("Statement", "file first end text")
NUMBER = r"-?\d[\d_]*(?:\.\d+)?"
FEEDBACK = ("none", "rule", "full")


def blank_comments(text):
    """`#` does not occur in strings of the examples; a requirement's or test's name that has one would be cut short here."""
    return re.sub(r"#[^\n]*", lambda comment: " " * len(comment.group()), text)


def split_statements(file, text):
    """A `}` ends a statement unless `;` follows, or it ends no more than the categories of a label."""
    masked, first, depth = blank_comments(text), 0, 0
    for place, mark in enumerate(masked):
        depth += (mark == "{") - (mark == "}")
        if depth == 0 and (mark == ";" or mark == "}") and not masked[place + 1:].lstrip().startswith(";"):
            start = first + len(masked[first:]) - len(masked[first:].lstrip())
            if mark == "}" and masked[start:].split(None, 1)[0] in ("label", "external"):
                continue
            yield Statement(file, start, place + 1, masked[start:place + 1])
            first = place + 1


class Mutator:
    def __init__(self, files):
        self.statements = [s for file, text in files.items() for s in split_statements(file, text)]
        self.subjects = [self.name(s) for s in self.of("subject")]
        self.types = [self.name(s) for s in self.of("type")]
        self.channels = [re.match(r"channel (\w+) (\w+) -> (\w+)", s.text).groups() for s in self.of("channel")]
        self.labels, self.categories, self.integrities = (self.listed(w) for w in ("labels", "categories", "integrity"))
        self.ports = {self.name(s): re.search(r"serial (\w+)", s.text).group(1)
                      for s in self.of("subject") if "serial " in s.text}

    def of(self, *words):
        return [s for s in self.statements if s.text.split(None, 1)[0] in words]

    def listed(self, word):
        """The names in the one statement that begins with the word."""
        return [name for s in self.of(word) for name in re.findall(r"\w+", s.text)[1:]]

    @staticmethod
    def name(statement):
        return statement.text.split()[1]

    @staticmethod
    def edit(kind, s, match, new, group=0):
        """The statement with one part of it replaced; said by its first words and the part."""
        head = " ".join(s.text.split()[:2]).rstrip("{ ;")
        old = " ".join(match.group(group).split())
        first, end = s.first + match.start(group), s.first + match.end(group)
        place = s.text[:match.start(group)].count(";")
        what = f"{head}, item {place + 1}: {old or 'nothing'} -> {new.strip() or 'nothing'}"
        return Mutant(kind, what, ((s.file, first, end, new),))

    def drop(self, kind, *words):
        for s in self.of(*words):
            yield Mutant(kind, "without " + " ".join(s.text.split()[:2]), ((s.file, s.first, s.end, ""),))

    def each(self, kind, words, pattern, replace, group=0):
        """One mutant for each place where the pattern occurs, and each text that `replace` gives for it."""
        for s in self.of(*words):
            for match in re.finditer(pattern, s.text):
                for new in replace(match):
                    yield self.edit(kind, s, match, new, group)

    def all(self):
        groups = (self.rules(), self.conditions(), self.rates(), self.protocols(), self.types_and_boxes(), self.trust(),
                  self.channel_words(), self.records(), self.powers(), self.orders_and_roles(), self.privileges(),
                  self.grants())
        return list(itertools.chain.from_iterable(groups))

    def rules(self):
        yield from self.drop("rule dropped", "allow")
        yield from self.drop("restrict dropped", "restrict")
        yield from self.each("plan tie dropped", ("allow", "restrict", "privilege"), r"only in plan \w+;", lambda m: [""])

    def conditions(self):
        words = ("allow", "restrict", "type")
        yield from self.each("condition dropped", words, r"where [^;]*;", lambda m: [""])
        for s in self.of(*words):
            for where in re.finditer(r"where [^;]*;", s.text):
                for match in re.finditer(r"\b(and|or)\b|([<>=!]=|[<>])", s.text):
                    if where.start() <= match.start() < where.end():
                        for new in self.other_operators(match.group()):
                            yield self.edit("condition changed", s, match, new)
        yield from self.each("condition moved", words, r"where [^;]*[<>=!]=? (" + NUMBER + ")", beside, 1)
        yield from self.each("condition moved", ("allow", "restrict"), r"where [^;]*[<>=!]=? ([a-z]\w*);",
                             lambda m: self.other_words(m) or self.other_constants(m), 1)
        yield from self.each("condition changed", words, r"where (not )", lambda m: [""], 1)

    @staticmethod
    def other_operators(word):
        return {"and": ["or"], "or": ["and"], "==": ["<=", ">="], "<=": ["<", ">="], ">=": [">", "<="], "!=": ["<="],
                "<": ["<="], ">": [">="]}[word]

    def other_constants(self, match):
        return [self.name(s) for s in self.of("const") if self.name(s) != match.group(1) and "box" not in s.text
                and not self.name(s).endswith("_port")]

    def other_words(self, match):
        """Of the enumeration that has this name of a value."""
        for s in self.of("enum"):
            words = re.findall(r"(\w+) =", s.text)
            if match.group(1) in words:
                return [word for word in words if word != match.group(1)]
        return []

    def rates(self):
        words = ("allow", "restrict", "privilege")
        yield from self.each("rate dropped", ("restrict", "privilege"), r"rate [^;]*;", lambda m: [""])
        yield from self.each("rate lifted", ("allow",), r"rate (\d+/\w+ burst \d+);", lambda m: ["none"], 1)
        yield from self.each("rate doubled", words, r"rate (\d+)/", lambda m: [str(2 * int(m.group(1)))], 1)
        yield from self.each("burst doubled", words, r"burst (\d+)", lambda m: [str(2 * int(m.group(1)))], 1)

    def protocols(self):
        yield from self.drop("protocol dropped", "protocol")
        words = ("protocol",)
        yield from self.each("step dropped", words, r"\bfrom [^;]*;", lambda m: [""])
        yield from self.each("id tie dropped", words, r" where [^;]*(?=;)", lambda m: [""])
        yield from self.each("id tie dropped", words, r" keep \w+(?=;)", lambda m: [""])
        yield from self.each("timeout doubled", words, r"after (\d+) ", lambda m: [str(2 * int(m.group(1)))], 1)
        yield from self.each("reset dropped", words, r"reset when [^;]*;", lambda m: [""])
        yield from self.each("reset dropped", words, r"reset when (\w+, )", lambda m: [""], 1)
        yield from self.each("reset dropped", words, r"reset when \w+(, \w+)", lambda m: [""], 1)
        for s in self.of("protocol"):
            states = list(dict.fromkeys(re.findall(r" (?:from|to) (\w+)", s.text)))
            for match in re.finditer(r" to (\w+)", s.text):
                for state in states:
                    if state != match.group(1):
                        yield self.edit("step led elsewhere", s, match, state, 1)

    def types_and_boxes(self):
        for words, kind in ((("type",), "range widened"), (("const",), "box moved")):
            for s in self.of(*words):
                for match in re.finditer(rf"({NUMBER})( deg)? \.\. ({NUMBER})( deg)?", s.text):
                    by = -1 if words == ("type",) else 1
                    yield self.edit(kind, s, match, moved(match.group(1), match.group(2), by), 1)
                    yield self.edit(kind, s, match, moved(match.group(3), match.group(4), -by), 3)
        yield from self.each("range dropped", ("type",), r" in [^;{]*(?:\{[^}]*\})?(?=;)", lambda m: [""])
        yield from self.each("set widened", ("type",), r" in (\{[^}]*)\}", self.one_more, 1)
        yield from self.each("set widened", ("const",), r"= (\{[^}]*)\}", self.one_more, 1)
        yield from self.each("set widened", ("enum",), r"() \}$", lambda m: [f" slipped = {self.free_value(m.string)};"], 1)
        yield from self.each("names swapped", ("enum",), r"(\w+) = (\w+); (\w+) = (\w+);",
                             lambda m: [f"{m.group(1)} = {m.group(4)}; {m.group(3)} = {m.group(2)};"])
        yield from self.each("end dropped", ("type",), r" length \w+", lambda m: [""])
        yield from self.each("end dropped", ("type",), r"\bchar(?=\[)", lambda m: ["u8"])

    @staticmethod
    def free_value(text):
        values = [int(v) for v in re.findall(r"= (\d+);", text)]
        return next(v for v in itertools.count() if v not in values)

    @staticmethod
    def one_more(match):
        values = [int(v) for v in re.findall(r"\d+", match.group(1))]
        return [f"{match.group(1).rstrip()}, {next(v for v in itertools.count(1) if v not in values)} "]

    def trust(self):
        for kind, names in (("label swapped", self.labels), ("integrity swapped", self.integrities)):
            for s in self.of("label", "external") if names else []:
                for match in re.finditer(r"\b(?:" + "|".join(names) + r")\b", s.text):
                    at = names.index(match.group())
                    for new in names[max(at - 1, 0):at] + names[at + 1:at + 2]:
                        yield self.edit(kind, s, match, new)
        yield from self.each("category swapped", ("label", "external", "allow"), r"[{,] (" + "|".join(self.categories or ["!"])
                             + r")(?=,| \})", lambda m: [c for c in self.categories if c != m.group(1)], 1)
        yield from self.each("categories dropped", ("label", "external"), r" \{[^}]*\}", lambda m: [""])
        for s in self.of("external"):
            match = re.search(r"at (\w+)\.(\w+)", s.text)
            for subject, port in self.ports.items():
                if subject != match.group(1):
                    yield self.edit("wire moved", s, match, f"at {subject}.{port}")
        yield from self.each("order swapped", ("labels", "integrity"), r"(\w+) < (\w+)",
                             lambda m: [f"{m.group(2)} < {m.group(1)}"])
        yield from self.each("downgrade dropped", ("allow",), r"downgrade [^;]*;", lambda m: [""])
        yield from self.each("downgrade changed", ("allow",), r"downgrade (\w+)\b",
                             lambda m: [label for label in self.labels if label != m.group(1)], 1)
        yield from self.each("downgrade changed", ("allow",), r"downgrade [^;]*\bto (\w+)",
                             lambda m: [label for label in self.labels if label != m.group(1)], 1)
        yield from self.each("endorse dropped", ("allow",), r"endorse [^;]*;", lambda m: [""])
        yield from self.each("endorse changed", ("allow",), r"endorse \w+ to (\w+);",
                             lambda m: [i for i in self.integrities if i != m.group(1)], 1)

    def channel_words(self):
        """Not `full`: `drop newest` is all that the language has, said or not."""
        yield from self.each("feedback widened", ("channel",), r"feedback (\w+)",
                             lambda m: FEEDBACK[FEEDBACK.index(m.group(1)) + 1:], 1)
        yield from self.each("channel made direct", ("channel",), r"\bmediated\b", lambda m: ["direct"])
        for s in self.of("channel"):
            other = next(subject for subject in reversed(self.subjects) if subject not in s.text.split())
            yield self.edit("outbox shared", s, re.search(r"\{ ()", s.text), f"shared with {other}; ", 1)

    def records(self):
        yield from self.drop("always dropped", "always")
        yield from self.each("audit class dropped", ("always",), r"(\w+), |, (\w+)(?=;)", lambda m: [""])
        yield from self.each("record dropped", ("audit",), r"record [^;]*;", lambda m: [""])
        yield from self.each("record dropped", ("audit",), r" with payload", lambda m: [""])
        yield from self.each("full ring changed", ("audit",), r"on full ([^;]*);",
                             lambda m: ["drop and count" if m.group(1) == "block" else "block"], 1)

    def powers(self):
        yield from self.each("restart changed", ("subject",), r"on fault ([^;]*);", self.other_faults, 1)
        for power in ("may shutdown;", "may call_from_user;", "reads audit;"):
            for s in self.of("subject"):
                if power not in s.text:
                    yield self.edit("power slipped in", s, re.search(r"\{ ?()", s.text), f"{power} ", 1)
                else:
                    yield self.edit("power dropped", s, re.search(power, s.text), "")

    @staticmethod
    def other_faults(match):
        if match.group(1) in ("stop", "halt"):
            return ["restart 3 per 60 s then stop"]
        return ["stop", re.sub(r"restart (\d+)", lambda m: f"restart {2 * int(m.group(1))}", match.group(1))]

    def orders_and_roles(self):
        """What loosens them; who is named twice is an error like any other."""
        yield from self.drop("order dropped", "order")
        yield from self.drop("exclusive dropped", "exclusive")
        yield from self.each("reset dropped", ("order",), r" reset when [^;]*(?=;)", lambda m: [""])
        yield from self.each("order weakened", ("order",), r": (always ([\w., ]*) before ([\w., ]*?))(?= reset|;)",
                             lambda m: [f"never {m.group(3)} until {m.group(2)}"], 1)
        yield from self.each("order weakened", ("order",), r": (alternate ([\w., ]*) with ([\w., ]*?))(?= reset|;)",
                             lambda m: [f"always {m.group(2)} before {m.group(3)}"], 1)
        for s in self.of("role"):
            for subject in self.subjects:
                if subject not in re.findall(r"\w+", s.text):
                    yield self.edit("role widened", s, re.search(r"()\s*;", s.text), f", {subject}", 1)

    def privileges(self):
        """Each that is there dropped; of the others one more, over every subject and plan."""
        yield from self.drop("privilege dropped", "privilege")
        acts = [f"{act} {subject}" for subject in self.subjects for act in ("restart", "stop", "give window to")]
        acts += [f"switch to plan {self.name(s)}" for s in self.of("plan") if len(self.of("plan")) > 1]
        last = self.of("allow")[-1]
        for actor, act in itertools.product(self.subjects, acts):
            body = "" if act.startswith("give") else " rate 1/s burst 1; "
            text = f"\nprivilege slipped {actor} may {act} {{{body}}}"
            if act.split()[-1] != actor:
                yield Mutant("privilege slipped in", f"{actor} may {act}", ((last.file, last.end, last.end, text),))

    def levels(self, subject):
        """Indices of the subject's labels: the lowest, and the highest if it has a range."""
        text = next(s.text for s in self.of("label") if self.name(s) == subject)
        return [self.labels.index(word) for word in re.findall(r"\w+", text)[2:] if word in self.labels]

    def endorsement(self, sender, receiver):
        """What a rule between them has to say of integrity."""
        worst = [next((i for i in self.integrities if re.search(rf"integrity {i}\b", s.text)), None)
                 for end in (sender, receiver) for s in self.of("label") if self.name(s) == end]
        if None in worst or self.integrities.index(worst[0]) >= self.integrities.index(worst[1]):
            return ""
        return f" endorse {worst[0]} to {worst[1]};"

    def grants(self):
        """A way more between any two subjects, with the type of the first's own messages; any other type on any channel."""
        end = max(s.end for s in self.statements if s.file == self.of("channel")[0].file)
        sent = dict((c, t) for c, t in re.findall(r"on (\w+) (\w+) \{", " ".join(s.text for s in self.of("allow"))))
        rules = self.of("allow")[-1]
        for sender, receiver in itertools.permutations(self.subjects, 2):
            kind = next((sent[c] for c, s, r in self.channels if s == sender and c in sent), self.types[0])
            channel = (f"\nchannel slip {sender} -> {receiver} mediated {{ depth 1024; slots 4; full drop newest; "
                       "feedback none; notify each 1; }")
            high, low = self.levels(sender)[-1], self.levels(receiver)[-1]
            down = f" downgrade {self.labels[high]} to {self.labels[low]};" if high > low else ""
            down += self.endorsement(sender, receiver)
            rule = f"\nallow slipped {sender} -> {receiver} on slip {kind} {{ rate 1/s burst 1;{down} }}"
            yield Mutant("grant slipped in", f"{sender} -> {receiver} {kind}",
                         ((self.of("channel")[0].file, end, end, channel), (rules.file, rules.end, rules.end, rule)))
        for channel, sender, receiver in self.channels:
            for kind in self.types:
                rule = f"\nallow slipped {sender} -> {receiver} on {channel} {kind} {{ rate 1/s burst 1; }}"
                yield Mutant("type slipped in", f"{channel} {kind}", ((rules.file, rules.end, rules.end, rule),))


def moved(number, unit, by):
    if unit:
        whole = float(number.replace("_", "")) + by * (0.1 if "." in number else 1)
        return f"{whole:.1f}" if "." in number else str(int(whole))
    return str(int(number.replace("_", "")) + by)


def beside(match):
    number = match.group(1)
    return [moved(number, None, -1), moved(number, None, 1)] if "." not in number else []
