#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Acts at random on Intel VMX, in Bochs."""
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
import test_campaign
from bochs import OnBochs


class OnVmx(OnBochs):
    name = "bochs-campaign"


if __name__ == "__main__":
    test_campaign.main(OnVmx, test_campaign.choose(__doc__, ("riot", "campaign-vmx")))
