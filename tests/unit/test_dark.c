// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_dark.c - the test's own sockets, seen through copies of their fds */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/socket.h"
#include "proc/internal.h"
#include "unit.h"

#ifndef SIOCGSKNS
#define SIOCGSKNS 0x894C
#endif

static int task;

static void set_up(void)
{
	task = tm_dark_attach((uint32_t)getpid(), (uint32_t)getpid());
	ck_assert_int_ge(task, 0);
}

static void tear_down(void)
{
	close(task);
}

static uint32_t inode_of(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return (uint32_t)st.st_ino;
}

static int probe(int fd, struct tm_dark *dark)
{
	return tm_dark_probe(task, fd, inode_of(fd), dark);
}

static int open_bound(int domain, uint16_t *port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr *at = domain == AF_INET ? (struct sockaddr *)&v4
						: (struct sockaddr *)&v6;
	socklen_t len = domain == AF_INET ? sizeof(v4) : sizeof(v6);
	int fd = socket(domain, SOCK_STREAM, 0);

	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, at, len) < 0)
		return -1;
	ck_assert_int_eq(getsockname(fd, at, &len), 0);
	*port = ntohs(domain == AF_INET ? v4.sin_port : v6.sin6_port);
	return fd;
}

/* What is known of a socket that nobody bound */
START_TEST(an_unbound_socket_is_closed)
{
	struct tm_dark dark = { .netns_fd = -1 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(uint64_t);
	uint64_t cookie;
	uid_t uid = geteuid();
	int netns;

	if (uid == 0 && fchown(fd, 4711, (gid_t)-1) == 0)
		uid = 4711;
	ck_assert_int_eq(probe(fd, &dark), 0);
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len),
			 0);
	ck_assert_int_eq(dark.sock.state, TCPMEM_STATE_CLOSED);
	ck_assert_uint_eq(dark.sock.flags, 0);
	ck_assert_uint_eq(dark.sock.inode, inode_of(fd));
	ck_assert_uint_eq(dark.sock.uid, uid);
	ck_assert_uint_eq(dark.sock.cookie, cookie);
	ck_assert_uint_eq(dark.sock.ifindex, 0);
	ck_assert_uint_eq(dark.sock.local_port, 0);
	ck_assert_uint_eq(dark.sock.rqueue, 0);
	ck_assert_uint_ge(dark.sock.skmem_words, 9);
	/* its namespace is told to who may know */
	netns = ioctl(fd, SIOCGSKNS);
	ck_assert_int_eq(dark.netns_fd >= 0, netns >= 0);
	ck_assert_uint_eq(dark.netns, netns < 0 ? 0 : inode_of(netns));
	if (netns >= 0)
		close(netns);
	if (dark.netns_fd >= 0)
		close(dark.netns_fd);
	close(fd);
}
END_TEST

/* "A closed socket with a port [...] is bound and waits" */
START_TEST(a_bound_socket_has_its_port)
{
	static const uint8_t v4[4] = { 127, 0, 0, 1 }, v6[16] = { [15] = 1 };
	struct tm_dark dark;
	uint16_t port;
	int fd = open_bound(_i ? AF_INET6 : AF_INET, &port);

	if (_i && fd < 0)
		return; /* a kernel without IPv6 */
	ck_assert_int_eq(probe(fd, &dark), 0);
	ck_assert_int_eq(dark.sock.state, TCPMEM_STATE_BOUND_INACTIVE);
	ck_assert_uint_eq(dark.sock.local_port, port);
	ck_assert_mem_eq(dark.sock.local, _i ? v6 : v4, _i ? 16 : 4);
	ck_assert_uint_eq(dark.sock.flags, _i ? TM_SOCK_IPV6 : 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(probe(fd, &dark), 0);
	ck_assert_int_eq(dark.sock.state, TCPMEM_STATE_LISTENING);
	close(fd);
}
END_TEST

/* Bytes that wait to be read, and the counters of memory */
START_TEST(a_connection_has_its_queue)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct tm_dark dark;
	uint16_t port;
	int fd = open_bound(AF_INET, &port), one, other;
	char byte;

	ck_assert_int_eq(listen(fd, 1), 0);
	at.sin_port = htons(port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	one = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(one, (struct sockaddr *)&at, sizeof(at)), 0);
	other = accept(fd, NULL, NULL);
	ck_assert_int_eq(write(one, "12345", 5), 5);
	ck_assert_int_eq(recv(other, &byte, 1, MSG_PEEK), 1);
	ck_assert_int_eq(probe(other, &dark), 0);
	ck_assert_int_eq(dark.sock.state, TCPMEM_STATE_ESTABLISHED);
	ck_assert_uint_eq(dark.sock.rqueue, 5);
	ck_assert_uint_gt(dark.sock.skmem[TCPMEM_METRIC_RMEM], 0);
	ck_assert_uint_eq(dark.sock.local_port, port);
	close(other);
	close(one);
	close(fd);
}
END_TEST

