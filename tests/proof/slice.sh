#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The part of `make proof` that takes less than a minute; without Frama-C there is nothing to run.
cd "$(dirname "$0")/../.." || exit 1
if ! command -v frama-c >/dev/null || ! command -v z3 >/dev/null || ! command -v cvc4 >/dev/null; then
    printf "1..1\nok 1 - every goal is proved # SKIP the provers are not installed: make deps-proof installs them\n"
    exit 0
fi
exec tests/proof/prove.py decide:check_operation,decide_operation
