// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_notify.c - whom a recorder tells that it is ready, and how */
#include "record/record.h"
#include "unit.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char place[] = "/tmp/tcpmem-notify-XXXXXX";

/* A socket with a name of @len bytes; a NUL stands before an abstract one. */
static int listen_at(const char *name, size_t len)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_uint_le(len, sizeof(address.sun_path));
	memcpy(address.sun_path, name, len);
	ck_assert_int_eq(
		bind(fd, (struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
		0);
	return fd;
}

/* What has come, and that no more has */
static void expect(int fd, const char *text)
{
	char came[64];
	ssize_t len = recv(fd, came, sizeof(came), 0);

	if (text) {
		ck_assert_int_eq(len, (ssize_t)strlen(text));
		ck_assert_int_eq(memcmp(came, text, strlen(text)), 0);
		len = recv(fd, came, sizeof(came), 0);
	}
	ck_assert_int_eq(len, -1);
	ck_assert_int_eq(errno, EAGAIN);
}

static int count_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 64; fd++)
		count += dup2(fd, fd) == fd;
	return count;
}

static void setup(void)
{
	memset(place + sizeof(place) - 7, 'X', 6);
	ck_assert_ptr_nonnull(mkdtemp(place));
}

static void teardown(void)
{
	ck_assert_int_eq(rmdir(place), 0);
}

/* A path of @len bytes in a directory of our own */
static void make_path(char *path, size_t len)
{
	size_t used = (size_t)snprintf(path, len + 1, "%s/", place);

	memset(path + used, 'n', len - used);
	path[len] = '\0';
}

START_TEST(a_path_is_told)
{
	char path[64];
	int fd, before;

	make_path(path, 40);
	fd = listen_at(path, 40);
	setenv("NOTIFY_SOCKET", path, 1);
	before = count_fds();
	notify("READY=1");
	ck_assert_int_eq(count_fds(), before);
	expect(fd, "READY=1");
	close(fd);
	unlink(path);
	/* nobody is there any more */
	notify("STOPPING=1");
	ck_assert_int_eq(count_fds(), before - 1);
}
END_TEST

START_TEST(an_abstract_name_is_told)
{
	char name[64];
	int fd, len;

	len = snprintf(name, sizeof(name), "@tcpmem-notify-%d", (int)getpid());
	setenv("NOTIFY_SOCKET", name, 1);
	name[0] = '\0';
	fd = listen_at(name, (size_t)len);
	notify("STOPPING=1");
	expect(fd, "STOPPING=1");
	close(fd);
}
END_TEST

/* 107 bytes and a NUL are a path; more would be cut. */
START_TEST(the_longest_path)
{
	char path[128];
	int fd;

	make_path(path, 107);
	fd = listen_at(path, 107);
	setenv("NOTIFY_SOCKET", path, 1);
	notify("READY=1");
	expect(fd, "READY=1");
	close(fd);
	unlink(path);
	make_path(path, 108);
	fd = listen_at(path, 108);
	setenv("NOTIFY_SOCKET", path, 1);
	notify("READY=1");
	expect(fd, NULL);
	close(fd);
	unlink(path);
}
END_TEST

/* Neither nothing nor a name from where we are */
START_TEST(others_are_not_told)
{
	int fd;

	ck_assert_int_eq(chdir(place), 0);
	fd = listen_at("relative", 8);
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify("READY=1");
	expect(fd, NULL);
	setenv("NOTIFY_SOCKET", "", 1);
	notify("READY=1");
	unsetenv("NOTIFY_SOCKET");
	notify("READY=1");
	expect(fd, NULL);
	close(fd);
	unlink("relative");
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("notify");
	TCase *tcase = tcase_create("notify");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_path_is_told);
	tcase_add_test(tcase, an_abstract_name_is_told);
	tcase_add_test(tcase, the_longest_path);
	tcase_add_test(tcase, others_are_not_told);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
