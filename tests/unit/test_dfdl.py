#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`bulkhead dfdl`: the schema is an XML Schema; and read by a small DFDL processor of this test's own, which knows only what
DFDL says of the properties that are used, it takes exactly the messages that the generated C validators take."""
import ctypes
import os
import random
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]
from tap import Tap, expect, expect_equal
from test_compiler import GATEWAY, GOOD, ROOT, bulkhead, in_folder

XS, DFDL = "{http://www.w3.org/2001/XMLSchema}", "{http://www.ogf.org/dfdl/dfdl-1.0/}"
WIDTHS = {"byte": 1, "short": 2, "int": 4, "long": 8}
POLICIES = (GOOD, os.path.join(ROOT, "tests", "golden", "functions.policy"), os.path.join(GATEWAY, "ais-gateway.policy"),
            *(os.path.join(ROOT, "policy", "examples", name, name + ".policy")
              for name in ("workstation", "pipeline", "document")))
# Messages that pass, of types of which none by chance would.
FIRST = {"Call": ["0107414243444500000000000100ff0205090000", "020241207e58595a000000000000006f6b000000"],
         "Odd": ["006121310100000400000000000000000000000000000005", "3f6121310000000000000000000000000000000000000005"],
         "Text": ["01003c420000000002070800", "020041000000000007000100"]}
MESSAGES = 3000
LIMIT_S = 60
SEED = 11
EXTRA = """
type Odd big {
    kind: u8 in { 0, 3, 63 };
    quote: char[3];
    size: u8 in 0 .. 4;
    mark: u8;
    list: i16[4] in -2 .. 300 length size;
    zero 2;
    union by kind {
        case 0, 63 { low: u64 in 5 .. 18_446_744_073_709_551_615; where low < 9 or size > 0; }
        case 3 { high: i64 in -9 .. 9; }
    }
    where quote[1] in '!' .. '/' or list[2] != 0 or quote[0] == 0;
    where list[3] in -1 .. 5 implies quote[0] != ''';
    where quote[2] in 0 .. '5' or list[0] in 4 .. 200;
    where mark <= 254;
}
channel odds a -> b mediated { depth 8; }
allow odd a -> b on odds Odd { rate none; }
"""


class Refused(Exception):
    pass


# ---- expressions, as far as they are used ----
def translate(text):
    """A DFDL expression as one of Python's."""
    strings = []

    def keep(match):
        strings.append(match[0][1:-1].replace("''", "'"))
        return f"S[{len(strings) - 1}]"

    text = re.sub(r"'(?:[^']|'')*'", keep, text)
    text = re.sub(r"\.\.?/([\w.]+)\[(\d+)\]", r"V('\1', \2)", text)
    text = re.sub(r"\.\.?/([\w.]+)", r"V('\1')", text)
    text = re.sub(r"if \(([^()]*\([^()]*\)[^()]*)\) then \((.*?)\) else (fn:\w+\(\))", r"((\2) if (\1) else \3)", text)
    for word, sign in (("eq", "=="), ("ge", ">="), ("le", "<="), ("lt", "<"), ("gt", ">")):
        text = re.sub(rf"\b{word}\b", sign, text)
    for name, python in (("fn:not", "not_"), ("fn:true", "true_"), ("fn:false", "false_"), ("fn:contains", "contains_"),
                         ("fn:substring", "substring_"), ("fn:string-length", "len"), ("xs:string", "str")):
        text = text.replace(name + "(", python + "(")
    return compile(text, "expression", "eval"), strings


FUNCTIONS = {"not_": lambda value: not value, "true_": lambda: True, "false_": lambda: False,
             "contains_": lambda text, part: part in text, "substring_": lambda text, at, length: text[at - 1:at - 1 + length],
             "len": len, "str": str}
TRANSLATED = {}


def evaluate(text, infoset):
    expect(text.startswith("{ ") and text.endswith(" }"), f"no expression: {text}")
    if text not in TRANSLATED:
        TRANSLATED[text] = translate(text[2:-2])
    code, strings = TRANSLATED[text]

    def value(name, place=None):
        if place is None:
            return infoset[name]
        if place > len(infoset[name]):
            raise AssertionError(f"{name}[{place}] is not there: a processing error: {text}")
        return infoset[name][place - 1]
    return eval(code, {"__builtins__": {}, "S": strings, "V": value, **FUNCTIONS})


# ---- parsing ----
def facets_hold(restriction, value):
    values = {}
    for facet in restriction:
        values.setdefault(facet.tag.replace(XS, ""), []).append(facet.get("value"))
    holds = True
    for name, wanted in values.items():
        if name == "enumeration":
            holds &= str(value) in wanted
        elif name == "pattern":
            holds &= re.fullmatch(wanted[0], value) is not None
        elif name == "maxLength":
            holds &= len(value) <= int(wanted[0])
        else:
            holds &= int(wanted[0]) <= value if name == "minInclusive" else value <= int(wanted[0])
    return holds


def asserts_of(item):
    annotation = item.find(XS + "annotation")
    return [] if annotation is None else [found.get("test") for found in annotation.iter(DFDL + "assert")]


class Parser:
    def __init__(self, schema, data):
        self.format = schema.find(f".//{DFDL}format")
        self.data, self.at, self.infoset = data, 0, {}

    def take(self, size):
        if self.at + size > len(self.data):
            raise Refused("the data ends")
        self.at += size
        return self.data[self.at - size:self.at]

    def simple(self, element):
        restriction = element.find(f"{XS}simpleType/{XS}restriction")
        kind = (element.get("type") if restriction is None else restriction.get("base"))[3:]
        raw = self.take(int(element.get(DFDL + "length")))
        if kind == "string":
            value = raw.decode("ascii", errors="replace").rstrip("\0")
        else:
            signed = not kind.startswith("unsigned")
            expect_equal(len(raw), WIDTHS[kind.replace("unsigned", "").lower()], "length of " + kind)
            order = element.get(DFDL + "byteOrder") or self.format.get("byteOrder")
            value = int.from_bytes(raw, order.replace("Endian", ""), signed=signed)
        tests = asserts_of(element)
        expect_equal(tests, ["{ dfdl:checkConstraints(.) }"] if restriction is not None else [], "assertions of an element")
        if restriction is not None and not facets_hold(restriction, value):
            raise Refused(element.get("name"))
        return value

    def element(self, element):
        name, most = element.get("name"), element.get("maxOccurs")
        if most is None:
            self.infoset[name] = self.simple(element)
            return
        count = int(most)
        if element.get(DFDL + "occursCountKind") == "expression":
            count = evaluate(element.get(DFDL + "occursCount"), self.infoset)
        else:
            expect_equal(element.get("minOccurs"), most, "a fixed number of " + name)
        self.infoset[name] = [self.simple(element) for _ in range(count)]

    def sequence(self, sequence):
        for item in sequence:
            if item.tag == XS + "element":
                self.element(item)
            elif item.tag == XS + "choice":
                key = evaluate(item.get(DFDL + "choiceDispatchKey"), self.infoset)
                branches = [branch for branch in item if key in branch.get(DFDL + "choiceBranchKey").split()]
                if len(branches) != 1:
                    raise Refused("no branch")
                self.sequence(branches[0])
        for test in asserts_of(sequence):
            if not evaluate(test, self.infoset):
                raise Refused(test)

    def root(self, element):
        self.sequence(element.find(f"{XS}complexType/{XS}sequence"))
        expect_equal(self.at, int(element.get(DFDL + "length")), "length of the whole")


def passes(schema, element, data):
    try:
        Parser(schema, data).root(element)
        return True
    except Refused:
        return False


# ---- the C validators ----
def validators(folder, policy):
    """(name, size, function) of each type."""
    done = bulkhead("headers", policy, "--headers", folder)
    expect_equal(done.returncode, 0, done.stderr)
    header = next(name for name in os.listdir(folder) if name.endswith(".h") and not name.endswith("_channels.h"))
    with open(os.path.join(folder, header), encoding="utf-8") as file:
        types = re.findall(r"sizeof\(struct (\w+)\) == (\d+)", file.read())
    source = f'#include <string.h>\n#include "{header}"\n' + "".join(
        f"bool check_{name}(const void *m, uint32_t n) {{ struct {name} c; memcpy(&c, m, sizeof c); "
        f"return {name}_valid(&c, n); }}\n" for name, _ in types)
    library = os.path.join(folder, "library.so")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-x", "c", "-", "-I", folder, "-o", library], input=source, text=True,
                   timeout=LIMIT_S, check=True)
    loaded = ctypes.CDLL(library)
    found = []
    for name, size in types:
        function = getattr(loaded, "check_" + name)
        function.restype = ctypes.c_bool
        found.append((name, int(size), function))
    return found


def edges(element):
    """Bytes that matter: of facets, characters, tags."""
    values = {0, 1, 2, 3, 62, 63, 64, 0xfe, 0x1f, 0x20, 0x7e, 0x7f, 0x80, 0xff, ord("X"), ord("'"), ord("!")}
    for item in element.iter():
        for number in re.findall(r"-?\d+", f"{item.get('value') or ''} {item.get('test') or ''}"):
            for near in (int(number) - 1, int(number), int(number) + 1):
                values.update((near & (1 << 64) - 1).to_bytes(8, "little"))
    return sorted(values)


def draw(chance, size, bytes_, good):
    """Mostly near to one that passed; numbers of several bytes are likely to be small or the end of a range."""
    if good and chance.random() < 0.7:
        data = bytearray(chance.choice(good[:2] if chance.random() < 0.5 else good))
        for _ in range(chance.randrange(4)):
            data[chance.randrange(size)] = chance.choice(bytes_)
        return bytes(data)
    rare = chance.random()
    return bytes(chance.choice(bytes_) if chance.random() < rare else 0 for _ in range(size))


def compare(folder, policy):
    done = bulkhead("dfdl", policy)
    expect_equal((done.returncode, done.stderr), (0, ""), "dfdl")
    schema, chance, passed = ElementTree.fromstring(done.stdout), random.Random(SEED), {}
    elements = {element.get("name"): element for element in schema.findall(XS + "element")}
    types = validators(folder, policy)
    expect_equal(sorted(elements), sorted(name for name, _, _ in types), "types")
    for name, size, valid in types:
        bytes_, good, counts = edges(elements[name]), [bytes.fromhex(text) for text in FIRST.get(name, ())], [0, 0]
        for _ in range(MESSAGES if size < 200 else MESSAGES // 20):
            data = draw(chance, size, bytes_, good)
            wanted = valid(data, size)
            if wanted and len(good) < 200:
                good.append(data)
            expect_equal(passes(schema, elements[name], data), wanted, f"{name}: {data.hex()}")
            counts[wanted] += 1
        passed[name] = counts
    return passed


def check_agrees(folder, policy):
    passed = compare(folder, policy)
    for name, (_, good) in passed.items():
        expect(good > 20, f"{name}: only {good} messages passed")


def check_odd(folder):
    """Sets beyond 32 values, 64 bits, characters that expressions and XML quote, elements that are not there."""
    place = os.path.join(folder, "tests", "golden")
    os.makedirs(place)
    os.makedirs(os.path.join(folder, "policy"))
    for part in (os.path.join("tests", "golden", "parts"), os.path.join("policy", "platforms")):
        os.symlink(os.path.join(ROOT, part), os.path.join(folder, part))
    policy = os.path.join(place, "odd.policy")
    with open(policy, "w", encoding="utf-8") as file:
        file.write('system odd version 1 { part "parts/base.policy"; }\n' + EXTRA)
    out = os.path.join(folder, "out")
    os.makedirs(out)
    passed = compare(out, policy)
    expect(min(passed["Odd"]) > 100, f"passed: {passed}")


def check_schema(folder, policy):
    """A schema for XML, with each type's constraints: what a reader of DFDL makes of a message is checked by any validator."""
    path = os.path.join(folder, "types.xsd")
    done = bulkhead("dfdl", policy, "-o", path)
    expect_equal((done.returncode, done.stdout, done.stderr), (0, "", ""), "dfdl -o")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    name = re.search(r'targetNamespace="(urn:bulkhead:\w+)"', text)[1]
    for value, wanted in ((5, 0), (101, 3)):
        instance = (f'<m:Report xmlns:m="{name}"><x>{value}</x><kind>1</kind>' + "<zero_0>0</zero_0>" * 3 + "</m:Report>")
        done = subprocess.run(["xmllint", "--noout", "--schema", path, "-"], input=instance, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False, text=True)
        expect_equal(done.returncode, wanted, done.stdout)


def check_choice():
    """The types that are asked for, in that order; who asks for another is told."""
    text = bulkhead("dfdl", GOOD, "Wide", "Ask").stdout
    expect_equal(re.findall(r'^  <xs:element name="(\w+)"', text, re.MULTILINE), ["Wide", "Ask"], "types")
    done = bulkhead("dfdl", GOOD, "Wied")
    expect_equal((done.returncode, done.stdout), (1, ""), "exit status")
    expect("did you mean `Wide`?" in done.stderr, done.stderr)


def main():
    tap = Tap()
    for policy in POLICIES:
        tap.run(f"dfdl: {os.path.basename(policy)}: the schema takes what the validators take", in_folder(check_agrees, policy))
    tap.run("dfdl: odd types", in_folder(check_odd))
    tap.run("dfdl: the schema is one", in_folder(check_schema, GOOD))
    tap.run("dfdl: some types", check_choice)
    tap.finish()


if __name__ == "__main__":
    main()
