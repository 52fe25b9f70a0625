#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The compiler as a program: same input, same bytes; nothing written on an error; the lock file says what is in the image;
guests' files that are wrong are refused; generated headers compile without a warning."""
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from tap import Tap, Skip, expect, expect_equal, in_folder

ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, os.environ.get("B", "build"))
BULKHEAD = os.path.join(BUILD, "bin", "bulkhead")
GOOD = os.path.join(ROOT, "tests", "golden", "good.policy")
GATEWAY = os.path.join(ROOT, "policy", "examples", "ais-gateway")
ROOTS = ("ais-gateway.policy", "ais-gateway-optional.policy", "hostile/ais-hostile.policy")
LIMIT_S = 60
WARNINGS = ("-std=gnu11", "-ffreestanding", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wvla", "-Werror")

LIBRARY = [word for folder in ("channels/include", "channels/guest/include") for word in ("-I", os.path.join(ROOT, folder))]

CODE_GPA = 0x100000
COMPONENT = struct.Struct("<QQII32s32s")


def bulkhead(*arguments):
    return subprocess.run([BULKHEAD, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=LIMIT_S, check=False, text=True, errors="replace")


def elf(code=b"\xf4", gpa=CODE_GPA, memory=None, machine=62):
    """The smallest guest: one code segment."""
    header = struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 2, machine, 1, gpa, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 4096, gpa, gpa, len(code), memory or len(code), 4096)
    return (header + segment).ljust(4096, b"\0") + code


def make_guests(folder, **others):
    for name in ("a", "b", "c", "log"):
        with open(os.path.join(folder, name + ".elf"), "wb") as file:
            file.write(others.get(name, elf(name.encode() * 8)))


def build(folder, *options, policy=GOOD):
    """Builds into `folder`; returns what the compiler said and the paths of image and lock."""
    os.makedirs(os.path.join(folder, "out"), exist_ok=True)
    image, lock = os.path.join(folder, "out", "s.img"), os.path.join(folder, "out", "s.lock")
    done = bulkhead("build", policy, "-o", image, "--images", folder, "--lock", lock, *options)
    return done, image, lock


def read(path):
    with open(path, "rb") as file:
        return file.read()


def build_elsewhere(place, **environment):
    """Image, lock file and header, built in a copy of all that is read, by relative names."""
    os.makedirs(os.path.join(place, "out"))
    for part in (os.path.join("tests", "golden"), os.path.join("policy", "platforms")):
        shutil.copytree(os.path.join(ROOT, part), os.path.join(place, part))
    make_guests(place)
    done = subprocess.run([BULKHEAD, "build", "tests/golden/good.policy", "-o", "out/s.img", "--images", ".", "--lock",
                           "out/s.lock", "--headers", "out"], cwd=place, env={**os.environ, **environment}, timeout=LIMIT_S,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True)
    expect_equal(done.returncode, 0, done.stderr)
    expect_equal(sorted(os.listdir(os.path.join(place, "out"))), ["good.h", "good_channels.h", "s.img", "s.lock"], "files")
    return [read(os.path.join(place, "out", name)) for name in ("s.img", "s.lock", "good.h", "good_channels.h")]


def check_same_bytes(folder):
    """Another second, folder, user's home, language and time zone make no other bytes."""
    first = build_elsewhere(os.path.join(folder, "one"))
    time.sleep(1.1)
    second = build_elsewhere(os.path.join(folder, "another", "and longer"), TZ="Asia/Tokyo", LC_ALL="C", HOME="/", USER="other")
    for name, one, other in zip(("image", "lock file", "header", "channels' header"), first, second):
        expect(one == other, f"the {name} is not the same")


def check_guest_changes_its_component(folder):
    make_guests(folder)
    _, image, lock = build(folder)
    before = json.loads(read(lock))
    make_guests(folder, b=elf(b"B" * 8))
    build(folder)
    after = json.loads(read(lock))
    changed = [new["name"] for old, new in zip(before["components"], after["components"]) if old != new]
    expect_equal(changed, ["header", "b"], "components that changed")
    expect_equal(before["policy_hash"], after["policy_hash"], "policy hash")
    expect(before["pcr_values"] != after["pcr_values"], "the PCR does not show the change")


def check_nothing_written(folder):
    make_guests(folder)
    _, image, lock = build(folder)
    before = read(image), read(lock)
    make_guests(folder, c=b"not an ELF file")
    done, _, _ = build(folder)
    expect_equal(done.returncode, 1, "exit status")
    expect_equal((read(image), read(lock)) == before, True, "old files kept")
    os.unlink(image)
    os.unlink(lock)
    build(folder)
    expect_equal(os.listdir(os.path.join(folder, "out")), [], "files after an error")
    make_guests(folder)
    os.mkdir(lock)
    done, _, _ = build(folder)
    expect_equal(done.returncode, 2, "exit status when the lock file cannot be written")
    expect_equal([name for name in os.listdir(os.path.join(folder, "out")) if ".new." in name], [], "temporary files")


def extend(name, value, digest):
    return hashlib.new(name, value + hashlib.new(name, digest).digest()).digest()


def check_lock(folder):
    make_guests(folder)
    _, image, lock = build(folder)
    data, said = read(image), json.loads(read(lock))
    header_size, = struct.unpack_from("<I", data, 12)
    digests = [hashlib.sha256(data[:header_size]).hexdigest()]
    names = ["header"]
    for at in range(header_size - COMPONENT.size * (len(said["components"]) - 1), header_size, COMPONENT.size):
        offset, size, _, _, digest, name = COMPONENT.unpack_from(data, at)
        expect_equal(hashlib.sha256(data[offset:offset + size]).digest(), digest, "digest in the component list")
        digests.append(digest.hex())
        names.append(name.rstrip(b"\0").decode())
    expect_equal([c["sha256"] for c in said["components"]], digests, "digests in the lock file")
    expect_equal([c["name"] for c in said["components"]], names, "names in the lock file")
    for bank, size in (("sha1", 20), ("sha256", 32), ("sha384", 48), ("sha512", 64)):
        value = bytes(size)
        for digest in digests:
            value = extend(bank, value, bytes.fromhex(digest))
        expect_equal(said["pcr_values"][bank], value.hex(), "PCR of " + bank)


def check_policy_hash(folder):
    make_guests(folder)
    _, _, lock = build(folder)
    said = json.loads(read(lock))
    whole = hashlib.sha256()
    for file in said["files"]:
        digest = hashlib.sha256(read(os.path.join(os.path.dirname(GOOD), file["name"])))
        expect_equal(file["sha256"], digest.hexdigest(), file["name"])
        whole.update(file["name"].encode() + b"\0" + digest.digest())
    expect_equal(said["policy_hash"], whole.hexdigest(), "policy hash")


def check_lock_rules(folder):
    make_guests(folder)
    _, _, lock = build(folder)
    for rule in json.loads(read(lock))["rules"]:
        if rule["index"] < 64:
            continue
        path = os.path.normpath(os.path.join(os.path.dirname(GOOD), rule["file"]))
        line = read(path).decode().splitlines()[rule["line"] - 1]
        names = re.split(r"[.+]", rule["name"])        # of a role's rule the line has the first, of joined orders too
        expect(names[0] in line or names[-1] in line or names[-1] in ("where", "rate"),
               f"{rule['name']} is not on line {rule['line']}: {line}")


def check_refused(folder, code, **guests):
    make_guests(folder, **guests)
    done, image, _ = build(folder)
    expect_equal(done.returncode, 1, done.stderr)
    expect(f"[BH{code}]" in done.stderr, done.stderr)
    expect(not os.path.exists(image), "an image was written")


def check_missing_guest(folder):
    make_guests(folder)
    os.unlink(os.path.join(folder, "b.elf"))
    done, _, _ = build(folder)
    expect_equal(done.returncode, 1, done.stderr)
    expect("[BH1001]" in done.stderr and "b.elf" in done.stderr, done.stderr)


def check_too_much_memory(folder):
    make_guests(folder)
    shutil.copytree(os.path.dirname(GOOD), os.path.join(folder, "p"))
    base = os.path.join(folder, "p", "parts", "base.policy")
    text = read(base).decode().replace('"../../../policy', f'"{ROOT}/policy').replace("memory 4 MiB", "memory 300 MiB")
    with open(base, "w", encoding="utf-8") as file:
        file.write(text.replace(f'"{ROOT}/policy/platforms/qemu-q35-svm.platform"', '"board.platform"'))
    shutil.copy(os.path.join(ROOT, "policy", "platforms", "qemu-q35-svm.platform"),
                os.path.join(folder, "p", "parts", "board.platform"))
    done, _, _ = build(folder, policy=os.path.join(folder, "p", "good.policy"))
    expect_equal(done.returncode, 1, done.stderr)
    expect("[BH0530]" in done.stderr, done.stderr)


def check_json(folder):
    make_guests(folder)
    done = bulkhead("check", os.path.join(ROOT, "tests", "golden", "assertions.policy"), "--no-images", "--json")
    said = json.loads(done.stdout)
    expect_equal(done.returncode, 1, "exit status")
    expect_equal(len(said["messages"]), said["errors"], "number of messages")
    first = said["messages"][0]
    expect_equal((first["line"], first["column"], first["code"], first["severity"]), (8, 1, "BH0702", "error"), "first message")
    expect_equal(first["notes"][0]["line"], 14, "line of the first note")
    expect_equal(json.loads(bulkhead("check", GOOD, "--no-images", "--json").stdout)["errors"], 0, "errors of a good policy")


def check_exit_statuses(folder):
    absent = os.path.join(folder, "absent.policy")
    for wanted, arguments in ((2, ()), (2, ("nonsense",)), (2, ("check",)), (2, ("check", "a", "b")), (2, ("check", absent)),
                              (2, ("check", GOOD, "-o", "x")), (2, ("build", GOOD)), (2, ("build", GOOD, "-o")),
                              (2, ("inspect", GOOD)), (2, ("headers", GOOD)), (0, ("--help",)), (0, ("build", "--help")),
                              (0, ("--version",)), (1, ("check", GOOD)), (0, ("check", GOOD, "--no-images")),
                              (2, ("check", GOOD, "--images", folder, "--no-images")), (0, ("test", GOOD)),
                              (1, ("test", os.path.join(ROOT, "tests", "golden", "failing.policy"))),
                              (1, ("headers", os.path.join(ROOT, "tests", "golden", "types.policy"), "--headers", folder))):
        done = bulkhead(*arguments)
        expect_equal(done.returncode, wanted, f"exit status of {arguments}: {done.stderr}")
    expect_equal(os.listdir(folder), [], "files written")


def check_help(folder):
    """Who asks for help gets it; who forgets an argument is told which one, and how it is used."""
    del folder
    whole = bulkhead("--help").stdout
    for arguments in (("-h",), ("help",)):
        done = bulkhead(*arguments)
        expect_equal((done.returncode, done.stdout, done.stderr), (0, whole, ""), str(arguments))
    about = bulkhead("sign", "--help").stdout
    expect("bulkhead sign PART" in about and "bulkhead check" not in about, about)
    for arguments in (("sign", "-h"), ("help", "sign")):
        expect_equal(bulkhead(*arguments).stdout, about, str(arguments))
    for arguments, missing in ((("check",), "ROOT.policy"), (("diff", "a.policy"), "NEW.policy"), (("fmt",), "FILE"),
                               (("explain", "a", "b", "c"), "CHANNEL"), (("new",), "NAME")):
        done = bulkhead(*arguments)
        expect_equal((done.returncode, done.stdout), (2, ""), str(arguments))
        expect(f"{arguments[0]} lacks its argument {missing}\nusage:\n  bulkhead {arguments[0]} " in done.stderr, done.stderr)
    expect_equal(bulkhead("help", "nonsense").returncode, 2, "help of no command")


def check_json_of_any_bytes(folder):
    """Messages quote what they complain about, whatever bytes it is; what is UTF-8 stays as it is."""
    path = os.path.join(folder, "bytes.policy")
    with open(path, "wb") as file:
        file.write(b'system bytes version 1 {}\nimage "\xe9";\ntrust "\xc3\xa9" "\xff\xed\xa0\x80\\";\n')
    done = subprocess.run([BULKHEAD, "check", "--json", path], stdout=subprocess.PIPE, timeout=60, check=False)
    said = json.loads(done.stdout.decode())
    expect_equal(done.returncode, 1, "exit status")
    texts = " ".join(m["message"] for m in said["messages"])
    expect("no UTF-8" in texts and "\u00e9" in texts, texts)
    make_guests(folder)
    golden = os.path.dirname(GOOD)
    shutil.copytree(os.path.join(golden, "parts"), os.path.join(folder, "p", "parts"))
    shutil.copytree(os.path.join(ROOT, "policy", "platforms"), os.path.join(folder, "p", "parts", "platforms"))
    for part in os.listdir(os.path.join(folder, "p", "parts")):
        part = os.path.join(folder, "p", "parts", part)
        if os.path.isfile(part):
            text = read(part).decode().replace('platform "../../../policy/platforms/', 'platform "platforms/')
            with open(part, "w", encoding="utf-8") as file:
                file.write(text.replace('req "R-1"', 'req "R-\u00e9 \\ \u20ac"'))
    root = shutil.copy(GOOD, os.path.join(folder, "p", "good.policy"))
    done, _, lock = build(folder, policy=root)
    expect_equal(done.returncode, 0, done.stderr)
    said = json.loads(read(lock).decode())
    expect("R-\u00e9 \\ \u20ac" in sum((r.get("req", []) for r in said["rules"]), []), str(said["rules"]))


def check_only_regular_files(folder):
    """A FIFO that nobody writes to must not hang the compiler, wherever it stands."""
    make_guests(folder)
    fifo = os.path.join(folder, "fifo.policy")
    os.mkfifo(fifo)
    os.unlink(os.path.join(folder, "b.elf"))
    os.mkfifo(os.path.join(folder, "b.elf"))
    for wanted, arguments in ((2, ("check", fifo)), (2, ("inspect", fifo)), (2, ("check", "/dev/zero")), (2, ("check", folder)),
                              (1, ("build", GOOD, "-o", os.path.join(folder, "s.img"), "--images", folder))):
        done = bulkhead(*arguments)
        expect_equal(done.returncode, wanted, f"exit status of {arguments}: {done.stderr}")
        expect("not a regular file" in done.stderr, done.stderr)


def check_outputs_refused(folder):
    """An output is a file of its own: no directory or device, no other output, no input."""
    make_guests(folder)
    policy = os.path.join(folder, "p")
    shutil.copytree(os.path.dirname(GOOD), policy)
    for name in ("all", "base"):
        path = os.path.join(policy, "parts", name + ".policy")
        text = read(path).decode().replace('"../../../policy', f'"{ROOT}/policy')
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(f'"{ROOT}/policy/platforms/qemu-q35-svm.platform"', '"board.platform"'))
    board = os.path.join(policy, "parts", "board.platform")
    shutil.copy(os.path.join(ROOT, "policy", "platforms", "qemu-q35-svm.platform"), board)
    image, link, fifo = (os.path.join(folder, name) for name in ("s.img", "link", "fifo"))
    os.symlink(image, link)
    os.mkfifo(fifo)
    root, guest = os.path.join(policy, "good.policy"), os.path.join(folder, "b.elf")
    for lock in (image, os.path.join(folder, ".", "s.img"), link, fifo, folder, root, board, guest,
                 os.path.join(policy, "parts", "..", "parts", "base.policy")):
        before = {name: read(name) for name in (root, board, guest)}
        done = bulkhead("build", root, "-o", image, "--images", folder, "--lock", lock)
        expect_equal(done.returncode, 2, f"{lock}: {done.stderr}")
        expect_equal({name: read(name) for name in before} == before, True, f"inputs kept from {lock}")
        expect_equal([name for name in os.listdir(folder) if name.startswith("s.img")], [], f"files beside {lock}")
    expect_equal(bulkhead("build", root, "-o", image, "--images", folder, "--lock", image + ".lock").returncode, 0, "status")


