// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sockstat.c - one network namespace's own count of its TCP sockets
 *
 * net/protocols has the sockets of every TCP-like protocol, the IPv6 ones and
 * MPTCP included; only TIME_WAIT is in net/sockstat alone.
 */
#include "read/sockstat.h"

#include "util.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Both are less than 8 KiB. */
#define LIMIT (256 * 1024)

/* The rest of the line that begins with the word @name, or NULL. */
static const char *find_line(const char *text, const char *name)
{
	size_t len = strlen(name);

	while (text) {
		if (strncmp(text, name, len) == 0 && text[len] == ' ')
			return text + len;
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return NULL;
}

static int parse_number(const char *text, uint64_t *value)
{
	const char *end;

	text += strspn(text, " ");
	return tm_parse_u64(text, &end, value) < 0 ? -EBADMSG : 0;
}

/* "TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 365" */
static int parse_time_wait(const char *text, uint64_t *value)
{
	const char *line = find_line(text, "TCP:");
	const char *word, *end;

	if (!line)
		return -EBADMSG;
	end = strchrnul(line, '\n');
	word = strstr(line, " tw ");
	if (!word || word > end)
		return -EBADMSG;
	return parse_number(word + strlen(" tw "), value);
}

/* "TCP  2304  1  365  no ...": name, size, sockets */
static int add_protocol(const char *text, const char *name, uint64_t *sum)
{
	const char *line = find_line(text, name);
	uint64_t sockets;

	if (!line)
		return -ENOENT;
	line += strspn(line, " ");
	line += strspn(line, "0123456789");
	if (parse_number(line, &sockets) < 0)
		return -EBADMSG;
	*sum += sockets;
	return 0;
}

static int parse_protocols(const char *text, struct tm_sockstat *stat)
{
	/* a kernel may come without IPv6 and without MPTCP */
	int tcp = add_protocol(text, "TCP", &stat->inuse);
	int tcp6 = add_protocol(text, "TCPv6", &stat->inuse);
	int mptcp = add_protocol(text, "MPTCP", &stat->mptcp);
	int mptcp6 = add_protocol(text, "MPTCPv6", &stat->mptcp);

	if (tcp < 0 || tcp6 == -EBADMSG || mptcp == -EBADMSG ||
	    mptcp6 == -EBADMSG)
		return -EBADMSG;
	return 0;
}

static int read_net_file(const struct tcpmem_ctx *ctx, const char *net,
			 const char *name, char **text)
{
	char path[PATH_MAX];
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", net, name);
	return tm_read_file(ctx->proc, path, LIMIT, text, &len);
}

int tm_sockstat_read(const struct tcpmem_ctx *ctx, const char *net,
		     struct tm_sockstat *stat)
{
	struct tm_sockstat found = { 0 };
	char *text;
	int ret;

	ret = read_net_file(ctx, net, "sockstat", &text);
	if (ret < 0)
		return ret;
	ret = parse_time_wait(text, &found.time_wait);
	free(text);
	if (ret < 0)
		return ret;
	ret = read_net_file(ctx, net, "protocols", &text);
	if (ret < 0)
		return ret;
	ret = parse_protocols(text, &found);
	free(text);
	if (ret == 0)
		*stat = found;
	return ret;
}

bool tm_sockstat_is_empty(const struct tm_sockstat *stat)
{
	return !stat->inuse && !stat->time_wait && !stat->mptcp;
}
