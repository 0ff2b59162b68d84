// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_iter_sums.c - what the kernel's iterator adds up is what the sockets of
 * a dump add up to
 */
#include "flavour.h"
#include "iter.h"
#include "look.h"
#include "patience.h"
#include "rest.h"
#include "sandbox.h"
#include "scene.h"
#include "sock.h"
#include "suite.h"
#include "worker.h"

#include "fail.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int scene_count;

static const char *const groupings[] = {
	"process",	 "program",	 "comm",      "cgroup",
	"state",	 "netns",	 "family",    "unit",
	"process,state", "state,cgroup", "container",
};

static void write_row(FILE *out, const struct tcpmem_row *row)
{
	fputs(tcpmem_row_get_subject(row)->key, out);
	for (int i = 0; i < TCPMEM_METRIC_COUNT; i++) {
		int64_t value = -1;

		tcpmem_row_get_metric(row, (enum tcpmem_metric)i, &value);
		fprintf(out, " %" PRId64, value);
	}
	fputc('\n', out);
}

static char *write_tables(const struct look *look)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	for (size_t i = 0; i < sizeof(groupings) / sizeof(*groupings); i++) {
		struct tcpmem_table *table;

		ck_assert_int_eq(
			tcpmem_group(look->snapshot, groupings[i], &table), 0);
		for (size_t j = 0; j < tcpmem_table_get_row_count(table); j++)
			write_row(out, tcpmem_table_get_row(table, j));
		write_row(out, tcpmem_table_get_total(table));
		tcpmem_table_free(table);
	}
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

struct sums {
	struct look one_by_one, added_up;
	struct tcpmem_sampler *sampler;
};

static void look_at_both(void *user)
{
	struct sums *sums = user;

	look_take(&sums->one_by_one);
	look_next(&sums->added_up, sums->sampler);
}

static void open_sums(struct sums *sums)
{
	const uint32_t needs = TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA;

	look_open_by(&sums->one_by_one, TCPMEM_HOLDER_SOURCE_PROC);
	look_open_by(&sums->added_up, TCPMEM_HOLDER_SOURCE_BPF);
	ck_assert_int_eq(tcpmem_query_require(sums->one_by_one.query, needs),
			 0);
	ck_assert_int_eq(tcpmem_query_require(sums->added_up.query,
					      needs | TCPMEM_SUMS_SUFFICE),
			 0);
	ck_assert_int_eq(tcpmem_sampler_new(sums->added_up.ctx,
					    sums->added_up.query,
					    &sums->sampler),
			 0);
}

static void close_sums(struct sums *sums)
{
	tcpmem_sampler_free(sums->sampler);
	look_close(&sums->one_by_one);
	look_close(&sums->added_up);
}

static void compare_sums(struct fx_worker *workers, size_t count,
			 struct sums *sums)
{
	struct fx_ss ss = { 0 };
	char *one_by_one, *added_up;

	fx_rest_or_fail(workers, count, look_at_both, sums, &ss);
	one_by_one = write_tables(&sums->one_by_one);
	added_up = write_tables(&sums->added_up);
	ck_assert_str_eq(one_by_one, added_up);
	free(one_by_one);
	free(added_up);
	fx_ss_free(&ss);
}

/* tcpmem.h: "Tables and host metrics are the same" */
START_TEST(test_sums_are_those_of_sockets)
{
	struct fx_scene_call call = {
		.scene = (enum fx_scene_id)(_i % scene_count),
		.flavour = (enum fx_flavour_id)(_i / scene_count),
	};
	struct fx_worker worker;
	struct sums sums;

	fx_worker_start_or_fail(&worker);
	fx_worker_run_or_fail(&worker, fx_scene_job, &call, sizeof(call));
	open_sums(&sums);
	compare_sums(&worker, 1, &sums);
	close_sums(&sums);
	fx_worker_stop(&worker);
}
END_TEST

static void start_both(struct fx_worker workers[2])
{
	fx_worker_start_or_fail(&workers[0]);
	fx_worker_start_or_fail(&workers[1]);
}

static void stop_both(struct fx_worker workers[2])
{
	fx_worker_stop(&workers[0]);
	fx_worker_stop(&workers[1]);
}

#define PAIRS 20

/* Ports of a listener, and each end another; some have unread data. */
static void add_pairs(struct fx_set *set, const void *flavour)
{
	const enum fx_flavour_id *id = flavour;
	int listener = fx_listener_or_fail(&fx_flavours[*id], PAIRS);

	fx_set_add_or_fail(set, listener, TCPMEM_STATE_LISTENING);
	for (int i = 0; i < PAIRS; i++) {
		struct fx_pair pair =
			fx_pair_or_fail(&fx_flavours[*id], listener);

		fx_set_add_or_fail(set, pair.near, TCPMEM_STATE_ESTABLISHED);
		fx_set_add_or_fail(set, pair.far, TCPMEM_STATE_ESTABLISHED);
		if (i % 3 == 0)
			fx_send_or_fail(pair.near, 1000 * (size_t)(i + 1));
	}
}