FAILING_RENAME = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
    if (strstr(from, ".lock.new") == NULL) return real(from, to);
    errno = EIO;
    return -1;
}
"""


def check_outputs_put_back(folder):
    """The last file cannot go to its place: the others are as they were, also those that were not."""
    make_guests(folder)
    shim = os.path.join(folder, "shim.so")
    done = subprocess.run(["cc", "-shared", "-fPIC", "-xc", "-", "-o", shim, "-ldl"], input=FAILING_RENAME, text=True,
                          stderr=subprocess.PIPE, timeout=LIMIT_S, check=False)
    expect_equal(done.returncode, 0, done.stderr)
    out = os.path.join(folder, "out")
    for old in ({}, {"s.img": b"old image"}, {"s.img": b"old image", "s.lock": b"old lock"}):
        shutil.rmtree(out, ignore_errors=True)
        os.mkdir(out)
        for name, data in old.items():
            with open(os.path.join(out, name), "wb") as file:
                file.write(data)
        os.environ["LD_PRELOAD"] = shim
        done, _, _ = build(folder)
        del os.environ["LD_PRELOAD"]
        expect_equal(done.returncode, 2, done.stderr)
        expect_equal({name: read(os.path.join(out, name)) for name in os.listdir(out)}, old, "files")


def check_tests(folder):
    del folder
    lines = bulkhead("test", os.path.join(ROOT, "tests", "golden", "failing.policy")).stdout.splitlines()
    expect_equal([line[:4] for line in lines], ["FAIL"] * 4 + ["PASS"], "verdicts")


def check_inspect(folder):
    make_guests(folder)
    _, image, lock = build(folder)
    done = bulkhead("inspect", image)
    expect_equal(done.returncode, 0, done.stderr)
    said = json.loads(read(lock))
    for wanted in (said["policy_hash"], said["pcr_values"]["sha384"], "wide_in", "c -> b"):
        expect(wanted in done.stdout, f"{wanted} is not shown:\n{done.stdout}")
    broken = bytearray(read(image))
    broken[12] ^= 1
    with open(image, "wb") as file:
        file.write(broken)
    done = bulkhead("inspect", image)
    expect_equal(done.returncode, 2, "exit status for a broken image")
    expect(re.search(r": HEADER_SIZE \(check [0-9a-f]+, entry 0\): header's size", done.stderr), done.stderr)
    checks = re.findall(r"X\((\w+)\)", read(os.path.join(ROOT, "policy", "kernel", "image_check_list.h")).decode())
    for page in ("README.md", "policy/compiler/bulkhead.1"):
        names = re.findall(r"image refused: (\w+)", read(os.path.join(ROOT, page)).decode())
        expect(names and set(names) <= set(checks), f"{page} names a check that there is not: {names}")


def compile_header(compiler, folder, path, least=3, before=""):
    if shutil.which(compiler) is None:
        raise Skip(compiler + " is not installed")
    source = os.path.join(folder, "use.c")
    name = os.path.basename(path)
    with open(path, encoding="utf-8") as file:
        types = re.findall(r"^struct (\w+) \{", file.read(), re.MULTILINE)
    channels = name.replace(".h", "_channels.h")
    with open(source, "w", encoding="utf-8") as file:
        file.write(f'{before}#include "{channels}"\n#include "{name}"\n#include "{channels}"\n')
        for kind in types:
            file.write(f"bool use_{kind}(const struct {kind} *m, uint32_t n);\n"
                       f"bool use_{kind}(const struct {kind} *m, uint32_t n) {{ return {kind}_valid(m, n); }}\n")
    done = subprocess.run([compiler, *WARNINGS, "-O2", "-c", source, "-I", os.path.dirname(path), *LIBRARY, "-o",
                           source + ".o"],
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=LIMIT_S, check=False, text=True)
    expect_equal(done.returncode, 0, done.stderr)
    expect(len(types) >= least, f"types: {types}")


def check_headers(folder, compiler):
    for root in (GOOD, *(os.path.join(GATEWAY, root) for root in ROOTS)):
        done = bulkhead("headers", root, "--headers", folder)
        expect_equal(done.returncode, 0, done.stderr)
    for name in ("good.h", "ais_gateway.h", "ais_hostile.h"):
        compile_header(compiler, folder, os.path.join(folder, name))


def library_words(folder, path):
    """Macros without arguments, tags and direct channels' constants of what a header for channels includes."""
    command = ["gcc", "-E", "-P", "-x", "c", path, "-I", folder, *LIBRARY]
    text, macros = (subprocess.run([*command, *more], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=LIMIT_S,
                                   check=True, text=True).stdout for more in ([], ["-dM"]))
    words = set(re.findall(r"^#define ([A-Za-z]\w*) ", macros, re.MULTILINE))
    words |= set(re.findall(r"\b(?:struct|enum|union) ([a-z]\w*)", text))
    words |= set(re.findall(r"\bDIRECT_([A-Z]\w*)\b", text + macros))
    return sorted(word for word in words if "__" not in word and not word.endswith("_"))


