// SPDX-License-Identifier: LGPL-2.1-or-later
/* process.c - what this process uses, as every exporter tells it */
#include "exposition.h"
#include "metrics.h"

#include <dirent.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS     INT64_C(1000000)

enum process_value {
	PROCESS_CPU,
	PROCESS_VIRTUAL,
	PROCESS_RESIDENT,
	PROCESS_FDS,
	PROCESS_FDS_MAX,
	PROCESS_START,
};

static int64_t read_pages(int field)
{
	FILE *in = fopen("/proc/self/statm", "re");
	int64_t pages[2], value = TCPMEM_UNKNOWN;

	if (!in)
		return value;
	if (fscanf(in, "%" SCNd64 " %" SCNd64, &pages[0], &pages[1]) == 2)
		value = pages[field] * sysconf(_SC_PAGESIZE);
	fclose(in);
	return value;
}

/* Without the one that reads the directory, and its two dots */
static int64_t count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int64_t count = -3;

	if (!dir)
		return TCPMEM_UNKNOWN;
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static int64_t read_fds_max(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
			       limit.rlim_cur > INT64_MAX
		       ? TCPMEM_UNKNOWN
		       : (int64_t)limit.rlim_cur;
}

/* In ms since 1970, of the 22nd field of stat(5), which counts ticks since boot
 */
static int64_t read_start(void)
{
	FILE *in = fopen("/proc/self/stat", "re");
	char line[1024] = "";
	const char *at;
	uint64_t ticks;
	int64_t start;

	if (in) {
		at = fgets(line, sizeof(line), in);
		fclose(in);
	}
	at = strrchr(line, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at || sscanf(at, "%" SCNu64, &ticks) != 1)
		return TCPMEM_UNKNOWN;
	start = metrics_clock(CLOCK_REALTIME) - metrics_clock(CLOCK_BOOTTIME) +
		(int64_t)ticks * (NS_PER_SECOND / sysconf(_SC_CLK_TCK));
	return start - start % NS_PER_MS;
}

static void print_value(struct exposition *exposition,
			const struct metrics_look *look)
{
	int64_t value = TCPMEM_UNKNOWN;

	(void)look;
	switch ((enum process_value)exposition->family->which) {
	case PROCESS_CPU:
		value = metrics_clock(CLOCK_PROCESS_CPUTIME_ID);
		break;
	case PROCESS_VIRTUAL:
	case PROCESS_RESIDENT:
		value = read_pages(exposition->family->which ==
				   PROCESS_RESIDENT);
		break;
	case PROCESS_FDS:
		value = count_fds();
		break;
	case PROCESS_FDS_MAX:
		value = read_fds_max();
		break;
	case PROCESS_START:
		value = read_start();
		break;
	}
	exposition_sample(exposition, NULL, value);
}

static const struct family families[] = {
	{ .name = "process_cpu_seconds",
	  .type = FAMILY_COUNTER,
	  .unit = "seconds",
	  .text = "CPU time of this process.",
	  .which = PROCESS_CPU },
	{ .name = "process_virtual_memory_bytes",
	  .unit = "bytes",
	  .text = "Virtual memory of this process.",
	  .which = PROCESS_VIRTUAL },
	{ .name = "process_resident_memory_bytes",
	  .unit = "bytes",
	  .text = "Resident memory of this process.",
	  .which = PROCESS_RESIDENT },
	{ .name = "process_open_fds",
	  .text = "Open file descriptors of this process.",
	  .which = PROCESS_FDS },
	{ .name = "process_max_fds",
	  .text = "How many it may have open.",
	  .which = PROCESS_FDS_MAX },
	{ .name = "process_start_time_seconds",
	  .unit = "seconds",
	  .text = "When this process started, since 1970.",
	  .which = PROCESS_START },
};

void metrics_print_process(FILE *out, bool openmetrics)
{
	struct exposition exposition = { .out = out,
					 .openmetrics = openmetrics };

	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		exposition_family(&exposition, &families[i]);
		print_value(&exposition, NULL);
	}
}
