#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who answers for a policy: detached signatures that the openssl program checks and makes too, releases that want them, images
pinned by `trust`, names that are retired, and the digest of what a rule means."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), HERE]
from tap import Tap, Skip, expect, expect_equal
from test_compiler import ROOT, bulkhead, build, elf, in_folder, make_guests, read

GOLDEN = os.path.join(ROOT, "tests", "golden")
ROOT_TEXT = """system good version 2 {
    authority officer key "keys/officer.pub" signers 2
        may unit, const, enum, type, labels, label, external, allow, restrict, protocol, order, role, exclusive, pipeline,
            never, always, audit, measure, sample, test, trust, retired, channel, plan, subject, feedback, privilege, share,
            downgrade, threat, limit;
    authority integrator key "keys/integrator.pub" may platform;
    part "base.policy" by officer;  part "all.policy" by officer;  part "extra.policy" by officer;
    part "place.policy" by integrator;
}
"""
WANTED = "wanted is ECDSA of 256 bits or more, as with P-256, or RSA of 2048 bits or more"
PARTS = ("base.policy", "all.policy", "extra.policy")


def openssl(*arguments):
    if shutil.which("openssl") is None:
        raise Skip("openssl is not installed")
    done = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60, check=False, text=True, errors="replace")
    return done.returncode, done.stdout + done.stderr


