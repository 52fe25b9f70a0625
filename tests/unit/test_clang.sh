#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The other compiler: kernel, guests, host programs and images build with clang without a word of warning, and run.
set -u
folder=${B:-build}/clang
log=$folder.log
failed=0
unset B MAKEFLAGS MFLAGS MAKELEVEL

build() {
    rm -rf "$folder"
    mkdir -p "$folder"
    timeout 250 make B="$folder" CC=clang all >"$log" 2>&1 && ! grep -q 'warning:' "$log"
}

run() {
    B=$folder tests/qemu/test_chain.py >"$log" 2>&1
}

report() {
    if [ "$1" -eq 0 ]; then
        echo "ok $2 - $3"
    else
        failed=1
        grep -E 'warning:|error:|Error|not ok|^#' "$log" | head -20 | sed 's/^#*/# /'
        echo "not ok $2 - $3: see $log"
    fi
}

build
report $? 1 "everything builds with clang without a warning"
run
report $? 2 "the gateway that clang built runs, its audit log verifies"
echo "1..2"
exit $failed
