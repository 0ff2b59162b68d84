// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_filter_holders.c - who holds a socket, and what of them is known */
#include <string.h>

#include "filter_eval_fixture.h"
#include "unit.h"

START_TEST(finds_holders)
{
	struct tcpmem_socket sock = make();

	says("pid = 10", &sock, YES);
	says("pid = 11", &sock, NO);
	says("comm = nginx", &sock, YES);
	says("comm = ngin", &sock, NO);
	says("comm ~ ngin*", &sock, YES);
	says("comm ~ ngin?", &sock, YES);
	says("comm ~ [m-o]ginx", &sock, YES);
	says("comm ~ gin", &sock, NO);
	says("user = 33", &sock, YES);
	says("user = 0", &sock, NO);
	/* "One of its processes is enough; the opposite is that none is" */
	sock.holder = tm_holders_find(snapshot.holders, 2);
	says("comm = php", &sock, YES);
	says("comm = nginx", &sock, YES);
	says("pid = 10 and pid = 11", &sock, YES);
	says("comm != php", &sock, NO);
	says("comm !~ x*", &sock, YES);
	/* nobody */
	sock.holder = TM_HOLDER_NONE;
	sock.kind = TCPMEM_KIND_ORPHAN;
	says("comm = php", &sock, NO);
	says("kind = orphan", &sock, YES);
	says("kind = process", &sock, NO);
}
END_TEST

/* "its holder may be one of the processes that could not be read" */
START_TEST(hidden_holders_are_neither)
{
	struct tcpmem_socket sock = make();

	sock.holder = TM_HOLDER_NONE;
	sock.kind = TCPMEM_KIND_HIDDEN;
	says("pid = 10", &sock, UNKNOWN);
	says("comm ~ *", &sock, UNKNOWN);
	says("kind = hidden", &sock, YES);
	sock.kind = TCPMEM_KIND_UNKNOWN;
	says("pid = 10", &sock, UNKNOWN);
}
END_TEST

static const struct tcpmem_snapshot without_holders = { .netns = netns,
							.netns_count = 2 };

/* "A no or a yes that is given before the holders are known stays" */
START_TEST(waits_for_facts)
{
	struct tcpmem_socket sock = make();

	facts.attributed = false;
	says("pid = 10", &sock, UNKNOWN);
	says("kind = process", &sock, UNKNOWN);
	says("pid = 10 and sport = 81", &sock, NO);
	says("pid = 10 or sport = 80", &sock, YES);
	facts.attributed = true;
	says("pid = 10 and sport = 81", &sock, NO);
	says("pid = 10 or sport = 80", &sock, YES);
	/* and for slab objects */
	facts.accounted = false;
	says("held > 0", &sock, UNKNOWN);
	says("object > 0", &sock, UNKNOWN);
	says("reach > 0", &sock, UNKNOWN);
	says("rmem > 0", &sock, YES);
	facts.snapshot = &without_holders;
	says("pid = 10", &sock, UNKNOWN);
}
END_TEST

/* The pair of a connection of nginx and php, one that nobody has, and one of
 * which the other end is elsewhere */
START_TEST(knows_the_other_end)
{
	struct tcpmem_socket *sock;

	for (size_t i = 0; i < 4; i++) {
		struct tcpmem_socket one = make();

		one.local_port = (uint16_t)(i == 1 ? 90 : 80 + i);
		one.remote_port = (uint16_t)(i == 0 ? 90 : i == 1 ? 80 : 99);
		memcpy(one.remote, one.local, sizeof(one.remote));
		one.holder = tm_holders_find(snapshot.holders, i ? 2 : 1);
		if (i == 3)
			one.state = TCPMEM_STATE_LISTENING;
		ck_assert_int_eq(
			tm_socket_set_add(&snapshot.sockets, &one, NULL), 0);
	}
	sock = snapshot.sockets.sock;
	says("peer_pid = 11", &sock[0], UNKNOWN);
	ck_assert_int_eq(tm_peers_find(&snapshot.sockets), 0);
	says("peer_pid = 11", &sock[0], YES);
	says("peer_pid = 12", &sock[0], NO);
	says("peer_process = nginx", &sock[0], YES);
	says("peer_process = php", &sock[1], NO);
	says("peer_pid = 10", &sock[1], YES);
	says("peer_netns = self", &sock[0], YES);
	says("peer_netns = blue", &sock[0], NO);
	says("peer_pid = 10", &sock[2], NOT_APPLICABLE);
	says("peer_netns = self", &sock[2], NOT_APPLICABLE);
	says("peer_pid = 10", &sock[3], NOT_APPLICABLE);
	facts.attributed = false;
	says("peer_pid = 10", &sock[1], UNKNOWN);
	says("peer_netns = self", &sock[1], UNKNOWN);
	facts.attributed = true;
	snapshot.sockets.peer[1].kind = TCPMEM_KIND_HIDDEN;
	says("peer_pid = 10", &sock[1], UNKNOWN);
	says("peer_netns = self", &sock[1], YES);
	snapshot.sockets.peer[1].kind = TCPMEM_KIND_UNKNOWN;
	says("peer_process ~ *", &sock[1], UNKNOWN);
	snapshot.sockets.peer[1].kind = TCPMEM_KIND_PROCESS;
	snapshot.sockets.peer[1].netns = 1;
	says("peer_netns = blue", &sock[1], YES);
	tm_socket_set_deinit(&snapshot.sockets);
}
END_TEST

