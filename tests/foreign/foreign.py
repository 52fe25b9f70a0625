#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a 32-bit multiboot kernel as a subject, beside two honest ones, and prints what it writes to its serial port.

usage: foreign.py KERNEL [--module FILE] [--memory 256M] [--line WORDS] [--seconds N] [--backend svm|vmx] [--out FOLDER]

The kernel's subject has the monitor `pc` (monitor/subject/pc/README.md). The backend says which processor runs it, AMD SVM in
QEMU or Intel VMX in Bochs. Exit status: odd where the kernel wrote a code to port 0xf4, and then what QEMU's isa-debug-exit
gives, (code << 1 | 1) & 255. Even numbers are ours, which that device never gives: `--help` lists them.
"""
import argparse
import os
import re
import subprocess
import sys
import time
import traceback

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu"), os.path.join(TESTS, "bochs")]
import honest
import test_kernel
from audit_log import AuditLog
from bochs import OnBochs
from emulator import SLIPPED, has_slipped
from host_tools import verify_audit
from machine import BUILD, Machine
from tap import Failure, Skip, Spoilt, repeat_spoilt

FOREIGN = os.path.abspath(__file__)
SOURCE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(SOURCE, "..", "..")
PAYLOAD = os.path.join(SOURCE, "..", "..", "monitor", "subject", "pc", "payload.S")
SCRIPT = os.path.join(SOURCE, "..", "..", "monitor", "subject", "pc", "loader.ld")
PLATFORM = os.path.join(ROOT, "policy", "platforms", "qemu-q35-svm.platform")
LOADER = os.path.join(BUILD, "guests", "loader.o")
BUILD_LIMIT_S, BOOT_LIMIT_S, GO_ON_LIMIT_S, END_LIMIT_S = 120, 120, 60, 30
STEP_S = 0.2
LARGE_PAGE, LOADER_ROOM, LEAST_MIB, MOST_MIB = 2 << 20, 1 << 20, 4, 384
MOST_LINE = 2000                      # multiboot.c
MOST_FILE = 48 << 20                  # the compiler reads guests of up to 64 MiB

ENDED, POWERED_OFF, RESET, HALTED, UNKNOWN_INSTRUCTION, UNKNOWN_EXIT, NO_MEMORY, REFUSED = range(1, 9)      # enum pc_end
ENDS = {POWERED_OFF: "switched off", RESET: "reset its machine", HALTED: "halted, and no interrupt can come",
        UNKNOWN_INSTRUCTION: "used an instruction on a device that its monitor does not know",
        UNKNOWN_EXIT: "did what its monitor does not know", NO_MEMORY: "jumped to where it has no memory"}
NOT_RUN, TOO_LONG, GAVE_UP, NOT_HONEST, NOT_LOADED = 2, 4, 6, 8, 10
STATUSES = f"""exit status:
  odd  the kernel wrote a code to port 0xf4: (code << 1 | 1) & 255, as QEMU's isa-debug-exit gives it
  0    the kernel switched its machine off, reset it or halted for good
  {NOT_RUN}    it was not run, or not to an end: an argument that cannot be, no emulator, an interrupt
  {TOO_LONG}    it was not done in time
  {GAVE_UP}    its monitor gave it up, or it shut its processor down
  {NOT_HONEST}    an honest subject did not go on as if it were alone, or the system did not end well
  {NOT_LOADED}   the loader refused the file: it is no kernel, or does not fit"""

SYSTEM = """system foreign version 1 {
    authority tester may labels, label, external, always, audit, measure, platform, subject, privilege, plan, const, type,
        channel, feedback, allow;
    part "platform.policy" by tester;
    part "root/tests/guests/policies/common.policy" by tester;
    part "root/tests/guests/policies/foreign.policy" by tester;
    part "subject.policy" by tester;
}
"""
# The processor that foreign kernels see: all that both emulators' have and that needs no state which ours does not switch, so
# no XSAVE, RDTSCP, PCID, MONITOR; and PCOMMIT where it cannot be hidden. AMD64 APM volume 3, appendix E; Intel SDM volume 2,
# CPUID.
FEATURES = 0x01940281                 # FSGSBASE SMEP ERMS RDSEED SMAP CLFLUSHOPT CLWB
PCOMMIT = 1 << 22
CPUID = """    cpuid 0x00000000 is 0x00000007 0x68747541 0x444d4163 0x69746e65;    # "AuthenticAMD"
    # SSE3 PCLMULQDQ SSSE3 CX16 SSE4.1 SSE4.2 MOVBE POPCNT AES RDRAND; FPU DE PSE TSC MSR PAE MCE CX8 SEP PGE MCA CMOV PAT PSE36
    # CLFLUSH MMX FXSR SSE SSE2
    cpuid 0x00000001 is 0x00800f12 0x00000000 0x42d82203 0x078be9fd;
    cpuid 0x00000007 is 0x00000000 {features:#010x} 0x00000004 0x00000000;    # and UMIP
    cpuid 0x80000000 is 0x80000008 0x68747541 0x444d4163 0x69746e65;
    cpuid 0x80000001 is 0x00800f12 0x00000000 0x00000021 0x24100800;    # LAHF LZCNT; SYSCALL NX 1G LM
    cpuid 0x80000002 is 0x6b6c7542 0x64616568 0x62757320 0x7463656a;    # "Bulkhead subject"
    cpuid 0x80000008 is 0x00003028 0x00000000 0x00000000 0x00000000;    # 40 bits physical, 48 virtual
"""
SUBJECT = """subject foreign {{ image "loader.elf"; memory {mib} MiB; serial com2; on fault stop; }}
subject pc monitors foreign {{ image "guests/pc.elf"; memory 2 MiB; }}
"""


def memory_mib(text):
    """`256M` or `1G`, in MiB, even: large pages show it."""
    match = re.fullmatch(r"(\d+)([MG])", text)
    mib = int(match[1]) * (1024 if match[2] == "G" else 1) if match else 0
    if not LEAST_MIB <= mib <= MOST_MIB or mib % 2:
        raise Failure(f"MEMORY={text}: say an even number of megabytes, such as 256M, from {LEAST_MIB}M to {MOST_MIB}M")
    return mib


def run(what, *command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=BUILD_LIMIT_S, check=False, text=True, errors="replace")
    if done.returncode != 0:
        raise Failure(f"{what} failed:\n{done.stdout}")


def file_size(what, path):
    if not path:
        raise Failure(f"say {what}=FILE")
    try:
        size = os.path.getsize(path)
        with open(path, "rb"):            # one that may not be read, or is a folder, says so
            pass
    except OSError as error:
        raise Failure(f"{what}={path}: {error.strerror}") from None
    if size > MOST_FILE:
        raise Failure(f"{what}={path}: {size >> 20} MiB are more than the {MOST_FILE >> 20} that fit into an image")
    return size


def write_text(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def link_loader(folder, kernel, module, line, mib):
    """The loader with its files, as far up in the subject's memory as it fits below the tables and the stack."""
    if len(line.encode()) > MOST_LINE:
        raise Failure(f"the command line is longer than {MOST_LINE} bytes")
    line_path, empty = write_text(folder, "line", line), write_text(folder, "empty", "")
    size = file_size("KERNEL", kernel) + (file_size("MODULE", module) if module else 0)
    base = ((mib << 20) - LOADER_ROOM - size) // LARGE_PAGE * LARGE_PAGE
    if base < LARGE_PAGE:
        raise Failure(f"MEMORY={mib}M: the kernel and its loader do not fit into it")
    names = {"KERNEL": kernel, "MODULE": module or empty, "LINE": line_path}
    defines = [f'-DPAYLOAD_{name}="{os.path.abspath(path)}"' for name, path in names.items()]
    payload, elf = os.path.join(folder, "payload.o"), os.path.join(folder, "loader.elf")
    run("assembling the payload", "gcc", *defines, "-c", PAYLOAD, "-o", payload)
    run("linking the loader", "gcc", "-nostdlib", "-static", "-Wl,-z,noexecstack,-z,max-page-size=4096,--build-id=none",
        f"-Wl,--defsym=LOADER_BASE={base:#x},-T,{SCRIPT}", "-o", elf, LOADER, payload)


def write_platform(folder, features):
    """The usual one, but for the processor."""
    with open(PLATFORM, encoding="utf-8") as file:
        text = re.sub(r"^ *cpuid .*\n", "", file.read(), flags=re.MULTILINE)
    write_text(folder, "foreign.platform", text[:text.rindex("}")] + CPUID.format(features=features) + "}\n")
    write_text(folder, "platform.policy", 'platform "foreign.platform";\n')


def build_system(folder, kernel, module, line, mib, features=FEATURES):
    """Returns the image."""
    os.makedirs(folder, exist_ok=True)
    for name, path in (("root", ROOT), ("guests", os.path.join(BUILD, "guests"))):
        link = os.path.join(folder, name)
        if not os.path.islink(link):
            os.symlink(os.path.abspath(path), link)
    link_loader(folder, kernel, module, line, mib)
    write_platform(folder, features)
    write_text(folder, "subject.policy", SUBJECT.format(mib=mib))
    policy, image = write_text(folder, "system.policy", SYSTEM), os.path.join(folder, "foreign.img")
    run("compiling the policy", os.path.join(BUILD, "bin", "bulkhead"), "build", policy, "-o", image, "--images", folder)
    return image


class OnSvm(test_kernel.OnSvm):
    """A kernel with a monitor has its CPU run FXRSTOR as often as it exits, and QEMU's other CPU lose flags each time that it
    does so in the wrong instant (emulator.py): not where both take turns on one CPU of the host."""
    @staticmethod
    def machine(folder, image):
        return Machine(folder, image=image, tpm=False, one_cpu=True)


class OnVmx(OnBochs):
    """A processor with instructions for SHA-256: a large kernel is measured in seconds."""
    model, name = "tigerlake", "vmx"


BACKENDS = {"svm": OnSvm, "vmx": OnVmx}


def features_of(backend):
    return FEATURES if backend is OnVmx else FEATURES | PCOMMIT


class Run:
    """One run and what it left. `echo` is given all that the kernel has written so far, again and again. Its `seconds` begin
    once an honest subject has said something, and `after` is in what the kernel has written."""

    def __init__(self, folder, image, seconds, echo=lambda output: None, backend=OnSvm, after=b""):
        boot_limit_s, end_limit_s = BOOT_LIMIT_S * backend.slowness, END_LIMIT_S * backend.slowness
        with backend.machine(folder, image) as machine:
            machine.high.wait_for(rb"^honest steps=", boot_limit_s)
            machine.low.wait_for(after, boot_limit_s)
            deadline = time.monotonic() + seconds
            while not self.has_stopped(machine) and time.monotonic() < deadline:
                echo(bytes(machine.low.received))
                machine.low.look_now_and_then()
                time.sleep(STEP_S)
            self.gone_on = self.wait_for_honest(machine, GO_ON_LIMIT_S * backend.slowness)
            machine.audit.send(b"shutdown\n", end_limit_s)
            self.end = machine.wait_end(end_limit_s)
            echo(bytes(machine.low.received))
        self.output, self.honest = bytes(machine.low.received), machine.high.text().replace("\r", "")
        self.console, self.log = machine.console.text(), AuditLog(machine.audit.text())
        self.verified = verify_audit(os.path.join(folder, "audit.log"), os.path.join(folder, "console.log"), image)
        if self.what_is_wrong() and has_slipped(folder):
            raise Spoilt(SLIPPED)

    @staticmethod
    def has_stopped(machine):
        return b'event="stop" subject="foreign"' in machine.audit.received

    @staticmethod
    def wait_for_honest(machine, limit_s):
        """Whether both go on: the one that tells, and the one that it hears of, which on a busy host may not have begun."""
        seen = honest.progress(machine.high.text())

        def have_gone_on():
            return all(now > then for now, then in zip(honest.progress(machine.high.text()), seen))

        return machine.high.wait_until(have_gone_on, limit_s)

    def why(self):
        """(enum pc_end, what else its monitor says) of a kernel that was ended by its monitor; (0, 0): it was not."""
        values = [int(record["value"]) for record in self.log.select("stop", subject="foreign", rule="monitor")]
        return (values[0] >> 32, values[0] & 0xffffffff) if values else (0, 0)

    def what_is_wrong(self):
        """With everybody but the kernel: nothing, or the first thing."""
        lines = honest.LINE.findall(self.honest)
        if self.log.damaged or not self.verified.good or "panic" in self.console or self.end != "guest-shutdown":
            return f"the system did not end well: {self.end}, {self.verified.figures}, {self.log.damaged[:1]}"
        for steps, total, wrong, peer, peer_total, odd in lines:
            sums = honest.sum_after(int(steps)), honest.sum_after(int(peer))
            if (wrong, odd) != ("0", "0") or (int(total, 16), int(peer_total, 16)) != sums:
                return "an honest subject's work is wrong"
        if not self.gone_on:
            return "an honest subject stands still"
        others = {record.get("subject") for record in self.log.records if record["event"] in ("denied", "restart", "stop")}
        return f"more was refused: {others}" if others - {"foreign", "pc"} else ""


def refusal(output):
    """What the loader wrote last, which is why it gave the kernel up."""
    said = re.findall(rb"^loader: cannot start the kernel: (.*?)\r*$", output, re.MULTILINE)
    return said[-1].decode(errors="replace") if said else "no reason was received"


def judge(result):
    """(what to say, exit status)"""
    why, more = result.why()
    wrong = result.what_is_wrong()
    if wrong:
        return wrong, NOT_HONEST
    if why == ENDED:
        return f"the kernel ended with code {more}", (more << 1 | 1) & 255
    if why in (POWERED_OFF, RESET, HALTED):
        return f"the kernel {ENDS[why]}", 0
    if why == REFUSED:
        return f"the loader refused it: {refusal(result.output)}", NOT_LOADED
    if why:
        return f"the kernel {ENDS.get(why, 'was given up')} ({more:#x})", GAVE_UP
    stops = result.log.select("stop", subject="foreign")
    if not stops:
        return "the kernel is not done: say SECONDS=, more of them", TOO_LONG
    return f"the kernel shut its processor down (rule {stops[0]['rule']}, value {stops[0]['value']})", GAVE_UP


def printer():
    """Prints what is new."""
    printed = 0

    def echo(output):
        nonlocal printed
        sys.stdout.buffer.write(output[printed:])
        sys.stdout.buffer.flush()
        printed = len(output)
    return echo


def parse_arguments():
    parser = argparse.ArgumentParser(description="Runs a 32-bit multiboot kernel as a subject, beside two honest ones.",
                                     epilog=STATUSES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernel", metavar="KERNEL")
    parser.add_argument("--module", metavar="FILE", default="", help="what a boot loader would load beside it")
    parser.add_argument("--memory", metavar="SIZE", default="256M")
    parser.add_argument("--line", metavar="WORDS", default="", help="the command line, after the kernel's name")
    parser.add_argument("--seconds", type=int, default=900, metavar="N", help="how long it may take")
    parser.add_argument("--backend", choices=BACKENDS, default="svm", help="svm: AMD SVM in QEMU; vmx: Intel VMX in Bochs")
    parser.add_argument("--out", metavar="FOLDER", default=os.path.join(BUILD, "foreign"), help="where image and logs go")
    return parser.parse_args()


def run_kernel(arguments):
    """(what to say, exit status)"""
    line = " ".join(filter(None, (os.path.basename(arguments.kernel), arguments.line)))
    backend = BACKENDS[arguments.backend]
    image = build_system(arguments.out, arguments.kernel, arguments.module, line, memory_mib(arguments.memory),
                         features_of(backend))
    said, status = judge(repeat_spoilt(lambda: Run(arguments.out, image, arguments.seconds, printer(), backend)))
    return f"{said}; logs: {arguments.out}", status


def main():
    arguments = parse_arguments()
    try:
        said, status = run_kernel(arguments)
    except (Failure, Skip, OSError, subprocess.TimeoutExpired) as failure:
        said, status = failure, NOT_RUN
    except (KeyboardInterrupt, SystemExit):
        said, status = "interrupted", NOT_RUN
    except Exception:                     # Python's own status for what nobody foresaw is 1, which is a kernel's
        said, status = traceback.format_exc(), NOT_RUN
    print(f"foreign: {said}", file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    main()
