// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * day.c - a day of looks in simulated time: a capture that changes as a busy
 * server's does, stored every few seconds
 *
 *	day STORE CAPTURE HOURS EVERY_MS NEW CHANGED
 *
 * NEW sockets are replaced by others between two looks, and the queues of
 * CHANGED are other ones, on average: at night a fifth of it, at noon nine.
 */
#include "store/frame.h"
#include "store/store.h"
#include "tcpmem.h"

#include <inttypes.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define TYPE_CLOCK    1
#define TYPE_MESSAGES 4
#define TYPE_HOLDERS  7

#define DAY_MS INT64_C(86400000)

/* 2026-11-22 00:00 UTC */
#define BEGIN_MS INT64_C(1795305600000)

/* struct sock - its message, the number of its inode among the holders */
struct sock {
	uint8_t *message;
	uint8_t *holder;
};

/* struct written - bytes given to write(2); bytes of pages made dirty */
struct written {
	int64_t given;
	int64_t dirtied;
};

struct day {
	struct frame frame;
	uint8_t *clock;
	struct sock *sock;
	size_t count;
	uint64_t cookie;
	uint32_t inode;
	struct tcpmem_ctx *ctx;
	struct tcpmem_query *query;
	double load_us;
	double write_us;
	struct written written;
};

static void fail(const char *what)
{
	fprintf(stderr, "day: %s\n", what);
	exit(1);
}

static double cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static struct inet_diag_msg *diag(const struct sock *sock)
{
	return (struct inet_diag_msg *)(sock->message + NLMSG_HDRLEN);
}

static int by_inode(const void *a, const void *b)
{
	const struct sock *i = a, *j = b;
	uint32_t x = diag(i)->idiag_inode, y = diag(j)->idiag_inode;

	return x < y ? -1 : x > y;
}

static void find_holder(struct day *day, uint8_t *record)
{
	size_t low = 0, high = day->count;
	uint32_t inode;

	memcpy(&inode, record + 4, sizeof(inode));
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (diag(&day->sock[middle])->idiag_inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < day->count && diag(&day->sock[low])->idiag_inode == inode)
		day->sock[low].holder = record;
}

static void find_sockets(struct day *day)
{
	struct frame *frame = &day->frame;

	day->sock = calloc(frame->rows, sizeof(*day->sock));
	for (size_t i = 0; i < frame->rows; i++) {
		uint8_t *row = frame->bytes.data + frame->row[i].at;
		uint16_t type = frame->group[frame->row[i].group].type;

		if (type == TYPE_CLOCK)
			day->clock = row;
		if (type == TYPE_MESSAGES)
			day->sock[day->count++].message = row;
	}
	qsort(day->sock, day->count, sizeof(*day->sock), by_inode);
	for (size_t i = 0; i < frame->rows; i++)
		if (frame->group[frame->row[i].group].type == TYPE_HOLDERS)
			find_holder(day, frame->bytes.data + frame->row[i].at);
	if (!day->count || !day->clock)
		fail("the capture has no sockets");
}

static struct sock *any(struct day *day)
{
	return &day->sock[(size_t)random() % day->count];
}

/* Another connection of the same process */
static void replace(struct day *day)
{
	struct sock *sock = any(day);
	struct inet_diag_msg *msg = diag(sock);

	if (!sock->holder)
		return;
	day->cookie++;
	memcpy(msg->id.idiag_cookie, &day->cookie, sizeof(day->cookie));
	msg->id.idiag_dport = (uint16_t)random();
	msg->idiag_inode = ++day->inode;
	memcpy(sock->holder + 4, &day->inode, sizeof(day->inode));
}

static void change(struct day *day)
{
	struct sock *sock = any(day);
	struct nlmsghdr *nlh = (struct nlmsghdr *)sock->message;
	struct nlattr *attr = (struct nlattr *)(diag(sock) + 1);
	uint32_t rmem = (uint32_t)(random() % 64) * 4352, *memory;

	while ((uint8_t *)attr + sizeof(*attr) <=
	       sock->message + nlh->nlmsg_len) {
		if (attr->nla_type == INET_DIAG_SKMEMINFO) {
			memory = (uint32_t *)(attr + 1);
			memory[0] = rmem;
			diag(sock)->idiag_rqueue = rmem / 3;
			return;
		}
		attr = (struct nlattr *)((uint8_t *)attr +
					 NLA_ALIGN(attr->nla_len));
	}
}

static void set_clock(struct day *day, int64_t ms)
{
	uint64_t wall = (uint64_t)(BEGIN_MS + ms) * 1000000;
	uint64_t boot = (uint64_t)(3600000 + ms) * 1000000;

	memcpy(day->clock + 4, &wall, sizeof(wall));
	memcpy(day->clock + 12, &boot, sizeof(boot));
}

