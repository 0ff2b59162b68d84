#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test_examples.sh - the examples print what is there
set -u
# shellcheck source=tests/house/tap.sh
. "${0%/*}/tap.sh"

here=${0%/*}
caller=$2 stream=$3 total=$4
pairs=3 bytes=30000

# Root needs no user namespace, and in a chroot it gets none.
own=(unshare -n)
[[ $EUID -eq 0 ]] || own=(unshare -rn)
if ! "${own[@]}" true 2>/dev/null; then
	echo "no network namespace can be made here"
	exit 77
fi

# beside EXAMPLE - its output in a namespace with the connections and no more;
# without capabilities it sees no other
beside() {
	# shellcheck disable=SC2016 # $@ is the inner shell's
	"${own[@]}" sh -c 'ip link set lo up && exec "$@"' sh \
		setpriv --bounding-set=-all --inh-caps=-all \
		/usr/bin/python3 "$here/connections.py" "$pairs" "$bytes" -- "$1"
}

# sockets_of LABEL COLUMN BYTES-COLUMN - LABEL's sockets, and whether its bytes
# are more or less than what was sent
sockets_of() {
	awk -v label="$1" -v column="$2" -v size="$3" -v sent=$((pairs * bytes)) '
		index($0, label) { print $column, ($size > sent ? "more" : "less") }'
}

# shows NAME EXAMPLE LABEL COLUMN BYTES-COLUMN TEXT
shows() {
	local output line

	output=$(beside "$2" 2>&1)
	line=$(sockets_of "$3" "$4" "$5" <<<"$output")
	[[ $line == "$6" ]]
	tap_case $? "$1" "$output"
}

shows "total_per_process: the holder has all sockets" \
	"$total" python3 2 1 "7 more"
shows "total_per_process: the total is the holder's" \
	"$total" total 2 1 "7 more"
output=$(beside "$total" 2>&1)
[[ $output == *"not the whole truth: "* ]]
tap_case $? "total_per_process: what could not be seen is said" "$output"
shows "stream_sockets: both ends are established" \
	"$stream" established 2 3 "6 more"
shows "stream_sockets: one listens, and holds no data" \
	"$stream" listening 2 3 "1 less"
output=$(beside "$caller" 2>&1)
[[ $output == *"not the whole truth: "* ]]
tap_case $? "caller: what could not be seen is said" "$output"
shows "caller: both ends are established" \
	"$caller" established 2 3 "6 more"
shows "caller: the total has every socket" \
	"$caller" total 2 3 "7 more"
tap_end