static int64_t count_in_table(const struct look *look)
{
	struct tcpmem_table *table;
	int64_t sockets = 0;

	ck_assert_int_eq(tcpmem_group(look->snapshot, "state", &table), 0);
	tcpmem_row_get_metric(tcpmem_table_get_total(table),
			      TCPMEM_METRIC_SOCKETS, &sockets);
	tcpmem_table_free(table);
	return sockets;
}

/*
 * Where a look found other sockets than the kernel counts, as it may on a busy
 * host, sums are tried again some seconds later.
 */
static void check_handed_out(struct sums *sums, size_t count)
{
	struct fx_deadline deadline = fx_deadline_start();

	while (look_count(&sums->added_up) != count &&
	       fx_deadline_wait(&deadline))
		look_next(&sums->added_up, sums->sampler);
	ck_assert_uint_eq(look_count(&sums->added_up), count);
}

static void check_added_up(struct sums *sums)
{
	const struct look *look = &sums->added_up;
	struct tcpmem_table *table;

	/* the listeners alone are handed out */
	check_handed_out(sums, 2);
	ck_assert_int_eq(count_in_table(look), 2 * (1 + 2 * PAIRS));
	/* tcpmem.h: "-EINVAL ... one that the snapshot's sums do not tell" */
	ck_assert_int_eq(tcpmem_group(look->snapshot, "local-port", &table),
			 -EINVAL);
}

struct passed {
	pid_t from;
	int fd;
};

/* As if it had been sent over a unix socket. */
static int take(const struct passed *passed)
{
	int pidfd = (int)syscall(SYS_pidfd_open, passed->from, 0);
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, passed->fd, 0);

	if (fd < 0)
		fx_fail_errno("pidfd_getfd");
	close(pidfd);
	return fd;
}

static void take_fd(struct fx_set *set, const void *passed)
{
	(void)set;
	take(passed);
}

/* Two processes; then a socket that both hold, which is no sum's any more */
START_TEST(test_sums_of_many)
{
	const enum fx_flavour_id v4 = FX_IPV4, v6 = FX_IPV6;
	struct fx_worker workers[2];
	struct passed passed;
	struct sums sums;

	start_both(workers);
	fx_worker_run_or_fail(&workers[0], add_pairs, &v4, sizeof(v4));
	fx_worker_run_or_fail(&workers[1], add_pairs, &v6, sizeof(v6));
	open_sums(&sums);
	for (int i = 0; i < 3; i++) {
		compare_sums(workers, 2, &sums);
		check_added_up(&sums);
	}
	passed = (struct passed){ workers[0].pid, workers[0].set.sock[1].fd };
	fx_worker_run_or_fail(&workers[1], take_fd, &passed, sizeof(passed));
	compare_sums(workers, 2, &sums);
	check_handed_out(&sums, 2 + 1);
	fx_worker_stop(&workers[0]);
	compare_sums(&workers[1], 1, &sums);
	close_sums(&sums);
	fx_worker_stop(&workers[1]);
}
END_TEST

static void take_over(struct fx_set *set, const void *passed)
{
	fx_set_add_or_fail(set, take(passed), TCPMEM_STATE_ESTABLISHED);
}

static void give_up(struct fx_set *set, const void *index)
{
	fx_set_forget(set, *(const size_t *)index);
}

static void move(struct fx_worker *from, struct fx_worker *to, size_t index)
{
	const struct passed passed = { from->pid, from->set.sock[index].fd };

	fx_worker_run_or_fail(to, take_over, &passed, sizeof(passed));
	fx_worker_run_or_fail(from, give_up, &index, sizeof(index));
}

/* Two connections of a listener that is gone: their port is the same. */
static void add_two_of_a_port(struct fx_set *set, const void *flavour)
{
	const enum fx_flavour_id *id = flavour;
	int listener = fx_listener_or_fail(&fx_flavours[*id], 2);

	for (int i = 0; i < 2; i++) {
		struct fx_pair pair =
			fx_pair_or_fail(&fx_flavours[*id], listener);

		fx_set_add_or_fail(set, pair.near, TCPMEM_STATE_ESTABLISHED);
		fx_set_add_or_fail(set, pair.far, TCPMEM_STATE_ESTABLISHED);
	}
	close(listener);
}

