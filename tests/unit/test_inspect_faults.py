#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Faults planted in what the language makes of orders and roles, and in how fields are written: a compiler with such a fault
builds an image, and the second reader in the same compiler does not call it the policy's."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]
from tap import Tap, expect, expect_equal
from test_compiler import BUILD, ROOT, in_folder, make_guests, read

BASE = os.path.join(ROOT, "tests", "golden", "parts", "base.policy")
PLATFORM = os.path.join(ROOT, "policy", "platforms", "qemu-q35-svm.platform")
ORDERED = """
type Fix little { x: u8; y: u8; }
channel from_c c -> b mediated { depth 32; feedback rule; notify each 1; }
channel kept log -> b mediated { depth 8; notify each 1; }
allow other c -> b on from_c Report { rate 1/s burst 1; }
role sensor: a, c;
role keeper: log;
allow fix role sensor -> b on each Fix { rate 10/s burst 2; where x < 50 and y < 5; }
allow keep role keeper -> b on each Fix { rate 2/s burst 1; }
type Turn little { n: u8; }
allow turn a -> b on up Turn { rate 1/s burst 1; }
allow reply b -> c on on Turn { rate 1/s burst 1; }
order turns: alternate turn with reply reset when b restart;
order known: never keep until fix reset when b restart;
order again: after report_on never report_on before report_in reset when a restart;
type Note little { n: u8; }
channel down b -> a mediated { depth 8; notify each 1; }
role reader: a;
plan calm first major 10 ms { cpu 0 { a 3 ms; b 3 ms; log 4 ms; } cpu 1 dedicated c; }
privilege relax a may switch to plan normal { rate 1/min burst 1; }
allow note b -> role reader on each Note { rate 3/s burst 3; only in plan calm; downgrade S to U; }
restrict near on note { rate 2/s burst 3; where n < 40; }
type Word little { n: u8; }
allow word b -> a on down Word { rate 1/s burst 1; downgrade S to U; }
allow count role sensor -> b on each Note { rate 5/s burst 1; }
protocol counts { from none on count to some; from some after 1 s to none; }
type Bounds big { s: i16 in -5 .. 9; low: u8 in 1 .. 255; high: u8 in 0 .. 254; zero 12; any: u32; w: u32 in 7 .. 8; }
"""
RECORD = ("    class flow reserve", "    record fix with payload;\n    class flow reserve")
RESTARTS = "on fault restart 3 per 60 s then stop"
EACH_HOLDER = "LIST_EACH(holder, &role->holders) {\n            if ("
MADE = "*LIST_NEW(p->arena, &r->made) = a->name;"
EACH_STEP = "i < (r != NULL ? r->made.count : 1); i++) {\n            struct step"
MORE = " struct allow *more = LIST_NEW(p->arena, &p->allows); *more = *a; more->type_name.text = \"Word\"; " \
       "more->name.text = \"x\"; more->body = p->allows.items[3]->body;"
EACH_REACHED = "    for (uint32_t s = 0; s < a->count; s++)\n        *LIST"
LOST = "    LIST_NEW(a->policy->arena, &a->protocol->states)->name = (struct name){ \"lost\", a->protocol->name.at };\n"
EACH_MADE = "LIST_EACH(each, &r->made) *LIST_NEW"
NEXT = "(a->held[s] & ~l->frees) | l->opens"
FAULTS = (
    ("automaton.c", NEXT, "(a->held[s] & ~l->frees) | (l->opens & a->held[0])",
     "the policy refuses `report_on` and the image takes it"),
    ("automaton.c", NEXT, NEXT + " | (s == 0 ? l->frees & ~a->held[0] : 0)",
     "the policy takes `report_on` and the image refuses it"),
    ("automaton.c", "(uint64_t)o->begins_held << o_at", "(uint64_t)(o->begins_held && o->name.text == NULL) << o_at",
     "from the beginning the policy refuses"),
    ("automaton.c", "(held & l->bans) | (~held & l->waits)", "(held & l->bans) | (held & 0 & l->waits)",
     "after `turn` the policy refuses `turn` and the image takes it"),
    ("check_orders.c", "protocol->resets = first->resets;", "(void)first;", "that reset it"),
    ("roles.c", EACH_HOLDER, EACH_HOLDER + "holder_at == 0 && ", "`fix.c`: the policy says it, and there is no such rule"),
    ("roles.c", "a->body.where = cond_copy(p->arena, a->body.where);", "a->body.where = NULL;",
     "it is not what its statement says"),
    ("roles.c", "made->body.where = cond_copy(p->arena, r->body.where);", "made->body.where = NULL;", "restriction `near.a`"),
    ("roles.c", EACH_MADE, EACH_MADE.replace("*LIST", "if (each_at == 0) *LIST"),
     "the policy takes `fix.c` and the image refuses it"),
    ("roles.c", "*record = *s;", "*record = *s; record->payload = false;", "`record fix`: it is not said of `fix.a`"),
    ("roles.c", EACH_STEP, EACH_STEP.replace("made.count :", "made.count - 1 :"), "protocol `counts`: step 1 is not what"),
    ("roles.c", MADE, MADE + " if (r->name.text[0] == 'n') a->label = p->allows.items[3]->label;",
     "rule `note.a`: it is not what its statement says"),
    ("roles.c", MADE, MADE + " a->body.plans.count = 0;", "rule `note.a`: it is not what its statement says"),
    ("roles.c", MADE, MADE + " a->body.rate = p->allows.items[0]->body.rate;",
     "rule `fix.a`: it is not what its statement says"),
    ("roles.c", MADE, MADE + " if (p->allows.count == 7) {" + MORE + " }", "`allow` rules, and there are"),
    ("automaton.c", EACH_REACHED, LOST + EACH_REACHED, "the image has states that no messages lead to"),
    ("check_arrays.c", " || f->hi < policy_check_field_greatest(f)", "", "FIELD_COUNT"),
    ("check_arrays.c", " || f->lo > policy_check_field_least(f)", "", "FIELD_COUNT"),
    ("check_arrays.c", "(f->size + PIECE - 1) / PIECE", "f->size / PIECE", "FIELD_COUNT"),
    ("check_arrays.c", "f->size - at : PIECE }", "f->size - at : PIECE - 1 }", "UNUSED"),
    ("../compiler/types.c", "(f->hi - f->lo) <<", "((f->hi - f->lo) / 2) <<", "SPAN"),
    ("../compiler/types.c", "(uint64_t)f->lo << out->unused", "(uint64_t)f->lo << 56", "BASE"),
    ("../compiler/types.c", "flags & IMAGE_FIELD_BIG;", "0;", "FLAGS"),
    ("../compiler/conditions.c", "(atom->hi - atom->lo) <<", "(atom->hi - atom->lo + 1) <<",
     "the policy refuses and the image takes"),
)


