// SPDX-License-Identifier: LGPL-2.1-or-later
/* dark.c - sockets that no dump shows, through copies of their owners' fds */
#include "proc/internal.h"

#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/mptcp.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef SOL_MPTCP
#define SOL_MPTCP 284
#endif
#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif
#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif
#ifndef SIOCGSKNS
#define SIOCGSKNS 0x894C
#endif
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

int tm_dark_attach(uint32_t pid, uint32_t tid)
{
	unsigned int flags = pid == tid ? 0 : PIDFD_THREAD;
	long fd = syscall(SYS_pidfd_open, tid, flags);

	return fd < 0 ? -errno : (int)fd;
}

static int get_int(int fd, int level, int option, int *value)
{
	socklen_t len = sizeof(*value);

	if (getsockopt(fd, level, option, value, &len) < 0)
		return -errno;
	return len == sizeof(*value) ? 0 : -EBADMSG;
}

static int check_protocol(int fd, struct tcpmem_socket *sock)
{
	int domain, protocol;

	if (get_int(fd, SOL_SOCKET, SO_DOMAIN, &domain) < 0 ||
	    get_int(fd, SOL_SOCKET, SO_PROTOCOL, &protocol) < 0 ||
	    (domain != AF_INET && domain != AF_INET6) ||
	    (protocol != IPPROTO_TCP && protocol != IPPROTO_MPTCP))
		return -EPROTONOSUPPORT;
	if (domain == AF_INET6)
		sock->flags |= TM_SOCK_IPV6;
	if (protocol == IPPROTO_MPTCP)
		sock->flags |= TM_SOCK_MPTCP;
	return 0;
}

/* A kernel that does not know SO_MEMINFO (before 4.12) leaves it unknown. */
static void read_counters(int fd, struct tcpmem_socket *sock)
{
	socklen_t len = sizeof(sock->skmem);
	int unread;

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, sock->skmem, &len) == 0)
		sock->skmem_words = (uint8_t)(len / sizeof(sock->skmem[0]));
	if (ioctl(fd, SIOCINQ, &unread) == 0 && unread > 0)
		sock->rqueue = (uint32_t)unread;
}

static void read_identity(int fd, struct tcpmem_socket *sock)
{
	socklen_t len = sizeof(sock->cookie);
	int ifindex;

	getsockopt(fd, SOL_SOCKET, SO_COOKIE, &sock->cookie, &len);
	if (get_int(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &ifindex) == 0)
		sock->ifindex = (uint32_t)ifindex;
}

static void read_local(int fd, struct tcpmem_socket *sock)
{
	struct sockaddr_storage address = { 0 };
	const struct sockaddr_in *v4 = (const void *)&address;
	const struct sockaddr_in6 *v6 = (const void *)&address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return;
	if (address.ss_family == AF_INET) {
		memcpy(sock->local, &v4->sin_addr, sizeof(v4->sin_addr));
		sock->local_port = ntohs(v4->sin_port);
	} else if (address.ss_family == AF_INET6) {
		memcpy(sock->local, &v6->sin6_addr, sizeof(v6->sin6_addr));
		sock->local_port = ntohs(v6->sin6_port);
	}
}

/*
 * An MPTCP socket that was not connected yet, or is so no more, has no token;
 * one that fell back to TCP does not say.
 */
static uint8_t mptcp_state(int fd)
{
	struct mptcp_info info = { 0 };
	socklen_t len = sizeof(info);
	int listens;

	if (getsockopt(fd, SOL_MPTCP, MPTCP_INFO, &info, &len) < 0 ||
	    info.mptcpi_token)
		return TCPMEM_STATE_ESTABLISHED;
	if (get_int(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens) < 0 || listens)
		return TCPMEM_STATE_LISTENING;
	return TCPMEM_STATE_CLOSED;
}

/*
 * A closed socket with a port, but without a segment ever sent or received,
 * is bound and waits; one that was reset keeps the port of its connection
 * here while the kernel took it away.
 */
static uint8_t tcp_state(int fd, uint16_t local_port)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return TCPMEM_STATE_ESTABLISHED;
	if (info.tcpi_state != TCPMEM_STATE_CLOSED || !local_port ||
	    info.tcpi_segs_in || info.tcpi_segs_out)
		return info.tcpi_state;
	return TCPMEM_STATE_BOUND_INACTIVE;
}