START_TEST(knows_metadata)
{
	struct tcpmem_socket sock = make();

	says("unit = nginx.service", &sock, UNKNOWN);
	put_metadata();
	says("unit = nginx.service", &sock, YES);
	says("unit ~ nginx*", &sock, YES);
	says("unit ~ php*", &sock, NO);
	says("container ~ *", &sock, NO);
	says("pod ~ *", &sock, NO);
	says("cgroup ~ /system.slice/*", &sock, YES);
	says("cgroup ~ /user.slice/*", &sock, NO);
	says("program = /usr/sbin/nginx", &sock, YES);
	says("program ~ */php", &sock, NO);
	says("cmdline ~ nginx:*", &sock, YES);
	says("cmdline = nginx", &sock, NO);
	says("ppid = 9", &sock, YES);
	says("ppid != 9", &sock, NO);
	sock.cgroup_id = 6;
	says("container = 0123456789ab", &sock, YES);
	/* gone by now: nobody knows */
	sock.cgroup_id = 8;
	says("unit ~ *", &sock, UNKNOWN);
	sock.cgroup_id = 99;
	says("unit ~ *", &sock, UNKNOWN);
	forget_metadata();
}
END_TEST

#define DOCKER_ID                          \
	"0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef"

/* "by name, by id, or as rows show it" */
START_TEST(containers_have_three_names)
{
	struct tcpmem_socket sock = make();

	put_metadata();
	sock.cgroup_id = 6;
	says("container = " DOCKER_ID, &sock, YES);
	says("container = 0123456789ab", &sock, YES);
	says("container = 0123456789a", &sock, NO);
	says("container = web", &sock, NO);
	says("container = \"web[0123456789ab]\"", &sock, NO);
	ck_assert_int_eq(
		tm_metadata_add_name(&snapshot.metadata, DOCKER_ID, "web"), 0);
	says("container = web", &sock, YES);
	says("container ~ w?b", &sock, YES);
	says("container = \"web[0123456789ab]\"", &sock, YES);
	says("container = 0123456789ab", &sock, YES);
	says("container = db", &sock, NO);
	says("container = \"db[0123456789ab]\"", &sock, NO);
	says("unit ~ docker*", &sock, YES);
	says("pod ~ *", &sock, NO);
	forget_metadata();
}
END_TEST

/* Whose socket it is decides where nothing else does. */
START_TEST(places_that_nobody_could_read)
{
	struct tcpmem_socket sock = make();

	put_metadata();
	/* without a cgroup of its own its holders' counts */
	sock.flags = 0;
	sock.cgroup_id = 6;
	says("unit = nginx.service", &sock, YES);
	sock.flags = TM_SOCK_HAS_CGROUP;
	says("unit = nginx.service", &sock, NO);
	/* in the root, and held by who could not be read */
	sock.cgroup_id = 7;
	sock.kind = TCPMEM_KIND_HIDDEN;
	sock.holder = TM_HOLDER_NONE;
	says("unit = nginx.service", &sock, UNKNOWN);
	sock.cgroup_id = 5;
	says("unit = nginx.service", &sock, YES);
	sock = make();
	facts.attributed = false;
	says("unit = nginx.service", &sock, UNKNOWN);
	facts.attributed = true;
	facts.placed = false;
	says("unit = nginx.service", &sock, UNKNOWN);
	says("program = /usr/sbin/nginx", &sock, UNKNOWN);
	facts.placed = true;
	/* a comm stands for a path that could not be read */
	snapshot.metadata.process[0].program =
		put_text(&snapshot.metadata, "nginx");
	says("program = nginx", &sock, YES);
	says("program = /usr/sbin/nginx", &sock, UNKNOWN);
	snapshot.metadata.process[0].program = TM_METADATA_UNKNOWN;
	says("program = nginx", &sock, UNKNOWN);
	/* and of a process that came too late nothing was read */
	snapshot.metadata.process_count = 0;
	says("ppid = 9", &sock, UNKNOWN);
	snapshot.metadata.process_count = 1;
	says("ppid = 9", &sock, YES);
	forget_metadata();
}
END_TEST

