// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_sampler.c - snapshots one after the other say what single ones say */
#include "fail.h"
#include "look.h"
#include "need.h"
#include "patience.h"
#include "sandbox.h"
#include "sock.h"
#include "suite.h"
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void add_pair(struct fx_set *set, const void *arg)
{
	const struct fx_flavour *flavour = &fx_flavours[FX_IPV4];
	int listener = fx_listener_or_fail(flavour, 1);
	struct fx_pair pair = fx_pair_or_fail(flavour, listener);

	(void)arg;
	fx_set_add_or_fail(set, listener, TCPMEM_STATE_LISTENING);
	fx_set_add_or_fail(set, pair.near, TCPMEM_STATE_ESTABLISHED);
	fx_set_add_or_fail(set, pair.far, TCPMEM_STATE_ESTABLISHED);
}

static void send_some(struct fx_set *set, const void *arg)
{
	(void)arg;
	fx_send_or_fail(set->sock[1].fd, 1000);
}

static void check_is_held(const struct look *look, const struct fx_sock *sock,
			  pid_t pid)
{
	const struct tcpmem_socket *seen = look_find(look, sock);

	ck_assert_int_eq(tcpmem_socket_get_kind(seen), TCPMEM_KIND_PROCESS);
	ck_assert_uint_eq(
		tcpmem_snapshot_get_holder_count(look->snapshot, seen), 1);
	ck_assert(look_is_held_by(look, seen, pid));
}

/* tcpmem.h: "they say the same" */
START_TEST(test_samples_follow)
{
	enum tcpmem_holder_source source = (enum tcpmem_holder_source)_i;
	struct tcpmem_sampler *sampler;
	struct fx_worker one, two;
	struct look look;

	look_open_by(&look, source);
	ck_assert_int_eq(tcpmem_sampler_new(look.ctx, look.query, &sampler), 0);
	look_next(&look, sampler);
	ck_assert_uint_eq(look_count(&look), 0);

	fx_worker_start_or_fail(&one);
	fx_worker_run_or_fail(&one, add_pair, NULL, 0);
	look_next(&look, sampler);
	ck_assert_uint_eq(look_count(&look), 3);
	for (size_t i = 0; i < 3; i++)
		check_is_held(&look, &one.set.sock[i], one.pid);

	/* what is queued since and who came since is seen */
	fx_worker_run_or_fail(&one, send_some, NULL, 0);
	fx_worker_start_or_fail(&two);
	fx_worker_run_or_fail(&two, add_pair, NULL, 0);
	look_next(&look, sampler);
	ck_assert_uint_eq(look_count(&look), 6);
	for (size_t i = 0; i < 3; i++) {
		check_is_held(&look, &one.set.sock[i], one.pid);
		check_is_held(&look, &two.set.sock[i], two.pid);
	}
	ck_assert_int_gt(look_number(look_find(&look, &one.set.sock[2]),
				     TCPMEM_METRIC_RMEM),
			 1000);

	/* who is gone is gone */
	fx_worker_stop(&one);
	look_next(&look, sampler);
	for (size_t i = 0; i < look_count(&look); i++)
		ck_assert(!look_is_held_by(&look, look_at(&look, i), one.pid));
	for (size_t i = 0; i < 3; i++)
		check_is_held(&look, &two.set.sock[i], two.pid);
	fx_worker_stop(&two);
	tcpmem_sampler_free(sampler);
	look_close(&look);
}
END_TEST

static void write_socket(FILE *out, const struct look *look,
			 const struct tcpmem_socket *sock)
{
	size_t count = tcpmem_snapshot_get_holder_count(look->snapshot, sock);

	fprintf(out, "%" PRIu64 " %d %d", tcpmem_socket_get_cookie(sock),
		(int)tcpmem_socket_get_state(sock),
		(int)tcpmem_socket_get_kind(sock));
	for (int i = 0; i < TCPMEM_METRIC_COUNT; i++) {
		int64_t value = -1;

		tcpmem_socket_get_metric(sock, (enum tcpmem_metric)i, &value);
		fprintf(out, " %" PRId64, value);
	}
	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_process *process =
			tcpmem_snapshot_get_holder(look->snapshot, sock, i);

		fprintf(out, " %s[%" PRIu32 "@%" PRIu64 "]",
			tcpmem_process_get_comm(process),
			tcpmem_process_get_pid(process),
			tcpmem_process_get_start_time(process));
	}
	fputc('\n', out);
}

static int by_cookie(const void *a, const void *b)
{
	uint64_t i = tcpmem_socket_get_cookie(
		*(const struct tcpmem_socket *const *)a);
	uint64_t j = tcpmem_socket_get_cookie(
		*(const struct tcpmem_socket *const *)b);

	return i < j ? -1 : i > j;
}

