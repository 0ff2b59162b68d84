// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * save.c - asks the kernel and saves its answer as it comes
 *
 * No socket is kept: of each, only the inode is remembered until its holder
 * is known.
 */
#include "capture/internal.h"
#include "collect/collect.h"
#include "collect/holders.h"
#include "collect/metadata.h"

#include <errno.h>

static int put_facts(const struct tm_collect *c)
{
	const struct tm_capture_scope scope = {
		.states = c->query->states,
		.holders = c->query->needs & TCPMEM_NEED_HOLDERS,
		.info = c->query->needs & TCPMEM_NEED_INFO,
	};
	const struct tcpmem_snapshot *snap = c->snap;
	int ret = tm_capture_put_clock(c->writer, &snap->clock);

	if (ret == 0)
		ret = tm_capture_put_scope(c->writer, &scope);
	if (ret == 0)
		ret = tm_capture_put_host(c->writer, &snap->host);
	if (ret == 0)
		ret = tm_capture_put_objects(c->writer, &snap->objects);
	for (size_t i = 0; ret == 0 && i < snap->netns_count; i++)
		ret = tm_capture_put_netns(c->writer, (uint32_t)i,
					   &snap->netns[i]);
	return ret;
}

/* Their fds led to them, so processes were asked for. */
static int put_dark(struct tm_collect *c)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < c->dark.count; i++) {
		ret = tm_holders_expect(c->known, c->dark.sock[i].inode);
		if (ret == 0)
			ret = tm_collect_note_place(c, &c->dark.sock[i]);
		if (ret == 0)
			ret = tm_capture_put_dark(c->writer, &c->dark.sock[i]);
	}
	return ret;
}

static int put_holders(struct tm_collect *c)
{
	struct tcpmem_snapshot *snap = c->snap;
	int ret = tm_collect_find(c, 1u << TM_NS_DUMPED);

	if (ret == 0)
		ret = tm_collect_metadata(c->ctx, snap);
	if (ret == 0)
		ret = tm_capture_put_cgroups(c->writer, &snap->metadata);
	if (ret == 0)
		ret = tm_capture_put_processes(c->writer, snap->holders,
					       &snap->metadata);
	if (ret)
		return ret;
	return tm_capture_put_holders(c->writer, snap->holders, c->complete,
				      c->nested);
}

static int save(struct tm_collect *c)
{
	int ret = put_facts(c);

	if (ret == 0 && (c->query->needs & TCPMEM_NEED_HOLDERS)) {
		ret = tm_holders_new(true, &c->snap->holders);
		c->known = c->snap->holders;
	}
	if (ret == 0)
		ret = tm_collect_walk(c);
	if (ret == 0)
		ret = tm_collect_rest(c);
	if (ret == 0)
		ret = tm_collect_publish_netns(c);
	if (ret == 0)
		ret = put_dark(c);
	if (ret == 0 && (c->query->needs & TCPMEM_NEED_HOLDERS))
		ret = put_holders(c);
	if (ret == 0)
		ret = tm_capture_put_accounting(c->writer,
						&c->snap->accounting);
	if (ret == 0)
		ret = tm_capture_put_warnings(c->writer, &c->snap->warnings);
	return ret ? ret : tm_capture_finish(c->writer);
}

int tcpmem_snapshot_save_fd(struct tcpmem_ctx *ctx,
			    const struct tcpmem_query *query, int fd,
			    struct tcpmem_snapshot **snapshot)
{
	struct tm_capture_writer writer;
	struct tm_collect c = {
		.ctx = ctx,
		.query = query,
		.writer = &writer,
	};
	int ret = tm_capture_create(fd, &writer);

	if (ret == 0)
		ret = tm_collect_begin(&c);
	if (ret == 0)
		ret = tm_collect_host(&c);
	if (ret == 0)
		ret = save(&c);
	tm_capture_close(&writer);
	return tm_collect_end(&c, ret, snapshot);
}

int tcpmem_snapshot_save(struct tcpmem_ctx *ctx,
			 const struct tcpmem_query *query, const char *path,
			 struct tcpmem_snapshot **snapshot)
{
	struct tm_capture_file file;
	struct tcpmem_snapshot *snap;
	int ret = tm_capture_file_open(path, &file);

	if (ret)
		return ret;
	ret = tcpmem_snapshot_save_fd(ctx, query, file.fd, &snap);
	if (ret) {
		tm_capture_file_abort(&file);
		return ret;
	}
	ret = tm_capture_file_commit(&file);
	if (ret)
		tcpmem_snapshot_free(snap);
	else
		*snapshot = snap;
	return ret;
}
