// SPDX-License-Identifier: LGPL-2.1-or-later
/* counters.c - a process's memory, files and threads: one table */
#include "model/accounting.h"

#include <string.h>

const struct tm_host_counters_def tm_host_counters_defs[TCPMEM_PROCESS_METRIC_COUNT] = {
	[TCPMEM_PROCESS_METRIC_VSZ] = { "vsz", "vsz_bytes", "status", "VmSize:",
					"addresses in use; not memory" },
	[TCPMEM_PROCESS_METRIC_RSS] = { "rss", "rss_bytes", "status", "VmRSS:",
					"anon + file + shmem that is present" },
	[TCPMEM_PROCESS_METRIC_RSS_ANON] = { "rss_anon", "rss_anon_bytes",
					     "status", "RssAnon:",
					     "heap, stacks, private pages" },
	[TCPMEM_PROCESS_METRIC_RSS_FILE] = { "rss_file", "rss_file_bytes",
					     "status", "RssFile:",
					     "program, libraries, files" },
	[TCPMEM_PROCESS_METRIC_RSS_SHMEM] = { "rss_shmem", "rss_shmem_bytes",
					      "status",
					      "RssShmem:", "shared memory" },
	[TCPMEM_PROCESS_METRIC_PSS] = { "pss", "pss_bytes", "smaps_rollup",
					"Pss:", "RSS, shared pages by share" },
	[TCPMEM_PROCESS_METRIC_USS] = { "uss", "uss_bytes", "smaps_rollup",
					NULL, "pages that nobody else maps" },
	[TCPMEM_PROCESS_METRIC_SWAP] = { "swap", "swap_bytes", "status",
					 "VmSwap:",
					 "anonymous pages that are swapped out" },
	[TCPMEM_PROCESS_METRIC_STACK] = { "stack", "stack_bytes", "status",
					  "VmStk:",
					  "addresses of the main thread's stack" },
	[TCPMEM_PROCESS_METRIC_PAGE_TABLES] = { "page_tables",
						"page_tables_bytes", "status",
						"VmPTE:",
						"kernel memory beside RSS" },
	[TCPMEM_PROCESS_METRIC_STATM_RSS] = { "statm_rss", "statm_rss_bytes",
					      "statm", NULL,
					      "RSS as ps and top read it" },
	[TCPMEM_PROCESS_METRIC_THREADS] = { "threads", "threads", "status",
					    "Threads:", "threads" },
	[TCPMEM_PROCESS_METRIC_FDS] = { "fds", "fds", "fd", NULL,
					"open files" },
	[TCPMEM_PROCESS_METRIC_FDS_SOCKETS] = { "fds_sockets", "fds_sockets",
						"fd", NULL,
						"of them sockets of any kind" },
	[TCPMEM_PROCESS_METRIC_FDS_SOFT] = { "fds_soft", "fds_soft", "limits",
					     NULL,
					     "open files that it may have" },
	[TCPMEM_PROCESS_METRIC_FDS_HARD] = { "fds_hard", "fds_hard", "limits",
					     NULL,
					     "what it may raise that to" },
	[TCPMEM_PROCESS_METRIC_CGROUP_CURRENT] = { "cgroup_current",
						   "cgroup_current_bytes",
						   "memory.current", NULL,
						   "its cgroup's memory, all of it" },
	[TCPMEM_PROCESS_METRIC_CGROUP_SOCK] = { "cgroup_sock",
						"cgroup_sock_bytes",
						"memory.stat", NULL,
						"its cgroup's TCP memory, charged" },
	[TCPMEM_PROCESS_METRIC_CGROUP_LIMIT] = { "cgroup_limit",
						 "cgroup_limit_bytes",
						 "memory.max", NULL,
						 "its cgroup's limit" },
};

static const struct tm_host_counters_def *find(enum tcpmem_process_metric entry)
{
	static const struct tm_host_counters_def none = { 0 };

	return (size_t)entry < TCPMEM_PROCESS_METRIC_COUNT
		       ? &tm_host_counters_defs[entry]
		       : &none;
}

const char *tcpmem_process_metric_name(enum tcpmem_process_metric entry)
{
	return find(entry)->name;
}

const char *tcpmem_process_metric_json(enum tcpmem_process_metric entry)
{
	return find(entry)->json;
}

const char *tcpmem_process_metric_source(enum tcpmem_process_metric entry)
{
	return find(entry)->source;
}

const char *tcpmem_process_metric_text(enum tcpmem_process_metric entry)
{
	return find(entry)->text;
}

bool tcpmem_process_metric_is_bytes(enum tcpmem_process_metric entry)
{
	const char *json = find(entry)->json;

	return json && strstr(json, "_bytes");
}
