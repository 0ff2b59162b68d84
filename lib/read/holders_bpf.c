// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * holders_bpf.c - who holds which socket, from the kernel's own iterator
 *
 * The program is loaded by a light skeleton: no libbpf at run time, and
 * nothing that could print.
 */
#include "read/holders_bpf.h"

#include "index.h"
#include "read/holders_record.h"
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Below this, reading /proc takes less than loading the program: 5 ms. */
#define FILES_WORTH_IT 2000

/* What the kernel fills in one read, where pages are small. */
#define READ_SIZE 32768

bool tm_holders_bpf_pays(const struct tcpmem_ctx *ctx)
{
	uint64_t files = 0;
	const char *end;
	char *text;
	size_t len;

	if (tm_read_file(ctx->proc, "sys/fs/file-nr", 256, &text, &len) < 0)
		return false;
	if (tm_parse_u64(text, &end, &files) < 0)
		files = 0;
	free(text);
	return files >= FILES_WORTH_IT;
}

#ifdef TM_HAVE_BPF

/* Generated: its style is not ours. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wpointer-arith"
#pragma GCC diagnostic ignored "-Woverlength-strings"
#include "holders.lskel.h"
#pragma GCC diagnostic pop

/* Inodes of the initial namespaces (linux/proc_ns.h), the same everywhere. */
#define INIT_PID_NS  0xEFFFFFFC
#define INIT_TIME_NS 0xEFFFFFFA

struct scan {
	struct tm_claims *claims;
	struct tm_index by_tgid; /* number is the process's index */
	uint32_t number;	 /* of the process that was named last */
	uint32_t index;
	uint64_t tick_ns;
};

static bool is_init_ns(const struct tcpmem_ctx *ctx, const char *name,
		       ino_t inode)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/self/ns/%s", ctx->proc, name);
	if (stat(path, &st) < 0)
		return errno == ENOENT; /* a kernel without such namespaces */
	return st.st_ino == inode;
}

static bool sees_same_pids(const struct tcpmem_ctx *ctx)
{
	return strcmp(ctx->proc, "/proc") == 0 &&
	       is_init_ns(ctx, "pid", INIT_PID_NS) &&
	       is_init_ns(ctx, "time", INIT_TIME_NS);
}

static int add_process(struct scan *scan, const struct tm_holders_record *r)
{
	struct tcpmem_process process = {
		.pid = r->tgid,
		.uid = r->uid,
		.start_time = r->start_ns / scan->tick_ns,
	};
	int ret;

	memcpy(process.comm, r->comm, sizeof(process.comm));
	process.comm[sizeof(process.comm) - 1] = '\0';
	ret = tm_claims_process(scan->claims, &process, &scan->index);
	if (ret < 0)
		return ret;
	return tm_index_add(&scan->by_tgid, tm_hash(0, r->tgid), scan->index);
}

/* A process comes in one piece, but for threads with fd tables of their own. */
static int meet_process(struct scan *scan, const struct tm_holders_record *r)
{
	struct tm_index_walk walk = { .hash = tm_hash(0, r->tgid) };

	scan->number = r->number & ~TM_HOLDERS_NAMED;
	while (tm_index_next(&scan->by_tgid, &walk)) {
		scan->index = walk.number;
		if (scan->claims->process[walk.number].pid == r->tgid)
			return 0;
	}
	return add_process(scan, r);
}

/* Return: how many bytes were used; 0 if the rest is to come; -errno. */
static ssize_t add_record(struct scan *scan, const uint8_t *from, size_t len)
{
	struct tm_holders_record r = { 0 };
	size_t size = TM_HOLDERS_SHORT;
	int ret = 0;

	if (len < size)
		return 0;
	memcpy(&r, from, size);
	if (r.number & TM_HOLDERS_NAMED) {
		size = sizeof(r);
		if (len < size)
			return 0;
		memcpy(&r, from, size);
		ret = meet_process(scan, &r);
	} else if (r.number != scan->number) {
		return -EBADMSG;
	}
	if (ret == 0)
		ret = tm_claims_add(scan->claims, r.inode, scan->index);
	return ret < 0 ? ret : (ssize_t)size;
}

static int read_records(struct scan *scan, int fd)
{
	uint8_t buf[READ_SIZE];
	size_t len = 0, at;

	for (;;) {
		ssize_t got = read(fd, buf + len, sizeof(buf) - len);

		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return got < 0 ? -errno : len ? -EBADMSG : 0;
		len += (size_t)got;
		for (at = 0; at < len; at += (size_t)got) {
			got = add_record(scan, buf + at, len - at);
			if (got < 0)
				return (int)got;
			if (got == 0)
				break;
		}
		len -= at;
		memmove(buf, buf + at, len);
	}
}

static int open_iterator(struct holders_bpf *skel)
{
	union bpf_attr attr = { 0 };
	long fd;
	int link;

	link = holders_bpf__holders__attach(skel);
	if (link < 0)
		return link;
	attr.iter_create.link_fd = (__u32)link;
	fd = syscall(__NR_bpf, BPF_ITER_CREATE, &attr, sizeof(attr));
	return fd < 0 ? -errno : (int)fd;
}

int tm_claims_bpf_scan(const struct tcpmem_ctx *ctx, struct tm_claims *claims)
{
	struct scan scan = {
		.claims = claims,
		.tick_ns =
			UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK),
	};
	struct holders_bpf *skel;
	int fd, ret;

	if (!sees_same_pids(ctx))
		return -EOPNOTSUPP;
	errno = 0;
	skel = holders_bpf__open_and_load();
	if (!skel)
		return errno ? -errno : -EIO;
	fd = open_iterator(skel);
	ret = fd;
	if (fd >= 0) {
		ret = read_records(&scan, fd);
		close(fd);
	}
	tm_index_deinit(&scan.by_tgid);
	holders_bpf__destroy(skel);
	return ret;
}

#else

int tm_claims_bpf_scan(const struct tcpmem_ctx *ctx, struct tm_claims *claims)
{
	(void)ctx;
	(void)claims;
	return -EOPNOTSUPP;
}

#endif
