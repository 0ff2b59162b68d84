// SPDX-License-Identifier: LGPL-2.1-or-later
/* look.c - what the library sees, through its public header alone */
#include "look.h"

#include <check.h>
#include <string.h>

void look_open(struct look *look)
{
	memset(look, 0, sizeof(*look));
	ck_assert_int_eq(tcpmem_ctx_new(&look->ctx), 0);
	ck_assert_int_eq(tcpmem_query_new(&look->query), 0);
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

size_t look_count(const struct look *look)
{
	return tcpmem_snapshot_get_socket_count(look->snapshot);
}

const struct tcpmem_socket *look_at(const struct look *look, size_t index)
{
	return tcpmem_snapshot_get_socket(look->snapshot, index);
}

bool look_is_mptcp(const struct tcpmem_socket *sock)
{
	return tcpmem_socket_get_protocol(sock) == TCPMEM_PROTOCOL_MPTCP;
}

struct fx_addr look_local(const struct tcpmem_socket *sock)
{
	struct fx_addr addr = { .port = tcpmem_socket_get_local_port(sock) };

	tcpmem_socket_get_local(sock, addr.ip);
	return addr;
}

struct fx_addr look_remote(const struct tcpmem_socket *sock)
{
	struct fx_addr addr = { .port = tcpmem_socket_get_remote_port(sock) };

	tcpmem_socket_get_remote(sock, addr.ip);
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
		      tcpmem_state_name(sock->state));
	return found;
}

int64_t look_number(const struct tcpmem_socket *sock, enum tcpmem_number number)
{
	int64_t value = 0;

	ck_assert_int_eq(tcpmem_socket_get_number(sock, number, &value), 0);
	return value;
}
