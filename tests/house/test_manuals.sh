#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test_manuals.sh - the manual pages name what there is, and nothing else
set -u
# shellcheck source=tests/house/tap.sh
. "${0%/*}/tap.sh"

root=$1 tcpmem=$2

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

commands=$("$tcpmem" --help |
	sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')

# The options that every help text lists at the beginnings of its lines.
options_there() {
	local command

	{
		"$tcpmem" --help
		for command in $commands; do
			"$tcpmem" "$command" --help
		done
	} | grep -E '^ +-' | grep -oE '(^|, | )--?[a-zA-Z][a-z-]*( [A-Z]|  |,|$)' |
		grep -oE -- '--?[a-zA-Z][a-z-]*'
}

options_documented() {
	grep '^\.It Fl' "$root/man/tcpmem.1" | sed 's/Fl Fl \([a-z-]*\)/--\1/g' |
		sed 's/Fl \([a-zA-Z]\)\>/-\1/g' | grep -oE -- '--?[a-zA-Z][a-z-]*'
}

commands_documented() {
	sed -n '/^\.Sh COMMANDS/,/^\.Sh OPTIONS/s/^\.It Cm \([a-z]*\).*/\1/p' \
		"$root/man/tcpmem.1"
}

# The words in the lines under "Keys".
keys_there() {
	"$tcpmem" by --help | sed -n '/^Keys/,/^$/s/^  //p' | tr ' ' '\n'
}

keys_documented() {
	sed -n '/^\.It Cm by/,/^\.El/s/^\.It Sy //p' "$root/man/tcpmem.1" |
		sed 's/ , /\n/g'
}

# The section types of a capture, as "NAME NUMBER".
sections_there() {
	sed -nE 's/^\tTM_SECTION_([A-Z]+) = (\w+),$/\1 \2/p' \
		"$root/lib/capture/format.h" |
		while read -r name number; do
			echo "${name,,} $((number))"
		done
}

sections_documented() {
	sed -nE '/^\.Sh SECTION TYPES/,/^\.Sh VERSIONS/s/^\.It Sy ([a-z]+) Pq ([0-9]+)$/\1 \2/p' \
		"$root/man/tcpmem-capture.5"
}

# The codes of warnings, by the table that names them.
codes_there() {
	sed -nE 's/^\t\[TCPMEM_WARNING_[A-Z_]+\] = \{ \.name = "([a-z-]+)" \},$/\1/p' \
		"$root/lib/types/names.c"
}

codes_documented() {
	sed -nE '/^\.Ss Codes of warnings/,/^\.Ss Schemas/s/^\.It Sy ([a-z-]+)$/\1/p' \
		"$root/man/tcpmem-json.5"
}

# The metrics, as the table names them.
metrics_there() {
	tr -d '\n\t' <"$root/cli/metrics/families.c" |
		grep -oE '(NUMBER|BYTES|SECONDS)\("[a-z_]+"[^;]*' |
		sed 's/\(NUMBER\|BYTES\|SECONDS\)("/\n\1 /g' |
		sed -nE 's/^NUMBER ([a-z_]+)".*EVENT.*/tcpmem_\1_total/p;t
			s/^NUMBER ([a-z_]+)".*/tcpmem_\1/p
			s/^BYTES ([a-z_]+)".*/tcpmem_\1_bytes/p
			s/^SECONDS ([a-z_]+)".*(COUNTER|EVENT).*/tcpmem_\1_seconds_total/p;t
			s/^SECONDS ([a-z_]+)".*/tcpmem_\1_seconds/p'
	echo tcpmem_build_info
	echo tcpmem_collect_success
}

metrics_documented() {
	sed -n 's/^\.It Sy tcpmem_/tcpmem_/p' "$root/man/tcpmem-metrics.7" |
		sed 's/ , /\n/g'
}

exporter_flags_there() {
	sed -nE 's/.*\[FLAG_[A-Z_]+\] = \{ "([a-z.-]+)".*/\1/p' \
		"$root/exporter/settings.c"
}

exporter_flags_documented() {
	sed -nE '/^\.Sh OPTIONS/,/^\.Sh WEB/s/^\.It Fl Fl ([a-z.-]+).*/\1/p' \
		"$root/man/tcpmem-exporter.1"
}

# The options of the commands that answer the checklist, "COMMAND --OPTION".
checklist() {
	sed -nE '/^\.Sh QUESTIONS AND COMMANDS/,/^\.El/s/^\.Dl tcpmem //p' \
		"$root/man/tcpmem.7" |
		while read -r command rest; do
			echo "$command"
			grep -oE -- '--[a-z-]+' <<<"$rest" | sed "s/^/$command /"
		done
}

checklist_understood() {
	local command option

	checklist | sort -u | while read -r command option; do
		"$tcpmem" "$command" --help | grep -qe "${option:-^Usage}" &&
			echo "$command${option:+ $option}"
	done
}

functions_there() {
	grep -oE '\<tcpmem_[a-z0-9_]+;' "$root/lib/libtcpmem.map" | tr -d ';'
}

functions_documented() {
	sed -n 's/^\.It Fn \(tcpmem_[a-z0-9_]*\).*/\1/p' "$root/man/libtcpmem.3"
}

# What a filter can compare: the table's fields, all numbers and tcp_info.
fields_there() {
	grep -oE '\{ TERM\("[a-z_]+"' "$root/lib/filter/fields.c" |
		cut -d '"' -f 2
	sed -n '/^enum tcpmem_metric {/,/^}/s/^\tTCPMEM_METRIC_\(.*\) = .*/\L\1/p' \
		"$root"/include/tcpmem/*.h
	sed -n '/^enum tcpmem_info {/,/^}/s/^\tTCPMEM_INFO_\(.*\) = .*/\L\1/p' \
		"$root"/include/tcpmem/*.h
}

fields_documented() {
	sed -n '/^\.Sh COMPARISONS/,/^\.Sh WHO DECIDES/s/^\.It Sy //p' \
		"$root/man/tcpmem-filter.7" |
		sed 's/ Ar [a-z]*//g; s/ , \(Sy \)\?/\n/g'
}

# The word behind "state", and each kind.
values_there() {
	sed -n '/^enum tcpmem_state {/,/^}/s/^\tTCPMEM_STATE_\(.*\) = .*/\1/p
		/^enum tcpmem_kind {/,/^}/s/^\tTCPMEM_KIND_\(.*\) = .*/\1/p' \
		"$root"/include/tcpmem/*.h | tr 'A-Z_' 'a-z-'
}

values_documented() {
	sed -n '/^The states are/,/^\.Cm all/s/^\.Cm \([a-z0-9-]*\).*/\1/p
		/^\.It Sy kind/,/^\.It Sy family/s/^\.Cm //p' \
		"$root/man/tcpmem-filter.7" | sed 's/ , /\n/g; s/ ,//' |
		grep -vx all
}

# The keys of top as "KEYS (NAME) TEXT", from their table.
top_keys_there() {
	tr -d '\n\t' <"$root/cli/top/keys.c" |
		grep -oE '\[TOP_[A-Z_]+\] = \{ *"[^"]*", *"[^"]*", *"[^"]*" *\}' |
		sed -E 's/.*\{ *"(.*)", *"(.*)", *"(.*)" *\}/\1 (\2) \3/; s/\\\\/\\/'
}

top_keys_documented() {
	sed -n '/^\.Sh KEYS/,/^\.El/p' "$root/man/tcpmem-top.1" |
		sed -nE '/^\.It Sy/{N; s/^\.It Sy (.*) Pq (.*)\n/\1 (\2) /
			s/\\&//g; s/\\-/-/g; s/\\e/\\/g; p}'
}

views_there() {
	"$tcpmem" top --help | sed -n '/^Views/,/^$/s/^  //p' | tr ' ' '\n'
}

views_documented() {
	sed -n '/^\.Sh VIEWS/,/^\.Sh KEYS/s/^\.Sy //p' "$root/man/tcpmem-top.1" |
		tr -d ',;' | tr -s ' ' '\n'
}

agree "the commands of tcpmem.7's questions are there" "$(checklist)" \
	"$(checklist_understood)"
agree "tcpmem.1 has every command" "$(commands_documented)" \
	"$commands"$'\n'"$("$tcpmem" --help | sed -n 's/.*(\([a-z]*\) = .*/\1/p')"
agree "tcpmem.1 has every option" "$(options_documented)" "$(options_there)"
agree "tcpmem.1 has every key" "$(keys_documented)" "$(keys_there)"
agree "tcpmem-top.1 has every key and what it does" "$(top_keys_documented)" \
	"$(top_keys_there)"
agree "tcpmem-top.1 has every view" "$(views_documented)" "$(views_there)"
agree "tcpmem-capture.5 has every section type" "$(sections_documented)" \
	"$(sections_there)"
agree "tcpmem-json.5 has every code of a warning" "$(codes_documented)" \
	"$(codes_there)"
agree "tcpmem-metrics.7 has every metric" "$(metrics_documented)" \
	"$(metrics_there)"
agree "tcpmem-exporter.1 has every option" "$(exporter_flags_documented)" \
	"$(exporter_flags_there)"
agree "libtcpmem.3 has every function" "$(functions_documented)" \
	"$(functions_there)"
agree "tcpmem-filter.7 has every field" "$(fields_documented)" \
	"$(fields_there)"
agree "tcpmem-filter.7 has every state and kind" "$(values_documented)" \
	"$(values_there)"
tap_end
