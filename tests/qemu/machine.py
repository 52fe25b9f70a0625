# SPDX-License-Identifier: Apache-2.0
"""A PC in QEMU that runs the kernel: AMD SVM by TCG, a fresh TPM, four serial ports, the machine protocol (QMP).

COM1 is the kernel's console; COM2, COM3 and COM4 belong to the gateway's subjects low, high and audit. All sockets lie in a
temporary folder; the logs stay in `out`. Everything that is started ends with the `with` block, and with the harness.
"""
import json
import os
import re
import shutil
import socket
import subprocess
import time

from emulator import CODE_BYTES, SLIPPED, Look, has_overslept, has_slipped_in, kernel_root, next_instruction
from scratch import make_scratch
from serial_line import SerialLine
from swtpm import SoftwareTpm
from tap import Failure, Spoilt

BUILD = os.environ.get("B", "build")
KERNEL = os.path.join(BUILD, "bulkhead.elf")
PORTS = (("console", "console.log"), ("low", "low.log"), ("high", "high.jsonl"), ("audit", "audit.log"))
ANSWER_LIMIT_S = 30
STOP_LIMIT_S = 10
START_STEP_S = 0.2


class Ended(Failure):
    """QEMU has ended, so that it answers no more."""


class Machine:
    """Boots `kernel` with `image` as its module, or `cdrom`. `tpm`: whether there is one; extending `refuse_pcr` fails."""

    def __init__(self, out, image=None, kernel=KERNEL, cdrom=None, tpm=True, refuse_pcr=None, cpus=2, memory_mib=512,
                 accelerator="tcg,thread=multi", options=(), one_cpu=False):
        """`one_cpu`: on one CPU of the host, where no thread of QEMU does something in the middle of what another one does."""
        os.makedirs(out, exist_ok=True)
        self.prefix = ["taskset", "-c", str(max(os.sched_getaffinity(0)))] if one_cpu else []
        self.out, self.begin, self.reason, self.memory_mib, self.cpus = out, time.monotonic(), None, memory_mib, cpus
        self.folder = make_scratch()
        self.tpm = self.process = self.control = None
        self.ports, self.events = {}, []
        try:
            self.ports = {name: SerialLine(os.path.join(self.folder, name), os.path.join(out, log)) for name, log in PORTS}
            self.console, self.low, self.high, self.audit = self.ports.values()
            self.tpm = SoftwareTpm(self.folder, refuse_pcr) if tpm else None
            boot = ["-cdrom", cdrom, "-boot", "d"] if cdrom else ["-kernel", kernel, "-initrd", image]
            self.start(["-machine", "q35", "-accel", accelerator, "-cpu", "max,la57=off", "-smp", str(cpus),
                        "-m", str(memory_mib), *boot, *options])
        except BaseException:
            self.close()
            raise

    def start(self, arguments):
        serial = [word for name, line in self.ports.items()
                  for word in ("-chardev", f"socket,id={name},path={line.path}", "-serial", "chardev:" + name)]
        control = socket.socket(socket.AF_UNIX)
        control.bind(os.path.join(self.folder, "qmp"))
        control.listen(1)
        control.settimeout(START_STEP_S)
        command = [*self.prefix, "setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-nodefaults", "-no-user-config",
                   "-display", "none", "-net", "none", "-no-reboot", *arguments, *serial,
                   *(self.tpm.qemu_arguments() if self.tpm else []),
                   "-chardev", "socket,id=qmp,path=" + os.path.join(self.folder, "qmp"), "-mon", "chardev=qmp,mode=control"]
        with open(os.path.join(self.out, "qemu.log"), "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        with control:
            self.control = self.accept(control)
        self.replies = self.control.makefile("r", encoding="utf-8")
        self.order("qmp_capabilities")
        for line in self.ports.values():
            line.look = self.look

    def accept(self, listener):
        """The connection of the machine protocol: the first sign of life."""
        deadline = time.monotonic() + ANSWER_LIMIT_S
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                return listener.accept()[0]
            except TimeoutError:
                pass
        with open(os.path.join(self.out, "qemu.log"), encoding="utf-8", errors="replace") as log:
            raise Failure(f"QEMU did not start:\n{log.read()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def next_reply(self, seconds):
        """One message of the machine protocol; None once QEMU has ended."""
        self.control.settimeout(seconds)
        try:
            line = self.replies.readline()
        except ConnectionError:
            line = ""
        reply = json.loads(line) if line else None
        if reply and "event" in reply:
            self.events.append(reply)
        return reply

    def order(self, command, **arguments):
        """Executes one order of the machine protocol."""
        ended = Ended(f"QEMU ended before {command}: see {self.out}/qemu.log")
        try:
            self.control.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        except ConnectionError:
            raise ended from None
        while (reply := self.next_reply(ANSWER_LIMIT_S)) is not None:
            if "error" in reply:
                raise Failure(f"QEMU refuses {command}: {reply['error']['desc']}")
            if "return" in reply:
                return reply["return"]
        raise ended

    def ask(self, question, cpu=0):
        """One question for people, about this CPU."""
        return self.order("human-monitor-command", **{"command-line": question, "cpu-index": cpu})

    def look_at(self, cpu):
        """What is to be seen of a CPU from outside."""
        registers = self.ask("info registers", cpu)
        code = self.ask(f"x/{CODE_BYTES}xb {next_instruction(registers) - CODE_BYTES:#x}", cpu)
        return Look(registers, self.ask(f"info lapic {cpu}"), code)

    def look(self):
        """Whether the emulator is to blame that nothing comes: raises that. Who waits for a port calls this."""
        try:
            for cpu in range(self.cpus):
                if has_overslept(lambda: self.look_at(cpu)):
                    self.log_registers()
                    raise Spoilt(f"the emulator lost an interrupt of CPU {cpu} (emulator.py): see {self.out}/registers.log")
        except Ended:
            pass                              # nothing comes any more, which others say better

    def shut_down(self, seconds):
        """Has the gateway's audit subject end the run. Returns QEMU's reason."""
        self.audit.wait_for(rb"^<\d+>1 - - bulkhead - start ", seconds)
        self.audit.send(b"shutdown\n", seconds)
        return self.wait_end(seconds)

    def wait_end(self, seconds):
        """Waits until the machine has powered itself off, or reset. Returns QEMU's reason: "guest-shutdown", "guest-reset"."""
        deadline = time.monotonic() + seconds
        try:
            while self.next_reply(max(deadline - time.monotonic(), 0.01)) is not None:
                pass
        except TimeoutError:
            self.fail(f"the machine did not end in {seconds} s")
        return self.collect_end()

    def log_registers(self):
        """Leaves in `registers.log` what CPUs and their APICs are doing. Returns it."""
        questions = ["info registers -a", *(f"info lapic {cpu}" for cpu in range(self.cpus)), "info pic"]
        registers = "\n".join(self.ask(question) for question in questions)
        with open(os.path.join(self.out, "registers.log"), "w", encoding="utf-8") as log:
            log.write(registers)
        return registers

    def look_into_memory(self):
        """The same of a subject that the emulator gave the kernel's registers: one that has died, and told nobody."""
        root, dump = kernel_root(self.console.text()), os.path.join(self.folder, "memory")
        if root is not None:
            self.dump_memory(dump)
            if has_slipped_in(dump, root):
                raise Spoilt(SLIPPED)

    def fail(self, what):
        """Says where the CPUs were and what console and audit said last, unless the emulator is to blame."""
        self.replies = self.control.makefile("r", encoding="utf-8")     # the old one does not outlive a time-out
        self.look()
        self.look_into_memory()
        where = "; ".join(re.findall(r"RIP=\w+|HLT=\d", self.log_registers()))
        raise Failure("\n".join([f"{what}: {where}", self.audit.tail(), self.console.tail()]))

    def quit(self):
        """Switches the machine off from outside: one that runs or has halted. Returns "host-qmp-quit", or why it had ended
        by itself."""
        try:
            self.control.sendall(b'{"execute": "quit"}')
        except ConnectionError:
            pass
        while self.next_reply(ANSWER_LIMIT_S) is not None:
            pass
        return self.collect_end()

    def collect_end(self):
        self.process.wait(STOP_LIMIT_S)
        for line in self.ports.values():
            line.wait_end(STOP_LIMIT_S)
        reasons = [event["data"]["reason"] for event in self.events if event["event"] == "SHUTDOWN"]
        self.reason = reasons[0] if reasons else f"exit status {self.process.returncode}"
        return self.reason

    def dump_memory(self, path):
        """Writes all of its memory to a file while it stands still."""
        self.order("stop")
        self.order("pmemsave", val=0, size=self.memory_mib << 20, filename=path)
        self.order("cont")

    def release_tpm(self):
        """After the end: where tpm2-tss finds the TPM with the PCRs of the run."""
        return self.tpm.release()

    def seconds(self):
        return time.monotonic() - self.begin

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait(STOP_LIMIT_S)
        if self.control:
            self.control.close()
        for line in self.ports.values():
            line.close()
        if self.tpm:
            self.tpm.close()
        shutil.rmtree(self.folder, ignore_errors=True)
