// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * floor.c - the least that anyone has to do: what the benchmark divides by
 *
 *	floor dump	recv() a dump of all TCP sockets, look at nothing
 *	floor fds	read every link of /proc/PID/fd, keep nothing
 *
 * Prints how many messages or links there were.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static char buf[32768] __attribute__((aligned(8)));

static int send_request(int fd)
{
	struct {
		struct nlmsghdr nlh;
		struct inet_diag_req req;
	} request = {
		.nlh = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = TCPDIAG_GETSOCK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.req = {
			.idiag_family = AF_INET,
			.idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1),
			.idiag_states = 0x3fff,
		},
	};

	return send(fd, &request, sizeof(request), 0) < 0;
}

static int dump(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	size_t count = 0;

	if (fd < 0 || send_request(fd))
		return EXIT_FAILURE;
	for (;;) {
		ssize_t left = recv(fd, buf, sizeof(buf), 0);
		struct nlmsghdr *nlh = (struct nlmsghdr *)buf;

		if (left <= 0)
			return EXIT_FAILURE;
		for (; NLMSG_OK(nlh, left); nlh = NLMSG_NEXT(nlh, left)) {
			if (nlh->nlmsg_type == NLMSG_DONE) {
				printf("%zu\n", count);
				return EXIT_SUCCESS;
			}
			count++;
		}
	}
}

struct dirent64_head {
	uint64_t ino;
	int64_t off;
	uint16_t len;
	uint8_t type;
	char name[];
};

static size_t walk_fds(int dir)
{
	size_t count = 0;
	long got;

	while ((got = syscall(SYS_getdents64, dir, buf, sizeof(buf))) > 0)
		for (long at = 0; at < got;) {
			struct dirent64_head *entry = (void *)(buf + at);
			char link[64];

			at += entry->len;
			if (readlinkat(dir, entry->name, link, sizeof(link)) >
			    0)
				count++;
		}
	return count;
}

static int fds(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	size_t count = 0;

	if (!proc)
		return EXIT_FAILURE;
	while ((entry = readdir(proc))) {
		char path[300];
		int dir;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/fd", entry->d_name);
		dir = open(path, O_RDONLY | O_DIRECTORY);
		if (dir < 0)
			continue;
		count += walk_fds(dir);
		close(dir);
	}
	closedir(proc);
	printf("%zu\n", count);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "dump") == 0)
		return dump();
	if (argc == 2 && strcmp(argv[1], "fds") == 0)
		return fds();
	fprintf(stderr, "usage: floor dump|fds\n");
	return 2;
}
