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

#include <arpa/inet.h>
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

struct tm_holders_bpf {
	struct holders_bpf *skel;
	int fd;
};

struct scan {
	struct tm_claims *claims;
	struct tm_sights *sights; /* NULL: records have none */
	struct tm_index by_tgid;  /* number is the process's index */
	uint32_t number;	  /* of the process that was named last */
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

static int add_process(struct scan *scan, const struct tm_holders_process *p)
{
	struct tcpmem_process process = {
		.pid = p->tgid,
		.uid = p->uid,
		.start_time = p->start_ns / scan->tick_ns,
	};
	int ret;

	memcpy(process.comm, p->comm, sizeof(process.comm));
	process.comm[sizeof(process.comm) - 1] = '\0';
	ret = tm_claims_process(scan->claims, &process, &scan->index);
	if (ret < 0)
		return ret;
	return tm_index_add(&scan->by_tgid, tm_hash(0, p->tgid), scan->index);
}

/* A process comes in one piece, but for threads with fd tables of their own. */
static int meet_process(struct scan *scan, const struct tm_holders_process *p)
{
	struct tm_index_walk walk = { .hash = tm_hash(0, p->tgid) };

	while (tm_index_next(&scan->by_tgid, &walk)) {
		scan->index = walk.number;
		if (scan->claims->process[walk.number].pid == p->tgid)
			return 0;
	}
	return add_process(scan, p);
}

static void fill_socket(struct tcpmem_socket *sock, uint32_t inode,
			const struct tm_sight *sight)
{
	*sock = (struct tcpmem_socket){
		.cookie = sight->cookie,
		.cgroup_id = sight->cgroup_id,
		.inode = inode,
		.uid = sight->uid,
		.rqueue = sight->rqueue,
		.wqueue = sight->wqueue,
		.ifindex = sight->ifindex,
		.mark = sight->mark,
		.holder = sight->place,
		.local_port = sight->local_port,
		.remote_port = ntohs(sight->remote_port),
		.state = sight->flags & TM_SIGHT_BOUND
				 ? TCPMEM_STATE_BOUND_INACTIVE
				 : sight->state,
		.flags = TM_SOCK_HAS_CGROUP | TM_SOCK_HAS_MARK,
		.skmem_words = TM_SKMEM_WORDS,
		.timer = sight->timer,
		.retrans = sight->retrans,
		.shutdown = sight->shutdown,
	};
	memcpy(sock->local, sight->local, sizeof(sock->local));
	memcpy(sock->remote, sight->remote, sizeof(sock->remote));
	memcpy(sock->skmem, sight->skmem, sizeof(sock->skmem));
	if (sight->flags & TM_SIGHT_IPV6)
		sock->flags |= TM_SOCK_IPV6;
	if (sight->flags & TM_SIGHT_V6ONLY)
		sock->flags |= TM_SOCK_V6ONLY;
}

/* What is in no table is in no dump either. */
static int add_sight(struct scan *scan, uint32_t inode,
		     const struct tm_sight *sight)
{
	struct tm_sights *sights = scan->sights;
	struct tcpmem_socket *sock;
	uint16_t netns;
	int ret;

	if (!(sight->flags & (TM_SIGHT_HASHED | TM_SIGHT_BOUND)))
		return 0;
	ret = tm_sights_netns(sights, sight->netns, &netns);
	if (ret < 0)
		return ret;
	sock = tm_sights_add(sights);
	if (!sock)
		return -ENOMEM;
	fill_socket(sock, inode, sight);
	sock->netns = netns;
	if (sight->flags & TM_SIGHT_REQUEST)
		sights->netns[netns].requests = true;
	return 0;
}

/* Takes @size bytes off what is left; false if they have not come yet. */
static bool take(const uint8_t **from, size_t *left, void *to, size_t size)
{
	if (*left < size)
		return false;
	memcpy(to, *from, size);
	*from += size;
	*left -= size;
	return true;
}

/* Return: how many bytes were used; 0 if the rest is to come; -errno. */
static ssize_t add_record(struct scan *scan, const uint8_t *from, size_t len)
{
	struct tm_holders_process process;
	struct tm_holders_head head;
	struct tm_sight sight;
	size_t left = len;
	int ret = 0;

	if (!take(&from, &left, &head, sizeof(head)) ||
	    (scan->sights && !take(&from, &left, &sight, sizeof(sight))))
		return 0;
	if (head.number & TM_HOLDERS_NAMED) {
		if (!take(&from, &left, &process, sizeof(process)))
			return 0;
		scan->number = head.number & ~TM_HOLDERS_NAMED;
		ret = meet_process(scan, &process);
	} else if (head.number != scan->number) {
		return -EBADMSG;
	}
	if (ret == 0)
		ret = tm_claims_add(scan->claims, head.inode, scan->index);
	if (ret == 0 && scan->sights)
		ret = add_sight(scan, head.inode, &sight);
	return ret < 0 ? ret : (ssize_t)(len - left);
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

static struct holders_bpf *load(bool sights)
{
	struct holders_bpf *skel = holders_bpf__open();

	if (!skel)
		return NULL;
	skel->rodata->with_sights = sights;
	if (holders_bpf__load(skel) == 0)
		return skel;
	holders_bpf__destroy(skel);
	return NULL;
}

int tm_holders_bpf_open(const struct tcpmem_ctx *ctx, bool sights,
			struct tm_holders_bpf **bpf)
{
	struct tm_holders_bpf *b;

	if (!sees_same_pids(ctx))
		return -EOPNOTSUPP;
	b = calloc(1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	errno = 0;
	b->skel = load(sights);
	b->fd = errno ? -errno : -EIO;
	if (b->skel)
		b->fd = open_iterator(b->skel);
	if (b->fd < 0) {
		int error = b->fd;

		tm_holders_bpf_close(b);
		return error;
	}
	*bpf = b;
	return 0;
}

int tm_holders_bpf_read(struct tm_holders_bpf *bpf, struct tm_claims *claims,
			struct tm_sights *sights)
{
	struct scan scan = {
		.claims = claims,
		.sights = sights,
		.tick_ns =
			UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK),
	};
	int ret = read_records(&scan, bpf->fd);

	tm_index_deinit(&scan.by_tgid);
	return ret;
}

void tm_holders_bpf_close(struct tm_holders_bpf *bpf)
{
	if (!bpf)
		return;
	if (bpf->fd >= 0)
		close(bpf->fd);
	if (bpf->skel)
		holders_bpf__destroy(bpf->skel);
	free(bpf);
}

#else

int tm_holders_bpf_open(const struct tcpmem_ctx *ctx, bool sights,
			struct tm_holders_bpf **bpf)
{
	(void)ctx;
	(void)sights;
	(void)bpf;
	return -EOPNOTSUPP;
}

int tm_holders_bpf_read(struct tm_holders_bpf *bpf, struct tm_claims *claims,
			struct tm_sights *sights)
{
	(void)bpf;
	(void)claims;
	(void)sights;
	return -EOPNOTSUPP;
}

void tm_holders_bpf_close(struct tm_holders_bpf *bpf)
{
	(void)bpf;
}

#endif