def make_line(lines, part):
    found = [line for line in lines if part in line]
    expect_equal(len(found), 1, f"make's lines with `{part}`")
    return found[0].split(";")[-1]


def faulty_compiler(folder, source, old, new):
    """The compiler with one fault, made as make says that it makes the sound one; what the sound one is made of is kept."""
    path, out = os.path.normpath(os.path.join("policy", "language", source)), os.path.relpath(BUILD, ROOT)
    source = os.path.basename(source)
    text, faulty = read(os.path.join(ROOT, path)).decode(), os.path.join(folder, "bulkhead")
    expect_equal(text.count(old), 1, f"`{old}` in {source}")
    with open(os.path.join(folder, source), "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))
    said = subprocess.run(["make", "-n", "-W", path, "B=" + out, f"{out}/bin/bulkhead"], cwd=ROOT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, timeout=60, check=True, text=True).stdout.splitlines()
    commands = (make_line(said, f" -c {path} ").replace(f" -c {path}", f" -c {folder}/{source}"),
                make_line(said, f" -o {out}/bin/bulkhead ").replace(f" -o {out}/bin/bulkhead", " -o " + faulty))
    for command in commands:
        command = command.replace(os.path.join(out, "host", path[:-2] + ".o"), f"{folder}/faulty.o")
        done = subprocess.run(command, shell=True, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120,
                              check=False, text=True)
        expect_equal(done.returncode, 0, done.stderr)
    return faulty


def ordered_policy(folder):
    make_guests(folder)
    shutil.copy(PLATFORM, os.path.join(folder, "here.platform"))
    base = read(BASE).decode().replace("../../../policy/platforms/" + os.path.basename(PLATFORM), "here.platform")
    path = os.path.join(folder, "ordered.policy")
    with open(path, "w", encoding="utf-8") as file:
        file.write('system ordered version 1 { part "base.policy"; }\n' + ORDERED)
    with open(os.path.join(folder, "base.policy"), "w", encoding="utf-8") as file:
        file.write(base.replace(*RECORD).replace("on fault stop", RESTARTS))
    return path


def run(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                          check=False, text=True)


def verify_own(folder, compiler):
    """What a compiler says of the image that it has built itself."""
    policy, image = ordered_policy(folder), os.path.join(folder, "ordered.img")
    done = run(compiler, "build", policy, "-o", image, "--images", folder)
    expect_equal(done.returncode, 0, done.stderr)
    return run(compiler, "inspect", image, "--verify", policy, "--images", folder)


def check_sound(folder):
    done = verify_own(folder, os.path.join(BUILD, "bin", "bulkhead"))
    expect_equal((done.returncode, done.stderr), (0, ""), done.stdout)


def check_fault(folder, source, old, new, seen):
    done = verify_own(folder, faulty_compiler(folder, source, old, new))
    expect_equal(done.returncode, 1, done.stdout + done.stderr)
    expect(seen in done.stdout, f"no `{seen}` in\n{done.stdout}")


def main():
    tap = Tap()
    tap.run("inspect: without a fault the image is the policy's", in_folder(check_sound))
    for fault in FAULTS:
        tap.run(f"inspect: a fault in {fault[0]} is found: {fault[3]}", in_folder(check_fault, *fault))
    tap.finish()


if __name__ == "__main__":
    main()
