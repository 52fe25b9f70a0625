#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bulkhead-attest against a real software TPM: reads what was extended, and says what differs from the lock file."""
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "../qemu")]
from swtpm import SoftwareTpm, connect, read_packet
from tap import Tap, expect, expect_equal

ATTEST = os.path.join(os.environ.get("B", "build"), "bin/bulkhead-attest")
LIMIT_S = 30
PCR = 11
NAMES = ("header", "tables", "low", "flows.policy")
BANKS = ("sha1", "sha256", "sha384", "sha512")
STARTUP_CLEAR = struct.pack(">HIIH", 0x8001, 12, 0x144, 0)


def digest_of(name, flip=0):
    return hashlib.sha256(name.encode() + bytes(flip)).digest()


def event_command(digest):
    """TPM2_PCR_Event over a digest, with an empty password."""
    tail = struct.pack(">IIIHBHH", PCR, 9, 0x40000009, 0, 0, 0, len(digest)) + digest
    return struct.pack(">HII", 0x8002, 10 + len(tail), 0x13C) + tail


def predict(bank, digests):
    value = bytes(hashlib.new(bank).digest_size)
    for digest in digests:
        value = hashlib.new(bank, value + hashlib.new(bank, digest).digest()).digest()
    return value.hex()


def send(connection, command):
    connection.sendall(command)
    answer = read_packet(connection)
    expect_equal(struct.unpack_from(">I", answer, 6)[0], 0, "the TPM's answer")


