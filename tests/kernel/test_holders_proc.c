// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_holders_proc.c - who holds which socket, by the real /proc */
#include "fail.h"
#include "need.h"
#include "patience.h"
#include "sock.h"
#include "suite.h"
#include "worker.h"

#include "model/socket.h"
#include "proc/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/kcmp.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Neither space nor parenthesis nor newline ends a name. */
#define HOSTILE_NAME ") S 1\n(2 (x)"

#define THREADS 8

struct seen {
	struct tm_holders *holders;
	struct tm_warnings warnings;
	struct tm_proc_scan scan;
};

static void look(struct seen *seen)
{
	struct tm_fd_refs fd_refs = { 0 };
	struct tcpmem_ctx *ctx;

	memset(seen, 0, sizeof(*seen));
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tm_holders_new(false, &seen->holders), 0);
	ck_assert_int_eq(
		tm_fd_refs_proc_scan(ctx, NULL, NULL, &fd_refs, &seen->scan),
		0);
	ck_assert_int_eq(tm_fd_refs_join(&fd_refs, seen->holders, NULL), 0);
	ck_assert_int_eq(
		tm_proc_scan_explain(ctx, &seen->scan, &seen->warnings), 0);
	tm_fd_refs_deinit(&fd_refs);
	ck_assert_int_eq(tm_holders_finish(seen->holders), 0);
	tcpmem_ctx_free(ctx);
}

static void forget(struct seen *seen)
{
	tm_holders_free(seen->holders);
	tm_warnings_clear(&seen->warnings);
}

static size_t holder_count(const struct seen *seen, uint32_t inode)
{
	return tm_holder_count(seen->holders,
			       tm_holders_find(seen->holders, inode));
}

static const struct tcpmem_process *holder(const struct seen *seen,
					   uint32_t inode, size_t i)
{
	uint32_t found = tm_holders_find(seen->holders, inode);

	ck_assert_uint_lt(i, tm_holder_count(seen->holders, found));
	return tm_holders_get_process(seen->holders,
				      tm_holder_get(seen->holders, found, i));
}

/* Nobody but @pid holds any of the sockets that it reported. */
static void expect_only(const struct seen *seen, const struct fx_set *set,
			pid_t pid)
{
	for (size_t i = 0; i < set->count; i++) {
		ck_assert_uint_eq(holder_count(seen, set->sock[i].inode), 1);
		ck_assert_uint_eq(holder(seen, set->sock[i].inode, 0)->pid,
				  (uint32_t)pid);
	}
}

static void add_listener(struct fx_set *set)
{
	fx_set_add_or_fail(set, fx_listener_or_fail(&fx_flavours[FX_IPV4], 1),
			   TCPMEM_STATE_LISTENING);
}

/* What the kernel says about a process, read another way: /proc/PID/stat of
 * one whose name is @name. */
static unsigned long long start_time(pid_t pid, const char *name)
{
	unsigned long long start;
	char path[64], text[1024];
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = '\0';
	ck_assert_ptr_nonnull(strstr(text, name));
	ck_assert_int_eq(sscanf(strstr(text, name) + strlen(name),
				") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
				"%*u %*u %*d %*d %*d %*d %*d %*d %llu",
				&start),
			 1);
	return start;
}

static void hold_under_hostile_name(struct fx_set *set, const void *arg)
{
	(void)arg;
	prctl(PR_SET_NAME, HOSTILE_NAME);
	add_listener(set);
}

START_TEST(test_process_is_named)
{
	const struct tcpmem_process *process;
	struct fx_worker worker;
	struct seen seen;

	fx_worker_start_or_fail(&worker);
	fx_worker_run_or_fail(&worker, hold_under_hostile_name, NULL, 0);
	look(&seen);
	expect_only(&seen, &worker.set, worker.pid);
	process = holder(&seen, worker.set.sock[0].inode, 0);
	ck_assert_str_eq(process->comm, HOSTILE_NAME);
	ck_assert_uint_eq(process->uid, geteuid());
	ck_assert_uint_eq(process->start_time,
			  start_time(worker.pid, HOSTILE_NAME));
	forget(&seen);
	fx_worker_stop(&worker);
}
END_TEST

static void copy_fd(struct fx_set *set, const void *arg)
{
	(void)set;
	if (dup(*(const int *)arg) < 0)
		fx_fail_errno("dup");
}

