# SPDX-License-Identifier: Apache-2.0
"""What an image's tables say, as facts with names: a reader that shares nothing with the compiler. Left out is what no policy
means: digests, places in the image and in memory, lines, and the sizes of what holds them."""
import struct

TABLES = ("cpus", "plans", "windows", "subjects", "regions", "mappings", "loads", "ports", "cpuids", "types", "fields", "atoms",
          "channels", "rules", "protocols", "steps", "timeouts", "resets", "operations", "directs",
          "digests")
LAYOUTS = {
    "cpus": ("<2IQ", "apic audit_region audit_slots"),
    "plans": ("<Q16s", "major name"),
    "windows": ("<4H2I", "plan cpu subject flags start length"),
    "subjects": ("<16s6Q7I2H4BI2I2HI", "name entry stack cr3 info_gpa label_low label_high ram_region info_region first_port "
                 "port_count first_cpuid cpuid_count privileges cpu restart_max fault_then on_violation first_colour "
                 "colour_count restart_period "
                 "reserve_0 reserve_1 monitor serves digest"),
    "regions": ("<QQQHHHBB", "hpa size kva kind owner flags first_colour colour_count"),
    "mappings": ("<QIHH", "gpa region subject access"),
    "loads": ("<3QII", "region_offset image_offset size region component"),
    "ports": ("<4H", "first last line flags"),
    "cpuids": ("<6I", "leaf subleaf eax ebx ecx edx"),
    "types": ("<HH5I", "size version first_field field_count first_atom atom_count where_rule"),
    "fields": ("<QQQIHHHHI", "base span tags rule offset unused tag flags kind"),
    "atoms": ("<QQHHI", "base span offset unused flags"),
    "channels": ("<16s4H5IBBH", "name sender receiver depth slots slot_size outbox inbox first_rule rule_count feedback event "
                 "notify"),
    "rules": ("<3I4H6IHHQQ", "rule where_rule rate_rule channel type kind flags first_atom atom_count rate_count rate_ms "
              "burst plan_mask protocol next label released"),
    "protocols": ("<6I", "rule first_step step_count first_timeout timeout_count state_count"),
    "steps": ("<IHHBBH", "from_mask allow offset width to flags"),
    "timeouts": ("<IIQ", "from_mask after_ms to"),
    "resets": ("<HH", "protocol subject"),
    "operations": ("<4H", "subject kind object allow"),
    "directs": ("<16sHHII", "name sender receiver region acknowledgement"),
    "digests": ("<32s", "sha256"),
}
HEADER = struct.Struct("<8sIIQII32s16s3Q6I4sHHII")
HEADER_NAMES = ("magic format header_size image_size rollback flags hash system ram_base ram_end trampoline pool home measure "
                "pcr always kernel_reserve class_full power_port power_value colours component_count").split()
HEADER_FACTS = ("rollback", "system", "ram_base", "ram_end", "trampoline", "measure", "pcr", "always", "kernel_reserve",
                "class_full", "power_port", "power_value", "colours", "io_apic")
IO_APIC = struct.Struct("<QQ")        # of the header, behind the tables: it, and the margin in ticks
COMPONENT = struct.Struct("<QQII32s32s")
CATALOGUE, CATALOGUE_ENTRY = 2, struct.Struct("<4I64s48s")
RULE, SUBJECT, CHANNEL, TYPE, FIELD, PLAN = range(6)
NONE, ALL_PLANS = 0xffff, 0xffffffff
SIGNED, BIG, ZERO, SET, NOT, END = 1, 2, 4, 8, 16, 32
INFO_CHANNEL, INFO_CHANNELS, INFO_PARAMS = struct.Struct("<QIIHBB3I16sQ"), 96, 96 + 32 * 56
REGIONS = ("pool", "home", "ram", "info", "outbox", "inbox", "audit", "catalogue", "direct", "acknowledgement")


