#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: tests/fuzz/run.sh SECONDS FUZZER...
# Runs each libFuzzer program for SECONDS and prints one TAP line for it. Inputs that reach new code are kept in
# build/fuzz-corpus/NAME, so that the next run starts from them; an input that fails is left in build/fuzz-findings.
set -u

seconds=${1:?usage: tests/fuzz/run.sh SECONDS FUZZER...}
shift
build=${B:-build}
count=0
failed=0

for fuzzer in "$@"; do
    name=$(basename "$fuzzer")
    corpus=$build/fuzz-corpus/$name
    log=$build/fuzz-corpus/$name.log
    findings=$build/fuzz-findings
    seeds=tests/fuzz/seeds/$name
    mkdir -p "$corpus" "$findings"
    [ -d "$seeds" ] || seeds=
    count=$((count + 1))
    timeout --kill-after=10 $((seconds + 120)) "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="$findings/$name-" -print_final_stats=1 "$corpus" $seeds >"$log" 2>&1
    status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    if [ "$status" -eq 0 ] && [ "${runs:-0}" -gt 0 ]; then
        echo "ok $count - fuzz $name: $runs runs in $seconds s, no finding"
    else
        failed=$((failed + 1))
        grep -E 'ERROR|SUMMARY|runtime error|Test unit written' "$log" | sed 's/^/# /'
        echo "not ok $count - fuzz $name: exit status $status, see $log"
    fi
done
echo "1..$count"
[ "$failed" -eq 0 ]