/* The iterator has another order than a dump. */
static char *write_look(const struct look *look)
{
	const struct tcpmem_socket *sock[64];
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_le(look_count(look), 64);
	for (size_t i = 0; i < look_count(look); i++)
		sock[i] = look_at(look, i);
	if (look_count(look))
		qsort(sock, look_count(look), sizeof(*sock), by_cookie);
	for (size_t i = 0; i < look_count(look); i++)
		write_socket(out, look, sock[i]);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

/* Whether a FIN waits for its acknowledgement, which may be delayed. */
static bool is_closing(void)
{
	FILE *list = fopen("/proc/thread-self/net/tcp", "re");
	char line[256], state[3];
	bool found = false;

	ck_assert_ptr_nonnull(list);
	while (!found && fgets(line, sizeof(line), list))
		found = sscanf(line, "%*s %*s %*s %2s", state) == 1 &&
			strcmp(state, "04") == 0;
	fclose(list);
	return found;
}

/* Whether samples are saved, and loaded again */
static bool saved;

static void save_next(struct look *look, struct tcpmem_sampler *sampler)
{
	struct tcpmem_snapshot *rest;
	int fd = memfd_create("sample", MFD_CLOEXEC);

	tcpmem_snapshot_free(look->snapshot);
	look->snapshot = NULL;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(tcpmem_sampler_save_fd(sampler, fd, &rest), 0);
	tcpmem_snapshot_free(rest);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(tcpmem_snapshot_load_fd(look->ctx, look->query, fd, 0,
						 NULL, &look->snapshot),
			 0);
	close(fd);
}

/* Two snapshots in a row say so: a slow machine is still closing meanwhile. */
static char *take_at_rest(struct look *look)
{
	struct fx_deadline deadline = fx_deadline_start();
	char *last = NULL;

	do {
		char *now;

		look_take(look);
		now = write_look(look);
		if (last && strcmp(last, now) == 0 && !is_closing()) {
			free(last);
			return now;
		}
		free(last);
		last = now;
	} while (fx_deadline_wait(&deadline));
	ck_abort_msg("the sockets do not come to rest");
}

static char *sample(struct look *look, struct tcpmem_sampler *sampler)
{
	if (saved)
		save_next(look, sampler);
	else
		look_next(look, sampler);
	return write_look(look);
}

/*
 * The next sample says what a snapshot says; returns it. Where it does not, a
 * second snapshot tells whether that is the kernel's doing: a timer of TCP's
 * gives back what a socket has reserved, up to Linux 5.19 all of it.
 */
static char *check_equal(struct look *look, struct tcpmem_sampler *sampler)
{
	struct fx_deadline deadline = fx_deadline_start();

	for (;;) {
		char *taken = take_at_rest(look);
		char *sampled = sample(look, sampler);
		char *after = strcmp(sampled, taken) ? take_at_rest(look)
						     : NULL;

		if (!after || strcmp(after, taken) == 0 ||
		    !fx_deadline_wait(&deadline)) {
			ck_assert_str_eq(sampled, taken);
			free(taken);
			free(after);
			return sampled;
		}
		free(taken);
		free(sampled);
		free(after);
	}
}

/* What was done since the last sample changed the answer, and the sampler's. */
static void check_changed(struct look *look, struct tcpmem_sampler *sampler,
			  char **before)
{
	char *now = check_equal(look, sampler);

	ck_assert_str_ne(now, *before);
	free(*before);
	*before = now;
}

struct passed {
	pid_t from;
	int fd;
};

/* As if it had been sent over a unix socket. */
static void take_fd(struct fx_set *set, const void *arg)
{
	const struct passed *passed = arg;
	int pidfd = (int)syscall(SYS_pidfd_open, passed->from, 0);
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, passed->fd, 0);

	(void)set;
	if (fd < 0)
		fx_fail("pidfd_getfd: %s", strerror(errno));
	close(pidfd);
}

