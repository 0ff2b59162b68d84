// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fill.c - a store of captures, as if the recorder had taken them
 *
 *	fill STORE EVERY_MS [CAPTURE | mark=TEXT | incident=TEXT]...
 *
 * The looks have the captures' times; a mark or an incident is of the look
 * that follows.
 */
#include "store/store.h"
#include "tcpmem.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_MS INT64_C(86400000)

_Noreturn static void fail(const char *what, const char *name)
{
	fprintf(stderr, "fill: %s: %s\n", name, what);
	exit(1);
}

static struct tcpmem_snapshot *load(const char *name)
{
	struct tcpmem_query *query = NULL;
	struct tcpmem_snapshot *snap;
	struct tcpmem_ctx *ctx = NULL;

	if (tcpmem_ctx_new(&ctx) || tcpmem_query_new(&query) ||
	    tcpmem_query_require(query,
				 TCPMEM_NEED_HOLDERS | TCPMEM_NEED_METADATA) ||
	    tcpmem_snapshot_load(ctx, query, name, 0, NULL, &snap))
		fail("no capture", name);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	return snap;
}

static void store(struct store_writer *writer, const char *name,
		  const char *mark, const char *incident)
{
	/* what a recorder costs from look to look */
	const struct store_cost cost = { 1500, 700, 5 << 20 };
	struct tcpmem_snapshot *snap = load(name);
	int64_t time = tcpmem_snapshot_get_time_ns(snap) / 1000000;
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	uint8_t *capture;

	if (fd < 0 || fstat(fd, &stat) < 0)
		fail("cannot be read", name);
	capture =
		mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (capture == MAP_FAILED ||
	    (mark && store_mark(writer, time, "mark", mark)) ||
	    store_write(writer, capture, (size_t)stat.st_size, snap, &cost,
			incident))
		fail("cannot be stored", name);
	munmap(capture, (size_t)stat.st_size);
	tcpmem_snapshot_free(snap);
	close(fd);
}

int main(int argc, char **argv)
{
	struct store_config config = { .dir = argv[1], .host = "shop.example" };
	struct store_writer *writer = NULL;
	const char *incident = "", *mark = NULL;
	int owner;

	if (argc < 4)
		fail("fill STORE EVERY_MS CAPTURE...", "usage");
	config.every_ms = atoi(argv[2]);
	for (int tier = 0; tier < TIER_COUNT; tier++)
		config.age_ms[tier] = DAY_MS;
	if (store_writer_open(&config, &writer, &owner))
		fail("no store", argv[1]);
	for (char **arg = argv + 3; *arg; arg++) {
		if (strncmp(*arg, "mark=", 5) == 0) {
			mark = *arg + 5;
		} else if (strncmp(*arg, "incident=", 9) == 0) {
			incident = *arg + 9;
		} else {
			store(writer, *arg, mark, incident);
			mark = NULL;
			incident = "";
		}
	}
	store_writer_close(writer);
}
