// SPDX-License-Identifier: LGPL-2.1-or-later
/* look.c - how often tcpmem blame looks at the queues */
#include "blame.h"
#include "sample_timer.h"
#include "second_look.h"

/* Data waits on a connection if its writer could not get rid of all. */
bool blame_wants(const struct tcpmem_snapshot *snap,
		 const struct tcpmem_socket *sock, const void *user)
{
	struct tcpmem_peer peer = { .size = sizeof(peer) };

	(void)user;
	if (second_look_unsent(sock))
		return true;
	return second_look_field(sock, TCPMEM_SOCKET_FIELD_RECV_Q) &&
	       tcpmem_socket_get_peer(snap, sock, &peer) == 0 && peer.socket &&
	       second_look_unsent(peer.socket);
}

static int look(struct session *session, const struct tcpmem_snapshot *snap,
		const struct tcpmem_query *query, int64_t wait_ns,
		struct tcpmem_blame **blame)
{
	struct tcpmem_snapshot *other = NULL;
	int ret;

	if (wait_ns)
		pause_for(wait_ns);
	ret = second_look_take(session, query, &other);
	if (ret == 0)
		ret = tcpmem_blame_new(snap, other, session->options->filter,
				       blame);
	tcpmem_snapshot_free(other);
	return ret;
}

int blame_look_after(struct session *session,
		     const struct tcpmem_snapshot *snap, int64_t wait_ns,
		     struct tcpmem_blame **blame)
{
	struct tcpmem_query *query = NULL;
	int ret = second_look_query(snap, blame_wants, NULL, &query);

	if (ret == 0)
		ret = look(session, snap, query, wait_ns, blame);
	tcpmem_query_free(query);
	return ret;
}

int blame_look(struct session *session, struct tcpmem_snapshot *snap,
	       struct tcpmem_blame **blame)
{
	int64_t for_ns = session->options->for_ns;
	struct tcpmem_blame *first;
	int ret = second_look_add_info(session, snap, blame_wants, NULL);

	if (ret == 0)
		ret = blame_look_after(session, snap,
				       for_ns ? for_ns : SHORT_NS, &first);
	if (ret < 0)
		return ret;
	if (!first->undecided || for_ns) {
		*blame = first;
		return 0;
	}
	tcpmem_blame_free(first);
	return blame_look_after(session, snap, LONG_NS - SHORT_NS, blame);
}

bool blame_has(const struct tcpmem_chain *chain, uint32_t pid)
{
	for (size_t i = 0; i < chain->member_count; i++) {
		const struct tcpmem_process *process = chain->member[i].process;

		if (process && tcpmem_process_get_pid(process) == pid)
			return true;
	}
	return false;
}