static void read_netns(int fd, struct tm_dark *dark)
{
	struct stat st;

	dark->netns_fd = ioctl(fd, SIOCGSKNS);
	if (dark->netns_fd >= 0 && fstat(dark->netns_fd, &st) == 0)
		dark->netns = st.st_ino;
}

static int check_inode(int fd, uint32_t inode, struct tcpmem_socket *sock)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode) ||
	    (uint32_t)st.st_ino != inode)
		return -ENOTSOCK;
	sock->inode = inode;
	sock->uid = st.st_uid;
	return 0;
}

static int probe_copy(int fd, uint32_t inode, struct tm_dark *dark)
{
	struct tm_dark found = { .netns_fd = -1 };
	int ret = check_inode(fd, inode, &found.sock);

	if (ret == 0)
		ret = check_protocol(fd, &found.sock);
	if (ret < 0)
		return ret;
	read_counters(fd, &found.sock);
	read_identity(fd, &found.sock);
	read_local(fd, &found.sock);
	found.sock.state = found.sock.flags & TM_SOCK_MPTCP
				   ? mptcp_state(fd)
				   : tcp_state(fd, found.sock.local_port);
	read_netns(fd, &found);
	*dark = found;
	return 0;
}

int tm_dark_probe(int task, int fd, uint32_t inode, struct tm_dark *dark)
{
	long copy = syscall(SYS_pidfd_getfd, task, fd, 0);
	int ret;

	if (copy < 0)
		return errno == EBADF ? -ENOTSOCK : -errno;
	ret = probe_copy((int)copy, inode, dark);
	close((int)copy);
	return ret;
}

/*
 * A socket has the name of its protocol as an attribute: TCP, TCPv6, MPTCP ...
 * A file is not asked for it: its file system, as one in user space, need not
 * answer.
 */
static bool may_be_tcp(const char *path)
{
	char name[32];
	ssize_t len = readlink(path, name, sizeof(name) - 1);

	if (len >= 0) {
		name[len] = '\0';
		if (!tm_parse_link(name, "socket"))
			return false;
		len = getxattr(path, "system.sockprotoname", name,
			       sizeof(name) - 1);
	}
	if (len < 0)
		return errno != EOPNOTSUPP && errno != ENODATA &&
		       errno != ENOENT;
	name[len] = '\0';
	return strstr(name, "TCP");
}

/* Return: 1, 0 or -errno. */
static int table_holds_tcp(const char *path)
{
	char link[PATH_MAX + sizeof(((struct dirent *)0)->d_name)];
	const struct dirent *entry;
	struct tm_dir dir;
	bool found = false;
	int ret = tm_dir_open(&dir, AT_FDCWD, path);

	if (ret < 0)
		return ret == -ENOENT || ret == -ESRCH ? 0 : ret;
	while (!found && (ret = tm_dir_next(&dir, &entry)) > 0) {
		snprintf(link, sizeof(link), "%s/%s", path, entry->d_name);
		found = *entry->d_name != '.' && may_be_tcp(link);
	}
	tm_dir_close(&dir);
	return found ? 1 : ret;
}

/* Any thread may have fds of its own, and the first one may have ended. */
bool tm_holds_tcp(const struct tcpmem_ctx *ctx, uint32_t pid)
{
	struct tm_fd_tables met = { 0 };
	const struct dirent *entry;
	struct tm_dir tasks;
	char path[PATH_MAX];
	int proc = open(ctx->proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool own = tm_proc_has_own_pids(proc);
	int ret, held = 0;

	snprintf(path, sizeof(path), "%" PRIu32 "/task", pid);
	ret = tm_dir_open(&tasks, proc, path);
	if (proc >= 0)
		close(proc);
	if (ret < 0)
		return true;
	while (held == 0 && (ret = tm_dir_next(&tasks, &entry)) > 0) {
		uint32_t tid = tm_parse_pid(entry->d_name);

		snprintf(path, sizeof(path),
			 "%s/%" PRIu32 "/task/%" PRIu32 "/fd", ctx->proc, pid,
			 tid);
		held = !tid ? 0 : own ? tm_fd_tables_meet(&met, tid) : 1;
		if (held > 0)
			held = table_holds_tcp(path);
	}
	tm_dir_close(&tasks);
	tm_fd_tables_deinit(&met);
	return held || ret < 0;
}
