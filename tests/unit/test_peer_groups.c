// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_peer_groups.c - other ends and local ports, by destination */
#include "analysis/peers.h"
#include "peers_fixture.h"
#include "unit.h"

#include <stdio.h>

/* "the largest first", of one size by address */
START_TEST(groups_in_order)
{
	static const char *const remotes[] = { "10.0.0.3", "10.0.0.2",
					       "10.0.0.9", "10.0.0.9" };
	struct tm_peer_groups groups = { 0 };
	struct tcpmem_snapshot snap = { 0 };
	char *text;

	for (uint16_t i = 0; i < 4; i++)
		add(0, "10.0.0.1", 40000 + i, remotes[i], 80);
	snap.sockets = set;
	for (size_t i = 0; i < set.count; i++)
		tm_peer_groups_add(&groups, &snap, &set.sock[i]);
	tm_peer_groups_sort(&groups);
	ck_assert_int_eq(tm_peer_groups_write(&groups, &snap, &text), 0);
	ck_assert_str_eq(text, "2 to 10.0.0.9:80, 1 to 10.0.0.2:80, "
			       "1 to 10.0.0.3:80");
	free(text);
	tm_peer_groups_clear(&groups);
}
END_TEST

static char *write_groups(struct tm_peer_groups *groups)
{
	struct tcpmem_snapshot snap = { .sockets = set };
	char *text;

	for (size_t i = 0; i < set.count; i++)
		tm_peer_groups_add(groups, &snap, &set.sock[i]);
	tm_peer_groups_sort(groups);
	ck_assert_int_eq(tm_peer_groups_write(groups, &snap, &text), 0);
	tm_peer_groups_clear(groups);
	return text;
}

/* Three are named, and the others counted; of several ports none is. */
START_TEST(three_groups_are_named)
{
	struct tm_peer_groups groups = { 0 };
	char *text;

	for (uint16_t i = 0; i < 12; i++) {
		char remote[16];

		snprintf(remote, sizeof(remote), "10.0.0.%d",
			 i < 5	 ? 2
			 : i < 9 ? 3
				 : i);
		add(0, "10.0.0.1", 40000 + i, remote, i == 7 ? 81 : 80);
	}
	text = write_groups(&groups);
	ck_assert_str_eq(text, "5 to 10.0.0.2:80, 4 to 10.0.0.3, "
			       "1 to 10.0.0.9:80, 2 to others");
	free(text);
	teardown();
	setup();
	add(0, "fd00::1", 40000, "fd00::2", 80);
	add(0, "10.0.0.1", 40001, "10.0.0.2", 80);
	add(0, "10.0.0.1", 40001, "10.0.0.3", 80);
	text = write_groups(&groups);
	ck_assert_str_eq(text, "1 to 10.0.0.2:80, 1 to 10.0.0.3:80, "
			       "1 to [fd00::2]:80");
	free(text);
}
END_TEST

/* Who is on this host is told, though nobody holds it */
START_TEST(an_end_that_nobody_holds_has_its_kind)
{
	static const uint8_t kinds[] = { TCPMEM_KIND_ORPHAN,
					 TCPMEM_KIND_HIDDEN };
	struct tm_peer_groups groups = { 0 };
	struct tcpmem_snapshot snap;
	char *text;

	for (uint16_t i = 0; i < 4; i++) {
		add(0, "127.0.0.1", 40000 + i, "127.0.0.1", 80);
		*add(0, "127.0.0.1", 80, "127.0.0.1", 40000 + i) =
			(struct tcpmem_socket){
				.local = { 127, 0, 0, 1 },
				.remote = { 127, 0, 0, 1 },
				.local_port = 80,
				.remote_port = 40000 + i,
				.state = TCPMEM_STATE_ESTABLISHED,
				.kind = kinds[i == 3],
			};
	}
	find();
	snap = (struct tcpmem_snapshot){ .sockets = set };
	for (size_t i = 0; i < set.count; i += 2)
		tm_peer_groups_add(&groups, &snap, &set.sock[i]);
	tm_peer_groups_sort(&groups);
	ck_assert_int_eq(tm_peer_groups_write(&groups, &snap, &text), 0);
	ck_assert_str_eq(text, "3 to 127.0.0.1:80 = orphan on this host, "
			       "1 to 127.0.0.1:80 = hidden on this host");
	free(text);
	tm_peer_groups_clear(&groups);
}
END_TEST

static struct tm_port_counts ports;
static struct tcpmem_limit range = { .known = true, .low = 100, .value = 10 };

static void take(uint16_t local, const char *remote, uint16_t remote_port,
		 bool mine)
{
	const struct tcpmem_socket *sock =
		add(0, strchr(remote, ':') ? "::1" : "127.0.0.1", local, remote,
		    remote_port);

	ck_assert_int_eq(tm_port_counts_add(&ports, sock, &range, mine), 0);
}

static void is_busiest(int64_t all, int64_t mine, uint8_t address,
		       uint16_t port)
{
	struct tm_port_busiest busiest;

	tm_port_counts_find(&ports, &busiest);
	ck_assert_int_eq(busiest.all, all);
	ck_assert_int_eq(busiest.mine, mine);
	ck_assert_uint_eq(busiest.remote[3], address);
	ck_assert_uint_eq(busiest.port, port);
	ck_assert(!busiest.ipv6);
}

/* "of them, those of one's own": of those alike the lowest address counts */
START_TEST(ports_are_counted_by_destination)
{
	range.known = true;
	is_busiest(0, 0, 0, 0);
	take(99, "10.0.0.3", 80, true);
	take(110, "10.0.0.3", 80, true);
	take(105, "0.0.0.0", 0, true);
	range.known = false;
	take(105, "10.0.0.3", 80, true);
	range.known = true;
	is_busiest(0, 0, 0, 0);
	take(109, "10.0.0.5", 80, false);
	is_busiest(0, 0, 0, 0);
	take(100, "10.0.0.5", 80, true);
	is_busiest(2, 1, 5, 80);
	/* tm_random_seed(): "an odd number that nobody knows" */
	ck_assert_uint_eq(ports.seed % 2, 1);
	take(100, "10.0.0.4", 80, true);
	take(100, "fd00::4", 80, true);
	is_busiest(2, 1, 5, 80);
	take(101, "10.0.0.4", 80, true);
	is_busiest(2, 2, 4, 80);
	take(101, "10.0.0.6", 80, true);
	take(102, "10.0.0.6", 80, true);
	is_busiest(2, 2, 4, 80);
	take(103, "10.0.0.6", 80, false);
	is_busiest(3, 2, 6, 80);
	take(104, "10.0.0.6", 81, true);
	take(104, "10.0.0.6", 80, false);
	is_busiest(4, 2, 6, 80);
	/* and from another address of this end */
	set.sock[set.count - 1].local[3] = 2;
	ck_assert_int_eq(tm_port_counts_add(&ports, &set.sock[set.count - 1],
					    &range, true),
			 0);
	is_busiest(4, 2, 6, 80);
	tm_port_counts_clear(&ports);
	is_busiest(0, 0, 0, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("peer_groups");
	TCase *tc = tcase_create("peer_groups");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, groups_in_order);
	tcase_add_test(tc, three_groups_are_named);
	tcase_add_test(tc, an_end_that_nobody_holds_has_its_kind);
	tcase_add_test(tc, ports_are_counted_by_destination);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
