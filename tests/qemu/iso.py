# SPDX-License-Identifier: Apache-2.0
"""Bootable CD images for BIOS machines: GRUB alone, and GRUB -> tboot -> kernel."""
import os
import shutil
import subprocess
import tempfile

from tap import Failure, Skip

BUILD_LIMIT_S = 60
TBOOT_PLACES = ("/boot/tboot.gz", "build/tboot/boot/tboot.gz")       # tests/deps.sh unpacks the second
GRUB_BIOS = "/usr/lib/grub/i386-pc"

GRUB_HEAD = """
serial --unit=0 --speed=115200
terminal_output serial
set timeout=0
"""
GRUB_ALONE = """
menuentry bulkhead {{
    {multiboot} /boot/bulkhead.elf
    {module} /boot/system.img
}}
"""
# tboot reads its own module list from multiboot 1 only when a BIOS starts it: the kernel is its first module.
GRUB_TBOOT = """
menuentry tboot {
    multiboot /boot/tboot.gz logging=serial,memory serial=115200,8n1,0x3f8
    module /boot/bulkhead.elf bulkhead.elf
    module /boot/system.img system.img
}
"""


def find_tboot():
    for place in TBOOT_PLACES:
        if os.path.exists(place):
            return place
    raise Skip("tboot is missing: run tests/deps.sh")


def make_iso(path, menu, files):
    """Writes a CD image with GRUB's `menu` and `files`, a dictionary of name to source, below /boot."""
    with tempfile.TemporaryDirectory(prefix="bulkhead-iso-") as folder:
        os.makedirs(os.path.join(folder, "boot", "grub"))
        for name, source in files.items():
            shutil.copyfile(source, os.path.join(folder, "boot", name))
        with open(os.path.join(folder, "boot", "grub", "grub.cfg"), "w", encoding="ascii") as config:
            config.write(GRUB_HEAD + menu)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        done = subprocess.run(["grub-mkrescue", "-d", GRUB_BIOS, "-o", path, folder], timeout=BUILD_LIMIT_S, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0 or not os.path.exists(path):
        raise Failure(f"grub-mkrescue failed:\n{done.stdout}")
    return path


def make_grub_iso(path, kernel, image, multiboot2):
    words = {"multiboot": "multiboot2", "module": "module2"} if multiboot2 else {"multiboot": "multiboot", "module": "module"}
    return make_iso(path, GRUB_ALONE.format(**words), {"bulkhead.elf": kernel, "system.img": image})


def make_tboot_iso(path, kernel, image):
    return make_iso(path, GRUB_TBOOT, {"tboot.gz": find_tboot(), "bulkhead.elf": kernel, "system.img": image})
