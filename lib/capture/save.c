// SPDX-License-Identifier: LGPL-2.1-or-later
/* save.c - facts -> the sections of a capture */
#include "capture/format.h"
#include "capture/internal.h"

/* A long set of processes is written in parts; the reader adds them up. */
#define HOLDERS_PER_RECORD 1024

int tm_capture_create(int fd, struct tm_capture_writer *writer)
{
	return tm_frame_writer_open(fd, &writer->frames);
}

void tm_capture_close(struct tm_capture_writer *writer)
{
	tm_frame_writer_close(&writer->frames);
}

int tm_capture_finish(struct tm_capture_writer *writer)
{
	return tm_frame_finish(&writer->frames);
}

/* Ends the record and puts it behind @prefix. */
static int put_behind(struct tm_capture_writer *writer,
		      enum tm_section_type type, const void *prefix,
		      size_t prefix_len)
{
	struct tm_record *record = &writer->record;

	tm_record_end(record);
	return tm_frame_write(&writer->frames, type, prefix, prefix_len,
			      record->data, record->used);
}

int tm_capture_put(struct tm_capture_writer *writer, enum tm_section_type type)
{
	return put_behind(writer, type, "", 0);
}

int tm_capture_put_clock(struct tm_capture_writer *writer,
			 const struct tm_clock *clock)
{
	tm_record_begin(&writer->record);
	tm_record_u64(&writer->record, (uint64_t)clock->wall_ns);
	tm_record_u64(&writer->record, (uint64_t)clock->boottime_ns);
	tm_record_text(&writer->record, clock->boot_id);
	return tm_capture_put(writer, TM_SECTION_CLOCK);
}

int tm_capture_put_scope(struct tm_capture_writer *writer,
			 const struct tm_capture_scope *scope)
{
	tm_record_begin(&writer->record);
	tm_record_u32(&writer->record, scope->states);
	tm_record_u32(&writer->record, scope->holders);
	tm_record_u32(&writer->record, scope->info);
	return tm_capture_put(writer, TM_SECTION_QUERY);
}

int tm_capture_put_host(struct tm_capture_writer *writer,
			const struct tm_host *host)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < TCPMEM_HOST_METRIC_COUNT; i++) {
		if (!host->known[i])
			continue;
		tm_record_begin(&writer->record);
		tm_record_text(
			&writer->record,
			tcpmem_host_metric_describe((enum tcpmem_host_metric)i)
				->name);
		tm_record_u64(&writer->record, (uint64_t)host->fact[i]);
		ret = tm_capture_put(writer, TM_SECTION_HOST);
	}
	return ret;
}

int tm_capture_put_objects(struct tm_capture_writer *writer,
			   const struct tm_objects *objects)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < TCPMEM_OBJECT_COUNT; i++) {
		tm_record_begin(&writer->record);
		tm_record_text(
			&writer->record,
			tcpmem_object_describe((enum tcpmem_object)i)->name);
		tm_record_u32(&writer->record, objects->bytes[i]);
		tm_record_text(&writer->record,
			       tcpmem_object_source_describe(objects->source[i])
				       ->name);
		ret = tm_capture_put(writer, TM_SECTION_OBJECTS);
	}
	return ret;
}

/* 0 is unknown, as it is to a reader of an older file. */
static void put_count(struct tm_record *record, int64_t count)
{
	tm_record_u64(record,
		      count == TCPMEM_UNKNOWN ? 0 : (uint64_t)count + 1);
}

int tm_capture_put_netns(struct tm_capture_writer *writer, uint32_t number,
			 const struct tm_netns *netns)
{
	tm_record_begin(&writer->record);
	tm_record_u32(&writer->record, number);
	tm_record_u64(&writer->record, netns->inode);
	tm_record_text(&writer->record, netns->name);
	tm_record_u32(&writer->record, netns->own);
	put_count(&writer->record, netns->time_wait);
	put_count(&writer->record, netns->time_wait_max);
	return tm_capture_put(writer, TM_SECTION_NETNS);
}

int tm_capture_put_message(struct tm_capture_writer *writer,
			   const struct tm_capture_message *message,
			   uint64_t netns_inode)
{
	struct tm_capture_prefix prefix = {
		.netns = message->netns,
		.protocol = message->mptcp ? TM_CAPTURE_MPTCP : TM_CAPTURE_TCP,
		.netns_inode = netns_inode,
		.role = message->role,
	};

	return tm_frame_write(&writer->frames, TM_SECTION_MESSAGES, &prefix,
			      sizeof(prefix), message->data, message->len);
}

int tm_capture_put_restart(struct tm_capture_writer *writer)
{
	tm_record_begin(&writer->record);
	return tm_capture_put(writer, TM_SECTION_RESTART);
}

