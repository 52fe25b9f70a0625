# SPDX-License-Identifier: Apache-2.0
"""What a verdict of the monitor costs: instructions by callgrind, cache lines by lackey, time by judge_verdicts's own clock."""
import collections
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, *(os.path.join(os.path.dirname(HERE), folder) for folder in ("scale", "equivalence"))]
from counts import LIMIT_S, ROOT, collected
from large_policy import TYPE_FIELDS, policy_files
from measure import BULKHEAD, channels_for, prepare

BIN = os.path.dirname(BULKHEAD)
RESIDENT, HOST = "judge_verdicts_resident", "judge_verdicts"
COUNT, LINE = 4096, 64                # verdicts counted, enough for each channel's; bytes of a line
MANY = (1, 2, 10, 100, 1000)          # types that one channel carries

Model = collections.namedtuple("Model", "what channel payload beyond")
PLAIN = "plain"
MODELS = (                            # `beyond`: the channel that has all but this model
    Model("a field that may have any value", "free_1", "01", PLAIN),
    Model("   a second one", "free_2", "01", "free_1"),
    Model("a value's range", "range_1", "0100", PLAIN),
    Model("   a second one", "range_2", "0100000001", "range_1"),
    Model("range, signed", "signed_1", "0100", PLAIN),
    Model("range, big endian", "big_1", "00000001", PLAIN),
    Model("set of values", "set_1", "01", PLAIN),
    Model("text of 2 characters", "text_2", "4142", PLAIN),
    Model("length, and 2 elements that it bounds", "length_2", "020101", PLAIN),
    Model("tag, and the range of a field in its union", "union_1", "0100000001", PLAIN),
    Model("padding of 4 bytes", "zero_4", "00", PLAIN),
    Model("padding of 8 bytes", "zero_8", "00", PLAIN),
    Model("condition of a type", "typed_1", "01", "free_1"),
    Model("condition of a rule", "where_1", "01", "free_1"),
    Model("   two", "where_2", "01", "free_2"),
    Model("outside a box", "box_1", "01", "free_2"),
    Model("only in a plan", "planned", "01", PLAIN),
    Model("release past a label", "released", "01", PLAIN),
    Model("no rate", "unrated", "01", "range_1"),
    Model("restrict with a rate", "narrowed_1", "01", PLAIN),
    Model("   two", "narrowed_2", "01", PLAIN),
    Model("protocol's step", "stepped", "01", "id"),
    Model("   that keeps a value", "kept", "01", "id"),
    Model("   that matches the value kept", "matched", "00", "id"),
    Model("   and a timeout of another state", "timed", "01", "id"),
    Model("order", "ordered", "01", "id"),
)
PARTS = {                             # function of the source -> what it serves
    "decide": "entry, exit, the verdict written", "check_all": "channel, its sender; the order of checks",
    "check_type": "type: number, version, length", "below": "type: number, version, length",
    "find_bad": "type: its fields, of which there are none", "check_grant": "grant", "flow_check_label": "label",
    "flow_check_plan": "plan", "check_where": "conditions and restricts, if there were any",
    "flow_next": "conditions and restricts, if there were any", "flow_check_rate": "rate", "flow_ahead": "rate",
    "decide_by_all": "entry, exit, the verdict written", "line_knows": "channel, type and label",
    "decide_header_word": "channel, type and label", "line_has_plan": "plan", "line_has_token": "rate"}
FURTHER = ("plan", "conditions and restricts, if there were any", "rate")         # beyond type, label and channel


def program(name):
    return os.path.join(BIN, name)


def build(folder, files, root):
    """The image's path. The folder has been prepared."""
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write(text)
    image = os.path.join(folder, root + ".img")
    subprocess.run([BULKHEAD, "build", os.path.join(folder, root + ".policy"), "-o", image], check=True, timeout=LIMIT_S,
                   stdout=subprocess.DEVNULL)
    return image


def build_models(folder, many=1):
    """Of models.policy, with a channel that carries so many types more."""
    with open(os.path.join(HERE, "models.policy"), encoding="ascii") as file:
        text = file.read()
    text += "channel many a -> b mediated { depth 8192; feedback rule; }\n"
    text += "".join(f"type K{i} little {{ data: u64[8]; }}\nallow k{i} a -> b on many K{i} {{ rate 1/s burst 1; }}\n"
                    for i in range(many))
    return build(folder, {f"models-{many}.policy": text}, f"models-{many}")


def build_grown(folder, subjects, channels, rules):
    """Of rules that are all alike: fields in ranges, conditions of type and rule, a rate."""
    return build(folder, policy_files(subjects, channels, rules, restricts=0), "large")


GROWN_PAYLOAD = "9600" * TYPE_FIELDS  # 150 in each field


def command(name, image, channel, rank, payload, *more, count=COUNT):
    return [program(name), image, channel, str(rank), payload, str(count), *more]


