// SPDX-License-Identifier: LGPL-2.1-or-later
/* counters.c - what the kernel counts of TCP in this network namespace */
#include "top.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As the header calls it, and the kernel's counters that add up to it */
static const struct {
	const char *text;
	const char *name[3];
} events[TOP_EVENTS] = {
	[TOP_OPENED] = { "opened", { "ActiveOpens", "PassiveOpens" } },
	[TOP_RESETS] = { "resets", { "EstabResets", "OutRsts" } },
	[TOP_RETRANS] = { "retransmits", { "RetransSegs" } },
	[TOP_DROPS] = { "listen drops", { "ListenDrops" } },
	[TOP_SQUEEZED] = { "squeezed", { "PruneCalled", "TCPRcvCollapsed" } },
};

const char *top_event_text(enum top_event event)
{
	return events[event].text;
}

static void count(struct top_counters *counters, const char *name,
		  int64_t value)
{
	for (size_t i = 0; i < TOP_EVENTS; i++)
		for (size_t j = 0; j < ARRAY_SIZE(events[i].name); j++)
			if (events[i].name[j] &&
			    strcmp(events[i].name[j], name) == 0)
				counters->value[i] += value;
}

/* A line of names, and one of as many numbers below it */
static bool read_pair(struct top_counters *counters, char *names, char *values)
{
	char *name, *value, *of_names, *of_values;

	name = strtok_r(names, " \n", &of_names);
	value = strtok_r(values, " \n", &of_values);
	if (!name || !value || strcmp(name, value) != 0)
		return false;
	while ((name = strtok_r(NULL, " \n", &of_names)) &&
	       (value = strtok_r(NULL, " \n", &of_values)))
		count(counters, name, strtoll(value, NULL, 10));
	return true;
}

static bool read_file(struct top_counters *counters, const char *path)
{
	char *names = NULL, *values = NULL;
	size_t name_size = 0, value_size = 0;
	FILE *file = fopen(path, "re");
	bool found = false;

	while (file && getline(&names, &name_size, file) > 0 &&
	       getline(&values, &value_size, file) > 0)
		if (strncmp(names, "Tcp", 3) == 0)
			found |= read_pair(counters, names, values);
	if (file)
		fclose(file);
	free(names);
	free(values);
	return found;
}

void top_counters_read(struct top_counters *counters)
{
	*counters = (struct top_counters){ .ns = top_clock_ns() };
	counters->known = read_file(counters, "/proc/self/net/snmp") &&
			  read_file(counters, "/proc/self/net/netstat");
}

void top_counters_rates(const struct top_counters *before,
			const struct top_counters *now, double rate[TOP_EVENTS])
{
	double seconds = (double)(now->ns - before->ns) / 1e9;

	for (size_t i = 0; i < TOP_EVENTS; i++)
		rate[i] = before->known && now->known && seconds > 0 &&
					  now->value[i] >= before->value[i]
				  ? (double)(now->value[i] - before->value[i]) /
					    seconds
				  : -1;
}
