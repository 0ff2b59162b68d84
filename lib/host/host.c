// SPDX-License-Identifier: LGPL-2.1-or-later
/* host.c - clock, CPUs, the kernel's accounting: tcp_mem, sockstat, limits */
#include "host/internal.h"

#include "base/util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In a child namespace only tcp_max_tw_buckets is there. */
static const struct {
	const char *path;
	enum tcpmem_host_metric first; /* the others follow it */
	size_t count;
	bool pages;
} sysctls[] = {
	{ "sys/net/ipv4/tcp_mem", TCPMEM_HOST_METRIC_TCP_MEM_LOW, 3, true },
	{ "sys/net/ipv4/tcp_max_orphans", TCPMEM_HOST_METRIC_ORPHANS_MAX, 1,
	  false },
	{ "sys/net/ipv4/tcp_max_tw_buckets", TCPMEM_HOST_METRIC_TIME_WAIT_MAX,
	  1, false },
	{ "sys/net/core/mem_pcpu_rsv", TCPMEM_HOST_METRIC_PCPU_RESERVE, 1,
	  true },
};

static const struct {
	const char *word;
	enum tcpmem_host_metric fact;
	bool pages;
} sockstats[] = {
	{ "mem", TCPMEM_HOST_METRIC_TCP_MEM_USED, true },
	{ "alloc", TCPMEM_HOST_METRIC_SOCKETS_ALLOC, false },
	{ "orphan", TCPMEM_HOST_METRIC_ORPHANS, false },
	{ "tw", TCPMEM_HOST_METRIC_TIME_WAIT, false },
};

/* A value that overflows stays unknown. */
static void set_fact(struct tm_host *host, enum tcpmem_host_metric fact,
		     uint64_t value, uint64_t unit)
{
	if (__builtin_mul_overflow(value, unit, &host->fact[fact]) ||
	    host->fact[fact] > TM_FACT_MAX)
		host->fact[fact] = 0;
	else
		host->known[fact] = true;
}

