// SPDX-License-Identifier: LGPL-2.1-or-later
/* load_facts.c - what a capture says of the host, of counts, of processes */
#include "capture/internal.h"

#include "base/util.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static size_t find_name(const char *name, const char *(*name_of)(size_t),
			size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, name_of(i)) == 0)
			return i;
	return count;
}

static const char *fact_name(size_t i)
{
	return tcpmem_host_metric_describe((enum tcpmem_host_metric)i)->name;
}

static const char *object_name(size_t i)
{
	return tcpmem_object_describe((enum tcpmem_object)i)->name;
}

static const char *source_name(size_t i)
{
	return tcpmem_object_source_describe((enum tcpmem_object_source)i)
		->name;
}

static const char *warning_name(size_t i)
{
	return tcpmem_warning_code_describe((enum tcpmem_warning_code)i)->name;
}

int tm_load_clock(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tm_clock *clock = &load->capture->clock;

	clock->wall_ns = (int64_t)tm_cursor_u64(record);
	clock->boottime_ns = (int64_t)tm_cursor_u64(record);
	if (clock->wall_ns < 0 || clock->boottime_ns < 0)
		return tm_load_malformed(load, "a clock before its epoch");
	return tm_cursor_text(record, clock->boot_id, sizeof(clock->boot_id));
}

int tm_load_scope(struct tm_capture_load *load, struct tm_cursor *record)
{
	load->capture->scope.states = tm_cursor_u32(record);
	load->capture->scope.holders = tm_cursor_u32(record) != 0;
	load->capture->scope.info = tm_cursor_u32(record) != 0;
	return 0;
}

/* Names of a later minor version and impossible values are skipped. */
int tm_load_fact(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tm_host *host = &load->capture->host;
	char name[64];
	uint64_t value;
	size_t i;

	if (tm_cursor_text(record, name, sizeof(name)) < 0)
		return -EBADMSG;
	value = tm_cursor_u64(record);
	i = find_name(name, fact_name, TCPMEM_HOST_METRIC_COUNT);
	if (i == TCPMEM_HOST_METRIC_COUNT || value > TM_FACT_MAX)
		return 0;
	host->fact[i] = (int64_t)value;
	host->known[i] = true;
	return 0;
}

int tm_load_object(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tm_objects *objects = &load->capture->objects;
	char name[64], source[64];
	size_t i, from;
	uint32_t bytes;

	if (tm_cursor_text(record, name, sizeof(name)) < 0)
		return -EBADMSG;
	bytes = tm_cursor_u32(record);
	if (tm_cursor_text(record, source, sizeof(source)) < 0)
		return -EBADMSG;
	i = find_name(name, object_name, TCPMEM_OBJECT_COUNT);
	from = find_name(source, source_name, TCPMEM_OBJECT_SOURCE_COUNT);
	if (bytes > TM_OBJECT_MAX)
		return tm_load_malformed(load, "an object of such a size");
	if (i == TCPMEM_OBJECT_COUNT || from == TCPMEM_OBJECT_SOURCE_COUNT)
		return 0;
	objects->bytes[i] = bytes;
	objects->source[i] = (enum tcpmem_object_source)from;
	return 0;
}

int tm_load_warning(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tm_warnings *warnings = &load->capture->warnings;
	enum tcpmem_warning_code code = TCPMEM_WARNING_CAPTURE_SCOPE;
	char name[64], text[TM_RECORD_TEXT + 1];
	bool known;
	size_t i;

	if (tm_cursor_text(record, name, sizeof(name)) < 0 ||
	    tm_cursor_text(record, text, sizeof(text)) < 0)
		return -EBADMSG;
	i = find_name(name, warning_name, TCPMEM_WARNING_COUNT);
	known = i < TCPMEM_WARNING_COUNT;
	if (known)
		code = (enum tcpmem_warning_code)i;
	if (warnings->count >= TM_CAPTURE_WARNINGS &&
	    tm_warnings_have(warnings, code)) {
		load->capture->warnings_left_out++;
		load->capture->code_left_out = code;
		return 0;
	}
	return tm_warnings_add(warnings, code, "%s%s%s", known ? "" : name,
			       known ? "" : ": ", text);
}