def check_allowed(said, count):
    if f" allowed {count}\n" not in said:
        raise RuntimeError(f"not all of {count} messages are allowed:\n{said}")


def count_verdict(name, image, channel, rank, payload, function="decide"):
    """Instructions of a verdict, from its call to its return; of `decide_commit`: of what makes its moves."""
    total, said = collected(command(name, image, channel, rank, payload), f"--toggle-collect={function}")
    check_allowed(said, COUNT)
    return total / COUNT


def count_models(name, image, models=MODELS):
    """{channel: (instructions, how many more than without the model)}"""
    payloads = {PLAIN: "00", **{m.beyond: "01" for m in models}, **{m.channel: m.payload for m in models}}
    whole = {channel: count_verdict(name, image, channel, 0, payload) for channel, payload in payloads.items()}
    return {PLAIN: (whole[PLAIN], 0), **{m.channel: (whole[m.channel], whole[m.channel] - whole[m.beyond]) for m in models}}


# ---- where they go ----
def line_costs(path):
    """{(file, line): instructions} of callgrind's account, without those of calls."""
    costs, file, called = collections.Counter(), None, False
    with open(path, encoding="utf-8") as account:
        for text in account:
            if named := re.match(r"(?:fl|fi|fe)=(.*)", text):
                file = named[1]
            elif text.startswith("calls="):
                called = True
            elif line := re.match(r"(\d+) (\d+)$", text):
                if not called:
                    costs[file, int(line[1])] += int(line[2])
                called = False
    return costs


def function_at(path, line):
    """The function whose body line `line` of a source file is in."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        before = file.read().splitlines()[:line]
    heads = [text for text in before if re.match(r"[a-z].*\w\(", text) and not text.endswith(";")]
    return re.search(r"(\w+)\(", heads[-1])[1]


def count_parts(name, image, folder, function="decide", *more):
    """{part: instructions} of a message that has no more models than all have, by the lines of the source."""
    out = os.path.join(folder, "callgrind.out")
    _, said = collected(command(name, image, PLAIN, 0, "01", *more), f"--toggle-collect={function}", "--compress-pos=no",
                        "--compress-strings=no", out=out)
    check_allowed(said, COUNT)
    costs = collections.Counter()
    for (file, line), cost in line_costs(out).items():
        function = function_at(file, line)
        costs[PARTS.get(function, function + "()")] += cost / COUNT
    return {part: costs[part] for part in (*PARTS.values(), *costs) if part in costs}


def count_long_parts(name, image, folder):
    """The same where no line tells beforehand: by all checks."""
    return count_parts(name, image, folder, "decide", "long")


def without_further(parts):
    """Instructions for type, label and channel alone."""
    return sum(parts.values()) - sum(parts.get(part, 0) for part in FURTHER)


def count_lines(name, image):
    """{what: cache lines that a verdict loads from}: tables of the image, `index` that tells where they are, and state."""
    verdict = command(name, image, PLAIN, 0, "01", "alone", count=1)
    done = subprocess.run(["valgrind", "--tool=lackey", "--trace-mem=yes", "--log-fd=1", *verdict], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, timeout=LIMIT_S, check=True, text=True)
    check_allowed(done.stdout, 1)
    places = [(what, int(at, 16), int(size)) for what, at, size in
              re.findall(r"^(tables|index|line|state) 0x(\w+) (\d+)$", done.stdout, re.MULTILINE)]
    lines = collections.defaultdict(set)
    for at, size in re.findall(r"^ L (\w+),(\d+)$", done.stdout, re.MULTILINE):
        first, last = int(at, 16), int(at, 16) + int(size) - 1
        for what, begin, length in places:
            if begin <= first < begin + length:
                lines[what] |= {first // LINE, last // LINE}
    return {what: len(seen) for what, seen in lines.items()}


# ---- how long they take ----
MOVED = 1.1                           # by what the two clocks around a sample may differ


def time_verdict(name, image, channel, rank, payload, samples):
    """[(nanoseconds, clocks)] of a verdict among others like it; without samples during which the processor was not ours."""
    done = subprocess.run(command(name, image, channel, rank, payload, str(samples)), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, timeout=LIMIT_S, check=True, text=True)
    check_allowed(done.stdout, COUNT)
    told = [tuple(map(float, s)) for s in re.findall(r"^sample (\S+) (\S+) (\S+)$", done.stdout, re.MULTILINE)]
    kept = [(ns, 2 * ns / (before + after)) for ns, before, after in told
            if max(before, after) <= MOVED * min(before, after)]
    if not kept:
        raise RuntimeError(f"others had the processor in each of {samples} samples: take more")
    return kept


def sizes(name, image):
    """{what: how many the image has}"""
    said = subprocess.run(command(name, image, "every", 0, "", count=1), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          timeout=LIMIT_S, check=True, text=True).stdout
    return {what: int(count) for what, count in re.findall(r"(channels|rules|subjects|messages) (\d+)", said)}