static pid_t start_child(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	while (pid == 0)
		pause();
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

/* Return: a child with that pid, or 0 if others were quicker. */
static pid_t reuse_pid(pid_t wanted)
{
	for (int i = 0; i < 20; i++) {
		FILE *last = fopen("/proc/sys/kernel/ns_last_pid", "we");
		pid_t pid;

		if (!last)
			return 0;
		fprintf(last, "%d", (int)wanted - 1);
		fclose(last);
		pid = start_child();
		if (pid == wanted)
			return pid;
		end_child(pid);
	}
	return 0;
}

/* "The same as tcpmem_snapshot_take() says", whatever changed meanwhile */
START_TEST(test_changes_are_seen)
{
	enum tcpmem_holder_source source = (enum tcpmem_holder_source)(_i / 2);
	const struct fx_flavour *flavour = &fx_flavours[FX_IPV4];
	struct tcpmem_sampler *sampler;
	struct passed passed = { .from = getpid() };
	struct fx_worker worker;
	struct fx_pair pair;
	pid_t child, again;
	struct look look;
	char *last;
	int listener;

	saved = _i % 2;
	look_open_by(&look, source);
	ck_assert_int_eq(tcpmem_sampler_new(look.ctx, look.query, &sampler), 0);
	fx_worker_start_or_fail(&worker);
	last = check_equal(&look, sampler);
	/* new sockets in a process that is known */
	listener = fx_listener_or_fail(flavour, 1);
	pair = fx_pair_or_fail(flavour, listener);
	check_changed(&look, sampler, &last);
	free(check_equal(&look, sampler));
	/* a process that was forked, with all of them */
	child = start_child();
	check_changed(&look, sampler, &last);
	/* an fd that a known process was passed */
	passed.fd = pair.near;
	fx_worker_run_or_fail(&worker, take_fd, &passed, sizeof(passed));
	check_changed(&look, sampler, &last);
	/* one of the holders closed it */
	close(pair.near);
	check_changed(&look, sampler, &last);
	/* it ended */
	end_child(child);
	check_changed(&look, sampler, &last);
	/* and another has its pid */
	again = reuse_pid(child);
	if (again) {
		check_changed(&look, sampler, &last);
		end_child(again);
		check_changed(&look, sampler, &last);
	}
	/* the last that had it ends */
	fx_worker_stop(&worker);
	check_changed(&look, sampler, &last);
	close(pair.far);
	close(listener);
	check_changed(&look, sampler, &last);
	free(last);
	tcpmem_sampler_free(sampler);
	look_close(&look);
}
END_TEST

/* In a namespace of their own, that nobody lives in: their fds alone lead there
 */
static void add_pair_elsewhere(struct fx_set *set, const void *arg)
{
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	fx_netns_new_or_fail();
	add_pair(set, arg);
	if (setns(home, CLONE_NEWNET) < 0)
		fx_fail_errno("setns");
	close(home);
}

static void move_away(struct fx_set *set, const void *arg)
{
	(void)set;
	(void)arg;
	fx_netns_new_or_fail();
}

static const char *netns_of(const struct look *look, const struct fx_sock *sock)
{
	int64_t netns =
		look_field(look_find(look, sock), TCPMEM_SOCKET_FIELD_NETNS);

	return tcpmem_snapshot_get_netns(look->snapshot, (size_t)netns, NULL);
}

static size_t count_seen(const struct look *look, const struct fx_set *set)
{
	size_t seen = 0;

	for (size_t i = 0; i < look_count(look); i++)
		for (size_t j = 0; j < set->count; j++)
			seen += tcpmem_socket_get_cookie(look_at(look, i)) ==
				set->sock[j].cookie;
	return seen;
}

/* "Network namespaces ... that processes enter or leave are noticed at once" */
START_TEST(test_namespaces_come_and_go)
{
	struct tcpmem_sampler *sampler;
	struct fx_worker one, two;
	struct fx_deadline deadline;
	struct fx_sock sock[3];
	const struct fx_set gone = { .sock = sock, .count = 3 };
	struct look look;
	char name[64];

	look_open_everywhere(&look);
	ck_assert_int_eq(tcpmem_query_set_holder_source(
				 look.query, (enum tcpmem_holder_source)_i),
			 0);
	ck_assert_int_eq(tcpmem_sampler_new(look.ctx, look.query, &sampler), 0);
	fx_worker_start_or_fail(&one);
	fx_worker_start_or_fail(&two);
	for (int i = 0; i < 2; i++)
		look_next(&look, sampler);
	/* a process that is known moves into a new one */
	fx_worker_run_or_fail(&one, move_away, NULL, 0);
	for (int i = 0; i < 2; i++)
		look_next(&look, sampler);
	/* and that one is empty no longer */
	fx_worker_run_or_fail(&one, add_pair, NULL, 0);
	look_next(&look, sampler);
	for (size_t i = 0; i < 3; i++)
		check_is_held(&look, &one.set.sock[i], one.pid);
	snprintf(name, sizeof(name), "%s", netns_of(&look, &one.set.sock[0]));
	look_next(&look, sampler);
	ck_assert_str_eq(netns_of(&look, &one.set.sock[0]), name);
	/*
	 * the kernel counts sockets that no namespace shows; where others of
	 * the host come and go at that moment, "after 30 s at the latest"
	 */
	fx_worker_run_or_fail(&two, add_pair_elsewhere, NULL, 0);
	deadline = fx_deadline_start();
	deadline.end.tv_sec += 30;
	do
		look_next(&look, sampler);
	while (count_seen(&look, &two.set) < 3 && fx_deadline_wait(&deadline));
	for (size_t i = 0; i < 3; i++)
		check_is_held(&look, &two.set.sock[i], two.pid);
	ck_assert_str_ne(netns_of(&look, &two.set.sock[0]), name);
	/* with who was in it a namespace goes; others may have its number */
	memcpy(sock, one.set.sock, sizeof(sock));
	fx_worker_stop(&one);
	deadline = fx_deadline_start();
	deadline.end.tv_sec += 30;
	do
		look_next(&look, sampler);
	while ((count_seen(&look, &gone) || count_seen(&look, &two.set) < 3) &&
	       fx_deadline_wait(&deadline));
	ck_assert_uint_eq(count_seen(&look, &gone), 0);
	for (size_t i = 0; i < 3; i++)
		check_is_held(&look, &two.set.sock[i], two.pid);
	fx_worker_stop(&two);
	tcpmem_sampler_free(sampler);
	look_close(&look);
}
END_TEST

/* tcpmem.h: "lives on without the sampler" */
START_TEST(test_snapshot_outlives)
{
	struct tcpmem_sampler *sampler;
	struct fx_worker worker;
	struct look look;

	look_open(&look);
	fx_worker_start_or_fail(&worker);
	fx_worker_run_or_fail(&worker, add_pair, NULL, 0);
	ck_assert_int_eq(tcpmem_sampler_new(look.ctx, look.query, &sampler), 0);
	look_next(&look, sampler);
	tcpmem_sampler_free(sampler);
	ck_assert_uint_eq(look_count(&look), 3);
	check_is_held(&look, &worker.set.sock[0], worker.pid);
	fx_worker_stop(&worker);
	look_close(&look);
}
END_TEST

static int give_answer(const struct tcpmem_snapshot *snapshot,
		       const struct tcpmem_socket *sock, void *user)
{
	(void)snapshot;
	(void)sock;
	return *(const int *)user;
}

/* tcpmem.h: "Return: ... what @ops->socket returned", whatever it is */
START_TEST(test_wait_returns_the_answer)
{
	static const int answers[] = { 1, -EAGAIN, -ECANCELED, 7 };
	const struct tcpmem_dump_ops ops = { .size = sizeof(ops),
					     .socket = give_answer };
	struct tcpmem_events counts = { .size = sizeof(counts) };
	struct tcpmem_sampler *sampler;
	struct look look;
	int answer = 0;

	look_open(&look);
	ck_assert_int_eq(tcpmem_sampler_new(look.ctx, look.query, &sampler), 0);
	ck_assert_int_eq(
		tcpmem_sampler_wait(sampler, 0, &ops, &answer, &counts), 0);
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		answer = answers[i];
		close(fx_listener_or_fail(&fx_flavours[FX_IPV4], 1));
		ck_assert_int_eq(tcpmem_sampler_wait(sampler, fx_patience_ms(),
						     &ops, &answer, &counts),
				 answer);
	}
	tcpmem_sampler_free(sampler);
	look_close(&look);
}
END_TEST

/* tcpmem.h: "NULL is fine" */
START_TEST(test_free_null)
{
	tcpmem_sampler_free(NULL);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("sampler");
	TCase *tcase = fx_suite_case(suite, "sampler");

	tcase_add_loop_test(tcase, test_samples_follow,
			    TCPMEM_HOLDER_SOURCE_AUTO,
			    TCPMEM_HOLDER_SOURCE_PROC + 1);
	tcase_add_loop_test(tcase, test_changes_are_seen,
			    2 * TCPMEM_HOLDER_SOURCE_AUTO,
			    2 * (TCPMEM_HOLDER_SOURCE_PROC + 1));
	tcase_add_loop_test(tcase, test_namespaces_come_and_go,
			    TCPMEM_HOLDER_SOURCE_AUTO,
			    TCPMEM_HOLDER_SOURCE_PROC + 1);
	tcase_add_test(tcase, test_snapshot_outlives);
	tcase_add_test(tcase, test_wait_returns_the_answer);
	tcase_add_test(tcase, test_free_null);
	return suite;
}

int main(void)
{
	fx_need_host_root();
	return fx_suite_run_on_host(make_suite);
}
