#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A short slice of fuzzing for `make test`: every fuzzer for a second behind its seeds. `make fuzz` runs longer.
build=${B:-build}
rm -rf "$build/fuzz-slice"
CORPUS=$build/fuzz-slice exec tests/fuzz/run.sh 1 "$build"/fuzzers/*
