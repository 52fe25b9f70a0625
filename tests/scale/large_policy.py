# SPDX-License-Identifier: Apache-2.0
"""Policies of any size that check without an error, for measuring. A rule here is an `allow` or a `restrict`: an entry of the
image's table of rules."""

CPUS = 8
LEVELS = ("U", "S")
WINDOW_US = 100
TYPE_FIELDS = 10
PART = 4000                           # statements in a file


def platform_text():
    cpus = "".join(f"    cpu {i} apic {i};\n" for i in range(CPUS))
    return f"platform large {{\n    ram 64 MiB .. 4096 MiB;\n    trampoline 0x8000;\n{cpus}}}\n"


def plan_text(subjects):
    """Each subject has a window of its CPU's frame."""
    rows = [[s for s in range(subjects) if s % CPUS == cpu] for cpu in range(CPUS)]
    longest = max(len(row) for row in rows)
    lines = []
    for cpu, row in enumerate(rows):
        idle = (longest - len(row)) * WINDOW_US
        windows = " ".join(f"s{s} {WINDOW_US} us;" for s in row) + (f" idle {idle} us;" if idle else "")
        lines.append(f"    cpu {cpu} {{ {windows} }}")
    return f"plan normal major {longest * WINDOW_US} us {{\n" + "\n".join(lines) + "\n}"


def type_text(number, fields):
    lines = "".join(f"    f{i}: u16 in {i} .. {1000 + i};\n" for i in range(fields))
    return f"type T{number} little {{\n{lines}    where f0 == 5 implies f{fields - 1} > {fields + 20};\n}}"


def pairs(subjects, count):
    """Ends of channels, always upwards in number, spread over all subjects; the last one reads the audit only."""
    made, distance = [], 1
    while len(made) < count:
        made += [(s, s + distance) for s in range(subjects - 1 - distance)]
        distance = distance + 1 if distance + 2 < subjects and distance < 14 else 1
    return made[:count]


def types_text(count):
    return [type_text(t, TYPE_FIELDS) for t in range(count)]


def subjects_text(subjects):
    for s in range(subjects):
        audit = " reads audit;" if s == subjects - 1 else ""
        yield f'subject s{s} {{ image "g.elf"; memory 2 MiB;{audit} on fault stop; }}'
        yield f"label s{s} {LEVELS[s >= subjects // 2]};"


def flows_text(subjects, channels, allows, restricts, types):
    ends = pairs(subjects, channels)
    for c, (a, b) in enumerate(ends):
        yield f"channel c{c} s{a} -> s{b} mediated {{ depth 1024; feedback rule; }}"
    for i in range(allows):
        c = i % channels
        a, b = ends[c]
        yield (f"allow a{i} s{a} -> s{b} on c{c} T{(c + i // channels) % types} "
               f"{{ rate 10/s burst 2; where f1 in 100 .. 200; req \"R-{i}\"; }}")
    held = min(subjects // 5, allows // 4)            # pairs of rules that a protocol or an order ties
    tied = [i for i in range(held) if 2 * i % channels // 200 == (2 * i + 1) % channels // 200]
    for i in range(restricts - sum(i % 2 for i in tied)):
        yield f"restrict r{i} on a{2 * held + i % (allows - 2 * held)} {{ rate 5/s burst 1; where f2 != {500 + i % 7}; }}"
    for i in tied if restricts > 0 else tied[::2]:
        yield from held_text(i, 2 * i, 2 * i + 1)


def held_text(i, first, second):
    """A protocol; or an order, whose first rule may be restricted."""
    if i % 2 == 0:
        yield f"protocol p{i} {{ from x{i} on a{first} to y{i}; from y{i} on a{second} to x{i}; from y{i} after 5 s to x{i}; }}"
        return
    yield f"order o{i}: never a{second} until a{first};"
    yield f"restrict q{i} on a{first} {{ rate 5/s burst 1; }}"


def others_text(subjects):
    yield 'platform "large.platform";'
    yield "labels " + " < ".join(LEVELS) + ";"
    yield plan_text(subjects)
    yield from (f"never s{subjects - 2} -> s{s};" for s in range(0, subjects // 2, 10))
    yield (f"audit ring 64 MiB for s{subjects - 1} {{\n"
           "    class security reserve 4 KiB per subject on full drop and count;\n"
           "    class flow reserve 4 KiB per subject on full drop and count;\n"
           "    kernel reserve 64 KiB;\n}")
    yield "always audit denied;"
    yield "measure none;"


def latency_text(subjects):
    """What is computed over all windows and ways: not n log n, and not in what its growth is measured by."""
    return f"limit latency s0 -> s{subjects // 2 - 1} 100 s;"


def policy_files(subjects, channels, rules, *more, restricts=None):
    """File -> text of a policy of so many `allow` and `restrict`, one in four a `restrict` if nothing is said, and as many
    fields of types. A file has a bound, so the statements are in parts."""
    if restricts is None:
        restricts = max(0, min(rules // 4, rules - channels))
    allows = rules - restricts
    types = max(-(-allows // channels), rules // TYPE_FIELDS)
    statements = [*others_text(subjects), *types_text(types), *subjects_text(subjects),
                  *flows_text(subjects, channels, allows, restricts, types), *more]
    files = {f"part{i // PART}.policy": "\n".join(statements[i:i + PART]) + "\n" for i in range(0, len(statements), PART)}
    parts = "".join(f'    part "{name}";\n' for name in files)
    return {"large.policy": f"system large version 1 {{\n{parts}}}\n", **files}


def restarted_text(stages):
    """What is asked of each stage and of each rule of a protocol: stages that start anew, and as many rules that only the
    protocol judges."""
    yield from others_text(stages + 1)
    yield "type Count little { n: u16 in 0 .. 9; }"
    for s in range(stages):
        yield f'label s{s} {LEVELS[s >= stages // 2]};'
        yield f'subject s{s} {{ image "g{s}.elf"; memory 2 MiB; on fault restart 3 per 60 s then stop; }}'
    yield f'label s{stages} S;'
    yield f'subject s{stages} {{ image "g.elf"; memory 2 MiB; reads audit; on fault stop; }}'
    for s in range(0, stages, 2):
        yield f"channel c{s} s{s} -> s{s + 1} mediated {{ depth 1024; feedback none; }}"
        yield f"allow a{s} s{s} -> s{s + 1} on c{s} Count {{ rate 10/s burst 2; }}"
        yield f"pipeline line{s} s{s} -> s{s + 1};"


def judged_text(rules, states):
    """A way from one state to the next by a rule each, and the other rules back to the first."""
    for r in range(rules):
        yield f"type J{r} little {{ n: u64; }}"
        yield f"allow j{r} s0 -> s1 on c0 J{r} {{ rate none; }}"
    moves = [f"from q{r} on j{r} to q{(r + 1) % states};" for r in range(states)]
    back = [f"from q0, q{states - 1} on j{r} to q0;" for r in range(states, rules)]
    yield "protocol judge { " + " ".join(moves + back) + f" reset when s0 restart; }}"


def restarted_files(stages, states):
    text = "\n".join([*restarted_text(stages), *judged_text(stages, states)])
    return {"large.policy": f'system large version 1 {{ part "part.policy"; }}\n', "part.policy": text + "\n"}