def check_library_names(folder):
    """Whatever the guest library and the headers that it needs call something: a policy that calls a type, an enumeration, a
    field or a direct channel so is refused, or its headers compile."""
    for part in (os.path.join("tests", "golden", "parts"), os.path.join("policy", "platforms")):
        shutil.copytree(os.path.join(ROOT, part), os.path.join(folder, part))
    policy, refused = os.path.join(folder, "tests", "golden", "words.policy"), 0

    def headers(text, system="words"):
        with open(policy, "w", encoding="utf-8") as file:
            file.write(f'system {system} version 1 {{ part "parts/base-stop.policy"; }}\n{text}')
        return bulkhead("headers", policy, "--headers", folder)

    done = headers("")
    expect_equal(done.returncode, 0, done.stderr)
    words = library_words(folder, os.path.join(folder, "words_channels.h"))
    expect({"INFO_MAGIC", "SHARED_STRING", "sender", "direct_result", "TAKEN", "BUSY"} <= set(words), f"words: {words}")
    for word in words:
        for text in (f"type {word} little {{ x: u8; }}\n", f"enum {word} {{ e = 0; }}\n",
                     f"type Odd little {{ {word}: u8; }}\n",
                     f"channel {word} a -> c direct {{ depth 64; }}\nallow beam a -> c on {word} Report direct {{}}\n"):
            done = headers(text)
            if done.returncode == 0:
                for before in ("", '#include "guest/receive.h"\n#include "guest/sender.h"\n#include "channels/abi.h"\n'):
                    compile_header("gcc", folder, os.path.join(folder, "words.h"), 1, before)
                continue
            expect(any(code in done.stderr for code in ("[BH0204]", "[BH0203]")), text + done.stderr)
            refused += 1
    expect(refused >= 60, f"only {refused} refused")
    for system in sorted({word.rsplit("_", 1)[0] for word in words if "_" in word and len(word) <= 15}):
        done = headers("channel beams a -> c direct { depth 64; }\nallow beam a -> c on beams Report direct {}\n", system)
        if done.returncode == 0:
            compile_header("gcc", folder, os.path.join(folder, system + ".h"), 1)
        else:
            expect("[BH0204]" in done.stderr, done.stderr)


