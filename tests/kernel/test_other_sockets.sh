#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# test_other_sockets.sh OTHER_SOCKETS - they stand while the command runs
# Single quotes hold what other shells run, and call held().
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

# held LEAST - its processes have at least so many sockets open
held() {
	pgrep -s 0 -x other_sockets | sed 's,.*,/proc/&/fd,' |
		xargs -I{} find {} -lname 'socket:*' 2>/dev/null |
		awk -v least="$1" 'END { print NR; exit !(NR >= least) }'
}
export -f held

# in each of 4 namespaces one is in an accept queue, and in no fd
accepts "so many sockets as were asked for" \
	"$beside" 800 bash -c 'held 796'
accepts "and when they come and go, on busy CPUs" \
	"$beside" --churn --busy 800 bash -c 'held 796'
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
