/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* nginx.h - a running nginx, and the sockets that its processes have */
#ifndef NGINX_H
#define NGINX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NGINX_PORT 8080

/* The master, then its workers. */
#define NGINX_PROCESSES 3

struct nginx {
	pid_t pid[NGINX_PROCESSES];
};

/*
 * nginx_start_or_fail() - listens on 127.0.0.1 and ::1, serves /small, /large
 *
 * Its files are in a file system of the caller's own, in memory.
 */
void nginx_start_or_fail(struct nginx *nginx);
void nginx_stop(struct nginx *nginx);

/* struct nginx_fds - inodes of the sockets in each process's /proc/PID/fd */
struct nginx_fds {
	uint32_t *inode[NGINX_PROCESSES]; /* sorted */
	size_t count[NGINX_PROCESSES];
};

void nginx_fds_read(const struct nginx *nginx, struct nginx_fds *fds);
void nginx_fds_free(struct nginx_fds *fds);
bool nginx_fds_has(const struct nginx_fds *fds, size_t process, uint32_t inode);
bool nginx_fds_equal(const struct nginx_fds *a, const struct nginx_fds *b);

#endif
