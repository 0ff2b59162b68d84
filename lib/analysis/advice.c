// SPDX-License-Identifier: LGPL-2.1-or-later
/* advice.c - which limits the numbers say should be others */
#include "analysis/explain.h"

#include "base/util.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Percent of a limit from which a finding calls its use near. */
#define NEAR 80
/* Percent of tcp_mem's pressure from which raising tcp_mem is advised. */
#define GROWING 50
/* The share of RAM that advice never asks TCP to exceed. */
#define PART_OF_RAM 4

#define N(x) ((long long)(x))

/* struct advising - what advice is made of; @snap: NULL: there is no other */
struct advising {
	const struct tcpmem_limits *limits;
	const struct tcpmem_snapshot *snap;
	struct tm_advices *advices;
};

/* struct raise - a limit that is doubled when its use comes near it */
struct raise {
	const char *name;
	const char *what;
	const char *effect;
};

static const struct raise raises[] = {
	{ "tcp_max_orphans", "orphans",
	  "each orphan may pin up to 64 KiB that cannot be swapped; peers "
	  "that take nothing keep them longer" },
	{ "tcp_max_tw_buckets", "TIME_WAIT sockets",
	  "each costs 256 to 512 bytes; without it more are cut short, which "
	  "lets old packets into new connections" },
	{ "file-max", "open files of the host",
	  "each costs about 256 bytes and what it stands for" },
};

static const struct tcpmem_limit *get(const struct advising *advising,
				      const char *name)
{
	return tm_limits_find(&advising->limits->limits, name);
}

static bool is_of_same_netns(const struct tcpmem_limit *a,
			     const struct tcpmem_limit *b)
{
	return a->netns == b->netns ||
	       (a->netns && b->netns && strcmp(a->netns, b->netns) == 0);
}

/*
 * The limit @name of the namespace of @limit: each is shown of the one that is
 * nearest to it, and those of two namespaces say nothing of each other. Its use
 * is known only where it is the one that is shown.
 */
static struct tcpmem_limit get_beside(const struct advising *advising,
				      const struct tcpmem_limit *limit,
				      const char *name)
{
	const struct tcpmem_snapshot *snap = advising->snap;
	struct tcpmem_limit found = *get(advising, name);

	if (is_of_same_netns(&found, limit))
		return found;
	found.known = found.used_known = false;
	for (size_t i = 0; snap && limit->netns && i < snap->netns_count; i++)
		if (snap->netns[i].limits &&
		    strcmp(snap->netns[i].name, limit->netns) == 0)
			found = *tm_limits_find(snap->netns[i].limits, name);
	found.netns = limit->netns;
	return found;
}

/* In the namespace of @limit; 0 if that is not known. */
static int64_t connections_of(const struct advising *advising,
			      const struct tcpmem_limit *limit)
{
	const struct tcpmem_limits *limits = advising->limits;

	return limits->connections[limit - limits->limits.limit];
}

static int64_t percent(int64_t part, int64_t whole)
{
	return whole > 0 ? (int64_t)((double)part / (double)whole * 100) : 0;
}

/* "sys/net/ipv4/tcp_mem" -> "net.ipv4.tcp_mem"; a queue's is its program's */
static char *setting_of(const struct tcpmem_limit *limit)
{
	const struct tm_limit_def *def = tm_limit_defs;
	char *name;

	while (strcmp(def->name, limit->name) != 0)
		def++;
	if (!def->path)
		return strdup("listen(2)");
	name = strdup(def->path + strlen("sys/"));

	for (char *at = name; at && (at = strchr(at, '/')); at++)
		*at = '.';
	return name;
}

/* The caller's own namespace needs no name. @reason is freed. */
static char *where(char *reason, const char *netns)
{
	char *named;

	if (!reason || !netns || strcmp(netns, "self") == 0)
		return reason;
	if (asprintf(&named, "%s; network namespace %s", reason, netns) < 0)
		named = NULL;
	free(reason);
	return named;
}

