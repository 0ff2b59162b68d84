// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_socket_set.c - a socket and its tcp_info never come apart */
#include "model/socket.h"
#include "unit.h"

#include <stddef.h>

#define SOCKETS 1000
#define LARGE	60000 /* in huge pages */

static struct tcpmem_socket sock_of(uint64_t cookie)
{
	return (struct tcpmem_socket){ .cookie = cookie };
}

static void fill(struct tm_socket_set *set, uint64_t first, size_t count)
{
	for (uint64_t i = first; i < first + count; i++) {
		const struct tcpmem_socket sock = sock_of(i);
		const struct tm_info info = {
			.expires_ms = (uint32_t)i,
			.present = true,
		};

		ck_assert_int_eq(tm_socket_set_add(set, &sock, &info), 0);
	}
}

/* The info of each is its own, if the set keeps any. */
static void check(const struct tm_socket_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct tm_info *info =
			tm_socket_set_info(set, &set->sock[i]);

		ck_assert_int_eq(info != NULL, set->with_info);
		if (info)
			ck_assert_uint_eq(info->expires_ms,
					  set->sock[i].cookie);
	}
}

/* Every third goes; each must be asked about once, in order. */
static bool remove_third(struct tcpmem_socket *sock, void *user)
{
	uint64_t *next = user;

	ck_assert_uint_eq(sock->cookie, (*next)++);
	return sock->cookie % 3 == 0;
}

/* socket_set.h: "the others keep their order", and what belongs to them */
START_TEST(removes)
{
	struct tm_socket_set set = { .with_info = _i };
	uint64_t next = 0;

	fill(&set, 0, SOCKETS);
	check(&set);
	tm_socket_set_remove_if(&set, remove_third, &next);
	ck_assert_uint_eq(next, SOCKETS);
	ck_assert_uint_eq(set.count, SOCKETS - (SOCKETS + 2) / 3);
	for (size_t i = 0; i < set.count; i++)
		ck_assert_uint_eq(set.sock[i].cookie, i / 2 * 3 + i % 2 + 1);
	check(&set);
	tm_socket_set_deinit(&set);
	ck_assert_uint_eq(set.count, 0);
	ck_assert_int_eq(set.with_info, _i);
}
END_TEST

/* "moves the sockets of @from behind those of @set"; "@from is to be freed" */
START_TEST(merges)
{
	struct tm_socket_set set = { .with_info = _i };
	struct tm_socket_set from = { .with_info = _i };

	fill(&from, 0, 10);
	ck_assert_int_eq(tm_socket_set_merge(&set, &from), 0);
	ck_assert_uint_eq(from.count, 0);
	fill(&from, 10, 10);
	ck_assert_int_eq(tm_socket_set_merge(&set, &from), 0);
	ck_assert_uint_eq(from.count, 0);
	ck_assert_uint_eq(set.count, 20);
	for (size_t i = 0; i < set.count; i++)
		ck_assert_uint_eq(set.sock[i].cookie, i);
	check(&set);
	tm_socket_set_deinit(&set);
	tm_socket_set_deinit(&from);
}
END_TEST

/* Sockets that came without have none, and take none from others. */
START_TEST(merges_those_without_info)
{
	struct tm_socket_set set = { .with_info = true };
	struct tm_socket_set from = { 0 };

	fill(&from, 0, 3);
	ck_assert_int_eq(tm_socket_set_merge(&set, &from), 0);
	ck_assert_uint_eq(set.count, 3);
	ck_assert(set.with_info);
	for (size_t i = 0; i < set.count; i++)
		ck_assert_ptr_null(tm_socket_set_info(&set, &set.sock[i]));
	fill(&set, 3, 1);
	ck_assert_ptr_nonnull(tm_socket_set_info(&set, &set.sock[3]));
	tm_socket_set_deinit(&set);
	tm_socket_set_deinit(&from);
}
END_TEST

/* "removes all sockets and keeps the memory" */
START_TEST(clears)
{
	struct tm_socket_set set = { .with_info = true };
	const struct tcpmem_socket sock = sock_of(1);

	fill(&set, 7, 1);
	tm_socket_set_clear(&set);
	ck_assert_ptr_null(tm_socket_set_info(&set, set.sock));
	ck_assert_int_eq(tm_socket_set_add(&set, &sock, NULL), 0);
	ck_assert_uint_eq(set.count, 1);
	ck_assert_ptr_null(tm_socket_set_info(&set, set.sock));
	tm_socket_set_deinit(&set);
}
END_TEST