/* Who pays for a port is whose socket a dump shows first, not who is read. */
START_TEST(test_one_of_two_pays_for_a_port)
{
	const enum fx_flavour_id v4 = FX_IPV4;
	struct fx_worker workers[2];
	struct sums sums;

	start_both(workers);
	fx_worker_run_or_fail(&workers[0], add_two_of_a_port, &v4, sizeof(v4));
	open_sums(&sums);
	/* the second connection's end is the other process's, then the first's
	 */
	move(&workers[0], &workers[1], 3);
	compare_sums(workers, 2, &sums);
	check_handed_out(&sums, 0);
	move(&workers[0], &workers[1], 1);
	move(&workers[1], &workers[0], 0);
	compare_sums(workers, 2, &sums);
	check_handed_out(&sums, 0);
	close_sums(&sums);
	stop_both(workers);
}
END_TEST

/* In a namespace of its own: what nobody accepts has no fd. */
static void add_unaccepted(struct fx_set *set, const void *flavour)
{
	const enum fx_flavour_id *id = flavour;
	size_t client;
	int fd;

	fx_netns_new_or_fail();
	add_pairs(set, flavour);
	fd = fx_connect_or_fail(&fx_flavours[*id],
				fx_port_or_fail(set->sock[0].fd));
	client = fx_set_add_or_fail(set, fd, TCPMEM_STATE_ESTABLISHED);
	fx_set_add_child_or_fail(set, 0, client, TCPMEM_STATE_ESTABLISHED);
}

static void look_at_netns_of(struct sums *sums, const struct fx_worker *worker)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)worker->pid);
	ck_assert_int_eq(tcpmem_query_add_netns(sums->one_by_one.query, path),
			 0);
	ck_assert_int_eq(tcpmem_query_add_netns(sums->added_up.query, path), 0);
}

/* Where files do not lead to all of one namespace, they do in the other. */
START_TEST(test_sums_beside_a_misfit)
{
	const enum fx_flavour_id v4 = FX_IPV4;
	struct fx_worker workers[2];
	struct sums sums;

	start_both(workers);
	fx_worker_run_or_fail(&workers[0], add_pairs, &v4, sizeof(v4));
	fx_worker_run_or_fail(&workers[1], add_unaccepted, &v4, sizeof(v4));
	open_sums(&sums);
	look_at_netns_of(&sums, &workers[1]);
	for (int i = 0; i < 3; i++) {
		compare_sums(workers, 1, &sums);
		check_handed_out(&sums, 1 + workers[1].set.count);
	}
	close_sums(&sums);
	stop_both(workers);
}
END_TEST

#define NEIGHBOURS "net/ipv4/neigh/tm-wait"

/* A SYN that stays with the device until a neighbour answers: none does. */
static void add_waiting(struct fx_set *set, const void *arg)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(0x0a090902) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	size_t client;

	(void)arg;
	if (fd < 0 || !connect(fd, (const struct sockaddr *)&to, sizeof(to)) ||
	    errno != EINPROGRESS)
		fx_fail_errno("connect to a neighbour");
	client = fx_set_add_or_fail(set, fd, TCPMEM_STATE_SYN_SENT);
	/* as far as getpeername(2) goes it has no peer yet */
	memcpy(set->sock[client].remote.ip, &to.sin_addr, sizeof(to.sin_addr));
	set->sock[client].remote.port = ntohs(to.sin_port);
}

/* What a device has of a socket is in wmem_alloc, and over loopback nothing */
START_TEST(test_sums_of_what_a_device_has)
{
	struct fx_worker worker;
	struct sums sums;
	int64_t wmem;

	if (system("ip link add tm-wait type veth peer name tm-wait-p && "
		   "ip addr add 10.9.9.1/24 dev tm-wait && "
		   "ip link set tm-wait-p up && ip link set tm-wait up"))
		fx_fail("no veth device can be made");
	fx_sysctl_or_fail(NEIGHBOURS "/retrans_time_ms", "600000");
	fx_worker_start_or_fail(&worker);
	for (int i = 0; i < 3; i++)
		fx_worker_run_or_fail(&worker, add_waiting, &i, sizeof(i));
	open_sums(&sums);
	/* the first one's sums are not in the second */
	compare_sums(&worker, 1, &sums);
	compare_sums(&worker, 1, &sums);
	wmem = look_number(look_at(&sums.one_by_one, 0),
			   TCPMEM_METRIC_WMEM_ALLOC);
	ck_assert_int_gt(wmem, 0);
	check_handed_out(&sums, 0);
	close_sums(&sums);
	fx_worker_stop(&worker);
	ck_assert_int_eq(system("ip link del tm-wait"), 0);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("iter_sums");
	TCase *tcase = fx_suite_case(suite, "iter_sums");

	fx_suite_add_flavours(tcase, test_sums_are_those_of_sockets,
			      scene_count);
	tcase_add_test(tcase, test_sums_of_many);
	tcase_add_test(tcase, test_one_of_two_pays_for_a_port);
	tcase_add_test(tcase, test_sums_beside_a_misfit);
	tcase_add_test(tcase, test_sums_of_what_a_device_has);
	return suite;
}

int main(void)
{
	scene_count = iter_prepare();
	return fx_suite_run_on_host(make_suite);
}
