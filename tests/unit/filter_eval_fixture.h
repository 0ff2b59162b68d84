/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* filter_eval_fixture.h - a socket, its holders, and what filters say of it */
#ifndef TM_FILTER_EVAL_FIXTURE_H
#define TM_FILTER_EVAL_FIXTURE_H

#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "expr.h"
#include "filter/filter.h"
#include "metadata_fixture.h"

#define NO	       TM_FILTER_NO
#define YES	       TM_FILTER_YES
#define NOT_APPLICABLE TM_FILTER_NOT_APPLICABLE
#define UNKNOWN	       TM_FILTER_UNKNOWN

static struct tm_netns netns[] = {
	{ .name = (char *)"self",
	  .inode = 4026531840,
	  .facts = { .known = true, .port_low = 32768, .port_high = 60999 } },
	{ .name = (char *)"blue" },
};
static struct tcpmem_snapshot snapshot = { .netns = netns, .netns_count = 2 };
static struct tm_filter_facts facts;

/* Processes nginx (10) and php (11), who share inode 2. */
static inline void set_up(void)
{
	static const struct tcpmem_process process[] = {
		{ .pid = 10, .comm = "nginx" },
		{ .pid = 11, .comm = "php" },
	};
	uint32_t index;

	ck_assert_int_eq(tm_holders_new(false, &snapshot.holders), 0);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(tm_holders_process(snapshot.holders,
						    &process[i], &index),
				 0);
		ck_assert_int_eq(tm_holders_add(snapshot.holders, 2, index), 0);
	}
	ck_assert_int_eq(tm_holders_add(snapshot.holders, 1, 0), 0);
	ck_assert_int_eq(tm_holders_finish(snapshot.holders), 0);
	facts = (struct tm_filter_facts){ .snapshot = &snapshot,
					  .accounted = true,
					  .attributed = true };
}

static inline void tear_down(void)
{
	tm_holders_free(snapshot.holders);
	snapshot.holders = NULL;
}

/* An established IPv4 socket of nginx, whose counters are known. */
static inline struct tcpmem_socket make(void)
{
	struct tcpmem_socket sock = {
		.state = TCPMEM_STATE_ESTABLISHED,
		.kind = TCPMEM_KIND_PROCESS,
		.holder = tm_holders_find(snapshot.holders, 1),
		.inode = 1,
		.uid = 33,
		.cookie = 0x1234567890,
		.cgroup_id = 5,
		.flags = TM_SOCK_HAS_CGROUP | TM_SOCK_HAS_MARK,
		.mark = 0x11,
		.local_port = 80,
		.remote_port = 40000,
		.skmem_words = TM_SKMEM_WORDS,
		.skmem = { 4096, 131072, 0, 87040, 512, 8192, 0, 0, 3 },
		.object = 2000,
		.rqueue = 10,
		.wqueue = 20,
	};

	inet_pton(AF_INET, "10.1.2.3", sock.local);
	inet_pton(AF_INET, "192.0.2.9", sock.remote);
	return sock;
}

static inline struct tcpmem_socket make_mini(void)
{
	return (struct tcpmem_socket){
		.state = TCPMEM_STATE_TIME_WAIT,
		.kind = TCPMEM_KIND_TIME_WAIT,
		.flags = TM_SOCK_MINI,
		.object = 256,
	};
}

static inline enum tm_filter_verdict eval(const char *text,
					  const struct tcpmem_socket *sock)
{
	struct tcpmem_filter_error error = { .size = sizeof(error) };
	enum tm_filter_verdict verdict;
	struct tcpmem_filter *filter;
	int ret = tm_filter_parse(text, &expr_names, &error, &filter);

	ck_assert_msg(ret == 0, "\"%s\": at %zu \"%s\"", text, error.offset,
		      error.found);
	facts.netns = sock->netns < snapshot.netns_count ? &netns[sock->netns]
							 : NULL;
	verdict = tm_filter_eval(filter, &facts, sock);
	tcpmem_filter_free(filter);
	return verdict;
}

/* @text says @verdict, and its opposite the opposite; unknown stays so. */
static inline void says(const char *text, const struct tcpmem_socket *sock,
			enum tm_filter_verdict verdict)
{
	static const enum tm_filter_verdict opposite[] = {
		[NO] = YES,
		[NOT_APPLICABLE] = NOT_APPLICABLE,
		[UNKNOWN] = UNKNOWN,
		[YES] = NO
	};
	char not_text[512];

	ck_assert_msg(eval(text, sock) == verdict, "\"%s\" is %d, not %d", text,
		      eval(text, sock), verdict);
	snprintf(not_text, sizeof(not_text), "not (%s)", text);
	ck_assert_msg(eval(not_text, sock) == opposite[verdict],
		      "\"%s\" is not the opposite", not_text);
}

#define NGINX "/system.slice/nginx.service"
#define DOCKER                                                  \
	"/system.slice/docker-0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef.scope"

/* Process 10 is nginx in a unit, 11 php in a container. */
static inline void put_metadata(void)
{
	static struct tm_process_metadata process[2];

	process[0].program = put_text(&snapshot.metadata, "/usr/sbin/nginx");
	process[0].cgroup = put_text(&snapshot.metadata, NGINX);
	process[0].cmdline =
		put_text(&snapshot.metadata, "nginx: worker process");
	process[0].parent = 9;
	process[1].program = put_text(&snapshot.metadata, "/usr/bin/php");
	process[1].cgroup = put_text(&snapshot.metadata, DOCKER);
	process[1].cmdline = TM_METADATA_UNKNOWN;
	process[1].parent = TM_METADATA_UNKNOWN;
	snapshot.metadata.process = process;
	snapshot.metadata.process_count = 2;
	put_cgroup(&snapshot.metadata, 5, NGINX);
	put_cgroup(&snapshot.metadata, 6, DOCKER);
	put_cgroup(&snapshot.metadata, 7, "/");
	put_cgroup(&snapshot.metadata, 8, NULL);
	facts.placed = true;
}

static inline void forget_metadata(void)
{
	snapshot.metadata.process = NULL;
	tm_metadata_deinit(&snapshot.metadata);
	memset(&snapshot.metadata, 0, sizeof(snapshot.metadata));
}

#endif
