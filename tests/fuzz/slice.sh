#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A short slice of fuzzing for `make test`: every fuzzer for a few seconds. `make fuzz` runs longer.
exec tests/fuzz/run.sh 5 "${B:-build}"/fuzzers/*