static int add(struct tm_advices *advices, const struct tcpmem_limit *limit,
	       const char *effect, char *value, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Owns @value from here on; a NULL @value is -ENOMEM. */
static int add(struct tm_advices *advices, const struct tcpmem_limit *limit,
	       const char *effect, char *value, const char *format, ...)
{
	struct tcpmem_advice *advice = &advices->advice[advices->count++];
	char *reason;
	va_list args;

	advice->size = sizeof(*advice);
	advice->value = value;
	advice->effect = effect;
	advice->setting = setting_of(limit);
	va_start(args, format);
	if (vasprintf(&reason, format, args) < 0)
		reason = NULL;
	advice->reason = where(reason, limit->netns);
	va_end(args);
	return advice->value && advice->setting && advice->reason ? 0 : -ENOMEM;
}

static char *numbers(size_t count, int64_t a, int64_t b, int64_t c)
{
	char *text;
	int ret;

	if (count == 1)
		ret = asprintf(&text, "%" PRId64, a);
	else if (count == 2)
		ret = asprintf(&text, "%" PRId64 " %" PRId64, a, b);
	else
		ret = asprintf(&text, "%" PRId64 " %" PRId64 " %" PRId64, a, b,
			       c);
	return ret < 0 ? NULL : text;
}

static int advise_raises(const struct advising *advising)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < TM_ARRAY_SIZE(raises); i++) {
		const struct tcpmem_limit *limit =
			get(advising, raises[i].name);

		if (!limit->known || !limit->used_known ||
		    limit->value > INT64_MAX / 2 ||
		    percent(limit->used, limit->value) < NEAR)
			continue;
		ret = add(advising->advices, limit, raises[i].effect,
			  numbers(1, 2 * limit->value, 0, 0),
			  "%lld of %lld %s are in use, %lld %%", N(limit->used),
			  N(limit->value), raises[i].what,
			  N(percent(limit->used, limit->value)));
	}
	return ret;
}

static bool is_near(const struct tcpmem_limit *queue)
{
	return queue->known && queue->used_known &&
	       percent(queue->used, tm_limit_full(queue)) >= NEAR;
}

/* The backlog of a listener is the least of what its program and sysctls say.
 */
static int advise_queue(const struct advising *advising,
			const struct tcpmem_limit *queue, const char *what,
			const char *effect)
{
	const struct tcpmem_limit max =
		get_beside(advising, queue, "tcp_max_syn_backlog");
	const struct tcpmem_limit all =
		get_beside(advising, queue, "somaxconn");
	const struct tcpmem_limit *bound = queue;

	if (!is_near(queue))
		return 0;
	if (all.known && queue->value >= all.value)
		bound = &all;
	else if (max.known && queue != get(advising, "accept_queue") &&
		 queue->value == max.value - max.value / 4)
		bound = &max;
	return add(advising->advices, bound, effect,
		   numbers(1, bound->value ? 2 * bound->value : 1, 0, 0),
		   "%s has %lld %s, and room for %lld", queue->busiest,
		   N(queue->used), what, N(tm_limit_full(queue)));
}

static int advise_queues(const struct advising *advising)
{
	const struct tcpmem_limit *syn = get(advising, "syn_queue");
	const struct tcpmem_limit cookies =
		get_beside(advising, syn, "tcp_syncookies");
	int ret;

	ret = advise_queue(advising, get(advising, "accept_queue"),
			   "connections that wait to be accepted",
			   "a longer queue hides a slow application, and "
			   "clients wait longer");
	if (ret == 0)
		ret = advise_queue(advising, syn, "half-open connections",
				   "each costs about 350 bytes; with "
				   "tcp_syncookies a flood is survived "
				   "without");
	if (ret < 0 || !is_near(syn) || !cookies.known || cookies.value)
		return ret;
	return add(advising->advices, &cookies,
		   "connections that a cookie stands for lose window scaling "
		   "and SACK where timestamps are off",
		   numbers(1, 1, 0, 0),
		   "it is 0: SYNs beyond %lld half-open connections are "
		   "dropped, those of real clients with those of a flood",
		   N(tm_limit_full(syn)));
}

