# SPDX-License-Identifier: Apache-2.0
"""QEMU's debugger port (the GDB remote serial protocol): stops the kernel at symbols, so that stretches of its code can be
counted without a change to it: under -icount the machine protocol's `query-replay` tells how many instructions have run."""
import re
import socket
import subprocess
import time

from tap import Failure

CONNECT_LIMIT_S = 20
RAX, RCX, RDI, RSP, RIP = 0, 2, 5, 7, 16         # by number, as QEMU lists them
HARDWARE_BREAKPOINT = 1


def symbols(kernel):
    """{name: address} of a linked kernel."""
    lines = subprocess.run(["nm", kernel], stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
    return {name: int(address, 16) for address, _, name in (line.split() for line in lines if len(line.split()) == 3)}


class Debugger:
    """`path`: the socket that QEMU listens on (options()). The machine has not begun to run."""

    def __init__(self, path):
        self.waiting = b""
        self.socket = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + CONNECT_LIMIT_S
        while True:
            try:
                self.socket.connect(path)
                break
            except (FileNotFoundError, ConnectionRefusedError):
                if time.monotonic() > deadline:
                    raise Failure(f"no debugger port at {path}") from None
                time.sleep(0.05)

    def close(self):
        self.socket.close()

    def ask(self, command, seconds=10):
        """Sends a command and returns the answer to it."""
        data = command.encode()
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) % 256))
        self.socket.settimeout(seconds)
        while not (packet := re.search(rb"\$([^#]*)#..", self.waiting)):
            try:
                received = self.socket.recv(65536)
            except TimeoutError:
                raise Failure(f"no answer to {command!r} in {seconds} s") from None
            if not received:
                raise Failure("the debugger port is closed")
            self.waiting += received
        self.waiting = self.waiting[packet.end():]
        self.socket.sendall(b"+")
        return packet[1].decode()

    def registers(self):
        """All of them, as QEMU has them in 64-bit mode: the first 17 have 8 bytes each."""
        return bytearray.fromhex(self.ask("g"))

    def read(self, register):
        return int.from_bytes(self.registers()[8 * register:][:8], "little")

    def memory(self, address, size):
        return bytes.fromhex(self.ask(f"m{address:x},{size:x}"))

    def stop_at(self, address):
        self.ask(f"Z{HARDWARE_BREAKPOINT},{address:x},1")

    def pass_by(self, address):
        self.ask(f"z{HARDWARE_BREAKPOINT},{address:x},1")

    def run(self, seconds):
        """Goes on, off the place where it stands, to the next stop. Returns where that is."""
        self.ask("s", seconds)
        self.ask("c", seconds)
        return self.read(RIP)


def options(path):
    return ("-S", "-chardev", f"socket,id=debugger,path={path},server=on,wait=off", "-gdb", "chardev:debugger")
