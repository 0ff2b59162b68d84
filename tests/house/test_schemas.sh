#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test_schemas.sh - each schema that the command names is shipped, no other is
set -u
# shellcheck source=tests/house/tap.sh
. "${0%/*}/tap.sh"

root=$1

# compare NAMED SHIPPED - the differences; a line if there is nothing at all
compare() {
	if [[ -z $1 || -z $2 ]]; then
		echo empty
		return
	fi
	comm -23 <(echo "$1") <(echo "$2") |
		sed 's|.*|tcpmem.&/1 has no cli/schemas/&-1.json|'
	comm -13 <(echo "$1") <(echo "$2") |
		sed 's|.*|cli/schemas/&-1.json is named by no command|'
}

named() {
	grep -rohE --include='*.c' '"tcpmem\.[a-z]+/1"' "$1/cli" |
		sed 's|"tcpmem\.\(.*\)/1"|\1|' | sort -u
}

shipped() {
	find "$1/cli/schemas" -name '*-1.json' -printf '%f\n' |
		sed 's/-1\.json$//' | grep -vx common | sort -u
}

differs=$(compare "$(named "$root")" "$(shipped "$root")")
[[ -z $differs ]]
tap_case $? "each schema that is named is shipped, and no other" "$differs"

documented() {
	sed -n 's|^\.It Sy tcpmem\.\([a-z]*\)/1$|\1|p' "$1/man/tcpmem-json.5" |
		sort -u
}

[[ $(documented "$root") == "$(shipped "$root")" ]]
tap_case $? "tcpmem-json(5) has each of them" \
	"$(diff <(documented "$root") <(shipped "$root"))"

differs=$(compare "by"$'\n'"new" "by"$'\n'"old")
[[ $differs == *"tcpmem.new/1 has no"*"old-1.json is named by no"* ]]
tap_case $? "a schema too few or too many is noticed" "$differs"

[[ $(compare "" "by") == empty ]]
tap_case $? "nothing read is no agreement" ""

tap_end