/* "room for @count sockets at once": none is moved before there are more */
START_TEST(reserves)
{
	struct tm_socket_set set = { .with_info = _i };
	const struct tcpmem_socket *first;

	ck_assert_int_eq(tm_socket_set_reserve(&set, 0), 0);
	ck_assert_ptr_null(set.sock);
	fill(&set, 0, 3);
	ck_assert_int_eq(tm_socket_set_reserve(&set, LARGE), 0);
	first = set.sock;
	fill(&set, 3, LARGE - 3);
	ck_assert_ptr_eq(set.sock, first);
	ck_assert_uint_eq(set.count, LARGE);
	check(&set);
	ck_assert_int_eq(tm_socket_set_reserve(&set, 1), 0);
	ck_assert_ptr_eq(set.sock, first);
	fill(&set, LARGE, 1);
	check(&set);
	tm_socket_set_deinit(&set);
}
END_TEST

/* One that is to keep tcp_info from now on has no room for it yet. */
START_TEST(keeps_info_from_some_time_on)
{
	struct tm_socket_set set = { .with_info = false };

	ck_assert_int_eq(tm_socket_set_reserve(&set, 10), 0);
	set.with_info = true;
	fill(&set, 0, 10);
	check(&set);
	tm_socket_set_deinit(&set);
}
END_TEST

/* "what no two sockets share; never 0" */
START_TEST(each_socket_is_told_from_others)
{
	static const size_t bytes[] = {
		offsetof(struct tcpmem_socket, local_port),
		offsetof(struct tcpmem_socket, remote_port),
		offsetof(struct tcpmem_socket, netns),
		offsetof(struct tcpmem_socket, local),
		offsetof(struct tcpmem_socket, local) + 8,
		offsetof(struct tcpmem_socket, remote),
		offsetof(struct tcpmem_socket, remote) + 15,
	};
	struct tcpmem_socket sock = sock_of(7), other;
	uint64_t key = tm_socket_pair_key(&sock);

	ck_assert_uint_eq(tm_socket_identity(&sock), 7);
	sock.inode = 9; /* the cookie comes first */
	ck_assert_uint_eq(tm_socket_identity(&sock), 7);
	sock.cookie = 0;
	ck_assert_uint_ne(tm_socket_identity(&sock), 9);
	ck_assert_uint_ne(tm_socket_identity(&sock), 0);
	other = sock;
	other.local_port = 80;
	ck_assert_uint_eq(tm_socket_identity(&sock),
			  tm_socket_identity(&other));
	other.inode = 10;
	ck_assert_uint_ne(tm_socket_identity(&sock),
			  tm_socket_identity(&other));
	/* without both, and of an msk always, its addresses */
	for (int msk = 0; msk < 2; msk++) {
		sock = sock_of(msk ? 7 : 0);
		sock.flags = msk ? TM_SOCK_MPTCP : 0;
		for (size_t i = 0; i < sizeof(bytes) / sizeof(*bytes); i++) {
			other = sock;
			((uint8_t *)&other)[bytes[i]] ^= 1;
			ck_assert_uint_ne(tm_socket_pair_key(&other), key);
			ck_assert_uint_ne(tm_socket_identity(&other),
					  tm_socket_identity(&sock));
		}
		other = sock;
		other.uid = 5;
		ck_assert_uint_eq(tm_socket_pair_key(&other), key);
		ck_assert_uint_eq(tm_socket_identity(&other),
				  tm_socket_identity(&sock));
	}
	/* a listener's cookie is its msk's, and its addresses are not */
	other = sock_of(7);
	ck_assert_uint_ne(tm_socket_identity(&other),
			  tm_socket_identity(&sock));
	other.flags = TM_SOCK_MPTCP;
	other.cookie = 8;
	ck_assert_uint_ne(tm_socket_identity(&other),
			  tm_socket_identity(&sock));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("socket_set");
	TCase *tcase = tcase_create("all");

	tcase_add_loop_test(tcase, removes, 0, 2);
	tcase_add_loop_test(tcase, merges, 0, 2);
	tcase_add_test(tcase, merges_those_without_info);
	tcase_add_test(tcase, clears);
	tcase_add_loop_test(tcase, reserves, 0, 2);
	tcase_add_test(tcase, keeps_info_from_some_time_on);
	tcase_add_test(tcase, each_socket_is_told_from_others);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
