# SPDX-License-Identifier: Apache-2.0
"""Every policy that differs from a given one by one word, number, string, item of a list or statement, wherever it stands: most
of them no policy, the others another one. Nothing is known here of what a statement means but which names are of one kind."""
import collections
import itertools
import re

from mutator import Mutant, blank_comments

TOKEN = re.compile(r'"[^"\n]*"|\'[ -~]\'|0x[0-9a-fA-F]+|\d[\d_]*(?:\.(?=\d)[\d_]+)?|[A-Za-z_]\w*|->|\.\.|[<>=!]=|[^\s\w]')
SWAPS = (("none", "rule", "full"), ("stop", "halt"), ("required", "optional"), ("sha256", "sha384"), ("little", "big"),
         ("and", "or"), ("==", "!="), ("<", "<="), (">", ">="), ("s", "min"), ("us", "ms"), ("KiB", "MiB"), ("allow", "deny"),
         ("u8", "i8"), ("u16", "i16"), ("u32", "i32"), ("security", "flow"), ("shutdown", "call_from_user"),
         ("stop", "restart"),
         ("denied", "downgrade", "restart", "plan", "integrity", "allowed", "endorse"),
         ("latency", "capacity"), ("only", "none"),
         ("bit", "kbit"), ("ring", "backpressure"), ("audit", "nothing"), ("com2", "com3", "com4"))
KINDS = ("subject", "channel", "type", "const", "enum", "plan", "privilege", "order", "role", "external", "authority")
RULES = ("allow", "restrict")


def spans(text):
    return [(m.start(), m.end(), m.group()) for m in TOKEN.finditer(blank_comments(text))]


def kinds_of(files):
    """Name -> the names of its kind."""
    kinds = collections.defaultdict(list)
    for text in files.values():
        bare = blank_comments(text)
        for kind in KINDS + RULES:
            kinds["rule" if kind in RULES else kind] += re.findall(rf"(?m)^\s*{kind} (\w+)", bare)
        for kind, names in re.findall(r"(?m)^(labels|categories|integrity) ([^;]*);", bare):
            kinds[kind] += re.findall(r"\w+", names)
        kinds["field"] += re.findall(r"(\w+): (?:[ui]\d|char)", bare)
        kinds["word"] += re.findall(r"(\w+) = -?\w+;", " ".join(re.findall(r"(?m)^\s*enum \w+ (\{[^}]*\})", bare)))
        kinds["state"] += re.findall(r" (?:to|from) (\w+) ?(?:keep|where|on|after|;)", bare)
    return {name: list(dict.fromkeys(names)) for names in kinds.values() for name in names}


def number_beside(word):
    if word.startswith("0x"):
        return f"0x{int(word, 16) + 1:0{len(word) - 2}x}"
    plain = word.replace("_", "")
    if "." in plain:
        decimals = len(plain.split(".")[1])
        return f"{float(plain) + 10 ** -decimals:.{decimals}f}"
    return str(int(plain) + 1)


def others(word, kinds):
    """What may stand instead of a token."""
    if word.startswith('"'):
        return [word[:-1] + 'x"']
    if word.startswith("'"):
        return ["'b'" if word == "'a'" else "'a'"]
    if word[0].isdigit():
        return [number_beside(word)]
    found = [group[(group.index(word) + 1) % len(group)] for group in SWAPS if word in group]
    names = kinds.get(word, [])
    if len(names) > 1:
        found.append(names[(names.index(word) + 1) % len(names)])
        found.append(names[names.index(word) - 1])
    return list(dict.fromkeys(f for f in found if f != word))


def head_of(words, at):
    """The first words of the statement or item that a token stands in."""
    while at > 0 and words[at - 1][2] not in (";", "{", "}"):
        at -= 1
    return " ".join(word for _, _, word in words[at:at + 2])


def drops(words):
    """First and last token of what can be left out: items of lists, and whatever ends with `;` or a block."""
    begins, depth = [0], 0
    for at, (_, _, word) in enumerate(words):
        if word == ",":
            yield at, at + 1
            yield at - 1, at
        if word == "{":
            begins.append(at + 1)
        elif word == "}" and len(begins) > 1:
            begins.pop()
            follows = words[at + 1][2] if at + 1 < len(words) else ""
            if follows not in (";", "}", ",", "cpu"):
                yield begins[-1], at
                begins[-1] = at + 1
        elif word == ";":
            yield begins[-1], at
            begins[-1] = at + 1


def token_mutants(files):
    kinds = kinds_of(files)
    for name, text in files.items():
        words = spans(text)
        for at, (first, end, word) in enumerate(words):
            for new in others(word, kinds):
                yield Mutant("token", f"{head_of(words, at)}: {word} -> {new}", ((name, first, end, new),))
        for first, last in drops(words):
            begin, end = words[first][0], words[last][1]
            what = " ".join(text[begin:end].split())[:60]
            yield Mutant("token", f"{head_of(words, first)}: without {what}", ((name, begin, end, ""),))


def order_mutants(files):
    """Two neighbours the other way round: items of a list, or whatever ends with `;` or a block."""
    for name, text in files.items():
        words = spans(text)
        pairs = [((at - 1, at - 1), (at + 1, at + 1)) for at, (_, _, word) in enumerate(words) if word == ","]
        ends = {last: (first, last) for first, last in drops(words) if words[last][2] != ","}
        pairs += [(ends[first - 1], (first, last)) for first, last in ends.values() if first - 1 in ends]
        for (first, last), (other, end) in pairs:
            places = [(words[a][0], words[b][1]) for a, b in ((first, last), (other, end))]
            pieces = [text[a:b] for a, b in places]
            what = f"{head_of(words, first)}: {' '.join(pieces[1].split())[:40]} before {' '.join(pieces[0].split())[:40]}"
            yield Mutant("order", what, tuple((name, *place, new) for place, new in zip(places, reversed(pieces))))