static void add_place(struct tm_record *record,
		      const struct tm_metadata *metadata, uint32_t number)
{
	tm_record_text(record,
		       number == TM_METADATA_UNKNOWN
			       ? ""
			       : tm_blobs_get(&metadata->texts, number));
}

int tm_capture_put_cgroups(struct tm_capture_writer *writer,
			   const struct tm_metadata *metadata)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < metadata->cgroup_count; i++) {
		tm_record_begin(&writer->record);
		tm_record_u64(&writer->record, metadata->cgroup[i].id);
		add_place(&writer->record, metadata, metadata->cgroup[i].path);
		ret = tm_capture_put(writer, TM_SECTION_CGROUPS);
	}
	return ret;
}

int tm_capture_put_names(struct tm_capture_writer *writer,
			 const struct tm_metadata *metadata)
{
	const struct tm_place_names *names = &metadata->names;
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < names->count; i++) {
		tm_record_begin(&writer->record);
		tm_record_text(&writer->record, tm_blobs_get(&names->id, i));
		tm_record_text(&writer->record,
			       tm_blobs_get(&names->name, names->name_of[i]));
		ret = tm_capture_put(writer, TM_SECTION_NAMES);
	}
	return ret;
}

/* Metadata of a process is absent if it was not asked for. */
static void add_metadata(struct tm_record *record,
			 const struct tm_metadata *metadata, size_t process)
{
	struct tm_process_metadata place = TM_PROCESS_METADATA_NONE;

	if (process < metadata->process_count)
		place = metadata->process[process];
	add_place(record, metadata, place.program);
	add_place(record, metadata, place.cgroup);
	add_place(record, metadata, place.cmdline);
	put_count(record, place.parent == TM_METADATA_UNKNOWN ? TCPMEM_UNKNOWN
							      : place.parent);
	put_count(record, place.rss);
	put_count(record, place.fds);
}

int tm_capture_put_processes(struct tm_capture_writer *writer,
			     const struct tm_holders *holders,
			     const struct tm_metadata *metadata)
{
	size_t count = tm_holders_process_count(holders);
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < count; i++) {
		const struct tcpmem_process *process =
			tm_holders_get_process(holders, (uint32_t)i);

		tm_record_begin(&writer->record);
		tm_record_u32(&writer->record, (uint32_t)i);
		tm_record_u32(&writer->record, process->pid);
		tm_record_u32(&writer->record, process->uid);
		tm_record_u64(&writer->record, process->start_time);
		tm_record_text(&writer->record, process->comm);
		add_metadata(&writer->record, metadata, i);
		ret = tm_capture_put(writer, TM_SECTION_PROCESSES);
	}
	return ret;
}

struct holders_put {
	struct tm_capture_writer *writer;
	const struct tm_holders *holders;
	uint32_t prefix[2];
};

static int put_inode(uint32_t inode, uint32_t holder, void *user)
{
	struct holders_put *put = user;
	struct tm_record *record = &put->writer->record;
	size_t left = tm_holder_count(put->holders, holder), at = 0, part;
	int ret = 0;

	for (; ret == 0 && left; left -= part) {
		part = left < HOLDERS_PER_RECORD ? left : HOLDERS_PER_RECORD;
		tm_record_begin(record);
		tm_record_u32(record, inode);
		tm_record_u32(record, (uint32_t)part);
		for (size_t i = 0; i < part; i++)
			tm_record_u32(record, tm_holder_get(put->holders,
							    holder, at++));
		ret = put_behind(put->writer, TM_SECTION_HOLDERS, put->prefix,
				 sizeof(put->prefix));
	}
	return ret;
}

int tm_capture_put_holders(struct tm_capture_writer *writer,
			   const struct tm_holders *holders, bool complete,
			   bool nested)
{
	struct holders_put put = {
		.writer = writer,
		.holders = holders,
		.prefix = { complete, nested },
	};
	int ret;

	/* where nobody holds anything, whether all could be read still counts
	 */
	ret = tm_frame_write(&writer->frames, TM_SECTION_HOLDERS, put.prefix,
			     sizeof(put.prefix), "", 0);
	return ret ? ret : tm_holders_each(holders, put_inode, &put);
}

int tm_capture_put_closed(struct tm_capture_writer *writer, uint32_t inode)
{
	tm_record_begin(&writer->record);
	tm_record_u32(&writer->record, inode);
	return tm_capture_put(writer, TM_SECTION_CLOSED);
}

int tm_capture_put_warnings(struct tm_capture_writer *writer,
			    const struct tm_warnings *warnings)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < warnings->count; i++) {
		tm_record_begin(&writer->record);
		tm_record_text(
			&writer->record,
			tcpmem_warning_code_describe(warnings->warning[i].code)
				->name);
		tm_record_text(&writer->record, warnings->warning[i].text);
		ret = tm_capture_put(writer, TM_SECTION_WARNINGS);
	}
	return ret;
}