def text(raw):
    return raw.split(b"\0")[0].decode()


class Image:
    """The tables as lists of dictionaries, and names by kind and number."""

    def __init__(self, data):
        self.data = data
        self.header = dict(zip(HEADER_NAMES, HEADER.unpack_from(data)))
        for number, name in enumerate(TABLES):
            offset, count = struct.unpack_from("<II", data, HEADER.size + 8 * number)
            layout, fields = LAYOUTS[name]
            size = struct.calcsize(layout)
            setattr(self, name, [dict(zip(fields.split(), struct.unpack_from(layout, data, offset + size * i)))
                                 for i in range(count)])
        self.fields, self.atoms = [numbers(f) for f in self.fields], [numbers(a) for a in self.atoms]
        self.names = {}
        at = HEADER.size + 8 * len(TABLES) + IO_APIC.size
        self.header["io_apic"], _ = IO_APIC.unpack_from(data, at - IO_APIC.size)
        for number in range(self.header["component_count"]):
            offset, size, kind = COMPONENT.unpack_from(data, at + COMPONENT.size * number)[:3]
            if kind == CATALOGUE:
                for entry in CATALOGUE_ENTRY.iter_unpack(data[offset + 16:offset + size]):
                    self.names[entry[0], entry[1]] = text(entry[4])

    def name(self, kind, number):
        return "-" if number == NONE else self.names[kind, number]

    def plan_names(self, mask):
        return tuple(sorted(self.name(PLAN, i) for i in range(len(self.plans)) if mask >> i & 1))

    # ---- facts ----
    def facts(self):
        """Whatever is the same in two images of one meaning: (of what, trait) -> value. Conditions and protocols are apart."""
        found = {("system", key): self.header[key] for key in HEADER_FACTS}
        found["system", "cpus"] = [(c["apic"], c["audit_slots"]) for c in self.cpus]
        found["system", "plans"] = [(self.name(PLAN, i), p["major"]) for i, p in enumerate(self.plans)]
        found["system", "types"] = [self.name(TYPE, i) for i in range(len(self.types))]
        found["system", "windows"] = [(w["plan"], w["cpu"], self.name(SUBJECT, w["subject"]), w["flags"], w["start"],
                                       w["length"]) for w in self.windows]
        for group in (self.subject_facts(), self.type_facts(), self.channel_facts(), self.rule_facts(), self.operation_facts()):
            found.update(group)
        return found

    def subject_facts(self):
        for i, s in enumerate(self.subjects):
            of = "subject " + self.name(SUBJECT, i)
            for key in ("entry", "stack", "cr3", "privileges", "cpu", "label_low", "label_high", "restart_max", "fault_then",
                        "on_violation", "first_colour", "colour_count", "restart_period", "reserve_0", "reserve_1"):
                yield (of, key), s[key]
            yield (of, "number"), i
            yield (of, "verified"), s["digest"] != 0
            yield (of, "serves"), self.name(SUBJECT, s["serves"])
            yield (of, "cpuid"), [tuple(c.values()) for c in self.cpuids[s["first_cpuid"]:s["first_cpuid"] + s["cpuid_count"]]]
            ports = self.ports[s["first_port"]:s["first_port"] + s["port_count"]]
            yield (of, "ports"), sorted((p["first"], p["last"]) for p in ports)
            yield (of, "lines"), sorted((p["first"], p["line"]) for p in ports)
            yield (of, "interrupts"), sorted(p["first"] for p in ports if p["flags"])
            yield (of, "memory"), [self.mapping(m) for m in self.mappings if m["subject"] == i]
            yield (of, "info"), self.info(s)
            yield (of, "program"), self.content(s["ram_region"])

    def content(self, region):
        """The first piece that is loaded there, as far as it lies in one in the image: a large one is cut."""
        found = b""
        for load in (l for l in self.loads if l["region"] == region):
            if found and load["image_offset"] != end:
                break
            end = load["image_offset"] + load["size"]
            found += self.data[load["image_offset"]:end]
        return found

    def mapping(self, m):
        region = self.regions[m["region"]]
        kind = REGIONS[region["kind"]]
        owner = region["owner"]
        if kind in ("outbox", "inbox"):
            owner = self.name(CHANNEL, owner)
        elif kind in ("direct", "acknowledgement"):
            owner = text(self.directs[owner]["name"])
        return kind, owner, region["flags"], m["access"], None if kind == "catalogue" else region["size"]

    def info(self, subject):
        """What the guest reads: its channels and parameters."""
        load = next(l for l in self.loads if l["region"] == subject["info_region"])
        page = self.data[load["image_offset"]:load["image_offset"] + load["size"]].ljust(4096, b"\0")
        channels, params = struct.unpack_from("<II", page, 60)
        rows = [INFO_CHANNEL.unpack_from(page, INFO_CHANNELS + 56 * i) for i in range(channels)]
        return ([(text(r[9]), *r[2:9]) for r in rows], struct.unpack_from(f"<{params}q", page, INFO_PARAMS),
                struct.unpack_from("<Q", page, 88))

    def type_facts(self):
        for i, t in enumerate(self.types):
            of = "type " + self.name(TYPE, i)
            yield (of, "form"), (t["size"], t["version"])
            prefix = of.replace("type ", "type.") + "."      # what a field is reported by: those that cannot fail as well
            yield (of, "names"), [n for (kind, _), n in sorted(self.names.items()) if kind == RULE and n.startswith(prefix)]
            fields = range(t["first_field"], t["first_field"] + t["field_count"])
            yield (of, "fields"), [(self.name(FIELD, k), self.fields[k]["offset"], self.fields[k]["width"],
                                    self.fields[k]["flags"] & ~SET) for k in fields]

    def channel_facts(self):
        for i, c in enumerate(self.channels):
            of = "channel " + self.name(CHANNEL, i)
            yield (of, "ends"), (self.name(SUBJECT, c["sender"]), self.name(SUBJECT, c["receiver"]))
            for key in ("depth", "slots", "slot_size", "feedback", "event", "notify"):
                yield (of, key), c[key]
        for d in self.directs:
            yield ("direct " + text(d["name"]), "ends"), (self.name(SUBJECT, d["sender"]), self.name(SUBJECT, d["receiver"]))
            yield ("direct " + text(d["name"]), "acknowledged"), d["acknowledgement"] != 0xffffffff

    def rule_facts(self):
        for r in self.rules:
            if r["kind"] != 0:
                continue
            of, chain = "rule " + self.flow(r), self.chain(r)
            yield (of, "name"), self.name(RULE, r["rule"])
            for key in ("flags", "label", "released"):
                yield (of, key), r[key]
            rates = [(k["rate_count"], k["rate_ms"], k["burst"]) for k in chain if k["rate_count"] > 0]
            yield (of, "rates"), sorted(rates)
            yield (of, "plans"), self.plan_names(r["plan_mask"])
            yield (of, "restricts"), sorted(self.name(RULE, k["rule"]) for k in chain[1:])

    def operation_facts(self):
        for o in self.operations:
            of = "rule " + self.flow(self.rules[o["allow"]])
            object_kind = PLAN if o["kind"] == 0 else SUBJECT
            yield (of, "does"), (self.name(SUBJECT, o["subject"]), o["kind"], self.name(object_kind, o["object"]))

    def chain(self, rule):
        chain = [rule]
        while chain[-1]["next"]:
            chain.append(self.rules[chain[-1]["next"]])
        return chain

    # ---- conditions ----
    def flow(self, rule):
        """What an `allow` is known by: its channel and type; of a privilege, its name."""
        if rule["channel"] == NONE:
            return self.name(RULE, rule["rule"])
        return f"{self.name(CHANNEL, rule['channel'])} {self.name(TYPE, rule['type'])}"

    def allow(self, flow):
        """The rule of this flow, or None."""
        return next((r for r in self.rules if self.is_flow(r) and self.flow(r) == flow), None)

    @staticmethod
    def is_flow(rule):
        return rule["kind"] == 0 and rule["channel"] != NONE

    def demands(self, number, rules=()):
        """A type's fields, and the clauses that messages fulfil, of rules too: (offset, width, negated, low, high) each. A
        field has its tag's place and width instead of its number."""
        kind = self.types[number]
        fields = self.fields[kind["first_field"]:kind["first_field"] + kind["field_count"]]
        fields = [dict(f, tag=None if f["tag"] == NONE else (fields[f["tag"]]["offset"], fields[f["tag"]]["width"]))
                  for f in fields]
        clauses = []
        for owner in [kind, *rules]:
            clause = []
            for a in self.atoms[owner["first_atom"]:owner["first_atom"] + owner["atom_count"]]:
                clause.append((a["offset"], a["width"], bool(a["flags"] & NOT), a["lo"], a["hi"]))
                if a["flags"] & END:
                    clauses.append(tuple(sorted(clause)))
                    clause = []
        return fields, clauses

    # ---- protocols ----
    def automaton(self, rule):
        """What the rule's protocol lets pass: a normal form of the automaton, states numbered as they are met; resets."""
        if rule["protocol"] == NONE:
            return None, ()
        p = self.protocols[rule["protocol"]]
        edges = {}
        for s in self.steps[p["first_step"]:p["first_step"] + p["step_count"]]:
            tie = (s["offset"], s["width"], s["flags"]) if s["flags"] & 3 else ()
            label = (self.name(RULE, self.rules[s["allow"]]["rule"]), tie)
            for state in bits(s["from_mask"]):
                edges.setdefault(state, {})[label] = s["to"]
        for t in self.timeouts[p["first_timeout"]:p["first_timeout"] + p["timeout_count"]]:
            for state in bits(t["from_mask"]):
                edges.setdefault(state, {})["after", t["after_ms"]] = t["to"]
        resets = tuple(sorted(self.name(SUBJECT, r["subject"]) for r in self.resets if r["protocol"] == rule["protocol"]))
        return walked(merged(edges, p["state_count"])), resets


