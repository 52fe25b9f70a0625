#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: tests/fuzz/run.sh SECONDS FUZZER...
# Runs each libFuzzer program for SECONDS and prints one TAP line for it. Inputs that reach new code are kept in
# build/fuzz-corpus/NAME ($CORPUS/NAME), so that the next run starts from them; an input that fails, takes 10 seconds, or more
# memory than 2 GiB, or 512 MiB in one piece, is left in build/fuzz-findings. A fuzzer that does not take all the ways that it
# counts (ways.h) fails too.
set -u

seconds=${1:?usage: tests/fuzz/run.sh SECONDS FUZZER...}
shift
build=${B:-build}
corpora=${CORPUS:-$build/fuzz-corpus}
findings=$build/fuzz-findings
count=0
failed=0

for fuzzer in "$@"; do
    name=$(basename "$fuzzer")
    corpus=$corpora/$name
    log=$corpora/$name.log
    mkdir -p "$corpus" "$findings"
    seeds=
    for folder in "tests/fuzz/seeds/$name" "$build/fuzz-seeds/$name"; do
        [ -d "$folder" ] && seeds="$seeds $folder"
    done
    case $name in
        fuzz_lexer | fuzz_parser | fuzz_check | fuzz_policy | fuzz_format) dictionary=-dict=tests/fuzz/policy.dict ;;
        *) dictionary= ;;
    esac
    count=$((count + 1))
    timeout --kill-after=10 $((seconds + 120)) "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -malloc_limit_mb=512 $dictionary -artifact_prefix="$findings/$name-" -print_final_stats=1 "$corpus" $seeds >"$log" 2>&1
    status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    reached=$(sed -n 's/^#.* cov: \([0-9]*\) ft: \([0-9]*\) .*/\1 edges, \2 features/p' "$log" | tail -1)
    ways=$(grep -c '^way: ' "$log")
    told=
    [ "$ways" -gt 0 ] && told=", each of $ways ways taken"
    if [ "$status" -eq 0 ] && grep -q '^NO WAY: ' "$log"; then
        failed=$((failed + 1))
        sed -n 's/^NO WAY/# not taken/p' "$log"
        echo "not ok $count - fuzz $name: $runs runs in $seconds s do not reach all that it is there for, see $log"
    elif [ "$status" -eq 0 ] && [ "${runs:-0}" -gt 0 ]; then
        echo "ok $count - fuzz $name: $runs runs in $seconds s, ${reached:-nothing} reached$told, no finding"
    else
        failed=$((failed + 1))
        grep -E 'ERROR|SUMMARY|runtime error|Test unit written' "$log" | sed 's/^/# /'
        echo "not ok $count - fuzz $name: exit status $status, see $log"
    fi
done
echo "1..$count"
[ "$failed" -eq 0 ]