/* @sign: 1 or -1 */
static void count_written(struct written *written, int sign)
{
	FILE *file = fopen("/proc/self/io", "re");
	int64_t bytes;
	char line[80];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "wchar: %" SCNd64, &bytes) == 1)
			written->given += sign * bytes;
		else if (sscanf(line, "write_bytes: %" SCNd64, &bytes) == 1)
			written->dirtied += sign * bytes;
	if (file)
		fclose(file);
}

static void look(struct day *day, struct store_writer *writer)
{
	const struct store_cost cost = { 0 };
	struct tcpmem_snapshot *snap;
	struct bytes capture = { 0 };
	int fd = memfd_create("day", MFD_CLOEXEC);
	double began, loaded;

	if (frame_join(&day->frame, &capture) ||
	    write(fd, capture.data, capture.used) != (ssize_t)capture.used ||
	    lseek(fd, 0, SEEK_SET))
		fail("no capture");
	began = cpu_us();
	if (tcpmem_snapshot_load_fd(day->ctx, day->query, fd, 0, NULL, &snap))
		fail("the capture cannot be loaded");
	count_written(&day->written, -1);
	loaded = cpu_us();
	if (store_write(writer, capture.data, capture.used, snap, &cost, ""))
		fail("the look cannot be stored");
	day->write_us += cpu_us() - loaded;
	day->load_us += loaded - began;
	count_written(&day->written, 1);
	tcpmem_snapshot_free(snap);
	bytes_free(&capture);
	close(fd);
}

static void read_capture(struct day *day, const char *name)
{
	FILE *file = fopen(name, "re");
	struct bytes bytes = { 0 };
	char part[65536];
	size_t got;

	while (file && (got = fread(part, 1, sizeof(part), file)))
		bytes_add(&bytes, part, got);
	if (!file || frame_split(bytes.data, bytes.used, &day->frame))
		fail("the capture cannot be read");
	fclose(file);
	bytes_free(&bytes);
	find_sockets(day);
	day->cookie = UINT64_C(1) << 40;
	day->inode = 1u << 31;
}

static void report(const struct day *day, size_t looks, double hours,
		   const char *store)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	printf("%zu sockets, %zu looks, %.1f h; by day: %.1f MB stored, %.1f "
	       "written, %.1f in pages that were made dirty; a look: load "
	       "%.1f ms, write %.1f ms of CPU; %.1f MiB\n",
	       day->count, looks, hours,
	       (double)store_size(store) / 1e6 * 24 / hours,
	       (double)day->written.given / 1e6 * 24 / hours,
	       (double)day->written.dirtied / 1e6 * 24 / hours,
	       day->load_us / 1e3 / (double)looks,
	       day->write_us / 1e3 / (double)looks,
	       (double)usage.ru_maxrss / 1024);
}

static size_t run(struct day *day, struct store_writer *writer, char **args)
{
	double end = atof(args[3]) * 3600000, every = atof(args[4]);
	size_t looks = 0;

	for (double ms = 0; ms < end; ms += every, looks++) {
		double busy = 1 - 0.8 * cos(2 * M_PI * ms / 86400000);

		for (double n = random() % 1000 / 1e3; n < busy * atof(args[5]);
		     n++)
			replace(day);
		for (double n = random() % 1000 / 1e3; n < busy * atof(args[6]);
		     n++)
			change(day);
		set_clock(day, (int64_t)ms);
		look(day, writer);
	}
	return looks;
}

int main(int argc, char **argv)
{
	/* the recorder's ages */
	struct store_config config = {
		.age_ms = { [TIER_LOOK] = DAY_MS,
			    [TIER_MINUTE] = 7 * DAY_MS,
			    [TIER_QUARTER] = 90 * DAY_MS },
	};
	struct store_writer *writer = NULL;
	struct day day = { 0 };
	size_t looks;
	int owner;

	if (argc != 7)
		fail("day STORE CAPTURE HOURS EVERY_MS NEW CHANGED");
	config.dir = argv[1];
	config.every_ms = atoi(argv[4]);
	read_capture(&day, argv[2]);
	if (tcpmem_ctx_new(&day.ctx) || tcpmem_query_new(&day.query) ||
	    tcpmem_query_require(day.query,
				 TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA) ||
	    store_writer_open(&config, &writer, &owner))
		fail("no store");
	looks = run(&day, writer, argv);
	count_written(&day.written, -1);
	store_writer_close(writer);
	count_written(&day.written, 1);
	report(&day, looks, atof(argv[3]), argv[1]);
	tcpmem_query_free(day.query);
	tcpmem_ctx_free(day.ctx);
	frame_free(&day.frame);
	free(day.sock);
}