def make_key(folder, name, kind="ec"):
    key, pub = os.path.join(folder, name + ".pem"), os.path.join(folder, name + ".pub")
    options = {"ec": ("EC", "-pkeyopt", "ec_paramgen_curve:P-256"), "p384": ("EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
               "p521": ("EC", "-pkeyopt", "ec_paramgen_curve:P-521"), "p224": ("EC", "-pkeyopt", "ec_paramgen_curve:P-224"),
               "rsa": ("RSA", "-pkeyopt", "rsa_keygen_bits:2048"), "weak": ("RSA", "-pkeyopt", "rsa_keygen_bits:1024"),
               "ed25519": ("ED25519",)}[kind]
    code, said = openssl("genpkey", "-algorithm", *options, "-out", key)
    expect_equal(code, 0, said)
    expect_equal(openssl("pkey", "-in", key, "-pubout", "-out", pub)[0], 0, "openssl pkey")
    return key, pub


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def text_of(path):
    return read(path).decode()


def make_policy(folder, extra="retired never_more;\n"):
    """The policy of tests/golden in parts of two authorities; returns its root."""
    policy = os.path.join(folder, "p")
    base = re.sub(r"platform .*;\n", "", text_of(os.path.join(GOLDEN, "parts", "base.policy")), count=1)
    write(os.path.join(policy, "base.policy"), base)
    write(os.path.join(policy, "all.policy"), text_of(os.path.join(GOLDEN, "parts", "all.policy")))
    write(os.path.join(policy, "extra.policy"), extra)
    write(os.path.join(policy, "place.policy"), 'platform "board.platform";\n')
    shutil.copy(os.path.join(ROOT, "policy", "platforms", "qemu-q35-svm.platform"), os.path.join(policy, "board.platform"))
    write(os.path.join(policy, "root.policy"), ROOT_TEXT)
    make_guests(folder)
    return os.path.join(policy, "root.policy")


def make_keys(folder):
    """Two officers and an integrator."""
    keys = {name: make_key(folder, name, kind) for name, kind in (("ann", "ec"), ("bob", "rsa"), ("ivy", "p384"))}
    place = os.path.join(folder, "p", "keys")
    write(os.path.join(place, "officer.pub"), text_of(keys["ann"][1]) + text_of(keys["bob"][1]))
    write(os.path.join(place, "integrator.pub"), text_of(keys["ivy"][1]))
    return keys


def sign(folder, keys, part, *names):
    for name in names:
        done = bulkhead("sign", os.path.join(folder, "p", part), "--key", keys[name][0], "--as", name)
        expect_equal(done.returncode, 0, done.stderr)


def sign_all(folder, keys):
    for part in PARTS:
        sign(folder, keys, part, "ann", "bob")
    for part in ("place.policy", "board.platform"):
        sign(folder, keys, part, "ivy")
    sign(folder, keys, "root.policy", "ann", "bob", "ivy")


def pin(guest):
    return f'trust b image "sha256:{hashlib.sha256(guest).hexdigest()}" reason "reviewed, CR-1";\n'


def make_release(folder):
    root = make_policy(folder, pin(elf(b"b" * 8)))
    keys = make_keys(folder)
    sign_all(folder, keys)
    return root, keys


def release(folder, root):
    return build(folder, "--release", policy=root)


# ---- signatures ----
def check_openssl_agrees(folder, kind):
    key, pub = make_key(folder, "k", kind)
    part = os.path.join(folder, "x.policy")
    write(part, "retired a;\n")
    expect_equal(bulkhead("sign", part, "--key", key).returncode, 0, "sign")
    code, said = openssl("dgst", "-sha256", "-verify", pub, "-signature", part + ".sig", part)
    expect_equal((code, said.strip()), (0, "Verified OK"), "openssl dgst")
    digest = os.path.join(folder, "digest")
    with open(digest, "wb") as file:
        file.write(hashlib.sha256(read(part)).digest())
    code, said = openssl("pkeyutl", "-verify", "-pubin", "-inkey", pub, "-sigfile", part + ".sig", "-in", digest,
                         "-pkeyopt", "digest:sha256")
    expect_equal(code, 0, said)
    der = os.path.join(folder, "k.der")
    openssl("pkey", "-pubin", "-in", pub, "-outform", "DER", "-out", der)
    done = bulkhead("verify", part, "--key", pub)
    expect_equal(done.returncode, 0, done.stderr)
    expect(hashlib.sha256(read(der)).hexdigest() in done.stdout, done.stdout)
    os.unlink(part + ".sig")
    expect_equal(openssl("dgst", "-sha256", "-sign", key, "-out", part + ".org.sig", part)[0], 0, "openssl signs")
    expect_equal(bulkhead("verify", part, "--key", pub).returncode, 0, "what openssl signed")
    write(part, "retired b;\n")
    done = bulkhead("verify", part, "--key", pub)
    expect_equal(done.returncode, 1, done.stdout)
    expect("x.policy.org.sig is by none of the keys" in done.stdout, done.stdout)
    expect(openssl("dgst", "-sha256", "-verify", pub, "-signature", part + ".org.sig", part)[0] != 0, "openssl takes it")


def check_bad_keys(folder):
    part = os.path.join(folder, "x.policy")
    write(part, "retired a;\n")
    key, pub = make_key(folder, "good")
    locked = os.path.join(folder, "locked.pem")
    openssl("pkey", "-in", key, "-aes128", "-passout", "pass:x", "-out", locked)
    for path, wanted in ((locked, "passphrase"), (pub, "no private key"), (part, "no private key"),
                         (folder, "not a regular file"), (os.path.join(folder, "none"), "No such file"),
                         (make_key(folder, "w", "weak")[0], "2048"), (make_key(folder, "s", "p224")[0], "below 256 bits"),
                         (make_key(folder, "e", "ed25519")[0], "another kind: " + WANTED)):
        done = bulkhead("sign", part, "--key", path)
        expect_equal(done.returncode, 2, path)
        expect(wanted in done.stderr, done.stderr)
        expect(not os.path.exists(part + ".sig"), "a signature was written")
    for options in ((), ("--key", key, "--as", "../x"), ("--key", key, "--as", "")):
        expect_equal(bulkhead("sign", part, *options).returncode, 2, str(options))
    for name, text in (("a.pub", ""), ("b.pub", text_of(pub)[:60]), ("c.pub", text_of(pub).replace("M", "!")),
                       ("d.pub", text_of(pub) * 17), ("w.pub", None), ("e.pub", None), ("s.pub", None)):
        if text is not None:
            write(os.path.join(folder, name), text)
        done = bulkhead("verify", part, "--key", os.path.join(folder, name))
        expect_equal(done.returncode, 2, name)
        expect(text is not None or WANTED in done.stderr, done.stderr)
    expect_equal(bulkhead("verify", part, "--key", pub).returncode, 1, "no signature")
    for size in (0, 1, 5000):
        with open(part + ".sig", "wb") as file:
            file.write(b"\x30" * size)
        expect_equal(bulkhead("verify", part, "--key", pub).returncode, 1, f"{size} bytes of signature")


# ---- releases ----
def check_other_signatures(folder, root, keys, said):
    """Where all is signed, another signature beside a file is not worth a word; where one is missing it is."""
    place = os.path.join(folder, "p")
    strange, missing = os.path.join(place, "base.policy.eve.sig"), os.path.join(place, "base.policy.ann.sig")
    eve, _ = make_key(folder, "stranger")
    done = bulkhead("sign", os.path.join(place, "base.policy"), "--key", eve, "--as", "eve")
    expect_equal(done.returncode, 0, done.stderr)
    expect_equal(bulkhead("verify", root).stdout.splitlines(), said, "with a stranger's signature")
    before = read(missing)
    os.unlink(missing)
    done = bulkhead("verify", root)
    expect_equal(done.returncode, 1, "a signature is missing")
    expect("base.policy: " in done.stdout and "base.policy.eve.sig is by none of the keys" in done.stdout, done.stdout)
    expect("root.policy" not in "".join(line for line in done.stdout.splitlines() if "none of the keys" in line), done.stdout)
    with open(missing, "wb") as file:
        file.write(before)
    os.unlink(strange)
    other = os.path.join(place, "root.policy.ivy.sig")
    before = read(other)
    os.unlink(other)
    done = bulkhead("verify", root)
    expect_equal(done.returncode, 1, "the integrator's signature of the root is missing")
    expect("none of the keys" not in done.stdout and "by no key" not in done.stderr, done.stdout + done.stderr)
    with open(other, "wb") as file:
        file.write(before)


def check_release(folder):
    root, keys = make_release(folder)
    done = bulkhead("verify", root)
    expect_equal((done.returncode, done.stderr), (0, ""), "verify")
    said = done.stdout.splitlines()
    expect(said[-1].endswith(": all 6 files are signed") and all(" is by key " in line for line in said[:-1]), done.stdout)
    check_other_signatures(folder, root, keys, said)
    done, image, lock = release(folder, root)
    expect_equal(done.returncode, 0, done.stderr)
    expect("unsigned" not in done.stdout and "signed" in done.stdout, done.stdout)
    expect("rollback 0, signed," in bulkhead("inspect", image).stdout, "inspect does not call it signed")
    said = json.loads(read(lock))
    expect_equal(said["signed"], True, "lock")
    der = os.path.join(folder, "ann.der")
    openssl("pkey", "-pubin", "-in", keys["ann"][1], "-outform", "DER", "-out", der)
    officer = said["files"][1]["authorities"][0]
    expect_equal((officer["name"], officer["demands"], len(officer["signed_by"])), ("officer", 2, 2), "signers of base.policy")
    expect_equal(officer["signed_by"][0], hashlib.sha256(read(der)).hexdigest(), "fingerprint")
    expect_equal([len(a["signed_by"]) for a in said["files"][0]["authorities"]], [2, 1], "signers of the root")
    done, image, lock = build(folder, policy=root)
    expect("unsigned" in done.stdout, done.stdout)
    expect("unsigned" in bulkhead("inspect", image).stdout, "inspect")
    expect_equal(json.loads(read(lock))["signed"], False, "lock of another image")


def check_release_refuses(folder):
    root, keys = make_release(folder)
    place = os.path.join(folder, "p")

    def refused(name, *wanted):
        done, image, lock = release(folder, root)
        expect_equal(done.returncode, 1, f"{name}: {done.stdout}{done.stderr}")
        for word in ("BH0131", *wanted):
            expect(word in done.stderr, f"{name}: {word} is not in:\n{done.stderr}")
        expect(not os.path.exists(image) and not os.path.exists(lock), name + ": something was written")
        expect_equal(bulkhead("verify", root).returncode, 1, name)

    def with_bytes(path, change):
        path = os.path.join(place, path)
        before = read(path)
        os.unlink(path)
        if change is not None:
            with open(path, "wb") as file:
                file.write(change(before))
        return lambda: open(path, "wb").write(before)

    def anns_other(_):
        """Another signature by ann's key: the bytes differ, as the openssl program signs with random numbers."""
        openssl("dgst", "-sha256", "-sign", keys["ann"][0], "-out", os.path.join(folder, "other.sig"),
                os.path.join(place, "all.policy"))
        return read(os.path.join(folder, "other.sig"))

    eve, _ = make_key(folder, "eve")
    cases = (
        ("one signature short", "all.policy.bob.sig", None,
         ("`all.policy` is signed by 1 of the 2", "`officer`", "officer.pub")),
        ("one key under two names", "all.policy.bob.sig", anns_other, ("`all.policy` is signed by 1 of the 2", "`officer`")),
        ("a changed part", "all.policy", lambda b: b + b"\n", ("`all.policy` is signed by 0 of the 2", "over other bytes")),
        ("a changed root", "root.policy", lambda b: b + b"\n", ("`root.policy`", "`officer`", "`integrator`")),
        ("a changed platform", "board.platform", lambda b: b + b"\n", ("`board.platform`", "`integrator`")),
        ("a changed signature", "place.policy.ivy.sig", lambda b: b[:-1] + bytes([b[-1] ^ 1]),
         ("`place.policy`", "`integrator`")),
        ("another's signature", "place.policy.ivy.sig", lambda b: read(os.path.join(place, "place.policy.eve.sig")),
         ("`place.policy`",)),
        ("no key file", "keys/officer.pub", None, ("key of `officer`", "No such file")),
        ("an empty key file", "keys/officer.pub", lambda b: b"", ("key of `officer`", "no public key")),
        ("one key twice", "keys/officer.pub", lambda b: read(keys["ann"][1]) * 2, ("1 of the 2",)))
    bulkhead("sign", os.path.join(place, "place.policy"), "--key", eve, "--as", "eve")
    for name, path, change, wanted in cases:
        restore = with_bytes(path, change)
        refused(name, *wanted)
        restore()
    write(root, ROOT_TEXT.replace(' key "keys/integrator.pub"', ""))
    refused("no key", "the authority `integrator` has no `key`")
    shutil.copy(os.path.join(GOLDEN, "good.policy"), os.path.join(folder, "good.policy"))
    root = os.path.join(GOLDEN, "leaks.policy")
    done = bulkhead("verify", root)
    expect_equal(done.returncode, 1, done.stderr)


def check_strange_signatures(folder):
    """What stands beside a file as its signature may be anything: it is never waited for, and never stands for another."""
    part = os.path.join(folder, "x.policy")
    write(part, "retired a;\n")
    key, pub = make_key(folder, "good")
    os.mkfifo(part + ".fifo.sig")
    os.mkdir(part + ".folder.sig")
    os.symlink("nowhere", part + ".link.sig")
    os.symlink("/dev/zero", part + ".device.sig")
    write(part + ".big.sig", "0" * 5000)
    expect_equal(bulkhead("verify", part, "--key", pub).returncode, 1, "no signature")
    expect_equal(bulkhead("sign", part, "--key", key).returncode, 0, "sign")
    whole = read(part + ".sig")
    for name, data in (("longer", whole + b"\0"), ("shorter", whole[:-1]), ("twice", whole * 2), ("empty", b"")):
        with open(part + ".sig", "wb") as file:
            file.write(data)
        expect_equal(bulkhead("verify", part, "--key", pub).returncode, 1, name)
    for bit in range(8 * len(whole)):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        with open(part + ".sig", "wb") as file:
            file.write(data)
        expect_equal(bulkhead("verify", part, "--key", pub).returncode, 1, f"bit {bit}")
    with open(part + ".sig", "wb") as file:
        file.write(whole)
    expect_equal(bulkhead("verify", part, "--key", pub).returncode, 0, "the signature")
    for i in range(64):
        write(f"{part}.{i}.sig", "junk")
    done = bulkhead("verify", part, "--key", pub)
    expect_equal(done.returncode, 2, done.stdout)
    expect("more than 64 signatures" in done.stderr, done.stderr)
    expect_equal(bulkhead("sign", part, "--key", part + ".sig").returncode, 2, "the output as key")
    own = os.path.join(folder, "own.policy")
    shutil.copy(key, own + ".sig")
    write(own, "retired a;\n")
    expect_equal(bulkhead("sign", own, "--key", own + ".sig").returncode, 2, "a signature over its key")
    expect_equal(read(own + ".sig"), read(key), "the key")


# ---- trust and retired ----
def check_trust(folder):
    root = make_policy(folder, pin(elf(b"other")))
    real = hashlib.sha256(elf(b"b" * 8)).hexdigest()
    done, image, _ = build(folder, policy=root)
    expect_equal(done.returncode, 1, done.stderr)
    expect("[BH1004]" in done.stderr and "sha256:" + real in done.stderr, done.stderr)
    expect(not os.path.exists(image), "an image was written")
    write(os.path.join(folder, "p", "extra.policy"), "trust required;\n" + pin(elf(b"b" * 8)))
    done, image, lock = build(folder, policy=root)
    expect_equal(done.returncode, 0, done.stderr)
    expect_equal(json.loads(read(lock))["trust"][0]["reason"], "reviewed, CR-1", "lock")
    write(os.path.join(folder, "p", "extra.policy"), "trust required;\n")
    expect("[BH0640]" in bulkhead("check", root, "--no-images").stderr, "`trust required` is not heeded")


def check_compared(folder):
    """A pin less, a signer less, another key, a retired name less: all of them are wider."""
    old = make_policy(folder, pin(b"1") + "retired never_more;\ntrust required;\n")
    new = make_policy(os.path.join(folder, "new"), pin(b"1") + "retired never_more;\ntrust required;\n")
    expect_equal(bulkhead("diff", old, new).returncode, 0, "the same")
    extra = os.path.join(os.path.dirname(new), "extra.policy")
    for path, text, wanted in ((extra, pin(b"1") + "trust required;\n", "retired never_more: gone"),
                               (extra, pin(b"1") + "retired never_more;\n", "trust required: gone"),
                               (extra, pin(b"2") + "retired never_more;\ntrust required;\n", "trust b: image"),
                               (new, ROOT_TEXT.replace("signers 2", "signers 1"), "authority officer: signers 2 => 1"),
                               (new, ROOT_TEXT.replace("officer.pub", "other.pub"), "authority officer: key"),
                               (new, ROOT_TEXT.replace(' key "keys/integrator.pub"', ""), "authority integrator: key")):
        before = text_of(path)
        write(path, text)
        done = bulkhead("diff", old, new)
        expect_equal(done.returncode, 1, f"{wanted}: {done.stdout}{done.stderr}")
        expect(f"+ {wanted}" in done.stdout, done.stdout)
        write(path, before)


def check_compared_keys(folder):
    """Who may sign is told by the keys, wherever their file is: a key more is wider, a key less narrower."""
    root = make_policy(folder)
    make_keys(folder)
    new = os.path.join(folder, "new")
    shutil.copytree(os.path.join(folder, "p"), os.path.join(new, "p"))
    changed, pub = os.path.join(new, "p", "root.policy"), os.path.join(new, "p", "keys", "officer.pub")
    expect_equal(bulkhead("diff", root, changed).stdout, "same meaning\n", "the same keys")
    shutil.copy(pub, os.path.join(new, "p", "officer.pub"))
    write(changed, ROOT_TEXT.replace("keys/officer.pub", "officer.pub"))
    done = bulkhead("diff", root, changed)
    expect_equal(done.returncode, 0, "the same keys elsewhere: " + done.stdout)
    write(changed, ROOT_TEXT)
    write(pub, text_of(pub) + text_of(os.path.join(new, "p", "keys", "integrator.pub")))
    write(os.path.join(folder, "kept.flows"), bulkhead("expand", root).stdout)
    for now, status in ((root, 0), (changed, 1)):
        done = bulkhead("expand", now, "--check", os.path.join(folder, "kept.flows"))
        expect_equal(done.returncode, status, "flows that are kept beside it: " + done.stdout + done.stderr)
    for old, now, status, way in ((root, changed, 1, "wider"), (changed, root, 0, "narrower")):
        done = bulkhead("diff", old, now)
        expect_equal(done.returncode, status, done.stdout + done.stderr)
        expect(re.search(rf"authority officer: keys in it \S.* \({way}\)", done.stdout), done.stdout)
    write(pub, "no key\n")
    expect(bulkhead("diff", root, changed).returncode in (0, 1), "a file without keys is no fault of the policies")


def check_retired(folder):
    """A retired name is taken for every kind of thing, in every part, and stays so."""
    for text in ("allow gone a -> b on up Report { rate 1/s burst 1; }", "restrict gone on report_in { rate 1/s burst 1; }",
                 "const gone = 3;", "type gone little { x: u8; }", "channel gone a -> b mediated { depth 8; }",
                 "sample gone = Report { x = 1; kind = 1; };", "unit gone = 3;", "pipeline gone world -> a;",
                 "protocol gone { from idle on report_in to idle; }", "retired gone;"):
        done = bulkhead("check", make_policy(folder, "retired gone;\n" + text + "\n"), "--no-images")
        expect_equal(done.returncode, 1, text + done.stderr)
        expect("[BH0207]" in done.stderr or "[BH0202]" in done.stderr, text + done.stderr)


def check_wants_pin(folder, extra, *wanted):
    """A release without all pins names the ones that are missing, and only those; another image is built."""
    root = make_policy(folder, extra)
    sign_all(folder, make_keys(folder))
    with open(os.path.join(folder, "m.elf"), "wb") as file:
        file.write(elf(b"m" * 8))
    done, _, _ = release(folder, root)
    expect_equal(done.returncode, 1 if wanted else 0, done.stderr)
    seen = re.findall(r'say `trust (\w+) image "sha256:(\w+)" reason', done.stderr)
    expect_equal(seen, [(name, hashlib.sha256(elf(code * 8)).hexdigest()) for name, code in wanted], "pins that are missing")
    expect_equal(build(folder, policy=root)[0].returncode, 0, "an image that is no release")


def check_release_wants_pins(folder):
    """Of a subject of several labels; of its monitor too, which sees all that is its subject's."""
    board = 'subject board monitors b { image "m.elf"; memory 2 MiB; }\n'
    check_wants_pin(folder, "retired never_more;\n", ("b", b"b"))
    check_wants_pin(folder, board, ("b", b"b"), ("board", b"m"))
    check_wants_pin(folder, board + pin(elf(b"b" * 8)), ("board", b"m"))
    check_wants_pin(folder, board + pin(elf(b"b" * 8)) + pin(elf(b"m" * 8)).replace("trust b ", "trust board "))


# ---- meanings ----
def meanings(folder, base, everything):
    """Of every rule and type of a policy made of these two parts."""
    root = make_policy(folder)
    write(os.path.join(folder, "p", "base.policy"), base)
    write(os.path.join(folder, "p", "all.policy"), everything)
    done, image, lock = build(folder, policy=root)
    expect_equal(done.returncode, 0, done.stderr)
    said = json.loads(read(lock))
    shown = bulkhead("inspect", image).stdout
    for rule in said["rules"]:
        if "meaning" not in rule:
            continue
        expect_equal(rule["shown"], f'{rule["name"]}@{rule["meaning"][:4]}', "name with meaning")
        expect(rule["shown"] in shown, f'inspect does not show {rule["shown"]}')
    return {r["name"]: r["meaning"] for r in said["rules"] + said["types"] if "meaning" in r}


def check_meanings(folder):
    root = make_policy(folder)
    base, everything = (text_of(os.path.join(os.path.dirname(root), name)) for name in ("base.policy", "all.policy"))
    first = meanings(folder, base, everything)
    expect({"report_in", "Report"} <= set(first), str(first))
    shuffled = base.replace(";", ";  # a word\n").replace("\n", "\n\n")
    expect_equal(meanings(folder, shuffled, everything), first, "comments and blank lines")
    order = [line for line in everything.splitlines(keepends=True) if line.startswith("restrict")]
    moved = "".join(order) + "".join(line for line in everything.splitlines(keepends=True) if line not in order)
    expect(moved != everything, "nothing has moved")
    expect_equal(meanings(folder, base, moved), first, "order of statements")
    for name, old, new, changed in CHANGES:
        expect(old in base + everything, f"{name}: `{old}` is not there")
        seen = meanings(folder, base.replace(old, new), everything.replace(old, new))
        expect_equal({rule for rule in first if seen.get(rule) != first[rule]}, set(changed), name)


# What is replaced by what, and whose meaning changes by that.
CHANGES = (
    ("order of operands", "b == 3 or c in { 1, 2, 9 }", "c in { 9, 1, 2 } or b == 3", ()),
    ("a constant written otherwise", "const limit = 1.5 cm;", "const limit = 150;", ()),
    ("a requirement", 'req "R-2"', 'req "R-3"', ()),
    ("a depth", "depth 8; slots 2;", "depth 9; slots 2;", ()),
    ("a rate", "rate 60/min burst 2", "rate 61/min burst 2", ("ask",)),
    ("a condition of a restrict", "line != 2", "line != 2 and key[1] != 9", ("slower",)),
    ("a field", "x: u32 in 0 .. 100", "x: u32 in 0 .. 99", ("Report", "report_in", "report_on")),
    ("a type's condition", "id in 5 .. 9 and", "id in 4 .. 9 and", ("Wide", "wide_in", "sensed.a", "soft")),
    ("a timeout", "after 5 s to idle", "after 4 s to idle", ("turn", "ask", "answer")),
    ("what is recorded", "kernel reserve 4 KiB;", "kernel reserve 4 KiB; record report_on with payload;", ("report_on",)),
    ("a plan's name", "plan normal", "plan usual", ("answer", "slower")))


def main():
    tap = Tap()
    for name, test in (
            ("openssl checks ours and we check openssl's, P-256", in_folder(check_openssl_agrees, "ec")),
            ("the same with P-384", in_folder(check_openssl_agrees, "p384")),
            ("the same with P-521", in_folder(check_openssl_agrees, "p521")),
            ("the same with RSA", in_folder(check_openssl_agrees, "rsa")),
            ("keys and signatures that are no good", in_folder(check_bad_keys)),
            ("a signed policy makes a release; other images are unsigned", in_folder(check_release)),
            ("a release refuses what is not signed so", in_folder(check_release_refuses)),
            ("strange files as signatures", in_folder(check_strange_signatures)),
            ("trust pins an image", in_folder(check_trust)), ("diff compares trust", in_folder(check_compared)),
            ("diff compares keys", in_folder(check_compared_keys)),
            ("what is retired stays so", in_folder(check_retired)),
            ("a release pins subjects of several labels", in_folder(check_release_wants_pins)),
            ("a meaning changes with the meaning, and then only", in_folder(check_meanings))):
        tap.run("signatures: " + name, test)
    tap.finish()


if __name__ == "__main__":
    main()
