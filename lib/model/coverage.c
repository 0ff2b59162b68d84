// SPDX-License-Identifier: LGPL-2.1-or-later
/* coverage.c - what a question selected, against what was seen */
#include "model/coverage.h"
#include "tcpmem/snapshot.h"

#define SOCKETS	 TM_COVERAGE_SOCKETS
#define HOLDERS	 (TM_COVERAGE_HOLDERS | TM_COVERAGE_SHARES)
#define ANYTHING (SOCKETS | HOLDERS | TM_COVERAGE_COUNTERS)

/* Namespaces that were not asked for hide nothing that was. */
static const uint32_t hides[TCPMEM_WARNING_COUNT] = {
	[TCPMEM_WARNING_NETNS_SCOPE] = 0,
	[TCPMEM_WARNING_DUMP_INTERRUPTED] = SOCKETS,
	[TCPMEM_WARNING_COUNTERS_MISSING] = TM_COVERAGE_COUNTERS,
	[TCPMEM_WARNING_MPTCP_MISSING] = SOCKETS,
	[TCPMEM_WARNING_FDS_UNREADABLE] = HOLDERS,
	[TCPMEM_WARNING_PROC_HIDDEN] = HOLDERS,
	[TCPMEM_WARNING_MESSAGE_MALFORMED] = SOCKETS,
	[TCPMEM_WARNING_CAPTURE_SCOPE] = HOLDERS,
	[TCPMEM_WARNING_CAPTURE_DAMAGED] = ANYTHING,
	[TCPMEM_WARNING_NETNS_DENIED] = SOCKETS,
	[TCPMEM_WARNING_SOCKETS_UNSEEN] = SOCKETS,
	[TCPMEM_WARNING_FILTER_UNDECIDED] = SOCKETS,
	[TCPMEM_WARNING_KTLS] = TM_COVERAGE_COUNTERS,
	[TCPMEM_WARNING_CGROUPS_UNREADABLE] = TM_COVERAGE_SHARES,
	[TCPMEM_WARNING_PROC_FOREIGN] = HOLDERS,
	[TCPMEM_WARNING_SOCK_DIAG_CLOSED] = TM_COVERAGE_COUNTERS,
	[TCPMEM_WARNING_PROGRAMS_UNREADABLE] = TM_COVERAGE_SHARES,
	[TCPMEM_WARNING_PAST_UNKNOWN] = 0,
};

/* Processes that could not be read matter where a socket may be theirs. */
static bool all_have_holders(const struct tcpmem_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->sockets.count; i++) {
		uint8_t kind = snapshot->sockets.sock[i].kind;

		if (kind == TCPMEM_KIND_HIDDEN || kind == TCPMEM_KIND_UNKNOWN)
			return false;
	}
	return true;
}

const char *tm_coverage_missing(const struct tcpmem_snapshot *snapshot,
				uint32_t parts)
{
	const struct tm_warnings *warnings = &snapshot->warnings;

	if ((parts & TM_COVERAGE_HOLDERS) && all_have_holders(snapshot))
		parts &= ~(uint32_t)TM_COVERAGE_HOLDERS;
	for (size_t i = 0; i < warnings->count; i++) {
		enum tcpmem_warning_code code = warnings->warning[i].code;
		uint32_t hidden = hides[code];

		if (code == TCPMEM_WARNING_CAPTURE_SCOPE &&
		    snapshot->lacks_states)
			hidden |= SOCKETS;
		if (hidden & parts)
			return warnings->warning[i].text;
	}
	return NULL;
}

bool tcpmem_snapshot_is_complete(const struct tcpmem_snapshot *snapshot)
{
	return !tm_coverage_missing(snapshot, ANYTHING);
}

const char *tcpmem_snapshot_get_unseen(const struct tcpmem_snapshot *snapshot,
				       uint32_t needs)
{
	uint32_t parts = SOCKETS;

	if (needs & TCPMEM_NEED_HOLDERS)
		parts |= TM_COVERAGE_HOLDERS;
	if (needs & TCPMEM_NEED_INFO)
		parts |= TM_COVERAGE_COUNTERS;
	return tm_coverage_missing(snapshot, parts);
}
