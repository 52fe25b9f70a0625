# SPDX-License-Identifier: Apache-2.0
"""A PC in Bochs that runs the kernel by Intel VMX: GRUB from a CD, two CPUs, four serial ports. No TPM.

Bochs knows nothing of the power-off port: the machine has ended when the audit of every CPU has said its last word. Its screen
is a network server, so it runs where there is no network, and its serial ports are terminals. Two runs are the same to the last
instruction as long as nothing is sent to them.
"""
import os
import pty
import shutil
import select
import subprocess
import tty

from iso import make_grub_iso
from machine import KERNEL, PORTS
from scratch import make_scratch
from serial_line import SHOWN_BYTES, SerialLine
from tap import Failure, Skip

STOP_LIMIT_S = 10
HOST_MOST = 2048                          # MiB; of a guest with more, what is touched must be less
IPS = 50_000_000                          # instructions in a second of the machine's own time
WITHOUT_NETWORK = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
BIOS, VGA_BIOS = "/usr/share/bochs/BIOS-bochs-latest", "/usr/share/bochs/VGABIOS-lgpl-latest"

CONFIGURATION = """
plugin_ctrl: unmapped=1, biosdev=1, speaker=0, extfpuirq=1, parallel=0, iodebug=1
config_interface: textconfig
display_library: rfb, options="timeout=0"
memory: guest={memory}, host={host}
romimage: file={bios}
vgaromimage: file={vga}
boot: cdrom
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path={iso}, status=inserted
cpu: model={model}, count={cpus}, ips={ips}, reset_on_triple_fault=0, ignore_bad_msrs=1
{serial}
clock: sync=none, time0=1577836800
log: {log}
panic: action=fatal
error: action=report
info: action=report
debug: action=ignore
magic_break: enabled=0
"""


class Terminal:
    """The master side of a terminal, with as much of a socket as SerialLine uses."""

    def __init__(self):
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.fileno = lambda: self.master

    def recv(self, size):
        select.select([self.master], [], [])
        return os.read(self.master, size)

    def send(self, data, _flags):
        return os.write(self.master, data)

    def close(self):
        os.close(self.slave)              # what reads at the master learns that this is the end


class TerminalLine(SerialLine):
    """A serial port at a terminal of its own, `path`."""

    def listen(self, _path):
        self.terminal = self.listener = Terminal()
        self.path = os.ttyname(self.terminal.slave)

    def accept(self):
        return self.terminal

    def close(self):
        self.terminal.close()
        self.wait_end(STOP_LIMIT_S)
        os.close(self.terminal.master)


class Bochs:
    """Boots the kernel with `image` as its module. Offers what the tests use of QEMU's Machine."""

    def __init__(self, out, image, model, kernel=KERNEL, cpus=2, memory_mib=512, ips=IPS, orders=("c",)):
        if not shutil.which("bochs"):
            raise Skip("Bochs is missing: run make deps")
        os.makedirs(out, exist_ok=True)
        self.out, self.cpus, self.process = out, cpus, None
        self.folder = make_scratch()
        self.ports = {}
        try:
            self.ports = {name: TerminalLine(None, os.path.join(out, log)) for name, log in PORTS}
            self.console, self.low, self.high, self.audit = self.ports.values()
            iso = make_grub_iso(os.path.join(self.folder, "boot.iso"), kernel, image, multiboot2=True)
            self.start(iso, model, memory_mib, ips, orders)
        except BaseException:
            self.close()
            raise

    def start(self, iso, model, memory_mib, ips, told):
        serial = "\n".join(f"com{i}: enabled=1, mode=term, dev={line.path}"
                           for i, line in enumerate(self.ports.values(), 1))
        configuration, orders = os.path.join(self.folder, "bochsrc"), os.path.join(self.folder, "orders")
        with open(configuration, "w", encoding="ascii") as file:
            file.write(CONFIGURATION.format(memory=memory_mib, host=min(memory_mib, HOST_MOST), bios=BIOS, vga=VGA_BIOS,
                                            iso=iso, model=model, cpus=self.cpus, ips=ips, serial=serial,
                                            log=os.path.abspath(os.path.join(self.out, "bochs.log"))))
        with open(orders, "w", encoding="ascii") as file:
            file.writelines(f"{order}\n" for order in told)         # of the debugger that Debian's Bochs has built in
        with open(os.path.join(self.out, "bochs.out"), "wb") as log:
            self.process = subprocess.Popen([*WITHOUT_NETWORK, "setpriv", "--pdeathsig", "KILL",
                                             "bochs", "-q", "-f", configuration, "-rc", orders],
                                            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for line in self.ports.values():
            line.look = self.look_alive

    def look_alive(self):
        """A terminal has no end by itself: who waits for a Bochs that has ended must be told."""
        if self.process.poll() is not None:
            with open(os.path.join(self.out, "bochs.out"), encoding="utf-8", errors="replace") as log:
                raise Failure(f"Bochs has ended, status {self.process.returncode}:\n{log.read()[-SHOWN_BYTES:]}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def wait_end(self, seconds):
        """Waits until the machine would have powered itself off. Returns what QEMU calls that."""
        for cpu in range(self.cpus):
            self.console.wait_for(rb"^audit cpu=%d written=[^\n]*\n" % cpu, seconds)
        return "guest-shutdown"

    def fail(self, what):
        raise Failure("\n".join([what, self.audit.tail(), self.console.tail()]))

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait(STOP_LIMIT_S)
        for line in self.ports.values():
            line.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class OnBochs:
    """What runs the tests of tests/qemu here: they ask `machine` for a PC, as they ask theirs."""
    model, slowness = "corei7_skylake_x", 3

    @classmethod
    def machine(cls, folder, image, kernel=KERNEL):
        return Bochs(folder, image, model=cls.model, kernel=kernel)
