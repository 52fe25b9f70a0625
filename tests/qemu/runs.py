# SPDX-License-Identifier: Apache-2.0
"""What the tests of the whole system share: runs of the demo, images with a fault, kernels built with a fault."""
import json
import os
import shutil
import struct
import subprocess
import sys
from collections import namedtuple

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "faults"))
from emulator import SPOILT
from faults import Misplaced, copy_with
from host_tools import BUILD
from tap import Failure, Spoilt, repeat_spoilt

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "demo.py")
DEMO_LIMIT_S = 400
MAKE_LIMIT_S = 200
RUNS = os.path.join(BUILD, "test-runs")
IMAGE = os.path.join(BUILD, "ais-gateway.img")
OPTIONAL_IMAGE = os.path.join(BUILD, "ais-gateway-optional.img")
SHARED = os.path.join("..", "shared", "data", "ais")

IMAGE_HEADER_SIZE_OFFSET = 12             # policy/image.h: struct image_header, struct image_component
IMAGE_COMPONENT_COUNT_OFFSET = 140
IMAGE_COMPONENT = struct.Struct("<QQII32s32s")

Component = namedtuple("Component", "name offset size")
DemoRun = namedtuple("DemoRun", "status output folder summary")


def run_folder(name):
    """A fresh folder for the logs of one run."""
    folder = os.path.join(RUNS, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def run_demo(name, *arguments):
    """Runs the demo as a person would, its logs in build/test-runs/NAME; again if the emulator spoils the run."""
    return repeat_spoilt(run_demo_once, name, *arguments)


def run_demo_once(name, *arguments):
    folder = run_folder(name)
    done = subprocess.run([sys.executable, DEMO, "--out", folder, *arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEMO_LIMIT_S, check=False, text=True,
                          errors="replace")
    if done.returncode == SPOILT:
        raise Spoilt(f"{name}: the emulator spoilt a run, see emulator.py")
    try:
        with open(os.path.join(folder, "summary.json"), encoding="utf-8") as file:
            return DemoRun(done.returncode, done.stdout, folder, json.load(file))
    except FileNotFoundError:
        raise Failure(f"the demo left no summary, exit status {done.returncode}:\n{done.stdout}") from None


def build_kernel(fault):
    """Builds the kernel once more with a deliberate fault (tests/faults), in a folder of its own. Returns its path."""
    folder = os.path.join(BUILD, "faults", fault)
    kernel = os.path.join("build", "bulkhead.elf")
    try:
        copy_with(fault, folder)
    except Misplaced as misplaced:
        raise Failure(f"{fault}: {misplaced}") from None
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "B")}
    done = subprocess.run(["make", "-C", folder, "RESIDENT_MOST=65536", kernel], env=environment, timeout=MAKE_LIMIT_S,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True)
    if done.returncode != 0:
        raise Failure(f"building {kernel} in {folder} failed:\n{done.stdout}")
    return os.path.join(folder, kernel)


def read_image(path=IMAGE):
    with open(path, "rb") as file:
        return bytearray(file.read())


def write_input(folder, data):
    """Writes sentences to feed. Returns the path."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "input.log")
    with open(path, "wb") as file:
        file.write(data)
    return path


def components(image):
    """The components of an image, in order."""
    header_size, = struct.unpack_from("<I", image, IMAGE_HEADER_SIZE_OFFSET)
    count, = struct.unpack_from("<I", image, IMAGE_COMPONENT_COUNT_OFFSET)
    first = header_size - count * IMAGE_COMPONENT.size
    return [Component(name.rstrip(b"\0").decode(), offset, size) for offset, size, _, _, _, name in
            (IMAGE_COMPONENT.unpack_from(image, first + number * IMAGE_COMPONENT.size) for number in range(count))]


def write_image(path, image, lock=None):
    """Writes an image to NAME.img and, as NAME.lock beside it, the lock file of the one that it was made from."""
    with open(path, "wb") as file:
        file.write(image)
    if lock:
        shutil.copyfile(lock, os.path.splitext(path)[0] + ".lock")
    return path
