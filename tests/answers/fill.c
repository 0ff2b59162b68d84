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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

static void fail(const char *what, const char *name)
{
	fprintf(stderr, "fill: %s: %s\n", name, what);
	exit(1);
}

static struct bytes read_file(const char *name)
{
	FILE *file = fopen(name, "re");
	struct bytes bytes = { 0 };
	char part[65536];
	size_t got;

	while (file && (got = fread(part, 1, sizeof(part), file)))
		bytes_add(&bytes, part, got);
	if (!file || bytes.failed)
		fail("cannot be read", name);
	fclose(file);
	return bytes;
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

int main(int argc, char **argv)
{
	/* what a recorder costs from look to look, and its ages */
	const struct store_cost cost = { 1500, 700, 5 << 20 };
	struct store_config config = {
		.age_ms = { [TIER_LOOK] = DAY_MS,
			    [TIER_MINUTE] = 7 * DAY_MS,
			    [TIER_QUARTER] = 90 * DAY_MS },
	};
	struct store_writer *writer = NULL;
	const char *incident = "", *mark = NULL;
	int owner;

	if (argc < 4)
		fail("fill STORE EVERY_MS CAPTURE...", "usage");
	config.dir = argv[1];
	config.every_ms = atoi(argv[2]);
	config.host = "shop.example";
	if (store_writer_open(&config, &writer, &owner))
		fail("no store", argv[1]);
	for (char **arg = argv + 3; *arg; arg++) {
		struct tcpmem_snapshot *snap;
		struct bytes capture;
		int64_t time;

		if (strncmp(*arg, "mark=", 5) == 0) {
			mark = *arg + 5;
			continue;
		}
		if (strncmp(*arg, "incident=", 9) == 0) {
			incident = *arg + 9;
			continue;
		}
		snap = load(*arg);
		capture = read_file(*arg);
		time = tcpmem_snapshot_get_time_ns(snap) / 1000000;
		if ((mark && store_mark(writer, time, "mark", mark)) ||
		    store_write(writer, capture.data, capture.used, snap, &cost,
				incident))
			fail("cannot be stored", *arg);
		mark = NULL;
		incident = "";
		tcpmem_snapshot_free(snap);
		bytes_free(&capture);
	}
	store_writer_close(writer);
}
