// SPDX-License-Identifier: LGPL-2.1-or-later
/* kinds.c - a worker's sockets at rest, looked at by process and kind */
#include "kinds.h"

#include "sock.h"

#include <string.h>

void kinds_open(struct kinds *kinds, fx_job *job, const void *arg, size_t size)
{
	memset(kinds, 0, sizeof(*kinds));
	look_open(&kinds->look);
	fx_worker_start_or_fail(&kinds->worker);
	fx_worker_run_or_fail(&kinds->worker, job, arg, size);
	fx_rest_or_fail(&kinds->worker, 1, look_take, &kinds->look, &kinds->ss);
	kinds->table = look_by_process(&kinds->look);
}

void kinds_close(struct kinds *kinds)
{
	tcpmem_table_free(kinds->table);
	fx_ss_free(&kinds->ss);
	fx_worker_stop(&kinds->worker);
	look_close(&kinds->look);
}

static void check_holder(const struct kinds *kinds,
			 const struct tcpmem_socket *seen, bool held)
{
	const struct tcpmem_snapshot *snapshot = kinds->look.snapshot;
	const struct tcpmem_process *process;

	ck_assert_uint_eq(tcpmem_snapshot_get_holder_count(snapshot, seen),
			  held);
	if (!held)
		return;
	process = tcpmem_snapshot_get_holder(snapshot, seen, 0);
	ck_assert_uint_eq(tcpmem_process_get_pid(process),
			  (uint32_t)kinds->worker.pid);
}

/* An msk and its subflow have the same addresses. */
static bool is_at(const struct fx_sock *sock, const struct fx_addr *local,
		  const struct fx_addr *remote)
{
	return fx_addr_equal(&sock->local, local) &&
	       fx_addr_equal(&sock->remote, remote);
}

void kinds_check(const struct kinds *kinds, const struct fx_sock *sock,
		 enum tcpmem_kind kind, bool held)
{
	const struct look *look = &kinds->look;

	look_find(look, sock);
	for (size_t i = 0; i < look_count(look); i++) {
		const struct tcpmem_socket *seen = look_at(look, i);
		struct fx_addr local = look_local(seen);
		struct fx_addr remote = look_remote(seen);

		if (!is_at(sock, &local, &remote))
			continue;
		ck_assert_msg(
			tcpmem_socket_get_kind(seen) == kind,
			"%s %s is %s, not %s",
			tcpmem_state_describe(tcpmem_socket_get_state(seen))
				->name,
			tcpmem_protocol_describe(
				tcpmem_socket_get_protocol(seen))
				->name,
			tcpmem_kind_describe(tcpmem_socket_get_kind(seen))
				->name,
			tcpmem_kind_describe(kind)->name);
		check_holder(kinds, seen, held);
	}
}

int64_t kinds_buffer(const struct kinds *kinds, const struct fx_sock *sock)
{
	int64_t sum = 0;

	for (size_t i = 0; i < kinds->ss.count; i++) {
		const struct fx_ss_sock *seen = &kinds->ss.sock[i];

		if (is_at(sock, &seen->local, &seen->remote))
			sum += fx_mem_buffer(seen->mem);
	}
	return sum;
}

void kinds_leave_in_flight(struct fx_set *set, const void *arg)
{
	const enum fx_flavour_id *id = arg;
	const struct fx_flavour *flavour = &fx_flavours[*id];
	int listener = fx_listener_or_fail(flavour, 1);
	struct fx_pair pair = fx_pair_or_fail(flavour, listener);

	fx_send_or_fail(pair.far, 5000);
	fx_set_add_or_fail(set, pair.near, TCPMEM_STATE_ESTABLISHED);
	fx_set_add_or_fail(set, pair.far, TCPMEM_STATE_ESTABLISHED);
	fx_set_add_or_fail(set, listener, TCPMEM_STATE_LISTENING);
	fx_set_fly_or_fail(set, 0);
}
