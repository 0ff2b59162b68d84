// SPDX-License-Identifier: LGPL-2.1-or-later
/* nginx.c - a running nginx, and the sockets that its processes have */
#include "nginx.h"

#include "fail.h"
#include "patience.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOME	   "/tmp"
#define LARGE_FILE (16 * 1024 * 1024)

/* Connections stay: nothing times out while a test runs. */
static const char config[] = "worker_processes 2;\n"
			     "daemon off;\n"
			     "pid nginx.pid;\n"
			     "error_log error.log;\n"
			     "events { worker_connections 4096; }\n"
			     "http {\n"
			     "	access_log off;\n"
			     "	client_body_temp_path body;\n"
			     "	proxy_temp_path proxy;\n"
			     "	fastcgi_temp_path fastcgi;\n"
			     "	uwsgi_temp_path uwsgi;\n"
			     "	scgi_temp_path scgi;\n"
			     "	keepalive_timeout 600;\n"
			     "	send_timeout 600;\n"
			     "	server {\n"
			     "		listen 127.0.0.1:8080;\n"
			     "		listen [::1]:8080;\n"
			     "		root " HOME ";\n"
			     "	}\n"
			     "}\n";

static void write_file(const char *path, const char *text, off_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 || dprintf(fd, "%s", text) < 0 || ftruncate(fd, size) < 0)
		fx_fail_errno("%s", path);
	close(fd);
}

/* In a mount namespace of this test's own: all is gone with it. */
static void make_home(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		fx_fail_errno("unshare");
	if (mount("tmpfs", HOME, "tmpfs", 0, "mode=0755") < 0)
		fx_fail_errno("mount over " HOME);
	write_file(HOME "/nginx.conf", config, sizeof(config) - 1);
	write_file(HOME "/small", "", 512);
	write_file(HOME "/large", "", LARGE_FILE);
}

static void become_nginx(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execlp("nginx", "nginx", "-p", HOME, "-c", HOME "/nginx.conf", "-e",
	       HOME "/error.log", NULL);
	fx_fail_errno("nginx");
}

/* Return: how many workers the master has by now. */
static size_t find_workers(struct nginx *nginx)
{
	char path[64];
	size_t found = 0;
	FILE *list;
	int pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
		 (int)nginx->pid[0], (int)nginx->pid[0]);
	list = fopen(path, "re");
	if (!list)
		return 0;
	while (found < NGINX_PROCESSES - 1 && fscanf(list, "%d", &pid) == 1)
		nginx->pid[++found] = pid;
	fclose(list);
	return found;
}

void nginx_start_or_fail(struct nginx *nginx)
{
	struct fx_deadline deadline = fx_deadline_start();

	make_home();
	fflush(NULL);
	nginx->pid[0] = fork();
	if (nginx->pid[0] < 0)
		fx_fail_errno("fork");
	if (!nginx->pid[0])
		become_nginx();
	/* The master listens before it makes workers. */
	while (find_workers(nginx) != NGINX_PROCESSES - 1) {
		if (waitpid(nginx->pid[0], NULL, WNOHANG) != 0)
			fx_fail("nginx does not start");
		if (!fx_deadline_wait(&deadline))
			fx_fail("nginx makes no workers");
	}
}

void nginx_stop(struct nginx *nginx)
{
	kill(nginx->pid[0], SIGTERM);
	waitpid(nginx->pid[0], NULL, 0);
}

static int by_inode(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void add_inode(struct nginx_fds *fds, size_t process, uint32_t inode)
{
	size_t count = fds->count[process] + 1;
	uint32_t *moved =
		reallocarray(fds->inode[process], count, sizeof(*moved));

	if (!moved)
		fx_fail("out of memory");
	moved[count - 1] = inode;
	fds->inode[process] = moved;
	fds->count[process] = count;
}

static void read_process(struct nginx_fds *fds, size_t process, pid_t pid)
{
	const struct dirent *entry;
	char path[64], link[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		fx_fail_errno("%s", path);
	while ((entry = readdir(dir))) {
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, link,
					 sizeof(link) - 1);
		uint32_t inode;

		link[len < 0 ? 0 : len] = '\0';
		if (sscanf(link, "socket:[%u]", &inode) == 1)
			add_inode(fds, process, inode);
	}
	closedir(dir);
	if (fds->count[process])
		qsort(fds->inode[process], fds->count[process],
		      sizeof(uint32_t), by_inode);
}

void nginx_fds_read(const struct nginx *nginx, struct nginx_fds *fds)
{
	memset(fds, 0, sizeof(*fds));
	for (size_t i = 0; i < NGINX_PROCESSES; i++)
		read_process(fds, i, nginx->pid[i]);
}

void nginx_fds_free(struct nginx_fds *fds)
{
	for (size_t i = 0; i < NGINX_PROCESSES; i++)
		free(fds->inode[i]);
}

bool nginx_fds_has(const struct nginx_fds *fds, size_t process, uint32_t inode)
{
	return fds->count[process] &&
	       bsearch(&inode, fds->inode[process], fds->count[process],
		       sizeof(inode), by_inode);
}

bool nginx_fds_equal(const struct nginx_fds *a, const struct nginx_fds *b)
{
	for (size_t i = 0; i < NGINX_PROCESSES; i++)
		if (a->count[i] != b->count[i] ||
		    (a->count[i] && memcmp(a->inode[i], b->inode[i],
					   a->count[i] * sizeof(uint32_t))))
			return false;
	return true;
}
