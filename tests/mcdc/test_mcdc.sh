#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# time limit: 900 s
# `make mcdc` in `make test`: fails where a condition is neither shown to decide nor explained, or more than 2 % are not shown.
set -u
log=${B:-build}/mcdc.log
name="each condition of monitor, rings and image check decides"
unset B MAKEFLAGS MFLAGS MAKELEVEL

missing() {
    for program in clang-19 llvm-cov-19 llvm-profdata-19; do
        command -v "$program" >/dev/null || { echo "$program is missing"; return; }
    done
    echo 'int main(void) { return 0; }' | clang-19 -fprofile-instr-generate -x c - -o /dev/null 2>/dev/null ||
        echo "libclang-rt-19-dev is missing"
}

echo "1..1"
why=$(missing)
if [ -n "$why" ]; then
    echo "ok 1 - $name # SKIP $why: tests/deps.sh mcdc"
    exit 0
fi
if make mcdc >"$log" 2>&1; then
    echo "ok 1 - $name:$(sed -n 's/^all  *\(.*\) %$/ \1 %/p' "$log" | tr -s ' ')"
    exit 0
fi
tail -30 "$log" | sed 's/^/# /'
echo "not ok 1 - $name: see $log"
exit 1