def check_gateways(folder):
    del folder
    for root in ROOTS:
        done = bulkhead("test", os.path.join(GATEWAY, root))
        expect_equal((done.returncode, done.stderr), (0, ""), root)
        expect_equal(set(line[:4] for line in done.stdout.splitlines()), {"PASS"}, root)


def check_bypass_is_found(folder):
    """A flow past the guard, and a monitor with a smaller filter than the guard, do not get through `check`."""
    shutil.copytree(GATEWAY, os.path.join(folder, "ais-gateway"))
    shutil.copytree(os.path.join(ROOT, "policy", "platforms"), os.path.join(folder, "platforms"))
    place = os.path.join(folder, "ais-gateway")
    layout, flows = (read(os.path.join(place, name)).decode() for name in ("layout.policy", "flows.policy"))
    layout = layout.replace('"../../platforms', '"../platforms')
    bypass = "allow bypass high -> low on side Notice { rate 1/s burst 1; downgrade SECRET to UNCLASSIFIED; }\n"
    side = "channel side high -> low mediated { depth 8; }\n"
    smaller = flows.replace("lat in exclusion.lat", "lat in 1 deg .. 1.2 deg")
    expect(smaller != flows, "the filter is not where it was")
    for name, new_layout, new_flows, code in (("as it is", layout, flows, None),
                                              ("bypass", layout + side, flows + bypass, "BH0702"),
                                              ("smaller filter", layout, smaller, "BH0903")):
        for path, text in (("layout.policy", new_layout), ("flows.policy", new_flows)):
            with open(os.path.join(place, path), "w", encoding="utf-8") as file:
                file.write(text)
        done = bulkhead("check", os.path.join(place, "ais-gateway.policy"), "--no-images")
        expect_equal(done.returncode, 1 if code else 0, f"{name}: {done.stderr}")
        expect(code is None or code in done.stderr, f"{name}: {done.stderr}")


