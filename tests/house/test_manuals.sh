#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test_manuals.sh - the manual pages name what there is, and nothing else
set -u
# shellcheck source=tests/house/tap.sh
. "${0%/*}/tap.sh"

root=$1

# agree NAME DOCUMENTED THERE - two lists, neither empty, with the same lines
agree() {
	local only=empty

	[[ -z $2 || -z $3 ]] || only=$(
		comm -23 <(sort -u <<<"$2") <(sort -u <<<"$3") |
			sed 's/$/ is only documented/'
		comm -13 <(sort -u <<<"$2") <(sort -u <<<"$3") |
			sed 's/$/ is not documented/'
	)
	[[ -z $only ]]
	tap_case $? "$1" "$only"
}

functions_there() {
	grep -oE '\<tcpmem_[a-z0-9_]+;' "$root/lib/libtcpmem.map" | tr -d ';'
}

functions_documented() {
	sed -n 's/^\.It Fn \(tcpmem_[a-z0-9_]*\).*/\1/p' "$root/man/libtcpmem.3"
}

agree "libtcpmem.3 has every function" "$(functions_documented)" \
	"$(functions_there)"
tap_end
