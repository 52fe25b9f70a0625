#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A short slice of fuzzing for `make test`: every fuzzer for two seconds, from the seeds alone. `make fuzz` runs longer.
build=${B:-build}
rm -rf "$build/fuzz-slice"
CORPUS=$build/fuzz-slice exec tests/fuzz/run.sh 2 "$build"/fuzzers/*
