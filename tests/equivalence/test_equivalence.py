#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A slice of the campaign: the kernel's verdicts on compiled random policies are those of the policies' text."""
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
from campaign import Mismatch, campaign, missing_models
from tap import Failure, Tap, expect_equal

SEQUENCES, PER_POLICY, SEED = 16_000, 16, 4


def slice_agrees():
    folder = tempfile.mkdtemp(prefix="bulkhead-equivalence-")
    try:
        tenths = campaign(folder, SEQUENCES, SEED, lambda line: None, PER_POLICY)
    except Mismatch as mismatch:
        raise Failure(f"{mismatch}\nagain: tests/equivalence/campaign.py --seed N --policy N") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for i, counts in enumerate(tenths):
        expect_equal(missing_models(counts), [], f"models that never decided in tenth {i}")


def main():
    tap = Tap()
    tap.run(f"{SEQUENCES} sequences under random policies: the verdicts are those of the policies' text", slice_agrees)
    tap.finish()


main()