class Stand:
    """A TPM, and the files that a build and a run would leave."""

    def __init__(self, folder):
        self.folder = folder
        self.tpm = SoftwareTpm(folder)
        send(self.tpm.data, STARTUP_CLEAR)
        self.tcti = self.tpm.release()
        self.digests = []
        self.write_lock(NAMES)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write_lock(self, names):
        digests = [digest_of(name) for name in names]
        lock = {"pcr": PCR, "banks": ["sha256"], "pcr_values": {bank: predict(bank, digests) for bank in ("sha256", "sha384")},
                "components": [{"name": name, "sha256": digest.hex()} for name, digest in zip(names, digests)]}
        with open(self.path("lock.json"), "w", encoding="ascii") as file:
            json.dump(lock, file)

    def boot(self, changed=None):
        """Extends every piece and logs it, as the kernel does; `changed` is not what was built."""
        connection = connect(self.tpm.path)
        with connection, open(self.path("console.log"), "w", encoding="ascii") as console:
            console.write("Bulkhead separation kernel\n")
            for name in NAMES:
                self.digests.append(digest_of(name, flip=name == changed))
                send(connection, event_command(self.digests[-1]))
                console.write(f"measure {name} sha256={self.digests[-1].hex()} pcr={PCR}\n")

    def attest(self, *arguments):
        run = subprocess.run([ATTEST, *arguments], timeout=LIMIT_S, check=False, text=True, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return run.returncode, run.stdout, run.stderr

    def compare(self, *arguments):
        return self.attest("compare", "--lock", self.path("lock.json"), "--tcti", self.tcti, *arguments)


def with_stand(test):
    folder = tempfile.mkdtemp(prefix="bulkhead-attest-")
    try:
        stand = Stand(folder)
        try:
            test(stand)
        finally:
            stand.tpm.close()
    finally:
        shutil.rmtree(folder)


def test_reads_pcrs(stand):
    stand.boot()
    status, out, _ = stand.attest("pcrs", "--tcti", stand.tcti, "--json")
    expect_equal(status, 0, "exit status")
    banks = json.loads(out)
    expect("sha256" in banks, "the TPM has no SHA-256 bank")
    for bank, values in banks.items():
        expect(bank in BANKS, f"unknown bank {bank}")
        expect_equal(sorted(map(int, values)), list(range(24)), f"PCRs of {bank}")
        expect_equal(values[str(PCR)], predict(bank, stand.digests), f"PCR {PCR} of {bank}")
        expect_equal(int(values["0"], 16), 0, f"PCR 0 of {bank}")
    status, out, _ = stand.attest("pcrs", "--tcti", stand.tcti)
    expect(f"  {PCR}  {predict('sha256', stand.digests)}\n" in out, "the text form differs")


def test_equal(stand):
    stand.boot()
    status, out, _ = stand.compare("--console", stand.path("console.log"), "--json")
    report = json.loads(out)
    expect_equal((status, report["equal"], report["differences"], report["console_replays"]), (0, True, [], True), "comparison")
    expect_equal([bank["bank"] for bank in report["banks"] if bank["equal"]], ["sha256", "sha384"], "banks that are equal")
    expect_equal(stand.compare()[0], 0, "exit status without a console log")


def test_names_component(stand):
    stand.boot(changed="low")
    status, out, _ = stand.compare("--console", stand.path("console.log"), "--json")
    report = json.loads(out)
    expect_equal((status, report["equal"], report["console_replays"]), (1, False, True), "comparison")
    expect_equal(report["differences"], [{"component": "low", "what": "differs"}], "differences")
    status, out, _ = stand.compare("--console", stand.path("console.log"))
    expect_equal(status, 1, "exit status of the text form")
    expect("component low: differs\n" in out and "evidence" not in out, out)


def test_forged_console(stand):
    """A console that claims what was built, while the PCR says otherwise."""
    stand.boot(changed="low")
    with open(stand.path("console.log"), "w", encoding="ascii") as console:
        console.writelines(f"measure {name} sha256={digest_of(name).hex()} pcr={PCR}\n" for name in NAMES)
    status, out, _ = stand.compare("--console", stand.path("console.log"), "--json")
    report = json.loads(out)
    expect_equal((status, report["equal"], report["console_replays"]), (1, False, False), "comparison")
    expect("no evidence" in stand.compare("--console", stand.path("console.log"))[1], "the text form believes it")


def test_measured_twice(stand):
    """The right pieces, but extended a second time."""
    stand.boot()
    stand.boot()
    expect_equal(stand.compare()[0], 1, "exit status")


def test_nothing_measured(stand):
    status, out, _ = stand.compare()
    expect_equal(status, 1, "exit status")
    expect("nothing was measured" in out, out)


def test_errors(stand):
    cases = (
        (("compare", "--lock", stand.path("none.json"), "--tcti", stand.tcti), "none.json: No such file"),
        (("compare", "--tcti", stand.tcti), "--lock is missing"),
        (("compare", "--lock", stand.path("lock.json")), "--tcti is missing"),
        (("pcrs", "--tcti", "swtpm:path=" + stand.path("nothing")), "is this the TPM's address"),
        (("pcrs", "--tcti", "nonsense:"), "nonsense:"),
        (("pcrs", "--tcti", stand.tcti, "--lock", "x"), "did you mean"),
        (("pcrs", "--tcti", stand.tcti, "more"), "unexpected argument `more`"),
        (("pcrs", "--frobnicate"), "usage:"),
        (("quote",), "usage:"),
        ((), "usage:"),
    )
    for arguments, shown in cases:
        status, out, err = stand.attest(*arguments)
        expect_equal((status, out), (2, ""), f"{arguments}: exit status and output")
        expect(shown in err, f"{arguments}: {err}")
    expect_equal(stand.attest("--help")[0], 0, "exit status of --help")
    expect("usage:" in stand.attest("compare", "--help")[1], "no help")


def test_stopped_tpm(stand):
    """A TPM that nobody has started answers with an error, which is passed on."""
    os.makedirs(stand.path("fresh"))
    fresh = SoftwareTpm(stand.path("fresh"))
    try:
        status, out, err = stand.attest("pcrs", "--tcti", fresh.release())
        expect_equal((status, out), (2, ""), "exit status and output")
        expect("started" in err, err)
    finally:
        fresh.close()


def main():
    tap = Tap()
    if shutil.which("swtpm") is None:
        tap.skip("bulkhead-attest against a TPM", "swtpm is not installed")
        tap.finish()
    for name, test in (("reads the PCRs of every bank", test_reads_pcrs), ("finds equal what is equal", test_equal),
                       ("names the component that differs", test_names_component),
                       ("does not believe a forged console", test_forged_console),
                       ("sees a second measuring", test_measured_twice),
                       ("sees that nothing was measured", test_nothing_measured),
                       ("says what is wrong with its arguments", test_errors),
                       ("refuses a TPM that is not started", test_stopped_tpm)):
        tap.run("attest: " + name, with_stand, test)
    tap.finish()


if __name__ == "__main__":
    main()