/* Sums over sockets are computed on loading and not saved. */
#define NUMBER(member, called)                                        \
	{                                                             \
		called, offsetof(struct tm_accounting, member), false \
	}
#define TRUTH(member, called)                                        \
	{                                                            \
		called, offsetof(struct tm_accounting, member), true \
	}

static const struct {
	const char *name;
	size_t offset;
	bool truth; /* a bool, else an int64_t */
} entries[] = {
	TRUTH(before.known, "before_known"),
	NUMBER(before.memory, "before_memory"),
	NUMBER(before.sockets, "before_sockets"),
	TRUTH(after.known, "after_known"),
	NUMBER(after.memory, "after_memory"),
	NUMBER(after.sockets, "after_sockets"),
	TRUTH(unhashed_known, "unhashed_known"),
	NUMBER(unhashed, "unhashed"),
	TRUTH(narrowed, "narrowed"),
	TRUTH(denied, "denied"),
	TRUTH(fds_denied, "fds_denied"),
	TRUTH(fds_uncopied, "fds_uncopied"),
	TRUTH(proc_hidden, "proc_hidden"),
	TRUTH(tls, "tls"),
	TRUTH(bypass, "bypass"),
};

int tm_capture_put_accounting(struct tm_capture_writer *writer,
			      const struct tm_accounting *accounting)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(entries); i++) {
		const void *at = (const char *)accounting + entries[i].offset;
		int ret;

		tm_record_begin(&writer->record);
		tm_record_text(&writer->record, entries[i].name);
		tm_record_u64(&writer->record,
			      entries[i].truth
				      ? *(const bool *)at
				      : (uint64_t) * (const int64_t *)at);
		ret = tm_capture_put(writer, TM_SECTION_ACCOUNTING);
		if (ret)
			return ret;
	}
	return 0;
}

/* What CPUs keep back can bring a counter below 0. */
static bool is_count(int64_t value)
{
	return value >= -TM_FACT_MAX && value <= TM_FACT_MAX;
}

static int set_entry(struct tm_capture_load *load, size_t i, uint64_t value)
{
	void *at = (char *)&load->capture->accounting + entries[i].offset;

	if (entries[i].truth)
		*(bool *)at = value != 0;
	else if (is_count((int64_t)value))
		*(int64_t *)at = (int64_t)value;
	else
		return tm_load_malformed(load, "such a counter");
	return 0;
}

int tm_load_book(struct tm_capture_load *load, struct tm_cursor *record)
{
	char name[64];
	uint64_t value;

	if (tm_cursor_text(record, name, sizeof(name)) < 0)
		return -EBADMSG;
	value = tm_cursor_u64(record);
	for (size_t i = 0; i < TM_ARRAY_SIZE(entries); i++)
		if (strcmp(name, entries[i].name) == 0)
			return set_entry(load, i, value);
	return 0;
}

/* ---- processes, where they live, and what they hold ---- */

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

int tm_load_closed(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tm_capture *capture = load->capture;
	uint32_t inode = tm_cursor_u32(record);

	return tm_append(capture->closed, capture->closed_count,
			 capture->closed_capacity, &inode);
}

static int compare_pairs(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int compare_inodes(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

bool tm_capture_has_closed(const struct tm_capture *capture, uint32_t inode)
{
	return inode && bsearch(&inode, capture->closed, capture->closed_count,
				sizeof(*capture->closed), compare_inodes);
}

/* Processes of a file may be in any order: found by hash. */
int tm_capture_load_finish(struct tm_capture_load *load)
{
	struct tm_capture *capture = load->capture;

	if (capture->closed_count)
		qsort(capture->closed, capture->closed_count,
		      sizeof(*capture->closed), compare_inodes);
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
