// SPDX-License-Identifier: LGPL-2.1-or-later
/* load_who.c - processes, where they live, and what they hold */
#include "capture/internal.h"

#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Interns a text of the file; an empty one is unknown. */
static int load_place(struct tm_capture_load *load, struct tm_cursor *record,
		      uint32_t *number)
{
	char text[TM_RECORD_TEXT + 1];

	*number = TM_METADATA_UNKNOWN;
	if (tm_cursor_text(record, text, sizeof(text)) < 0)
		return -EBADMSG;
	if (!*text)
		return 0;
	return tm_blobs_intern(&load->capture->metadata.texts, text,
			       strlen(text), number);
}

int tm_load_cgroup(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tm_metadata *metadata = &load->capture->metadata;
	uint64_t id = tm_cursor_u64(record);
	uint32_t path;
	int ret = load_place(load, record, &path);

	if (ret == 0)
		ret = tm_metadata_want(metadata, id);
	if (ret == 0)
		tm_metadata_find(metadata, id)->path = path;
	return ret;
}

int tm_load_name(struct tm_capture_load *load, struct tm_cursor *record)
{
	char id[TM_RECORD_TEXT + 1], name[TM_RECORD_TEXT + 1];

	if (tm_cursor_text(record, id, sizeof(id)) < 0 ||
	    tm_cursor_text(record, name, sizeof(name)) < 0)
		return -EBADMSG;
	if (!*id || !*name)
		return tm_load_malformed(load, "a name of nothing");
	return tm_metadata_add_name(&load->capture->metadata, id, name);
}

static int load_metadata(struct tm_capture_load *load, struct tm_cursor *record,
			 struct tm_process_metadata *place)
{
	int ret = load_place(load, record, &place->program);
	int64_t parent;

	if (ret == 0)
		ret = load_place(load, record, &place->cgroup);
	if (ret == 0)
		ret = load_place(load, record, &place->cmdline);
	parent = tm_load_count(record);
	place->parent = parent < 0 || parent > INT32_MAX ? TM_METADATA_UNKNOWN
							 : (uint32_t)parent;
	place->rss = tm_load_count(record);
	place->fds = tm_load_count(record);
	place->fds_max = TCPMEM_UNKNOWN;
	return ret;
}

static int add_metadata(struct tm_capture_load *load,
			const struct tm_process_metadata *place)
{
	struct tm_metadata *metadata = &load->capture->metadata;

	return tm_append(metadata->process, metadata->process_count,
			 load->metadata_capacity, place);
}

/*
 * A record is understood before any of it is kept: number, place and process
 * stand at the same index, also when the rest of a file is salvaged.
 */
int tm_load_process(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tcpmem_process process = { 0 };
	struct tm_process_metadata place;
	uint32_t number = tm_cursor_u32(record), index;
	int ret;

	process.pid = tm_cursor_u32(record);
	process.uid = tm_cursor_u32(record);
	process.start_time = tm_cursor_u64(record);
	if (tm_cursor_text(record, process.comm, sizeof(process.comm)) < 0)
		return -EBADMSG;
	ret = load_metadata(load, record, &place);
	if (ret == 0)
		ret = tm_load_number(load, &load->processes, number);
	if (ret == 0)
		ret = add_metadata(load, &place);
	if (ret)
		return ret;
	return tm_holders_process(load->capture->holders, &process, &index);
}

static int add_pair(struct tm_capture_load *load, uint32_t inode, size_t at)
{
	const uint64_t pair = (uint64_t)inode << 32 | at;

	return tm_append(load->pair, load->pair_count, load->pair_capacity,
			 &pair);
}

int tm_load_inode(struct tm_capture_load *load, struct tm_cursor *record)
{
	uint32_t inode = tm_cursor_u32(record);
	uint32_t count = tm_cursor_u32(record);

	if (count > record->left / sizeof(uint32_t))
		return tm_load_malformed(load,
					 "a holder's processes do not fit");
	for (uint32_t i = 0; i < count; i++) {
		size_t at = tm_numbers_find(&load->processes,
					    tm_cursor_u32(record));

		if (at == load->processes.count)
			return tm_load_malformed(load,
						 "a holder that is no process");
		if (add_pair(load, inode, at) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int compare_pairs(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Processes of a file may be in any order: found by hash. */
int tm_capture_load_finish(struct tm_capture_load *load)
{
	if (load->pair_count)
		qsort(load->pair, load->pair_count, sizeof(*load->pair),
		      compare_pairs);
	for (size_t i = 0; i < load->pair_count; i++) {
		int ret = tm_holders_add(load->capture->holders,
					 (uint32_t)(load->pair[i] >> 32),
					 (uint32_t)load->pair[i]);

		if (ret)
			return ret;
	}
	return 0;
}
