// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * look.c - who is named as the past owner of what nobody holds
 *
 * look proc|auto - a sampler whose holders come from there. A line on stdin
 * makes it look: "COOKIE STATE PID SOURCE" of each socket that is closed and
 * not yet gone, with "0 -" if nobody is named, and "done".
 */
#include <tcpmem.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print(const struct tcpmem_snapshot *snap,
		  const struct tcpmem_socket *sock)
{
	struct tcpmem_past past = { .size = sizeof(past) };
	enum tcpmem_kind kind = tcpmem_socket_get_kind(sock);
	int64_t cookie;

	if (kind != TCPMEM_KIND_TIME_WAIT && kind != TCPMEM_KIND_ORPHAN)
		return;
	if (tcpmem_socket_get_field(sock, TCPMEM_SOCKET_FIELD_COOKIE, &cookie))
		return;
	if (tcpmem_socket_get_past(snap, sock, &past) || !past.process)
		printf("%" PRId64 " %s 0 -\n", cookie,
		       kind == TCPMEM_KIND_ORPHAN ? "orphan" : "time-wait");
	else
		printf("%" PRId64 " %s %u %s\n", cookie,
		       kind == TCPMEM_KIND_ORPHAN ? "orphan" : "time-wait",
		       tcpmem_process_get_pid(past.process), past.source);
}

static int look(struct tcpmem_sampler *sampler)
{
	struct tcpmem_snapshot *snap;
	int ret = tcpmem_sampler_next(sampler, &snap);

	if (ret)
		return ret;
	for (size_t i = 0; i < tcpmem_snapshot_get_socket_count(snap); i++)
		print(snap, tcpmem_snapshot_get_socket(snap, i));
	tcpmem_snapshot_free(snap);
	puts("done");
	return fflush(stdout);
}

int main(int argc, char **argv)
{
	bool proc = argc == 2 && strcmp(argv[1], "proc") == 0;
	struct tcpmem_sampler *sampler = NULL;
	struct tcpmem_query *query = NULL;
	struct tcpmem_ctx *ctx = NULL;
	char line[16];
	int ret = tcpmem_ctx_new(&ctx);

	if (ret == 0)
		ret = tcpmem_query_new(&query);
	if (ret == 0)
		ret = tcpmem_query_require(query, TCPMEM_NEED_PAST |
							  TCPMEM_NEED_HOLDERS);
	if (ret == 0)
		ret = tcpmem_query_set_holder_source(
			query, proc ? TCPMEM_HOLDER_SOURCE_PROC
				    : TCPMEM_HOLDER_SOURCE_AUTO);
	if (ret == 0)
		ret = tcpmem_sampler_new(ctx, query, &sampler);
	while (ret == 0 && fgets(line, sizeof(line), stdin))
		ret = look(sampler);
	if (ret)
		fprintf(stderr, "look: %s\n", strerror(-ret));
	tcpmem_sampler_free(sampler);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	return ret != 0;
}
