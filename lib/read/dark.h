/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dark.h - sockets that no dump shows, through copies of their owners' fds
 *
 * A TCP socket that was reset with unread data, or never bound, is in none of
 * the kernel's tables; its fd still leads to it. So does the fd of a socket
 * in a namespace that neither process nor mount shows.
 */
#ifndef TM_READ_DARK_H
#define TM_READ_DARK_H

#include "ctx.h"
#include "model/socket.h"

/*
 * struct tm_dark - what an fd turned out to be
 * @sock: complete but for holder, kind, netns and object; its state is
 *	closed, bound-inactive, or any other of a socket that a dump shows
 * @netns: inode of its namespace; 0 if that may not be asked
 * @netns_fd: the namespace itself; -1 if it may not be asked. The caller
 *	closes it.
 */
struct tm_dark {
	struct tcpmem_socket sock;
	uint64_t netns;
	int netns_fd;
};

/*
 * tm_dark_attach() - a handle on a task's fd table
 * @tid: the leader's pid, or a thread with a table of its own
 *
 * Return: an fd to close; -ESRCH if it is gone; -ENOSYS before Linux 5.3;
 * -EINVAL for a thread before Linux 6.9; other -errno of pidfd_open(2).
 */
int tm_dark_attach(uint32_t pid, uint32_t tid);

/*
 * tm_dark_probe() - looks at one fd of the task
 * @inode: what the fd is expected to be
 *
 * Holds a copy of the fd for some microseconds: should its owner close it
 * just then, the kernel ends the socket that much later.
 *
 * Return: 0; -ENOTSOCK if it is not, or no longer, that socket;
 * -EPROTONOSUPPORT if it is no TCP socket; -EPERM if the caller may not;
 * other -errno of pidfd_getfd(2).
 */
int tm_dark_probe(int task, int fd, uint32_t inode, struct tm_dark *dark);

#endif
