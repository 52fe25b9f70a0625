# SPDX-License-Identifier: Apache-2.0
"""What the gateway must make of an input, computed without any of its code: from the position reports that an independent
decoder found in a log, or from what the fleet simulator says of its own ships."""
import json
import os
import subprocess

FLEET_REPORTS, FLEET_SEED, FLEET_DAMAGED_PERCENT = 2000, 1, 5
FLEET_LIMIT_S = 30
DEGREE = 600000                           # 1/10,000 minute
BOX_LATITUDE = (1 * DEGREE, 3 * DEGREE // 2)          # the exclusion box, ends included
BOX_LONGITUDE = (207 * DEGREE // 2, 209 * DEGREE // 2)
RANGE_RULES = ("type.PositionReport.lat", "type.PositionReport.lon")


class Expectation:
    """`source`: who says so, None if nobody but the sentences themselves; `tracks`: what high must write, in order; `refused`:
    reports outside the ranges; `inside`: in the box; `counts`: what low must count, by its own names, as far as it is known."""

    def __init__(self, source, tracks, refused, inside, counts):
        self.source, self.tracks, self.refused, self.inside, self.counts = source, tracks, refused, inside, counts


def read_objects(text):
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def read_file(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def is_in_range(report):
    return abs(report["lat"]) <= 90 * DEGREE and abs(report["lon"]) <= 180 * DEGREE


def is_inside(report):
    return (BOX_LATITUDE[0] <= report["lat"] <= BOX_LATITUDE[1] and BOX_LONGITUDE[0] <= report["lon"] <= BOX_LONGITUDE[1])


def count_sentences(data):
    """VDM sentences of any talker, damaged ones too, with or without a tag block before them."""
    lines = data.replace(b"\r", b"\n").split(b"\n")
    return sum(1 for line in lines for text in [line[1:].partition(b"\\")[2] if line[:1] == b"\\" else line]
               if text[:1] == b"!" and text[3:7] == b"VDM,")


def expect_log(path, data):
    """The log's position reports may stand beside it as NAME.positions.jsonl, one JSON object a line."""
    positions = os.path.splitext(path)[0] + ".positions.jsonl"
    if not os.path.exists(positions):
        return Expectation(None, None, None, None, {"sentences": count_sentences(data)})
    reports = read_objects(read_file(positions))
    valid = [report for report in reports if is_in_range(report)]
    tracks = [report for report in valid if not is_inside(report)]
    return Expectation(positions, tracks, len(reports) - len(valid), len(valid) - len(tracks),
                       {"reports": len(reports), "sentences": count_sentences(data)})


def simulate_fleet(program, folder):
    """Runs the fleet simulator. Returns its sentences and what must become of them."""
    tracks, counts = os.path.join(folder, "expected.jsonl"), os.path.join(folder, "expected-counts.json")
    done = subprocess.run([program, "--reports", str(FLEET_REPORTS), "--seed", str(FLEET_SEED), "--damaged",
                           str(FLEET_DAMAGED_PERCENT), "--expect", tracks, "--counts", counts],
                          stdout=subprocess.PIPE, timeout=FLEET_LIMIT_S, check=True)
    known = json.loads(read_file(counts))
    refused, inside, _ = known.pop("refused"), known.pop("inside"), known.pop("delivered")
    return done.stdout, Expectation("the fleet simulator", read_objects(read_file(tracks)), refused, inside, known)
