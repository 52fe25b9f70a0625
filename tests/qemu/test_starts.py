#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
"""Windows begin when they should: behind one that ends in a message which takes longer to judge than the kernel keeps of each
window for its own work (the image says how long; one that says too little makes them begin late, which the test must see); and
where another subject switches between two plans in which they are the same."""
import os
import re
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from counting import COUNTING
from machine import BUILD, Machine
from runs import run_folder
from tap import Tap, expect, expect_equal

IMAGE = os.path.join(BUILD, "test-weights.img")
FLIPS = os.path.join(BUILD, "test-flips.img")
SENT, SWITCHED = rb'subject="weigher"', rb'event="plan"'
MARGIN_TICKS_OFFSET = 320                 # policy/image.h: struct image_header
MARGIN_LEAST = 12000
LIMIT_S = 300
SEEN = rb"^seer starts=[1-9]\d* held=(\d+) longest=\d+ early=(\d+) late=(\d+) khz=\d+\r?$"


def look(name, image, record):
    """(how often `seer` was held up within a window; ticks that one began early, late). What others do is on record."""
    with Machine(run_folder(name), image=image, tpm=False, cpus=1, accelerator="tcg,thread=single",
                 options=COUNTING) as machine:
        seen = machine.high.wait_for(SEEN, LIMIT_S)
        records = len(re.findall(record, bytes(machine.audit.received)))
        machine.quit()
        expect(records > 1, f"{records} records of what `seer` is not to see")
        return tuple(map(int, seen.groups()))


def check_on_time():
    expect_equal(look("weights", IMAGE, SENT), (0, 0, 0), "held up, early, late")


def check_seen():
    with open(IMAGE, "rb") as file:
        image = bytearray(file.read())
    said, = struct.unpack_from("<Q", image, MARGIN_TICKS_OFFSET)
    expect(said > MARGIN_LEAST, f"the image's margin is {said} ticks")
    struct.pack_into("<Q", image, MARGIN_TICKS_OFFSET, MARGIN_LEAST)
    light = os.path.join(run_folder("weights-image"), "light.img")
    with open(light, "wb") as file:
        file.write(image)
    _, early, late = look("weights-light", light, SENT)
    expect(early + late > MARGIN_LEAST, f"an image that says too little: {early} ticks early, {late} late")


def check_switches():
    expect_equal(look("flips", FLIPS, SWITCHED), (0, 0, 0), "held up, early, late")


def main():
    tap = Tap()
    tap.run("behind a message that takes long", check_on_time)
    tap.run("an image that keeps too little for it is found out", check_seen)
    tap.run("beside one that switches between plans", check_switches)
    tap.finish()


if __name__ == "__main__":
    main()
