// SPDX-License-Identifier: LGPL-2.1-or-later
/* proc_net.c - what /proc/PID/net and /proc/sys say about TCP */
#include "host/internal.h"

#include "base/util.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* net/protocols has a line for each protocol of each module: 8 KiB. */
#define FILE_LIMIT (1024 * 1024)

static const char *const names[] = {
	[TM_PROTOCOL_TCP] = "TCP",
	[TM_PROTOCOL_TCPV6] = "TCPv6",
	[TM_PROTOCOL_MPTCP] = "MPTCP",
	[TM_PROTOCOL_MPTCPV6] = "MPTCPv6",
};

static int read_below(const struct tcpmem_ctx *ctx, const char *net,
		      const char *name, char **text)
{
	char path[PATH_MAX];
	size_t len;
	int ret;

	ret = snprintf(path, sizeof(path), "%s/%s", net, name);
	if (ret < 0 || (size_t)ret >= sizeof(path))
		return -ENAMETOOLONG;
	return tm_read_file(ctx->proc, path, FILE_LIMIT, text, &len);
}

int tm_proc_net_read(const struct tcpmem_ctx *ctx, const char *net,
		     const char *name, char **text)
{
	int ret;

	if (net)
		return read_below(ctx, net, name, text);
	ret = read_below(ctx, "thread-self/net", name, text);
	/* a tree that was copied from a /proc has no threads */
	return ret == -ENOENT ? read_below(ctx, "net", name, text) : ret;
}

/* A number behind spaces; what ends the text may have cut it. */
static int parse_column(const char **text, uint64_t *value)
{
	const char *p = *text + strspn(*text, " ");

	if (tm_parse_u64(p, &p, value) < 0 || (*p != ' ' && *p != '\n'))
		return -EBADMSG;
	*text = p;
	return 0;
}

/* "TCP       2304      1     205   no     192   yes  kernel      y ..." */
static int parse_row(const char *text, struct tm_protocol *row)
{
	struct tm_protocol found = { .known = true };
	int ret;

	ret = parse_column(&text, &found.size);
	if (ret < 0)
		return ret;
	ret = parse_column(&text, &found.sockets);
	if (ret < 0)
		return ret;
	*row = found;
	return 0;
}

int tm_protocols_parse(const char *text,
		       struct tm_protocol row[static TM_PROTOCOL_ROWS])
{
	for (size_t i = 0; i < TM_PROTOCOL_ROWS; i++) {
		const char *line = tm_find_line(text, names[i]);
		int ret = line ? parse_row(line, &row[i]) : 0;

		if (ret < 0)
			return ret;
	}
	return row[TM_PROTOCOL_TCP].known ? 0 : -EBADMSG;
}

int tm_protocols_read(const struct tcpmem_ctx *ctx, const char *net,
		      struct tm_protocol row[static TM_PROTOCOL_ROWS])
{
	struct tm_protocol found[TM_PROTOCOL_ROWS] = { 0 };
	char *text;
	int ret;

	ret = tm_proc_net_read(ctx, net, "protocols", &text);
	if (ret < 0)
		return ret;
	ret = tm_protocols_parse(text, found);
	free(text);
	if (ret == 0)
		memcpy(row, found, sizeof(found));
	return ret;
}

/* "TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 205": words and numbers */
int tm_sockstat_parse(const char *text, const char *line, const char *word,
		      uint64_t *value)
{
	const char *p = tm_find_line(text, line);
	size_t len = strlen(word);
	uint64_t number;

	while (p && *p == ' ') {
		bool found = strncmp(++p, word, len) == 0 && p[len] == ' ';

		p += strcspn(p, " \n");
		if (parse_column(&p, &number) < 0)
			return -EBADMSG;
		if (found) {
			*value = number;
			return 0;
		}
	}
	return -EBADMSG;
}

/* The number of @word: words in one line, numbers in another, in that order. */
static bool find_counter(const char *words, const char *numbers,
			 const char *word, int64_t *count)
{
	size_t len = strlen(word);
	uint64_t number;

	while (*words == ' ' && *numbers == ' ') {
		if (strncmp(++words, word, len) == 0 &&
		    strchr(" \n", words[len]))
			return parse_column(&numbers, &number) == 0 &&
			       !__builtin_add_overflow(number, 0, count);
		words += strcspn(words, " \n");
		/* some are negative */
		numbers++;
		numbers += strcspn(numbers, " \n");
	}
	return false;
}

static void parse_counters(const char *text, const char *line,
			   struct tm_limits *limits)
{
	const char *words = tm_find_line(text, line);
	const char *numbers = words ? tm_find_line(words, line) : NULL;

