#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
# time limit: 900 s
"""The kernel on Intel VMX, in Bochs: the same images and tests as on AMD SVM. Argument: a processor that Bochs knows."""
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "qemu")]
import test_kernel
from bochs import OnBochs
from tap import expect_equal

REFUSED, BAD_CONTROLS = 1 << 31, 7        # SDM volume 3, 31.4: VM entry with invalid control fields


class OnVmx(OnBochs):
    model = sys.argv[1] if len(sys.argv) > 1 else OnBochs.model
    name, own, foreign = "bochs-" + model, test_kernel.VMX, test_kernel.SVM
    invalid_state = 1 << 31 | 33          # SDM volume 3, 27.8: entry failure due to invalid guest state
    crashes = {"fault": 3, "msr": 1}

    @staticmethod
    def check_refused(log):
        """The monitor `liar` has injected what there is not, after its subject had run: on record is why VMRESUME refused."""
        values = {int(record["value"]) for record in log.select("denied", subject="of_nonsense")}
        expect_equal({value & 0xff for value in values - {OnVmx.invalid_state} if value & REFUSED}, {BAD_CONTROLS},
                     "VM-instruction errors on record")


if __name__ == "__main__":
    test_kernel.main(OnVmx)