/* The port range grows downwards and to 65535; registered ports stay out. */
static int advise_ports(const struct advising *advising)
{
	const struct tcpmem_limit *range = get(advising, "ip_local_port_range");
	const struct tcpmem_limit reuse =
		get_beside(advising, range, "tcp_tw_reuse");
	const struct tcpmem_limit tw =
		get_beside(advising, range, "tcp_max_tw_buckets");
	int ret = 0;

	if (!range->known || !range->used_known ||
	    percent(range->used, range->value) < NEAR)
		return 0;
	if (range->low > 1024 || range->low + range->value < 65536)
		ret = add(
			advising->advices, range,
			"services that listen on a port of the range may find "
			"it taken: name theirs in ip_local_reserved_ports",
			numbers(2, 1024, 65535, 0),
			"%lld of %lld local ports are in use toward one "
			"destination, %lld %%",
			N(range->used), N(range->value),
			N(percent(range->used, range->value)));
	if (ret < 0 || !reuse.known || reuse.value == 1 || !tw.used_known ||
	    tw.used < range->used / 2)
		return ret;
	return add(advising->advices, &reuse,
		   "needs tcp_timestamps on both sides; only connections that "
		   "are made from here gain by it",
		   numbers(1, 1, 0, 0),
		   "%lld local ports are in use toward one destination, and "
		   "%lld sockets are in TIME_WAIT",
		   N(range->used), N(tw.used));
}

/* tcp_mem stands in bytes here, and in the host's pages in its file. */
static int advise_memory(const struct advising *advising)
{
	const struct tcpmem_limit *low = get(advising, "tcp_mem_low");
	const struct tcpmem_limit *pressure = get(advising, "tcp_mem_pressure");
	const struct tcpmem_limit *high = get(advising, "tcp_mem_high");
	const struct tcpmem_limits *limits = advising->limits;
	int64_t page = limits->page_size;
	int64_t ram = limits->worst[TCPMEM_WORST_RAM];

	if (!low->known || !pressure->known || !high->known || page <= 0 ||
	    low->value < page || !pressure->used_known ||
	    !limits->worst_known[TCPMEM_WORST_RAM] ||
	    percent(pressure->used, pressure->value) < NEAR ||
	    high->value / 2 * 3 > ram / PART_OF_RAM)
		return 0;
	return add(advising->advices, high,
		   "TCP may then take that much from the page cache and from "
		   "programs; see first whether it is a leak: tcpmem diff "
		   "--every",
		   numbers(3, low->value / page / 2 * 3,
			   pressure->value / page / 2 * 3,
			   high->value / page / 2 * 3),
		   "%lld bytes are in use, %lld %% of where buffers stop "
		   "growing; the machine has %lld",
		   N(pressure->used),
		   N(percent(pressure->used, pressure->value)), N(ram));
}

/* The buffer that each connection could have with all below tcp_mem. */
static int advise_maximum(const struct advising *advising,
			  const char *direction, int64_t share)
{
	char name[3][32];
	const struct tcpmem_limit *part[3];
	static const char *const parts[] = { "min", "default", "max" };
	const struct tcpmem_limits *limits = advising->limits;
	int64_t max, mine;
	char among[64] = "";

	for (int i = 0; i < 3; i++) {
		snprintf(name[i], sizeof(name[i]), "%s_%s", direction,
			 parts[i]);
		part[i] = get(advising, name[i]);
		if (!part[i]->known)
			return 0;
	}
	max = share < part[1]->value ? part[1]->value : share;
	mine = connections_of(advising, part[2]);
	if (max >= part[2]->value || !mine)
		return 0;
	if (mine < limits->worst[TCPMEM_WORST_CONNECTIONS])
		snprintf(among, sizeof(among),
			 ", %lld of them in this network namespace,", N(mine));
	return add(advising->advices, part[2],
		   "a connection over a long path gets no more than this in "
		   "each round trip; those that are open keep what they have",
		   numbers(3, part[0]->value, part[1]->value, max),
		   "%lld connections%s could grow to %lld bytes, and tcp_mem "
		   "ends at %lld, of which %lld are in use",
		   N(limits->worst[TCPMEM_WORST_CONNECTIONS]), among,
		   N(limits->worst[TCPMEM_WORST_AUTOTUNED]),
		   N(limits->worst[TCPMEM_WORST_TCP_MEM]),
		   N(get(advising, "tcp_mem_high")->used));
}