/* "-ENOTSOCK if the fd is no longer that socket" */
START_TEST(what_is_not_that_socket_is_refused)
{
	static const int others[][2] = { { AF_UNIX, SOCK_STREAM },
					 { AF_INET, SOCK_DGRAM } };
	struct tm_dark dark = { .netns = 7 };
	int fd = socket(AF_INET, SOCK_STREAM, 0), ends[2];
	uint32_t inode = inode_of(fd);

	ck_assert_int_eq(tm_dark_probe(task, fd, inode + 1, &dark), -ENOTSOCK);
	close(fd);
	ck_assert_int_eq(tm_dark_probe(task, fd, inode, &dark), -ENOTSOCK);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(probe(ends[0], &dark), -ENOTSOCK);
	for (size_t i = 0; i < 2; i++) {
		fd = socket(others[i][0], others[i][1], 0);
		ck_assert_int_eq(probe(fd, &dark), -EPROTONOSUPPORT);
		close(fd);
	}
	ck_assert_uint_eq(dark.netns, 7);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

/* One that is in no connection has no token. */
START_TEST(mptcp_is_told)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 262);
	struct tm_dark dark;

	if (fd < 0)
		return; /* a kernel without it */
	ck_assert_int_eq(probe(fd, &dark), 0);
	ck_assert_uint_eq(dark.sock.flags, TM_SOCK_MPTCP);
	ck_assert_int_eq(dark.sock.state, TCPMEM_STATE_CLOSED);
	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(probe(fd, &dark), 0);
	ck_assert_int_eq(dark.sock.state, TCPMEM_STATE_LISTENING);
	close(fd);
}
END_TEST

/* A task may be number 0; who has ended is nobody. */
START_TEST(a_task_is_attached_to_by_its_number)
{
	pid_t child = fork();
	int fd;

	if (child == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	ck_assert_int_eq(tm_dark_attach((uint32_t)child, (uint32_t)child),
			 -ESRCH);
	close(STDIN_FILENO);
	fd = tm_dark_attach((uint32_t)getpid(), (uint32_t)getpid());
	ck_assert_int_eq(fd, STDIN_FILENO);
}
END_TEST

/* Of a process with no fds but one, or none */
static bool holds(int domain, int type)
{
	struct tcpmem_ctx *ctx;
	int status;
	pid_t child;

	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	child = fork();
	if (child == 0) {
		for (int fd = 0; fd < 256; fd++)
			close(fd);
		if (domain && socket(domain, type, 0) < 0)
			_exit(9);
		/* so that the lines it ran are counted */
		exit(tm_holds_tcp(ctx, (uint32_t)getpid()));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	tcpmem_ctx_free(ctx);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
	return WEXITSTATUS(status);
}

/* "A socket has the name of its protocol as an attribute" */
START_TEST(who_may_hold_tcp_is_told)
{
	ck_assert(!holds(0, 0));
	ck_assert(!holds(AF_UNIX, SOCK_STREAM));
	ck_assert(!holds(AF_INET, SOCK_DGRAM));
	ck_assert(holds(AF_INET, SOCK_STREAM));
}
END_TEST

int main(void)
{
	Suite *suite;
	TCase *tc;

	task = tm_dark_attach((uint32_t)getpid(), (uint32_t)getpid());
	if (task == -ENOSYS) {
		puts("no pidfd_open(2) here, as under valgrind");
		return 77;
	}
	tear_down();
	suite = suite_create("dark");
	tc = tcase_create("all");
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, an_unbound_socket_is_closed);
	tcase_add_loop_test(tc, a_bound_socket_has_its_port, 0, 2);
	tcase_add_test(tc, a_connection_has_its_queue);
	tcase_add_test(tc, what_is_not_that_socket_is_refused);
	tcase_add_test(tc, mptcp_is_told);
	tcase_add_test(tc, a_task_is_attached_to_by_its_number);
	tcase_add_test(tc, who_may_hold_tcp_is_told);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