/* "The same pair again changes nothing (dup(2), several threads)." */
START_TEST(test_forks_share)
{
	struct fx_set set = { 0 };
	struct fx_worker worker[2];
	struct seen seen;
	uint32_t inode;

	add_listener(&set);
	inode = set.sock[0].inode;
	for (size_t i = 0; i < 2; i++) {
		fx_worker_start_or_fail(&worker[i]);
		fx_worker_run_or_fail(&worker[i], copy_fd, &set.sock[0].fd,
				      sizeof(int));
	}
	look(&seen);
	ck_assert_uint_eq(holder_count(&seen, inode), 3);
	ck_assert_uint_eq(holder(&seen, inode, 0)->pid, (uint32_t)getpid());
	for (size_t i = 0; i < 2; i++)
		ck_assert_uint_eq(holder(&seen, inode, 1 + i)->pid,
				  (uint32_t)worker[i].pid);
	forget(&seen);
	for (size_t i = 0; i < 2; i++)
		fx_worker_stop(&worker[i]);
	fx_set_forget(&set, 0);
	fx_set_free(&set);
}
END_TEST

struct thread {
	struct fx_set *set;
	bool unshared;
	sem_t ready;
	pid_t tid;
};

static void *hold_in_thread(void *arg)
{
	struct thread *thread = arg;

	if (thread->unshared && unshare(CLONE_FILES) < 0)
		fx_fail_errno("unshare");
	add_listener(thread->set);
	thread->tid = (pid_t)syscall(SYS_gettid);
	sem_post(&thread->ready);
	for (;;)
		pause();
	return NULL;
}

/* One after the other: a set is not for several threads. */
static void start_thread(struct thread *thread, struct fx_set *set,
			 bool unshared)
{
	pthread_t id;

	thread->set = set;
	thread->unshared = unshared;
	sem_init(&thread->ready, 0, 0);
	if (pthread_create(&id, NULL, hold_in_thread, thread))
		fx_fail("pthread_create");
	while (sem_wait(&thread->ready) < 0)
		;
}

/* Threads that unshared their table among some that did not. */
static void hold_in_threads(struct fx_set *set, const void *arg)
{
	static struct thread thread[2 * THREADS];

	(void)arg;
	for (size_t i = 0; i < 2 * THREADS; i++)
		start_thread(&thread[i], set, i % 2);
}

/* "Threads with an fd table of their own are read too" */
START_TEST(test_threads_count_as_their_process)
{
	struct fx_worker worker;
	struct seen seen;

	fx_worker_start_or_fail(&worker);
	fx_worker_run_or_fail(&worker, hold_in_threads, NULL, 0);
	ck_assert_uint_eq(worker.set.count, 2 * THREADS);
	look(&seen);
	expect_only(&seen, &worker.set, worker.pid);
	forget(&seen);
	fx_worker_stop(&worker);
}
END_TEST

/* Reports the inode of a socket in a thread, then ends the leader. */
static void end_leader(int link)
{
	static struct thread thread;
	struct fx_set set = { 0 };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		fx_fail_errno("prctl");
	start_thread(&thread, &set, false);
	if (write(link, &set.sock[0].inode, sizeof(uint32_t)) < 0)
		fx_fail_errno("write");
	syscall(SYS_exit, 0);
}

static void await_zombie_or_fail(pid_t pid)
{
	struct fx_deadline deadline = fx_deadline_start();
	char path[64], text[512], state = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	do {
		FILE *file = fopen(path, "re");

		if (!file)
			fx_fail_errno("%s", path);
		if (fgets(text, sizeof(text), file))
			sscanf(text, "%*d (%*[^)]) %c", &state);
		fclose(file);
	} while (state != 'Z' && fx_deadline_wait(&deadline));
	ck_assert_int_eq(state, 'Z');
}

