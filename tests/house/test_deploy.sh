#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test_deploy.sh - rules, dashboard and units use what there is
set -u
# shellcheck source=tests/house/tap.sh
. "${0%/*}/tap.sh"

root=$1
deploy=$root/deploy

alerts=$(sed -n 's/^ *- alert: //p' "$deploy/prometheus/alerts.yml")

# For each alert what the others have for it: a section, a link, tests.
alerts_unfinished() {
	local alert anchor

	[[ -n $alerts ]] || echo "no alert"
	for alert in $alerts; do
		anchor=$(grep -A 20 "alert: $alert\$" \
			"$deploy/prometheus/alerts.yml" |
			sed -n 's/.*runbook_url: RUNBOOK#//p' | head -n 1)
		grep -qix "## $anchor" "$deploy/prometheus/runbook.md" ||
			echo "$alert: no section '$anchor' in runbook.md"
		for what in "not yet\|too far below" fires resolves; do
			grep -q "alertname: $alert # \($what\)" \
				"$deploy/prometheus/tests.yml" ||
				echo "$alert: no test '$what'"
		done
	done
}

# Metrics and records that rules and dashboard ask for
asked_for() {
	grep -ohE '\<([a-z]+:)?tcpmem_[a-z_]+(:[a-z0-9_]+)?' \
		"$deploy"/prometheus/{alerts,records}.yml \
		"$deploy/grafana/dashboard.json" | grep -v '^tcpmem_$' | sort -u
}

there() {
	sed -n 's/^\.It Sy tcpmem_/tcpmem_/p' "$root/man/tcpmem-metrics.7" |
		sed 's/ , /\n/g'
	sed -n 's/^ *- record: //p' "$deploy/prometheus/records.yml"
}

none() {
	[[ -z $2 ]]
	tap_case $? "$1" "$2"
}

# The version stands in meson.build; scripts/release writes the others.
other_versions() {
	local version

	version=$(sed -n "s/^  version: '\(.*\)',\$/\1/p" "$root/meson.build")
	sed -n 's/.*image: tcpmem-exporter:/image /p' \
		"$deploy/kubernetes/daemonset.yml" | grep -vx "image $version"
	sed -n '1s/^libtcpmem (\(.*\)-[^-]*) .*/debian \1/p' \
		"$root/debian/changelog" | grep -vx "debian $version"
	grep -qE "^## (Unreleased|$version - )" "$root/CHANGELOG.md" ||
		echo "CHANGELOG.md has neither 'Unreleased' nor $version"
}

none "each alert has its section, its link and its tests" \
	"$(alerts_unfinished)"
none "rules and dashboard ask for metrics that there are" \
	"$(comm -23 <(asked_for) <(there | sort -u))"
none "there is one version" "$(other_versions)"
jq -e '.id == null and has("__inputs") == false and
	([.panels[].targets[]? | .datasource.uid] | all(. == "${datasource}"))' \
	"$deploy/grafana/dashboard.json" >/dev/null
tap_case $? "the dashboard names its data source by a variable" ""
tap_end
