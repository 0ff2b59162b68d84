// SPDX-License-Identifier: LGPL-2.1-or-later
/* look.c - what the library sees, through its public header alone */
#include "look.h"
#include "../unit/rows.h"

#include <check.h>
#include <string.h>

void look_open_everywhere(struct look *look)
{
	memset(look, 0, sizeof(*look));
	ck_assert_int_eq(tcpmem_ctx_new(&look->ctx), 0);
	ck_assert_int_eq(tcpmem_query_new(&look->query), 0);
}

void look_open(struct look *look)
{
	look_open_everywhere(look);
	ck_assert_int_eq(tcpmem_query_add_netns(look->query, "self"), 0);
}

void look_open_by(struct look *look, enum tcpmem_holder_source source)
{
	look_open(look);
	ck_assert_int_eq(tcpmem_query_set_holder_source(look->query, source),
			 0);
}

void look_close(struct look *look)
{
	tcpmem_snapshot_free(look->snapshot);
	tcpmem_query_free(look->query);
	tcpmem_ctx_free(look->ctx);
}

void look_take(void *user)
{
	struct look *look = user;

	tcpmem_snapshot_free(look->snapshot);
	look->snapshot = NULL;
	ck_assert_int_eq(
		tcpmem_snapshot_take(look->ctx, look->query, &look->snapshot),
		0);
}

void look_next(struct look *look, struct tcpmem_sampler *sampler)
{
	tcpmem_snapshot_free(look->snapshot);
	look->snapshot = NULL;
	ck_assert_int_eq(tcpmem_sampler_next(sampler, &look->snapshot), 0);
}

size_t look_count(const struct look *look)
{
	return tcpmem_snapshot_get_socket_count(look->snapshot);
}

const struct tcpmem_socket *look_at(const struct look *look, size_t index)
{
	return tcpmem_snapshot_get_socket(look->snapshot, index);
}

bool look_is_held_by(const struct look *look, const struct tcpmem_socket *sock,
		     pid_t pid)
{
	const struct tcpmem_snapshot *snapshot = look->snapshot;
	size_t count = tcpmem_snapshot_get_holder_count(snapshot, sock);

	for (size_t i = 0; i < count; i++)
		if (tcpmem_process_get_pid(tcpmem_snapshot_get_holder(
			    snapshot, sock, i)) == (uint32_t)pid)
			return true;
	return false;
}

bool look_is_mptcp(const struct tcpmem_socket *sock)
{
	return tcpmem_socket_get_protocol(sock) == TCPMEM_PROTOCOL_MPTCP;
}

int64_t look_field(const struct tcpmem_socket *sock,
		   enum tcpmem_socket_field field)
{
	int64_t value = 0;

	ck_assert_int_eq(tcpmem_socket_get_field(sock, field, &value), 0);
	return value;
}

struct fx_addr look_local(const struct tcpmem_socket *sock)
{
	struct fx_addr addr = {
		.port = (uint16_t)look_field(sock,
					     TCPMEM_SOCKET_FIELD_LOCAL_PORT),
	};

	tcpmem_socket_get_addresses(sock, addr.ip, NULL);
	return addr;
}

struct fx_addr look_remote(const struct tcpmem_socket *sock)
{
	struct fx_addr addr = {
		.port = (uint16_t)look_field(sock,
					     TCPMEM_SOCKET_FIELD_REMOTE_PORT),
	};

	tcpmem_socket_get_addresses(sock, NULL, addr.ip);
	return addr;
}

static bool matches(const struct tcpmem_socket *seen,
		    const struct fx_sock *sock)
{
	struct fx_addr local = look_local(seen), remote = look_remote(seen);

	if (look_is_mptcp(seen) != sock->mptcp ||
	    !fx_addr_equal(&local, &sock->local) ||
	    !fx_addr_equal(&remote, &sock->remote))
		return false;
	if (sock->cookie)
		return tcpmem_socket_get_cookie(seen) == sock->cookie;
	return tcpmem_socket_get_state(seen) == sock->state;
}

const struct tcpmem_socket *look_find(const struct look *look,
				      const struct fx_sock *sock)
{
	const struct tcpmem_socket *found = NULL;

	for (size_t i = 0; i < look_count(look); i++) {
		const struct tcpmem_socket *seen = look_at(look, i);

		if (!matches(seen, sock))
			continue;
		ck_assert_msg(!found, "port %u is there twice",
			      sock->local.port);
		found = seen;
	}
	ck_assert_msg(found, "port %u, %s, is not there", sock->local.port,
		      tcpmem_state_describe(sock->state)->name);
	return found;
}

int64_t look_number(const struct tcpmem_socket *sock, enum tcpmem_metric number)
{
	int64_t value = 0;

	ck_assert_int_eq(tcpmem_socket_get_metric(sock, number, &value), 0);
	return value;
}

static bool adds_up(enum tcpmem_metric number)
{
	return number != TCPMEM_METRIC_REACH &&
	       number != TCPMEM_METRIC_REACH_SOCKETS;
}

/* A counter that a mini-socket does not have is in no sum. */
static int64_t sum_over_sockets(const struct look *look,
				enum tcpmem_metric number)
{
	int64_t sum = 0, value;

	for (size_t i = 0; i < look_count(look); i++)
		if (!tcpmem_socket_get_metric(look_at(look, i), number, &value))
			sum += value;
	return sum;
}

static int64_t sum_over_rows(const struct tcpmem_table *table,
			     enum tcpmem_metric number)
{
	int64_t sum = 0;

	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++)
		sum += row_metric(tcpmem_table_get_row(table, i), number);
	return sum;
}

struct tcpmem_table *look_by_process(const struct look *look)
{
	struct tcpmem_table *table;

	ck_assert_int_eq(tcpmem_group(look->snapshot, "process", &table), 0);
	for (int i = 0; i < TCPMEM_METRIC_COUNT; i++) {
		enum tcpmem_metric number = (enum tcpmem_metric)i;
		int64_t total =
			row_metric(tcpmem_table_get_total(table), number);

		if (!adds_up(number))
			continue;
		ck_assert_int_eq(sum_over_rows(table, number), total);
		ck_assert_int_eq(sum_over_sockets(look, number), total);
	}
	return table;
}

const struct tcpmem_row *look_row_of_pid(const struct tcpmem_table *table,
					 pid_t pid)
{
	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++) {
		const struct tcpmem_row *row = tcpmem_table_get_row(table, i);
		const struct tcpmem_process *process =
			tcpmem_row_get_subject(row)->process;

		if (process && tcpmem_process_get_pid(process) == (uint32_t)pid)
			return row;
	}
	ck_abort_msg("process %d has no row", (int)pid);
}

const struct tcpmem_row *look_row_of_kind(const struct tcpmem_table *table,
					  enum tcpmem_kind kind)
{
	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++) {
		const struct tcpmem_row *row = tcpmem_table_get_row(table, i);

		if (!tcpmem_row_get_subject(row)->process &&
		    !strcmp(tcpmem_row_get_subject(row)->kind,
			    tcpmem_kind_describe(kind)->name))
			return row;
	}
	return NULL;
}
