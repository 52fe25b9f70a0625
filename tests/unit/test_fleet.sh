#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The fleet simulator's command line: what it is told decides what it writes, and what it cannot do it says.
set -u
fleet=${B:-build}/bin/fleet
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
count=0
failed=0

# check NAME STATUS: the test passes if STATUS is 0.
check() {
    count=$((count + 1))
    if [ "$2" -eq 0 ]; then
        echo "ok $count - $1"
    else
        failed=$((failed + 1))
        echo "not ok $count - $1"
    fi
}

# refuses STATUS ARGUMENT...: ends with that status, says something and writes no sentence.
refuses() {
    wanted=$1
    shift
    timeout 20 "$fleet" "$@" >"$work/out" 2>"$work/err"
    [ $? -eq "$wanted" ] && [ -s "$work/err" ] && [ ! -s "$work/out" ]
}

timeout 20 "$fleet" --seed 5 >"$work/one" && timeout 20 "$fleet" --seed 5 >"$work/two" && cmp -s "$work/one" "$work/two"
check "the same seed gives the same fleet" $?
timeout 20 "$fleet" --seed 6 >"$work/two" && ! cmp -s "$work/one" "$work/two"
check "another seed gives another fleet" $?
timeout 20 "$fleet" | cksum | grep -q '^4121003598 134447$'
check "the fleet of the demo is the same everywhere" $?
timeout 20 "$fleet" --reports 300 --damaged 0% --counts "$work/counts" >"$work/one" &&
    grep -q '"damaged": 0,.* "reports": 300,' "$work/counts"
check "a fleet without damage has none" $?
timeout 20 "$fleet" --reports 300 --expect "$work/expect" --counts "$work/counts" >"$work/one" &&
    grep -q "\"delivered\": $(wc -l <"$work/expect")}" "$work/counts"
check "as many reports are expected as are counted" $?
refuses 2 --reports
check "an option needs its value" $?
refuses 2 --reports 12x
check "a number is a number" $?
refuses 2 --damaged 1001
check "a share has a bound" $?
refuses 2 --nonsense 1
check "there are no other options" $?
refuses 1 --expect "$work/missing/file"
check "a file that cannot be written is an error" $?
timeout 20 "$fleet" >/dev/full 2>"$work/err"
[ $? -eq 1 ] && [ -s "$work/err" ]
check "a full disk is an error" $?
echo "1..$count"
[ "$failed" -eq 0 ]