def bits(mask):
    return [i for i in range(64) if mask >> i & 1]


def numbers(entry):
    """A field or an atom with its width in bytes and its ends as numbers, of which the tables have the upper bits of a word."""
    unit, base = 1 << entry["unused"], entry["base"]
    flags = entry["flags"] | entry.get("kind", 0)
    if flags & SIGNED and base >> 63:
        base -= 1 << 64
    found = {key: entry[key] for key in entry if key not in ("base", "span", "unused", "kind")}
    low = base if flags & SET else base // unit
    return dict(found, width=8 - entry["unused"] // 8, flags=flags, lo=low, hi=low + entry["span"] // unit)


def merged(edges, count):
    """Edges between classes of states that nothing tells apart."""
    group = {state: 0 for state in range(count)}
    while True:
        looks = {s: (group[s], tuple(sorted((label, group[to]) for label, to in edges.get(s, {}).items()))) for s in group}
        order = {look: i for i, look in enumerate(dict.fromkeys(looks[s] for s in range(count)))}
        finer = {s: order[looks[s]] for s in group}
        if len(set(finer.values())) == len(set(group.values())):
            return {group[s]: {label: group[to] for label, to in edges.get(s, {}).items()} for s in group}, group[0]
        group = finer


def walked(automaton):
    edges, start = automaton
    numbers, rows = {start: 0}, []
    for state in (queue := [start]):
        row = []
        for label, to in sorted(edges.get(state, {}).items(), key=repr):
            if to not in numbers:
                numbers[to] = len(numbers)
                queue.append(to)
            row.append((label, numbers[to]))
        rows.append(tuple(row))
    return tuple(rows)