	for (size_t i = 0; numbers && i < TM_LIMIT_COUNT; i++) {
		const struct tm_limit_def *def = &tm_limit_defs[i];
		struct tcpmem_limit *limit = &limits->limit[i];

		if (!def->line || strcmp(def->line, line) != 0)
			continue;
		limit->count_known =
			find_counter(words, numbers, def->name, &limit->count);
		limit->gone = limit->count_known
				      ? NULL
				      : "this kernel does not count it";
	}
}

int tm_counters_read(const struct tcpmem_ctx *ctx, struct tm_limits *limits)
{
	static const char *const files[][2] = { { "snmp", "Tcp:" },
						{ "netstat", "TcpExt:" } };
	int ret = 0;

	limits->read_ns = tm_now_ns(CLOCK_BOOTTIME);
	for (size_t i = 0; ret == 0 && i < TM_ARRAY_SIZE(files); i++) {
		char *text;

		ret = tm_proc_net_read(ctx, NULL, files[i][0], &text);
		if (ret == 0) {
			parse_counters(text, files[i][1], limits);
			free(text);
		}
		ret = tm_shortage(ret);
	}
	return ret;
}

/* ---- numbers in files of /proc/sys ---- */

/* No sysctl here is longer than three numbers. */
#define SYSCTL_LIMIT  4096
#define MEMINFO_LIMIT 65536

/* Exactly @count numbers, tabs or spaces between, and the line's end. */
static int parse_values(const char *text, size_t count, uint64_t *value)
{
	for (size_t i = 0; i < count; i++) {
		size_t blank = strspn(text, " \t");

		if ((i > 0) != (blank > 0))
			return -EBADMSG;
		if (tm_parse_u64(text + blank, &text, &value[i]) < 0)
			return -EBADMSG;
	}
	return strcmp(text, "\n") == 0 ? 0 : -EBADMSG;
}

int tm_sysctl_read(const struct tcpmem_ctx *ctx, const char *path, size_t count,
		   uint64_t *value)
{
	char *text;
	size_t len;
	int ret;

	ret = tm_read_file(ctx->proc, path, SYSCTL_LIMIT, &text, &len);
	if (ret < 0)
		return ret;
	ret = parse_values(text, count, value);
	free(text);
	return ret;
}

/* A range counts by how many it has, both ends included. */
static void set_range(const uint64_t value[TM_SYSCTL_VALUES],
		      struct tcpmem_limit *limit)
{
	limit->low = limit->value;
	limit->known =
		value[1] <= UINT16_MAX && value[1] >= value[0] &&
		!__builtin_sub_overflow(value[1] + 1, value[0], &limit->value);
}

static int read_limit(const struct tcpmem_ctx *ctx,
		      const struct tm_limit_def *def,
		      struct tcpmem_limit *limit)
{
	uint64_t unit = def->pages ? (uint64_t)sysconf(_SC_PAGESIZE) : 1;
	uint64_t value[TM_SYSCTL_VALUES];
	int ret = tm_sysctl_read(ctx, def->path, def->fields, value);

	if (tm_shortage(ret))
		return ret;
	limit->gone = ret == -ENOENT ? def->gone : NULL;
	limit->known = ret == 0 && !__builtin_mul_overflow(value[def->field],
							   unit, &limit->value);
	if (limit->known && def->use == TM_USE_PORTS)
		set_range(value, limit);
	if (def->use != TM_USE_FILES || !limit->known)
		return 0;
	ret = tm_sysctl_read(ctx, "sys/fs/file-nr", 3, value);
	limit->used_known = ret == 0 &&
			    !__builtin_add_overflow(value[0], 0, &limit->used);
	return tm_shortage(ret);
}

int tm_sysctl_limits(const struct tcpmem_ctx *ctx,
		     enum tcpmem_limit_scope scope, struct tm_limits *limits)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < TM_LIMIT_COUNT; i++)
		if (tm_limit_defs[i].scope == scope && tm_limit_defs[i].path)
			ret = read_limit(ctx, &tm_limit_defs[i],
					 &limits->limit[i]);
	if (ret == 0 && scope == TCPMEM_LIMIT_SCOPE_NETNS)
		ret = tm_counters_read(ctx, limits);
	if (ret == 0 && scope == TCPMEM_LIMIT_SCOPE_HOST)
		ret = tm_shortage(tm_sysctl_memory(ctx, &limits->ram));
	return ret;
}

int tm_sysctl_memory(const struct tcpmem_ctx *ctx, int64_t *bytes)
{
	const char *line;
	uint64_t kib = 0;
	size_t len;
	char *text;
	int ret;

	ret = tm_read_file(ctx->proc, "meminfo", MEMINFO_LIMIT, &text, &len);
	if (ret < 0)
		return ret;
	line = tm_find_line(text, "MemTotal:");
	if (!line || tm_parse_u64(line + strspn(line, " "), &line, &kib) < 0 ||
	    strncmp(line, " kB\n", 4) != 0 ||
	    __builtin_mul_overflow(kib, 1024, bytes))
		ret = -EBADMSG;
	free(text);
	return ret;
}
