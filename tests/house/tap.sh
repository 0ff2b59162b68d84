# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# tap.sh - test cases of shell scripts, reported as TAP
#
# Source it, call accepts, refuses and prints, end with tap_end.

tap_count=0
tap_failed=0

# tap_case STATUS NAME OUTPUT
tap_case() {
	tap_count=$((tap_count + 1))
	if [[ $1 -eq 0 ]]; then
		echo "ok $tap_count - $2"
		return
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $2"
	while IFS= read -r line; do
		echo "# $line"
	done <<<"$3"
}

# accepts NAME COMMAND... - the command must succeed
accepts() {
	local name=$1 output status=0

	shift
	output=$("$@" 2>&1) || status=$?
	tap_case "$status" "$name" "$output"
}

# refuses NAME WORDS COMMAND... - it must fail and say WORDS
refuses() {
	local name=$1 words=$2 output status=0

	shift 2
	output=$("$@" 2>&1) || status=$?
	[[ $status -ne 0 && $output == *"$words"* ]]
	tap_case $? "$name" "exit $status, said: $output"
}

# prints NAME TEXT COMMAND... - its last line must be TEXT, however it ends
prints() {
	local name=$1 text=$2 output

	shift 2
	output=$("$@" 2>&1)
	[[ ${output##*$'\n'} == "$text" ]]
	tap_case $? "$name" "said: $output"
}

tap_end() {
	echo "1..$tap_count"
	exit $((tap_failed > 0))
}
