#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test_count.sh - count-tests counts cases and misses no failure
set -u
# shellcheck source=tests/house/tap.sh
. "${0%/*}/tap.sh"

count=$1/scripts/count-tests
log=$(mktemp)
trap 'rm -f "$log"' EXIT
unset TCPMEM_TEST_REQUIRE

# program RESULT OUTPUT - one more program in the log
program() {
	jq -nc --arg result "$1" --arg stdout "$2" \
		'{ name: "some", $result, $stdout, stderr: "why" }' >>"$log"
}

# counted NAME TEXT - what the log adds up to; it is emptied
counted() {
	prints "$1" "$2" "$count" "$log"
	: >"$log"
}

all='100%: Checks: 12, Failures: 0, Errors: 0'
program OK "$all"
program OK $'ok 1 - a\nok 2 - b\n1..2'
program OK ""
accepts "passes when all passed" "$count" "$log"
counted "libcheck's cases, TAP's cases, and a program" "15 passed, 0 failed"
program FAIL $'70%: Checks: 10, Failures: 2, Errors: 1'
counted "failures and errors of libcheck" "7 passed, 3 failed"
program OK $'ok 1 - a\nnot ok 2 - b'
refuses "a failed case under exit status 0" "1 passed, 1 failed" "$count" "$log"
: >"$log"
program FAIL "$all"
counted "a leak found after the last case" "12 passed, 1 failed"
program TIMEOUT ""
counted "a program that hung" "0 passed, 1 failed"
program OK '100%: Checks: 0, Failures: 0, Errors: 0'
counted "a program that checked nothing" "0 passed, 1 failed"
program OK "$all"
program SKIP "needs root"
program OK $'ok 1 - a\nok 2 - b # SKIP no nginx'
accepts "passes when something was skipped" "$count" "$log"
TCPMEM_TEST_REQUIRE=1 refuses "a skip where none may be" \
	"13 passed, 2 failed" "$count" "$log"
refuses "the reason of a skip" "skipped some: why" \
	env TCPMEM_TEST_REQUIRE=1 "$count" "$log"
refuses "the reason of a case's skip" "skipped some, b: no nginx" \
	env TCPMEM_TEST_REQUIRE=1 "$count" "$log"
counted "programs and cases that were skipped" \
	"13 passed, 0 failed, 2 skipped"
refuses "an empty log" "0 passed, 1 failed" "$count" "$log"
refuses "no log" "0 passed, 1 failed" "$count" "$log.gone"
tap_end
