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
#include "thread.h"
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

/* Each looks at every fd, if only to pass it by. */
#define READERS_MAX 4

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

/* What all readers find. */
struct finds {
	pthread_mutex_t lock;
	struct tm_claims *claims;
	struct tm_sights *sights; /* NULL: records have none */
	struct tm_index by_tgid;  /* number is the process's index */
	uint64_t tick_ns;
};

/* One program, which looks at its share of the fds. */
struct reader {
	struct holders_bpf *skel;
	int fd;
	size_t share, shares;
	struct finds *finds;
	uint32_t number; /* of the process that was named last */
	uint32_t index;
	pthread_t thread;
	int ret;
};

struct tm_holders_bpf {
	size_t count;
	struct reader reader[READERS_MAX];
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

static int add_process(struct finds *finds, const struct tm_holders_process *p,
		       uint32_t *index)
{
	struct tcpmem_process process = {
		.pid = p->tgid,
		.uid = p->uid,
		.start_time = p->start_ns / finds->tick_ns,
	};
	int ret;

	memcpy(process.comm, p->comm, sizeof(process.comm));
	process.comm[sizeof(process.comm) - 1] = '\0';
	ret = tm_claims_process(finds->claims, &process, index);
	if (ret < 0)
		return ret;
	return tm_index_add(&finds->by_tgid, tm_hash(0, p->tgid), *index);
}

/* A process comes in one piece, but for threads with fd tables of their own. */
static int meet_process(struct finds *finds, const struct tm_holders_process *p,
			uint32_t *index)
{
	struct tm_index_walk walk = { .hash = tm_hash(0, p->tgid) };

	while (tm_index_next(&finds->by_tgid, &walk)) {
		*index = walk.number;
		if (finds->claims->process[walk.number].pid == p->tgid)
			return 0;
	}
	return add_process(finds, p, index);
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
static int add_sight(struct tm_sights *sights, uint32_t inode,
		     const struct tm_sight *sight)
{
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
static ssize_t add_record(struct reader *reader, const uint8_t *from,
			  size_t len)
{
	struct finds *finds = reader->finds;
	struct tm_holders_process process;
	struct tm_holders_head head;
	struct tm_sight sight;
	size_t left = len;
	int ret = 0;

	if (!take(&from, &left, &head, sizeof(head)) ||
	    (finds->sights && !take(&from, &left, &sight, sizeof(sight))))
		return 0;
	if (head.number & TM_HOLDERS_NAMED) {
		if (!take(&from, &left, &process, sizeof(process)))
			return 0;
		reader->number = head.number & ~TM_HOLDERS_NAMED;
		ret = meet_process(finds, &process, &reader->index);
	} else if (head.number != reader->number) {
		return -EBADMSG;
	}
	if (ret == 0)
		ret = tm_claims_add(finds->claims, head.inode, reader->index);
	if (ret == 0 && finds->sights)
		ret = add_sight(finds->sights, head.inode, &sight);
	return ret < 0 ? ret : (ssize_t)(len - left);
}

/* Return: how many bytes are whole records; -errno. */
static ssize_t add_records(struct reader *reader, const uint8_t *from,
			   size_t len)
{
	size_t at = 0;
	ssize_t used;

	pthread_mutex_lock(&reader->finds->lock);
	do {
		used = add_record(reader, from + at, len - at);
		at += used > 0 ? (size_t)used : 0;
	} while (used > 0);
	pthread_mutex_unlock(&reader->finds->lock);
	return used < 0 ? used : (ssize_t)at;
}

static int read_records(struct reader *reader)
{
	uint8_t buf[READ_SIZE];
	size_t len = 0;

	for (;;) {
		ssize_t got = read(reader->fd, buf + len, sizeof(buf) - len);

		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return got < 0 ? -errno : len ? -EBADMSG : 0;
		len += (size_t)got;
		got = add_records(reader, buf, len);
		if (got < 0)
			return (int)got;
		len -= (size_t)got;
		memmove(buf, buf + got, len);
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

static struct holders_bpf *load(bool sights, size_t share, size_t shares)
{
	struct holders_bpf *skel = holders_bpf__open();

	if (!skel)
		return NULL;
	skel->rodata->with_sights = sights;
	skel->rodata->share = (uint32_t)share;
	skel->rodata->shares = (uint32_t)shares;
	if (holders_bpf__load(skel) == 0)
		return skel;
	holders_bpf__destroy(skel);
	return NULL;
}

static void close_reader(struct reader *reader)
{
	if (reader->fd >= 0)
		close(reader->fd);
	if (reader->skel)
		holders_bpf__destroy(reader->skel);
}

static int open_reader(struct reader *reader, bool sights)
{
	errno = 0;
	reader->skel = load(sights, reader->share, reader->shares);
	reader->fd = errno ? -errno : -EIO;
	if (reader->skel)
		reader->fd = open_iterator(reader->skel);
	return reader->fd < 0 ? reader->fd : 0;
}

/* The first is open already; loading takes time too. */
static void *run_reader(void *arg)
{
	struct reader *reader = arg;

	reader->ret = 0;
	if (reader->fd < 0)
		reader->ret = open_reader(reader, reader->finds->sights);
	if (reader->ret == 0)
		reader->ret = read_records(reader);
	return NULL;
}

/* Without sights a dump keeps the other CPUs busy. */
static size_t count_readers(bool sights)
{
	size_t cpus = tm_thread_cpus();

	if (!sights)
		return 1;
	return cpus < READERS_MAX ? cpus : READERS_MAX;
}

int tm_holders_bpf_open(const struct tcpmem_ctx *ctx, bool sights,
			struct tm_holders_bpf **bpf)
{
	struct tm_holders_bpf *b;
	int ret;

	if (!sees_same_pids(ctx))
		return -EOPNOTSUPP;
	b = calloc(1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	b->count = count_readers(sights);
	for (size_t i = 0; i < b->count; i++) {
		b->reader[i].fd = -1;
		b->reader[i].share = i;
		b->reader[i].shares = b->count;
	}
	ret = open_reader(&b->reader[0], sights);
	if (ret < 0)
		tm_holders_bpf_close(b);
	else
		*bpf = b;
	return ret;
}

/* The caller's thread is the first; what cannot start is read afterwards. */
static int run_readers(struct tm_holders_bpf *bpf)
{
	size_t started = 1;
	int ret;

	while (started < bpf->count &&
	       tm_thread_start(&bpf->reader[started].thread, run_reader,
			       &bpf->reader[started]) == 0)
		started++;
	run_reader(&bpf->reader[0]);
	ret = bpf->reader[0].ret;
	for (size_t i = 1; i < bpf->count; i++) {
		if (i < started)
			pthread_join(bpf->reader[i].thread, NULL);
		else
			run_reader(&bpf->reader[i]);
		if (ret == 0)
			ret = bpf->reader[i].ret;
	}
	return ret;
}

int tm_holders_bpf_read(struct tm_holders_bpf *bpf, struct tm_claims *claims,
			struct tm_sights *sights)
{
	struct finds finds = {
		.claims = claims,
		.sights = sights,
		.tick_ns =
			UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK),
	};
	int ret;

	pthread_mutex_init(&finds.lock, NULL);
	for (size_t i = 0; i < bpf->count; i++)
		bpf->reader[i].finds = &finds;
	ret = run_readers(bpf);
	pthread_mutex_destroy(&finds.lock);
	tm_index_deinit(&finds.by_tgid);
	return ret;
}

void tm_holders_bpf_close(struct tm_holders_bpf *bpf)
{
	if (!bpf)
		return;
	for (size_t i = 0; i < bpf->count; i++)
		close_reader(&bpf->reader[i]);
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