START_TEST(test_threads_outlive_their_leader)
{
	struct seen seen;
	uint32_t inode;
	int link[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(link, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid)
		end_leader(link[1]);
	ck_assert_int_eq(read(link[0], &inode, sizeof(inode)), sizeof(inode));
	await_zombie_or_fail(pid);
	look(&seen);
	ck_assert_uint_eq(holder_count(&seen, inode), 1);
	ck_assert_uint_eq(holder(&seen, inode, 0)->pid, (uint32_t)pid);
	forget(&seen);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(link[0]);
	close(link[1]);
}
END_TEST

static void expect_met(struct tm_fd_tables *tables, pid_t tid, int met)
{
	ck_assert_int_eq(tm_fd_tables_meet(tables, (uint32_t)tid), met);
}

/* "1 if the table is new, 0 if a thread met before has it" */
START_TEST(test_each_table_is_met_once)
{
	static struct thread thread[2 * THREADS];
	struct tm_fd_tables tables = { 0 };
	struct fx_set set = { 0 };

	for (size_t i = 0; i < 2 * THREADS; i++)
		start_thread(&thread[i], &set, i % 2);
	expect_met(&tables, getpid(), 1);
	for (size_t i = 0; i < 2 * THREADS; i++)
		expect_met(&tables, thread[i].tid, i % 2);
	for (size_t i = 0; i < 2 * THREADS; i++)
		expect_met(&tables, thread[i].tid, 0);
	ck_assert_uint_eq(tables.count, 1 + THREADS);
	tm_fd_tables_clear(&tables);
	expect_met(&tables, getpid(), 1);
	tm_fd_tables_deinit(&tables);
	fx_set_free(&set);
}
END_TEST

static void fly(struct fx_set *set, const void *arg)
{
	(void)arg;
	add_listener(set);
	add_listener(set);
	fx_set_fly_or_fail(set, 0);
}

/* What was sent and not received is in no table. */
START_TEST(test_in_flight_is_nobodys)
{
	struct fx_worker worker;
	struct seen seen;

	fx_worker_start_or_fail(&worker);
	fx_worker_run_or_fail(&worker, fly, NULL, 0);
	look(&seen);
	ck_assert_uint_eq(holder_count(&seen, worker.set.sock[0].inode), 0);
	ck_assert_uint_eq(holder_count(&seen, worker.set.sock[1].inode), 1);
	forget(&seen);
	fx_worker_stop(&worker);
}
END_TEST

START_TEST(test_sandbox_is_nested)
{
	struct seen seen;

	look(&seen);
	ck_assert(seen.scan.view.nested);
	ck_assert(!seen.scan.view.hidden);
	ck_assert_uint_eq(seen.scan.denied, 0);
	ck_assert_uint_eq(seen.warnings.count, 0);
	forget(&seen);
}
END_TEST

static void drop_capabilities_or_fail(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capset, &header, none) < 0)
		fx_fail_errno("capset");
}

static void hold_one(struct fx_set *set, const void *arg)
{
	(void)arg;
	add_listener(set);
}

/* Without capabilities nobody may look into a process that has some. */
START_TEST(test_unreadable_processes_make_a_warning)
{
	struct fx_set own = { 0 };
	struct fx_worker worker;
	struct seen seen;

	fx_worker_start_or_fail(&worker);
	fx_worker_run_or_fail(&worker, hold_one, NULL, 0);
	add_listener(&own);
	drop_capabilities_or_fail();
	look(&seen);
	ck_assert_uint_ge(seen.scan.denied, 1);
	ck_assert_uint_eq(seen.warnings.count, 1);
	ck_assert_int_eq(seen.warnings.warning[0].code,
			 TCPMEM_WARNING_FDS_UNREADABLE);
	ck_assert_uint_eq(holder_count(&seen, worker.set.sock[0].inode), 0);
	expect_only(&seen, &own, getpid());
	forget(&seen);
	fx_worker_stop(&worker);
	fx_set_forget(&own, 0);
	fx_set_free(&own);
}
END_TEST

/* The new /proc hides what the one below it shows. */
START_TEST(test_hidepid_makes_a_warning)
{
	const char *options = "hidepid=2";
	struct seen seen;

	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	if (mount("proc", "/proc", "proc", 0, options) < 0)
		fx_fail_errno("mount");
	look(&seen);
	ck_assert(!seen.scan.view.hidden);
	forget(&seen);
	drop_capabilities_or_fail();
	look(&seen);
	ck_assert(seen.scan.view.hidden);
	ck_assert_uint_ge(seen.warnings.count, 1);
	ck_assert_int_eq(seen.warnings.warning[seen.warnings.count - 1].code,
			 TCPMEM_WARNING_PROC_HIDDEN);
	forget(&seen);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("holders_proc");
	TCase *tcase = fx_suite_case(suite, "proc");

	tcase_add_test(tcase, test_process_is_named);
	tcase_add_test(tcase, test_forks_share);
	tcase_add_test(tcase, test_threads_count_as_their_process);
	tcase_add_test(tcase, test_threads_outlive_their_leader);
	tcase_add_test(tcase, test_each_table_is_met_once);
	tcase_add_test(tcase, test_in_flight_is_nobodys);
	tcase_add_test(tcase, test_sandbox_is_nested);
	tcase_add_test(tcase, test_unreadable_processes_make_a_warning);
	tcase_add_test(tcase, test_hidepid_makes_a_warning);
	return suite;
}

int main(void)
{
	if (syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILES, 0, 0) < 0)
		fx_skip("no kcmp(2) here: %s", strerror(errno));
	return fx_suite_run(make_suite);
}