static void says_of_a_file(const char *text, const struct tcpmem_socket *sock,
			   enum tm_filter_verdict verdict)
{
	struct tcpmem_filter *filter;

	ck_assert_int_eq(tcpmem_filter_parse_saved(text, NULL, &filter), 0);
	ck_assert_int_eq(tm_filter_eval(filter, &facts, sock), verdict);
	tcpmem_filter_free(filter);
}

/* "Of a capture its path is compared, whether this host has such a cgroup" */
START_TEST(a_cgroup_of_a_file_is_its_path)
{
	struct tcpmem_socket sock = make(), mini = make_mini();

	facts.saved = true;
	says_of_a_file("cgroup = " NGINX, &sock, UNKNOWN);
	put_metadata();
	says_of_a_file("cgroup = " NGINX, &sock, YES);
	says_of_a_file("cgroup = /sys/fs/cgroup" NGINX "/", &sock, YES);
	says_of_a_file("cgroup = /sys/fs/cgroup/unified" NGINX, &sock, YES);
	says_of_a_file("cgroup = /sys/fs/cgroups" NGINX, &sock, NO);
	says_of_a_file("cgroup != " NGINX, &sock, NO);
	says_of_a_file("cgroup = " NGINX "//", &sock, YES);
	says_of_a_file("cgroup = /" NGINX, &sock, YES);
	says_of_a_file("cgroup = " NGINX "x", &sock, NO);
	says_of_a_file("cgroup = /system.slice/nginx.servicf", &sock, NO);
	says_of_a_file("cgroup = /system.slice/nginx", &sock, NO);
	says_of_a_file("cgroup = " NGINX, &mini, NO);
	sock.cgroup_id = 7;
	says_of_a_file("cgroup = /", &sock, YES);
	says_of_a_file("cgroup = /sys/fs/cgroup", &sock, YES);
	says_of_a_file("cgroup = /sys/fs/cgroup/unified", &sock, YES);
	says_of_a_file("cgroup = /sys/fs/cgroup/", &sock, YES);
	sock.cgroup_id = 8;
	says_of_a_file("cgroup = " NGINX, &sock, UNKNOWN);
	forget_metadata();
}
END_TEST

/* "where that is the root, ... its holders' do" */
START_TEST(holders_metadata_stand_in_for_the_root)
{
	struct tcpmem_socket sock = make();

	put_metadata();
	sock.cgroup_id = 7;
	says("unit = nginx.service", &sock, YES);
	says("container ~ *", &sock, NO);
	/* held by both */
	sock.holder = tm_holders_find(snapshot.holders, 2);
	says("unit = nginx.service", &sock, YES);
	says("container = 0123456789ab", &sock, YES);
	says("program ~ */php", &sock, YES);
	says("ppid = 9", &sock, YES);
	says("ppid = 8", &sock, UNKNOWN);
	says("cmdline ~ php*", &sock, UNKNOWN);
	/* one of them is not known */
	snapshot.metadata.process[1].cgroup = TM_METADATA_UNKNOWN;
	says("unit = nginx.service", &sock, YES);
	says("container = 0123456789ab", &sock, UNKNOWN);
	/* nobody's, and in no cgroup but the root */
	sock.holder = TM_HOLDER_NONE;
	sock.kind = TCPMEM_KIND_ORPHAN;
	says("unit ~ *", &sock, NO);
	says("cgroup ~ /", &sock, YES);
	sock = make_mini();
	says("unit ~ *", &sock, NO);
	says("program ~ *", &sock, NO);
	forget_metadata();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filter-holders");
	TCase *tc = tcase_create("eval");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, finds_holders);
	tcase_add_test(tc, hidden_holders_are_neither);
	tcase_add_test(tc, waits_for_facts);
	tcase_add_test(tc, knows_the_other_end);
	tcase_add_test(tc, containers_have_three_names);
	tcase_add_test(tc, places_that_nobody_could_read);
	tcase_add_test(tc, knows_metadata);
	tcase_add_test(tc, a_cgroup_of_a_file_is_its_path);
	tcase_add_test(tc, holders_metadata_stand_in_for_the_root);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
