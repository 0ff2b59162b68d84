/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* filter_names.h - filters, and a host whose names are no machine's own */
#ifndef FILTER_NAMES_H
#define FILTER_NAMES_H

#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "filter/filter.h"

static int service(const char *name, uint16_t *port)
{
	*port = 22;
	return strcmp(name, "ssh") == 0 ? 0 : -ENOENT;
}

static int host(const char *name, int family, struct tm_filter_host *hosts,
		size_t max)
{
	const struct tm_filter_host v4 = { .family = AF_INET,
					   .prefix = 32,
					   .addr = { 10, 0, 0, 1 } };
	const struct tm_filter_host v6 = { .family = AF_INET6,
					   .prefix = 128,
					   .addr = { 0xfd, [15] = 1 } };
	int count = 0;

	if (strcmp(name, "db-2.example") == 0) {
		hosts[0] = hosts[1] = v6;
		return 2;
	}
	if (strcmp(name, "many.example") == 0) {
		for (size_t i = 0; i < max; i++)
			hosts[i] = v4;
		return (int)max;
	}
	if (strcmp(name, "db-1.example") != 0)
		return -ENOENT;
	ck_assert_uint_ge(max, 2);
	if (family != AF_INET6)
		hosts[count++] = v4;
	if (family != AF_INET)
		hosts[count++] = v6;
	return count;
}

static int user(const char *name, uint32_t *uid)
{
	*uid = 33;
	return strcmp(name, "www-data") == 0 ? 0 : -ENOENT;
}

static int cgroup(const char *path, uint64_t *id)
{
	*id = 77;
	return strncmp(path, "/web", 4) == 0 ? 0 : -ENOENT;
}

static const struct tm_filter_names names = { service, host, user, cgroup };

/* A filter whose names are of that host. */
static inline struct tcpmem_filter *parse(const char *text)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	struct tcpmem_filter *filter = NULL;
	int ret;

	errno = ERANGE; /* of a number that was read before: it says nothing */
	ret = tm_filter_parse(text, &names, &error, &filter);

	ck_assert_msg(ret == 0, "\"%.200s\": at %zu \"%s\", expected %s", text,
		      error.offset, error.found, error.expected);
	return filter;
}

#endif