static int advise_maxima(const struct advising *advising)
{
	const struct tcpmem_limit *pressure = get(advising, "tcp_mem_pressure");
	const struct tcpmem_limits *limits = advising->limits;
	int64_t connections = limits->worst[TCPMEM_WORST_CONNECTIONS];
	int64_t share;
	int ret;

	if (!limits->worst_known[TCPMEM_WORST_AUTOTUNED] ||
	    !limits->worst_known[TCPMEM_WORST_TCP_MEM] || !connections ||
	    limits->worst[TCPMEM_WORST_AUTOTUNED] <=
		    limits->worst[TCPMEM_WORST_TCP_MEM] ||
	    !pressure->known || !pressure->used_known ||
	    percent(pressure->used, pressure->value) < GROWING)
		return 0;
	share = limits->worst[TCPMEM_WORST_TCP_MEM] / connections / 2;
	share -= share % 4096;
	ret = advise_maximum(advising, "tcp_rmem", share);
	return ret < 0 ? ret : advise_maximum(advising, "tcp_wmem", share);
}

static int advise_modes(const struct advising *advising)
{
	const struct tcpmem_limit *moderate =
		get(advising, "tcp_moderate_rcvbuf");
	const struct tcpmem_limit *recycle = get(advising, "tcp_tw_recycle");
	int64_t connections = connections_of(advising, moderate);
	int ret = 0;

	if (moderate->known && moderate->value == 0 && connections)
		ret = add(advising->advices, moderate,
			  "buffers then grow up to tcp_rmem's third number",
			  numbers(1, 1, 0, 0),
			  "it is 0: the receive buffers of %lld connections "
			  "stay as they were made, however long the path",
			  N(connections));
	if (ret == 0 && recycle->known && recycle->value)
		ret = add(advising->advices, recycle,
			  "TIME_WAIT lasts its 60 s again: 256 to 512 bytes "
			  "each",
			  numbers(1, 0, 0, 0),
			  "it is %lld, and drops connections of clients that "
			  "share an address behind NAT",
			  N(recycle->value));
	return ret;
}

int tm_advices_make(const struct tcpmem_limits *limits,
		    const struct tcpmem_snapshot *snap,
		    struct tm_advices *advices)
{
	const struct advising advising = { limits, snap, advices };
	int ret = advise_memory(&advising);

	if (ret == 0)
		ret = advise_maxima(&advising);
	if (ret == 0)
		ret = advise_ports(&advising);
	if (ret == 0)
		ret = advise_raises(&advising);
	if (ret == 0)
		ret = advise_queues(&advising);
	if (ret == 0)
		ret = advise_modes(&advising);
	return ret;
}

void tm_advices_clear(struct tm_advices *advices)
{
	for (size_t i = 0; i < advices->count; i++) {
		free((char *)advices->advice[i].setting);
		free((char *)advices->advice[i].value);
		free((char *)advices->advice[i].reason);
	}
}

const struct tcpmem_advice *
tcpmem_limits_get_advice(const struct tcpmem_limits *limits, size_t index)
{
	const struct tm_advices *advices = &limits->advices;

	return index < advices->count ? &advices->advice[index] : NULL;
}
