#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# one CPU, beside others
# time limit: 900 s
# The part of `make proof` and `make proof-mutants` that takes some two minutes of one CPU.
cd "$(dirname "$0")/../.." || exit 1
exec nice tests/proof/prove.py value:value_read_plain below decide:decide_by_all,decide_operation \
    flow:decide_commit,decide_protocol_word,leaves --mutants 4 30 51
