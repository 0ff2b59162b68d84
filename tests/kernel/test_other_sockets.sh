#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# test_other_sockets.sh OTHER_SOCKETS - they stand while the command runs
# Single quotes hold what other shells run, and call allocated().
# shellcheck disable=SC2016,SC2317
set -u
# shellcheck source=tests/house/tap.sh
. "${0%/*}/../house/tap.sh"

beside=$1
probe=$("$beside" 40 true 2>&1)
if [[ $? -ne 0 && $probe == *"skip: "* ]]; then
	echo "$probe"
	exit 77
fi

# allocated LEAST - the kernel has at least so many TCP sockets, in whatever
# namespace
allocated() {
	awk -v least="$1" '/^TCP:/ { print $9; exit !($9 >= least) }' \
		/proc/net/sockstat
}
export -f allocated

accepts "so many sockets as were asked for" \
	"$beside" 800 bash -c 'allocated 800'
accepts "and when they come and go, on busy CPUs" \
	"$beside" --churn --busy 800 bash -c 'allocated 800'
prints "not in the command's namespace: its table has a heading alone" 1 \
	unshare -rn "$beside" 40 grep -c "" /proc/self/net/tcp
prints "the exit status is the command's" 7 \
	bash -c '"$1" 40 sh -c "exit 7"; echo $?' bash "$beside"
refuses "a command that cannot be run" "/nonexistent" "$beside" 40 /nonexistent
refuses "no command" "Usage: " "$beside" 40
# its processes are children of one that is waited for
prints "nothing is left" "" \
	bash -c '"$1" --busy 40 true; pgrep -s 0 -x other_sockets' bash "$beside"
tap_end
