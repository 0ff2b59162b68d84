// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * stream_sockets.c - sums up each state without keeping a socket
 *
 * Memory stays the same for ten sockets and for a million.
 */
#include <tcpmem.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct tally {
	uint64_t sockets[TCPMEM_STATE_MAX + 1];
	int64_t held[TCPMEM_STATE_MAX + 1];
};

static int on_socket(const struct tcpmem_snapshot *snapshot,
		     const struct tcpmem_socket *sock, void *user)
{
	struct tally *tally = user;
	enum tcpmem_state state = tcpmem_socket_get_state(sock);
	int64_t held;

	(void)snapshot;
	tally->sockets[state]++;
	/* -ENODATA: the kernel did not say; the warnings tell how often */
	if (tcpmem_socket_get_metric(sock, TCPMEM_METRIC_HELD, &held) == 0)
		tally->held[state] += held;
	return 0;
}

/* The kernel broke off and starts again: what came so far is void. */
static void on_restart(void *user)
{
	memset(user, 0, sizeof(struct tally));
}

static void print_tally(const struct tally *tally)
{
	for (int state = 0; state <= TCPMEM_STATE_MAX; state++) {
		const char *name =
			tcpmem_state_describe((enum tcpmem_state)state)->name;

		if (name)
			printf("%-14s %8" PRIu64 " %12" PRId64 "\n", name,
			       tally->sockets[state], tally->held[state]);
	}
}

static void print_warnings(const struct tcpmem_snapshot *snapshot)
{
	const char *text;

	for (size_t i = 0;
	     (text = tcpmem_snapshot_get_warning(snapshot, i, NULL)); i++)
		fprintf(stderr, "not the whole truth: %s\n", text);
}

int main(void)
{
	static const struct tcpmem_dump_ops ops = {
		.size = sizeof(ops),
		.socket = on_socket,
		.restart = on_restart,
	};
	struct tally tally = { 0 };
	struct tcpmem_ctx *ctx = NULL;
	struct tcpmem_query *query = NULL;
	struct tcpmem_snapshot *snapshot = NULL;
	int ret = tcpmem_ctx_new(&ctx);

	if (ret == 0)
		ret = tcpmem_query_new(&query);
	if (ret == 0) {
		(void)tcpmem_query_require(query, 0);
		ret = tcpmem_dump(ctx, query, &ops, &tally, &snapshot);
	}
	if (ret == 0) {
		print_tally(&tally);
		print_warnings(snapshot);
	} else {
		fprintf(stderr, "stream_sockets: %s\n", strerror(-ret));
	}
	tcpmem_snapshot_free(snapshot);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	return ret ? 1 : 0;
}