def main():
    tap = Tap()
    for name, test in (
            ("the same input makes the same bytes", in_folder(check_same_bytes)),
            ("a changed guest changes its component and the PCR alone", in_folder(check_guest_changes_its_component)),
            ("nothing is written on an error", in_folder(check_nothing_written)),
            ("the lock file has the image's digests and PCR values", in_folder(check_lock)),
            ("the policy's hash is over names and bytes of its files", in_folder(check_policy_hash)),
            ("the lock file's lines are where the rules stand", in_folder(check_lock_rules)),
            ("a guest that is no ELF file is refused", in_folder(check_refused, "1002", a=b"text")),
            ("FIFOs and devices are no input", in_folder(check_only_regular_files)),
            ("outputs are files of their own", in_folder(check_outputs_refused)),
            ("outputs are put back if one cannot be moved", in_folder(check_outputs_put_back)),
            ("a guest for another machine is refused", in_folder(check_refused, "1002", a=elf(machine=183))),
            ("a guest beyond its memory is refused", in_folder(check_refused, "1002", a=elf(memory=4 << 20))),
            ("a guest that leaves no room for its stack is refused", in_folder(check_refused, "1003", a=elf(memory=3 << 20))),
            ("a missing guest is refused", in_folder(check_missing_guest)),
            ("more memory than the platform has is refused", in_folder(check_too_much_memory)),
            ("diagnostics as JSON", in_folder(check_json)),
            ("exit statuses", in_folder(check_exit_statuses)), ("help", in_folder(check_help)),
            ("JSON of any bytes", in_folder(check_json_of_any_bytes)),
            ("bulkhead test names each test", in_folder(check_tests)),
            ("bulkhead inspect", in_folder(check_inspect)),
            ("headers compile with gcc", in_folder(check_headers, "gcc")),
            ("headers compile with clang", in_folder(check_headers, "clang")),
            ("no name of a policy is the guest library's", in_folder(check_library_names)),
            ("the gateways' own tests pass", in_folder(check_gateways)),
            ("a way around the guard is found", in_folder(check_bypass_is_found))):
        tap.run("compiler: " + name, test)
    tap.finish()


if __name__ == "__main__":
    main()