static uint64_t page_bytes(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

static int read_sysctls(const struct tcpmem_ctx *ctx, struct tm_host *host)
{
	uint64_t value[TM_SYSCTL_VALUES];

	for (size_t i = 0; i < TM_ARRAY_SIZE(sysctls); i++) {
		uint64_t unit = sysctls[i].pages ? page_bytes() : 1;
		int ret = tm_sysctl_read(ctx, sysctls[i].path, sysctls[i].count,
					 value);

		if (tm_shortage(ret))
			return ret;
		if (ret < 0)
			continue;
		for (size_t j = 0; j < sysctls[i].count; j++)
			set_fact(host, sysctls[i].first + j, value[j], unit);
	}
	return 0;
}

/* A kernel without IPv6 has no sockstat6: then nothing is in use there. */
static int read_inuse6(const struct tcpmem_ctx *ctx, uint64_t *inuse)
{
	char *text;
	int ret = tm_proc_net_read(ctx, NULL, "sockstat6", &text);

	if (ret == -ENOENT) {
		*inuse = 0;
		return 0;
	}
	if (ret < 0)
		return ret;
	ret = tm_sockstat_parse(text, "TCP6:", "inuse", inuse);
	free(text);
	return ret;
}

static int read_sockstat(const struct tcpmem_ctx *ctx, struct tm_host *host)
{
	uint64_t value, inuse6;
	char *text;
	int ret = tm_proc_net_read(ctx, NULL, "sockstat", &text);

	if (ret < 0)
		return tm_shortage(ret);
	for (size_t i = 0; i < TM_ARRAY_SIZE(sockstats); i++) {
		uint64_t unit = sockstats[i].pages ? page_bytes() : 1;

		if (tm_sockstat_parse(text, "TCP:", sockstats[i].word,
				      &value) == 0)
			set_fact(host, sockstats[i].fact, value, unit);
	}
	ret = read_inuse6(ctx, &inuse6);
	if (ret == 0 && tm_sockstat_parse(text, "TCP:", "inuse", &value) == 0 &&
	    !__builtin_add_overflow(value, inuse6, &value))
		set_fact(host, TCPMEM_HOST_METRIC_SOCKETS_INUSE, value, 1);
	free(text);
	return tm_shortage(ret);
}

/* "TCP       2304      1     205   no     192   yes  kernel      y ..." */
static bool parse_pressure(const char *text, uint64_t *pressure)
{
	const char *p = tm_find_line(text, "TCP");
	char word[8];

	if (!p || sscanf(p, "%*u %*u %*d %7s", word) != 1)
		return false;
	*pressure = strcmp(word, "yes") == 0;
	return *pressure || strcmp(word, "no") == 0;
}

static int read_pressure(const struct tcpmem_ctx *ctx, struct tm_host *host)
{
	uint64_t pressure;
	char *text;
	int ret = tm_proc_net_read(ctx, NULL, "protocols", &text);

	if (ret < 0)
		return tm_shortage(ret);
	if (parse_pressure(text, &pressure))
		set_fact(host, TCPMEM_HOST_METRIC_PRESSURE, pressure, 1);
	free(text);
	return 0;
}

int tm_host_read(const struct tcpmem_ctx *ctx, struct tm_host *host)
{
	uint32_t cpus;
	int ret;

	memset(host, 0, sizeof(*host));
	set_fact(host, TCPMEM_HOST_METRIC_PAGE_SIZE, page_bytes(), 1);
	/*
	 * A CPU that went offline keeps its part of the reserve, so all that
	 * may ever have been online count.
	 */
	ret = tm_cpus_read(ctx, "possible", &cpus);
	if (ret == 0)
		set_fact(host, TCPMEM_HOST_METRIC_CPUS, cpus, 1);
	ret = tm_shortage(ret);
	if (ret == 0)
		ret = read_sysctls(ctx, host);
	if (ret == 0)
		ret = read_sockstat(ctx, host);
	return ret ? ret : read_pressure(ctx, host);
}

static bool parse_counters(const char *text, struct tm_host_counters *counters)
{
	uint64_t pages, sockets;

	if (tm_sockstat_parse(text, "TCP:", "mem", &pages) < 0 ||
	    tm_sockstat_parse(text, "TCP:", "alloc", &sockets) < 0)
		return false;
	return !__builtin_mul_overflow(pages, page_bytes(),
				       &counters->memory) &&
	       !__builtin_add_overflow(sockets, 0, &counters->sockets);
}

int tm_host_read_counters(const struct tcpmem_ctx *ctx,
			  struct tm_host_counters *counters)
{
	char *text;
	int ret;

	memset(counters, 0, sizeof(*counters));
	ret = tm_proc_net_read(ctx, NULL, "sockstat", &text);
	if (ret < 0)
		return tm_shortage(ret);
	counters->known = parse_counters(text, counters);
	free(text);
	return 0;
}

bool tm_host_may_bypass(const struct tcpmem_ctx *ctx)
{
	uint64_t value;

	return tm_sysctl_read(ctx, "sys/net/core/bypass_prot_mem", 1, &value) ==
		       0 &&
	       value;
}

void tm_clock_read(const struct tcpmem_ctx *ctx, struct tm_clock *clock)
{
	char *text;
	size_t len;

	memset(clock, 0, sizeof(*clock));
	clock->wall_ns = tm_now_ns(CLOCK_REALTIME);
	clock->boottime_ns = tm_now_ns(CLOCK_BOOTTIME);
	if (tm_read_file(ctx->proc, "sys/kernel/random/boot_id",
			 sizeof(clock->boot_id), &text, &len) < 0)
		return;
	len = strcspn(text, "\n");
	if (len < sizeof(clock->boot_id))
		memcpy(clock->boot_id, text, len);
	free(text);
}

/* "0" or "10 N0=10": slabs of one cache, on all nodes */
static bool is_without_slabs(const struct tcpmem_ctx *ctx, const char *cache)
{
	char path[64], *text;
	size_t len;
	bool none;

	snprintf(path, sizeof(path), "kernel/slab/%s/slabs", cache);
	if (tm_read_file(ctx->sys, path, 4096, &text, &len) < 0)
		return false;
	none = text[0] == '0' && (!text[1] || strchr(" \n", text[1]));
	free(text);
	return none;
}

bool tm_host_lacks_mptcp(const struct tcpmem_ctx *ctx)
{
	return is_without_slabs(ctx, "MPTCP") &&
	       is_without_slabs(ctx, "MPTCPv6");
}

/* A list of 8192 CPUs, every other one missing, is about 20 KiB. */
#define LIST_LIMIT (64 * 1024)

/* CPU numbers are ints in the kernel; a count of them fits 32 bits. */
static int parse_cpu(const char *text, const char **end, uint32_t *cpu)
{
	uint64_t value;

	if (tm_parse_u64(text, end, &value) < 0 || value > INT32_MAX)
		return -EBADMSG;
	*cpu = (uint32_t)value;
	return 0;
}

/* "3" or "0-3" */
static int parse_range(const char *text, const char **end, uint32_t *first,
		       uint32_t *last)
{
	int ret = parse_cpu(text, end, first);

	if (ret < 0)
		return ret;
	*last = *first;
	if (**end != '-')
		return 0;
	ret = parse_cpu(*end + 1, end, last);
	if (ret < 0)
		return ret;
	return *last < *first ? -EBADMSG : 0;
}

/* "0-3,8,10-11\n": ranges ascend, else a CPU could be counted twice. */
static int count_cpus(const char *text, uint32_t *count)
{
	uint32_t first, last, next = 0, sum = 0;

	for (;; text++) {
		int ret = parse_range(text, &text, &first, &last);

		if (ret < 0)
			return ret;
		if (first < next)
			return -EBADMSG;
		next = last + 1;
		sum += last - first + 1;
		if (*text != ',')
			break;
	}
	if (strcmp(text, "\n") != 0)
		return -EBADMSG;
	*count = sum;
	return 0;
}

int tm_cpus_read(const struct tcpmem_ctx *ctx, const char *list,
		 uint32_t *count)
{
	char path[64];
	char *text;
	size_t len;
	int ret;

	snprintf(path, sizeof(path), "devices/system/cpu/%s", list);
	ret = tm_read_file(ctx->sys, path, LIST_LIMIT, &text, &len);
	if (ret < 0)
		return ret;
	ret = count_cpus(text, count);
	free(text);
	return ret;
}
