#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
# time limit: 1800 s
"""Acts at random on Intel VMX, in Bochs."""
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
import test_campaign
from bochs import Bochs, OnBochs

IPS_OF_QEMU = 1_000_000_000               # slices of a restart fit into a window then, as under -icount


class OnVmx(OnBochs):
    model = "tigerlake"
    name = "bochs-campaign"
    late_most, acts_least = 15, 20        # ticks, as in test_shares_vmx.py; acts a frame
    rounds_least, writes_all = 1, False   # Bochs' serial ports are as slow as real ones: some records a second

    @classmethod
    def counting_machine(cls, folder, image, kernel):
        return Bochs(folder, image, cls.model, kernel=kernel, cpus=1, ips=IPS_OF_QEMU)


if __name__ == "__main__":
    test_campaign.main(OnVmx, test_campaign.choose(__doc__, ("riot", "campaign-vmx")))
